"""Opens tickets, finds them, and changes who works on them."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from bot.core.organization import Program, find_program
from bot.promises import store as clocks
from bot.promises.calendar import Calendar
from bot.promises.clock import Due, due
from bot.promises.ledger import RESUMED
from bot.promises.promise import Registry
from bot.tickets import store as stored
from bot.tickets.groups import TicketGroups
from bot.tickets.merging import known
from bot.tickets.reference import new_reference
from bot.tickets.store import ReferenceTaken, TicketStore
from bot.tickets.ticket import (
    CLOSED,
    OPEN,
    REGISTERED,
    NotPossible,
    Ticket,
    TicketEvent,
    clock_event,
    open_ticket,
)

# The promise under which a question left with the assistant is answered.
QUESTION_PROMISE = "email-reply"
COMPLAINT_PROMISE = "complaint"
_DRAWS = 5  # of a reference, each of which hardly ever is another ticket's
_ALL_TAKEN = "five references in a row were taken"


class TicketService:
    """What channels, actions and staff may do with tickets; `groups` merges and closes them, `Answers` answers them."""

    def __init__(
        self,
        store: TicketStore,
        registry: Registry,
        calendar: Calendar,
        prefix: str,
        now: Callable[[], datetime],
        channel_of: Callable[[str], str],
        programs: Collection[Program] = (),
    ) -> None:
        """
        Args:
            store: of the tickets.
            registry: the promises.
            calendar: by which their clocks are judged.
            prefix: the organization's reference prefix.
            now: the clock, aware moments.
            channel_of: the channel of a conversation, by its id.
            programs: those that a question may be about.
        """
        self.store = store
        self.calendar = calendar
        self.prefix = prefix
        self.now = now
        self._channel_of = channel_of
        self.programs = tuple(programs)
        self.registry = registry
        self.groups = TicketGroups(store, calendar, now)

    def due_if_opened_now(self) -> Due:
        """The latest moment at which a question that is left now is answered."""
        now = self.now()
        version = self.registry.get(QUESTION_PROMISE).on(self.calendar.local_date(now))
        return due(now, version.working_days, self.calendar)

    def due_since(self, promise: str, day: date) -> Due:
        """When a promise whose clock started on `day` is due.

        Raises:
            NotPossible: "future".
            PromiseError: there is no such promise.
        """
        return due(self._past(day), self.registry.get(promise).on(day).working_days, self.calendar)

    def open(
        self,
        *,
        conversation: str,
        question: str,
        language: str,
        email: str | None,
        message: int | None = None,
        channel: str | None = None,
        promise: str = QUESTION_PROMISE,
        started_on: date | None = None,
        follows: str | None = None,
        more: Sequence[str] = (),
    ) -> Ticket:
        """Open a ticket for what a citizen leaves with the assistant, and keep it.

        Args:
            conversation: where it was left.
            question: what it asks.
            language: of the citizen.
            email: where the answer goes; None: into the conversation.
            message: the number of the message that asks for it. One message opens one ticket: after a crash the
                second call returns the first call's ticket.
            channel: how it came; the conversation's channel by default.
            promise: the promise whose clock runs.
            started_on: the day on which the clock started (an application filed, an interview held); today by default,
                never a future day.
            follows: the reference of the same citizen's closed ticket that this one continues; its history says so.
            more: other texts of the citizen by which the ticket is found.

        Raises:
            NotPossible: "future".
            PromiseError: there is no such promise.
        """

        def beside(connection: sa.Connection) -> None:
            if follows:
                stored.note(connection, ticket.reference, TicketEvent(now, "follows", None, {"reference": follows}))

        now = self.now()
        started_at = None if started_on is None else self._past(started_on)
        for _ in range(_DRAWS):
            if message is not None and (known := self.store.of_message(message)):
                return known
            ticket = open_ticket(
                reference=new_reference(self.prefix),
                conversation=conversation,
                question=question,
                language=language,
                email=email,
                promise=self.registry.get(promise),
                calendar=self.calendar,
                now=now,
                started_at=started_at,
                message=message,
                channel=channel or self._channel_of(conversation),
                program=find_program(question, self.programs),
            )
            try:
                self.store.add(ticket, beside=beside, more=more)
            except ReferenceTaken:
                continue
            return ticket
        raise ReferenceTaken(_ALL_TAKEN)

    def register(
        self,
        *,
        officer: str,
        conversation: str,
        channel: str,
        received_on: date,
        promise: str,
        question: str,
        language: str,
        email: str | None,
        contact: str | None,
        program: str | None,
        reference: str | None = None,
        beside: Callable[[sa.Connection], None] | None = None,
    ) -> Ticket:
        """Open a ticket for an inquiry that came by telephone, letter or counter, today or earlier.

        Without a `reference` a new one is drawn. `beside` writes more in the same transaction.

        Raises:
            ReferenceTaken: the reference that was given is another ticket's.
            NotPossible: "future", "channel" or "question" (there is none).
            PromiseError: there is no such promise.
        """
        now = self.now()
        if channel not in REGISTERED:
            raise NotPossible("channel")
        if not question.strip():
            raise NotPossible("question")
        started_at = self._past(received_on)
        detail = {"channel": channel, "received_on": received_on.isoformat()}
        for _ in range(_DRAWS):
            ticket = open_ticket(
                reference=reference or new_reference(self.prefix),
                conversation=conversation,
                question=question,
                language=language,
                email=email,
                promise=self.registry.get(promise),
                calendar=self.calendar,
                now=now,
                started_at=started_at,
                channel=channel,
                program=program or find_program(question, self.programs),
                contact=contact,
            )
            ticket = replace(ticket, officer=officer)
            try:
                self.store.add(ticket, TicketEvent(now, "opened", officer, detail), beside)
            except ReferenceTaken:
                if reference:
                    raise
                continue
            return ticket
        raise ReferenceTaken(_ALL_TAKEN)

    def assign(self, reference: str, officer: str, to: str | None) -> Ticket:
        """Give an open ticket to an officer, or to nobody.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: "closed".
        """

        def rule(ticket: Ticket) -> dict[str, Any] | None:
            if ticket.state != OPEN:
                raise NotPossible("closed")
            return {"officer": to} if ticket.officer != to else None

        return self._alter(reference, officer, "assigned", rule, {"to": to})

    def set_program(self, reference: str, officer: str, program: str | None) -> Ticket:
        """Set the program that a ticket is about.

        Raises:
            LookupError: there is no such ticket.
        """

        def rule(ticket: Ticket) -> dict[str, Any] | None:
            return {"program": program} if ticket.program != program else None

        return self._alter(reference, officer, "program", rule, {"program": program})

    def reopen(self, reference: str, officer: str, reason: str) -> Ticket:
        """Open a closed ticket again; its clock goes on as if it had never stopped.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: "open"; "erased": its words are gone; or "reason": none is given.
        """

        def rule(ticket: Ticket) -> dict[str, Any]:
            if ticket.state != CLOSED:
                raise NotPossible("open")
            if ticket.erased_at is not None:
                raise NotPossible("erased")
            if not reason.strip():
                raise NotPossible("reason")
            return {"state": OPEN, "closed_at": None, "closed_as": None, "kept": None, "merged_into": None}

        return self._alter(reference, officer, "reopened", rule, {"reason": reason.strip()}, RESUMED)

    def has_event(self, reference: str, kind: str, message: int) -> bool:
        """Whether a ticket's history holds an event of this kind for this message."""
        history = self.store.history(reference)
        return any(event.kind == kind and event.detail.get("message") == message for event in history)

    def get(self, reference: str) -> Ticket:
        """The ticket with this reference.

        Raises:
            LookupError: there is none.
        """
        return self.store.get(reference)

    def look_up(self, reference: str, *, conversation: str, email: str | None) -> Ticket | None:
        """The ticket, if it was opened in this conversation or with this address.

        An unknown reference and a wrong address both give None, so that neither tells whether a ticket exists.
        """
        ticket = self.store.find(reference)
        if ticket is None:
            return None
        if ticket.conversation == conversation:
            return ticket
        given, kept = (email or "").casefold(), (ticket.email or "").casefold()
        if given and kept and hmac.compare_digest(given.encode(), kept.encode()):
            return ticket
        return None

    def _past(self, day: date) -> datetime:
        """A moment of `day`, which may not be in the future. Only the date counts as day zero."""
        if day > self.calendar.local_date(self.now()):
            raise NotPossible("future")
        return datetime.combine(day, time(12), self.calendar.zone)

    def _alter(
        self,
        reference: str,
        officer: str,
        kind: str,
        rule: Callable[[Ticket], dict[str, Any] | None],
        detail: dict[str, Any],
        to_clock: str | None = None,
    ) -> Ticket:
        """Change a ticket as `rule` says; if the rule gives None nothing changes.

        The event `kind` is added to the ticket's history, and `to_clock` to its clock's.
        """
        with self.store.database.writing() as connection:
            ticket = known(stored.locked(connection, [reference]), reference)
            values = rule(ticket)
            if values is not None:
                now = self.now()
                stored.change(connection, reference, TicketEvent(now, kind, officer, detail), **values)
                if to_clock:
                    clocks.add_event(connection, clock_event(ticket, to_clock, now, officer, **detail))
        return self.get(reference)

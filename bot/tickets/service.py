"""Opening, finding and working on tickets: the rules of the room put to work on its store."""

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
from bot.tickets.merging import in_groups, join, leave, must_be_seen, part, release, same_citizen, to_answer
from bot.tickets.reference import new_reference
from bot.tickets.store import ReferenceTaken, TicketStore
from bot.tickets.ticket import (
    CLOSED,
    OPEN,
    REGISTERED,
    SATISFIED,
    WITHDRAWN,
    NotPossible,
    Ticket,
    TicketEvent,
    clock_event,
    merge_order,
    must_be_open,
    open_ticket,
)

# The promise under which a question left with the assistant is answered.
QUESTION_PROMISE = "email-reply"
COMPLAINT_PROMISE = "complaint"
_DRAWS = 5  # of a reference, each of which hardly ever is another ticket's
_ALL_TAKEN = "five references in a row were taken"


class TicketService:
    """What channels, actions and staff may do with tickets. Answering one is `bot.tickets.answers`."""

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

    def due_if_opened_now(self) -> Due:
        """When a question left now would be answered at the latest."""
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
            message: the number of the message that asks for it. One message opens one ticket: asked
                again, because a process died before anybody heard of it, it gives the same.
            channel: how it came; as its conversation did, unless told.
            promise: the promise whose clock runs.
            started_on: the day on which the clock started (an application filed, an interview held), which is
                not to come; today unless told.
            follows: the reference of a closed ticket of the same citizen's that it goes on from; its history says so.
            more: what the citizen wrote beside the question, by which it is found as well.

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
        """Open a ticket for an inquiry that came by telephone, letter or counter on a day that is not to come.

        `reference`: one that is given already; else one is drawn. `beside`: what is kept in the same transaction.

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
        """Say which program a ticket is about.

        Raises:
            LookupError: there is no such ticket.
        """

        def rule(ticket: Ticket) -> dict[str, Any] | None:
            return {"program": program} if ticket.program != program else None

        return self._alter(reference, officer, "program", rule, {"program": program})

    def reopen(self, reference: str, officer: str, reason: str) -> Ticket:
        """Open a closed ticket again: its clock is the same, and goes on as if it had never stopped.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: "open"; "erased": nobody knows any more what it asks; or "reason": none is given.
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

    def withdraw(self, reference: str, officer: str, reason: str, seen: Collection[str] = ()) -> Ticket:
        """Close a ticket to which no answer is owed (a test, an insult, settled otherwise), and say why.

        Those that were merged into it go with it, each judged by its own due moment; the reason stays with this one,
        for it may tell of its citizen.

        Args:
            reference: which.
            officer: who closes it.
            reason: why.
            seen: the references of those merged into it, which the officer has before their eyes.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: as `must_be_open` and `must_be_seen`, or "reason": none is given.
        """
        if not reason.strip():
            raise NotPossible("reason")

        def close(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket = _known(found, reference)
            must_be_open(ticket)
            group = to_answer(found, ticket)
            must_be_seen(group, {reference, *seen})
            now = self.now()
            for one in group:
                detail = {"reason": reason.strip()} if one is ticket else {"merged_into": reference}
                event = TicketEvent(now, "withdrawn", officer, detail)
                stored.close(connection, one, event, closed_as=WITHDRAWN, at=now, calendar=self.calendar)

        in_groups(self.store, [reference], close)
        return self.get(reference)

    def satisfy(self, reference: str, message: int) -> Ticket:
        """Close a ticket whose citizen says that the approved text that was sent is enough; by which message.

        No person answered: its promise is not counted as kept. Those that were merged into it, or into which it was,
        wait on: nobody has spoken for them.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: "closed", or "pending" while an answer is on its way.
        """

        def close(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket = _known(found, reference)
            must_be_open(replace(ticket, merged_into=None))
            now = self.now()
            if ticket.merged_into:
                leave(connection, found, ticket, TicketEvent(now, "separated"))
            else:
                release(connection, found, ticket, TicketEvent(now, "separated"))
            event = TicketEvent(now, "satisfied", None, {"message": message})
            stored.close(connection, ticket, event, closed_as=SATISFIED, at=now, calendar=self.calendar)

        in_groups(self.store, [reference], close)
        return self.get(reference)

    def add(self, reference: str, message: int, words: Sequence[str] = ()) -> None:
        """Say in a ticket's history, once, that its citizen wrote again; and in that of the ticket that leads it.

        `words`: what they wrote, by which it is found from now on.
        """

        def add(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket = _known(found, reference)
            if {"message": message} in stored.details(connection, reference, "wrote"):
                return
            now = self.now()
            stored.note(connection, reference, TicketEvent(now, "wrote", None, {"message": message}))
            stored.find_by(connection, reference, words)
            if ticket.merged_into:
                news = TicketEvent(now, "wrote", None, {"message": message, "reference": reference})
                stored.note(connection, ticket.merged_into, news)

        in_groups(self.store, [reference], add)

    def has_event(self, reference: str, kind: str, message: int) -> bool:
        """Whether a ticket's history holds an event of this kind for this message."""
        history = self.store.history(reference)
        return any(event.kind == kind and event.detail.get("message") == message for event in history)

    def merge(self, reference: str, other: str, officer: str, seen: Collection[str] = ()) -> Ticket:
        """Merge two open tickets that ask the same; the one that stays, which is due first.

        The other goes with it: it is answered together with it, and its own clock runs until then.

        Args:
            reference: one of the two.
            other: the other.
            officer: who merges them.
            seen: the references of all that will be answered together, where they are not one citizen's: the officer
                has seen whose requests these are.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: as `merge_order` and `must_be_seen`.
        """

        def merge(connection: sa.Connection, found: dict[str, Ticket]) -> Ticket:
            stays, goes = merge_order(_known(found, reference), _known(found, other))
            group = [*to_answer(found, stays), *to_answer(found, goes)]
            if not same_citizen(group):
                must_be_seen(group, seen)
            join(connection, found, stays, goes, TicketEvent(self.now(), "merged", officer))
            return stays

        return self.get(in_groups(self.store, [reference, other], merge).reference)

    def group(self, reference: str) -> list[Ticket]:
        """The tickets that an answer to this one goes to: itself first, then those merged into it.

        Raises:
            LookupError: there is no such ticket.
        """
        found = {one.reference: one for one in self.store.merged_into(reference)}
        return to_answer(found, self.get(reference))

    def separate(self, reference: str, officer: str) -> Ticket:
        """Undo that a ticket was merged into another, until they are answered; the ticket.

        Both are as they were before: their clocks never stopped.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: "closed", "pending" while an answer is on its way, or "apart": it is merged into none.
        """

        def undo(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket = _known(found, reference)
            must_be_open(replace(ticket, merged_into=None))
            if not ticket.merged_into:
                raise NotPossible("apart")
            part(connection, found, ticket, TicketEvent(self.now(), "separated", officer))

        in_groups(self.store, [reference], undo)
        return self.get(reference)

    def get(self, reference: str) -> Ticket:
        """The ticket with this reference.

        Raises:
            LookupError: there is none.
        """
        found = self.store.find(reference)
        if found is None:
            raise LookupError(reference)
        return found

    def look_up(self, reference: str, *, conversation: str, email: str | None) -> Ticket | None:
        """The ticket, if the one who asks may see it: the same conversation, or the address given at opening.

        An unknown reference and a wrong address give the same None, so that neither tells
        whether a ticket exists.
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
        """A moment of `day`. Only the date counts: day zero is that date wherever in it the hour lies."""
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
        """Change a ticket as `rule` says (None: it is so already, and nothing happens).

        `kind` happens to the ticket, and `to_clock` to its clock.
        """
        with self.store.database.writing() as connection:
            ticket = _known(stored.locked(connection, [reference]), reference)
            values = rule(ticket)
            if values is not None:
                now = self.now()
                stored.change(connection, reference, TicketEvent(now, kind, officer, detail), **values)
                if to_clock:
                    clocks.append(connection, clock_event(ticket, to_clock, now, officer, **detail))
        return self.get(reference)


def _known(found: dict[str, Ticket], reference: str) -> Ticket:
    if reference not in found:
        raise LookupError(reference)
    return found[reference]

"""The answer to a ticket: an officer writes it, a channel delivers it, and its delivery ends the clock.

An answer is the officer's message in the ticket's conversation. On the web it is delivered as soon as it is kept,
for the page fetches it. By e-mail and Telegram it is delivered when the other side has taken it; until then the clock
runs. An answer that cannot be delivered leaves the ticket open, and the ticket's history says so.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

import sqlalchemy as sa

from bot.core.db import Database
from bot.core.leases import Lease
from bot.core.texts import Texts
from bot.messages.append import lock_all
from bot.messages.contract import MessageDetail
from bot.messages.conversation import CLOSED, OFFICER, Conversation
from bot.messages.outbox import PARKED, SENT, Carriers
from bot.messages.tables import messages, outbox
from bot.promises import store as clocks
from bot.promises.ledger import DELAYED, RESUMED
from bot.tickets import store as stored
from bot.tickets.merging import in_groups, known, must_be_seen, release, to_answer
from bot.tickets.offers import due_values
from bot.tickets.sending import Place, TicketSender
from bot.tickets.service import TicketService
from bot.tickets.ticket import (
    ANSWERED,
    OPEN,
    REGISTERED,
    NotPossible,
    Ticket,
    TicketEvent,
    clock_event,
    must_be_given_between,
    must_be_open,
)

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Inquiry:
    """An inquiry that staff register: its channel and day, its question, and how to reach the citizen."""

    channel: str
    received_on: date
    promise: str
    question: str
    language: str
    email: str | None = None
    contact: str | None = None
    program: str | None = None


class Answers:
    """Answers tickets, and closes them when their answers have arrived."""

    def __init__(
        self,
        database: Database,
        tickets: TicketService,
        texts: Texts,
        carriers: Carriers,
        now: Callable[[], datetime],
        place: Place,
    ) -> None:
        """
        Args:
            database: of tickets, conversations and messages.
            tickets: the service that finds and closes tickets.
            texts: the approved texts.
            carriers: the channels that deliver messages themselves (a web page fetches its own).
            now: the clock.
            place: gives the e-mail to which an answer to an address replies.
        """
        self._database = database
        self._tickets = tickets
        self._texts = texts
        self._sender = TicketSender(carriers, now, place)
        self._now = now

    def register(self, inquiry: Inquiry, officer: str) -> Ticket:
        """Open a ticket, and a conversation of its own, for an inquiry that came by telephone, letter or counter.

        Raises:
            NotPossible, PromiseError: as `TicketService.register` does; nothing is kept.
        """
        conversation = Conversation(uuid.uuid4().hex, inquiry.channel, uuid.uuid4().hex, inquiry.language, CLOSED)
        return self._tickets.register(
            officer=officer,
            conversation=conversation.id,
            channel=inquiry.channel,
            received_on=inquiry.received_on,
            promise=inquiry.promise,
            question=inquiry.question,
            language=inquiry.language,
            email=inquiry.email,
            contact=inquiry.contact,
            program=inquiry.program,
            beside=lambda connection: self._sender.begin(connection, conversation, inquiry.question),
        )

    def answer(
        self,
        reference: str,
        officer: str,
        text: str,
        *,
        others: Mapping[str, str] = _NOTHING,
        seen: Collection[str] = (),
        given_on: date | None = None,
    ) -> Ticket:
        """Answer a ticket and those that were merged into it, each citizen by their own channel and in their language.

        An e-mail goes to the citizen who left an address; to others the answer goes in the conversation. Where staff
        registered the inquiry and it has no address, the officer answers as it came, and records here what they said
        and on which day.

        Args:
            reference: which.
            officer: who answers.
            text: the answer, in the ticket's language.
            others: the same in the other languages of those merged into it ("en" → text).
            seen: the references of those merged into it that the officer saw before answering.
            given_on: the day on which the officer answered those whom no channel reaches; today by default.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: as `must_be_open`, `must_be_seen` and `must_be_given_between`; "text": there is none;
                "languages": there is none in the language of one merged into it; "unreachable": the conversation is
                gone, and no address was given.
        """
        if not text.strip():
            raise NotPossible("text")

        def answer(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            leader = known(found, reference)
            must_be_open(leader)
            group = to_answer(found, leader)
            must_be_seen(group, {reference, *seen})
            texts = {**others, leader.language: text}
            if not all(texts.get(ticket.language, "").strip() for ticket in group):
                raise NotPossible("languages")
            lock_all(connection, {ticket.conversation for ticket in group})
            for ticket in group:
                if self._answer_one(connection, ticket, officer, texts[ticket.language], given_on):
                    continue
                if ticket is leader:
                    raise NotPossible("unreachable")
                self._stands_alone(connection, ticket, "erased")

        in_groups(self._tickets.store, [reference], answer)
        return self._tickets.get(reference)

    def give(self, reference: str, officer: str, text: str, by: str, given_on: date) -> Ticket:
        """Register an answer that was given by letter, telephone or at the counter, and judge the promise by its day.

        The ticket may be late, or closed already: an answer that was given earlier counts. Tickets that were merged
        into it received no answer, so they leave the group.

        Args:
            reference: which.
            officer: who registers it.
            text: the answer, for colleagues; no channel delivers it.
            by: PHONE, LETTER or COUNTER.
            given_on: the day.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: as `must_be_given_between`; "text": there is none; "channel": answers are not given so;
                "pending": an answer is on its way; "merged": it is answered with another; "erased": its words are gone.
        """
        if not text.strip():
            raise NotPossible("text")
        if by not in REGISTERED:
            raise NotPossible("channel")

        def give(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket, now = known(found, reference), self._now()
            if ticket.state == OPEN:
                must_be_open(ticket)
            if ticket.erased_at is not None:
                raise NotPossible("erased")
            must_be_given_between(ticket, given_on, now, self._tickets.calendar)
            if ticket.state == OPEN:
                release(connection, found, ticket, TicketEvent(now, "separated", officer))
            detail = {"by": by, "given_on": given_on.isoformat(), "text": text}
            stored.give(
                connection, ticket, TicketEvent(now, "given", officer, detail), given_on, self._tickets.calendar
            )

        in_groups(self._tickets.store, [reference], give)
        return self._tickets.get(reference)

    def delay(self, reference: str, officer: str, until: date, reason: str) -> Ticket:
        """Tell the citizen that the answer will come later than promised, by when, and why.

        The promise does not change, and is judged as before. `until` is a working day after the promised one.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: as `must_be_open`; "reason": none is given; "date": it is no working day after the due date;
                "unreachable": as `answer`.
        """
        if not reason.strip():
            raise NotPossible("reason")
        calendar = self._tickets.calendar
        with self._database.writing() as connection:
            ticket = known(stored.locked(connection, [reference]), reference)
            must_be_open(ticket)
            now = self._now()
            earliest = max(calendar.local_date(ticket.due_at), calendar.local_date(now) - timedelta(days=1))
            if until <= earliest or not calendar.is_working_day(until):
                raise NotPossible("date")
            due, later = calendar.close_of(calendar.local_date(ticket.due_at)), calendar.close_of(until)
            values = {
                **due_values(due, ticket.language, calendar.zone),
                **{f"new_{name}": value for name, value in due_values(later, ticket.language, calendar.zone).items()},
                "reference": reference,
                "reason": reason.strip(),
            }
            text = self._texts.get("delay_announced", ticket.language, **values)
            subject = self._texts.get("email_delay_subject", ticket.language, reference=reference)
            said = self._sender.say(connection, ticket, officer, text, subject)
            if said is None:
                raise NotPossible("unreachable")
            detail = {"until": until.isoformat(), "reason": reason.strip()}
            stored.change(connection, reference, TicketEvent(now, "delayed", officer, detail))
            clocks.add_event(connection, clock_event(ticket, DELAYED, now, officer, **detail))
        return self._tickets.get(reference)

    def settle(self) -> int:
        """Close the tickets whose answers have arrived; tell staff of the others. Return how many changed."""
        changed = 0
        for ticket in self._tickets.store.on_their_way():
            with self._database.writing() as connection:
                now = stored.locked(connection, [ticket.reference])[ticket.reference]
                if now.pending is not None:
                    changed += self._settle_one(connection, now)
        return changed

    def returned(self, number: int, news: int, reason: str) -> None:
        """Open a ticket again because its answer, delivered by e-mail, came back.

        Only the last answer of a ticket counts. The same news a second time changes nothing.

        Args:
            number: the number of the message that came back.
            news: the number of the message that says so.
            reason: the reason that the other side gives.
        """
        query = sa.select(messages.c.author, messages.c.detail, messages.c.conversation_id)
        with self._database.writing() as connection:
            row = connection.execute(query.where(messages.c.id == number)).first()
            if row is None:
                return
            beside = MessageDetail.from_stored(row.detail)
            told = beside.custom.ticket if beside.custom else None
            reference = beside.ticket or (told.reference if told else None)
            ticket = stored.locked(connection, [reference]).get(reference) if reference else None
            if ticket is None:
                return
            kind = "undelivered" if row.author == OFFICER else "ack_returned"
            if self._tickets.has_event(ticket.reference, kind, news):
                return
            event = TicketEvent(self._now(), kind, None, {"reason": reason, "message": news})
            nothing = {"state": OPEN, "closed_at": None, "closed_as": None, "kept": None, "merged_into": None}
            was_answer = ticket.pending == number or (
                ticket.closed_as == ANSWERED and self._last_answer(connection, ticket) == number
            )
            values = {**nothing, "pending": None} if row.author == OFFICER and was_answer else {}
            stored.change(connection, ticket.reference, event, **values)
            if values and ticket.state != OPEN:
                # Without the other side's words: what a clock is told is kept for ever.
                clocks.add_event(connection, clock_event(ticket, RESUMED, event.at))

    def _last_answer(self, connection: sa.Connection, ticket: Ticket) -> int | None:
        query = (
            sa.select(messages.c.id, messages.c.detail)
            .where(messages.c.conversation_id == ticket.conversation, messages.c.author == OFFICER)
            .order_by(messages.c.id.desc())
        )
        rows = connection.execute(query)
        return next((row.id for row in rows if MessageDetail.from_stored(row.detail).ticket == ticket.reference), None)

    async def run(self, lease: Lease) -> None:
        """Settle every few seconds, until cancelled."""
        await lease.serve(self.settle, LOOK_SECONDS, "answers are settled later")

    def _answer_one(
        self, connection: sa.Connection, ticket: Ticket, officer: str, text: str, given_on: date | None
    ) -> bool:
        """Send one answer; return False if nothing reaches the citizen any more."""
        now = self._now()
        subject = self._texts.get("email_answer_subject", ticket.language, reference=ticket.reference)
        said = self._sender.say(connection, ticket, officer, text, subject, answers=True)
        if said is None:
            return False
        message, by, carried = said
        written = TicketEvent(now, "answered", officer, {"by": by})
        if carried:
            stored.change(connection, ticket.reference, written, pending=message.id, officer=ticket.officer or officer)
            return True
        stored.change(connection, ticket.reference, written, officer=ticket.officer or officer)
        if ticket.channel in REGISTERED:
            calendar = self._tickets.calendar
            day = given_on or calendar.local_date(now)
            must_be_given_between(ticket, day, now, calendar)
            detail = {"by": by, "given_on": day.isoformat()}
            stored.give(connection, ticket, TicketEvent(now, "closed", officer, detail), day, calendar)
            return True
        arrived = TicketEvent(now, "closed", None, {"by": by})
        self._close(connection, ticket, arrived, now)
        return True

    def _settle_one(self, connection: sa.Connection, ticket: Ticket) -> int:
        query = sa.select(outbox.c.state, outbox.c.settled_at, outbox.c.reason).where(
            outbox.c.message_id == ticket.pending
        )
        row = connection.execute(query).first()
        if row is not None and row.state == SENT:
            event = TicketEvent(row.settled_at, "delivered")
            self._close(connection, ticket, event, row.settled_at)
            return 1
        if row is None or row.state == PARKED:
            self._stands_alone(connection, ticket, row.reason if row is not None else "erased")
            return 1
        return 0

    def _close(self, connection: sa.Connection, ticket: Ticket, event: TicketEvent, at: datetime) -> None:
        stored.close(connection, ticket, event, closed_as=ANSWERED, at=at, calendar=self._tickets.calendar)

    def _stands_alone(self, connection: sa.Connection, ticket: Ticket, reason: str) -> None:
        """Leave a ticket open whose answer did not arrive, outside its group: the others may be answered."""
        event = TicketEvent(self._now(), "undelivered", None, {"reason": reason})
        stored.change(connection, ticket.reference, event, pending=None, merged_into=None)

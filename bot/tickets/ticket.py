"""A ticket, how it is opened, and what may be done with it: plain functions (the store reads and writes)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

from email_validator import EmailNotValidError, validate_email

from bot.promises.calendar import Calendar
from bot.promises.clock import Due, due
from bot.promises.ledger import BROKEN, ENDED, KEPT, REVISED, STARTED, Clock, ClockEvent
from bot.promises.promise import Promise

OPEN = "open"
CLOSED = "closed"
# Why a ticket was closed: a person answered; no answer was owed (its history says why); or an approved text was enough
# for the citizen.
ANSWERED, WITHDRAWN, SATISFIED = "answered", "withdrawn", "satisfied"
# The channels of inquiries that staff register.
PHONE, LETTER, COUNTER = "phone", "letter", "counter"
REGISTERED = (PHONE, LETTER, COUNTER)

OVERDUE, TODAY, SOON, LATER = "overdue", "today", "soon", "later"

# Punctuation that ends a sentence, or wraps an address, is not part of the address.
_AROUND = "<>()[]{}\"'«»“”‘’,;:!?."
_LABEL = re.compile(r"^[a-zé-]+:", re.IGNORECASE)  # "mailto:", "courriel:"


class ContactError(ValueError):
    """The text holds something that looks like an e-mail address and is none."""


class NotPossible(RuntimeError):
    """The state of the ticket does not allow this; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Ticket:
    """An inquiry that a person must answer. `email` is None when the answer stays in the conversation.

    `message` is the number of the citizen's message that opened it, `pending` that of the officer's answer on its way.
    `contact` is another way to reach the citizen of an inquiry that staff registered. `due_at`, `proof` and `kept`
    follow from the events of its clock (`bot.promises.ledger`). `kept` says whether the promise was kept; it is None
    until the promise is judged, and where no answer is owed. A merged ticket is answered with the ticket that it was
    merged into. `forget_at` is when its citizen asked to be forgotten, `erased_at` when its words and addresses were
    erased: what is left names nobody.
    """

    reference: str
    conversation: str
    question: str
    language: str
    email: str | None
    promise: str
    opened_at: datetime
    day_zero: date
    due_at: datetime
    proof: tuple[dict[str, Any], ...]
    channel: str
    promise_version: int = 1
    state: str = OPEN
    message: int | None = None
    program: str | None = None
    officer: str | None = None
    contact: str | None = None
    pending: int | None = None
    merged_into: str | None = None
    closed_at: datetime | None = None
    closed_as: str | None = None
    kept: bool | None = None
    forget_at: datetime | None = None
    erased_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the promise was due before `now` and the ticket is still open."""
        return self.state == OPEN and now > self.due_at

    def risk(self, now: datetime, calendar: Calendar) -> str:
        """How near an open ticket's due moment is: OVERDUE, TODAY, SOON (the next working day) or LATER."""
        if now > self.due_at:
            return OVERDUE
        today, day = calendar.local_date(now), calendar.local_date(self.due_at)
        if day <= today:
            return TODAY
        return SOON if self.due_at <= soon_until(now, calendar) else LATER


@dataclass(frozen=True)
class TicketEvent:
    """Something that happened to a ticket; its history is only added to.

    `kind`: "opened", "assigned", "program", "answered" (written), "delivered", "undelivered", "closed",
    "withdrawn", "reopened", "merged" (into another), "absorbed" (another), "separated" (from the other again),
    "released" (the other), "follows" (a closed one), "wrote" (the citizen, once more), "given" (an answer, by letter,
    telephone or at the counter), "satisfied" (the citizen, by the article that was sent) or "ack_returned" (the
    acknowledgement did not arrive).
    `officer` is None if no officer did it.
    """

    at: datetime
    kind: str
    officer: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def soon_until(now: datetime, calendar: Calendar) -> datetime:
    """The close of service of the next working day after today: tickets that are due by then are at risk."""
    day = calendar.local_date(now) + timedelta(days=1)
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return calendar.close_of(day)


def open_ticket(
    *,
    reference: str,
    conversation: str,
    question: str,
    language: str,
    email: str | None,
    promise: Promise,
    calendar: Calendar,
    now: datetime,
    channel: str,
    message: int | None = None,
    program: str | None = None,
    contact: str | None = None,
    started_at: datetime | None = None,
) -> Ticket:
    """A new ticket whose clock starts at `started_at`, or else `now` (both must carry a zone)."""
    began = started_at or now
    version = promise.on(calendar.local_date(began))
    clock: Due = due(began, version.working_days, calendar)
    return Ticket(
        reference=reference,
        conversation=conversation,
        question=question,
        language=language,
        email=email,
        promise=promise.id,
        opened_at=now,
        day_zero=clock.day_zero,
        due_at=clock.due_at,
        proof=tuple(day.as_dict() for day in clock.proof),
        promise_version=version.number,
        message=message,
        channel=channel,
        program=program,
        contact=contact,
    )


def clock_event(ticket: Ticket, kind: str, at: datetime, officer: str | None = None, **detail: Any) -> ClockEvent:
    """Something that happens to the clock of a ticket."""
    return ClockEvent(ticket.reference, ticket.day_zero, at, kind, officer, detail)


def clock_started(ticket: Ticket) -> ClockEvent:
    """The first event of the clock of a new ticket."""
    return clock_event(
        ticket,
        STARTED,
        ticket.opened_at,
        promise=ticket.promise,
        version=ticket.promise_version,
        working_days=max((day["counted"] for day in ticket.proof if day["counted"]), default=0),
        due_at=ticket.due_at.isoformat(),
        proof=list(ticket.proof),
    )


def clock_ended(ticket: Ticket, closed_as: str, at: datetime, calendar: Calendar, *, broken: bool) -> list[ClockEvent]:
    """What happens to a clock when its ticket is closed: an answer keeps the promise if it came in time.

    `broken` says whether it was broken before. A clock whose ticket is closed late was broken at its due moment.
    """
    took = calendar.working_days(ticket.day_zero, calendar.local_date(at))
    late = at > ticket.due_at
    if closed_as == ANSWERED and not late and not broken:
        return [clock_event(ticket, KEPT, at, working_days=took)]
    first = [clock_event(ticket, BROKEN, ticket.due_at)] if late and not broken else []
    return [*first, clock_event(ticket, ENDED, at, how=closed_as, working_days=took)]


def clock_given(
    ticket: Ticket, clock: Clock, day: date, now: datetime, officer: str, calendar: Calendar
) -> list[ClockEvent]:
    """What happens to a clock when an answer is registered that was given on `day`.

    Nobody knows the hour: the day counts, up to the close of service, at which promises fall due. An answer on the due
    day keeps the promise, whenever it is registered. What is judged already is judged anew only by an answer that came
    before, or on the same day and in time.
    """
    at = min(calendar.close_of(day).astimezone(timezone.utc), now)
    took = calendar.working_days(ticket.day_zero, day)
    answer = {"given_on": day.isoformat(), "working_days": took}
    in_time = at <= ticket.due_at
    was = clock.verdict(now)
    revised = clock_event(ticket, REVISED, now, officer, **answer, given_at=at.isoformat(), kept=in_time, was=was)
    if clock.ended_at is None:
        if clock.broken_at is not None and in_time:
            return [revised]
        answer["registered_at"] = now.isoformat()
        if in_time:
            return [clock_event(ticket, KEPT, at, officer, **answer)]
        first = [clock_event(ticket, BROKEN, ticket.due_at)] if clock.broken_at is None else []
        return [*first, clock_event(ticket, ENDED, at, officer, **answer, how=ANSWERED)]
    ended_on = calendar.local_date(clock.ended_at)
    as_good = was == KEPT or (not in_time and clock.ended_as == ANSWERED)
    return [revised] if day < ended_on or (day == ended_on and not as_good) else []


def must_be_given_between(ticket: Ticket, day: date, now: datetime, calendar: Calendar) -> None:
    """An answer is given from the day on which the clock started to today.

    Raises:
        NotPossible: "given_before" or "given_after".
    """
    if day < ticket.day_zero:
        raise NotPossible("given_before")
    if day > calendar.local_date(now):
        raise NotPossible("given_after")


def disagreement(ticket: Ticket | None, clock: Clock) -> str | None:
    """What a ticket says otherwise than the replay of its clock, in words for the terminal; None if nothing."""
    if ticket is None:
        return f"{clock.reference}: there is no such ticket"
    kept = {KEPT: True, BROKEN: False}.get(clock.verdict(ticket.closed_at or ticket.due_at))
    pairs = {
        "promise": (ticket.promise, clock.promise),
        "day zero": (ticket.day_zero, clock.day_zero),
        "due": (ticket.due_at, clock.due_at),
        "closed": (ticket.closed_at, clock.ended_at),
        "kept": (ticket.kept, kept),
    }
    apart = [f"{name} {mine} and {replayed}" for name, (mine, replayed) in pairs.items() if mine != replayed]
    return f"{clock.reference}: ticket and clock differ: {'; '.join(apart)}" if apart else None


def must_be_open(ticket: Ticket) -> None:
    """Make sure that a ticket may be answered, merged or withdrawn.

    Raises:
        NotPossible: "closed", "merged", or "pending" while an answer is on its way.
    """
    if ticket.state != OPEN:
        raise NotPossible("closed")
    if ticket.merged_into:
        raise NotPossible("merged")
    if ticket.pending is not None:
        raise NotPossible("pending")


def merge_order(one: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """The ticket that stays and the ticket that is merged into it: of two open tickets the one due first stays.

    Raises:
        NotPossible: "same", or one of them is not open (see `must_be_open`).
    """
    if one.reference == other.reference:
        raise NotPossible("same")
    must_be_open(one)
    must_be_open(other)
    first, second = sorted((one, other), key=lambda ticket: (ticket.due_at, ticket.opened_at, ticket.reference))
    return first, second


def find_email(text: str) -> str | None:
    """The e-mail address in `text`, normalised; None if nothing looks like one.

    Raises:
        ContactError: something looks like an address and is not valid.
    """
    candidates = [_LABEL.sub("", word.strip(_AROUND)).strip(_AROUND) for word in text.split() if "@" in word]
    for candidate in candidates:
        try:
            return validate_email(candidate, check_deliverability=False).normalized
        except EmailNotValidError:
            continue
    if candidates:
        raise ContactError("not an e-mail address")
    return None

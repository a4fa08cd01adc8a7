"""The clock monitor warns staff in working time, breaks the clocks that are past due, and moves those that are open.

It writes all that it does as events of the clocks, in one transaction with what follows from them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa

from bot.promises import store as clocks
from bot.promises.calendar import Calendar
from bot.promises.clock import Due, due
from bot.promises.ledger import BROKEN, MOVED, WARNED, Clock
from bot.promises.store import ClockStore
from bot.promises.warnings import GRAVE, warning_due
from bot.tickets import store as stored
from bot.tickets.notices import notify
from bot.tickets.store import TicketStore
from bot.tickets.ticket import OPEN, Ticket, TicketEvent, clock_event

log = logging.getLogger(__name__)

_PAGE = 200


@dataclass(frozen=True)
class Staff:
    """The names of those who receive warnings: officers answer, supervisors see everything."""

    officers: tuple[str, ...]
    supervisors: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """A clock that a calendar moves, and the dates that it judges differently."""

    ticket: Ticket
    due: Due
    days: tuple[date, ...]


class ClockMonitor:
    """Warns of, breaks and moves the clocks of open tickets."""

    def __init__(
        self,
        store: TicketStore,
        ledger: ClockStore,
        calendar: Calendar,
        staff: Callable[[], Staff],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._calendar = calendar
        self._staff = staff
        self._now = now

    def look(self) -> int:
        """Break the clocks that are past due and give the warnings that are due; return the number of new events."""
        now, found = self._now(), 0
        staff: Staff | None = None
        for page in self._open():
            known = self._ledger.of([ticket.reference for ticket in page])
            for ticket in page:
                clock = known.get(ticket.reference)
                if clock is None or not clock.runs:
                    continue
                if now > clock.due_at and clock.broken_at is None:
                    found += self._break(ticket.reference, now)
                level = warning_due(now, began(ticket, self._calendar), clock.due_at, clock.warned, self._calendar)
                # One whose answer is on its way, or that is answered with another, asks nothing of anybody.
                if level is not None and ticket.merged_into is None and ticket.pending is None:
                    staff = staff or self._staff()
                    found += self._warn(ticket, level, recipients(ticket, level, staff), now)
        return found

    def moves(self, calendar: Calendar | None = None) -> Iterator[Move]:
        """The open clocks that `calendar` (ours by default) moves; clocks that are judged or past due stay."""
        judge = calendar or self._calendar
        for page in self._open():
            known = self._ledger.of([ticket.reference for ticket in page])
            for ticket in page:
                if (clock := known.get(ticket.reference)) and (move := self._move_of(ticket, clock, judge)):
                    yield move

    def move(self) -> int:
        """Move the open clocks to where the calendar has them; return how many moved."""
        moved = 0
        for move in list(self.moves()):
            moved += self._move(move)
        if moved:
            log.info("%d open clocks were moved to where the calendar has them", moved)
        return moved

    def _open(self) -> Iterator[list[Ticket]]:
        """The open tickets page by page, with those that were merged into another."""
        last = 0
        while page := self._store.open_after(last, _PAGE):
            yield [ticket for _, ticket in page]
            last = page[-1][0]

    def _move_of(self, ticket: Ticket, clock: Clock, calendar: Calendar) -> Move | None:
        if not clock.runs or clock.broken_at is not None or self._now() > clock.due_at:
            return None
        # Only the date of day zero counts; noon lies in it wherever the zone is.
        found = due(datetime.combine(clock.day_zero, time(12), calendar.zone), clock.working_days, calendar)
        judged = {day["date"]: day["reason"] for day in ticket.proof}
        days = tuple(day.day for day in found.proof if judged.get(day.day.isoformat(), day.reason) != day.reason)
        return Move(ticket, found, days) if found.due_at != clock.due_at else None

    def _move(self, move: Move) -> bool:
        reference, now = move.ticket.reference, self._now()
        proof = [day.as_dict() for day in move.due.proof]
        with self._store.database.writing() as connection:
            ticket = stored.locked(connection, [reference])[reference]
            clock = clocks.of_locked(connection, reference)
            if clock is None or not clock.runs or clock.broken_at is not None or ticket.state != OPEN:
                return False
            days = [day.isoformat() for day in move.days]
            moved = clock_event(ticket, MOVED, now, due_at=move.due.due_at.isoformat(), proof=proof, days=days)
            clocks.add_event(connection, moved)
            said = TicketEvent(now, "moved", None, {"due": move.due.due_at.isoformat(), "days": days})
            stored.change(connection, reference, said, due_at=move.due.due_at, proof=proof)
        return True

    def _break(self, reference: str, now: datetime) -> bool:
        with self._store.database.writing() as connection:
            ticket = stored.locked(connection, [reference])[reference]
            clock = clocks.of_locked(connection, reference)
            if clock is None or not clock.runs or clock.broken_at is not None or now <= clock.due_at:
                return False
            if ticket.pending is not None:
                return False  # the answer may have arrived in time: the clock is judged when that is known
            clocks.add_event(connection, clock_event(ticket, BROKEN, clock.due_at))
        return True

    def _warn(self, ticket: Ticket, level: str, officers: Collection[str], now: datetime) -> bool:
        try:
            with self._store.database.writing() as connection:
                clock = clocks.of_locked(connection, ticket.reference)
                if clock is None or not clock.runs:
                    return False
                warned = clock_event(ticket, WARNED, now, None, level=level, officers=list(officers))
                clocks.add_event(connection, warned)
                notify(connection, ticket.reference, level, officers, now)
        except sa.exc.IntegrityError:
            return False  # another process has given it
        return True


def began(ticket: Ticket, calendar: Calendar) -> datetime:
    """The moment from which a ticket's working time counts: its opening, or the close of an earlier day zero."""
    if calendar.local_date(ticket.opened_at) == ticket.day_zero:
        return ticket.opened_at
    return calendar.close_of(ticket.day_zero)


def recipients(ticket: Ticket, level: str, staff: Staff) -> list[str]:
    """The names to warn: the ticket's officer, or all officers if nobody has it; supervisors too if it is grave."""
    mine = [ticket.officer] if ticket.officer in (*staff.officers, *staff.supervisors) else [*staff.officers]
    if level in GRAVE or not mine:
        mine += staff.supervisors
    return list(dict.fromkeys(name for name in mine if name))

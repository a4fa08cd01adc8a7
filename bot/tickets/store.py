"""Reads and writes tickets and their histories."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database, UTCDateTime
from bot.promises import store as clocks
from bot.promises.calendar import Calendar
from bot.promises.ledger import BROKEN, KEPT, apply
from bot.tickets.search import search_text, searchable, with_more
from bot.tickets.tables import IN_LISTS, events, tickets
from bot.tickets.ticket import (
    ANSWERED,
    CLOSED,
    OPEN,
    Ticket,
    TicketEvent,
    clock_ended,
    clock_given,
    clock_started,
    soon_until,
)

_FIELDS = [column for column in tickets.c if column.name not in ("id", "search")]
# Read every other second, also when there is nothing to do: built once.
_ON_THEIR_WAY = sa.select(*_FIELDS).where(tickets.c.pending.is_not(None)).order_by(tickets.c.id).limit(1000)


class ReferenceTaken(RuntimeError):
    """A ticket with this reference exists already; draw another."""


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets to list; None or empty: all. The due moment is `due_from` to `due_until`, and before `due_before`.

    `reference` is one ticket's. `officer` is a name, or "" for the tickets that nobody has. Every word of `text` must
    stand in the reference, the question or the addresses; a text without any word matches no ticket.
    Tickets that were merged into another are left out, unless `reference` asks for one.
    """

    state: str | None = None
    promise: str | None = None
    language: str | None = None
    program: str | None = None
    officer: str | None = None
    channel: str | None = None
    reference: str | None = None
    text: str = ""
    due_from: datetime | None = None
    due_until: datetime | None = None
    due_before: datetime | None = None

    def overdue(self, now: datetime) -> TicketFilter:
        """Of these the open tickets that `Ticket.is_overdue` at `now`."""
        return replace(self, state=OPEN, due_before=now)

    def at_risk(self, now: datetime, calendar: Calendar) -> TicketFilter:
        """Of these the open tickets whose `Ticket.risk` is TODAY or SOON at `now`."""
        return replace(self, state=OPEN, due_from=now, due_until=soon_until(now, calendar))


@dataclass(frozen=True)
class TicketPage:
    """Some tickets by due moment; `more` is where the next page begins, None if this is the last."""

    tickets: tuple[Ticket, ...]
    more: tuple[datetime, int] | None


def is_owed(conversation: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a conversation has a ticket that is still to be answered: its officer needs the conversation."""
    return sa.exists().where(tickets.c.conversation == conversation, tickets.c.state == OPEN)


def is_awaited(message: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a message is an answer on its way: its ticket is closed when it arrives."""
    return sa.exists().where(tickets.c.pending == message)


class TicketStore:
    """Reads and writes tickets."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(
        self,
        ticket: Ticket,
        event: TicketEvent | None = None,
        beside: Callable[[sa.Connection], None] | None = None,
        more: Sequence[str] = (),
    ) -> None:
        """Keep a new ticket, whose history begins with `event` ("opened" by default).

        `beside` writes more in the same transaction; `more` are texts by which the ticket is found beside its question.

        Raises:
            ReferenceTaken: its reference, or the message that opened it, is another ticket's.
        """
        try:
            with self.database.writing() as connection:
                connection.execute(sa.insert(tickets).values(values_of(ticket, more)))
                note(connection, ticket.reference, event or TicketEvent(ticket.opened_at, "opened"))
                clocks.add_event(connection, clock_started(ticket))
                if beside:
                    beside(connection)
        except sa.exc.IntegrityError as error:
            raise ReferenceTaken(ticket.reference) from error

    def find(self, reference: str) -> Ticket | None:
        """The ticket with this reference."""
        found = self._select(tickets.c.reference == reference, limit=1)
        return found[0] if found else None

    def get(self, reference: str) -> Ticket:
        """The ticket with this reference.

        Raises:
            LookupError: there is none.
        """
        found = self.find(reference)
        if found is None:
            raise LookupError(reference)
        return found

    def of_message(self, message: int) -> Ticket | None:
        """The ticket that this message opened."""
        found = self._select(tickets.c.message == message, limit=1)
        return found[0] if found else None

    def of_conversation(self, conversation: str, limit: int = 3) -> list[Ticket]:
        """The latest tickets of a conversation, newest first."""
        return self._select(tickets.c.conversation == conversation, limit=limit)

    def open_of_conversation(self, conversation: str) -> list[Ticket]:
        """The tickets of a conversation that are still to be answered, newest first (a hundred at most)."""
        return self._select(sa.and_(tickets.c.conversation == conversation, tickets.c.state == OPEN))

    def address_of_conversation(self, conversation: str) -> str | None:
        """The e-mail address that the citizen of a conversation gave last."""
        given = sa.and_(tickets.c.conversation == conversation, tickets.c.email.is_not(None))
        found = self._select(given, limit=1)
        return found[0].email if found else None

    def merged_into(self, reference: str) -> list[Ticket]:
        """The tickets that were merged into this one."""
        return self._select(tickets.c.merged_into == reference, limit=None)

    def by_due_moment(self, state: str | None = None, limit: int = 100) -> list[Ticket]:
        """Tickets by due moment, soonest first, of one state or of all."""
        return list(self.page(TicketFilter(state=state), limit=limit).tickets)

    def page(self, wanted: TicketFilter, *, after: tuple[datetime, int] | None = None, limit: int = 50) -> TicketPage:
        """The tickets that `wanted` describes, the soonest due first.

        Args:
            wanted: which.
            after: where the page begins: `TicketPage.more` of the one before.
            limit: how many at most.
        """
        # The indexes begin with the state, so a page of all states is made from the first rows of each state.
        states = [wanted.state] if wanted.state else [OPEN, CLOSED]
        found = sa.union_all(
            *(sa.select(_beginning(replace(wanted, state=state), after, limit + 1)) for state in states)
        ).subquery()
        query = sa.select(tickets.c.id, *_FIELDS).join_from(found, tickets, found.c.id == tickets.c.id)
        query = query.order_by(found.c.due_at, found.c.id).limit(limit + 1)
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        last = rows[limit - 1] if len(rows) > limit else None
        return TicketPage(tuple(_ticket(row) for row in rows[:limit]), (last.due_at, last.id) if last else None)

    def count(self, wanted: TicketFilter) -> int:
        """How many tickets `wanted` describes."""
        query = sa.select(sa.func.count()).select_from(tickets).where(*_conditions(wanted))
        with self.database.reading() as connection:
            return connection.execute(query).scalar_one()

    def open_after(self, last: int, limit: int) -> list[tuple[int, Ticket]]:
        """Open tickets in the order of their numbers after `last`, with those that were merged into another."""
        query = sa.select(tickets.c.id, *_FIELDS).where(tickets.c.state == OPEN, tickets.c.id > last)
        with self.database.reading() as connection:
            return [(row.id, _ticket(row)) for row in connection.execute(query.order_by(tickets.c.id).limit(limit))]

    def version(self) -> int:
        """A number that grows whenever something happens to a ticket."""
        with self.database.reading() as connection:
            return connection.execute(sa.select(sa.func.coalesce(sa.func.max(events.c.id), 0))).scalar_one()

    def history(self, reference: str) -> list[TicketEvent]:
        """What happened to a ticket, oldest first."""
        query = sa.select(events).where(events.c.reference == reference).order_by(events.c.id)
        with self.database.reading() as connection:
            return [TicketEvent(row.at, row.kind, row.officer, row.detail) for row in connection.execute(query)]

    def on_their_way(self) -> list[Ticket]:
        """The tickets whose answer is on its way."""
        with self.database.reading() as connection:
            return [_ticket(row) for row in connection.execute(_ON_THEIR_WAY)]

    def _select(self, condition: Any, limit: int | None = 100) -> list[Ticket]:
        query = sa.select(*_FIELDS).where(condition).order_by(tickets.c.id.desc())
        with self.database.reading() as connection:
            return [_ticket(row) for row in connection.execute(query.limit(limit))]


def values_of(ticket: Ticket, more: Sequence[str] = ()) -> dict[str, Any]:
    """A ticket as a row of its table; `more` are texts by which it is found beside its question."""
    values = {column.name: getattr(ticket, column.name) for column in _FIELDS}
    return values | {"proof": list(ticket.proof), "search": search_text(ticket, more)}


def find_by(connection: sa.Connection, reference: str, words: Sequence[str]) -> None:
    """Add texts by which a ticket is found, in the caller's transaction, which has locked it."""
    this = tickets.c.reference == reference
    found = connection.execute(sa.select(tickets.c.search).where(this)).scalar_one()
    connection.execute(sa.update(tickets).where(this).values(search=with_more(found, words)))


def note(connection: sa.Connection, reference: str, event: TicketEvent) -> None:
    """Add to a ticket's history, in the caller's transaction."""
    connection.execute(
        sa.insert(events).values(
            reference=reference, at=event.at, kind=event.kind, officer=event.officer, detail=event.detail
        )
    )


def locked(connection: sa.Connection, references: Iterable[str]) -> dict[str, Ticket]:
    """These tickets by reference, locked until the transaction ends."""
    query = sa.select(*_FIELDS).where(tickets.c.reference.in_(sorted(references))).order_by(tickets.c.reference)
    return {row.reference: _ticket(row) for row in connection.execute(query.with_for_update())}


def of_groups(connection: sa.Connection, references: Collection[str]) -> set[str]:
    """The references of these tickets and of all that are answered together with them."""
    leading = sa.select(sa.func.coalesce(tickets.c.merged_into, tickets.c.reference))
    leaders = set(connection.execute(leading.where(tickets.c.reference.in_(sorted(references)))).scalars())
    theirs = sa.or_(tickets.c.reference.in_(sorted(leaders)), tickets.c.merged_into.in_(sorted(leaders)))
    return set(connection.execute(sa.select(tickets.c.reference).where(theirs)).scalars())


def details(connection: sa.Connection, reference: str, kind: str) -> list[dict[str, Any]]:
    """The details of a ticket's events of one kind, the latest first."""
    query = sa.select(events.c.detail).where(events.c.reference == reference, events.c.kind == kind)
    return list(connection.execute(query.order_by(events.c.id.desc())).scalars())


def change(connection: sa.Connection, reference: str, event: TicketEvent, **values: Any) -> None:
    """Change a ticket and note it in its history, in the caller's transaction."""
    if values:
        connection.execute(sa.update(tickets).where(tickets.c.reference == reference).values(**values))
    note(connection, reference, event)


def close(
    connection: sa.Connection, ticket: Ticket, event: TicketEvent, *, closed_as: str, at: datetime, calendar: Calendar
) -> None:
    """Close a ticket and judge its promise, in the caller's transaction.

    An answer in time keeps the promise. A ticket that needed no answer is not judged if it was closed in time; if it
    was closed late its promise is broken.
    """
    clock = clocks.of_locked(connection, ticket.reference)
    broken = clock is not None and clock.broken_at is not None
    ends = clock_ended(ticket, closed_as, at, calendar, broken=broken)
    for end in ends:
        clocks.add_event(connection, end)
    if broken or ends[0].kind == BROKEN:
        kept: bool | None = False
    else:
        kept = True if ends[0].kind == KEPT else None
    values = {"state": CLOSED, "closed_as": closed_as, "closed_at": at, "kept": kept, "pending": None}
    change(connection, ticket.reference, event, **values)


def give(connection: sa.Connection, ticket: Ticket, event: TicketEvent, day: date, calendar: Calendar) -> None:
    """Register an answer that an officer gave on `day`, and judge the promise by it, in the caller's transaction.

    `event` says who registers it, and when. A ticket that is closed already is judged anew if this answer came earlier.
    """
    clock = clocks.of_locked(connection, ticket.reference)
    if clock is None or event.officer is None:
        raise ValueError("an answer is registered by an officer, for a clock that was started")
    happens = clock_given(ticket, clock, day, event.at, event.officer, calendar)
    for one in happens:
        clocks.add_event(connection, one)
        clock = apply(clock, one)
    kept = {KEPT: True, BROKEN: False}.get(clock.verdict(event.at))
    closed = {"state": CLOSED, "closed_as": ANSWERED, "closed_at": clock.ended_at, "kept": kept}
    change(connection, ticket.reference, event, **(closed if happens else {}))


def _conditions(wanted: TicketFilter) -> list[Any]:
    found: list[Any] = []
    for name in ("state", "promise", "language", "program", "channel", "reference"):
        if value := getattr(wanted, name):
            found.append(tickets.c[name] == value)
    if wanted.officer is not None:
        found.append(tickets.c.officer == wanted.officer if wanted.officer else tickets.c.officer.is_(None))
    if wanted.due_from is not None:
        found.append(tickets.c.due_at >= wanted.due_from)
    if wanted.due_until is not None:
        found.append(tickets.c.due_at <= wanted.due_until)
    if wanted.due_before is not None:
        found.append(tickets.c.due_at < wanted.due_before)
    if wanted.reference is None:
        found.append(IN_LISTS)
    words = searchable(wanted.text).split()
    if wanted.text.strip() and not words:
        found.append(sa.false())
    found += [tickets.c.search.contains(word, autoescape=True) for word in words]
    return found


def _beginning(wanted: TicketFilter, after: tuple[datetime, int] | None, limit: int) -> sa.Subquery:
    """Numbers and due moments of the first tickets of one state, from `after` on."""
    query = sa.select(tickets.c.id, tickets.c.due_at).where(*_conditions(wanted))
    if after:
        due, last = sa.literal(after[0], UTCDateTime), sa.literal(after[1])
        query = query.where(sa.tuple_(tickets.c.due_at, tickets.c.id) > sa.tuple_(due, last))
    return query.order_by(tickets.c.due_at, tickets.c.id).limit(limit).subquery()


def _ticket(row: Any) -> Ticket:
    values = {column.name: getattr(row, column.name) for column in _FIELDS}
    return Ticket(**{**values, "proof": tuple(row.proof)})

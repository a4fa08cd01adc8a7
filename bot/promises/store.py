"""Stores the events of clocks. The table is append-only: the database itself refuses updates and deletes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database, UTCDateTime, metadata
from bot.promises.ledger import WARNED, Clock, ClockEvent, replay

clock_events = sa.Table(
    "clock_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("clock", sa.String(32), nullable=False),
    sa.Column("started_on", sa.Date, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("officer", sa.String(40)),
    sa.Column("detail", sa.JSON, nullable=False),
    # The level of a warning: unique, so that only one process gives each warning.
    sa.Column("level", sa.String(16)),
    sa.UniqueConstraint("clock", "level"),
    sqlite_autoincrement=True,
)
sa.Index("ix_clock_events_clock", clock_events.c.clock, clock_events.c.id)
sa.Index("ix_clock_events_started_on", clock_events.c.started_on, clock_events.c.clock, clock_events.c.id)
_EVENT = [clock_events.c[name] for name in ("clock", "started_on", "at", "kind", "officer", "detail")]
_NEW = sa.insert(clock_events)
_IN_ORDER = (clock_events.c.started_on, clock_events.c.clock, clock_events.c.id)
_AT_ONCE = 500  # clocks named in one statement


class ClockStore:
    """Reads clocks from their events."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def events(self, reference: str) -> list[ClockEvent]:
        """What happened to a clock, oldest first."""
        query = sa.select(*_EVENT).where(clock_events.c.clock == reference).order_by(clock_events.c.id)
        with self.database.reading() as connection:
            return [ClockEvent(*row) for row in connection.execute(query)]

    def of(self, references: Collection[str]) -> dict[str, Clock]:
        """These clocks, by reference."""
        found: dict[str, Clock] = {}
        wanted = sorted(references)
        with self.database.reading() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                named = clock_events.c.clock.in_(wanted[start : start + _AT_ONCE])
                rows = connection.execute(sa.select(*_EVENT).where(named).order_by(*_IN_ORDER))
                found |= {clock.reference: clock for clock in replay(ClockEvent(*row) for row in rows)}
        return found

    def started(self, first: date, last: date) -> Iterator[Clock]:
        """The clocks whose day zero is from `first` to `last`, replayed, by day zero."""
        query = sa.select(*_EVENT).where(clock_events.c.started_on.between(first, last)).order_by(*_IN_ORDER)
        with self.database.reading() as connection:
            yield from replay(ClockEvent(*row) for row in connection.execute(query.execution_options(yield_per=2000)))

    def days(self) -> tuple[date, date] | None:
        """The first and the last day zero of all clocks; None if there is no clock."""
        query = sa.select(sa.func.min(clock_events.c.started_on), sa.func.max(clock_events.c.started_on))
        with self.database.reading() as connection:
            first, last = connection.execute(query).one()
        return (first, last) if first else None


def add_event(connection: sa.Connection, event: ClockEvent) -> None:
    """Add an event, in the caller's transaction.

    Raises:
        IntegrityError: this warning was given before.
    """
    values: dict[str, Any] = {column.name: getattr(event, column.name) for column in _EVENT}
    connection.execute(_NEW, {**values, "level": event.detail["level"] if event.kind == WARNED else None})


def of_locked(connection: sa.Connection, reference: str) -> Clock | None:
    """A clock as the caller's transaction sees it; None if it was never started."""
    query = sa.select(*_EVENT).where(clock_events.c.clock == reference).order_by(clock_events.c.id)
    return next(replay(ClockEvent(*row) for row in connection.execute(query)), None)

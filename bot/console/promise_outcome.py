"""What became of the promises that began in a period: figures by promise and by month, replayed from the clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.console.period import Period
from bot.promises.calendar import Calendar
from bot.promises.promise import Promise, PromiseVersion, Registry
from bot.promises.report import COUNTS, Figures, by_month, figures
from bot.promises.store import ClockStore

_MANY_MONTHS = 24


@dataclass(frozen=True)
class Outcome:
    """What became of the promises that began in a period, by promise and by month, as of `now`."""

    period: Period
    now: datetime
    rows: tuple[Figures, ...]
    months: tuple[str, ...]
    by_month: dict[str, dict[str, Figures]]

    @property
    def total(self) -> Figures:
        """All promises together."""
        counts = {name: sum(getattr(row, name) for row in self.rows) for name in COUNTS}
        took = tuple(sorted(days for row in self.rows for days in row.took))
        return Figures(promise="", took=took, broken_ones=(), revised_ones=(), **counts)

    @property
    def empty(self) -> bool:
        """Whether no clock began."""
        return not any(row.opened or row.not_owed for row in self.rows)


def outcome_of(ledger: ClockStore, registry: Registry, calendar: Calendar, period: Period, now: datetime) -> Outcome:
    """The outcome of the clocks whose day zero lies in `period`, as of `now`."""
    clocks = list(ledger.started(period.first, period.last))
    promises = list(registry.promises)
    months = by_month(clocks, promises, now)
    named = period.months(calendar.local_date(now))
    if months and len(named) > _MANY_MONTHS:  # those before the first clock and after the last are left out
        named = tuple(month for month in named if min(months) <= month <= max(months))
    return Outcome(
        period,
        now,
        tuple(figures(clocks, promises, now)),
        named,
        {month: {row.promise: row for row in rows} for month, rows in months.items()},
    )


def versions_in(promise: Promise, period: Period) -> list[PromiseVersion]:
    """The versions of a promise that clocks of a period may have, the oldest first: two where it changed."""
    first, last = promise.on(period.first), promise.on(period.last)
    return [version for version in promise.versions if first.number <= version.number <= last.number]

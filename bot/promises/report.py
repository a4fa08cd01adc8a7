"""What became of the promises in a period: the figures of the report, from clocks alone. No IO."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

from bot.promises.ledger import BROKEN, KEPT, NOT_OWED, OPEN, OVERDUE, Clock


@dataclass(frozen=True)
class Figures:
    """The clocks of one promise that started in one period, counted by what became of them.

    `opened` are all but those to which no answer was owed. `took` are the working days of those that were answered,
    in growing order; `broken_ones` those that were broken, whether they still run or not; `revised_ones` those that
    were judged otherwise until an answer was registered that had been given earlier.
    """

    promise: str
    opened: int
    kept: int
    broken: int
    open: int
    overdue: int
    not_owed: int
    took: tuple[int, ...]
    broken_ones: tuple[Clock, ...]
    revised_ones: tuple[Clock, ...]

    @property
    def share(self) -> float | None:
        """The share kept of those that are judged or overdue; None if there are none."""
        judged = self.kept + self.broken + self.overdue
        return self.kept / judged if judged else None

    @property
    def median(self) -> float | None:
        """The median of the working days until the answer; None if there was none."""
        return median(self.took) if self.took else None

    @property
    def p90(self) -> int | None:
        """The 90th percentile of the working days until the answer (nearest rank); None if there was none."""
        return self.took[math.ceil(0.9 * len(self.took)) - 1] if self.took else None

    def as_dict(self) -> dict[str, Any]:
        """A form that JSON can carry."""
        counts = {name: getattr(self, name) for name in COUNTS}
        broken = [_broken(clock) for clock in self.broken_ones]
        rates = {"share_kept": self.share, "median_days": self.median, "p90_days": self.p90}
        revised = [_revised(clock) for clock in self.revised_ones]
        return {"promise": self.promise, **counts, **rates, "broken_ones": broken, "revised_ones": revised}


COUNTS = ("opened", "kept", "broken", "open", "overdue", "not_owed")


def figures(clocks: Iterable[Clock], promises: Sequence[str], now: datetime) -> list[Figures]:
    """The figures of each of `promises`, and of any other promise that a clock has, as of `now`.

    Args:
        clocks: those that started in the period.
        promises: in which order.
        now: what is past due is overdue.
    """
    by_promise: dict[str, list[Clock]] = defaultdict(list)
    for clock in clocks:
        by_promise[clock.promise].append(clock)
    return [
        _figures(promise, by_promise.get(promise, []), now)
        for promise in [*promises, *sorted({*by_promise} - {*promises})]
    ]


def by_month(clocks: Iterable[Clock], promises: Sequence[str], now: datetime) -> dict[str, list[Figures]]:
    """The figures by the month ("2026-11") of the clocks' day zero, the oldest first, of promises that had any."""
    months: dict[str, list[Clock]] = defaultdict(list)
    for clock in clocks:
        months[f"{clock.day_zero:%Y-%m}"].append(clock)
    return {
        month: [row for row in figures(months[month], promises, now) if row.opened or row.not_owed]
        for month in sorted(months)
    }


def _figures(promise: str, clocks: Sequence[Clock], now: datetime) -> Figures:
    verdicts = [clock.verdict(now) for clock in clocks]
    counts = {verdict: verdicts.count(verdict) for verdict in (KEPT, BROKEN, OPEN, OVERDUE, NOT_OWED)}
    answered = [
        clock for clock, verdict in zip(clocks, verdicts) if not clock.runs and clock.ended_as in (KEPT, "answered")
    ]
    broken = [clock for clock, verdict in zip(clocks, verdicts) if verdict in (BROKEN, OVERDUE)]
    return Figures(
        promise=promise,
        opened=len(clocks) - counts[NOT_OWED],
        kept=counts[KEPT],
        broken=counts[BROKEN],
        open=counts[OPEN],
        overdue=counts[OVERDUE],
        not_owed=counts[NOT_OWED],
        took=tuple(sorted(clock.took for clock in answered if clock.took is not None)),
        broken_ones=tuple(sorted(broken, key=_order)),
        revised_ones=tuple(sorted((clock for clock in clocks if clock.was), key=_order)),
    )


def _order(clock: Clock) -> tuple[datetime, str]:
    return clock.due_at, clock.reference


def _revised(clock: Clock) -> dict[str, Any]:
    return {
        "reference": clock.reference,
        "day_zero": clock.day_zero.isoformat(),
        "due": clock.due_at.isoformat(),
        "given_on": clock.given_on.isoformat() if clock.given_on else None,
        "days": clock.took,
        "was": clock.was,
    }


def _broken(clock: Clock) -> dict[str, Any]:
    return {
        "reference": clock.reference,
        "day_zero": clock.day_zero.isoformat(),
        "due": clock.due_at.isoformat(),
        "ended": clock.ended_at.isoformat() if clock.ended_at else None,
        "given_on": clock.given_on.isoformat() if clock.given_on else None,
        "days": clock.took,
        "reason": clock.reason,
    }


def year_of(year: int) -> tuple[date, date]:
    """The first and the last day of a year."""
    return date(year, 1, 1), date(year, 12, 31)

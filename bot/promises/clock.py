"""When a promise falls due, with the day-by-day proof. Plain functions: no IO, no wall clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from bot.promises.calendar import SATURDAY, Calendar, Holiday


@dataclass(frozen=True)
class ProofDay:
    """One date of a proof: counted as the n-th working day, or skipped, and why.

    `reason` is "day_zero", "working_day", "weekend" or "holiday"; `counted` is the rank of a
    working day (1 for the first) and None for the others.
    """

    day: date
    reason: str
    counted: int | None = None
    holiday: Holiday | None = None

    def as_dict(self) -> dict[str, Any]:
        """A form that JSON can carry."""
        entry: dict[str, Any] = {"date": self.day.isoformat(), "reason": self.reason, "counted": self.counted}
        if self.holiday:
            entry["holiday"] = {"fr": self.holiday.fr, "en": self.holiday.en}
        return entry


@dataclass(frozen=True)
class Due:
    """The due moment of a clock (UTC) and each date from day zero to it, judged."""

    day_zero: date
    due_at: datetime
    proof: tuple[ProofDay, ...]


def due(started_at: datetime, working_days: int, calendar: Calendar) -> Due:
    """The close of service of the n-th working day after the local date of `started_at`.

    Args:
        started_at: what starts the clock; must carry a time zone.
        working_days: n, at least 1.
        calendar: which dates count.

    Raises:
        ValueError: `started_at` is naive, or `working_days` is less than 1.
    """
    if working_days < 1:
        raise ValueError("a promise takes at least one working day")
    day = calendar.local_date(started_at)
    proof = [_judge(day, calendar, day_zero=True)]
    counted = 0
    while counted < working_days:
        day += timedelta(days=1)
        judged = _judge(day, calendar)
        if judged.reason == "working_day":
            counted += 1
            judged = ProofDay(day, "working_day", counted)
        proof.append(judged)
    return Due(
        day_zero=proof[0].day,
        due_at=calendar.close_of(day).astimezone(timezone.utc),
        proof=tuple(proof),
    )


def _judge(day: date, calendar: Calendar, *, day_zero: bool = False) -> ProofDay:
    holiday = calendar.holiday(day)
    if day_zero:
        return ProofDay(day, "day_zero", holiday=holiday)
    if day.weekday() >= SATURDAY:
        return ProofDay(day, "weekend")
    if holiday:
        return ProofDay(day, "holiday", holiday=holiday)
    return ProofDay(day, "working_day")

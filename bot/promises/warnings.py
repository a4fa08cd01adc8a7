"""When staff are warned that a promise is about to be broken. Plain functions: no IO, no wall clock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.promises.calendar import Calendar

# Half of the working time is gone; one working day is left after today; due today; past due.
HALF, ONE_DAY, TODAY, LATE = "half", "one_day", "today", "late"
LEVELS = (HALF, ONE_DAY, TODAY, LATE)  # each graver than the one before
# Supervisors receive these too.
GRAVE = frozenset({TODAY, LATE})


def level_at(now: datetime, started_at: datetime, due_at: datetime, calendar: Calendar) -> str | None:
    """The gravest level that a clock has reached, None if it is too early for any.

    Args:
        now, started_at, due_at: moments with a zone.
        calendar: what working time is.
    """
    if now > due_at:
        return LATE
    today, last = calendar.local_date(now), calendar.local_date(due_at)
    if today >= last:
        return TODAY
    if calendar.working_days(today, last) <= 1:
        return ONE_DAY
    gone, whole = calendar.working_time(started_at, now), calendar.working_time(started_at, due_at)
    return HALF if 2 * gone >= whole else None


def warning_due(
    now: datetime, started_at: datetime, due_at: datetime, given: Collection[str], calendar: Calendar
) -> str | None:
    """The warning to give now: in working time only, each level once, and none after a graver one.

    `given`: the levels given before; `level_at` explains the other arguments.
    """
    if not calendar.is_open(now):
        return None
    level = level_at(now, started_at, due_at, calendar)
    if level is None or any(LEVELS.index(level) <= LEVELS.index(one) for one in given):
        return None
    return level

"""When staff are warned: in working time only, each level once, never less than was told before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.promises.calendar import Calendar, parse_calendar
from bot.promises.clock import due
from bot.promises.warnings import HALF, LATE, LEVELS, ONE_DAY, TODAY, level_at, warning_due
from tests.cast import DATA, ZONE

CALENDAR = parse_calendar(yaml.safe_load((DATA / "holidays.yml").read_text(encoding="utf-8")))
# The question of the 22nd of December: due on Wednesday the 30th at five.
START = datetime(2026, 12, 22, 16, 40, tzinfo=ZONE)


def at(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    """A moment of December 2026 (or January 2027) where the service is."""
    return datetime(2027 if month == 1 else 2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    "now, level",
    [
        (at(22, 16, 50), None),
        (at(23, 16, 59), None),
        (at(24, 12), None),  # a holiday: no time of work goes by
        (at(28, 16, 49), None),
        # 34 h 20 of service from the question to the due moment: half of it is over at ten to five.
        (at(28, 16, 50), HALF),
        (at(29, 8, 30), ONE_DAY),
        (at(29, 16, 59), ONE_DAY),
        (at(30, 8, 30), TODAY),
        (at(30, 16, 59), TODAY),
        (at(30, 17, 0) + timedelta(seconds=1), LATE),
        (at(4, 8, 30, month=1), LATE),
    ],
)
def test_the_levels_of_the_question_of_december_22(calendar: Calendar, now: datetime, level: str | None) -> None:
    """Half, one working day left, on the day, late: each from its moment on."""
    assert level_at(now, START, due(START, 4, calendar).due_at, calendar) == level


def test_warnings_are_given_in_working_time_only(calendar: Calendar) -> None:
    """Minute by minute until the offices open in January: four warnings, each while the service is open."""
    end, given_, found, now = due(START, 4, calendar).due_at, [], [], START
    while now < at(5, 12, month=1):
        if level := warning_due(now, START, end, given_, calendar):
            given_.append(level)
            found.append((level, now.astimezone(ZONE).isoformat(timespec="minutes")))
        now += timedelta(minutes=1)
    assert found == [
        (HALF, "2026-12-28T16:50-05:00"),
        (ONE_DAY, "2026-12-29T08:30-05:00"),
        (TODAY, "2026-12-30T08:30-05:00"),
        # Broken on the 30th at five; the next hour of service is on Monday the 4th of January.
        (LATE, "2027-01-04T08:30-05:00"),
    ]


def test_a_desk_that_was_down_gives_only_the_gravest(calendar: Calendar) -> None:
    """What was missed is not told after the fact: the gravest level is, and none below it later."""
    end = due(START, 4, calendar).due_at
    assert warning_due(at(30, 10), START, end, (), calendar) == TODAY
    assert warning_due(at(30, 11), START, end, (TODAY,), calendar) is None
    assert warning_due(at(4, 9, month=1), START, end, (TODAY,), calendar) == LATE


@given(
    start=st.integers(0, 700 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
    days=st.sampled_from([4, 5, 10, 15]),
    steps=st.lists(st.floats(0.1, 60), min_size=1, max_size=40),
)
@example(start=START + timedelta(minutes=440), days=4, steps=[1.0, 1.0, 46.0, 60.0, 60.0, 24.0])  # a weekend's eve
def test_levels_only_grow(start: datetime, days: int, steps: list[float]) -> None:
    """As time goes by the level never falls, and is never told outside of working time."""
    end = due(start, days, CALENDAR).due_at
    now, last, given_ = start, -1, list[str]()
    for step in steps:
        now += timedelta(hours=step)
        level = level_at(now, start, end, CALENDAR)
        rank = LEVELS.index(level) if level else -1
        assert rank >= last
        last = rank
        if told := warning_due(now, start, end, given_, CALENDAR):
            assert CALENDAR.is_open(now)
            assert told not in given_
            given_.append(told)

"""When promises fall due.

The tables were typed by hand: each due date was found by putting a finger on a wall calendar on
which the weekends and the holidays of `data/holidays.yml` were struck out. No date in them comes
from the code under test.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.promises.calendar import Calendar, Holiday
from bot.promises.clock import due
from tests.cast import ZONE as TORONTO

UTC = timezone.utc

# A message at noon of the first date is due on the date in the column of 4, 5, 10 or 15 working days.
TABLE = """
start           4 days      5 days      10 days     15 days     why

2024-02-28 Wed  2024-03-05  2024-03-06  2024-03-13  2024-03-20  a leap day counts
2024-02-29 Thu  2024-03-06  2024-03-07  2024-03-14  2024-03-21  from a leap day
2024-12-23 Mon  2025-01-06  2025-01-07  2025-01-14  2025-01-21  Christmas and New Year, six closures
2024-12-31 Tue  2025-01-08  2025-01-09  2025-01-16  2025-01-23  on New Year's Eve

2025-01-01 Wed  2025-01-08  2025-01-09  2025-01-16  2025-01-23  on New Year's Day
2025-01-02 Thu  2025-01-08  2025-01-09  2025-01-16  2025-01-23  on the day after New Year
2025-01-06 Mon  2025-01-10  2025-01-13  2025-01-20  2025-01-27  plain weeks
2025-03-07 Fri  2025-03-13  2025-03-14  2025-03-21  2025-03-28  before the clocks go forward, March 9
2025-04-14 Mon  2025-04-22  2025-04-23  2025-04-30  2025-05-07  before Easter
2025-04-18 Fri  2025-04-25  2025-04-28  2025-05-05  2025-05-12  on Good Friday
2025-04-19 Sat  2025-04-25  2025-04-28  2025-05-05  2025-05-12  on the Saturday of Easter
2025-04-20 Sun  2025-04-25  2025-04-28  2025-05-05  2025-05-12  on Easter Sunday
2025-04-21 Mon  2025-04-25  2025-04-28  2025-05-05  2025-05-12  on Easter Monday
2025-05-15 Thu  2025-05-22  2025-05-23  2025-05-30  2025-06-06  before Patriots' Day
2025-05-19 Mon  2025-05-23  2025-05-26  2025-06-02  2025-06-09  on Patriots' Day
2025-06-20 Fri  2025-06-27  2025-06-30  2025-07-08  2025-07-15  before both June 24 and July 1
2025-06-24 Tue  2025-06-30  2025-07-02  2025-07-09  2025-07-16  on June 24
2025-06-27 Fri  2025-07-04  2025-07-07  2025-07-14  2025-07-21  before Canada Day
2025-07-01 Tue  2025-07-07  2025-07-08  2025-07-15  2025-07-22  on Canada Day
2025-07-19 Sat  2025-07-24  2025-07-25  2025-08-01  2025-08-08  on a plain Saturday
2025-08-28 Thu  2025-09-04  2025-09-05  2025-09-12  2025-09-19  before Labour Day
2025-09-01 Mon  2025-09-05  2025-09-08  2025-09-15  2025-09-22  on Labour Day
2025-10-09 Thu  2025-10-16  2025-10-17  2025-10-24  2025-10-31  before Thanksgiving
2025-10-13 Mon  2025-10-17  2025-10-20  2025-10-27  2025-11-03  on Thanksgiving
2025-10-30 Thu  2025-11-05  2025-11-06  2025-11-13  2025-11-20  before the clocks go back, November 2
2025-12-18 Thu  2025-12-29  2025-12-30  2026-01-09  2026-01-16  the Thursday before Christmas
2025-12-22 Mon  2026-01-05  2026-01-06  2026-01-13  2026-01-20  the Monday before Christmas
2025-12-24 Wed  2026-01-06  2026-01-07  2026-01-14  2026-01-21  on Christmas Eve
2025-12-25 Thu  2026-01-06  2026-01-07  2026-01-14  2026-01-21  on Christmas Day
2025-12-26 Fri  2026-01-06  2026-01-07  2026-01-14  2026-01-21  on the day after Christmas
2025-12-28 Sun  2026-01-06  2026-01-07  2026-01-14  2026-01-21  on the Sunday after Christmas
2025-12-30 Tue  2026-01-08  2026-01-09  2026-01-16  2026-01-23  the last working day of the year
2025-12-31 Wed  2026-01-08  2026-01-09  2026-01-16  2026-01-23  on New Year's Eve

2026-01-01 Thu  2026-01-08  2026-01-09  2026-01-16  2026-01-23  on New Year's Day
2026-01-02 Fri  2026-01-08  2026-01-09  2026-01-16  2026-01-23  on the day after New Year
2026-01-03 Sat  2026-01-08  2026-01-09  2026-01-16  2026-01-23  on the first Saturday
2026-01-12 Mon  2026-01-16  2026-01-19  2026-01-26  2026-02-02  plain weeks
2026-02-14 Sat  2026-02-19  2026-02-20  2026-02-27  2026-03-06  on a plain Saturday
2026-02-26 Thu  2026-03-04  2026-03-05  2026-03-12  2026-03-19  no leap day
2026-03-06 Fri  2026-03-12  2026-03-13  2026-03-20  2026-03-27  before the clocks go forward, March 8
2026-03-08 Sun  2026-03-12  2026-03-13  2026-03-20  2026-03-27  on the day the clocks go forward
2026-03-30 Mon  2026-04-07  2026-04-08  2026-04-15  2026-04-22  before Easter
2026-04-02 Thu  2026-04-10  2026-04-13  2026-04-20  2026-04-27  on the eve of Good Friday
2026-04-03 Fri  2026-04-10  2026-04-13  2026-04-20  2026-04-27  on Good Friday
2026-04-05 Sun  2026-04-10  2026-04-13  2026-04-20  2026-04-27  on Easter Sunday
2026-04-06 Mon  2026-04-10  2026-04-13  2026-04-20  2026-04-27  on Easter Monday
2026-05-14 Thu  2026-05-21  2026-05-22  2026-05-29  2026-06-05  before Patriots' Day
2026-05-18 Mon  2026-05-22  2026-05-25  2026-06-01  2026-06-08  on Patriots' Day
2026-06-18 Thu  2026-06-25  2026-06-26  2026-07-06  2026-07-13  before both June 24 and July 1
2026-06-24 Wed  2026-06-30  2026-07-02  2026-07-09  2026-07-16  on June 24
2026-06-29 Mon  2026-07-06  2026-07-07  2026-07-14  2026-07-21  before Canada Day
2026-07-01 Wed  2026-07-07  2026-07-08  2026-07-15  2026-07-22  on Canada Day
2026-08-03 Mon  2026-08-07  2026-08-10  2026-08-17  2026-08-24  the Civic Holiday is none here
2026-09-03 Thu  2026-09-10  2026-09-11  2026-09-18  2026-09-25  before Labour Day
2026-09-07 Mon  2026-09-11  2026-09-14  2026-09-21  2026-09-28  on Labour Day
2026-09-28 Mon  2026-10-02  2026-10-05  2026-10-13  2026-10-20  September 30 counts, Thanksgiving does not
2026-10-08 Thu  2026-10-15  2026-10-16  2026-10-23  2026-10-30  before Thanksgiving
2026-10-12 Mon  2026-10-16  2026-10-19  2026-10-26  2026-11-02  on Thanksgiving
2026-10-30 Fri  2026-11-05  2026-11-06  2026-11-13  2026-11-20  before the clocks go back, November 1
2026-11-01 Sun  2026-11-05  2026-11-06  2026-11-13  2026-11-20  on the day the clocks go back
2026-11-24 Tue  2026-11-30  2026-12-01  2026-12-08  2026-12-15  plain weeks
2026-12-17 Thu  2026-12-23  2026-12-28  2027-01-06  2027-01-13  the Thursday before Christmas
2026-12-22 Tue  2026-12-30  2027-01-04  2027-01-11  2027-01-18  the Tuesday before Christmas
2026-12-24 Thu  2027-01-04  2027-01-05  2027-01-12  2027-01-19  on Christmas Eve
2026-12-25 Fri  2027-01-04  2027-01-05  2027-01-12  2027-01-19  on Christmas Day
2026-12-26 Sat  2027-01-04  2027-01-05  2027-01-12  2027-01-19  on a holiday that is a Saturday
2026-12-31 Thu  2027-01-07  2027-01-08  2027-01-15  2027-01-22  on New Year's Eve

2027-01-01 Fri  2027-01-07  2027-01-08  2027-01-15  2027-01-22  on New Year's Day
2027-01-02 Sat  2027-01-07  2027-01-08  2027-01-15  2027-01-22  on a holiday that is a Saturday
2027-03-12 Fri  2027-03-18  2027-03-19  2027-03-30  2027-04-06  clocks go forward March 14, then Easter
2027-03-22 Mon  2027-03-30  2027-03-31  2027-04-07  2027-04-14  before an Easter in March
2027-03-26 Fri  2027-04-02  2027-04-05  2027-04-12  2027-04-19  on Good Friday
2027-03-29 Mon  2027-04-02  2027-04-05  2027-04-12  2027-04-19  on Easter Monday
2027-05-20 Thu  2027-05-27  2027-05-28  2027-06-04  2027-06-11  before Patriots' Day
2027-05-24 Mon  2027-05-28  2027-05-31  2027-06-07  2027-06-14  on Patriots' Day
2027-06-22 Tue  2027-06-29  2027-06-30  2027-07-08  2027-07-15  before both June 24 and July 1
2027-06-24 Thu  2027-06-30  2027-07-02  2027-07-09  2027-07-16  on June 24
2027-06-30 Wed  2027-07-07  2027-07-08  2027-07-15  2027-07-22  on the eve of Canada Day
2027-07-01 Thu  2027-07-07  2027-07-08  2027-07-15  2027-07-22  on Canada Day
2027-08-15 Sun  2027-08-19  2027-08-20  2027-08-27  2027-09-03  on a plain Sunday
2027-09-02 Thu  2027-09-09  2027-09-10  2027-09-17  2027-09-24  before Labour Day
2027-09-06 Mon  2027-09-10  2027-09-13  2027-09-20  2027-09-27  on Labour Day
2027-10-07 Thu  2027-10-14  2027-10-15  2027-10-22  2027-10-29  before Thanksgiving
2027-10-11 Mon  2027-10-15  2027-10-18  2027-10-25  2027-11-01  on Thanksgiving
2027-11-05 Fri  2027-11-11  2027-11-12  2027-11-19  2027-11-26  before the clocks go back, November 7
2027-12-21 Tue  2027-12-28  2027-12-29  2028-01-06  2028-01-13  Christmas and New Year on weekends
2027-12-24 Fri  2027-12-30  2028-01-03  2028-01-10  2028-01-17  on Christmas Eve
2027-12-25 Sat  2027-12-30  2028-01-03  2028-01-10  2028-01-17  on a Christmas that is a Saturday
2027-12-26 Sun  2027-12-30  2028-01-03  2028-01-10  2028-01-17  on a holiday that is a Sunday
2027-12-31 Fri  2028-01-06  2028-01-07  2028-01-14  2028-01-21  on New Year's Eve

2028-02-25 Fri  2028-03-02  2028-03-03  2028-03-10  2028-03-17  a leap day counts
2028-02-29 Tue  2028-03-06  2028-03-07  2028-03-14  2028-03-21  from a leap day
"""
LINES = [line.split(maxsplit=6) for line in TABLE.strip().splitlines()[1:] if line]
STARTS = [(start, weekday) for start, weekday, *_ in LINES]
DATES = [(line[0], days, line[column]) for line in LINES for column, days in ((2, 4), (3, 5), (4, 10), (5, 15))]


@pytest.mark.parametrize("start, days, expected", DATES, ids=[f"{start}+{days}" for start, days, _ in DATES])
def test_a_promise_is_due_on_the_date_of_the_wall_calendar(
    calendar: Calendar, start: str, days: int, expected: str
) -> None:
    """From noon of a date, a promise of n working days falls due on the date that was counted by hand."""
    moment = datetime.combine(date.fromisoformat(start), time(12), tzinfo=TORONTO)
    found = due(moment, days, calendar)
    assert found.day_zero.isoformat() == start
    assert calendar.local_date(found.due_at).isoformat() == expected


def test_the_table_was_typed_without_slips() -> None:
    """The weekdays of the table are right, no start stands twice, and each year has its rows."""
    assert all(date.fromisoformat(start).strftime("%a") == weekday for start, weekday in STARTS)
    assert len(set(STARTS)) == len(STARTS)
    assert all(sum(start.startswith(year) for start, _ in STARTS) >= 20 for year in ("2025", "2026", "2027"))


# What starts the clock, to the minute and in any zone; four working days; the local date of day zero, the due date.
MOMENTS = [
    ("2026-11-24T00:01:00-05:00", "2026-11-24", "2026-11-30"),
    ("2026-11-24T16:59:00-05:00", "2026-11-24", "2026-11-30"),
    ("2026-11-24T17:01:00-05:00", "2026-11-24", "2026-11-30"),  # after the close: still that day
    ("2026-11-24T23:59:00-05:00", "2026-11-24", "2026-11-30"),
    ("2026-11-25T00:01:00-05:00", "2026-11-25", "2026-12-01"),
    ("2026-11-25T04:59:00+00:00", "2026-11-24", "2026-11-30"),  # 23:59 local, winter
    ("2026-11-25T05:00:00+00:00", "2026-11-25", "2026-12-01"),  # midnight, winter
    ("2026-07-14T23:59:00-04:00", "2026-07-14", "2026-07-20"),
    ("2026-07-15T00:01:00-04:00", "2026-07-15", "2026-07-21"),
    ("2026-07-15T03:59:00+00:00", "2026-07-14", "2026-07-20"),  # 23:59 local, summer
    ("2026-07-15T04:00:00+00:00", "2026-07-15", "2026-07-21"),  # midnight, summer
    ("2026-11-23T04:30:00+00:00", "2026-11-22", "2026-11-26"),  # Monday in UTC, still Sunday here
    ("2026-11-23T05:30:00+00:00", "2026-11-23", "2026-11-27"),
    ("2026-11-28T04:30:00+00:00", "2026-11-27", "2026-12-03"),  # Saturday in UTC, still Friday here
    ("2026-03-08T04:59:00+00:00", "2026-03-07", "2026-03-12"),  # the night the clocks go forward
    ("2026-03-08T06:59:00+00:00", "2026-03-08", "2026-03-12"),  # one minute before they do
    ("2026-03-08T07:00:00+00:00", "2026-03-08", "2026-03-12"),
    ("2026-03-09T03:59:00+00:00", "2026-03-08", "2026-03-12"),  # 23:59 in summer time
    ("2026-03-09T04:00:00+00:00", "2026-03-09", "2026-03-13"),  # midnight in summer time
    ("2026-11-01T03:59:00+00:00", "2026-10-31", "2026-11-05"),  # the night the clocks go back
    ("2026-11-01T05:30:00+00:00", "2026-11-01", "2026-11-05"),  # 1:30 the first time
    ("2026-11-01T06:30:00+00:00", "2026-11-01", "2026-11-05"),  # 1:30 the second time
    ("2026-11-02T04:59:00+00:00", "2026-11-01", "2026-11-05"),  # 23:59 in winter time
    ("2026-11-02T05:00:00+00:00", "2026-11-02", "2026-11-06"),  # midnight in winter time
    ("2026-01-01T04:59:00+00:00", "2025-12-31", "2026-01-08"),  # last minute of the year
    ("2025-12-31T04:30:00+00:00", "2025-12-30", "2026-01-08"),
    ("2028-02-29T04:30:00+00:00", "2028-02-28", "2028-03-03"),  # leap day in UTC, February 28 here
    ("2028-03-01T04:30:00+00:00", "2028-02-29", "2028-03-06"),  # March in UTC, leap day here
    ("2026-05-13T08:00:00+09:00", "2026-05-12", "2026-05-19"),  # morning in Tokyo; Patriots' Day between
    ("2026-10-09T05:00:00+02:00", "2026-10-08", "2026-10-15"),  # morning in Paris; Thanksgiving between
    ("2026-12-24T03:30:00-05:00", "2026-12-24", "2027-01-04"),
    ("2026-12-24T04:30:00+00:00", "2026-12-23", "2027-01-04"),  # Christmas Eve in UTC, the 23rd here
]


@pytest.mark.parametrize("moment, day_zero, expected", MOMENTS, ids=[moment for moment, *_ in MOMENTS])
def test_day_zero_is_the_local_date_of_the_start(calendar: Calendar, moment: str, day_zero: str, expected: str) -> None:
    """Whatever zone the start is given in, the clock counts from its local calendar date."""
    found = due(datetime.fromisoformat(moment), 4, calendar)
    assert (found.day_zero.isoformat(), calendar.local_date(found.due_at).isoformat()) == (day_zero, expected)


# The local date on which the clock starts, working days, the due moment in UTC.
CLOSES = [
    ("2026-02-27", 5, "2026-03-06T22:00:00+00:00"),  # winter until Sunday March 8, 2026
    ("2026-02-27", 6, "2026-03-09T21:00:00+00:00"),  # summer from it
    ("2026-10-23", 5, "2026-10-30T21:00:00+00:00"),  # summer until Sunday November 1, 2026
    ("2026-10-23", 6, "2026-11-02T22:00:00+00:00"),  # winter from it
    ("2026-03-08", 1, "2026-03-09T21:00:00+00:00"),
    ("2026-11-01", 1, "2026-11-02T22:00:00+00:00"),
    ("2025-02-28", 5, "2025-03-07T22:00:00+00:00"),  # March 9, 2025
    ("2025-02-28", 6, "2025-03-10T21:00:00+00:00"),
    ("2025-10-24", 5, "2025-10-31T21:00:00+00:00"),  # November 2, 2025
    ("2025-10-24", 6, "2025-11-03T22:00:00+00:00"),
    ("2027-03-05", 5, "2027-03-12T22:00:00+00:00"),  # March 14, 2027
    ("2027-03-05", 6, "2027-03-15T21:00:00+00:00"),
    ("2027-10-29", 5, "2027-11-05T21:00:00+00:00"),  # November 7, 2027
    ("2027-10-29", 6, "2027-11-08T22:00:00+00:00"),
    ("2026-11-24", 4, "2026-11-30T22:00:00+00:00"),
    ("2026-07-14", 4, "2026-07-20T21:00:00+00:00"),
]


@pytest.mark.parametrize("start, days, expected", CLOSES, ids=[f"{start}+{days}" for start, days, _ in CLOSES])
def test_the_due_moment_is_the_close_of_service_in_utc(
    calendar: Calendar, start: str, days: int, expected: str
) -> None:
    """17:00 local is 22:00 UTC in winter and 21:00 UTC in summer, on both sides of a clock change."""
    found = due(datetime.combine(date.fromisoformat(start), time(9), tzinfo=TORONTO), days, calendar)
    assert found.due_at.isoformat() == expected


def test_the_proof_says_of_every_date_why_it_counts_or_not(calendar: Calendar) -> None:
    """From day zero to the due date, each date stands once, counted or skipped with its reason."""
    found = due(datetime(2026, 12, 22, 16, 40, tzinfo=TORONTO), 5, calendar)
    assert [(day.day.isoformat(), day.reason, day.counted, day.holiday and day.holiday.en) for day in found.proof] == [
        ("2026-12-22", "day_zero", None, None),
        ("2026-12-23", "working_day", 1, None),
        ("2026-12-24", "holiday", None, "Christmas Eve"),
        ("2026-12-25", "holiday", None, "Christmas Day"),
        ("2026-12-26", "weekend", None, None),  # a holiday too, and skipped once
        ("2026-12-27", "weekend", None, None),
        ("2026-12-28", "working_day", 2, None),
        ("2026-12-29", "working_day", 3, None),
        ("2026-12-30", "working_day", 4, None),
        ("2026-12-31", "holiday", None, "New Year's Eve"),
        ("2027-01-01", "holiday", None, "New Year's Day"),
        ("2027-01-02", "weekend", None, None),
        ("2027-01-03", "weekend", None, None),
        ("2027-01-04", "working_day", 5, None),
    ]


def test_a_day_of_the_proof_can_be_carried_by_json(calendar: Calendar) -> None:
    """A proof as dictionaries holds dates as text and a holiday's name in both languages."""
    found = due(datetime(2026, 6, 23, 9, 0, tzinfo=TORONTO), 1, calendar)
    assert [day.as_dict() for day in found.proof] == [
        {"date": "2026-06-23", "reason": "day_zero", "counted": None},
        {
            "date": "2026-06-24",
            "reason": "holiday",
            "counted": None,
            "holiday": {"fr": "Fête nationale du Québec", "en": "Québec National Day"},
        },
        {"date": "2026-06-25", "reason": "working_day", "counted": 1},
    ]


def test_day_zero_never_counts_even_on_a_working_day(calendar: Calendar) -> None:
    """One working day from a Tuesday morning is the Wednesday."""
    found = due(datetime(2026, 11, 24, 0, 0, tzinfo=TORONTO), 1, calendar)
    assert calendar.local_date(found.due_at) == date(2026, 11, 25)


def test_a_day_zero_that_is_a_holiday_names_it(calendar: Calendar) -> None:
    """The proof of a clock that starts on a holiday says which."""
    first = due(datetime(2026, 7, 1, 12, 0, tzinfo=TORONTO), 4, calendar).proof[0]
    assert (first.reason, first.holiday and first.holiday.id) == ("day_zero", "canada-day")


def test_a_moved_holiday_moves_the_due_date(calendar: Calendar) -> None:
    """When the Saturday holiday of 2026 is observed on Monday December 28, four days from the 23rd end a day later."""
    start = datetime(2026, 12, 23, 12, 0, tzinfo=TORONTO)
    moved = replace(
        calendar, exceptions={date(2026, 12, 26): None, date(2026, 12, 28): Holiday("moved", "Reporté", "Moved")}
    )
    assert calendar.local_date(due(start, 4, calendar).due_at) == date(2027, 1, 4)
    assert moved.local_date(due(start, 4, moved).due_at) == date(2027, 1, 5)


def test_a_clock_needs_a_zone(calendar: Calendar) -> None:
    """A naive start is an error, not a guess."""
    with pytest.raises(ValueError, match="time zone"):
        due(datetime(2026, 11, 24, 12, 0), 4, calendar)  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize("days", [0, -1, -15])
def test_a_promise_takes_at_least_one_day(calendar: Calendar, days: int) -> None:
    """Zero or fewer working days are refused."""
    with pytest.raises(ValueError, match="at least one"):
        due(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), days, calendar)


properties = settings(max_examples=80, deadline=None, derandomize=True)
moments = st.datetimes(
    min_value=datetime(2001, 4, 1),  # noqa: DTZ001 - hypothesis wants bounds without a zone
    max_value=datetime(2060, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, TORONTO, ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Paris")]),
)
counts = st.integers(min_value=1, max_value=40)


@properties
@given(moment=moments, days=counts)
def test_a_proof_counts_exactly_n_days_and_ends_on_the_last(calendar: Calendar, moment: datetime, days: int) -> None:
    """A proof counts 1 to n in order; its first date is day zero and its last the n-th working day."""
    found = due(moment, days, calendar)
    assert [day.counted for day in found.proof if day.counted] == list(range(1, days + 1))
    assert found.proof[0].day == found.day_zero == moment.astimezone(TORONTO).date()
    assert found.proof[-1].counted == days
    assert calendar.local_date(found.due_at).weekday() < 5
    assert calendar.is_working_day(calendar.local_date(found.due_at))


@properties
@given(moment=moments, days=counts)
def test_the_dates_of_a_proof_are_consecutive(calendar: Calendar, moment: datetime, days: int) -> None:
    """No date between day zero and the due date is left out or stands twice."""
    dates = [day.day for day in due(moment, days, calendar).proof]
    assert dates == [dates[0] + timedelta(days=i) for i in range(len(dates))]


@properties
@given(moment=moments, days=counts)
def test_a_skipped_day_has_a_reason_that_holds(calendar: Calendar, moment: datetime, days: int) -> None:
    """What is skipped is a weekend or a named holiday, and what is counted is neither."""
    for day in due(moment, days, calendar).proof[1:]:
        assert (day.reason == "weekend") == (day.day.weekday() >= 5)
        assert (day.reason == "holiday") == (day.holiday is not None)
        assert (day.counted is not None) == (day.reason == "working_day")


@properties
@given(one=moments, other=moments, days=counts)
def test_a_later_start_is_never_due_earlier(calendar: Calendar, one: datetime, other: datetime, days: int) -> None:
    """The due moment is monotone in the start."""
    first, second = sorted((one, other))
    assert due(first, days, calendar).due_at <= due(second, days, calendar).due_at


@properties
@given(moment=moments, days=counts, more=st.integers(min_value=1, max_value=20))
def test_more_days_are_due_later(calendar: Calendar, moment: datetime, days: int, more: int) -> None:
    """The due moment grows with the number of working days."""
    assert due(moment, days, calendar).due_at < due(moment, days + more, calendar).due_at


@properties
@given(moment=moments, days=counts)
def test_a_promise_is_always_due_at_five_local(calendar: Calendar, moment: datetime, days: int) -> None:
    """The due moment is kept in UTC and is 17:00 in Québec, summer and winter, after the start."""
    found = due(moment, days, calendar)
    assert found.due_at.tzinfo is UTC
    assert found.due_at.astimezone(TORONTO).time() == time(17, 0)
    assert found.due_at > moment


@properties
@given(naive=st.datetimes(), days=counts)
def test_no_naive_moment_starts_a_clock(calendar: Calendar, naive: datetime, days: int) -> None:
    """Any moment without a zone is refused."""
    with pytest.raises(ValueError, match="time zone"):
        due(naive, days, calendar)


@properties
@given(moment=moments, days=counts, offsets=st.sets(st.integers(min_value=0, max_value=60), max_size=12))
def test_adding_holidays_never_makes_a_promise_due_earlier(
    calendar: Calendar, moment: datetime, days: int, offsets: set[int]
) -> None:
    """Closing the service on more dates moves the due moment later or leaves it."""
    first = calendar.local_date(moment)
    extra = Holiday("extra", "Fermeture", "Closure")
    closed = replace(calendar, exceptions={first + timedelta(days=offset): extra for offset in offsets})
    assert due(moment, days, closed).due_at >= due(moment, days, calendar).due_at


@properties
@given(moment=moments, days=counts, offset=st.integers(min_value=1, max_value=60))
def test_opening_on_a_holiday_never_makes_a_promise_due_later(
    calendar: Calendar, moment: datetime, days: int, offset: int
) -> None:
    """Taking a closure away moves the due moment earlier or leaves it."""
    opened = replace(calendar, exceptions={calendar.local_date(moment) + timedelta(days=offset): None})
    assert due(moment, days, opened).due_at <= due(moment, days, calendar).due_at

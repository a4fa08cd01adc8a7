"""The working-day calendar. The dates of the holidays were typed by hand, from a wall calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.promises.calendar import Calendar, CalendarError, parse_calendar
from tests.cast import ZONE as TORONTO

UTC = timezone.utc

HOLIDAYS = {
    2025: {
        "2025-01-01": "new-year",
        "2025-01-02": "day-after-new-year",
        "2025-04-18": "good-friday",
        "2025-04-21": "easter-monday",
        "2025-05-19": "patriots",
        "2025-06-24": "national-day",
        "2025-07-01": "canada-day",
        "2025-09-01": "labour-day",
        "2025-10-13": "thanksgiving",
        "2025-12-24": "christmas-eve",
        "2025-12-25": "christmas",
        "2025-12-26": "day-after-christmas",
        "2025-12-31": "new-years-eve",
    },
    2026: {
        "2026-01-01": "new-year",
        "2026-01-02": "day-after-new-year",
        "2026-04-03": "good-friday",
        "2026-04-06": "easter-monday",
        "2026-05-18": "patriots",  # May 25 is itself a Monday: the holiday is the one before
        "2026-06-24": "national-day",
        "2026-07-01": "canada-day",
        "2026-09-07": "labour-day",
        "2026-10-12": "thanksgiving",
        "2026-12-24": "christmas-eve",
        "2026-12-25": "christmas",
        "2026-12-26": "day-after-christmas",
        "2026-12-31": "new-years-eve",
    },
    2027: {
        "2027-01-01": "new-year",
        "2027-01-02": "day-after-new-year",
        "2027-03-26": "good-friday",
        "2027-03-29": "easter-monday",
        "2027-05-24": "patriots",
        "2027-06-24": "national-day",
        "2027-07-01": "canada-day",
        "2027-09-06": "labour-day",
        "2027-10-11": "thanksgiving",
        "2027-12-24": "christmas-eve",
        "2027-12-25": "christmas",
        "2027-12-26": "day-after-christmas",
        "2027-12-31": "new-years-eve",
    },
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_the_holidays_of_a_year_are_those_of_a_wall_calendar(calendar: Calendar, year: int) -> None:
    """The file's rules give exactly the holidays that a wall calendar shows, in order."""
    found = {day.isoformat(): holiday.id for day, holiday in calendar.holidays(year).items()}
    assert list(found.items()) == list(HOLIDAYS[year].items())


@pytest.mark.parametrize("day", [day for year in HOLIDAYS.values() for day in year])
def test_a_holiday_is_no_working_day(calendar: Calendar, day: str) -> None:
    """No holiday of the file counts, on whatever weekday it falls."""
    assert not calendar.is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-05",  # first Monday of service of the year
        "2026-02-16",  # Family Day elsewhere
        "2026-05-25",  # the Monday after the Patriots' Day
        "2026-08-03",  # the Civic Holiday elsewhere
        "2026-09-30",  # Truth and Reconciliation: not in the file
        "2026-11-11",  # Remembrance Day: not in the file
        "2026-12-28",  # a Saturday holiday is not moved by itself
        "2026-12-30",
        "2024-02-29",
        "2028-02-29",
    ],
)
def test_an_ordinary_weekday_is_a_working_day(calendar: Calendar, day: str) -> None:
    """A Monday-to-Friday date counts unless the file names it, whatever other calendars say."""
    assert calendar.is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2025-07-19", "2025-07-20", "2026-11-28", "2026-11-29", "2027-08-14", "2027-08-15"])
def test_a_weekend_is_no_working_day_and_no_holiday(calendar: Calendar, day: str) -> None:
    """A Saturday or Sunday does not count, and is not called a holiday."""
    assert not calendar.is_working_day(date.fromisoformat(day))
    assert calendar.holiday(date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    "year, friday, monday",
    [
        (2024, "2024-03-29", "2024-04-01"),
        (2028, "2028-04-14", "2028-04-17"),
        (2029, "2029-03-30", "2029-04-02"),
        (2030, "2030-04-19", "2030-04-22"),
    ],
)
def test_easter_moves(calendar: Calendar, year: int, friday: str, monday: str) -> None:
    """Good Friday and Easter Monday follow Easter, in March as in April."""
    by_id = {holiday.id: day.isoformat() for day, holiday in calendar.holidays(year).items()}
    assert (by_id["good-friday"], by_id["easter-monday"]) == (friday, monday)


def test_a_holiday_has_a_name_in_each_language(calendar: Calendar) -> None:
    """The name of a holiday is told in the language that is asked for."""
    holiday = calendar.holiday(date(2026, 6, 24))
    assert holiday is not None
    assert holiday.name("fr") == "Fête nationale du Québec"
    assert holiday.name("en") == "Québec National Day"


def test_an_exception_moves_a_holiday(calendar_data: Any) -> None:
    """A pair of dated exceptions takes a holiday from one date and puts it on another, in that year only."""
    name = {"fr": "Lendemain de Noël (reporté)", "en": "Day after Christmas (moved)"}
    calendar_data["exceptions"] = [
        {"date": date(2026, 12, 26), "closed": False},
        {"date": date(2026, 12, 28), "closed": True, "id": "moved", "name": name},
    ]
    calendar = parse_calendar(calendar_data)
    assert calendar.holiday(date(2026, 12, 26)) is None
    assert not calendar.is_working_day(date(2026, 12, 28))
    assert calendar.is_working_day(date(2029, 12, 28))
    ids = {day.isoformat(): holiday.id for day, holiday in calendar.holidays(2026).items()}
    assert ids["2026-12-28"] == "moved"
    assert "2026-12-26" not in ids
    assert calendar.holidays(2025).keys() == {date.fromisoformat(day) for day in HOLIDAYS[2025]}


def test_an_exception_opens_the_service_on_a_weekday_holiday(calendar_data: Any) -> None:
    """A weekday holiday that is taken away counts as a working day."""
    calendar_data["exceptions"] = [{"date": date(2026, 12, 24), "closed": False}]
    assert parse_calendar(calendar_data).is_working_day(date(2026, 12, 24))


@pytest.mark.parametrize(
    "moment, day",
    [
        (datetime(2026, 1, 1, 4, 59, tzinfo=UTC), "2025-12-31"),
        (datetime(2026, 1, 1, 5, 0, tzinfo=UTC), "2026-01-01"),
        (datetime(2026, 7, 15, 3, 59, tzinfo=UTC), "2026-07-14"),
        (datetime(2026, 7, 15, 4, 0, tzinfo=UTC), "2026-07-15"),
        (datetime(2026, 11, 2, 4, 30, tzinfo=UTC), "2026-11-01"),
        (datetime(2026, 3, 9, 4, 0, tzinfo=UTC), "2026-03-09"),
        (datetime(2026, 5, 13, 8, 0, tzinfo=ZoneInfo("Asia/Tokyo")), "2026-05-12"),
    ],
)
def test_the_local_date_is_that_of_the_service(calendar: Calendar, moment: datetime, day: str) -> None:
    """A moment of any zone falls on the calendar date of the service's zone."""
    assert calendar.local_date(moment).isoformat() == day


def test_a_moment_without_a_zone_has_no_local_date(calendar: Calendar) -> None:
    """A naive moment is refused rather than guessed."""
    with pytest.raises(ValueError, match="time zone"):
        calendar.local_date(datetime(2026, 11, 24, 12, 0))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "local, is_open",
    [
        (datetime(2026, 11, 24, 8, 29, 59, tzinfo=TORONTO), False),
        (datetime(2026, 11, 24, 8, 30, tzinfo=TORONTO), True),
        (datetime(2026, 11, 24, 16, 59, 59, tzinfo=TORONTO), True),
        (datetime(2026, 11, 24, 17, 0, tzinfo=TORONTO), False),
        (datetime(2026, 11, 28, 12, 0, tzinfo=TORONTO), False),  # Saturday
        (datetime(2026, 12, 24, 12, 0, tzinfo=TORONTO), False),  # Christmas Eve
        (datetime(2026, 11, 24, 21, 59, tzinfo=UTC), True),  # 16:59 in winter
        (datetime(2026, 7, 14, 21, 0, tzinfo=UTC), False),  # 17:00 in summer
    ],
)
def test_the_service_is_open_in_its_hours_on_working_days(calendar: Calendar, local: datetime, is_open: bool) -> None:
    """The service is open from 8:30 until before 17:00, on working days alone."""
    assert calendar.is_open(local) is is_open


def test_the_hours_are_those_of_the_file(calendar: Calendar) -> None:
    """The zone and the hours of service are read from the file."""
    assert (calendar.zone.key, calendar.opens, calendar.closes) == ("America/Toronto", time(8, 30), time(17, 0))


@pytest.mark.parametrize(
    "broken",
    [
        {"timezone": "America/Nowhere"},
        {"timezone": None},
        {"service_hours": {"opens": "08:30"}},
        {"service_hours": {"opens": "08:30", "closes": 1020}},
        {"holidays": None},
        {"holidays": [{"id": "x", "name": {"fr": "x"}, "rule": {"fixed": "01-01"}}]},
        {"holidays": [{"id": "x", "name": {"fr": "x", "en": "x"}, "rule": {"fixed": "13-01"}}]},
        {"holidays": [{"id": "x", "name": {"fr": "x", "en": "x"}, "rule": {"weekday": "lundi", "before": "05-25"}}]},
        {"holidays": [{"id": "x", "name": {"fr": "x", "en": "x"}, "rule": {}}]},
        {"exceptions": [{"date": "2026-12-28", "closed": False}]},
        {"exceptions": [{"date": date(2026, 12, 28), "closed": True}]},
        {"exceptions": [{"date": date(2026, 12, 28)}]},
    ],
    ids=repr,
)
def test_a_calendar_that_cannot_be_read_says_so(calendar_data: Any, broken: dict[str, Any]) -> None:
    """A missing key, an unknown zone or a rule that makes no sense is a CalendarError."""
    with pytest.raises(CalendarError):
        parse_calendar({**calendar_data, **broken})


def test_a_calendar_without_exceptions_or_confirmed_years_is_one(calendar_data: Any) -> None:
    """The keys `exceptions` and `confirmed_years` may be left out."""
    del calendar_data["exceptions"], calendar_data["confirmed_years"]
    calendar = parse_calendar(calendar_data)
    assert calendar.exceptions == {}
    assert calendar.confirmed_years == frozenset()


def test_confirmed_years_are_kept(calendar_data: Any) -> None:
    """A year that somebody checked against the official list is known as such."""
    assert parse_calendar({**calendar_data, "confirmed_years": [2026]}).confirmed_years == {2026}


# The next opening


@pytest.mark.parametrize(
    "moment, opens",
    [
        ("2026-11-24 00:00", "2026-11-24 08:30"),
        ("2026-11-24 08:29:59.999999", "2026-11-24 08:30"),
        ("2026-11-24 08:30", "2026-11-25 08:30"),
        ("2026-11-24 12:00", "2026-11-25 08:30"),
        ("2026-11-24 23:59", "2026-11-25 08:30"),
        ("2026-11-27 17:00", "2026-11-30 08:30"),
        ("2026-11-28 07:00", "2026-11-30 08:30"),
        ("2026-12-23 17:00", "2026-12-28 08:30"),
        ("2026-12-24 07:00", "2026-12-28 08:30"),
        ("2026-12-30 17:00", "2027-01-04 08:30"),
        ("2026-03-07 12:00", "2026-03-09 08:30"),
        ("2026-11-01 01:30", "2026-11-02 08:30"),
    ],
)
def test_the_next_opening(calendar: Calendar, moment: str, opens: str) -> None:
    """The first opening after a moment, over nights, weekends, holidays and changes of the clock, in any zone."""
    local = datetime.fromisoformat(moment).replace(tzinfo=TORONTO)
    expected = datetime.fromisoformat(opens).replace(tzinfo=TORONTO)
    for asked in (local, local.astimezone(timezone.utc), local.astimezone(ZoneInfo("Asia/Tokyo"))):
        found = calendar.next_opening(asked)
        assert found == expected
        assert found.tzinfo == calendar.zone
        assert calendar.is_open(found)


def test_the_next_opening_of_a_naive_moment_is_an_error(calendar: Calendar) -> None:
    """Without a zone nobody knows which morning is meant."""
    with pytest.raises(ValueError, match="time zone"):
        calendar.next_opening(datetime(2026, 11, 24))  # noqa: DTZ001 - naive on purpose


@given(moment=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(timezone.utc)))  # noqa: DTZ001
def test_between_a_moment_and_the_next_opening_nothing_opens(calendar: Calendar, moment: datetime) -> None:
    """The next opening is after the moment, on a working day, and there is no working day's opening in between."""
    found = calendar.next_opening(moment)
    assert found > moment
    assert (calendar.is_working_day(found.date()), found.time()) == (True, calendar.opens)
    day = calendar.local_date(moment)
    while day < found.date():
        opening = datetime.combine(day, calendar.opens, calendar.zone)
        assert not calendar.is_working_day(day) or opening <= moment
        day += timedelta(days=1)


# Working time


@pytest.mark.parametrize(
    "start, end, hours",
    [
        ("2026-12-22T16:40", "2026-12-22T17:00", 1 / 3),
        ("2026-12-22T16:40", "2026-12-23T08:30", 1 / 3),
        ("2026-12-22T16:40", "2026-12-30T17:00", 34 + 1 / 3),
        ("2026-12-24T08:30", "2026-12-27T17:00", 0),
        ("2026-12-22T20:00", "2026-12-23T09:30", 1),
        ("2026-12-23T09:30", "2026-12-22T20:00", 0),
        # The clocks change on the night to November 1: no hour of service is longer.
        ("2026-10-30T08:30", "2026-11-02T17:00", 17),
    ],
)
def test_working_time_is_the_time_of_service(calendar: Calendar, start: str, end: str, hours: float) -> None:
    """Nights, weekends and holidays take no working time."""
    first, last = (datetime.fromisoformat(text).replace(tzinfo=calendar.zone) for text in (start, end))
    assert calendar.working_time(first, last) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "after, until, days",
    [("2026-12-22", "2026-12-30", 4), ("2026-12-22", "2026-12-22", 0), ("2026-12-24", "2026-12-27", 0)],
)
def test_working_days_are_counted_after_the_first(calendar: Calendar, after: str, until: str, days: int) -> None:
    """Day zero does not count, the last day does."""
    assert calendar.working_days(date.fromisoformat(after), date.fromisoformat(until)) == days


def test_holidays_on_weekends_are_told(calendar: Calendar) -> None:
    """Each may be moved by an exception, and is told until one says so."""
    assert [day.isoformat() for day in calendar.on_weekends(2027)] == ["2027-01-02", "2027-12-25", "2027-12-26"]
    christmas = calendar.holiday(date(2027, 12, 25))
    moved = replace(calendar, exceptions={date(2027, 12, 25): None, date(2027, 12, 27): christmas})
    assert [day.isoformat() for day in moved.on_weekends(2027)] == ["2027-01-02", "2027-12-26"]


def test_closures_are_exceptions(calendar: Calendar) -> None:
    """A day closed for no holiday of a name does not count; a holiday on which work is done does."""
    storm, eve = date(2026, 12, 29), date(2026, 12, 24)
    changed = replace(calendar, exceptions=Calendar.closures([storm], [eve]))
    assert (changed.is_working_day(storm), changed.is_working_day(eve)) == (False, True)

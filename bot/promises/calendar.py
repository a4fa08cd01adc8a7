"""The working-day calendar of the organization: which dates count, and why the others do not.

Holidays are data (`data/holidays.yml`): rules that hold every year, and dated exceptions that
add a closure or take one away. Nothing here reads the clock or the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.easter import easter

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SATURDAY = 5


class CalendarError(ValueError):
    """The calendar's data does not describe a calendar."""

    log_safe = True  # nothing that a citizen wrote is in its words


@dataclass(frozen=True)
class Holiday:
    """A day on which the service is closed, with its name in both languages."""

    id: str
    fr: str
    en: str

    def name(self, lang: str) -> str:
        """The holiday's name in `lang` ("fr" or "en")."""
        return self.fr if lang == "fr" else self.en


@dataclass(frozen=True)
class Rule:
    """A holiday that comes every year, on a date found from the year alone."""

    holiday: Holiday
    spec: Mapping[str, Any]

    def on(self, year: int) -> date:
        """The date of the holiday in `year`."""
        spec = self.spec
        if "fixed" in spec:
            month, day = (int(part) for part in str(spec["fixed"]).split("-"))
            return date(year, month, day)
        if "easter" in spec:
            return easter(year) + timedelta(days=int(spec["easter"]))
        weekday = WEEKDAYS.index(spec["weekday"])
        if "before" in spec:
            month, day = (int(part) for part in str(spec["before"]).split("-"))
            last = date(year, month, day) - timedelta(days=1)
            return last - timedelta(days=(last.weekday() - weekday) % 7)
        first = date(year, int(spec["month"]), 1)
        found = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (int(spec["nth"]) - 1))
        if found.month != first.month:
            raise CalendarError(f"{self.holiday.id}: {year} has no such day")
        return found


@dataclass(frozen=True)
class Calendar:
    """Working days and service hours in one time zone.

    `exceptions` maps a date to the holiday observed on it, or to None where a rule's holiday is
    not observed on that date (it was moved, or the service is open).
    """

    zone: ZoneInfo
    opens: time
    closes: time
    rules: tuple[Rule, ...] = ()
    exceptions: Mapping[date, Holiday | None] = field(default_factory=dict)
    confirmed_years: frozenset[int] = frozenset()

    def holiday(self, day: date) -> Holiday | None:
        """The holiday observed on `day`, if any (a weekend is not a holiday)."""
        if day in self.exceptions:
            return self.exceptions[day]
        return self._holidays(day.year).get(day)

    def holidays(self, year: int) -> dict[date, Holiday]:
        """Every holiday observed in `year`, by date."""
        days = dict(self._holidays(year))
        for day, holiday in self.exceptions.items():
            if day.year != year:
                continue
            days.pop(day, None)
            if holiday is not None:
                days[day] = holiday
        return dict(sorted(days.items()))

    def is_working_day(self, day: date) -> bool:
        """Whether `day` counts towards a promise."""
        return day.weekday() < SATURDAY and self.holiday(day) is None

    def local_date(self, moment: datetime) -> date:
        """The calendar date of `moment` where the service is.

        Raises:
            ValueError: `moment` has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return moment.astimezone(self.zone).date()

    def close_of(self, day: date) -> datetime:
        """The close of service on `day`, in the calendar's zone."""
        return datetime.combine(day, self.closes, tzinfo=self.zone)

    def is_open(self, moment: datetime) -> bool:
        """Whether the service is open at `moment` (the closing minute is outside)."""
        local = moment.astimezone(self.zone)
        return self.is_working_day(self.local_date(moment)) and self.opens <= local.time() < self.closes

    def next_opening(self, moment: datetime) -> datetime:
        """The first opening of the service after `moment`, in the calendar's zone.

        Raises:
            ValueError: `moment` has no time zone.
        """
        day = self.local_date(moment)
        while not (self.is_working_day(day) and self._opening_of(day) > moment):
            day += timedelta(days=1)
        return self._opening_of(day)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """The time of service from `start` to `end`; none if `end` is not later.

        Raises:
            ValueError: a moment has no time zone.
        """
        day, last = self.local_date(start), self.local_date(end)
        found = timedelta(0)
        while day <= last:
            if self.is_working_day(day):
                begins, stops = max(start, self._opening_of(day)), min(end, self.close_of(day))
                # In UTC, where an hour is an hour on the days on which clocks change too.
                lasted = stops.astimezone(timezone.utc) - begins.astimezone(timezone.utc)
                found += max(lasted, timedelta(0))
            day += timedelta(days=1)
        return found

    def working_days(self, after: date, until: date) -> int:
        """How many working days lie after `after`, up to and with `until`."""
        days = (after + timedelta(days=step) for step in range(1, (until - after).days + 1))
        return sum(self.is_working_day(day) for day in days)

    def on_weekends(self, year: int) -> dict[date, Holiday]:
        """The holidays of rules that fall on a weekend in `year`: each may be moved, by a dated exception."""
        return {
            day: holiday
            for day, holiday in sorted(self._holidays(year).items())
            if day.weekday() >= SATURDAY and day not in self.exceptions
        }

    @staticmethod
    def closures(closed: Iterable[date], opened: Iterable[date]) -> dict[date, Holiday | None]:
        """Exceptions that close the service on some days, for no holiday of a name, and open it on others."""
        return {
            **{day: Holiday("closure", "Fermeture", "Closure") for day in closed},
            **dict.fromkeys(opened),
        }

    def _opening_of(self, day: date) -> datetime:
        return datetime.combine(day, self.opens, tzinfo=self.zone)

    def _holidays(self, year: int) -> dict[date, Holiday]:
        return {rule.on(year): rule.holiday for rule in self.rules}


def parse_calendar(data: Mapping[str, Any]) -> Calendar:
    """Build a calendar from the content of `data/holidays.yml`.

    Raises:
        CalendarError: a key is missing or a rule cannot be read.
    """
    try:
        rules = tuple(Rule(_holiday(entry), entry["rule"]) for entry in data["holidays"])
        exceptions: dict[date, Holiday | None] = {}
        for entry in data.get("exceptions") or ():
            day = entry["date"]
            if not isinstance(day, date):
                raise CalendarError(f"exception without a date: {entry!r}")
            exceptions[day] = _holiday(entry) if entry["closed"] else None
        calendar = Calendar(
            zone=ZoneInfo(data["timezone"]),
            opens=time.fromisoformat(data["service_hours"]["opens"]),
            closes=time.fromisoformat(data["service_hours"]["closes"]),
            rules=rules,
            exceptions=exceptions,
            confirmed_years=frozenset(data.get("confirmed_years") or ()),
        )
        for year in range(2000, 2028):  # the calendar of years repeats: what holds here holds always
            if any(rule.on(year).year != year for rule in rules):
                raise CalendarError(f"a rule leaves the year {year}")
    except CalendarError:
        raise
    except (KeyError, ValueError, TypeError) as error:
        raise CalendarError(f"the calendar cannot be read: {error!r}") from error
    return calendar


def _holiday(entry: Mapping[str, Any]) -> Holiday:
    return Holiday(id=entry["id"], fr=entry["name"]["fr"], en=entry["name"]["en"])

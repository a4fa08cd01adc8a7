"""The period that a report is about: a year, or from one day to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from bot.promises.report import year_of

# Years that a calendar can be told of, and that somebody may mean.
FIRST_YEAR, LAST_YEAR = 1990, 2199


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both in it."""

    first: date
    last: date

    @property
    def year(self) -> int | None:
        """The year that it is, if it is one."""
        return self.first.year if (self.first, self.last) == year_of(self.first.year) else None

    @property
    def query(self) -> str:
        """The period as an address tells it."""
        if self.year:
            return urlencode({"year": self.year})
        return urlencode({"from": self.first.isoformat(), "to": self.last.isoformat()})

    @property
    def name(self) -> str:
        """The period in the name of a file."""
        return str(self.year) if self.year else f"{self.first.isoformat()}_{self.last.isoformat()}"

    def months(self, today: date) -> tuple[str, ...]:
        """Its months ("2026-11") up to the present one, the oldest first; one at least."""
        day, found = self.first.replace(day=1), [f"{self.first:%Y-%m}"]
        while (day := (day + timedelta(days=31)).replace(day=1)) <= min(self.last, today):
            found.append(f"{day:%Y-%m}")
        return tuple(found)


def last_months(today: date, count: int) -> Period:
    """The last `count` months up to `today`, this one included."""
    first = today.replace(day=1)
    for _ in range(count - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return Period(first, today)


def year_asked(text: str, this: int) -> int | None:
    """The year that `text` names, `this` one if it is empty; None if it is no year."""
    if not text.strip():
        return this
    found = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else 0
    return found if FIRST_YEAR <= found <= LAST_YEAR else None


def period_asked(year: str, first: str, last: str, this: int) -> Period | None:
    """The period from `first` to `last`, or else the year; None if they cannot be read, or end before they begin."""
    if not (first.strip() or last.strip()):
        found = year_asked(year, this)
        return Period(*year_of(found)) if found else None
    try:
        period = Period(date.fromisoformat(first.strip()), date.fromisoformat(last.strip()))
    except ValueError:
        return None
    right = period.first.year >= FIRST_YEAR and period.last.year <= LAST_YEAR and period.first <= period.last
    return period if right else None

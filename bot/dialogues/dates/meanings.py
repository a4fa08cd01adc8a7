"""What the dates that people write mean on a given day: a reader for each way of writing one."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from bot.dialogues.dates.words import MONTHS, month_of, number_in, weekday_of

# What a mention of a time is. Of DAY `days` holds the one; of AMBIGUOUS the possible ones, the likeliest first; of
# PERIOD the first and the last; of FUTURE the day if it is told; of IMPOSSIBLE nothing.
DAY, AMBIGUOUS, PERIOD, FUTURE, IMPOSSIBLE = "day", "ambiguous", "period", "future", "impossible"


Meant = tuple[str, tuple[date, ...]]
Reader = Callable[[re.Match[str], date, str], "Meant | None"]


def iso(match: re.Match[str], today: date, _language: str) -> Meant | None:
    return _exact(int(match[1]), int(match[2]), int(match[3]), today)


def slashes(match: re.Match[str], today: date, language: str) -> Meant | None:
    """3/11, 03/11/2026, 3-11-26: day and month in either order, if both can be."""
    one, other = int(match[1]), int(match[2])
    year = _year(match[3])
    orders = [(one, other), (other, one)] if language == "fr" else [(other, one), (one, other)]
    readings = list(dict.fromkeys((day, month) for day, month in orders if 1 <= month <= 12 and 1 <= day <= 31))
    if not readings:
        # "24/7", "10/10" have readings; "45/80" is no date at all unless a year says that it was meant as one.
        return (IMPOSSIBLE, ()) if year else None
    meant = [_exact(year, month, day, today) if year else _latest(month, day, today) for day, month in readings]
    if len(meant) == 1:
        return meant[0]
    past = tuple(days[0] for kind, days in meant if kind == DAY)
    if past:
        return AMBIGUOUS, past
    return meant[0]


def day_month(match: re.Match[str], today: date, _language: str) -> Meant | None:
    """As "mardi le 3 novembre 2026", "3rd of November"."""
    return _named(match["weekday"], match["day"], match["month"], match["year"], today)


def _named(weekday: str | None, day: str, month: str, year: str | None, today: date) -> Meant | None:
    number, said = month_of(month), number_in(day)
    if number is None or said is None:
        return None
    if year:
        meant = _exact(int(year), number, said, today)
    else:
        meant = _latest(number, said, today)
    on = weekday_of(weekday) if weekday else None
    if meant[0] != DAY or on is None or meant[1][0].weekday() == on:
        return meant
    # The name of the day is of another date: the year is another, or one of the two is a slip.
    earlier = None if year else _made(meant[1][0].year - 1, number, said)
    if earlier and earlier.weekday() == on:
        return AMBIGUOUS, (meant[1][0], earlier)
    near = min(
        (meant[1][0] + timedelta(n) for n in range(-3, 4) if (meant[1][0] + timedelta(n)).weekday() == on),
        key=lambda d: abs((d - meant[1][0]).days),
    )
    return AMBIGUOUS, (meant[1][0], *((near,) if near <= today else ()))


def day_of_month(match: re.Match[str], today: date, _language: str) -> Meant:
    """As "le 3", "vendredi le 13", "the 3rd of last month": the latest such day until today."""
    groups = match.groupdict()
    said = number_in(groups.get("day") or match[1])
    if said is None or not 1 <= said <= 31:
        return IMPOSSIBLE, ()
    on = weekday_of(groups["weekday"]) if groups.get("weekday") else None
    if groups.get("month_past"):
        before = today.replace(day=1) - timedelta(days=1)
        return _exact(before.year, before.month, said, today)
    year, month = today.year, today.month
    if groups.get("month_this"):
        return _exact(year, month, said, today)
    for _ in range(60 if on is not None else 3):
        day = _made(year, month, said)
        if day and day <= today and (on is None or day.weekday() == on):
            return DAY, (day,)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return IMPOSSIBLE, ()


def coming(match: re.Match[str], today: date, _language: str) -> Meant | None:
    if match.groupdict().get("weekday") and weekday_of(match["weekday"]) is None:
        return None
    return FUTURE, ()


def relative(match: re.Match[str], today: date, _language: str) -> Meant | None:
    word = match[0].replace("-", " ")
    if re.match(r"avant ?hier|the day before yesterday|day before yesterday", word):
        return DAY, (today - timedelta(days=2),)
    return DAY, (today - timedelta(days=1),)


def today_itself(_match: re.Match[str], today: date, _language: str) -> Meant | None:
    return DAY, (today,)


def ago(match: re.Match[str], today: date, _language: str) -> Meant | None:
    """As "il y a deux semaines", "10 days ago": a day; months and working days are rough: a period."""
    number = number_in(match["n"])
    if number is None:
        return None
    unit = match["unit"]
    if match.groupdict().get("working"):
        return PERIOD, (today - timedelta(days=2 * number + 4), today - timedelta(days=number))
    if re.match(r"jo|jr|da|do", unit):
        return DAY, (today - timedelta(days=number),)
    if re.match(r"se|we|wk", unit):
        day = today - timedelta(weeks=number)
        on = weekday_of(match["weekday"]) if match.groupdict().get("weekday") else None
        if on is None:
            return DAY, (day,)
        latest = today - timedelta(days=(today.weekday() - on) % 7)
        same_week = day - timedelta(days=day.weekday() - on)
        both = tuple(dict.fromkeys(d for d in (latest - timedelta(weeks=number), same_week) if d <= today))
        return (DAY if len(both) == 1 else AMBIGUOUS), both
    months = number * (12 if re.match(r"an|ye", unit) else 1)
    day = _months_before(today, months)
    return PERIOD, (day - timedelta(days=7), day + timedelta(days=7))


def in_future(match: re.Match[str], today: date, _language: str) -> Meant | None:
    return FUTURE, ()


def day_of_week_named(match: re.Match[str], today: date, _language: str) -> Meant | None:
    """As "mardi de la semaine passée", "Tuesday last week"."""
    on = weekday_of(match["weekday"])
    if on is None:
        return None
    week = match["week"]
    back = 0 if re.search(r"cette|this", week) else 14 if "before last" in week else 7
    monday = today - timedelta(days=today.weekday() + back)
    day = monday + timedelta(days=on)
    return (DAY, (day,)) if day <= today else (FUTURE, (day,))


def weekday_past(match: re.Match[str], today: date, _language: str) -> Meant | None:
    """As "mardi passé", "last Tuesday": the latest before today."""
    on = weekday_of(match["weekday"])
    if on is None:
        return None
    return DAY, (today - timedelta(days=(today.weekday() - on - 1) % 7 + 1),)


def weekday_alone(match: re.Match[str], today: date, _language: str) -> Meant | None:
    """As "mardi": the latest; on a Tuesday it may be today."""
    on = weekday_of(match["weekday"], strict=True)
    if on is None:
        return None
    day = today - timedelta(days=(today.weekday() - on) % 7)
    return (AMBIGUOUS, (day - timedelta(days=7), day)) if day == today else (DAY, (day,))


def last_week(match: re.Match[str], today: date, _language: str) -> Meant | None:
    monday = today - timedelta(days=today.weekday())
    if re.search(r"cette|this", match[0]):
        return PERIOD, (monday, today)
    return PERIOD, (monday - timedelta(days=7), monday - timedelta(days=1))


def last_weekend(match: re.Match[str], today: date, _language: str) -> Meant | None:
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    return PERIOD, (saturday, min(saturday + timedelta(days=1), today))


def part_of_month(match: re.Match[str], today: date, _language: str) -> Meant | None:
    """As "au début du mois", "fin octobre", "mid-October", "le mois passé", "en octobre"."""
    groups = match.groupdict()
    if groups.get("month"):
        number = month_of(groups["month"], strict=True)
        if number is None:
            return None
        year = int(groups["year"]) if groups.get("year") else today.year - (number > today.month)
        first = date(year, number, 1)
    elif groups.get("past"):
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    else:
        first = today.replace(day=1)
    if first > today:
        return FUTURE, ()
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    part = groups.get("part") or ""
    if re.match(r"debut|commencement|early|start|beginning", part):
        last = first + timedelta(days=9)
    elif re.match(r"mi|mid|milieu", part):
        first, last = first + timedelta(days=9), first + timedelta(days=19)
    elif re.match(r"fin|late|end", part):
        first = first + timedelta(days=19)
    return (PERIOD, (first, min(last, today))) if first <= today else (FUTURE, ())


def vague(match: re.Match[str], today: date, _language: str) -> Meant | None:
    return PERIOD, (today - timedelta(days=21), today)


def _exact(year: int, month: int, day: int, today: date) -> Meant:
    made = _made(year, month, day)
    if made is None:
        return IMPOSSIBLE, ()
    return (DAY if made <= today else FUTURE), (made,)


def _latest(month: int, day: int, today: date) -> Meant:
    """The latest such date until today: nobody says the year of what has just happened."""
    for year in range(today.year, today.year - 9, -1):  # a 29th of February is up to eight years back
        made = _made(year, month, day)
        if made and made <= today:
            return DAY, (made,)
    return IMPOSSIBLE, ()


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _months_before(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    if year < 1:
        return date.min + timedelta(days=7)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _year(written: str | None) -> int:
    """The year that stands in digits: "26" is 2026; 0 if none does."""
    return 0 if not written else int(written) + (2000 if len(written) == 2 else 0)


def with_year(match: re.Match[str], today: date, language: str) -> Meant | None:
    bare = re.fullmatch(r"(\d+)/(\d+)/(\d+)", f"{match[1]}/{match[3]}/{match[4]}")
    return slashes(bare, today, language) if bare else None


def month_past(match: re.Match[str], today: date, language: str) -> Meant | None:
    number = MONTHS[match["month"] or match["month2"]]
    year = today.year - (number >= today.month)
    last = calendar.monthrange(year, number)[1]
    return PERIOD, (date(year, number, 1), date(year, number, last))


def last_month(_match: re.Match[str], today: date, _language: str) -> Meant | None:
    last = today.replace(day=1) - timedelta(days=1)
    return PERIOD, (last.replace(day=1), last)

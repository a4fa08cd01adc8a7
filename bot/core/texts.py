"""The approved fixed texts of the assistant, French and English side by side.

Articles answer questions; these texts carry the conversation around them (greetings, the offer
of a ticket, what went wrong). They are data (`data/texts.yml`), so that a ministry approves them
like the articles and another organization puts its own in.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.documents import DataError, read_data

LANGUAGES = ("fr", "en")

_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "en": "January February March April May June July August September October November December".split(),
}
_DAYS = {
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}


class TextError(ValueError):
    """A text is missing, lacks a language, or its languages do not take the same values."""

    log_safe = True  # nothing that a citizen wrote is in its words


class Texts:
    """The catalogue of approved texts; every lookup names a key and a language."""

    def __init__(self, entries: Mapping[str, Mapping[str, str]], constants: Mapping[str, Mapping[str, str]]) -> None:
        """Check that every entry speaks both languages with the same placeholders.

        Args:
            entries: key → {"fr": text, "en": text}; a text may hold {placeholders}.
            constants: placeholder → {"fr", "en"}: values that hold for every text.

        Raises:
            TextError: naming the entry that is incomplete.
        """
        self._constants = constants
        for key, entry in entries.items():
            missing = [lang for lang in LANGUAGES if not str(entry.get(lang) or "").strip()]
            if missing:
                raise TextError(f"text {key!r} lacks {', '.join(missing)}")
            if placeholders(entry["fr"]) != placeholders(entry["en"]):
                raise TextError(f"text {key!r}: the languages take different values")
        self._entries = entries

    def __contains__(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._entries

    def get(self, key: str, lang: str, **values: object) -> str:
        """The text `key` in `lang`, with its placeholders filled.

        Raises:
            TextError: no such text, or a value is missing.
        """
        if key not in self._entries:
            raise TextError(f"no text {key!r}")
        constants = {name: both[lang] for name, both in self._constants.items()}
        counts = {name: _Count(value, lang) for name, value in values.items() if type(value) is int}
        try:
            return self._entries[key][lang].strip().format(**{**constants, **values, **counts})
        except KeyError as error:
            raise TextError(f"text {key!r} needs the value {error.args[0]!r}") from None

    def items(self) -> list[tuple[str, Mapping[str, str]]]:
        """All entries, for checks."""
        return sorted(self._entries.items())


def singular(count: float, lang: str) -> bool:
    """Whether `count` of a thing is one thing in this language: in French also none, and one and a half."""
    return abs(count) < 2 if lang == "fr" else count == 1


class _Count:
    """A number in a text: {count} writes it, {count:question|questions} the words that go with it."""

    def __init__(self, value: int, lang: str) -> None:
        self._value = value
        self._lang = lang

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.partition("|")
        if not bar:
            return format(self._value, spec)
        return one if singular(self._value, self._lang) else many


def placeholders(text: str) -> set[str]:
    """The names of the {placeholders} in `text`."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def load_texts(path: Path, constants: Mapping[str, Mapping[str, str]]) -> Texts:
    """Read the catalogue at `path`.

    Raises:
        TextError: an entry is incomplete or not of the form key: {fr, en}.
    """
    try:
        data: Any = read_data(path)
    except DataError as error:
        raise TextError(str(error)) from None
    if not isinstance(data, dict) or not all(isinstance(entry, dict) for entry in data.values()):
        raise TextError(f"{path.name}: expected entries of the form key: {{fr: …, en: …}}")
    return Texts(data, constants)


def say_date(moment: datetime, lang: str, zone: ZoneInfo) -> str:
    """The date of `moment` in `zone`, in words: "lundi 30 novembre 2026", "Monday, November 30, 2026"."""
    local = moment.astimezone(zone)
    return f"{_DAYS[lang][local.weekday()]}{' ' if lang == 'fr' else ', '}{say_day(local, lang)}"


def say_day(day: date, lang: str) -> str:
    """A date in words, without the day of the week: "1er avril 2001", "April 1, 2001"."""
    month = _MONTHS[lang][day.month - 1]
    if lang == "fr":
        return f"{'1er' if day.day == 1 else day.day} {month} {day.year}"
    return f"{month} {day.day}, {day.year}"


def say_month(day: date, lang: str) -> str:
    """The month of a date, in words: "novembre 2026", "November 2026"."""
    return f"{_MONTHS[lang][day.month - 1]} {day.year}"


def say_time(moment: datetime, lang: str, zone: ZoneInfo) -> str:
    """The time of `moment` in `zone`, in words: "17 h", "8 h 30"; "5:00 p.m.", "8:30 a.m."."""
    local = moment.astimezone(zone)
    if lang == "fr":
        return f"{local.hour} h" + (f" {local.minute:02d}" if local.minute else "")
    half = "a.m." if local.hour < 12 else "p.m."
    return f"{local.hour % 12 or 12}:{local.minute:02d} {half}"

"""The words of dates in French and English: months, days of the week, numbers; a typo in a name is forgiven."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.core import text_folding

_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u0060\u00b4]")
_MONTH_NAMES = (
    "janvier january janv jan", "fevrier february fevr fev feb", "mars march mar", "avril april avr apr",
    "mai may", "juin june jun jiun", "juillet july juil jul", "aout august aug", "septembre september sept sep",
    "octobre october oct", "novembre november nov", "decembre december dec",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_WEEKDAY_NAMES = (
    "lundi monday", "mardi tuesday tues", "mercredi wednesday wensday wednsday wendsday", "jeudi thursday thurs",
    "vendredi friday", "samedi saturday", "dimanche sunday",
)  # fmt: skip
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names.split()}
_FUZZY_FROM = 5  # letters of a name from which one typo is forgiven: "mars" and "mais" are two words
_ONES = (
    "un/une/one/a/an/premier/premiere/first", "deux/two/second/couple", "trois/three/third", "quatre/four/fourth",
    "cinq/five/fifth", "six/sixth", "sept/seven/seventh", "huit/eight/eighth", "neuf/nine/ninth", "dix/ten/tenth",
    "onze/eleven/eleventh", "douze/twelve/twelfth", "treize/thirteen/thirteenth", "quatorze/fourteen/fourteenth",
    "quinze/fifteen/fifteenth", "seize/sixteen/sixteenth", "dix sept/seventeen/seventeenth",
    "dix huit/eighteen/eighteenth", "dix neuf/nineteen/nineteenth", "vingt/twenty/twentieth",
    "vingt et un/twenty one/twenty first", "vingt deux/twenty two/twenty second",
    "vingt trois/twenty three/twenty third", "vingt quatre/twenty four/twenty fourth",
    "vingt cinq/twenty five/twenty fifth", "vingt six/twenty six/twenty sixth",
    "vingt sept/twenty seven/twenty seventh", "vingt huit/twenty eight/twenty eighth",
    "vingt neuf/twenty nine/twenty ninth", "trente/thirty/thirtieth", "trente et un/thirty one/thirty first",
)  # fmt: skip
NUMBERS = {name: number for number, names in enumerate(_ONES, 1) for name in names.split("/")}
# One slip away from the name of a month, and a word of its own.
_NO_MONTH = {"marche", "marches"}
# Never a day of the month, though they count days and weeks.
NOT_A_DATE = {"a", "an", "couple", "un", "une", "one"}
UNITS = "(?:jours?|jrs?|jour|days?|dodos?|semaines?|sem|weeks?|wks?|mois|months?|ans?|annees?|years?)"


def fold_message(text: str) -> str:
    """`text` folded, apostrophes straight and spaces single."""
    return " ".join(text_folding.fold(_APOSTROPHES.sub("'", text)).split())


def spelled(names: Iterable[str]) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    return "|".join(name.replace(" ", "[ -]") for name in longest_first)


def number_in(words: str | None) -> int | None:
    """A number in digits (with or without the ending of an ordinal) or in words."""
    if not words:
        return None
    digits = re.match(r"\d+", words)
    return int(digits[0]) if digits else NUMBERS.get(words.replace("-", " "))


def month_of(word: str, *, strict: bool = False) -> int | None:
    return None if word in _NO_MONTH else _named_in(word, MONTHS, strict)


def weekday_of(word: str, *, strict: bool = False) -> int | None:
    return _named_in(word, WEEKDAYS, strict)


def _named_in(word: str, names: dict[str, int], strict: bool) -> int | None:
    if word in names or strict:
        return names.get(word)
    return _near(word, tuple(names.items()))


@lru_cache(maxsize=1000)
def _near(word: str, names: tuple[tuple[str, int], ...]) -> int | None:
    """The number of the one name that is a typo away from `word`."""
    if len(word) < _FUZZY_FROM - 1:
        return None
    meant = {number for name, number in names if len(name) >= _FUZZY_FROM and one_slip(word, name)}
    return meant.pop() if len(meant) == 1 else None


def one_slip(word: str, name: str) -> bool:
    """Whether one letter more, less, other or exchanged with its neighbour makes `name` of `word` (or none)."""
    if word == name:
        return True
    if abs(len(word) - len(name)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, name)) if a != b), min(len(word), len(name)))
    rest, other = word[start:], name[start:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[:2][::-1] and rest[2:] == other[2:])
    )

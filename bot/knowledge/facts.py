"""The facts in a text that must be the same in both languages: numbers, telephone numbers, dates, times."""

from __future__ import annotations

import re

_MONTHS = {
    name: number
    for names in (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "january february march april may june july august september october november december",
    )
    for number, name in enumerate(names.split(), 1)
}
_MONTH = "|".join(_MONTHS)
_NUMBERS = {
    "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4, "four": 4, "cinq": 5, "five": 5, "six": 6,
    "sept": 7, "seven": 7, "huit": 8, "eight": 8, "neuf": 9, "nine": 9, "dix": 10, "ten": 10, "onze": 11,
    "eleven": 11, "douze": 12, "twelve": 12, "treize": 13, "thirteen": 13, "quatorze": 14, "fourteen": 14,
    "seize": 16, "sixteen": 16, "quinze": 15, "fifteen": 15, "vingt": 20, "twenty": 20,
    "trente": 30, "thirty": 30,
}  # fmt: skip
_PHONE = re.compile(r"\(?(\d{3})\)?[ .-]?(\d{3})-(\d{4})")
_POSTAL = re.compile(r"\b([A-Z]\d[A-Z]) ?(\d[A-Z]\d)\b")
_DATE_FR = re.compile(rf"\b(\d{{1,2}})(?:er)? ({_MONTH}) (\d{{4}})", re.IGNORECASE)
_DATE_EN = re.compile(rf"\b({_MONTH}) (\d{{1,2}}),? (\d{{4}})", re.IGNORECASE)
_TIME_FR = re.compile(r"\b(\d{1,2}) ?h(?: ?(\d{2}))?\b")
_TIME_EN = re.compile(r"\b(\d{1,2}):(\d{2}) ([ap])\.m\.")
_NUMBER = re.compile(r"\b\d+\b")
_WORD_NUMBER = re.compile(rf"\b({'|'.join(_NUMBERS)})\b", re.IGNORECASE)


def facts(text: str) -> set[str]:
    """The facts of `text` in one form whatever its language: "tel:4186492300", "date:2001-04-01",
    "time:08:30", "post:G1R5R9", "n:15"."""
    found: set[str] = set()

    def take(pattern: re.Pattern[str], form: object, text: str) -> str:
        found.update(form(match) for match in pattern.finditer(text))  # type: ignore[operator]
        return pattern.sub(" ", text)

    text = text.replace("\u00a0", " ").replace("\u202f", " ")
    text = take(_PHONE, lambda m: f"tel:{m[1]}{m[2]}{m[3]}", text)
    text = take(_POSTAL, lambda m: f"post:{m[1]}{m[2]}", text)
    text = take(_DATE_FR, lambda m: _date(m[3], m[2], m[1]), text)
    text = take(_DATE_EN, lambda m: _date(m[3], m[1], m[2]), text)
    text = take(_TIME_FR, lambda m: f"time:{int(m[1]):02d}:{m[2] or '00'}", text)
    text = take(_TIME_EN, lambda m: f"time:{int(m[1]) % 12 + (12 if m[3] == 'p' else 0):02d}:{m[2]}", text)
    text = take(_NUMBER, lambda m: f"n:{int(m[0])}", text)
    take(_WORD_NUMBER, lambda m: f"n:{_NUMBERS[m[1].lower()]}", text)
    return found


def _date(year: str, month: str, day: str) -> str:
    return f"date:{year}-{_MONTHS[month.lower()]:02d}-{int(day):02d}"

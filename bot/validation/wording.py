"""Whether an approved text is whole: what is opened is closed, and what is filled in has a name."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

_PAIRS = {"(": ")", "[": "]", "{": "}", "«": "»", "“": "”"}
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}
# "a) …; b) …": the bracket of an enumeration opens nowhere.
_ENUMERATION = re.compile(r"(?:(?<=\s)|^)\w{1,3}\)(?=\s)")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
# "{days} {days:jour|jours}": the words that go with a number, for one and for many.
_COUNTED = re.compile(r"[^|]+\|[^|]+")


def find_broken(text: str) -> str | None:
    """What is not closed or not opened in `text`, in words; None if it is whole."""
    opened: list[str] = []
    for sign in _ENUMERATION.sub("", text):
        if sign in _PAIRS:
            opened.append(sign)
        elif sign in _CLOSING and (not opened or opened.pop() != _CLOSING[sign]):
            return f"{_CLOSING[sign]!r} is missing before {sign!r} in {text!r}"
    if opened:
        return f"{_PAIRS[opened[-1]]!r} is missing after {opened[-1]!r} in {text!r} (is a comma unquoted?)"
    if text.count('"') % 2:
        return f'a quotation mark (") is missing in {text!r}'
    return None


def read_values(text: str) -> tuple[set[str], list[str]]:
    """The names of the values that are filled in, as in "until {due_date}", and what is wrong with them, in words."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        return set(), [f"a brace stands alone: {error}"]
    names = {name for _, name, _, _ in parts if name is not None}
    return {name for name in names if _NAME.fullmatch(name)}, list(_wrong(parts, names))


def _wrong(parts: list[tuple[str, str | None, str | None, str | None]], names: set[str]) -> Iterator[str]:
    yield from (f"{{{name}}} is no name of a value" for name in sorted(names) if not _NAME.fullmatch(name))
    for _, name, form, how in parts:
        if name and (how or (form and not _COUNTED.fullmatch(form))):
            yield f"{{{name}}} holds more than a name, and no words for one and for many ({{{name}:day|days}})"

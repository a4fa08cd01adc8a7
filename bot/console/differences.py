"""What changed between two texts, word by word. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_MOST = 250_000  # pairs of words that are compared; what takes more is shown as gone and come as a whole


@dataclass(frozen=True)
class Piece:
    """A piece of text that is in both (SAME), only in the first (GONE), or only in the second (NEW)."""

    kind: str
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in their order (Ratcliff and Obershelp's matching, as the standard library has it).

    Lines are matched first, and words only where lines differ: an article has a hundred sample questions, and
    matching all their words with each other would take seconds.
    """
    found: list[Piece] = []
    lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for kind, one, two in _matched(*lines):
        if kind == "replace":
            found += _words(one, two)
        else:
            found += _pieces(kind, one, two)
    return found


def _words(before: str, after: str) -> Iterator[Piece]:
    one, two = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(one) * len(two) > _MOST:
        yield from _pieces("replace", before, after)
        return
    for kind, gone, new in _matched(one, two):
        yield from _pieces(kind, gone, new)


def _matched(one: Sequence[str], two: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for kind, i, j, k, m in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        yield kind, "".join(one[i:j]), "".join(two[k:m])


def _pieces(kind: str, one: str, two: str) -> Iterator[Piece]:
    if kind == "equal":
        yield Piece(SAME, one)
        return
    yield from (Piece(kind, text) for kind, text in ((GONE, one), (NEW, two)) if text)

"""What was written in a thread before, by which it is known again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.core.text_folding import fold as plain_letters

_LETTERS = re.compile(r"[^\W_]+")
_TELLING = 12  # letters of a line by which it is known again wherever it stands


class Known:
    """What was written in a thread before: lines are known again however they are broken, marked or set."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._letters = "\n".join(filter(None, (letters_of(text) for text in texts)))

    def __bool__(self) -> bool:
        return bool(self._letters)

    def holds(self, lines: Sequence[str], place: int, *, marked: bool = False) -> bool:
        """Whether the line at `place` was written before; a short one that is not `marked` only with one beside it."""
        letters = letters_of(lines[place])
        if not letters:
            return True
        if len(letters) >= _TELLING or marked:
            return letters in self._letters
        before = next((found for line in reversed(lines[:place]) if (found := letters_of(line))), "")
        after = next((found for line in lines[place + 1 :] if (found := letters_of(line))), "")
        beside = (before + letters, letters + after)
        return any(len(pair) >= _TELLING and pair in self._letters for pair in beside) or (
            letters in self._letters.split("\n")
        )

    def continues(self, line: str, broken_off: str) -> bool:
        """Whether a line was written as one with the marked `line` above it, and only broken off on the way."""
        begin, end = letters_of(line), letters_of(broken_off)
        return bool(begin and end) and len(begin + end) >= _TELLING and begin + end in self._letters


def letters_of(text: str) -> str:
    """The letters and digits of a text, in one form, without anything between them."""
    return "".join(_LETTERS.findall(plain_letters(text)))

"""A citizen's words as the desk keeps them: letter for letter. What they are folded to for matching is kept nowhere."""

from __future__ import annotations

import re
import unicodedata

_HALF = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LINES = re.compile(r"\r\n|\r|\n")
# Signs that fonts draw nothing for, though Unicode does not count them among the invisible: fillers of Hangul, an empty
# Braille cell, selectors of variants, what joins graphemes.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")


def as_written(text: str) -> str:
    """`text` as it was written, but for what no database holds: a NUL is left out, half of a pair becomes U+FFFD."""
    return _HALF.sub("\ufffd", text.replace("\0", ""))


def says_nothing(text: str) -> bool:
    """Whether nothing of `text` can be seen. Signs newer than this Python's Unicode, as new emoji are, can."""
    return not any(_can_be_seen(ch) for ch in text)


def lines_of(text: str) -> list[str]:
    """The lines of `text`, which end where mail and web programs end them, and at no other sign."""
    return _LINES.split(text)


def on_one_line(text: str) -> str:
    """`text` as a name or a heading: what controls a terminal or ends a line is a space, and none stands around it.

    Nothing, where nothing of it can be seen.
    """
    line = " ".join(filter(None, _CONTROLS.split(as_written(text))))
    return "" if says_nothing(line) else line.strip()


def _can_be_seen(ch: str) -> bool:
    return not (ch.isspace() or unicodedata.category(ch) in ("Cc", "Cf", "Cs") or _BLANK.match(ch))

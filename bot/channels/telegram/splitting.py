"""Long texts in pieces that Telegram takes."""

from __future__ import annotations

import re
import unicodedata

LIMIT = 4096  # UTF-16 code units in a message (https://core.telegram.org/bots/api#sendmessage)

# Where to cut, best first: between paragraphs, lines, sentences, words.
_CUTS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))
_JOINER = "\u200d"


def units(text: str) -> int:
    """The length of `text` as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(ch > "\uffff" for ch in text)


def split(text: str, limit: int = LIMIT) -> list[str]:
    """`text` in pieces of at most `limit` units, cut where it hurts least; white space at the cuts is dropped."""
    pieces, rest = [], text.strip()
    while units(rest) > limit:
        head = _fitting(rest, limit)
        cut = _cut(head, rest)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` fit into `limit` units."""
    used = 0
    for place, ch in enumerate(text):
        used += 2 if ch > "\uffff" else 1
        if used > limit:
            return place
    return len(text)


def _cut(head: int, text: str) -> int:
    # A space just after what fits is a cut too.
    window = text[: head + 1]
    for pattern in _CUTS:
        found = [match.start() for match in pattern.finditer(window) if 0 < match.start() <= head]
        if found:
            return found[-1]
    cut = head
    while cut > 1 and not _may_cut_before(text, cut):
        cut -= 1
    return cut if cut > 1 else head


def _may_cut_before(text: str, place: int) -> bool:
    """Whether a character begins something new here, and is no part of the one before it."""
    here, before = text[place], text[place - 1]
    joined = _JOINER in (here, before) or "\ufe00" <= here <= "\ufe0f" or "\U0001f3fb" <= here <= "\U0001f3ff"
    return not joined and not unicodedata.combining(here)

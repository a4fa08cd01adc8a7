"""What changed between two texts, word by word. No IO."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A piece of text that is in both (SAME), only in the first (GONE), or only in the second (NEW)."""

    kind: str
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in their order (Ratcliff and Obershelp's matching, as the standard library has it)."""
    one, two = _TOKEN.findall(before), _TOKEN.findall(after)
    found: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece(SAME, "".join(one[i:j])))
            continue
        found += [Piece(kind, text) for kind, text in ((GONE, "".join(one[i:j])), (NEW, "".join(two[k:m]))) if text]
    return found

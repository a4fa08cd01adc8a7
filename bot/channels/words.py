"""A citizen's words as the desk keeps them."""

from __future__ import annotations

import re

from bot.knowledge.text import clean

_LINES = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_BLANK = re.compile(r"\n{3,}")


def legible(text: str) -> str:
    """`text` without what cannot be seen and with single spaces; its lines are kept, one blank one at most between."""
    return _BLANK.sub("\n\n", "\n".join(map(clean, _LINES.split(text)))).strip()

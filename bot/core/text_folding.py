"""Text in the one form in which it is compared and searched: case, accents and ligatures make no difference. No IO.

What the matcher reads is folded by rules of its own, with which it was measured (`bot.matcher.text`).
"""

from __future__ import annotations

import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})  # which Unicode takes for letters of their own


def fold(text: str) -> str:
    """`text` in lower case (as `str.casefold`), compatibility forms taken apart (NFKD), without combining marks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    # Taking a compatibility form apart may bring capitals back.
    return "".join(ch for ch in plain if not unicodedata.combining(ch)).casefold().translate(_LIGATURES)

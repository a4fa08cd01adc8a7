"""Ticket references such as `RI-7K3P-92QX`: easy to read aloud, impossible to guess."""

from __future__ import annotations

import re
import secrets

# Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U to misread.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OILU", "011V")
_GROUP = "[0-9A-Za-z]{4}"


def new_reference(prefix: str) -> str:
    """A random reference: `prefix` and eight characters (40 bits)."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{body[:4]}-{body[4:]}"


def find_reference(text: str, prefix: str) -> str | None:
    """The first reference in `text`, as it was issued, however it was typed; None if there is none.

    Lower case, missing or other separators and the misreadings O, I, L and U are understood; eight
    lower-case letters without a hyphen are two words, not a reference.
    """
    pattern = rf"\b{re.escape(prefix)}[\s.–—-]*({_GROUP})[\s.–—-]*({_GROUP})\b"
    for match in re.finditer(pattern, text, flags=re.IGNORECASE):
        body = (match[1] + match[2]).upper().translate(_MISREAD)
        if any(ch.isdigit() for ch in body) or "-" in match[0] or match[0].isupper():
            return f"{prefix}-{body[:4]}-{body[4:]}"
    return None

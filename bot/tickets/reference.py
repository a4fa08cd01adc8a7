"""Ticket references such as `RI-7K3P-92QX`: easy to read aloud, impossible to guess."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

# Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U to misread.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OILU", "011V")
_GROUP = "[0-9A-Za-z]{4}"
_BETWEEN = r"[\s.:\u2010-\u2015-]*"


def new_reference(prefix: str) -> str:
    """A random reference: `prefix` and eight characters, at least one a digit (nearly 40 bits)."""
    body = ""
    while not any(ch.isdigit() for ch in body):  # a digit tells a reference from two words
        body = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{body[:4]}-{body[4:]}"


def find_reference(text: str, prefix: str) -> str | None:
    """The first reference in `text`, as `find_references`; None if there is none."""
    return next(find_references(text, prefix), None)


def find_references(text: str, prefix: str) -> Iterator[str]:
    """The references in `text`, as they were issued, however they were typed.

    Lower case, missing or other separators and the misreadings O, I, L and U are understood.
    Eight letters without a digit and without a hyphen are words, not a reference.
    """
    pattern = rf"\b{re.escape(prefix)}{_BETWEEN}({_GROUP}){_BETWEEN}({_GROUP})\b"
    for match in re.finditer(pattern, text, flags=re.IGNORECASE):
        typed = match[1] + match[2]
        if any(ch.isdigit() for ch in typed) or "-" in match[0]:
            body = typed.upper().translate(_MISREAD)
            yield f"{prefix}-{body[:4]}-{body[4:]}"

"""The headers of an e-mail as they stand there, and what tells one e-mail from every other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser

from bot.channels.email.charsets import header_text

NAME = r"<[!-;=?-~]{1,900}>"  # of an e-mail; visible ASCII, as a line of a header has at most 998 characters
MOST_NAMES = 100
_NAME = re.compile(NAME)


def values(message: Message, header: str) -> Iterator[str]:
    """The values of a header as the standard library's parser keeps them (bytes as surrogates)."""
    for key, value in message.raw_items():
        if key.lower() == header.lower():
            yield str(value)


def text_of(message: Message, header: str) -> str:
    """The first header of this name as text, bytes and encoded words decoded; "" if there is none."""
    return next((header_text(value) for value in values(message, header)), "")


def names(message: Message, header: str) -> tuple[str, ...]:
    """Names of messages in a header, in their order."""
    found = [name for value in values(message, header) for name in _NAME.findall(value) if "@" in name]
    return tuple(found if len(found) <= MOST_NAMES else [found[0], *found[1 - MOST_NAMES :]])


def name_of(message: Message) -> str | None:
    """The name that an e-mail bears (its Message-ID); None if it has none."""
    return next(iter(names(message, "Message-ID")), None)


def identity(message: Message, raw: bytes) -> str:
    """What tells an e-mail from every other: its name with sender and date, for some machines name all alike.

    Without a name, its content: what is added on the way is left out, for it differs each time that it is brought.
    """
    name = name_of(message)
    digest = hashlib.sha256()
    said = ("From", "Date") if name else ("From", "To", "Subject", "Date")
    for header in said:
        for value in values(message, header):
            digest.update(f"{header}:{value}\n".encode("utf-8", "surrogateescape"))
    if name:
        digest.update(name.encode())
    else:
        digest.update(raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2])
    return digest.hexdigest()


def identity_of(raw: bytes) -> str:
    """`identity` of an e-mail of which nothing else is read."""
    return identity(BytesParser().parsebytes(raw, headersonly=True), raw)

"""What may stand in the headers of an e-mail, whatever the citizens' own e-mails held."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.header import Header
from email.headerregistry import Address
from email.policy import EmailPolicy

from email_validator import EmailNotValidError, validate_email

from bot.channels.email.headers import NAME
from bot.core.settings import MAIL_ADDRESS

_MESSAGE_ID = re.compile(NAME)
_LINE = 76  # characters; encoded words may not be in longer lines (RFC 2047)
_REFERENCES = 20  # kept of a long thread: its first message and the latest


class MailPolicy(EmailPolicy):
    """The standard library's policy for e-mails, with two headers folded as their readers need them.

    Its own way of folding loses spaces between a subject's words with accents, and encodes the names of
    messages that are long, which ends their thread.
    """

    def fold(self, name: str, value: str) -> str:
        """The header as lines."""
        if name == "Subject":
            return f"{name}: {_encoded(name, str(value), self.linesep)}{self.linesep}"
        if name in ("In-Reply-To", "References"):
            return f"{name}: " + f"{self.linesep} ".join(value.split()) + self.linesep
        return super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header as lines of bytes."""
        if name in ("Subject", "In-Reply-To", "References"):
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


POLICY = MailPolicy(linesep="\r\n")


def _encoded(name: str, text: str, linesep: str) -> str:
    """`text` as the header `name` carries it: as it is if that is one line of ASCII."""
    # What looks like an encoded word would be read as one, unless it is encoded itself.
    if text.isascii() and "=?" not in text and len(f"{name}: {text}") <= _LINE:
        return text
    return Header(text, "utf-8", maxlinelen=_LINE, header_name=name).encode(linesep=linesep)


def recipient(address: str) -> Address:
    """`address` as one mailbox, its domain in ASCII; the part before the @ may hold other characters.

    Raises:
        ValueError: it is not one address. The error does not show it.
    """
    if not address.isascii():
        try:
            found = validate_email(address, check_deliverability=False)
        except EmailNotValidError:
            raise ValueError("not an e-mail address") from None
        return Address(username=found.local_part, domain=found.ascii_domain)
    if not MAIL_ADDRESS.fullmatch(address):
        raise ValueError("not an e-mail address")
    username, domain = address.split("@")
    return Address(username=username, domain=domain)


def message_ids(given: Iterable[str | None]) -> str:
    """Those of `given` that are names of messages (`<…@…>`), with spaces between; "" if none is."""
    names = [name for name in given if name and _MESSAGE_ID.fullmatch(name)]
    return " ".join(names if len(names) <= _REFERENCES else [names[0], *names[1 - _REFERENCES :]])

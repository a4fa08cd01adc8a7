"""The addresses in a header. They are parsed before anything is decoded: an encoded word is never an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from email_validator import EmailNotValidError, validate_email

from bot.channels.email.charsets import decoded, header_text
from bot.channels.email.headers import values
from bot.core.settings import MAIL_ADDRESS
from bot.core.written import on_one_line

NO_REPLY = re.compile(
    r"(do-?)?no[-_.]?t?[-_.]?reply\S*\Z|(ne-?pas-?|non-?|pas-?de-?)r[ée]pon(dre|se)\S*\Z|bounces?(\+\S*)?\Z",
    re.IGNORECASE,
)
_LONGEST_NAME = 120
_LONGEST_HEADER = 10_000
# What commas, brackets and colons mean nothing in: a quoted string, a comment, an address in brackets.
_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|\([^()]*\)|<[^<>]*>|[,;:]|[^",;:(<]+|.', re.DOTALL)
_BARE = re.compile(r"[^\s<>()\",;:]+@[^\s<>()\",;:]+")


@dataclass(frozen=True)
class Mailbox:
    """One mailbox of a header: an address as the desk writes to it, and the name beside it."""

    address: str | None
    name: str = ""

    @property
    def local(self) -> str:
        """What stands before the sign."""
        return (self.address or "").partition("@")[0]


def mailboxes(message: Message, header: str) -> list[Mailbox]:
    """The mailboxes that a header names, in their order; those whose address is none, too."""
    return [mailbox for value in values(message, header) for mailbox in parse_mailboxes(value)]


def parse_mailboxes(raw: str) -> list[Mailbox]:
    """The mailboxes in a header's value (RFC 5322), as the standard library's parser keeps it (bytes as surrogates).

    Names that hold a comma without quotation marks, and addresses without brackets, are taken as they are meant.
    """
    text = raw if raw.isascii() else decoded(raw.encode("utf-8", "surrogateescape"))
    text = text.replace("\r", " ").replace("\n", " ")[:_LONGEST_HEADER]
    found: list[Mailbox] = []
    waiting: list[str] = []
    for piece in _PIECE.findall(text):
        if piece == ":" and not any("@" in part for part in waiting):
            waiting = []  # the name of a group
        elif piece == ";" or (piece == "," and any(map(_holds_address, waiting))):
            found += _mailbox(waiting)
            waiting = []
        else:
            waiting.append(piece)
    return found + _mailbox(waiting)


def parse_address(text: str) -> str | None:
    """One address as the desk writes to it; None if it is none."""
    text = text.strip().rstrip(".")
    if MAIL_ADDRESS.fullmatch(text) and len(text) <= 254:
        local, _, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"
    if text.isascii() or len(text) > 254:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except (EmailNotValidError, ValueError):
        return None


def _holds_address(piece: str) -> bool:
    return piece.startswith("<") or (not piece.startswith(('"', "(")) and "@" in piece)


def _mailbox(pieces: list[str]) -> list[Mailbox]:
    """The one mailbox that these pieces write; none of nothing."""
    if not "".join(pieces).strip():
        return []
    brackets = [piece for piece in pieces if piece.startswith("<") and piece.endswith(">")]
    if brackets:
        address = parse_address(brackets[-1][1:-1])
        return [Mailbox(address, _name("".join(piece for piece in pieces if piece not in brackets)))]
    comments = [piece[1:-1] for piece in pieces if piece.startswith("(") and piece.endswith(")")]
    words = "".join(piece for piece in pieces if not piece.startswith("("))
    bare = _BARE.findall(re.sub(r'"(?:\\.|[^"\\])*"', " ", words))
    if not bare:
        return [Mailbox(None, _name(words))]
    name = words.replace(bare[-1], " ")
    return [Mailbox(parse_address(bare[-1]), _name(name) or _name(" ".join(comments)))]


def _name(text: str) -> str:
    unquoted = re.sub(r'"((?:\\.|[^"\\])*)"', lambda match: re.sub(r"\\(.)", r"\1", match[1]), text)
    return on_one_line(header_text(unquoted)).strip(" ,'")[:_LONGEST_NAME]

"""News that an e-mail did not arrive: which, whom it did not reach, and whether it was given up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from bot.channels.email.addresses import Mailbox, parse_address
from bot.channels.email.charsets import decoded, header_text
from bot.channels.email.headers import MOST_NAMES, names, text_of
from bot.channels.email.machines import may_be_daemon
from bot.channels.email.parts import MOST_PARTS, children, content, parameter
from bot.knowledge.text import clean

_RETURNED_NAME = re.compile(
    rb"^[> \t]*(?:Message-ID|In-Reply-To)\s*:\s*(<[!-;=?-~]{1,900}>)", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_FAILURE = re.compile(
    r"undeliver|not (?:be )?delivered|could ?n[o']t be delivered|delivery (?:has )?(?:failed|failure|status|incomplete)"
    r"|failure notice|returned (?:mail|to sender)|mail (?:system error|delivery)|no such user|user unknown"
    r"|non (?:remis|distribu|d[ée]livr)|[ée]chec (?:de la |de |d['’])?(?:remise|livraison|distribution|envoi)"
    r"|n['’]a pas pu [êe]tre (?:remis|distribu|d[ée]livr|livr)|adresse (?:introuvable|inconnue)",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\bdelayed\b|\bdelay\b|will (?:be )?(?:re)?tr(?:y|ied)|still (?:being )?(?:try|tried|retr)|not yet been delivered"
    r"|\bwarning\b|retard[ée]?|nouvelle tentative|sera retent|pas encore [ée]t[ée]",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"permanent|given up|giving up|gave up|undeliverable|returned to sender|no such user|user unknown|abandon", re.I
)
_SEARCHED = 100_000  # bytes of what says why


@dataclass(frozen=True)
class Bounce:
    """News that an e-mail did not arrive (RFC 3464 and older forms).

    `of`: names of e-mails among which is the one that came back. `recipient`: who was not reached, as far as it
    is said. `final`: whether it was given up; otherwise it may still arrive.
    """

    of: tuple[str, ...]
    recipient: str | None
    reason: str
    final: bool


def bounce_of(message: Message, raw: bytes, origins: list[Mailbox], subject: str) -> Bounce | None:
    """What a bounce says; None if it is none."""
    report = (parameter(message, "Content-Type", "report-type") or "").lower()
    parts = list(_flat(message))
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    failed = text_of(message, "X-Failed-Recipients")
    words = f"{subject}\n{decoded(raw[:_SEARCHED])}"
    by_daemon = any(map(may_be_daemon, origins)) and bool(_FAILURE.search(words) or _NOT_YET.search(subject))
    if status is None and report != "delivery-status" and not failed and not by_daemon:
        return None
    fields: dict[str, str] = {}
    for block in children(status) if status is not None else ():
        for key, value in block.raw_items():
            fields.setdefault(key.lower(), clean(header_text(str(value))))
    returned = [
        name
        for part in parts
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
        for name in _returned_names(part)
    ]
    named = [name.decode("ascii") for name in _RETURNED_NAME.findall(raw[:500_000])]
    answered = [*names(message, "In-Reply-To"), *names(message, "References")]
    own = set(names(message, "Message-ID"))
    of = tuple(name for name in dict.fromkeys([*returned, *named, *answered]) if name not in own)[:MOST_NAMES]
    who = fields.get("original-recipient") or fields.get("final-recipient") or failed.partition(",")[0]
    code = fields.get("status") or ""
    if not code and (found := _STATUS.search(fields.get("diagnostic-code") or words)):
        code = found[0]
    reason = " ".join(filter(None, (code, fields.get("diagnostic-code", "").partition(";")[2].strip())))[:180]
    # "delayed" is no failure yet; "relayed", "delivered" and "expanded" are none.
    action = fields.get("action", "").partition(" ")[0].lower()
    if action:
        final = action == "failed"
    elif code:
        final = code.startswith("5.")
    else:
        final = not _NOT_YET.search(words) or bool(_GIVEN_UP.search(words))
    return Bounce(of, parse_address(who.rpartition(";")[2]), reason or "bounce", final)


def _returned_names(part: Message) -> list[str]:
    if inner := children(part):
        return [name for one in inner for name in names(one, "Message-ID")]
    return [name.decode("ascii") for name in _RETURNED_NAME.findall(content(part))]


def _flat(message: Message) -> Iterator[Message]:
    """A message and the parts in it, as many as one looks at, without recursion."""
    waiting = [message]
    seen = 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_type() != "message/delivery-status":
            waiting += children(part)

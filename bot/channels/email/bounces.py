"""News that an e-mail did not arrive: which, whom it did not reach, and whether it was given up."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from email.message import Message

from bot.channels.email.addresses import Mailbox, parse_address
from bot.channels.email.charsets import header_text
from bot.channels.email.headers import MOST_NAMES, names, text_of
from bot.channels.email.machines import is_daemon, may_be_daemon
from bot.channels.email.parts import children, content, flat, parameter
from bot.matcher.text import clean

_RETURNED_NAME = re.compile(
    rb"^[> \t]*(?:(?:Original-)?Message-ID|In-Reply-To)\s*:\s*(<[!-;=?-~]{1,900}>)", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_FAILURE = re.compile(
    r"undeliver|not (?:be )?delivered|could ?n[o'’]t be delivered"
    r"|delivery (?:has )?(?:failed|failure|status|incomplete)"
    r"|failure notice|returned (?:mail|to sender)|mail (?:system error|delivery)|no such user|user unknown"
    r"|non (?:remis|distribu|d[ée]livr)|[ée]chec (?:de la |de |d['’])?(?:remise|livraison|distribution|envoi)"
    r"|n['’]a pas pu [êe]tre (?:remis|distribu|d[ée]livr|livr)|adresse (?:introuvable|inconnue)"
    r"|(?:unable|wasn['’]t able) to deliver|(?:mail|message) failed|failed mail|failure delivery|no valid recipients"
    r"|did not reach the following|automatically rejected|failed recipient|недоставленное|не доставлено",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\bdelayed\b|\bdelay\b|will (?:be )?(?:re)?tr(?:y|ied)|still (?:being )?(?:try|tried|retr)|not yet been delivered"
    r"|\bwarning\b|retard[ée]?|nouvelle tentative|sera retent|r?essaiera|pas encore [ée]t[ée]|remise diff[ée]r[ée]e",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"permanent|given up|giving up|gave up|undeliverable|returned to sender|no such user|user unknown|abandon", re.I
)
# What a server says of itself, and a person who tells of it does not; two of them, and no word of a person's own.
_OF_A_SERVER = re.compile(
    r"created automatically|automatically generated|automated (?:message|response|notification)|advisory-only"
    r"|do not (?:reply to it|reply to this|re-?send your original)|failed recipients?\b|non-delivery report"
    r"|following (?:recipients?|user|address\(?e?s?\)?)\b|did not reach the|message (?:text )?follows"
    r"|lines of the message|lines of your original|original message|mail delivery (?:software|system|subsystem)"
    r"|remote host said|smtp error|rcpt to:|message from (?:interscan|the )|unable to deliver|could not (?:be )?deliver"
    r"|your message (?:to|with subject|could not)\b|will continue to|attempts will|\b5\d\d[ -]\d\.\d\.\d"
    r"|(?:message|courriel) automatique|n['’]a pas pu [êe]tre|destinataires? suivants?|rapport de non[- ]remise",
    re.IGNORECASE,
)
_OF_A_PERSON = re.compile(
    r"\?|\b(?:i(?!['’]m (?:sorry|afraid))|my|je|j['’]|mon|ma|mes|pouvez|merci|thanks?|hello|bonjour)\b", re.I
)
_SEARCHED = 100_000  # characters of what says why
_HEADER = re.compile(r"[> \t]*[A-Za-z][A-Za-z-]{1,40}:(?:[ \t]|\Z)")
_PASSED_ON = re.compile(r"\s*(?:fwd?|tr|transf\S*)\s*:", re.IGNORECASE)


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


def bounce_of(
    message: Message, raw: bytes, said: str, origins: list[Mailbox], subject: str, own: Collection[str]
) -> Bounce | None:
    """What a bounce says; None if it is none.

    Args:
        message: the e-mail.
        raw: as it came.
        said: its words, decoded.
        origins: the mailboxes of From.
        subject: decoded.
        own: our own addresses, in lower case.
    """
    report = (parameter(message, "Content-Type", "report-type") or "").lower()
    parts = list(flat(message))
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    failed = text_of(message, "X-Failed-Recipients")
    told, copy = _told_and_copied(said[:_SEARCHED])
    words = f"{subject}\n{told}"
    fails = bool(_FAILURE.search(words))
    by_daemon = any(map(may_be_daemon, origins)) and bool(fails or _NOT_YET.search(subject))
    by_daemon = by_daemon or (any(map(is_daemon, origins)) and bool(_NOT_YET.search(told)))
    # Some programs send back from an address like any other; a person who shows such an e-mail asks about it.
    sends_back = fails and "?" not in words and not _PASSED_ON.match(subject) and _is_ours(copy, own)
    by_server = by_daemon or sends_back or (fails and (_is_untyped_report(message) or _speaks_as_server(subject, told)))
    if status is None and report != "delivery-status" and not failed and not by_server:
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
    named = _names_in(raw[:500_000]) + _names_in(copy.encode("ascii", "replace"))
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
        final = action in ("failed", "failure", "error", "rejected")
    elif code:
        final = code.startswith("5.")
    else:
        final = not _NOT_YET.search(words) or bool(_GIVEN_UP.search(words))
    return Bounce(of, parse_address(who.rpartition(";")[2]), reason or "bounce", final)


def _is_untyped_report(message: Message) -> bool:
    """Whether it is a report that does not say of what, or one of a server that refuses as if it had read."""
    report = (parameter(message, "Content-Type", "report-type") or "").lower()
    return message.get_content_type() == "multipart/report" and report in ("", "disposition-notification")


def _speaks_as_server(subject: str, told: str) -> bool:
    """Whether these are the words of a server, from whatever address it writes."""
    if _PASSED_ON.match(subject) or _OF_A_PERSON.search(told):
        return False
    return len({found.lower() for found in _OF_A_SERVER.findall(told)}) >= 2


def _told_and_copied(said: str) -> tuple[str, str]:
    """What a bounce tells, and the e-mail that it gives back below, from three headers in a row on."""
    lines = said.splitlines()
    in_a_row = begin = 0
    for number, line in enumerate(lines):
        if _HEADER.match(line):
            begin = begin if in_a_row else number
            in_a_row += 1
        elif not (in_a_row and line[:1] in (" ", "\t") and line.strip()):  # which goes on with the header above
            in_a_row = 0
        if in_a_row == 3:
            return "\n".join(lines[:begin]), "\n".join(lines[begin:])
    return said, ""


def _is_ours(copy: str, own: Collection[str]) -> bool:
    """Whether the headers of an e-mail that is given back name it, and us as who sent it."""
    senders = [line.lower() for line in copy.splitlines() if line.lstrip("> \t").lower().startswith("from:")]
    return bool(_names_in(copy.encode("ascii", "replace"))) and any(
        address in line for line in senders for address in own
    )


def _names_in(text: bytes) -> list[str]:
    return [name.decode("ascii") for name in _RETURNED_NAME.findall(text)]


def _returned_names(part: Message) -> list[str]:
    if inner := children(part):
        return [name for one in inner for name in names(one, "Message-ID")]
    return _names_in(content(part))

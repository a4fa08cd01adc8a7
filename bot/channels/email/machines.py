"""Whether a machine wrote an e-mail, whether to acknowledge it, and whether it opens a request: three questions.

What a person wrote must not vanish: a header that ordinary people's e-mails bear too (of a list, say) makes a doubt,
and a doubt opens a request without an acknowledgement. What machines write bears their own signs (RFC 3834, RFC 3464),
or says so where nobody else would.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from email.message import Message

from bot.channels.email.addresses import NO_REPLY, Mailbox
from bot.channels.email.headers import text_of, values
from bot.channels.email.languages import AWAY
from bot.channels.email.parts import flat, parameter

_AUTO_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply",
    "X-Auto-Respond",
    "X-Vacation",
    "X-FC-MachineGenerated",
    "X-AutoReply-From",
    "X-Mail-Autoreply",
    "X-POST-MessageClass-Autoreply",
)
_LIST_HEADERS = ("List-Id", "List-Help", "List-Post", "List-Unsubscribe")
# Proton writes this above every e-mail of a person's; others only above what they send to many.
_FEEDBACK_OF_A_PERSON = re.compile(r"\d+:user:proton\Z", re.IGNORECASE)
# Who sends the same to many, or to whom a program tells it.
_MASS_HEADERS = (
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "X-Campaign",
    "X-CampaignId",
    "X-Mailgun-Sid",
    "X-SG-EID",
    "X-MC-User",
)
_DAEMON = re.compile(r"(?:mailer-daemon|mail-?delivery\S*|mdaemon)\Z", re.IGNORECASE)
_POSTMASTER = re.compile(r"postmaster\Z", re.IGNORECASE)
_DAEMON_NAME = re.compile(r"\s*(?:mailer[- ]?daemon|mail delivery (?:sub)?system)\b", re.IGNORECASE)
_AWAY = re.compile(rf"\s*(?:\[[^\]]{{1,40}}\]\s*)?\[?{AWAY}\s*(?:[:：(\[\]–—-]|re\s*:|\Z)", re.IGNORECASE | re.VERBOSE)
# What stands after the name of somebody who is not there.
_IS_AWAY = re.compile(
    r"\s+(?:is\ out\ of\ (?:the\ )?office|est\ absente?(?:\(e\))?)(?:\W|\Z)", re.IGNORECASE | re.VERBOSE
)
_AUTO = re.compile(r"\s*auto\s*:\s*", re.IGNORECASE)
_ANSWERED = re.compile(r"(?:re|ré|rép|réf)\s*:", re.IGNORECASE)
OWN, BOUNCE, RECEIPT = "own", "bounce", "receipt"


@dataclass(frozen=True)
class Handling:
    """What the desk does with an e-mail.

    `automatic`: a word for why a machine wrote it, None if a person may have. `acknowledge`: whether it is told that
    its e-mail came. `opens`: whether it opens a request where it belongs to none.
    """

    automatic: str | None
    acknowledge: bool
    opens: bool


def handling(
    message: Message,
    sender: Mailbox,
    origins: list[Mailbox],
    subject: str,
    *,
    says_something: bool,
    is_bounce: bool,
    own: Collection[str],
) -> Handling:
    """What the desk does with an e-mail.

    Args:
        message: the e-mail.
        sender: where an answer would go.
        origins: the mailboxes of From.
        subject: decoded.
        says_something: whether any words stand in it.
        is_bounce: whether it tells that another did not arrive.
        own: our own addresses, in lower case.
    """
    automatic = BOUNCE if is_bounce else _automatic(message, sender, origins, subject, own)
    if not automatic and not says_something and _answers_an_invitation(message):
        automatic = "calendar"
    if automatic:
        return Handling(automatic, acknowledge=False, opens=False)
    acknowledge = bool(sender.address) and not _in_doubt(message, origins, subject)
    return Handling(None, acknowledge=acknowledge, opens=True)


def is_daemon(mailbox: Mailbox) -> bool:
    """Whether it is the part of a server that tells of what was not delivered."""
    return bool(_DAEMON.match(mailbox.local) or (not mailbox.address and _DAEMON_NAME.match(mailbox.name)))


def may_be_daemon(mailbox: Mailbox) -> bool:
    """Whether it is one, or the mailbox of who keeps the server, who may be a person."""
    return is_daemon(mailbox) or bool(_POSTMASTER.match(mailbox.local))


def has_null_path(message: Message) -> bool:
    """Whether its envelope named no sender, so that nothing about it is ever sent back."""
    return any(value.strip() == "<>" for value in values(message, "Return-Path"))


def _automatic(
    message: Message, sender: Mailbox, origins: list[Mailbox], subject: str, own: Collection[str]
) -> str | None:
    report = text_of(message, "Content-Type").lower()
    is_report = message.get_content_type() == "multipart/report"
    is_receipt = "report-type=disposition" in report.replace('"', "")
    precedence = _says(message, "Precedence")
    mass = _is_mass(message)
    listed = bool(_says(message, "List-Unsubscribe"))
    reasons = {
        OWN: any((mailbox.address or "").lower() in own for mailbox in (sender, *origins) if mailbox.address),
        "auto_submitted": _says(message, "Auto-Submitted") not in ("", "no"),
        RECEIPT: is_receipt or (is_report and "report-type" not in report),
        "report": is_report,
        "auto_header": any(_says(message, name) not in ("", "no") for name in _AUTO_HEADERS),
        "precedence": precedence in ("auto_reply", "auto-reply", "junk"),
        "mass": listed and (mass or precedence in ("bulk", "junk")),
        "daemon": any(map(is_daemon, origins)),
        "null_return_path": has_null_path(message),
        "no_reply": bool(NO_REPLY.match(sender.local)),
        "away": _is_away(subject, origins) and not _asks_of_it(message, subject),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _is_away(subject: str, origins: list[Mailbox]) -> bool:
    """Whether a subject says that somebody is not there: in a program's words, or after the name of who writes."""
    if _AWAY.match(subject):
        return True
    said = _AUTO.sub("", subject, count=1)
    if said != subject and _IS_AWAY.search(said):
        return True  # "AUTO: Tremblay, Ana is out of the office"
    names = [mailbox.name for mailbox in origins if mailbox.name and said.lower().startswith(mailbox.name.lower())]
    return any(_IS_AWAY.match(said[len(name) :]) for name in names)


def _asks_of_it(message: Message, subject: str) -> bool:
    """Whether a person may ask about what a machine wrote: it answers nothing, and its subject is a question."""
    is_answer = _says(message, "In-Reply-To") or _says(message, "References")
    return subject.rstrip().endswith("?") and not is_answer and not _ANSWERED.search(subject)


def _answers_an_invitation(message: Message) -> bool:
    """Whether a calendar tells that somebody accepts an invitation, or declines it."""
    return any(
        part.get_content_type() == "text/calendar"
        and (parameter(part, "Content-Type", "method") or "").lower() == "reply"
        for part in flat(message)
    )


def _is_mass(message: Message) -> bool:
    return any(
        _says(message, name) and not (name == "Feedback-ID" and _FEEDBACK_OF_A_PERSON.match(_says(message, name)))
        for name in _MASS_HEADERS
    )


def _in_doubt(message: Message, origins: list[Mailbox], subject: str) -> bool:
    """Whether a machine may have written it, or many may read an acknowledgement."""
    suppressed = {word.strip() for word in text_of(message, "X-Auto-Response-Suppress").lower().split(",")}
    return (
        bool(suppressed & {"all", "oof", "autoreply"})
        or _says(message, "Precedence") in ("bulk", "list")
        or any(_says(message, name) for name in _LIST_HEADERS)
        or _is_mass(message)
        or any(map(may_be_daemon, origins))
        or _is_away(subject, origins)
    )


def _says(message: Message, name: str) -> str:
    return text_of(message, name).partition(";")[0].strip().lower()

"""An e-mail as it came, read: bytes in, what matters of them out. Nothing here raises for any bytes, and no IO."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses
from typing import Any

from email_validator import EmailNotValidError, validate_email

from bot.channels.email.attachments import Attachment
from bot.channels.email.charsets import decoded, header_text
from bot.channels.email.folding import fold
from bot.channels.email.headers import MOST_NAMES, identity, name_of, names, values
from bot.channels.email.html import html_text
from bot.knowledge.text import clean
from bot.settings import MAIL_ADDRESS
from bot.written import as_written, lines_of, on_one_line, says_nothing

MAX_TEXT = 100_000  # characters kept as words; the whole of a longer text is an attachment
_MOST_PARTS, _DEEPEST = 500, 40
_SUBJECT = 200
# Why an e-mail is not one that a person wrote to be answered, in the order in which one looks (RFC 3834 and custom).
_LIST_HEADERS = ("List-Id", "List-Help", "List-Post", "List-Unsubscribe")
_AUTO_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply",
    "X-Vacation",
    "X-FC-MachineGenerated",
)
_PRECEDENCE = {"bulk", "junk", "list", "auto_reply"}
_DAEMONS = re.compile(r"(mailer-daemon|postmaster|mail-?delivery\S*|mdaemon)\Z", re.IGNORECASE)
_NO_REPLY = re.compile(
    r"(do-?)?no[-_.]?t?[-_.]?reply\S*\Z|(ne-?pas-?|non-?|pas-?de-?)r[ée]pon(dre|se)\S*\Z|bounces?(\+\S*)?\Z",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"(automatic reply|auto-?reply|auto(matic)? response|r[ée]ponse automatique|out of (the )?office|ooo\b"
    r"|absen(t|te|ce) du bureau|message d['’]absence|avis d['’]absence|absence\s*:|en vacances\s*:"
    r"|on vacation\b|i am away\b|away from (the |my )?(office|desk))",
    re.IGNORECASE,
)
_PASSES_ON = re.compile(r"\s*(fwd?|tr|fw|transf[ée]r[ée]?|i)\s*:", re.IGNORECASE)
_RETURNED_NAME = re.compile(
    rb"^[> \t]*(?:Message-ID|In-Reply-To)\s*:\s*(<[!-;=?-~]{1,900}>)", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_STUB = 300  # characters: a plain text that only says that the HTML is to be read is no longer than this
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_ARMOUR = "-----BEGIN PGP MESSAGE-----"


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


@dataclass(frozen=True)
class Email:
    """One e-mail.

    `name`: its Message-ID (`<…@…>`), None if it has none. `id`: what tells it from every other, also from one of the
    same name. `sender`: where an answer goes (Reply-To before From); None if no address can be read. `answers`:
    names of the e-mails that it answers, the nearest first. `text` is what it says itself. `automatic`: a
    word for why no answer is wanted, None if a person wrote it to be answered. `sealed`: it is encrypted.
    """

    id: str
    name: str | None
    sender: str | None
    sender_name: str
    subject: str
    answers: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    quoted: str = ""
    signature: str = ""
    attachments: tuple[Attachment, ...] = ()
    automatic: str | None = None
    bounce: Bounce | None = None
    sealed: bool = False


@dataclass
class _Found:
    """What the parts of an e-mail hold."""

    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    sealed: bool = False
    parts: int = 0

    @property
    def text(self) -> str:
        """The words."""
        return "\n\n".join(filter(str.strip, self.texts))


def read_email(raw: bytes, *, own: str = "", whole: bool = True) -> Email:
    """Read an e-mail.

    Args:
        raw: as it came, in any state.
        own: our own address: what comes from there is never answered.
        whole: whether `raw` is all of it; of one that was cut off, the last attachment is not kept.
    """
    try:
        message = message_from_bytes(raw)
        found = _Found()
        _gather(message, found, 0)
        text = found.text
    except Exception:  # noqa: BLE001 - parts within parts beyond what the parser takes: the words as they stand
        head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        message = message_from_bytes(head + b"\n\n")
        found = _Found()
        text = decoded(body)
    attachments = list(found.attachments)
    if not whole and attachments:
        attachments[-1] = replace(attachments[-1], whole=False)
    if len(text) > MAX_TEXT:
        attachments.insert(0, Attachment("message.txt", text.encode("utf-8", "replace")))
        text = text[:MAX_TEXT]
    subject = on_one_line(_header(message, "Subject"))[:_SUBJECT]
    sender, sender_name = _sender(message)
    answers = names(message, "In-Reply-To")
    references = names(message, "References")
    folded = fold(text, forwarded=bool(_PASSES_ON.match(clean(subject))))
    said, quoted, signature = (
        "" if says_nothing(part) else as_written(part).strip("\n")
        for part in (folded.text, folded.quoted, folded.signature)
    )
    if not said and quoted and not (answers or references):
        said, quoted = quoted, ""
    bounce = _bounce(message, raw, sender)
    return Email(
        id=identity(message, raw),
        name=name_of(message),
        sender=sender,
        sender_name=sender_name,
        subject=subject,
        answers=tuple(dict.fromkeys((*answers, *reversed(references)))),
        references=references,
        text=said,
        quoted=quoted,
        signature=signature,
        attachments=tuple(attachments),
        automatic="bounce" if bounce else _automatic(message, sender, clean(subject), own),
        bounce=bounce,
        sealed=found.sealed or _ARMOUR in text,
    )


def _gather(part: Message, found: _Found, depth: int) -> None:
    """Put what a part and those in it hold where it belongs."""
    found.parts += 1
    if found.parts > _MOST_PARTS or depth > _DEEPEST:
        found.attachments.append(Attachment("message.eml", _bytes(part)))
        return
    kind = part.get_content_type()
    if kind in ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
        found.sealed = True
        return
    children = _children(part)
    if children and kind == "message/rfc822":
        inner = children[0]
        title = on_one_line(_header(inner, "Subject"))[:80] or "message"
        found.attachments.append(Attachment(f"{title}.eml", _bytes(inner)))
    elif children:
        # What signs the first part is nothing to read.
        texts = _gather_all(children[:1] if kind == "multipart/signed" else children, found, depth)
        found.texts += [_chosen(texts)] if kind == "multipart/alternative" else [text for _, text in texts]
    else:
        _take(part, kind, found)


def _gather_all(children: list[Message], found: _Found, depth: int) -> list[tuple[str, str]]:
    """Put away what the parts hold but their words; the kind and the words of each."""
    texts = []
    for child in children:
        of_child = _Found(parts=found.parts)
        _gather(child, of_child, depth + 1)
        texts.append((child.get_content_type(), of_child.text))
        found.attachments += of_child.attachments
        found.sealed = found.sealed or of_child.sealed
        found.parts = of_child.parts
    return texts


def _chosen(texts: list[tuple[str, str]]) -> str:
    """Of several forms of the same the plainer, unless it only points to the other."""
    plain = "\n\n".join(text for kind, text in texts if kind == "text/plain" and text.strip())
    rich = "\n\n".join(text for kind, text in texts if kind != "text/plain" and text.strip())
    is_stub = len(plain) < _STUB and "html" in plain.lower() and len(rich) > len(plain)
    return rich if rich and (is_stub or not plain) else plain


def _take(part: Message, kind: str, found: _Found) -> None:
    """A part without parts: words, or an attachment."""
    content = _content(part)
    name = _file_name(part)
    attached = str(part.get("Content-Disposition") or "").strip().lower().startswith("attachment")
    if kind in ("text/plain", "text/html") and not attached and not name or kind.startswith("multipart/"):
        text = decoded(content, _parameter(part, "charset"))
        if kind == "text/html":
            text = html_text(text)
        elif (_parameter(part, "format") or "").lower() == "flowed":
            text = _unflowed(text, _parameter(part, "delsp"))
        found.texts.append(text)
        return
    if kind in ("message/delivery-status", "message/disposition-notification", "text/rfc822-headers"):
        return  # for `_bounce`; a reader learns nothing from it
    if content or name:
        ending = {"text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf"}.get(kind, "")
        found.attachments.append(Attachment(name or f"attachment-{len(found.attachments) + 1}{ending}", content))


def _content(part: Message) -> bytes:
    payload = _payload(part)
    if isinstance(payload, str) and str(part.get("Content-Transfer-Encoding") or "").strip().lower() == "base64":
        letters = _NOT_BASE64.sub("", payload)
        whole = letters[: len(letters) - (len(letters) % 4 == 1)]  # one letter alone is of a byte that was lost
        return base64.b64decode(whole + "=" * (-len(whole) % 4))
    try:
        content = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - an encoding that is none: as it stands
        content = None
    if isinstance(content, bytes):
        return content
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def _payload(part: Message) -> Any:
    """What a part holds: a text that is still encoded, or a list of parts."""
    return vars(part).get("_payload")  # get_payload() also decodes, and stumbles over charsets that are none


def _children(part: Message) -> list[Message]:
    payload = _payload(part)
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _bytes(part: Message) -> bytes:
    try:
        return part.as_bytes()
    except Exception:  # noqa: BLE001 - what cannot be written as it came is written as it can be
        return str(_payload(part)).encode("utf-8", "replace")


def _unflowed(text: str, delsp: str | None) -> str:
    """Text whose lines were broken for the way only (RFC 3676), with whole lines."""
    found: list[str] = []
    goes_on = False
    for line in lines_of(text):
        depth = len(line) - len(line.lstrip(">"))
        stuffed = line[depth:]
        content = stuffed[1:] if stuffed.startswith(" ") else stuffed
        is_signature = content == "-- "
        before = len(found[-1]) - len(found[-1].lstrip(">")) if found else 0
        if goes_on and found and not is_signature and before == depth:
            found[-1] += content
        else:
            found.append(">" * depth + (" " if depth else "") + content)
        goes_on = content.endswith(" ") and not is_signature
        if goes_on and (delsp or "").lower() == "yes":
            found[-1] = found[-1][:-1]
    return "\n".join(found)


def _header(message: Message, name: str) -> str:
    """The first header of this name as text; "" if there is none."""
    return next((header_text(value) for value in values(message, name)), "")


def _parameter(part: Message, name: str) -> str | None:
    try:
        value = part.get_param(name)
        return None if value is None else collapse_rfc2231_value(value)
    except Exception:  # noqa: BLE001 - a header that the library cannot take says nothing
        return None


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # noqa: BLE001 - as above
        name = ""
    return header_text(name)


def _sender(message: Message) -> tuple[str | None, str]:
    """Where an answer goes, and the name that the sender bears."""
    display = ""
    found = None
    for header in ("Reply-To", "From", "Sender"):
        for value in values(message, header):
            try:
                pairs = getaddresses([header_text(value)])
            except Exception:  # noqa: BLE001 - as above
                pairs = []
            for name, address in pairs:
                if header == "From" and not display:
                    display = on_one_line(name)[:120]
                found = found or _address(address)
    return found, display


def _address(text: str) -> str | None:
    """One address as the desk writes to it; None if it is none."""
    text = text.strip()
    if MAIL_ADDRESS.fullmatch(text) and len(text) <= 254:
        local, _, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"
    if text.isascii() or len(text) > 254:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except (EmailNotValidError, ValueError):
        return None


def _automatic(message: Message, sender: str | None, subject: str, own: str) -> str | None:
    """Why nobody waits for an answer; None if somebody may."""

    def says(name: str) -> str:
        return _header(message, name).partition(";")[0].strip().lower()

    local = (sender or "").partition("@")[0]
    suppressed = {word.strip() for word in _header(message, "X-Auto-Response-Suppress").lower().split(",")}
    report = (_parameter(message, "report-type") or "").lower()
    reasons = {
        "own": bool(own) and (sender or "").lower() == own.lower(),
        "auto_submitted": says("Auto-Submitted") not in ("", "no"),
        "receipt": message.get_content_type() == "multipart/report" or report == "disposition-notification",
        "suppress": bool(suppressed & {"all", "oof", "autoreply"}),
        "precedence": says("Precedence") in _PRECEDENCE,
        "list": any(True for name in _LIST_HEADERS for _ in values(message, name)),
        "auto_header": any(says(name) not in ("", "no") for name in _AUTO_HEADERS),
        "null_return_path": any(value.strip() == "<>" for value in values(message, "Return-Path")),
        "daemon": bool(_DAEMONS.match(local)),
        "no_reply": bool(_NO_REPLY.match(local)),
        "away": bool(_AWAY.match(subject)),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _bounce(message: Message, raw: bytes, sender: str | None) -> Bounce | None:
    """What a bounce says; None if it is none."""
    report = (_parameter(message, "report-type") or "").lower()
    parts = list(_flat(message))
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    from_daemon = bool(_DAEMONS.match((sender or "").partition("@")[0]))
    failed = _header(message, "X-Failed-Recipients")
    null_path = any(value.strip() == "<>" for value in values(message, "Return-Path"))
    if status is None and report != "delivery-status" and not failed and not (from_daemon and null_path):
        return None
    fields: dict[str, str] = {}
    for block in _children(status) if status is not None else ():
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
    if not code and (found := _STATUS.search(fields.get("diagnostic-code") or decoded(raw[:100_000]))):
        code = found[0]
    reason = " ".join(filter(None, (code, fields.get("diagnostic-code", "").partition(";")[2].strip())))[:180]
    # "delayed" is no failure yet; "relayed", "delivered" and "expanded" are none.
    action = fields.get("action", "").partition(" ")[0].lower()
    is_final = action == "failed" if action else not code.startswith("4.")
    return Bounce(of, _address(who.rpartition(";")[2]), reason or "bounce", is_final)


def _returned_names(part: Message) -> list[str]:
    if children := _children(part):
        return [name for inner in children for name in names(inner, "Message-ID")]
    return [name.decode("ascii") for name in _RETURNED_NAME.findall(_content(part))]


def _flat(message: Message) -> Iterator[Message]:
    """A message and the parts in it, as many as one looks at, without recursion."""
    waiting = [message]
    seen = 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_type() != "message/delivery-status":
            waiting += _children(part)

"""The parts of an e-mail: the lines that it says, and the files that come with it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any

from bot.channels.email.attachments import Attachment, is_tnef
from bot.channels.email.charsets import decoded, header_text
from bot.channels.email.headers import text_of, values
from bot.channels.email.html import html_lines
from bot.channels.email.lines import Line, plain_lines
from bot.channels.email.tnef import unpacked
from bot.core.written import lines_of, on_one_line

MOST_PARTS, _DEEPEST = 500, 40
_STUB = 300  # characters: a plain text that only says that the HTML is to be read is no longer than this
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} (?P<name>\S[^\n]{0,200})\n(?P<rows>(?:[!-`]{1,90}\n)+)(?:[ `]?\n)?end[ \t]*$", re.M
)
_ENDINGS = {
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/html": ".html",
    "text/plain": ".txt",
}


@dataclass
class Found:
    """What the parts of an e-mail hold. `flat`: its words as one text, for what is longer than a page shows."""

    lines: list[Line] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    sealed: bool = False
    parts: int = 0

    @property
    def flat(self) -> str:
        """The words."""
        return "\n".join(line.text for line in self.lines)


def gather(message: Message) -> Found:
    """What all parts hold; files without a name get one each that tells them apart.

    Raises:
        Exception: parts within parts beyond what the parser takes.
    """
    found = Found()
    _gather(message, found, 0)
    found.attachments = _named(found.attachments)
    return found


def children(part: Message) -> list[Message]:
    """The parts in a part."""
    payload = _payload(part)
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def flat(message: Message) -> Iterator[Message]:
    """A message and the parts in it, as many as one looks at, without recursion."""
    waiting = [message]
    seen = 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_type() != "message/delivery-status":
            waiting += children(part)


def content(part: Message) -> bytes:
    """What a part without parts holds, its encoding for the way taken off."""
    payload = _payload(part)
    if isinstance(payload, str) and text_of(part, "Content-Transfer-Encoding").strip().lower() == "base64":
        letters = _NOT_BASE64.sub("", payload)
        whole = letters[: len(letters) - (len(letters) % 4 == 1)]  # one letter alone is of a byte that was lost
        return base64.b64decode(whole + "=" * (-len(whole) % 4))
    try:
        found = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - an encoding that is none: as it stands
        found = None
    if isinstance(found, bytes):
        return found
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def parameter(part: Message, header: str, name: str) -> str | None:
    """A parameter of a header, also one that holds raw bytes; None if there is none."""
    try:
        plain = Message()
        plain[header] = text_of(part, header)
        value = plain.get_param(name, header=header)
        return None if value is None else collapse_rfc2231_value(value)
    except Exception:  # noqa: BLE001 - a header that the library cannot take says nothing
        return None


def _gather(part: Message, found: Found, depth: int, *, first: bool = True) -> None:
    """Put what a part and those in it hold where it belongs; `first`: nothing stands before it."""
    found.parts += 1
    if found.parts > MOST_PARTS or depth > _DEEPEST:
        found.attachments.append(Attachment("message.eml", _bytes(part)))
        return
    kind = part.get_content_type()
    is_signed = "signed-data" in text_of(part, "Content-Type").lower()  # S/MIME that hides nothing: a file
    if kind in ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime") and not is_signed:
        found.sealed = True
        return
    inner = children(part)
    if inner and kind == "message/rfc822":
        title = on_one_line(header_text(next(iter(values(inner[0], "Subject")), "")))[:80] or "message"
        found.attachments.append(Attachment(f"{title}.eml", _bytes(inner[0])))
    elif inner:
        # What signs the first part is nothing to read.
        texts = _gather_all(inner[:1] if kind == "multipart/signed" else inner, found, depth, first=first)
        _add(found, _chosen(texts) if kind == "multipart/alternative" else (lines for _, lines in texts))
    else:
        _take(part, kind, found, first=first)


def _gather_all(inner: list[Message], found: Found, depth: int, *, first: bool) -> list[tuple[str, list[Line]]]:
    """Put away what the parts hold but their words; the kind and the words of each."""
    texts = []
    for number, child in enumerate(inner):
        of_child = Found(parts=found.parts)
        _gather(child, of_child, depth + 1, first=first and not number)
        texts.append((child.get_content_type(), of_child.lines))
        found.attachments += of_child.attachments
        found.sealed = found.sealed or of_child.sealed
        found.parts = of_child.parts
    return texts


def _add(found: Found, texts: Iterable[list[Line]]) -> None:
    """Put texts below each other, an empty line between."""
    for lines in texts:
        if any(not line.blank for line in lines):
            found.lines += [Line(""), *lines] if found.lines else lines


def _chosen(texts: list[tuple[str, list[Line]]]) -> list[list[Line]]:
    """Of several forms of the same the plainer, unless it only points to the other."""
    plain = [lines for kind, lines in texts if kind == "text/plain" and any(not line.blank for line in lines)]
    rich = [lines for kind, lines in texts if kind != "text/plain" and any(not line.blank for line in lines)]
    short = "\n".join(line.text for lines in plain for line in lines)
    long = "\n".join(line.text for lines in rich for line in lines)
    is_stub = len(short) < _STUB and "html" in short.lower() and " ".join(short.split()) not in " ".join(long.split())
    return rich if rich and (is_stub or not plain) else plain


def _take(part: Message, kind: str, found: Found, *, first: bool) -> None:
    """A part without parts: words, or a file."""
    held = content(part)
    disposition = text_of(part, "Content-Disposition").strip().lower()
    name = _file_name(part)
    # Some programs name the one part that they write; what is said to be a file is one.
    is_words = not disposition.startswith("attachment") and (not name or first)
    if (kind in ("text/plain", "text/html") and is_words) or kind.startswith("multipart/"):
        text = decoded(held, parameter(part, "Content-Type", "charset"))
        if kind == "text/html":
            _add(found, [html_lines(text)])
            return
        if (parameter(part, "Content-Type", "format") or "").lower() == "flowed":
            text = _unflowed(text, parameter(part, "Content-Type", "delsp"))
        text, files = _without_uuencoded(text)
        found.attachments += files
        _add(found, [plain_lines(text)])
        return
    if kind in ("message/delivery-status", "message/disposition-notification", "text/rfc822-headers"):
        return  # for `bounces`; a reader learns nothing from it
    if is_tnef(held):
        opened = unpacked(held)
        if opened is not None:
            found.attachments += opened.attachments
            if not found.lines and opened.text:
                _add(found, [plain_lines(opened.text)])
            return
    if held or name:
        found.attachments.append(Attachment(name or _ENDINGS.get(kind, ""), held))


def _named(attachments: list[Attachment]) -> list[Attachment]:
    """The same, each with a name; an ending alone is one that waits for it."""
    named: list[Attachment] = []
    number = 0
    for attachment in attachments:
        if not attachment.name or attachment.name in _ENDINGS.values():
            number += 1
            attachment = replace(attachment, name=f"attachment-{number}{attachment.name}")
        named.append(attachment)
    return named


def _without_uuencoded(text: str) -> tuple[str, list[Attachment]]:
    """A text without the files that were written into it as letters, and these."""
    files: list[Attachment] = []

    def out(match: re.Match[str]) -> str:
        rows = []
        for row in match["rows"].splitlines():
            try:
                rows.append(binascii.a2b_uu(row))
            except binascii.Error:  # as some encoders write: the length says how much of it counts
                try:
                    rows.append(binascii.a2b_uu(row[: (((ord(row[0]) - 32) & 63) * 4 + 5) // 3]))
                except binascii.Error:
                    return match[0]
        files.append(Attachment(match["name"].strip(), b"".join(rows)))
        return ""

    return (_UUENCODED.sub(out, text.replace("\r\n", "\n")), files) if "\nend" in text else (text, [])


def _payload(part: Message) -> Any:
    """What a part holds: a text that is still encoded, or a list of parts."""
    return vars(part).get("_payload")  # get_payload() also decodes, and stumbles over charsets that are none


def _bytes(part: Message) -> bytes:
    try:
        return part.as_bytes()
    except Exception:  # noqa: BLE001 - what cannot be written as it came is written as it can be
        return str(_payload(part)).encode("utf-8", "replace")


def _file_name(part: Message) -> str:
    name = parameter(part, "Content-Disposition", "filename") or parameter(part, "Content-Type", "name") or ""
    return header_text(name).strip()


def _unflowed(text: str, delsp: str | None) -> str:
    """Text whose lines were broken for the way only (RFC 3676), with whole lines."""
    found: list[str] = []
    goes_on = False
    for line in lines_of(text):
        depth = len(line) - len(line.lstrip(">"))
        stuffed = line[depth:]
        said = stuffed[1:] if stuffed.startswith(" ") else stuffed
        is_signature = said == "-- "
        before = len(found[-1]) - len(found[-1].lstrip(">")) if found else 0
        if goes_on and found and not is_signature and before == depth:
            found[-1] += said
        else:
            found.append(">" * depth + (" " if depth else "") + said)
        goes_on = said.endswith(" ") and not is_signature
        if goes_on and (delsp or "").lower() == "yes":
            found[-1] = found[-1][:-1]
    return "\n".join(found)

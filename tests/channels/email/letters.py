"""E-mails as the world sends them, ugly and plain, built in code; whole files in the form in which they travel."""

from __future__ import annotations

import base64
from collections.abc import Iterable

ANA = "Ana Tremblay <ana@example.org>"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def letter(
    body: bytes | str = "Quels stages offrez-vous?",
    *,
    sender: str | None = ANA,
    subject: str | None = "Question",
    name: str | None = "<1@example.org>",
    kind: str | None = "text/plain; charset=utf-8",
    encoding: str | None = "8bit",
    more: Iterable[str] = (),
) -> bytes:
    """One e-mail; None leaves a header out."""
    given = {
        "From": sender,
        "To": "guichet@desk.example",
        "Subject": subject,
        "Message-ID": name,
        "Date": "Tue, 22 Dec 2026 16:39:00 -0500",
        "MIME-Version": "1.0",
        "Content-Type": kind,
        "Content-Transfer-Encoding": encoding,
    }
    lines = [f"{key}: {value}" for key, value in given.items() if value is not None]
    head = "\r\n".join([*lines, *more]).encode("utf-8", "surrogateescape")
    content = body.encode() if isinstance(body, str) else body
    return head + b"\r\n\r\n" + content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def part(content: bytes | str, kind: str = "text/plain; charset=utf-8", *more: str) -> bytes:
    """One part of a multipart e-mail."""
    content = content.encode() if isinstance(content, str) else content
    return "\r\n".join([f"Content-Type: {kind}", *more]).encode() + b"\r\n\r\n" + content


def multipart(*parts: bytes, kind: str = "mixed", **changes: object) -> bytes:
    """An e-mail of several parts."""
    body = joined(parts, "edge")
    return letter(body, kind=f'multipart/{kind}; boundary="edge"', encoding=None, **changes)


def nest(*parts: bytes, kind: str, edge: str) -> bytes:
    """A part that holds parts."""
    return f'Content-Type: multipart/{kind}; boundary="{edge}"\r\n\r\n'.encode() + joined(parts, edge)


def joined(parts: Iterable[bytes], edge: str) -> bytes:
    """The parts with their boundaries."""
    begin, end = f"\r\n--{edge}\r\n".encode(), f"\r\n--{edge}--\r\n".encode()
    return b"".join(begin + piece for piece in parts) + end


def attached(content: bytes, filename: str, kind: str = "application/octet-stream") -> bytes:
    """A file as a part."""
    coded = base64.encodebytes(content)
    return part(coded, kind, "Content-Transfer-Encoding: base64", f"Content-Disposition: attachment; {filename}")


def returned(name: str, status: str = "5.1.1", action: str = "failed", *, style: str = "postfix") -> bytes:
    """A bounce of the e-mail `name`, in the style of a server that is widely used."""
    original = f"From: guichet@desk.example\r\nMessage-ID: {name}\r\nSubject: Re: Question\r\n".encode()
    if style == "plain":  # as older servers write, without a report
        body = f"Hi. This is the deliver program.\n<ana@example.org>: no such user ({status})\n\n--- Below\n".encode()
        return letter(
            body + original,
            sender="MAILER-DAEMON@mx.example",
            subject="failure notice",
            name="<b2@mx.example>",
            more=["Return-Path: <>"],
        )
    status_part = part(
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        "Original-Recipient: rfc822;ana@example.org\r\nFinal-Recipient: rfc822; ana@example.org\r\n"
        f"Action: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} <ana@example.org>: User unknown\r\n",
        "message/delivery-status",
    )
    kinds = {"postfix": "message/rfc822", "exchange": "message/rfc822", "gmail": "text/rfc822-headers"}
    words = {
        "postfix": "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you…",
        "exchange": "Delivery has failed to these recipients or groups:\n\nana@example.org",
        "gmail": "** Address not found **\n\nYour message wasn't delivered to ana@example.org",
    }
    senders = {
        "postfix": "MAILER-DAEMON@mx.example",
        "exchange": "postmaster@mx.example",
        "gmail": "mailer-daemon@googlemail.com",
    }
    found = part(original + b"\r\n" if style != "gmail" else original, kinds[style])
    return multipart(
        part(words[style]),
        status_part,
        found,
        kind="report; report-type=delivery-status",
        sender=f"Mail Delivery System <{senders[style]}>",
        subject="Undelivered Mail Returned to Sender",
        name="<b1@mx.example>",
        more=["Return-Path: <>", "Auto-Submitted: auto-replied"],
    )

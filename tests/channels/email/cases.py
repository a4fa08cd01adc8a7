"""What the corpus says of one e-mail, and the bytes of e-mails as programs send them."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ANA = "Ana Tremblay <ana@example.org>"
DESK = "guichet@desk.example"
OURS = "<guichet-1.0@desk.example>"  # the name of an e-mail of ours, in whose thread much of this comes
FR, EN = "fr", "en"
ANSWERS = (f"In-Reply-To: {OURS}", f"References: {OURS}")
EDGE = "----=_NextPart_000_0012"


@dataclass(frozen=True)
class Case:
    """One e-mail, and what must happen.

    `text`: the lines that are shown, without empty ones. `sender`: where an answer would go. `final`: of a bounce,
    whether the e-mail is given up; None of what is no bounce. `acknowledge`: whether its sender is told that it came,
    `opens`: whether it opens a request; each is what a careful person would decide.
    """

    name: str
    raw: bytes
    text: tuple[str, ...]
    sender: str | None
    automatic: bool
    final: bool | None = None
    acknowledge: bool = True
    opens: bool = True


def written(
    body: str | bytes,
    *,
    sender: str,
    subject: str,
    head: Iterable[str] = (),
    kind: str = "text/plain; charset=utf-8",
    name: str = "",
    to: str = DESK,
) -> bytes:
    """One e-mail: a text, as quoted-printable where it is not ASCII; `bytes` are a body of several parts."""
    lines = [*head, f"From: {_encoded_sender(sender)}", f"To: {to}", f"Subject: {encoded(subject)}"]
    lines += [f"Message-ID: {name}"] if name else []
    lines += ["Date: Tue, 22 Dec 2026 17:02:00 -0500", "MIME-Version: 1.0"]
    if isinstance(body, bytes):
        return "\r\n".join([*lines, f"Content-Type: {kind}", "", ""]).encode() + body
    return "\r\n".join(lines).encode() + b"\r\n" + part(body, kind)


def part(words: str, kind: str = "text/plain; charset=utf-8", *more: str) -> bytes:
    """One part: its headers and its words."""
    head = [f"Content-Type: {kind}", *more]
    if words.isascii():
        body, way = words.encode(), "7bit"
    else:
        body, way = quopri.encodestring(words.encode()), "quoted-printable"
    head += (
        []
        if any(line.startswith("Content-Transfer-Encoding") for line in more)
        else [f"Content-Transfer-Encoding: {way}"]
    )
    return "\r\n".join([*head, "", ""]).encode() + body.replace(b"\n", b"\r\n")


def parts(*pieces: bytes, edge: str = EDGE) -> bytes:
    """The body of an e-mail of several parts."""
    begun = b"".join(f"\r\n--{edge}\r\n".encode() + piece for piece in pieces)
    return b"This is a multi-part message in MIME format.\r\n" + begun + f"\r\n--{edge}--\r\n".encode()


def several(kind: str, edge: str = EDGE) -> str:
    """The type of an e-mail of several parts."""
    return f'multipart/{kind}; boundary="{edge}"'


def file(content: bytes, kind: str, name: str) -> bytes:
    """A file as a part."""
    head = [
        f'Content-Type: {kind}; name="{name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
    ]
    return "\r\n".join([*head, "", ""]).encode() + base64.encodebytes(content).replace(b"\n", b"\r\n")


def encoded(words: str) -> str:
    """Words as headers hold them (RFC 2047)."""
    if words.isascii():
        return words
    return " ".join(f"=?UTF-8?B?{base64.b64encode(piece.encode()).decode()}?=" for piece in _pieces(words, 24))


def shown(body: str) -> tuple[str, ...]:
    """The lines of a text that show something, each with single spaces."""
    return tuple(" ".join(line.split()) for line in body.splitlines() if line.strip())


def _pieces(words: str, long: int) -> Sequence[str]:
    return [words[begin : begin + long] for begin in range(0, len(words), long)]


def _encoded_sender(sender: str) -> str:
    name, bracket, address = sender.partition("<")
    return f"{encoded(name.strip())} <{address}" if bracket and not name.isascii() else sender


def machine(
    name: str, body: str, raw: bytes, sender: str | None = "ana@example.org", final: bool | None = None
) -> Case:
    """A machine's e-mail: never acknowledged, and no request."""
    return Case(name, raw, shown(body), sender, automatic=True, final=final, acknowledge=False, opens=False)


def address_of(sender: str) -> str | None:
    found = sender.rpartition("<")[2].rstrip(">") if "<" in sender else sender.partition(" ")[0]
    return found or None

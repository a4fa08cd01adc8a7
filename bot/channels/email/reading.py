"""An e-mail as it came, read: bytes in, what matters of them out. Nothing here raises for any bytes, and no IO."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message

from bot.channels.email.addresses import NO_REPLY, Mailbox, mailboxes
from bot.channels.email.attachments import Attachment
from bot.channels.email.bounces import Bounce, bounce_of
from bot.channels.email.charsets import decoded
from bot.channels.email.folding import fold_quoted
from bot.channels.email.headers import identity, name_of, names, text_of
from bot.channels.email.lines import plain_lines
from bot.channels.email.machines import handling
from bot.channels.email.parts import Found, gather
from bot.channels.email.thread import Known
from bot.core.written import as_written, on_one_line, says_nothing
from bot.matcher.text import clean

MAX_TEXT = 100_000  # characters kept as words; the whole of a longer text is an attachment
_SUBJECT = 200
_PASSES_ON = re.compile(r"\s*(?:fwd?|tr|fw|transf(?:[ée]r[ée]?)?|i|wg)\s*:", re.IGNORECASE)
_ANSWERS = re.compile(r"\s*(?:re|ré|rép|réf|aw|sv)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_ARMOUR = "-----BEGIN PGP MESSAGE-----"


@dataclass(frozen=True)
class Email:
    """One e-mail.

    `name`: its Message-ID (`<…@…>`), None if it has none. `id`: what tells it from every other, also from one of the
    same name. `sender`: where an answer goes (Reply-To before From); None if no address can be read. `answers`:
    names of the e-mails that it answers, the nearest first. `text` is what its sender wrote, `quoted` and
    `signature` what is folded away for the eye. Who decides on the e-mail reads that too: of what is quoted, `foreign`
    is what is not known to have been written in the thread before; `signs_only`: the signature tells who writes, and
    nothing else. `automatic`: a machine wrote it, and `why`
    is a word for what shows it. `acknowledge`: whether its sender is told that it came; `opens`: whether it opens a
    request where it belongs to none. `sealed`: it is encrypted.
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
    foreign: str = ""
    signs_only: bool = True
    attachments: tuple[Attachment, ...] = ()
    automatic: bool = False
    why: str | None = None
    acknowledge: bool = True
    opens: bool = True
    bounce: Bounce | None = None
    sealed: bool = False


def read_email(raw: bytes, *, own: str | Collection[str] = (), whole: bool = True, thread: Iterable[str] = ()) -> Email:
    """Read an e-mail.

    Args:
        raw: as it came, in any state.
        own: our own addresses: what comes from there is never answered, and an answer never goes there.
        whole: whether `raw` is all of it; of one that was cut off, the last attachment is not kept.
        thread: what was written in its thread before, by us and by others.
    """
    addresses = frozenset(one.lower() for one in ([own] if isinstance(own, str) else own) if one)
    try:
        message = message_from_bytes(raw)
        found = gather(message)
    except Exception:  # noqa: BLE001 - parts within parts beyond what the parser takes: the words as they stand
        head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        message = message_from_bytes(head + b"\n\n")
        found = Found(lines=plain_lines(decoded(body)))
    attachments = list(found.attachments)
    if not whole and attachments:
        attachments[-1] = replace(attachments[-1], whole=False)
    lines = found.lines
    flat = found.flat
    if len(flat) > MAX_TEXT:
        attachments.insert(0, Attachment("message.txt", flat.encode("utf-8", "replace")))
        lines = plain_lines(flat[:MAX_TEXT])
    subject = on_one_line(text_of(message, "Subject"))[:_SUBJECT]
    plain_subject = clean(subject)  # for what is told by it
    origins = mailboxes(message, "From")
    sender = _sender(message, origins, addresses)
    sender_name = next((mailbox.name for mailbox in origins if mailbox.name), "")
    answers = names(message, "In-Reply-To")
    references = names(message, "References")
    is_answer = bool(answers or references or _ANSWERS.match(plain_subject))
    folded = fold_quoted(
        lines,
        answers=is_answer,
        forwarded=bool(_PASSES_ON.match(plain_subject)),
        names=[*re.split(r"[\s,.]+", sender_name), *re.split(r"[._+-]", sender.local)],
        known=Known(thread),
    )
    said, quoted, signature, foreign = (
        "" if says_nothing(part) else as_written(part).strip("\n")
        for part in (folded.text, folded.quoted, folded.signature, folded.foreign)
    )
    if not said and quoted and not is_answer:
        said, quoted, foreign = quoted, "", ""
    bounce = bounce_of(message, raw, flat, origins, plain_subject, addresses)
    handled = handling(
        message,
        sender,
        origins,
        plain_subject,
        says_something=not says_nothing(flat),
        is_bounce=bounce is not None,
        own=addresses,
    )
    return Email(
        id=identity(message, raw),
        name=name_of(message),
        sender=sender.address,
        sender_name=sender_name,
        subject=subject,
        answers=tuple(dict.fromkeys((*answers, *reversed(references)))),
        references=references,
        text=said,
        quoted=quoted,
        signature=signature,
        foreign=foreign,
        signs_only=folded.signs_only,
        attachments=tuple(attachments),
        automatic=handled.automatic is not None,
        why=handled.automatic,
        acknowledge=handled.acknowledge,
        opens=handled.opens,
        bounce=bounce,
        sealed=found.sealed or _ARMOUR in flat,
    )


def _sender(message: Message, origins: list[Mailbox], own: Collection[str]) -> Mailbox:
    """Where an answer goes: the Reply-To that somebody reads and that is not ours, else From, else Sender."""
    wanted = [
        mailbox
        for mailbox in mailboxes(message, "Reply-To")
        if mailbox.address and mailbox.address.lower() not in own and not NO_REPLY.match(mailbox.local)
    ]
    found = [*wanted, *origins, *mailboxes(message, "Sender")]
    return next((mailbox for mailbox in found if mailbox.address), Mailbox(None))

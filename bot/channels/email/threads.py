"""E-mails and their threads: what our own are called, which conversation an answer belongs to, where a reply goes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.channels.email import CHANNEL
from bot.channels.email.tables import emails, mailboxes
from bot.core.db import Database
from bot.messages.contract import MessageDetail
from bot.messages.conversation import CITIZEN, Conversation, Message
from bot.messages.tables import CONVERSATION, as_message, conversations, messages
from bot.tickets.tables import tickets
from bot.tickets.ticket import OPEN, Ticket

_OURS = re.compile(r"<guichet-([0-9]{1,9})\.([0-9a-f]{16})@[^<>\s]+>")
_REPLY = re.compile(r"\s*(re|ré|rép)\s*:", re.IGNORECASE)
_MOST_NAMES = 100
_LOOK_BACK = 50  # messages in which the e-mail is looked for that an answer goes below


def our_name(message_id: int, conversation_id: str, domain: str) -> str:
    """The name (Message-ID) of the e-mail that carries a message.

    It holds a sign that only who received the e-mail knows: an answer that names it is let into its conversation.
    """
    return f"<guichet-{message_id}.{_sign(message_id, conversation_id)}@{domain}>"


def place_below(email: Mapping[str, Any], to: str | None = None) -> dict[str, Any]:
    """Where an answer to an e-mail stands: `to`, `subject`, `in_reply_to` and `references`, as `EmailSender` has it.

    Args:
        email: a citizen's, as it is kept in its message's detail.
        to: the address, unless it is the sender's.
    """
    subject = email.get("subject") or ""
    name = email.get("name")
    return {
        "to": to or email.get("sender"),
        "subject": subject if not subject or _REPLY.match(subject) else f"Re: {subject}",
        "in_reply_to": name,
        "references": [*(email.get("references") or ()), *([name] if name else ())],
    }


@dataclass(frozen=True)
class Thread:
    """Where an e-mail belongs that answers another.

    `address`: of the conversation of e-mails that it goes on with; None if it begins one of its own.
    `answers`: the message of ours that it answers, and the conversation of that.
    """

    address: str | None = None
    answers: int | None = None
    conversation: str | None = None


@dataclass(frozen=True)
class Aside:
    """An e-mail that nobody is taken to have written, or that could not be read; `why`: a word for it."""

    message: Message
    sender: str | None
    why: str


@dataclass(frozen=True)
class Progress:
    """How far a mailbox of IMAP has been read: its UIDVALIDITY, the last UID that was taken in, and when."""

    validity: int
    last_uid: int
    looked_at: datetime


class EmailThreads:
    """Finds e-mails by their names and senders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def thread_of(self, names: Iterable[str], sender: str | None) -> Thread:
        """Where an e-mail belongs, by the names that it answers, the nearest first.

        An e-mail of ours is known by its sign. One of a citizen's leads into its conversation only who wrote
        there before: its name stands in what others may have seen. Where ours came out of another conversation than
        one of e-mails, the names before it tell where its thread goes on.
        """
        nearest = Thread()
        with self._database.reading() as connection:
            for name in list(names)[:_MOST_NAMES]:
                if found := _ours(connection, name):
                    if nearest == Thread():
                        nearest = Thread(None, found.id, found.conversation_id)
                    if found.channel == CHANNEL:
                        return replace(nearest, address=found.address)
                    continue
                query = (
                    sa.select(conversations.c.address)
                    .join(emails, emails.c.conversation_id == conversations.c.id)
                    .where(emails.c.name == digest(name), conversations.c.channel == CHANNEL)
                    .order_by(emails.c.message_id.desc())
                )
                theirs = sa.select(emails.c.conversation_id).where(emails.c.sender == (sender or ""))
                row = connection.execute(query.where(emails.c.conversation_id.in_(theirs))).first()
                if row is not None:
                    return replace(nearest, address=row.address)
        return nearest

    def belong(self, message_id: int, reference: str) -> None:
        """Note to which request, left in another conversation, an e-mail is added."""
        with self._database.writing() as connection:
            connection.execute(sa.update(emails).where(emails.c.message_id == message_id).values(request=reference))

    def requests_of(self, conversation_id: str) -> list[str]:
        """The references of requests left elsewhere to which e-mails of a conversation were added, the latest first."""
        with self._database.reading() as connection:
            return requests_of(connection, conversation_id)

    def added_to(self, reference: str) -> list[Message]:
        """The e-mails of other conversations that were added to a request, oldest first."""
        query = sa.select(messages).join(emails, emails.c.message_id == messages.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(emails.c.request == reference).order_by(messages.c.id))
            return [as_message(row) for row in rows]

    def written(self, thread: Thread) -> list[str]:
        """What was written in a thread before, by us and by those who write to us; nothing of one that begins."""
        of = sa.or_(
            sa.and_(conversations.c.channel == CHANNEL, conversations.c.address == (thread.address or "")),
            conversations.c.id == (thread.conversation or ""),
        )
        query = (
            sa.select(messages.c.text, messages.c.detail)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(of)
            .order_by(messages.c.id.desc())
            .limit(_LOOK_BACK)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        found: list[str] = []
        for text, kept in rows:
            detail = MessageDetail.from_stored(kept)
            email = detail.email or {}
            found += [text, detail.name or "", email.get("signature") or "", email.get("quoted") or ""]
        return list(filter(None, found))

    def ours(self, names: Iterable[str]) -> Message | None:
        """The first message of ours among those that e-mails of these names carry."""
        with self._database.reading() as connection:
            for name in list(names)[:_MOST_NAMES]:
                if found := _ours(connection, name):
                    return as_message(found)
        return None

    def conversations_of(self, sender: str) -> list[Conversation]:
        """The conversations of e-mails in which `sender` wrote, and no other person did, in the order of their ids."""
        wrote = sa.select(emails.c.conversation_id).where(emails.c.sender == sender)
        of_others = sa.select(emails.c.conversation_id).where(
            emails.c.sender != sender, emails.c.aside.is_(None), emails.c.conversation_id.in_(wrote)
        )
        query = sa.select(*CONVERSATION).where(
            conversations.c.channel == CHANNEL, conversations.c.id.in_(wrote), conversations.c.id.not_in(of_others)
        )
        with self._database.reading() as connection:
            return [Conversation(*row) for row in connection.execute(query.order_by(conversations.c.id))]

    def count_from(self, sender: str, since: datetime) -> int:
        """How many e-mails came from an address since a moment."""
        query = sa.select(sa.func.count()).where(emails.c.sender == sender, emails.c.at > since)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def last_email(self, conversation_id: str) -> Mapping[str, Any] | None:
        """The last e-mail in a conversation that a person wrote, as its message's detail holds it."""
        with self._database.reading() as connection:
            return last_email(connection, conversation_id)

    def aside(self, limit: int = 200) -> Sequence[Aside]:
        """The e-mails that nobody answers, newest first."""
        query = (
            sa.select(emails.c.sender, emails.c.aside, *messages.c)
            .join(messages, messages.c.id == emails.c.message_id)
            .where(emails.c.aside.is_not(None))
            .order_by(emails.c.message_id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [Aside(as_message(row), row.sender, row.aside) for row in connection.execute(query)]

    def progress(self, mailbox: str) -> Progress | None:
        """How far a mailbox has been read; None if it never was."""
        query = sa.select(mailboxes).where(mailboxes.c.name == mailbox)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return Progress(row.validity, row.last_uid, row.looked_at) if row is not None else None

    def note_progress(self, mailbox: str, progress: Progress) -> None:
        """Keep how far a mailbox has been read."""
        values = {"validity": progress.validity, "last_uid": progress.last_uid, "looked_at": progress.looked_at}
        with self._database.writing() as connection:
            known = sa.update(mailboxes).where(mailboxes.c.name == mailbox).values(values)
            if not connection.execute(known).rowcount:
                connection.execute(sa.insert(mailboxes).values(name=mailbox, **values))

    def find(self, message_id: int) -> Message | None:
        """The message that is an e-mail of a citizen's; None if there is none of this number."""
        query = sa.select(messages).join(emails, emails.c.message_id == messages.c.id)
        with self._database.reading() as connection:
            row = connection.execute(query.where(messages.c.id == message_id)).first()
        return as_message(row) if row is not None else None

    def take_from_aside(self, message_id: int) -> None:
        """A person did write an e-mail that was set aside."""
        with self._database.writing() as connection:
            connection.execute(sa.update(emails).where(emails.c.message_id == message_id).values(aside=None))


def keep_email(
    connection: sa.Connection, message_id: int, *, name: str | None, sender: str | None, aside: str | None, at: datetime
) -> None:
    """Note what an e-mail is called and who sent it, in the transaction in which its message is kept."""
    of = sa.select(messages.c.conversation_id).where(messages.c.id == message_id).scalar_subquery()
    values = {"message_id": message_id, "conversation_id": of, "sender": sender, "aside": aside, "at": at}
    connection.execute(sa.insert(emails).values(**values, name=digest(name) if name else None))


def last_email(connection: sa.Connection, conversation_id: str, sender: str | None = None) -> Mapping[str, Any] | None:
    """As `EmailThreads.last_email`, of one sender if told, in the caller's transaction."""
    query = (
        sa.select(messages.c.detail)
        .where(messages.c.conversation_id == conversation_id, messages.c.author == CITIZEN)
        .order_by(messages.c.seq.desc())
        .limit(_LOOK_BACK)
    )
    for detail in connection.execute(query).scalars():
        email = MessageDetail.from_stored(detail).email
        if email and (email.get("sender") == sender if sender else not email.get("automatic")):
            return dict(email)
    return None


def requests_of(connection: sa.Connection, conversation_id: str) -> list[str]:
    """The references of requests left elsewhere to which e-mails of a conversation were added, the latest first."""
    query = sa.select(emails.c.request).where(
        emails.c.conversation_id == conversation_id, emails.c.request.is_not(None)
    )
    found = connection.execute(query.order_by(emails.c.message_id.desc())).scalars()
    return list(dict.fromkeys(map(str, found)))


def adds_to_open(conversation: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether e-mails of a conversation were added to a request of another conversation, which is still open."""
    return sa.exists().where(
        emails.c.conversation_id == conversation, emails.c.request == tickets.c.reference, tickets.c.state == OPEN
    )


def last_added(connection: sa.Connection, reference: str, sender: str) -> Mapping[str, Any] | None:
    """The last e-mail of another conversation that a sender added to a request, as its message's detail holds it."""
    query = (
        sa.select(messages.c.detail)
        .join(emails, emails.c.message_id == messages.c.id)
        .where(emails.c.request == reference, emails.c.sender == sender)
        .order_by(messages.c.id.desc())
    )
    detail = connection.execute(query.limit(1)).scalar()
    return MessageDetail.from_stored(detail).email if detail else None


def place_of_answer(connection: sa.Connection, ticket: Ticket) -> Mapping[str, Any] | None:
    """Where the answer to a ticket stands: below the last e-mail of its citizen, None if none came."""
    if not ticket.email:
        return None
    added = last_added(connection, ticket.reference, ticket.email)
    below = added or last_email(connection, ticket.conversation, ticket.email)
    return place_below(below, ticket.email) if below else None


def digest(name: str) -> str:
    """A name of any length as one of 64 characters."""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


def _ours(connection: sa.Connection, name: str) -> Any:
    """The message that our e-mail of this name carries, with its conversation's channel and address."""
    match = _OURS.fullmatch(name)
    if match is None:
        return None
    query = (
        sa.select(*messages.c, conversations.c.channel, conversations.c.address)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id == int(match[1]))
    )
    row = connection.execute(query).first()
    return row if row is not None and match[2] == _sign(row.id, row.conversation_id) else None


def _sign(message_id: int, conversation_id: str) -> str:
    return hashlib.sha256(f"{conversation_id}/{message_id}".encode()).hexdigest()[:16]

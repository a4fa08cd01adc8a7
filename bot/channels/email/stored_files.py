"""Files that came with a message: kept in the database, so that every desk has them, and erased with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.channels.email.tables import attachments, emails
from bot.core.db import Database
from bot.messages.tables import messages
from bot.tickets.tables import tickets
from bot.tickets.ticket import OPEN


@dataclass(frozen=True)
class File:
    """A file: its name, its type by its content (a MIME type), and what it holds."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Refusal:
    """A file that was not kept, and why: "size", "total", "type", "empty" or "many".

    `what`: a word for what it is, None where nothing is known of it; `size`: in bytes, of what came of it.
    """

    name: str
    why: str
    what: str | None
    size: int


@dataclass(frozen=True)
class Kept:
    """What is known of a file that was kept: its number, its message's, name, type, size in bytes and SHA-256."""

    id: int
    message: int
    name: str
    kind: str
    size: int
    sha256: str


class Files:
    """Reads the files of messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_conversation(self, conversation_id: str) -> dict[int, list[Kept]]:
        """The files of a conversation by the number of their message, in the order in which they were attached."""
        columns = [attachments.c[name] for name in ("id", "message_id", "name", "kind", "size", "sha256")]
        query = sa.select(*columns).where(attachments.c.conversation_id == conversation_id).order_by(attachments.c.id)
        found: dict[int, list[Kept]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query):
                found.setdefault(row.message_id, []).append(Kept(*row))
        return found

    def get(self, number: int) -> tuple[File, str] | None:
        """One file, and the conversation that it came in; None if there is none of this number."""
        query = sa.select(attachments).where(attachments.c.id == number)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return (File(row.name, row.kind, bytes(row.content)), row.conversation_id) if row else None

    def erase_old(self, before: datetime) -> int:
        """Erase what was attached to messages that came before a moment; how many files.

        What belongs to a ticket that is still to be answered, or was closed since, stays.
        """
        needed = sa.or_(tickets.c.state == OPEN, tickets.c.closed_at > before)
        of_needed = sa.select(tickets.c.conversation).where(needed, tickets.c.conversation != "")
        added = sa.select(emails.c.message_id).join(tickets, tickets.c.reference == emails.c.request).where(needed)
        kept = sa.select(messages.c.id).where(
            sa.or_(messages.c.at > before, messages.c.conversation_id.in_(of_needed), messages.c.id.in_(added))
        )
        with self._database.writing() as connection:
            return connection.execute(sa.delete(attachments).where(attachments.c.message_id.not_in(kept))).rowcount


def keep(connection: sa.Connection, message_id: int, files: Iterable[File]) -> None:
    """Keep the files of a message, in the caller's transaction."""
    of = sa.select(messages.c.conversation_id).where(messages.c.id == message_id).scalar_subquery()
    for file in files:
        connection.execute(
            sa.insert(attachments).values(
                conversation_id=of,
                message_id=message_id,
                name=file.name,
                kind=file.kind,
                size=len(file.content),
                sha256=hashlib.sha256(file.content).hexdigest(),
                content=file.content,
            )
        )

"""Files that came with a message: kept in the database, so that every desk has them, and erased with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages.tables import attachments, messages


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

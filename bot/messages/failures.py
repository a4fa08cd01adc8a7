"""The messages that could only be answered by the fallback text: parked with what failed, until staff see to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages.conversation import Message
from bot.messages.tables import as_message, inbox, messages

_FAILED = inbox.c.fault.is_not(None)


@dataclass(frozen=True)
class Failure:
    """A message that was not answered. `fault` says what failed, and nothing that anybody wrote."""

    id: int
    channel: str
    fault: str
    message: Message


class Failures:
    """What failed, for staff to see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, limit: int = 100) -> Sequence[Failure]:
        """Those that nobody has seen to, newest first. One whose message was erased is not told."""
        query = (
            sa.select(inbox.c.id.label("inbox_id"), inbox.c.channel, inbox.c.fault, *messages.c)
            .join(messages, messages.c.id == inbox.c.message_id)
            .where(_FAILED)
            .order_by(inbox.c.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [Failure(row.inbox_id, row.channel, row.fault, as_message(row)) for row in connection.execute(query)]

    def count(self) -> int:
        """How many there are."""
        query = sa.select(sa.func.count()).where(_FAILED, inbox.c.message_id.is_not(None))
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def settle(self, *, up_to: int, only: bool = False) -> int:
        """Somebody has seen to those up to this number, or only to that one; how many they were."""
        these = inbox.c.id == up_to if only else inbox.c.id <= up_to
        with self._database.writing() as connection:
            return connection.execute(sa.update(inbox).where(_FAILED, these).values(fault=None)).rowcount

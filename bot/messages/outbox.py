"""What goes out by a channel that pushes: one row a message, delivered in order within its conversation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages.conversation import Conversation, Message
from bot.messages.tables import as_message, conversations, messages, outbox

WAITING, SENT, PARKED = "waiting", "sent", "parked"

_NEW_ROW = sa.insert(outbox)
_WAITS = outbox.c.state == sa.literal_column("'waiting'")
_line = outbox.alias()
# A subquery for each row that is due, by the index of its line: as a join it depends on the
# planner's statistics, which know nothing of a table that has just filled.
_FIRST_IN_LINE = (
    sa.select(sa.func.min(_line.c.id))
    .where(
        _line.c.conversation_id == outbox.c.conversation_id,
        _line.c.channel == outbox.c.channel,  # a mail server that is down keeps no message of another channel
        _line.c.state == sa.literal_column("'waiting'"),
    )
    .scalar_subquery()
)
_DUE = (
    sa.select(outbox.c.id)
    .where(
        outbox.c.channel == sa.bindparam("of"),
        _WAITS,
        outbox.c.next_at <= sa.bindparam("now"),
        outbox.c.id == _FIRST_IN_LINE,
    )
    .order_by(outbox.c.next_at, outbox.c.id)
    .limit(sa.bindparam("at_most"))
)
_FIELDS = (
    *(outbox.c[name].label(f"out_{name}") for name in ("id", "address", "parts_sent", "attempts", "uncertain")),
    outbox.c.created_at,
    outbox.c.channel,
    outbox.c.reason,
    conversations.c.language,
    *messages.c,
)
_ROWS = (
    sa.select(*_FIELDS)
    .join(messages, messages.c.id == outbox.c.message_id)
    .join(conversations, conversations.c.id == outbox.c.conversation_id)
)
_DUE_ROWS = _ROWS.where(outbox.c.id.in_(_DUE)).order_by(outbox.c.next_at, outbox.c.id)
_SETTLE = (
    sa.update(outbox)
    # By the message's number too: SQLite gives the number of a row that was erased to another.
    .where(outbox.c.id == sa.bindparam("row"), outbox.c.message_id == sa.bindparam("message"), _WAITS)
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in ("state", "parts_sent", "attempts", "uncertain", "reason", "next_at", "settled_at")
        }
    )
)


@dataclass(frozen=True)
class Outgoing:
    """A message to deliver to `address`, and how far that has come. `language` is the conversation's."""

    id: int
    channel: str
    address: str
    message: Message
    language: str
    created_at: datetime
    parts_sent: int = 0
    attempts: int = 0
    uncertain: int = 0
    state: str = WAITING
    reason: str | None = None
    next_at: datetime | None = None


@dataclass(frozen=True)
class Undelivered:
    """A message that could not be delivered by a channel, and the channel's reason."""

    id: int
    channel: str
    reason: str | None


@dataclass(frozen=True)
class Carriers:
    """The channels that carry messages out, as they say of themselves; the others' citizens come for theirs.

    `pushing`: those that carry all that is said in their conversations. `by_address`: the one that carries to an
    address that a citizen left, whatever the channel of the conversation.
    """

    pushing: frozenset[str]
    by_address: str

    def push(self, conversation: Conversation) -> bool:
        """Whether the conversation's channel carries all that is said in it."""
        return conversation.channel in self.pushing

    def put(
        self,
        connection: sa.Connection,
        conversation: Conversation,
        message_id: int,
        now: datetime,
        address: str | None = None,
    ) -> None:
        """Put a message in the outbox: for the conversation's channel, or for an address that was left."""
        values = {
            "conversation_id": conversation.id,
            "message_id": message_id,
            "channel": self.by_address if address else conversation.channel,
            "address": address or conversation.address,
            "state": WAITING,
            "parts_sent": 0,
            "attempts": 0,
            "uncertain": 0,
            "created_at": now,
            "next_at": now,
        }
        connection.execute(_NEW_ROW, values)


# What another room says of the rows of a column of ids: whether it needs them.
Condition = Callable[[sa.ColumnElement[Any]], sa.ColumnElement[bool]]


def needed_by_nobody(_ids: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition of no row."""
    return sa.false()


class Outbox:
    """Reads and settles the rows that go out."""

    def __init__(self, database: Database, needed: Condition = needed_by_nobody) -> None:
        """`needed`: whether a message's row, by the message's number, is waited for: it is not erased."""
        self._database = database
        self._needed = needed

    def due(self, channel: str, now: datetime, limit: int) -> list[Outgoing]:
        """What may be sent now: of each conversation the first that waits, if its time has come."""
        with self._database.reading() as connection:
            rows = connection.execute(_DUE_ROWS, {"of": channel, "now": now, "at_most": limit}).all()
        return [_outgoing(row, WAITING) for row in rows]

    def waits(self, row: Outgoing) -> bool:
        """Whether a message is still to be delivered: it may have been erased meanwhile."""
        query = sa.select(outbox.c.id).where(
            outbox.c.message_id == row.message.id, outbox.c.channel == row.channel, _WAITS
        )
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def settle(self, rows: Collection[Outgoing], now: datetime) -> None:
        """Write down how far the deliveries have come, all in one transaction."""
        if not rows:
            return
        values = [
            {
                "row": row.id,
                "message": row.message.id,
                "new_state": row.state,
                "new_parts_sent": row.parts_sent,
                "new_attempts": row.attempts,
                "new_uncertain": row.uncertain,
                "new_reason": row.reason,
                "new_next_at": row.next_at or now,
                "new_settled_at": None if row.state == WAITING else now,
            }
            for row in rows
        ]
        with self._database.writing() as connection:
            connection.execute(_SETTLE, values)

    def parked(self, limit: int = 100) -> Sequence[Outgoing]:
        """What could not be delivered, newest first: for staff to see."""
        query = _ROWS.where(outbox.c.state == PARKED).order_by(outbox.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [_outgoing(row, PARKED) for row in connection.execute(query).all()]

    def undelivered(self, conversation_id: str) -> dict[int, list[Undelivered]]:
        """What could not be delivered of a conversation, by the number of its message."""
        columns = (outbox.c.message_id, outbox.c.id, outbox.c.channel, outbox.c.reason)
        query = sa.select(*columns).where(outbox.c.conversation_id == conversation_id, outbox.c.state == PARKED)
        found: dict[int, list[Undelivered]] = {}
        with self._database.reading() as connection:
            for number, *fields in connection.execute(query.order_by(outbox.c.id)):
                found.setdefault(number, []).append(Undelivered(*fields))
        return found

    def retry(self, row_id: int, now: datetime) -> bool:
        """Give a parked message another chance; False if it is not parked."""
        again = (
            sa.update(outbox)
            .where(outbox.c.id == row_id, outbox.c.state == PARKED)
            .values(state=WAITING, attempts=0, uncertain=0, reason=None, next_at=now, settled_at=None)
        )
        with self._database.writing() as connection:
            return connection.execute(again).rowcount == 1

    def erase_sent(self, before: datetime) -> int:
        """Forget what was delivered before a moment, and where to; how many. The messages themselves stay."""
        return self._erase(SENT, before)

    def erase_parked(self, before: datetime) -> int:
        """Give up what could not be delivered before a moment; how many."""
        return self._erase(PARKED, before)

    def _erase(self, state: str, before: datetime) -> int:
        needed = self._needed(outbox.c.message_id)
        these = sa.and_(outbox.c.state == state, outbox.c.settled_at <= before, sa.not_(needed))
        with self._database.writing() as connection:
            return connection.execute(sa.delete(outbox).where(these)).rowcount

    def counts(self) -> dict[str, int]:
        """How many rows are in each state."""
        query = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
        with self._database.reading() as connection:
            return {str(state): int(count) for state, count in connection.execute(query).all()}


def _outgoing(row: Any, state: str) -> Outgoing:
    return Outgoing(
        id=row.out_id,
        channel=row.channel,
        address=row.out_address,
        message=as_message(row),
        language=row.language,
        created_at=row.created_at,
        parts_sent=row.out_parts_sent,
        attempts=row.out_attempts,
        uncertain=row.out_uncertain,
        state=state,
        reason=row.reason,
    )

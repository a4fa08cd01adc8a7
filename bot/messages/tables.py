"""The room's tables. `inbox.py`, `outbox.py` and `store.py` read and write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bot.core.db import UTCDateTime, metadata
from bot.messages.conversation import Message

FAULT_LENGTH = 200  # characters

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("address", sa.String(255), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("held_by", sa.String(16), nullable=False),
    sa.Column("officer", sa.String(80)),
    sa.Column("opened_at", UTCDateTime, nullable=False),
    # Since when a person is waited for: set if and only if `held_by` is "queue".
    sa.Column("waiting_since", UTCDateTime),
    sa.Column("last_seq", sa.Integer, nullable=False),
    # Whose turn it is: set as long as a message waits for its replies (see inbox.py).
    sa.Column("claim", sa.String(32)),
    sa.Column("claimed_until", UTCDateTime, index=True),
    sa.UniqueConstraint("channel", "address"),
)
_STAFFED = conversations.c.held_by.in_([sa.literal_column("'queue'"), sa.literal_column("'officer'")])
sa.Index("ix_conversations_line", conversations.c.waiting_since, sqlite_where=_STAFFED, postgresql_where=_STAFFED)
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("author", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("reply_to", sa.Integer),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.UniqueConstraint("conversation_id", "seq"),
    # Buttons and tickets name messages by their id: one that was erased must not come back as another's.
    sqlite_autoincrement=True,
)
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("external_id", sa.String(255), nullable=False),
    # Both null once the conversation was erased: the row stays, so that the message is never taken twice.
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id")),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Column("received_at", UTCDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("done_at", UTCDateTime),
    # Of what comes in pieces: its turn is not taken before, so that the others find it unanswered.
    sa.Column("not_before", UTCDateTime),
    # What failed, of a message that could only be answered by the fallback text; until staff have seen to it.
    sa.Column("fault", sa.String(FAULT_LENGTH)),
    sa.UniqueConstraint("channel", "external_id"),
    sa.Index("ix_inbox_message_id", "message_id"),
)
_FAILED = inbox.c.fault.is_not(None)
sa.Index("ix_inbox_fault", inbox.c.id, sqlite_where=_FAILED, postgresql_where=_FAILED)
_UNDONE = inbox.c.done_at.is_(None)
sa.Index("ix_inbox_line", inbox.c.conversation_id, inbox.c.id, sqlite_where=_UNDONE, postgresql_where=_UNDONE)
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("address", sa.String(255), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("parts_sent", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # The times that a part was sent without an answer: beyond one, another try could be a second duplicate.
    sa.Column("uncertain", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(200)),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("next_at", UTCDateTime, nullable=False),
    sa.Column("settled_at", UTCDateTime),
    # The same words may go by the citizen's channel and by e-mail.
    sa.UniqueConstraint("message_id", "channel"),
)
_WAITING = outbox.c.state == sa.text("'waiting'")
sa.Index(
    "ix_outbox_due", outbox.c.channel, outbox.c.next_at, outbox.c.id, sqlite_where=_WAITING, postgresql_where=_WAITING
)
sa.Index("ix_outbox_line", outbox.c.conversation_id, outbox.c.id, sqlite_where=_WAITING, postgresql_where=_WAITING)
sa.Index("ix_outbox_state", outbox.c.state)
feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("reason", sa.String(32)),
    sa.Column("comment", sa.Text),
    sa.Column("at", UTCDateTime, nullable=False),
)
# Who is there: the citizen's page is open, somebody types. Apart from the conversations, whose rows turns lock.
attendance = sa.Table(
    "attendance",
    metadata,
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("citizen_seen_at", UTCDateTime),
    sa.Column("citizen_typing_at", UTCDateTime),
    sa.Column("officer_typing_at", UTCDateTime),
)
# What officers write to each other about a conversation. Not messages: no channel ever reads this table.
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("officer", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)
# How long a person was waited for. It names no conversation, so erasing one leaves the figures as they are.
waits = sa.Table(
    "waits",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False, index=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
)
# The figures of conversations that were erased, by month (see statistics.py).
tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("language", sa.String(2), primary_key=True),
    sa.Column("measure", sa.String(32), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
# Unanswered questions, by their messages, of which an officer said that no article will answer them.
set_aside = sa.Table(
    "set_aside",
    metadata,
    sa.Column("message_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("officer", sa.String(80), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)
# What participants say of missions. The conversation and the words go when it is erased; the rating stays.
evaluations = sa.Table(
    "evaluations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation", sa.String(32), index=True),
    # The message that confirmed it: asked again, because a process died, it is the same evaluation.
    sa.Column("message", sa.Integer, unique=True),
    sa.Column("mission", sa.Text),
    sa.Column("rating", sa.Integer, nullable=False),
    sa.Column("comment", sa.Text),
    sa.Column("at", UTCDateTime, nullable=False, index=True),
    sa.Column("language", sa.String(2), nullable=False),
)

# What `Conversation(*row)` takes.
CONVERSATION = [conversations.c[name] for name in ("id", "channel", "address", "language", "held_by", "officer")]


def insert_row(connection: sa.Connection, statement: sa.Insert, values: Mapping[str, Any]) -> int:
    """Insert one row; its number."""
    key = connection.execute(statement, dict(values)).inserted_primary_key
    if key is None:
        raise RuntimeError("the row has no number")
    return int(key[0])


def as_message(row: Any) -> Message:
    """A row of `messages`, or one that holds its columns, as a message."""
    return Message(row.id, row.conversation_id, row.seq, row.author, row.text, row.kind, row.detail, row.at)

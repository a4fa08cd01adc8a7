"""Where conversations and their messages are kept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.db import Database, UTCDateTime, metadata

BOT, QUEUE = "bot", "queue"
CITIZEN, ASSISTANT = "citizen", "bot"
_LOOK_BACK = 40  # messages in which an offer still means the question before it

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("external_id", sa.String(255), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("held_by", sa.String(16), nullable=False),
    sa.Column("opened_at", UTCDateTime, nullable=False),
    sa.UniqueConstraint("channel", "external_id"),
)
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("author", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("payload", sa.Boolean, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)
# Built once: a statement built anew at every message costs more than its execution.
_NEW_CONVERSATION = sa.insert(conversations)
_NEW_MESSAGE = sa.insert(messages)
_NEW_STATE = (
    sa.update(conversations)
    .where(conversations.c.id == sa.bindparam("wanted"))
    .values(language=sa.bindparam("language"), held_by=sa.bindparam("held_by"))
)
_FIND = sa.select(*(conversations.c[name] for name in ("id", "channel", "external_id", "language", "held_by"))).where(
    conversations.c.channel == sa.bindparam("channel"), conversations.c.external_id == sa.bindparam("external_id")
)


@dataclass(frozen=True)
class Conversation:
    """The one thread with a citizen. `external_id` is what the channel calls the citizen."""

    id: str
    channel: str
    external_id: str
    language: str
    held_by: str


@dataclass(frozen=True)
class Reply:
    """One message of the assistant: text, buttons ({"title", "payload"}) and what programs read of it."""

    text: str
    buttons: tuple[dict[str, str], ...]
    custom: dict[str, Any]


@dataclass(frozen=True)
class Message:
    """One utterance in a conversation; `payload` marks the press of a button."""

    author: str
    text: str
    payload: bool
    detail: dict[str, Any]
    at: datetime


class ConversationStore:
    """Reads and writes conversations and messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receive(
        self, channel: str, external_id: str, text: str, *, payload: bool, language: str, now: datetime
    ) -> Conversation:
        """Keep what a citizen sent, in one transaction with its conversation (opened if it is new).

        `language` is the one to start a new conversation in.
        """
        for attempt in (1, 2):
            try:
                with self._database.writing() as connection:
                    conversation = self._find(connection, channel, external_id)
                    if conversation is None:
                        conversation = Conversation(uuid.uuid4().hex, channel, external_id, language, BOT)
                        connection.execute(_NEW_CONVERSATION, {**asdict(conversation), "opened_at": now})
                    connection.execute(
                        _NEW_MESSAGE,
                        {
                            "conversation_id": conversation.id,
                            "author": CITIZEN,
                            "text": text,
                            "payload": payload,
                            "detail": {},
                            "at": now,
                        },
                    )
                return conversation
            except sa.exc.IntegrityError:
                # Another process opened this conversation between our look and our insert.
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def reply(self, conversation: Conversation, replies: Sequence[Reply], now: datetime) -> None:
        """Keep the assistant's replies and what they change, in one transaction."""
        if not replies:
            return
        last = replies[-1].custom
        with self._database.writing() as connection:
            connection.execute(
                _NEW_MESSAGE,
                [
                    {
                        "conversation_id": conversation.id,
                        "author": ASSISTANT,
                        "text": reply.text,
                        "payload": False,
                        "detail": {"buttons": list(reply.buttons), "custom": reply.custom},
                        "at": now,
                    }
                    for reply in replies
                ],
            )
            state = (last.get("language", conversation.language), last.get("held_by", conversation.held_by))
            if state != (conversation.language, conversation.held_by):
                connection.execute(_NEW_STATE, {"wanted": conversation.id, "language": state[0], "held_by": state[1]})

    def last_question(self, conversation_id: str) -> str | None:
        """The citizen's last words (not presses) that were left unanswered, or the last words of all."""
        query = (
            sa.select(messages.c.author, messages.c.payload, messages.c.text, messages.c.detail)
            .where(messages.c.conversation_id == conversation_id)
            .order_by(messages.c.id.desc())
            .limit(_LOOK_BACK)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        latest, unanswered = None, False
        for row in rows:
            if row.author == ASSISTANT:
                unanswered = unanswered or row.detail.get("custom", {}).get("outcome") == "unanswered"
            elif not row.payload:
                latest = latest or row.text
                if unanswered:
                    return str(row.text)
        return latest

    def transcript(self, conversation_id: str) -> list[Message]:
        """Every message of a conversation, oldest first."""
        query = sa.select(messages).where(messages.c.conversation_id == conversation_id).order_by(messages.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [Message(row.author, row.text, row.payload, row.detail, row.at) for row in rows]

    @staticmethod
    def _find(connection: sa.Connection, channel: str, external_id: str) -> Conversation | None:
        row = connection.execute(_FIND, {"channel": channel, "external_id": external_id}).first()
        return Conversation(*row) if row else None

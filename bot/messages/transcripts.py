"""What was said in conversations, as it is read again: by pages, by officers, and by what a press stood under."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages.contract import ReplyFacts
from bot.messages.conversation import (
    ASSISTANT,
    CITIZEN,
    OFFICER,
    SYSTEM,
    WORDS,
    Message,
)
from bot.messages.queue import NO_QUESTION
from bot.messages.tables import (
    as_message,
    feedback,
    inbox,
    messages,
)

_LOOK_BACK = 40  # messages in which an offer still means the question before it
_SINCE = (
    sa.select(messages, feedback.c.helpful)
    .join(feedback, feedback.c.message_id == messages.c.id, isouter=True)
    .where(messages.c.conversation_id == sa.bindparam("conversation"), messages.c.seq > sa.bindparam("seq"))
    .order_by(messages.c.seq)
)


@dataclass(frozen=True)
class Said:
    """A message, and what the citizen said of it: helpful or not, None if nothing."""

    message: Message
    helpful: bool | None


class Transcripts:
    """Reads the messages of conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, conversation_id: str, seq: int = 0) -> list[Said]:
        """The messages of a conversation after the place `seq`, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_SINCE, {"conversation": conversation_id, "seq": seq}).all()
        return [Said(as_message(row), row.helpful) for row in rows]

    def transcript(self, conversation_id: str) -> list[Message]:
        """Every message of a conversation, oldest first."""
        return [said.message for said in self.since(conversation_id)]

    def at(self, conversation_id: str, *, seq: int | None = None, message_id: int | None = None) -> Message | None:
        """One message of a conversation, by its place or its id."""
        which = messages.c.seq == seq if message_id is None else messages.c.id == message_id
        query = sa.select(messages).where(messages.c.conversation_id == conversation_id, which)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return as_message(row) if row else None

    def said_since_last(self, channel: str, external_id: str) -> list[Message]:
        """What officers, and the desk by itself, said between a citizen's message and the one before it."""
        earlier = messages.alias("earlier")
        mine = (
            sa.select(messages.c.conversation_id, messages.c.seq)
            .join(inbox, inbox.c.message_id == messages.c.id)
            .where(inbox.c.channel == channel, inbox.c.external_id == external_id)
            .subquery()
        )
        before = (
            sa.select(sa.func.coalesce(sa.func.max(earlier.c.seq), 0))
            .where(
                earlier.c.conversation_id == mine.c.conversation_id,
                earlier.c.author == CITIZEN,
                earlier.c.seq < mine.c.seq,
            )
            .scalar_subquery()
        )
        by_itself = sa.and_(messages.c.author == ASSISTANT, messages.c.reply_to.is_(None))
        query = (
            sa.select(messages)
            .join(mine, mine.c.conversation_id == messages.c.conversation_id)
            .where(messages.c.seq > before, messages.c.seq < mine.c.seq)
            .where(sa.or_(messages.c.author.in_([OFFICER, SYSTEM]), by_itself))
            .order_by(messages.c.seq)
        )
        with self._database.reading() as connection:
            return [as_message(row) for row in connection.execute(query)]

    def said_before(self, conversation_id: str, seq: int) -> list[Message]:
        """What was said before a place, the latest first, as far back as an offer still means something."""
        query = (
            sa.select(messages)
            .where(messages.c.conversation_id == conversation_id, messages.c.seq < seq)
            .order_by(messages.c.seq.desc())
            .limit(_LOOK_BACK)
        )
        with self._database.reading() as connection:
            return [as_message(row) for row in connection.execute(query)]

    def citizen_spoke(self, conversation_id: str, *, after: int, before: int) -> bool:
        """Whether the citizen said something between two places."""
        said = sa.exists().where(
            messages.c.conversation_id == conversation_id,
            messages.c.author == CITIZEN,
            messages.c.seq > after,
            messages.c.seq < before,
        )
        with self._database.reading() as connection:
            return bool(connection.execute(sa.select(said)).scalar_one())

    def asked_in(self, message_id: int) -> str | None:
        """The citizen's words to which a message was the reply; None if they were none."""
        asked = messages.alias("asked")
        query = (
            sa.select(asked.c.text)
            .join(messages, messages.c.reply_to == asked.c.id)
            .where(messages.c.id == message_id, asked.c.kind == WORDS)
        )
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def last_question(self, conversation_id: str, before: int | None = None) -> str | None:
        """The citizen's last words (not presses) that were left unanswered, or the last that ask something.

        Where none do, as far as the assistant understood, the last of all. `before`: a place in the conversation.
        """
        query = (
            sa.select(messages.c.author, messages.c.kind, messages.c.text, messages.c.detail)
            .where(messages.c.conversation_id == conversation_id, messages.c.author.in_([CITIZEN, ASSISTANT]))
            .where(messages.c.seq < before if before is not None else sa.true())
            .order_by(messages.c.seq.desc())
            .limit(_LOOK_BACK)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        latest, asked, unanswered, asks = None, None, False, True
        for row in rows:
            if row.author == ASSISTANT:
                facts = ReplyFacts.from_stored(row.detail.get("custom"))
                unanswered = unanswered or facts.outcome == "unanswered"
                asks = facts.intent not in NO_QUESTION
                continue
            if row.kind == WORDS:
                if unanswered:
                    return str(row.text)
                latest = latest or row.text
                asked = asked or (row.text if asks else None)
            asks = True  # what was said before is another matter
        return asked or latest

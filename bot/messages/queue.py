"""What officers see of the conversations: who waits, who is there, who types, and the notes among officers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.db import Database
from bot.messages.conversation import ASSISTANT, CITIZEN, OFFICER, QUEUE, WORDS, Conversation, Message
from bot.messages.tables import CONVERSATION, as_message, attendance, conversations, messages, notes

# What the words of a message may be understood as that does not ask anything.
NO_QUESTION = frozenset({"request_officer", "greet", "affirm", "thanks"})
# What was said to words that ask something, and what they were understood as (None: they could not be).
_ASKED = frozenset({"answered", "clarify", "unanswered", "referral", "emergency"})
_INQUIRIES = frozenset({"inquiry", "emergency", "ticket_status", "reply_date", "find_program", None})
_A_SENTENCE = 4  # words to an officer that are more than "merci beaucoup" or "annuler"
_LOOK_BACK = 30  # messages in which the question and the topic of one who waits are looked for


@dataclass(frozen=True)
class Waiting:
    """A conversation that waits for a person or is held by one.

    `question`: what the citizen wants to know, in their words (None: only buttons were pressed);
    `topic`: the title of the article that was given or offered last. `last_by`: who spoke last.
    """

    conversation: Conversation
    waiting_since: datetime | None
    question: str | None
    topic: str | None
    last_by: str
    last_at: datetime | None
    citizen_seen_at: datetime | None


GONE_AFTER = timedelta(seconds=75)  # a page that was not seen for so long is closed


@dataclass(frozen=True)
class Attendance:
    """When the citizen's page was last open, and when each side was last seen to type."""

    citizen_seen_at: datetime | None = None
    citizen_typing_at: datetime | None = None
    officer_typing_at: datetime | None = None


@dataclass(frozen=True)
class Note:
    """What an officer wrote for colleagues about a conversation; its citizen never reads it."""

    officer: str
    text: str
    at: datetime


class Queue:
    """Reads and writes what only officers, or only the pages' presence, need."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = postgresql.insert if database.engine.dialect.name == "postgresql" else sqlite.insert
        self._upserts = {
            column.name: insert(attendance)
            .values({"conversation_id": sa.bindparam("this"), column.name: sa.bindparam("at", type_=column.type)})
            .on_conflict_do_update(
                index_elements=[attendance.c.conversation_id],
                set_={column.name: sa.bindparam("at", type_=column.type)},
            )
            for column in attendance.c
            if column.name != "conversation_id"
        }

    def all(self, limit: int = 200) -> list[Waiting]:
        """Who waits (longest first), then what officers hold."""
        query = (
            sa.select(*CONVERSATION, conversations.c.waiting_since, attendance.c.citizen_seen_at)
            .join(attendance, attendance.c.conversation_id == conversations.c.id, isouter=True)
            .where(conversations.c.held_by.in_([sa.literal_column("'queue'"), sa.literal_column("'officer'")]))
            .order_by(
                sa.case((conversations.c.held_by == QUEUE, 0), else_=1),
                conversations.c.waiting_since,
                conversations.c.id,
            )
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            ids = [row.id for row in rows]
            recent = (
                sa.select(messages)
                .join(conversations, conversations.c.id == messages.c.conversation_id)
                .where(messages.c.conversation_id.in_(ids), messages.c.seq > conversations.c.last_seq - _LOOK_BACK)
                .order_by(messages.c.conversation_id, messages.c.seq)
            )
            said: dict[str, list[Message]] = {}
            for row in connection.execute(recent) if ids else ():
                said.setdefault(row.conversation_id, []).append(as_message(row))
        return [_waiting(row, said.get(row.id, [])) for row in rows]

    def version(self) -> tuple[object, ...]:
        """Something that changes whenever `all` does."""
        query = (
            sa.select(*(conversations.c[name] for name in ("id", "held_by", "officer", "last_seq")))
            .where(conversations.c.held_by.in_([sa.literal_column("'queue'"), sa.literal_column("'officer'")]))
            .order_by(conversations.c.id)
        )
        with self._database.reading() as connection:
            return tuple(tuple(row) for row in connection.execute(query))

    def attendance(self, conversation_id: str) -> Attendance:
        """Who is there."""
        query = sa.select(attendance).where(attendance.c.conversation_id == conversation_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return Attendance(row.citizen_seen_at, row.citizen_typing_at, row.officer_typing_at) if row else Attendance()

    def citizen_seen(self, conversation_id: str, now: datetime) -> None:
        """The citizen's page is open."""
        self._note("citizen_seen_at", conversation_id, now)

    def citizen_types(self, conversation_id: str, now: datetime) -> None:
        """The citizen types."""
        self._note("citizen_typing_at", conversation_id, now)

    def officer_types(self, conversation_id: str, now: datetime) -> None:
        """The officer types."""
        self._note("officer_typing_at", conversation_id, now)

    def add_note(self, conversation_id: str, officer: str, text: str, now: datetime) -> None:
        """Keep a note for colleagues."""
        values = {"conversation_id": conversation_id, "officer": officer, "text": text, "at": now}
        with self._database.writing() as connection:
            connection.execute(sa.insert(notes).values(values))

    def notes(self, conversation_id: str) -> list[Note]:
        """The notes about a conversation, oldest first."""
        query = sa.select(notes.c.officer, notes.c.text, notes.c.at).where(notes.c.conversation_id == conversation_id)
        with self._database.reading() as connection:
            return [Note(*row) for row in connection.execute(query.order_by(notes.c.id))]

    def _note(self, column: str, conversation_id: str, now: datetime) -> None:
        exists = sa.select(conversations.c.id).where(conversations.c.id == conversation_id)
        with self._database.writing() as connection:
            if connection.execute(exists).first():  # it may just have been erased
                connection.execute(self._upserts[column], {"this": conversation_id, "at": now})


def question_of(said: Sequence[Message]) -> str | None:
    """What a citizen wants to know: their last words that ask something, as the assistant understood them.

    Neither an act ("annuler", "merci") nor an address given for the answer is a question; where nothing was asked,
    the wish for a person is what there is to read, or else the last words. `said`: messages of one conversation,
    oldest first.
    """
    wish = latest = None
    reply: Message | None = None
    for message in reversed(said):
        if message.author == ASSISTANT:
            reply = message
        elif message.author == CITIZEN:
            if message.kind == WORDS:
                if _asks(message.text, reply):
                    return message.text
                latest = latest or message.text
                if reply and reply.facts.intent == "request_officer":
                    wish = wish or message.text
            reply = None  # what was said before is another matter, also before the press of a button
    return wish or latest


def _asks(text: str, reply: Message | None) -> bool:
    """Whether a citizen's words ask something; `reply`: what the assistant said to them, None if it said nothing."""
    if reply is None:  # said to an officer, or not answered yet
        return "?" in text or ("@" not in text and len(text.split()) >= _A_SENTENCE)
    return reply.facts.outcome in _ASKED and reply.facts.intent in _INQUIRIES


def topic_of(said: Sequence[Message]) -> str | None:
    """The title of the article that was given last, if one was."""
    titles = (message.facts.title for message in reversed(said) if message.author == ASSISTANT)
    return next((str(title) for title in titles if title), None)


def _waiting(row: sa.Row[tuple[object, ...]], said: Sequence[Message]) -> Waiting:
    *fields, waiting_since, seen = row
    spoken = [message for message in said if message.author in (CITIZEN, ASSISTANT, OFFICER)]
    last = spoken[-1] if spoken else None
    return Waiting(
        Conversation(*fields),
        waiting_since,
        question_of(said),
        topic_of(said),
        last.author if last else ASSISTANT,
        last.at if last else None,
        seen,
    )

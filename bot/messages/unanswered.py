"""The questions that no article answered: what the knowledge base lacks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages.conversation import ASSISTANT, CITIZEN, WORDS
from bot.messages.tables import conversations, messages, set_aside

_MOST = 1000


@dataclass(frozen=True)
class Unanswered:
    """A question that no article answered: the number of its message, its words and their language."""

    message: int
    conversation: str
    text: str
    language: str
    at: datetime


class UnansweredQuestions:
    """Finds them among the messages, and leaves out those that need no article."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, limit: int = _MOST) -> list[Unanswered]:
        """The questions that no article answered, newest first, at most `limit`; those set aside are left out.

        Where the citizen pressed a button ("none of these"), the question is their words before it. Its language
        is the one that it was replied to in, whatever the page's.
        """
        reply, asked, words, given = (messages.alias(name) for name in ("reply", "asked", "words", "given"))
        outcome = reply.c.detail["custom"]["outcome"].as_string()
        before = (
            sa.select(sa.func.max(words.c.id))
            .where(
                words.c.conversation_id == reply.c.conversation_id,
                words.c.author == CITIZEN,
                words.c.kind == WORDS,
                words.c.seq <= asked.c.seq,
            )
            .scalar_subquery()
        )
        answered_too = sa.exists().where(
            given.c.reply_to == reply.c.reply_to,
            given.c.conversation_id == reply.c.conversation_id,
            given.c.detail["custom"]["outcome"].as_string() == "answered",
        )
        query = (
            sa.select(sa.distinct(before).label("id"))
            .select_from(reply)
            .join(asked, asked.c.id == reply.c.reply_to)
            .where(reply.c.author == ASSISTANT, outcome == "unanswered", sa.not_(answered_too))
            .subquery()
        )
        aside = sa.select(set_aside.c.message_id)
        recognised = (
            sa.select(sa.func.max(given.c.detail["custom"]["language"].as_string()))
            .where(
                given.c.reply_to == messages.c.id,
                given.c.conversation_id == messages.c.conversation_id,
                given.c.author == ASSISTANT,
            )
            .scalar_subquery()
        )
        found = (
            sa.select(messages, recognised.label("recognised"), conversations.c.language)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(messages.c.id.in_(sa.select(query.c.id)), messages.c.id.not_in(aside))
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(found).all()
        return [
            Unanswered(
                row.id,
                row.conversation_id,
                row.text,
                row.recognised or row.detail.get("language") or row.language,
                row.at,
            )
            for row in rows
        ]

    def set_aside(self, numbers: Collection[int], officer: str, now: datetime) -> None:
        """Leave messages out of the unanswered questions from now on."""
        with self._database.writing() as connection:
            known = set(connection.execute(sa.select(set_aside.c.message_id)).scalars())
            rows = [{"message_id": number, "officer": officer, "at": now} for number in set(numbers) - known]
            if rows:
                connection.execute(sa.insert(set_aside), rows)

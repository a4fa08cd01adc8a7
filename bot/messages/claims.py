"""Claims: whose turn a conversation is, and until when (see `inbox.py`)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages.conversation import (
    Conversation,
    Message,
)
from bot.messages.tables import conversations

_AT_ONCE = 500  # claims named in one statement
CLAIM_SECONDS = 6.0  # how long a claim holds without being renewed

UNTIL = sa.bindparam("until", type_=conversations.c.claimed_until.type)
MINE = sa.and_(conversations.c.id == sa.bindparam("wanted"), conversations.c.claim == sa.bindparam("mine"))
_SOME: sa.BindParameter[list[str]] = sa.bindparam("claims", expanding=True)
_RENEW = (
    sa.update(conversations)
    .where(conversations.c.claimed_until >= sa.bindparam("now"), conversations.c.claim.in_(_SOME))
    .values(claimed_until=UNTIL)
)
POSTPONE = sa.update(conversations).where(MINE).values(claimed_until=UNTIL)
_FORSAKEN = (
    sa.select(conversations.c.id)
    .where(conversations.c.claimed_until < sa.bindparam("now"))
    .order_by(conversations.c.claimed_until)
    .limit(sa.bindparam("at_most"))
)
_TAKE_OVER = (
    sa.update(conversations)
    .where(conversations.c.id == sa.bindparam("wanted"), conversations.c.claimed_until < sa.bindparam("now"))
    .values(claim=sa.bindparam("mine"), claimed_until=UNTIL)
)


class ClaimLost(RuntimeError):
    """Another process has taken this conversation's turn: what was about to be kept is void."""


@dataclass(frozen=True)
class Turn:
    """A message whose replies are ours to give. `attempt` counts from 1; 0 has yet to `begin`."""

    inbox_id: int
    conversation: Conversation
    message: Message
    claim: str
    attempt: int


class Claims:
    """Renews, leaves and takes over the claims of conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def renew(self, claims: Collection[str], now: datetime) -> None:
        """Keep claims for longer; one that ran out stays as it is."""
        self._hold(claims, now, later(now))

    def release(self, claims: Collection[str], now: datetime) -> None:
        """Leave claims for any process to take at once."""
        self._hold(claims, now, now)

    def _hold(self, claims: Collection[str], now: datetime, until: datetime) -> None:
        held = list(claims)
        with self._database.writing() as connection:
            for start in range(0, len(held), _AT_ONCE):
                some = held[start : start + _AT_ONCE]
                connection.execute(_RENEW, {"claims": some, "now": now, "until": until})

    def postpone(self, turn: Turn, until: datetime) -> None:
        """Leave a turn that failed, for any process to take after `until`."""
        with self._database.writing() as connection:
            connection.execute(POSTPONE, {"wanted": turn.conversation.id, "mine": turn.claim, "until": until})

    def forsaken(self, now: datetime, limit: int) -> list[str]:
        """Conversations whose claim ran out, the longest ago first."""
        with self._database.reading() as connection:
            return list(connection.execute(_FORSAKEN, {"now": now, "at_most": limit}).scalars())

    def take_over(self, conversation_id: str, now: datetime) -> str | None:
        """Take a claim that ran out: its new name; None if another process was faster."""
        claim = uuid.uuid4().hex
        values = {"wanted": conversation_id, "now": now, "mine": claim, "until": later(now)}
        with self._database.writing() as connection:
            return claim if connection.execute(_TAKE_OVER, values).rowcount == 1 else None


def later(now: datetime) -> datetime:
    """Until when a claim holds that is taken or renewed now."""
    return now + timedelta(seconds=CLAIM_SECONDS)

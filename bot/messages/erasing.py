"""Erases what was said in a conversation, and what hangs on it, whichever room's that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.db import Database, metadata
from bot.messages.append import append, locked
from bot.messages.conversation import (
    BOT,
    SYSTEM,
    Conversation,
    Message,
    Reply,
)
from bot.messages.evaluations import make_nameless
from bot.messages.outbox import Carriers
from bot.messages.statistics import tally
from bot.messages.tables import (
    attendance,
    conversations,
    inbox,
    messages,
    outbox,
)


@dataclass(frozen=True)
class Erased:
    """What was erased: the texts of messages by their numbers, and the channel's names of those that came in."""

    texts: dict[int, str]
    external_ids: frozenset[str]


class ErasingStore:
    """The part of `ConversationStore` that erases."""

    _database: Database
    _carriers: Carriers
    _zone: ZoneInfo

    def erase(
        self,
        conversation_id: str,
        *,
        keep_address: bool,
        farewell: Reply | None,
        now: datetime,
        silent_since: datetime | None = None,
    ) -> Erased | None:
        """Erase everything said in a conversation; None if there is no such conversation, or it is left as it is.

        `keep_address`: the conversation itself stays, empty, so that an open ticket's answer finds
        its way, and its places go on counting, so that pages that look on hear what is said; otherwise
        it goes too. `farewell`: what its citizen is told where it stays, or on a channel that pushes,
        and there `erase_farewell` takes it away once it is delivered. What came in keeps its number, so
        that a message that the channel brings again is not taken for a new one. `silent_since`: leave a
        conversation as it is in which something was said after this moment, or waits for its replies.
        """
        with self._database.writing() as connection:
            return self.erase_within(
                connection,
                conversation_id,
                keep_address=keep_address,
                farewell=farewell,
                now=now,
                silent_since=silent_since,
            )

    def erase_within(
        self,
        connection: sa.Connection,
        conversation_id: str,
        *,
        keep_address: bool,
        farewell: Reply | None,
        now: datetime,
        silent_since: datetime | None = None,
    ) -> Erased | None:
        """`erase` in the caller's transaction."""
        this = conversations.c.id == conversation_id
        row = connection.execute(locked(conversation_id)).first()
        if row is None or (silent_since and _speaks(connection, conversation_id, silent_since)):
            return None
        mine = messages.c.conversation_id == conversation_id
        texts = dict(connection.execute(sa.select(messages.c.id, messages.c.text).where(mine)).tuples().all())
        came = inbox.c.message_id.in_(sa.select(messages.c.id).where(mine))
        external_ids = frozenset(connection.execute(sa.select(inbox.c.external_id).where(came)).scalars())
        done = sa.func.coalesce(inbox.c.done_at, inbox.c.received_at)
        connection.execute(sa.update(inbox).where(came).values(conversation_id=None, message_id=None, done_at=done))
        tally(connection, conversation_id, self._zone)
        make_nameless(connection, conversation_id)
        for table in _hanging_on_conversations():
            connection.execute(sa.delete(table).where(table.c.conversation_id == conversation_id))
        conversation = Conversation(*row)
        mailed = farewell.email if farewell is not None else None
        carried = farewell is not None and (self._carriers.push(conversation) or mailed is not None)
        if not keep_address and not carried:
            connection.execute(sa.delete(conversations).where(this))
            return Erased(texts, external_ids)
        nobody = {"claim": None, "claimed_until": None, "held_by": BOT, "officer": None, "waiting_since": None}
        connection.execute(sa.update(conversations).where(this).values(nobody))
        if farewell is not None:
            detail = {**farewell.detail, "farewell": not keep_address, "erased": True}
            to = mailed["to"] if mailed else None
            append(connection, conversation, SYSTEM, farewell.text, detail, now, self._carriers, to)
        return Erased(texts, external_ids)

    def erase_farewell(self, message: Message) -> None:
        """Erase a conversation of which nothing is left but the delivered news that it was erased."""
        this = message.conversation_id
        with self._database.writing() as connection:
            connection.execute(locked(this))
            newest = sa.select(conversations.c.last_seq).where(conversations.c.id == this)
            if connection.execute(newest).scalar_one_or_none() != message.seq:
                return  # the citizen has begun anew
            for table in (outbox, messages, attendance):
                connection.execute(sa.delete(table).where(table.c.conversation_id == this))
            connection.execute(sa.delete(conversations).where(conversations.c.id == this))


@lru_cache(maxsize=1)
def _hanging_on_conversations() -> list[sa.Table]:
    """The tables whose rows go with their conversation, those that hang on others first, whichever room's they are.

    What came in stays, without its conversation: a message that is brought again is known by it.
    """
    hang = [table for table in metadata.sorted_tables if table is not inbox and "conversation_id" in table.c]
    return [table for table in reversed(hang) if table.c.conversation_id.references(conversations.c.id)]


def _speaks(connection: sa.Connection, conversation_id: str, moment: datetime) -> bool:
    """Whether something was said in a locked conversation after `moment`, or waits for its replies."""
    waits = sa.exists().where(conversations.c.id == conversation_id, conversations.c.claim.is_not(None))
    said = sa.exists().where(messages.c.conversation_id == conversation_id, messages.c.at > moment)
    return bool(connection.execute(sa.select(sa.or_(waits, said))).scalar_one())

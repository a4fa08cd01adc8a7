"""A conversation within a transaction: locked until it ends, and continued by a message."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.messages import payloads
from bot.messages.conversation import CITIZEN, OFFICER, WORDS, Conversation, Message
from bot.messages.outbox import Carriers
from bot.messages.tables import CONVERSATION, attendance, conversations, insert_row, messages

# Who has said something no longer types it.
_SAID = {
    author: sa.update(attendance)
    .where(attendance.c.conversation_id == sa.bindparam("conversation"))
    .values({column: None})
    for author, column in ((CITIZEN, "citizen_typing_at"), (OFFICER, "officer_typing_at"))
}


def end_typing(connection: sa.Connection, conversation_id: str, author: str) -> None:
    """The message that the citizen (CITIZEN) or the officer (OFFICER) typed is there."""
    connection.execute(_SAID[author], {"conversation": conversation_id})


def locked(conversation_id: str, *more: sa.ColumnElement[Any]) -> Any:
    """The conversation, and more of its columns, locked until the transaction ends."""
    return sa.select(*CONVERSATION, *more).where(conversations.c.id == conversation_id).with_for_update()


def lock_all(connection: sa.Connection, conversation_ids: Collection[str]) -> None:
    """Lock several conversations until the transaction ends, in one order: nobody waits for one who waits for them."""
    named = sa.select(conversations.c.id).where(conversations.c.id.in_(sorted(conversation_ids)))
    connection.execute(named.order_by(conversations.c.id).with_for_update()).all()


def append(
    connection: sa.Connection,
    conversation: Conversation,
    author: str,
    text: str,
    detail: Mapping[str, Any],
    now: datetime,
    carriers: Carriers,
    address: str | None = None,
    *,
    push: bool = True,
) -> Message:
    """Add a message at the end of a locked conversation, and to the outbox if it is carried.

    `address`: where it goes, too, by the channel for addresses; `push`: unless False, it goes by the conversation's
    channel, if that one pushes.
    """
    this = conversations.c.id == conversation.id
    seq = connection.execute(
        sa.update(conversations)
        .where(this)
        .values(last_seq=conversations.c.last_seq + 1)
        .returning(conversations.c.last_seq)
    ).scalar_one()
    if detail.get("buttons"):
        key = payloads.key_of(conversation.id, seq)
        detail = {**detail, "buttons": payloads.standing_under(detail["buttons"], key)}
    values = {
        "conversation_id": conversation.id,
        "seq": seq,
        "author": author,
        "text": text,
        "kind": WORDS,
        "detail": dict(detail),
        "at": now,
    }
    message_id = insert_row(connection, sa.insert(messages), values)
    if push and carriers.push(conversation):
        carriers.put(connection, conversation, message_id, now)
    if address:
        carriers.put(connection, conversation, message_id, now, address)
    return Message(message_id, conversation.id, seq, author, text, WORDS, dict(detail), now)

"""Keeps what comes in, in one transaction with its conversation (see `inbox.py`)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages.append import end_typing
from bot.messages.claims import UNTIL, later
from bot.messages.conversation import (
    BOT,
    CITIZEN,
    CLOSED,
    OFFICER,
    WORDS,
    Accepted,
    Conversation,
    Incoming,
    Piece,
)
from bot.messages.pieces import after_a_piece, as_kept, detail_of, whole
from bot.messages.tables import CONVERSATION, conversations, inbox, insert_row, messages

Beside = Callable[[sa.Connection, int], None]


class TooManyWaiting(RuntimeError):
    """This citizen already has as many messages waiting as we hold for one; nothing was kept."""


# Built once: a statement built anew at every message costs more than its execution.
WAITS = inbox.c.done_at.is_(None)
NEW_MESSAGE = sa.insert(messages)
BY_ID = sa.select(*CONVERSATION).where(conversations.c.id == sa.bindparam("wanted"))
_KNOWN = sa.select(inbox.c.id, inbox.c.conversation_id, inbox.c.message_id).where(
    inbox.c.channel == sa.bindparam("channel"), inbox.c.external_id == sa.bindparam("external_id")
)
_FREE = conversations.c.claim.is_(None)
# The next place in a conversation, and the claim if nobody has it. The row stays locked until the
# transaction ends. As one statement with the opening (an upsert) it would be compiled at every message.
_GO_ON = (
    sa.update(conversations)
    .where(conversations.c.channel == sa.bindparam("of"), conversations.c.address == sa.bindparam("to"))
    .values(
        last_seq=conversations.c.last_seq + 1,
        # The rule of holding.after_citizen.
        held_by=sa.case((conversations.c.held_by == CLOSED, BOT), else_=conversations.c.held_by),
        claim=sa.func.coalesce(conversations.c.claim, sa.bindparam("mine")),
        claimed_until=sa.case((_FREE, UNTIL), else_=conversations.c.claimed_until),
    )
    .returning(*CONVERSATION, conversations.c.last_seq, conversations.c.claim)
)
_OPEN = sa.insert(conversations)
# So that its turn does not begin while a message grows.
_LOCK_FOR_PIECE = sa.select(conversations.c.id).where(conversations.c.id == sa.bindparam("wanted")).with_for_update()
_GROWING = (
    sa.select(messages.c.detail, inbox.c.attempts, inbox.c.done_at)
    .join(messages, messages.c.id == inbox.c.message_id)
    .where(inbox.c.id == sa.bindparam("row"))
)
_COUNT_WAITING = (
    sa.select(sa.func.count()).select_from(inbox).where(inbox.c.conversation_id == sa.bindparam("conversation"), WAITS)
)
_NEW_INBOX = sa.insert(inbox)


class Intake:
    """The part of `Inbox` that accepts messages."""

    _database: Database
    _first_language: str
    _patient: frozenset[str]

    def accept(
        self, incoming: Incoming, now: datetime, max_waiting: int | None = None, beside: Beside | None = None
    ) -> Accepted:
        """Keep a message, in one transaction with its conversation (opened if it is new).

        The same message again gives the same row; another piece of one adds to it. `max_waiting`: messages of
        this citizen that may wait for their replies, this one included; None for any number. `beside`: keeps what
        belongs to the message, by its number, in the same transaction.

        Raises:
            TooManyWaiting: nothing was kept.
            SQLAlchemyError: the database does not answer; nothing was kept.
        """
        for attempt in (1, 2):
            try:
                with self._database.writing() as connection:
                    if incoming.piece:
                        return self._keep_piece(connection, incoming, incoming.piece, now, max_waiting, beside)
                    return self._known(connection, incoming) or self._keep(
                        connection, incoming, now, max_waiting, beside
                    )
            except sa.exc.IntegrityError:
                # Between our look and our insert another process kept the same message, or opened the conversation.
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _known(self, connection: sa.Connection, incoming: Incoming) -> Accepted | None:
        row = connection.execute(_KNOWN, {"channel": incoming.channel, "external_id": incoming.external_id}).first()
        if row is None:
            return None
        found = connection.execute(BY_ID, {"wanted": row.conversation_id}).first()
        if found is None:  # erased since
            gone = Conversation("", incoming.channel, incoming.address, self._first_language, CLOSED)
            return Accepted(row.id, gone, 0, 0, duplicate=True)
        seq = connection.execute(sa.select(messages.c.seq).where(messages.c.id == row.message_id)).scalar_one()
        return Accepted(row.id, Conversation(*found), row.message_id, seq, duplicate=True)

    def _keep_piece(
        self,
        connection: sa.Connection,
        incoming: Incoming,
        piece: Piece,
        now: datetime,
        max_waiting: int | None,
        beside: Beside | None,
    ) -> Accepted:
        known = self._known(connection, incoming)
        if known is None:
            return self._keep(connection, incoming, now, max_waiting, beside)
        connection.execute(_LOCK_FOR_PIECE, {"wanted": known.conversation.id})
        row = connection.execute(_GROWING, {"row": known.inbox_id}).first()
        if row is None or any(other["id"] == piece.id for other in row.detail["pieces"]):
            return known
        if row.done_at is not None or row.attempts:  # it has been read
            alone = replace(incoming, external_id=piece.id, piece=None)
            if alone.kind != WORDS:
                return known
            return self._known(connection, alone) or self._keep(connection, alone, now, max_waiting, beside)
        values = whole([*row.detail["pieces"], as_kept(incoming, piece)], piece.most)
        values["detail"] = {**row.detail, **values["detail"]}
        connection.execute(sa.update(messages).where(messages.c.id == known.message_id).values(values))
        wait = sa.update(inbox).where(inbox.c.id == known.inbox_id).values(not_before=after_a_piece(now))
        connection.execute(wait)
        return replace(known, duplicate=False)

    def _keep(
        self,
        connection: sa.Connection,
        incoming: Incoming,
        now: datetime,
        max_waiting: int | None,
        beside: Beside | None,
    ) -> Accepted:
        claim = uuid.uuid4().hex
        conversation, seq, holder = self._go_on(connection, incoming, claim, now)
        # What comes in pieces is nobody's to take until its claim has run out.
        ours = holder == claim and incoming.piece is None
        if max_waiting is not None:
            count = {"conversation": conversation.id}
            waiting = 0 if ours else connection.execute(_COUNT_WAITING, count).scalar_one()
            if waiting >= max_waiting:
                raise TooManyWaiting
        message_id = insert_row(
            connection,
            NEW_MESSAGE,
            {
                "conversation_id": conversation.id,
                "seq": seq,
                "author": CITIZEN,
                "text": incoming.text,
                "kind": incoming.kind,
                "detail": detail_of(incoming),
                "at": now,
            },
        )
        inbox_id = insert_row(
            connection,
            _NEW_INBOX,
            {
                "channel": incoming.channel,
                "external_id": incoming.external_id,
                "conversation_id": conversation.id,
                "message_id": message_id,
                "received_at": now,
                "attempts": 1 if ours and incoming.channel not in self._patient else 0,
                "not_before": after_a_piece(now) if incoming.piece else None,
            },
        )
        if conversation.held_by == OFFICER:
            end_typing(connection, conversation.id, CITIZEN)
        if beside:
            beside(connection, message_id)
        return Accepted(inbox_id, conversation, message_id, seq, claim=claim if ours else None)

    def _go_on(
        self, connection: sa.Connection, incoming: Incoming, claim: str, now: datetime
    ) -> tuple[Conversation, int, str]:
        """The conversation of a message (opened if it is new), the message's place in it, and whose claim it has."""
        until = after_a_piece(now) if incoming.piece else later(now)
        where = {"of": incoming.channel, "to": incoming.address, "mine": claim, "until": until}
        row = connection.execute(_GO_ON, where).first()
        if row is not None:
            return Conversation(*row[:-2]), row.last_seq, row.claim
        language = incoming.language or self._first_language
        opened = Conversation(uuid.uuid4().hex, incoming.channel, incoming.address, language, BOT)
        state = {"opened_at": now, "last_seq": 1, "claim": claim, "claimed_until": until}
        connection.execute(_OPEN, {**asdict(opened), **state})
        return opened, 1, claim

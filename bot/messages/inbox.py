"""What comes in: kept before its channel is told so, then taken in order, one message of a conversation at a time.

A conversation with a message that waits for its replies has a claim: the name of the turn that is
being taken, and until when it holds. Accepting a message takes the claim if nobody has it, so a
message is never left without one; completing the last turn gives it up. A process renews the claims
of the turns that it is taking; one that dies leaves them to run out, and whoever finds one that did
takes the conversation over. A turn that lost its claim (its process was held up) can no longer
complete, so no message gets its replies twice.

A message that comes in pieces (an album) is kept with its first piece and grows with the
others; its turn is not taken before none has come for a while, and then like one that was left. A piece
that comes after that is a message of its own if it holds words.

Moments are the desk's own; several desks need clocks that agree within a second or two.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages import payloads
from bot.messages.claims import MINE, POSTPONE, ClaimLost, Claims, Turn, later
from bot.messages.conversation import (
    ASSISTANT,
    CITIZEN,
    QUEUE,
    WORDS,
    Accepted,
    Conversation,
    Incoming,
    Message,
    Reply,
)
from bot.messages.intake import BY_ID, NEW_MESSAGE, WAITS, Intake
from bot.messages.outbox import Carriers
from bot.messages.ownership import Holder, after_reply
from bot.messages.pieces import detail_of
from bot.messages.tables import FAULT_LENGTH, as_message, conversations, inbox, insert_row, messages

_WAIT_FOR_PIECES = (
    sa.update(inbox)
    .where(WAITS, inbox.c.not_before < sa.bindparam("until", type_=inbox.c.not_before.type), inbox.c.attempts == 0)
    .values(not_before=sa.bindparam("until", type_=inbox.c.not_before.type))
)
_DONE = sa.update(inbox).where(inbox.c.id == sa.bindparam("row"), WAITS)
_DONE = _DONE.values(done_at=sa.bindparam("at"), fault=sa.bindparam("why"))
# Locks the conversation until the transaction ends (SQLite has one writer anyway), so that the
# statements after it see every message that was accepted before.
_LOCK = (
    sa.select(*(conversations.c[name] for name in ("held_by", "officer", "waiting_since", "last_seq")))
    .where(MINE)
    .with_for_update()
)
_MORE = sa.select(sa.exists().where(inbox.c.conversation_id == sa.bindparam("conversation"), WAITS))
_STATE = ("last_seq", "held_by", "officer", "waiting_since", "language", "claim", "claimed_until")
_NEW_STATE = (
    sa.update(conversations)
    .where(conversations.c.id == sa.bindparam("wanted"))
    .values({name: sa.bindparam(name) for name in _STATE})
)
_RELEASE = sa.update(conversations).where(MINE).values(claim=None, claimed_until=None)
_NEXT = (
    sa.select(inbox.c.id.label("inbox_id"), inbox.c.attempts, inbox.c.not_before, *messages.c)
    .join(messages, messages.c.id == inbox.c.message_id)
    .where(inbox.c.conversation_id == sa.bindparam("conversation"), WAITS)
    .order_by(inbox.c.id)
    .limit(1)
)
_TRIED_AGAIN = sa.update(inbox).where(inbox.c.id == sa.bindparam("row")).values(attempts=inbox.c.attempts + 1)


class Inbox(Intake, Claims):
    """Keeps what comes in, and hands out turns."""

    def __init__(
        self, database: Database, first_language: str, carriers: Carriers, patient: Collection[str] = ()
    ) -> None:
        """
        Args:
            database: where all is kept.
            first_language: of a conversation whose first message does not tell.
            carriers: the channels whose replies are carried out, by way of the outbox.
            patient: the channels whose turns may wait long for their place: they count as tried once they `begin`.
        """
        super().__init__(database)
        self._patient = frozenset(patient)
        self._first_language = first_language
        self._carriers = carriers

    def complete(
        self,
        turn: Turn,
        replies: Sequence[Reply],
        now: datetime,
        *,
        language: str,
        wants: str | None,
        fault: str | None = None,
    ) -> tuple[list[Reply], bool]:
        """Keep the replies to a message and all that they change, in one transaction with its completion.

        Replies to a channel that pushes are put in the outbox. If an officer took the conversation
        meanwhile, the assistant says nothing. `wants`: who should hold it from now on, None for no change.
        `fault`: what failed, if it could not be answered, for staff to see (`failures.py`).

        Returns:
            The replies said, and whether another message of the conversation waits (the claim is kept for it).

        Raises:
            ClaimLost: nothing was kept.
        """
        wanted = {"wanted": turn.conversation.id, "mine": turn.claim}
        with self._database.writing() as connection:
            row = connection.execute(_LOCK, wanted).first()
            if row is None:
                raise ClaimLost
            connection.execute(_DONE, {"row": turn.inbox_id, "at": now, "why": fault and fault[:FAULT_LENGTH]})
            before = Holder(row.held_by, row.officer)
            after = after_reply(before, wants)
            said = [] if after is None else _standing(turn.conversation.id, replies, row.last_seq + 1)
            more = connection.execute(_MORE, {"conversation": turn.conversation.id}).scalar_one()
            holder = after or before
            connection.execute(
                _NEW_STATE,
                {
                    "wanted": turn.conversation.id,
                    "last_seq": row.last_seq + len(said),
                    "held_by": holder.held_by,
                    "officer": holder.officer,
                    "waiting_since": (row.waiting_since or now) if holder.held_by == QUEUE else None,
                    "language": language,
                    "claim": turn.claim if more else None,
                    "claimed_until": later(now) if more else None,
                },
            )
            if said:
                self._say(connection, turn, said, row.last_seq + 1, now)
        return said, bool(more)

    def _say(self, connection: sa.Connection, turn: Turn, replies: list[Reply], seq: int, now: datetime) -> None:
        rows = [
            {
                "conversation_id": turn.conversation.id,
                "seq": seq + place,
                "author": ASSISTANT,
                "text": reply.text,
                "kind": WORDS,
                "detail": reply.detail,
                "reply_to": turn.message.id,
                "at": now,
            }
            for place, reply in enumerate(replies)
        ]
        pushed = self._carriers.push(turn.conversation)
        if not pushed and not any(reply.email for reply in replies):
            connection.execute(NEW_MESSAGE, rows)
            return
        for row, reply in zip(rows, replies):
            message_id = insert_row(connection, NEW_MESSAGE, row)
            to = reply.email["to"] if reply.email else None
            if to or pushed:
                self._carriers.put(connection, turn.conversation, message_id, now, to)

    def next_turn(self, conversation_id: str, claim: str, now: datetime) -> Turn | None:
        """The oldest waiting message of a conversation whose claim is ours; gives the claim up if none waits.

        None also while that message may still get pieces: anybody may take the conversation when the time is over.

        Raises:
            ClaimLost: the claim is another's.
        """
        with self._database.writing() as connection:
            if connection.execute(_LOCK, {"wanted": conversation_id, "mine": claim}).first() is None:
                raise ClaimLost
            row = connection.execute(_NEXT, {"conversation": conversation_id}).first()
            if row is None:
                connection.execute(_RELEASE, {"wanted": conversation_id, "mine": claim})
                return None
            if row.not_before is not None and row.not_before > now:
                connection.execute(POSTPONE, {"wanted": conversation_id, "mine": claim, "until": row.not_before})
                return None
            found = Conversation(*connection.execute(BY_ID, {"wanted": conversation_id}).one())
            if found.channel in self._patient:
                return Turn(row.inbox_id, found, as_message(row), claim, row.attempts)
            connection.execute(_TRIED_AGAIN, {"row": row.inbox_id})
        return Turn(row.inbox_id, found, as_message(row), claim, row.attempts + 1)

    def begin(self, turn: Turn) -> Turn:
        """A turn of a patient channel that has its place now: from here on it is tried.

        Raises:
            ClaimLost: the claim is another's.
        """
        with self._database.writing() as connection:
            if connection.execute(_LOCK, {"wanted": turn.conversation.id, "mine": turn.claim}).first() is None:
                raise ClaimLost
            connection.execute(_TRIED_AGAIN, {"row": turn.inbox_id})
        return replace(turn, attempt=turn.attempt + 1)

    def first_turn(self, accepted: Accepted, incoming: Incoming, now: datetime) -> Turn:
        """The turn of a message that was accepted with its claim."""
        if accepted.claim is None:
            raise ValueError("this message's turn is another's to take")
        message = Message(
            accepted.message_id,
            accepted.conversation.id,
            accepted.seq,
            CITIZEN,
            incoming.text,
            incoming.kind,
            detail_of(incoming),
            now,
        )
        attempt = 0 if accepted.conversation.channel in self._patient else 1
        return Turn(accepted.inbox_id, accepted.conversation, message, accepted.claim, attempt)

    def wait_for_pieces(self, until: datetime) -> None:
        """Let messages of which more pieces may come wait for them: the desk may have been away meanwhile."""
        with self._database.writing() as connection:
            connection.execute(_WAIT_FOR_PIECES, {"until": until})

    def erase_done(self, before: datetime) -> int:
        """Forget which messages came in and were answered before a moment; how many.

        One that its channel brings again after that is taken for a new one.
        """
        with self._database.writing() as connection:
            return connection.execute(sa.delete(inbox).where(inbox.c.done_at <= before)).rowcount

    def replies_to(self, accepted: Accepted) -> list[Reply] | None:
        """The replies to a message as kept; None while it waits for them."""
        with self._database.reading() as connection:
            waits = connection.execute(sa.select(WAITS).where(inbox.c.id == accepted.inbox_id)).scalar_one()
            if waits:
                return None
            rows = connection.execute(
                sa.select(messages).where(messages.c.reply_to == accepted.message_id).order_by(messages.c.seq)
            ).all()
        found = [as_message(row) for row in rows]
        return [Reply(message.text, message.buttons, message.custom) for message in found]


def _standing(conversation_id: str, replies: Sequence[Reply], seq: int) -> list[Reply]:
    """The replies from the place `seq` on, their buttons saying under which of them they stand."""
    return [
        replace(reply, buttons=tuple(payloads.standing_under(reply.buttons, payloads.key_of(conversation_id, place))))
        if reply.buttons
        else reply
        for place, reply in enumerate(replies, seq)
    ]

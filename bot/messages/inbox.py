"""What comes in: kept before its channel is told so, then taken in order, one message of a conversation at a time.

A conversation with a message that waits for its replies has a claim: the name of the turn that is
being taken, and until when it holds. Accepting a message takes the claim if nobody has it, so a
message is never left without one; completing the last turn gives it up. A process renews the claims
of the turns that it is taking; one that dies leaves them to run out, and whoever finds one that did
takes the conversation over. A turn that lost its claim (its process was held up) can no longer
complete, so no message gets its replies twice.

A message that comes in pieces (an album of Telegram's) is kept with its first piece and grows with the
others; its turn is not taken before none has come for a while, and then like one that was left. A piece
that comes after that is a message of its own if it holds words.

Moments are the desk's own; several desks need clocks that agree within a second or two.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages import payloads
from bot.messages.append import end_typing
from bot.messages.conversation import (
    ASSISTANT,
    BOT,
    CITIZEN,
    CLOSED,
    MEDIUM,
    OFFICER,
    QUEUE,
    WORDS,
    Accepted,
    Conversation,
    Incoming,
    Message,
    Piece,
    Reply,
)
from bot.messages.outbox import Carriers
from bot.messages.ownership import Holder, after_reply
from bot.messages.tables import CONVERSATION, FAULT_LENGTH, as_message, conversations, inbox, insert_row, messages

_AT_ONCE = 500  # claims named in one statement
CLAIM_SECONDS = 6.0  # how long a claim holds without being renewed
PIECE_SECONDS = 2.0  # how long the next piece of a message is waited for
_TOO_LONG = "too_long"


Beside = Callable[[sa.Connection, int], None]


class TooManyWaiting(RuntimeError):
    """This citizen already has as many messages waiting as we hold for one; nothing was kept."""


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


# Built once: a statement built anew at every message costs more than its execution.
_WAITS = inbox.c.done_at.is_(None)
_KNOWN = sa.select(inbox.c.id, inbox.c.conversation_id, inbox.c.message_id).where(
    inbox.c.channel == sa.bindparam("channel"), inbox.c.external_id == sa.bindparam("external_id")
)
_FREE = conversations.c.claim.is_(None)
_UNTIL = sa.bindparam("until", type_=conversations.c.claimed_until.type)
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
        claimed_until=sa.case((_FREE, _UNTIL), else_=conversations.c.claimed_until),
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
_WAIT_FOR_PIECES = (
    sa.update(inbox)
    .where(_WAITS, inbox.c.not_before < sa.bindparam("until", type_=inbox.c.not_before.type), inbox.c.attempts == 0)
    .values(not_before=sa.bindparam("until", type_=inbox.c.not_before.type))
)
_COUNT_WAITING = (
    sa.select(sa.func.count()).select_from(inbox).where(inbox.c.conversation_id == sa.bindparam("conversation"), _WAITS)
)
_NEW_MESSAGE = sa.insert(messages)
_NEW_INBOX = sa.insert(inbox)
_DONE = sa.update(inbox).where(inbox.c.id == sa.bindparam("row"), _WAITS)
_DONE = _DONE.values(done_at=sa.bindparam("at"), fault=sa.bindparam("why"))
_MINE = sa.and_(conversations.c.id == sa.bindparam("wanted"), conversations.c.claim == sa.bindparam("mine"))
# Locks the conversation until the transaction ends (SQLite has one writer anyway), so that the
# statements after it see every message that was accepted before.
_LOCK = (
    sa.select(*(conversations.c[name] for name in ("held_by", "officer", "waiting_since", "last_seq")))
    .where(_MINE)
    .with_for_update()
)
_MORE = sa.select(sa.exists().where(inbox.c.conversation_id == sa.bindparam("conversation"), _WAITS))
_STATE = ("last_seq", "held_by", "officer", "waiting_since", "language", "claim", "claimed_until")
_NEW_STATE = (
    sa.update(conversations)
    .where(conversations.c.id == sa.bindparam("wanted"))
    .values({name: sa.bindparam(name) for name in _STATE})
)
_SOME: sa.BindParameter[list[str]] = sa.bindparam("claims", expanding=True)
_RENEW = (
    sa.update(conversations)
    .where(conversations.c.claimed_until >= sa.bindparam("now"), conversations.c.claim.in_(_SOME))
    .values(claimed_until=_UNTIL)
)
_POSTPONE = sa.update(conversations).where(_MINE).values(claimed_until=_UNTIL)
_FORSAKEN = (
    sa.select(conversations.c.id)
    .where(conversations.c.claimed_until < sa.bindparam("now"))
    .order_by(conversations.c.claimed_until)
    .limit(sa.bindparam("at_most"))
)
_TAKE_OVER = (
    sa.update(conversations)
    .where(conversations.c.id == sa.bindparam("wanted"), conversations.c.claimed_until < sa.bindparam("now"))
    .values(claim=sa.bindparam("mine"), claimed_until=_UNTIL)
)
_RELEASE = sa.update(conversations).where(_MINE).values(claim=None, claimed_until=None)
_NEXT = (
    sa.select(inbox.c.id.label("inbox_id"), inbox.c.attempts, inbox.c.not_before, *messages.c)
    .join(messages, messages.c.id == inbox.c.message_id)
    .where(inbox.c.conversation_id == sa.bindparam("conversation"), _WAITS)
    .order_by(inbox.c.id)
    .limit(1)
)
_TRIED_AGAIN = sa.update(inbox).where(inbox.c.id == sa.bindparam("row")).values(attempts=inbox.c.attempts + 1)
_CONVERSATION = sa.select(*CONVERSATION).where(conversations.c.id == sa.bindparam("wanted"))


class Inbox:
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
        self._database = database
        self._patient = frozenset(patient)
        self._first_language = first_language
        self._carriers = carriers

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
        found = connection.execute(_CONVERSATION, {"wanted": row.conversation_id}).first()
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
        values = _whole([*row.detail["pieces"], _as_kept(incoming, piece)], piece.most)
        values["detail"] = {**row.detail, **values["detail"]}
        connection.execute(sa.update(messages).where(messages.c.id == known.message_id).values(values))
        wait = sa.update(inbox).where(inbox.c.id == known.inbox_id).values(not_before=_after_a_piece(now))
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
            _NEW_MESSAGE,
            {
                "conversation_id": conversation.id,
                "seq": seq,
                "author": CITIZEN,
                "text": incoming.text,
                "kind": incoming.kind,
                "detail": _detail(incoming),
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
                "not_before": _after_a_piece(now) if incoming.piece else None,
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
        until = _after_a_piece(now) if incoming.piece else _later(now)
        where = {"of": incoming.channel, "to": incoming.address, "mine": claim, "until": until}
        row = connection.execute(_GO_ON, where).first()
        if row is not None:
            return Conversation(*row[:-2]), row.last_seq, row.claim
        language = incoming.language or self._first_language
        opened = Conversation(uuid.uuid4().hex, incoming.channel, incoming.address, language, BOT)
        state = {"opened_at": now, "last_seq": 1, "claim": claim, "claimed_until": until}
        connection.execute(_OPEN, {**asdict(opened), **state})
        return opened, 1, claim

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
                    "claimed_until": _later(now) if more else None,
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
            connection.execute(_NEW_MESSAGE, rows)
            return
        for row, reply in zip(rows, replies):
            message_id = insert_row(connection, _NEW_MESSAGE, row)
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
                connection.execute(_POSTPONE, {"wanted": conversation_id, "mine": claim, "until": row.not_before})
                return None
            found = Conversation(*connection.execute(_CONVERSATION, {"wanted": conversation_id}).one())
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
            _detail(incoming),
            now,
        )
        attempt = 0 if accepted.conversation.channel in self._patient else 1
        return Turn(accepted.inbox_id, accepted.conversation, message, accepted.claim, attempt)

    def renew(self, claims: Collection[str], now: datetime) -> None:
        """Keep claims for longer; one that ran out stays as it is."""
        self._hold(claims, now, _later(now))

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
            connection.execute(_POSTPONE, {"wanted": turn.conversation.id, "mine": turn.claim, "until": until})

    def wait_for_pieces(self, until: datetime) -> None:
        """Let messages of which more pieces may come wait for them: the desk may have been away meanwhile."""
        with self._database.writing() as connection:
            connection.execute(_WAIT_FOR_PIECES, {"until": until})

    def forsaken(self, now: datetime, limit: int) -> list[str]:
        """Conversations whose claim ran out, the longest ago first."""
        with self._database.reading() as connection:
            return list(connection.execute(_FORSAKEN, {"now": now, "at_most": limit}).scalars())

    def take_over(self, conversation_id: str, now: datetime) -> str | None:
        """Take a claim that ran out: its new name; None if another process was faster."""
        claim = uuid.uuid4().hex
        values = {"wanted": conversation_id, "now": now, "mine": claim, "until": _later(now)}
        with self._database.writing() as connection:
            return claim if connection.execute(_TAKE_OVER, values).rowcount == 1 else None

    def erase_done(self, before: datetime) -> int:
        """Forget which messages came in and were answered before a moment; how many.

        One that its channel brings again after that is taken for a new one.
        """
        with self._database.writing() as connection:
            return connection.execute(sa.delete(inbox).where(inbox.c.done_at <= before)).rowcount

    def replies_to(self, accepted: Accepted) -> list[Reply] | None:
        """The replies to a message as kept; None while it waits for them."""
        with self._database.reading() as connection:
            waits = connection.execute(sa.select(_WAITS).where(inbox.c.id == accepted.inbox_id)).scalar_one()
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


def _later(now: datetime) -> datetime:
    return now + timedelta(seconds=CLAIM_SECONDS)


def _after_a_piece(now: datetime) -> datetime:
    return now + timedelta(seconds=PIECE_SECONDS)


def _as_kept(incoming: Incoming, piece: Piece) -> dict[str, Any]:
    medium = incoming.detail.get("medium")
    return {"id": piece.id, "place": piece.place, "text": incoming.text, "kind": incoming.kind, "medium": medium}


def _whole(pieces: list[dict[str, Any]], most: int) -> dict[str, Any]:
    """A message's text, kind and what goes with it, of its pieces in their own order, whatever came first."""
    ordered = sorted(pieces, key=lambda piece: int(piece["place"]))
    text = "\n\n".join(piece["text"] for piece in ordered if piece["text"])
    kind = WORDS if any(piece["kind"] == WORDS for piece in ordered) else MEDIUM
    medium = ordered[0]["medium"]
    if len(text) > most:
        text, kind, medium = "", MEDIUM, _TOO_LONG
    return {"text": text, "kind": kind, "detail": {"medium": medium, "pieces": ordered}}


def _detail(incoming: Incoming) -> dict[str, Any]:
    """What goes with a citizen's message: also the language that the channel knows, and its pieces."""
    pieces = {"pieces": [_as_kept(incoming, incoming.piece)]} if incoming.piece else {}
    return {**incoming.detail, "language": incoming.language, **pieces}

"""Where conversations and their messages are read, held, judged and erased."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.db import Database, UTCDateTime, metadata
from bot.messages.append import append, end_typing, locked
from bot.messages.contract import ReplyFacts
from bot.messages.conversation import (
    ASSISTANT,
    BOT,
    CITIZEN,
    OFFICER,
    QUEUE,
    SYSTEM,
    WORDS,
    Conversation,
    Message,
    Reply,
)
from bot.messages.evaluations import make_nameless
from bot.messages.outbox import Carriers, Condition, needed_by_nobody
from bot.messages.ownership import Holder
from bot.messages.queue import NO_QUESTION
from bot.messages.statistics import tally
from bot.messages.tables import (
    CONVERSATION,
    as_message,
    attendance,
    conversations,
    feedback,
    inbox,
    messages,
    outbox,
    waits,
)

_LOOK_BACK = 40  # messages in which an offer still means the question before it
_AT_ONCE = 500  # conversations asked for in one statement
_FIND = sa.select(*CONVERSATION).where(
    conversations.c.channel == sa.bindparam("channel"), conversations.c.address == sa.bindparam("address")
)
_SINCE = (
    sa.select(messages, feedback.c.helpful)
    .join(feedback, feedback.c.message_id == messages.c.id, isouter=True)
    .where(messages.c.conversation_id == sa.bindparam("conversation"), messages.c.seq > sa.bindparam("seq"))
    .order_by(messages.c.seq)
)
_PRESENCES = (
    sa.select(
        *(conversations.c[n] for n in ("id", "held_by", "officer", "claim", "language", "last_seq")),
        attendance.c.officer_typing_at,
    )
    .join(attendance, attendance.c.conversation_id == conversations.c.id, isouter=True)
    .where(conversations.c.id.in_(sa.bindparam("wanted", expanding=True)))
)
_LINE = (
    sa.select(conversations.c.id)
    .where(conversations.c.held_by == sa.literal_column("'queue'"))
    .order_by(conversations.c.waiting_since, conversations.c.id)
)


@dataclass(frozen=True)
class Presence:
    """What a page shows of a conversation beside its messages.

    `answering`: a message waits for its replies. `place`: of one who waits for a person, from 1.
    `typing_at`: when the officer was last seen to type.
    """

    held_by: str
    officer: str | None
    answering: bool
    language: str
    last_seq: int
    place: int | None = None
    typing_at: datetime | None = None


@dataclass(frozen=True)
class Said:
    """A message, and what the citizen said of it: helpful or not, None if nothing."""

    message: Message
    helpful: bool | None


@dataclass(frozen=True)
class Erased:
    """What was erased: the texts of messages by their numbers, and the channel's names of those that came in."""

    texts: dict[int, str]
    external_ids: frozenset[str]


class ConversationStore:
    """Reads and writes conversations; `inbox.py` and `outbox.py` do what comes in and goes out."""

    def __init__(
        self,
        database: Database,
        carriers: Carriers,
        stranger: str,
        zone: ZoneInfo = ZoneInfo("UTC"),
        needed: Condition = needed_by_nobody,
    ) -> None:
        """
        Args:
            database: where they are kept.
            carriers: the channels whose messages are carried out, by the outbox.
            stranger: the channel of those who speak to the assistant, and in no conversation that is kept.
            zone: of the figures' months.
            needed: whether a conversation, by its id, is still needed, however long it has been silent.
        """
        self._zone = zone
        self._database = database
        self._carriers = carriers
        self._stranger = stranger
        self._needed = needed

    def open(self, channel: str, address: str, language: str, now: datetime) -> Conversation:
        """A new conversation without a message yet."""
        conversation = Conversation(uuid.uuid4().hex, channel, address, language, BOT)
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(conversations).values(
                    id=conversation.id,
                    channel=channel,
                    address=address,
                    language=language,
                    held_by=BOT,
                    opened_at=now,
                    last_seq=0,
                )
            )
        return conversation

    def find(self, channel: str, address: str) -> Conversation | None:
        """The conversation with a citizen, by what the channel calls them."""
        with self._database.reading() as connection:
            row = connection.execute(_FIND, {"channel": channel, "address": address}).first()
        return Conversation(*row) if row else None

    def get(self, conversation_id: str) -> Conversation | None:
        """The conversation with this id."""
        query = sa.select(*CONVERSATION).where(conversations.c.id == conversation_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return Conversation(*row) if row else None

    def is_answering(self, conversation_id: str) -> bool:
        """Whether a message of a conversation waits for the end of its turn."""
        query = sa.select(conversations.c.claim).where(conversations.c.id == conversation_id)
        with self._database.reading() as connection:
            return connection.execute(query).scalar() is not None

    def channel_of(self, conversation_id: str) -> str:
        """The channel of a conversation; of one that is not kept, that of strangers."""
        found = self.get(conversation_id)
        return found.channel if found else self._stranger

    def held(self, held_by: str | None = None, limit: int = 100) -> list[Conversation]:
        """Conversations by who holds them, the latest opened first; those that wait or are held unless told."""
        wanted = [held_by] if held_by else [QUEUE, OFFICER]
        query = sa.select(*CONVERSATION).where(conversations.c.held_by.in_(wanted))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(conversations.c.opened_at.desc()).limit(limit)).all()
        return [Conversation(*row) for row in rows]

    def silent_since(self, moment: datetime, after: str, limit: int) -> list[Conversation]:
        """Conversations in which nothing happened after `moment`, in the order of their ids from `after` on.

        Those that are still needed are left out.
        """
        latest = sa.func.coalesce(sa.func.max(messages.c.at), conversations.c.opened_at, type_=UTCDateTime)
        query = (
            sa.select(*CONVERSATION)
            .join(messages, messages.c.conversation_id == conversations.c.id, isouter=True)
            .where(conversations.c.opened_at <= moment, conversations.c.claim.is_(None), conversations.c.id > after)
            .where(sa.not_(self._needed(conversations.c.id)))
            .group_by(*CONVERSATION, conversations.c.opened_at)
            .having(latest <= moment)
            .order_by(conversations.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [Conversation(*row) for row in connection.execute(query).all()]

    def since(self, conversation_id: str, seq: int = 0) -> list[Said]:
        """The messages of a conversation after the place `seq`, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_SINCE, {"conversation": conversation_id, "seq": seq}).all()
        return [Said(as_message(row), row.helpful) for row in rows]

    def transcript(self, conversation_id: str) -> list[Message]:
        """Every message of a conversation, oldest first."""
        return [said.message for said in self.since(conversation_id)]

    def presences(self, ids: Iterable[str]) -> dict[str, Presence]:
        """How these conversations stand; one that is missing was erased."""
        wanted = list(ids)
        found: dict[str, Presence] = {}
        with self._database.reading() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                for row in connection.execute(_PRESENCES, {"wanted": wanted[start : start + _AT_ONCE]}):
                    # An officer's conversation has a claim only until the message is filed with it.
                    answering = row.claim is not None and row.held_by != OFFICER
                    found[row.id] = Presence(
                        row.held_by,
                        row.officer,
                        answering,
                        row.language,
                        row.last_seq,
                        typing_at=row.officer_typing_at if row.held_by == OFFICER else None,
                    )
            if any(presence.held_by == QUEUE for presence in found.values()):
                for place, this in enumerate(connection.execute(_LINE).scalars(), 1):
                    if this in found:
                        found[this] = replace(found[this], place=place)
        return found

    def place_of_next(self) -> int:
        """The place that one who asks for a person now would have, from 1."""
        query = sa.select(sa.func.count()).where(conversations.c.held_by == QUEUE)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one() + 1

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

    def change_holder(
        self,
        conversation_id: str,
        rule: Callable[[Holder], Holder],
        now: datetime,
        news: Callable[[Conversation], str | None] = lambda _conversation: None,
    ) -> Conversation | None:
        """Apply a rule of `ownership.py`; None if there is no such conversation.

        `news`: what the citizen reads of it, as a message of the system's (None: nothing). Of two
        who change the holder at once, the second sees what the first did.

        Raises:
            NotAllowed: the rule says no; nothing changed.
        """
        with self._database.writing() as connection:
            row = connection.execute(locked(conversation_id, conversations.c.waiting_since)).first()
            if row is None:
                return None
            *fields, waiting_since = row
            before = Conversation(*fields)
            holder = rule(Holder(before.held_by, before.officer))
            after = Conversation(
                before.id, before.channel, before.address, before.language, holder.held_by, holder.officer
            )
            if after == before:
                return after
            connection.execute(
                sa.update(conversations)
                .where(conversations.c.id == conversation_id)
                .values(
                    held_by=holder.held_by,
                    officer=holder.officer,
                    waiting_since=(waiting_since or now) if holder.held_by == QUEUE else None,
                )
            )
            if waiting_since and holder.held_by == OFFICER:
                seconds = max(0, round((now - waiting_since).total_seconds()))
                wait = {"at": now, "channel": after.channel, "language": after.language, "seconds": seconds}
                connection.execute(sa.insert(waits).values(wait))
            if text := news(after):
                append(connection, after, SYSTEM, text, {}, now, self._carriers)
        return after

    def say(
        self,
        conversation_id: str,
        rule: Callable[[Holder], Holder],
        text: str,
        name: str,
        now: datetime,
        email: str | None = None,
        place: Mapping[str, Any] | None = None,
    ) -> Message | None:
        """An officer's words to the citizen, if `rule` lets them speak; None if there is no such conversation.

        `email`: where a copy goes, for a citizen who has left; `place`: where it stands in a thread of e-mails.

        Raises:
            NotAllowed: the rule says no; nothing was said.
        """
        with self._database.writing() as connection:
            row = connection.execute(locked(conversation_id)).first()
            if row is None:
                return None
            conversation = Conversation(*row)
            rule(Holder(conversation.held_by, conversation.officer))
            end_typing(connection, conversation_id, OFFICER)
            return append(
                connection,
                conversation,
                OFFICER,
                text,
                {"name": name, **({"email": dict(place)} if place else {})},
                now,
                self._carriers,
                email,
            )

    def announce(self, conversation_id: str, held_by: str, reply: Reply, now: datetime) -> bool:
        """The desk says something by itself to the citizen of a conversation, once, while `held_by` holds it.

        `reply.facts.news` names what is said; False if it was said before, or somebody else holds it by now.
        """
        with self._database.writing() as connection:
            row = connection.execute(locked(conversation_id, conversations.c.waiting_since)).first()
            if row is None or row.held_by != held_by:
                return False
            *fields, waiting_since = row
            since = messages.c.at >= (waiting_since or now)
            query = sa.select(messages.c.detail).where(messages.c.conversation_id == conversation_id, since)
            said = connection.execute(query).scalars().all()
            if any(ReplyFacts.from_stored(detail.get("custom")).news == reply.facts.news for detail in said):
                return False
            append(connection, Conversation(*fields), ASSISTANT, reply.text, reply.detail, now, self._carriers)
        return True

    def judge(self, message: Message, *, helpful: bool, reason: str | None, comment: str | None, now: datetime) -> None:
        """Keep what the citizen says of a reply; said again, it replaces the former."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(feedback).where(feedback.c.message_id == message.id))
            connection.execute(
                sa.insert(feedback).values(
                    message_id=message.id,
                    conversation_id=message.conversation_id,
                    helpful=helpful,
                    reason=reason,
                    comment=comment,
                    at=now,
                )
            )

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

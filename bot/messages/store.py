"""Where conversations and their messages are read, held, judged and erased."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.db import Database, UTCDateTime
from bot.messages.append import append, end_typing, locked
from bot.messages.contract import ReplyFacts
from bot.messages.conversation import (
    ASSISTANT,
    BOT,
    OFFICER,
    QUEUE,
    SYSTEM,
    Conversation,
    Message,
    Reply,
)
from bot.messages.erasing import ErasingStore
from bot.messages.outbox import Carriers, Condition, needed_by_nobody
from bot.messages.ownership import Holder
from bot.messages.tables import (
    CONVERSATION,
    attendance,
    conversations,
    feedback,
    messages,
    waits,
)
from bot.messages.transcripts import Transcripts

_AT_ONCE = 500  # conversations asked for in one statement
_FIND = sa.select(*CONVERSATION).where(
    conversations.c.channel == sa.bindparam("channel"), conversations.c.address == sa.bindparam("address")
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


class ConversationStore(Transcripts, ErasingStore):
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
        super().__init__(database)
        self._zone = zone
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

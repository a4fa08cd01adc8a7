"""What an officer does with a conversation, and what its citizen reads of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.channels.email.threads import EmailThreads, place_below
from bot.core.texts import Texts
from bot.messages import ownership
from bot.messages.conversation import BOT, QUEUE, REST, WEB, Conversation, Message
from bot.messages.outbox import EMAIL
from bot.messages.ownership import Holder, NotAllowed
from bot.messages.queue import Queue
from bot.messages.store import ConversationStore
from bot.tickets.store import TicketStore

_Found = TypeVar("_Found")
GONE_AFTER = timedelta(seconds=75)  # a page that was not seen for so long is closed


class UnknownConversation(LookupError):
    """There is no conversation with this id."""


@dataclass(frozen=True)
class Reach:
    """How a reply gets to a citizen: `here` if they are there or their channel carries it, `email` where a copy goes.

    Neither: the reply waits in the conversation until they come back.
    """

    here: bool
    email: str | None


class OfficerActions:
    """Takes, answers, hands on and ends conversations, each by the officer's name, which is no other officer's.

    Every method raises `UnknownConversation`, and `holding.NotAllowed` if the officer may not do this now.
    """

    def __init__(
        self,
        store: ConversationStore,
        queue: Queue,
        tickets: TicketStore,
        email_threads: EmailThreads,
        texts: Texts,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._queue = queue
        self._tickets = tickets
        self._email_threads = email_threads
        self._texts = texts
        self._now = now

    def take(self, conversation_id: str, officer: str) -> Conversation:
        """Take a conversation; of two officers who take it at once, one gets it."""
        return self._change(conversation_id, partial(ownership.claimed, officer=officer), "officer_joined", officer)

    def reply(self, conversation_id: str, officer: str, text: str) -> Message:
        """Say something to the citizen of a conversation that one holds."""

        def holds(holder: Holder) -> Holder:
            return ownership.handed_over(holder, officer, officer)

        conversation = _known(self._store.get(conversation_id))
        email = self.reach(conversation).email
        below = self._email_threads.last_email(conversation_id) if conversation.channel == EMAIL else None
        place = place_below(below, email) if below else None
        return _known(self._store.say(conversation_id, holds, text, officer, self._now(), email, place))

    def reach(self, conversation: Conversation) -> Reach:
        """How a reply gets to the citizen now: one whose page is closed is written to, if an address was given."""
        if conversation.channel == EMAIL:
            below = self._email_threads.last_email(conversation.id)
            return Reach(False, below.get("sender") if below else None)
        if conversation.channel != WEB:
            return Reach(conversation.channel != REST, None)
        seen = self._queue.attendance(conversation.id).citizen_seen_at
        if seen is not None and self._now() - seen < GONE_AFTER:
            return Reach(True, None)
        return Reach(False, self._tickets.address_of_conversation(conversation.id))

    def give_back(self, conversation_id: str, officer: str, to: str = BOT) -> Conversation:
        """Give a conversation back, to the assistant (BOT) or to the line (QUEUE)."""
        key = "officer_left" if to == BOT else "officer_waits"
        return self._change(conversation_id, partial(ownership.given_back, officer=officer, to=to), key, officer)

    def give_back_for(self, conversation_id: str, officer: str) -> Conversation:
        """Give the conversation of an officer who has vanished back to the line."""
        rule = partial(ownership.given_back, officer=officer, to=QUEUE)
        return self._change(conversation_id, rule, "officer_vanished", officer)

    def hand_over(self, conversation_id: str, officer: str, colleague: str) -> Conversation:
        """Hand a conversation to a colleague."""
        rule = partial(ownership.handed_over, officer=officer, colleague=colleague)
        return self._change(conversation_id, rule, "officer_joined", colleague)

    def close(self, conversation_id: str, officer: str) -> Conversation:
        """End a conversation that one holds."""
        return self._change(conversation_id, partial(ownership.closed, officer=officer), "officer_closed", officer)

    def note(self, conversation_id: str, officer: str, text: str) -> None:
        """Write down something for colleagues; one need not hold the conversation."""
        _known(self._store.get(conversation_id))
        self._queue.add_note(conversation_id, officer, text, self._now())

    def type(self, conversation_id: str, officer: str) -> None:
        """Show the citizen that the officer who holds the conversation types."""
        conversation = _known(self._store.get(conversation_id))
        if conversation.officer != officer:
            raise NotAllowed("not_yours")
        self._queue.officer_types(conversation_id, self._now())

    def _change(self, conversation_id: str, rule: Callable[[Holder], Holder], key: str, name: str) -> Conversation:
        def news(after: Conversation) -> str:
            return self._texts.get(key, after.language, name=name)

        return _known(self._store.change_holder(conversation_id, rule, self._now(), news))


def _known(found: _Found | None) -> _Found:
    if found is None:
        raise UnknownConversation
    return found

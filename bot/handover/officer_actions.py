"""What an officer does with a conversation, and what its citizen reads of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.channels.channel import Channel, Reach
from bot.core.texts import Texts
from bot.messages import ownership
from bot.messages.conversation import BOT, QUEUE, Conversation, Message
from bot.messages.ownership import Holder, NotAllowed
from bot.messages.queue import Queue
from bot.messages.store import ConversationStore

_Found = TypeVar("_Found")


class UnknownConversation(LookupError):
    """There is no conversation with this id."""


class OfficerActions:
    """Takes, answers, hands on and ends conversations, each by the officer's name, which is no other officer's.

    Every method raises `UnknownConversation`, and `ownership.NotAllowed` if the officer may not do this now.
    """

    def __init__(
        self,
        store: ConversationStore,
        queue: Queue,
        channels: Mapping[str, Channel],
        texts: Texts,
        now: Callable[[], datetime],
    ) -> None:
        """`channels`: all of them, by name."""
        self._store = store
        self._queue = queue
        self._channels = channels
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
        channel = self._channels.get(conversation.channel)
        place = channel.place_of_reply(conversation, email) if channel else None
        return _known(self._store.say(conversation_id, holds, text, officer, self._now(), email, place))

    def reach(self, conversation: Conversation) -> Reach:
        """How a reply gets to the citizen now; staff see by themselves to those whose request they registered."""
        channel = self._channels.get(conversation.channel)
        return channel.reach(conversation) if channel else Reach(True)

    def give_back(self, conversation_id: str, officer: str, to: str = BOT) -> Conversation:
        """Give a conversation back, to the assistant (BOT) or to the queue (QUEUE)."""
        key = "officer_left" if to == BOT else "officer_waits"
        return self._change(conversation_id, partial(ownership.given_back, officer=officer, to=to), key, officer)

    def give_back_for(self, conversation_id: str, officer: str) -> Conversation:
        """Give the conversation of an officer who has vanished back to the queue."""
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

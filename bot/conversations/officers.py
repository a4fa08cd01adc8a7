"""What an officer does with a conversation, and what its citizen reads of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.conversations import holding
from bot.conversations.conversation import BOT, Conversation, Message
from bot.conversations.holding import Holder
from bot.conversations.store import ConversationStore
from bot.texts import Texts

_Found = TypeVar("_Found")


class UnknownConversation(LookupError):
    """There is no conversation with this id."""


class Officers:
    """Takes, answers, hands on and ends conversations, each by the officer's first name.

    Every method raises `UnknownConversation`, and `holding.NotAllowed` if the officer may not do this now.
    """

    def __init__(self, store: ConversationStore, texts: Texts, now: Callable[[], datetime]) -> None:
        self._store = store
        self._texts = texts
        self._now = now

    def take(self, conversation_id: str, officer: str) -> Conversation:
        """Take a conversation; of two officers who take it at once, one gets it."""
        return self._change(conversation_id, partial(holding.claimed, officer=officer), "officer_joined", officer)

    def reply(self, conversation_id: str, officer: str, text: str) -> Message:
        """Say something to the citizen of a conversation that one holds."""

        def holds(holder: Holder) -> Holder:
            return holding.handed_over(holder, officer, officer)

        return _known(self._store.say(conversation_id, holds, text, officer, self._now()))

    def give_back(self, conversation_id: str, officer: str, to: str = BOT) -> Conversation:
        """Give a conversation back, to the assistant (BOT) or to the line (QUEUE)."""
        key = "officer_left" if to == BOT else "officer_waits"
        return self._change(conversation_id, partial(holding.given_back, officer=officer, to=to), key, officer)

    def hand_over(self, conversation_id: str, officer: str, colleague: str) -> Conversation:
        """Hand a conversation to a colleague."""
        rule = partial(holding.handed_over, officer=officer, colleague=colleague)
        return self._change(conversation_id, rule, "officer_joined", colleague)

    def close(self, conversation_id: str, officer: str) -> Conversation:
        """End a conversation that one holds."""
        return self._change(conversation_id, partial(holding.closed, officer=officer), "officer_closed", officer)

    def _change(self, conversation_id: str, rule: Callable[[Holder], Holder], key: str, name: str) -> Conversation:
        def news(after: Conversation) -> str:
            return self._texts.get(key, after.language, name=name)

        return _known(self._store.change_holder(conversation_id, rule, self._now(), news))


def _known(found: _Found | None) -> _Found:
    if found is None:
        raise UnknownConversation
    return found

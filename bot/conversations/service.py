"""The way of a message: kept, answered by the assistant or by the fallback, and its replies kept."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.conversations import payloads
from bot.conversations.assistant import Assistant, AssistantUnavailable
from bot.conversations.fallback import Fallback
from bot.conversations.store import Conversation, ConversationStore, Reply

log = logging.getLogger(__name__)


class TooManyWaiting(RuntimeError):
    """This sender already has as many messages waiting as we hold for one."""


class NotReceived(RuntimeError):
    """The database does not answer: the message was not kept, and its sender must know."""


class ConversationService:
    """One message of a conversation at a time, in order; never silence."""

    def __init__(
        self,
        store: ConversationStore,
        assistant: Assistant,
        fallback: Fallback,
        now: Callable[[], datetime],
        *,
        first_language: str,
        max_waiting: int,
    ) -> None:
        """`max_waiting`: messages of one sender that may wait for a reply at a time."""
        self._store = store
        self._assistant = assistant
        self._fallback = fallback
        self._now = now
        self._first_language = first_language
        self._max_waiting = max_waiting
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._waiting: Counter[tuple[str, str]] = Counter()

    async def handle(self, channel: str, external_id: str, text: str, language: str | None = None) -> list[Reply]:
        """Keep a citizen's message, and return the replies to it once they are kept too.

        Args:
            channel: where the message came in.
            external_id: what the channel calls the citizen.
            text: the citizen's words, or the payload of a button.
            language: the language of the page it came from, if the channel knows it.

        Raises:
            TooManyWaiting: the sender has too many messages waiting; nothing was kept.
            NotReceived: the database does not answer; nothing was kept.
        """
        key = (channel, external_id)
        if self._waiting[key] >= self._max_waiting:
            raise TooManyWaiting
        self._waiting[key] += 1
        try:
            turn = self._turns.setdefault(key, asyncio.Lock())
            async with turn:
                return await self._handle(channel, external_id, text, language)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]

    async def _handle(self, channel: str, external_id: str, text: str, language: str | None) -> list[Reply]:
        pressed = payloads.is_payload(text)
        try:
            conversation = await run_in_threadpool(
                self._store.receive,
                channel,
                external_id,
                text,
                payload=pressed,
                language=language or self._first_language,
                now=self._now(),
            )
        except SQLAlchemyError as error:
            log.error("the database does not answer (%s); the message was refused", type(error).__name__)
            raise NotReceived from error
        try:
            replies = await self._replies(conversation, text, pressed, language)
            await run_in_threadpool(self._store.reply, conversation, replies, self._now())
        except SQLAlchemyError as error:
            # The message is kept; what was to follow is not, so nothing of it may be promised.
            log.error("the database does not answer (%s); the fallback text was given", type(error).__name__)
            return [self._fallback.trouble(conversation, text)]
        return replies

    async def _replies(self, conversation: Conversation, text: str, pressed: bool, language: str | None) -> list[Reply]:
        metadata: dict[str, Any] = {"language": language or conversation.language}
        question = None
        if text == payloads.OPEN_TICKET:
            question = await run_in_threadpool(self._store.last_question, conversation.id)
            metadata["question"] = question
        # A slash that is not ours is the citizen's: Rasa would read it as a command.
        spoken = text if pressed else text.lstrip("/ ") or "…"
        try:
            return await self._assistant.replies(conversation.id, spoken, metadata)
        except AssistantUnavailable as trouble:
            log.warning("the assistant did not answer (%s); the fallback text was given", trouble)
            return await run_in_threadpool(self._fallback.replies, conversation, text, question)

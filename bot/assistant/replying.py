"""Finds the replies to a message; `pipeline.py` keeps them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from starlette.concurrency import run_in_threadpool

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.buttons import Buttons, Under
from bot.assistant.fallback import Fallback
from bot.assistant.rasa_client import RasaClient
from bot.assistant.turns import ChannelTurns
from bot.matcher.text import clean
from bot.messages import payloads
from bot.messages.claims import Turn
from bot.messages.contract import Command
from bot.messages.conversation import OFFICER, PRESS, Reply
from bot.messages.store import ConversationStore

log = logging.getLogger(__name__)

TRIES = 3  # of a message's turn that may die or fail before the fallback text answers it
_AT_ONCE = 32  # turns that the assistant is asked for at a time; the others wait without their time running


class Replying:
    """Finds what a message is replied: by its channel's own turns, by the desk itself, or by the assistant."""

    def __init__(
        self,
        store: ConversationStore,
        assistant: RasaClient,
        fallback: Fallback,
        builtin_replies: BuiltinReplies,
        turns: Mapping[str, ChannelTurns],
    ) -> None:
        """`turns`: by channel, what takes its turns; the others' go the assistant's way."""
        self._store = store
        self._assistant = assistant
        self._fallback = fallback
        self._builtin_replies = builtin_replies
        self._buttons = Buttons(store, builtin_replies.texts)
        self._channel_turns = turns
        self._asking = asyncio.Semaphore(_AT_ONCE)

    async def answer(self, turn: Turn) -> list[Reply] | None:
        """The replies to a message; None if all is to be erased of its citizen, who was asked and agrees.

        Raises:
            AssistantUnavailable: it did not answer.
        """
        under = None
        replies: list[Reply] = []
        command: Command | None = Command.ERASE
        if turn.message.kind == PRESS:
            under = await run_in_threadpool(self._buttons.under, turn)
        if turn.message.kind != PRESS or turn.message.text != payloads.FORGET_CONFIRMED:
            replies = await self._replies(turn, under)
            # What was asked for in words, and is the desk's to do, not the assistant's.
            command = replies[-1].facts.command if replies else None
        if command is Command.ERASE:
            if await self._agreed(turn, under):
                return None
            return [self._builtin_replies.ask_to_forget(turn.message.beside.language or turn.conversation.language)]
        if command is Command.GIVE_DATA:
            language = replies[-1].facts.language or turn.conversation.language
            return [await run_in_threadpool(self._builtin_replies.my_data, turn.conversation, language)]
        return replies

    async def forget(self, turn: Turn) -> Reply:
        """Erase what is kept of the citizen of a turn; what they are told."""
        if own := self._channel_turns.get(turn.conversation.channel):
            return await run_in_threadpool(own.forget, turn)
        return await run_in_threadpool(self._builtin_replies.forget, turn.conversation, say_so=True)

    async def last_words(self, turn: Turn) -> list[Reply]:
        """The fallback text, of the channel's kind. Nothing here raises."""
        if own := self._channel_turns.get(turn.conversation.channel):
            return await run_in_threadpool(own.last_words, turn)
        question, clock = None, None
        try:
            under = await run_in_threadpool(self._buttons.under, turn) if turn.message.kind == PRESS else None
            question, clock = await self._question(turn, under), under.clock if under else None
        except Exception as error:  # noqa: BLE001 - without it nothing is passed on; the text is said all the same
            log.warning("what a press would pass on is not known (%s)", type(error).__name__)
        conversation = _as_asked(turn).conversation
        return await run_in_threadpool(self._fallback.replies, conversation, turn.message.text, question, clock)

    async def _question(self, turn: Turn, under: Under | None) -> str | None:
        """What a press of the offer passes on, which stood `under` something; None for other messages."""
        if under or turn.message.text != payloads.OPEN_TICKET:
            return under.question if under else None
        return await run_in_threadpool(self._store.last_question, turn.conversation.id)

    async def _agreed(self, turn: Turn, under: Under | None) -> bool:
        """Whether it was the last thing that the citizen was asked: what is erased does not come back."""
        if turn.conversation.channel in self._channel_turns:  # which made sure of it
            return True
        if turn.message.kind != PRESS:
            under = await run_in_threadpool(self._buttons.latest, turn, payloads.FORGET_CONFIRMED)
        return under is not None and not under.gone and not under.late

    async def _replies(self, turn: Turn, under: Under | None) -> list[Reply]:
        """As `answer`, before commands are carried out; `under`: what a press stood under."""
        if channel_turns := self._channel_turns.get(turn.conversation.channel):
            return await channel_turns.replies(turn, alone=turn.attempt >= TRIES)
        if turn.conversation.held_by == OFFICER:
            return []
        turn = _as_asked(turn)
        own = self._builtin_replies.replies(turn)
        if own is not None:
            return own
        if self._buttons.is_lost(turn.message.text, under):
            return [self._builtin_replies.gone(turn.message.beside.language or turn.conversation.language)]
        question = await self._question(turn, under)
        named = turn.message.beside.answer_in
        metadata = {
            "language": turn.message.beside.language or turn.conversation.language,
            "message": turn.message.id,
            "attempt": turn.attempt,
            **({"question": question} if question else {}),
            **({"answer_in": named} if named else {}),
            **({"under": under.as_dict()} if under else {}),
        }
        # A slash that is not ours is the citizen's: Rasa would read it as a command. Lines, and signs as they were
        # written, are for people.
        spoken = turn.message.text if turn.message.kind == PRESS else clean(turn.message.text).lstrip("/ ") or "…"
        async with self._asking:
            return await self._assistant.replies(turn.conversation.id, spoken, metadata)


def _as_asked(turn: Turn) -> Turn:
    """A turn in the language in which its message asks to be answered (a command's), if it does."""
    named = turn.message.beside.answer_in
    return replace(turn, conversation=replace(turn.conversation, language=named)) if named else turn

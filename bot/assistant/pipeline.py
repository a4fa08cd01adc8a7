"""The way of a message: kept, answered by the assistant or by the desk, and its replies kept with its completion.

1. A channel hands a message in; it is committed before the channel is told so.
2. One message of a conversation at a time, in order, whichever process takes it (see `inbox.py`).
3. An officer who holds the conversation reads it; otherwise the assistant answers, or the desk does.
4. Replies, what they change, and what goes out by a channel that pushes are one transaction.
5. Where the assistant does not answer, the citizen gets the fallback text at once. A turn of ours that fails is tried
   three times at most, within 20 seconds, and then gets that text too, and is parked where staff see it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.fallback import Fallback
from bot.assistant.rasa_client import AssistantFailed, AssistantUnavailable, RasaClient
from bot.assistant.replying import TRIES, Replying
from bot.assistant.turns import ChannelTurns
from bot.core.leases import LEASE_SECONDS
from bot.core.logs import place_in_code
from bot.messages import payloads
from bot.messages.claims import ClaimLost, Turn
from bot.messages.conversation import Accepted, Incoming, Reply
from bot.messages.inbox import Inbox
from bot.messages.intake import Beside, TooManyWaiting
from bot.messages.notifier import Notifier
from bot.messages.pieces import PIECE_SECONDS
from bot.messages.store import ConversationStore

__all__ = ["Pipeline", "NotReceived", "TooManyWaiting"]

log = logging.getLogger(__name__)

TEND_SECONDS = 1.0  # how often claims are renewed and forsaken ones looked for
_FORSAKEN_AT_ONCE = 100
_FIRST_WAIT = 1.0  # before a turn that failed is tried again; then twice as long
_LAST_TRY_SECONDS = 8.0  # after one came in a chat no further try begins: one may take as long as the assistant does
_LONGEST_WAIT = 300.0  # before it is tried again to keep what was answered
_PATIENCE_SECONDS = 25.0  # how long one waits for replies to be kept before the fallback text
_LOOK_SECONDS = 0.5  # how often one looks for replies that another process writes
_NONE_OF_THEIR_OWN: Mapping[str, ChannelTurns] = MappingProxyType({})
_STOP_SECONDS = 5.0  # how long the turns under way have when the desk stops


class NotReceived(RuntimeError):
    """The database does not answer: the message was not kept, and its sender must know."""


class Pipeline:
    """Accepts messages and takes their turns; never silence."""

    def __init__(
        self,
        inbox: Inbox,
        store: ConversationStore,
        assistant: RasaClient,
        fallback: Fallback,
        builtin_replies: BuiltinReplies,
        notifier: Notifier,
        news: Mapping[str, asyncio.Event],
        now: Callable[[], datetime],
        turns: Mapping[str, ChannelTurns] = _NONE_OF_THEIR_OWN,
    ) -> None:
        """`news`: by channel that pushes, what is set when something for it is in the outbox.

        `turns`: by channel, what takes its turns; the others' go the assistant's way.
        """
        self._channel_turns = turns
        self._inbox = inbox
        self._fallback = fallback
        self._builtin_replies = builtin_replies
        self._replying = Replying(store, assistant, fallback, builtin_replies, turns)
        self._notifier = notifier
        self._news = news
        self._now = now
        self._few = {channel: asyncio.Semaphore(own.at_once) for channel, own in turns.items()}
        self._claims: set[str] = set()  # of the turns that are being taken here
        self._turns: set[asyncio.Task[None]] = set()
        self._lines: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._awaited: dict[int, asyncio.Future[list[Reply]]] = {}

    async def accept(
        self, incoming: Incoming, max_waiting: int | None = None, beside: Beside | None = None
    ) -> Accepted:
        """Keep a message; its turn follows.

        `max_waiting`: messages of this citizen that may wait for replies at a time (None: any number).
        `beside`: as in `Inbox.accept`.

        Raises:
            TooManyWaiting: the citizen has too many messages waiting; nothing was kept.
            NotReceived: the database does not answer; nothing was kept.
        """
        accepted = await self._keep(incoming, max_waiting, beside)
        self._begin(accepted, incoming)
        return accepted

    async def handle(self, incoming: Incoming, max_waiting: int | None = None) -> list[Reply]:
        """Keep a message, and return the replies to it once they are kept too.

        Raises:
            TooManyWaiting, NotReceived: as `accept`.
        """
        accepted = await self._keep(incoming, max_waiting)
        future: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()
        self._awaited[accepted.inbox_id] = future
        self._begin(accepted, incoming)
        try:
            return await self._replies_to(accepted, incoming.text, future)
        finally:
            self._awaited.pop(accepted.inbox_id, None)

    async def run(self) -> None:
        """Renew the claims of this process and take over those that others left, until cancelled."""
        waited = False
        try:
            while True:
                try:
                    if not waited:
                        # What came while no desk was there is brought now: the duty to ask has to be free, too.
                        until = self._now() + timedelta(seconds=LEASE_SECONDS + PIECE_SECONDS)
                        await run_in_threadpool(self._inbox.wait_for_pieces, until)
                        waited = True
                    await self._tend()
                except SQLAlchemyError as error:
                    log.warning("the database does not answer (%s); waiting messages go on waiting", _name(error))
                await asyncio.sleep(TEND_SECONDS)
        finally:
            await self._stop()

    async def _tend(self) -> None:
        now = self._now()
        if self._claims:
            await run_in_threadpool(self._inbox.renew, set(self._claims), now)
        taken = 0
        for conversation_id in await run_in_threadpool(self._inbox.forsaken, now, _FORSAKEN_AT_ONCE):
            claim = await run_in_threadpool(self._inbox.take_over, conversation_id, now)
            if claim:
                taken += 1
                self._spawn(self._go_on(conversation_id, claim))
        if taken:
            log.info("%d conversations were taken up whose turns had not ended, or were to wait", taken)

    async def _stop(self) -> None:
        """Let the turns under way end; leave the others for the next process to take at once."""
        if self._turns:
            await asyncio.wait(self._turns, timeout=_STOP_SECONDS)
        claims = set(self._claims)
        for task in self._turns:
            task.cancel()
        try:
            await run_in_threadpool(self._inbox.release, claims, self._now())
        except SQLAlchemyError as error:
            log.warning("the claims were left to run out (%s)", _name(error))

    async def _keep(self, incoming: Incoming, max_waiting: int | None, beside: Beside | None = None) -> Accepted:
        # Threads overtake each other; messages of one citizen stay in the order in which they came.
        line = self._lines.setdefault((incoming.channel, incoming.address), asyncio.Lock())
        try:
            async with line:
                return await run_in_threadpool(self._inbox.accept, incoming, self._now(), max_waiting, beside)
        except SQLAlchemyError as error:
            log.error("the database does not answer (%s); the message was refused", _name(error))
            raise NotReceived from error

    def _begin(self, accepted: Accepted, incoming: Incoming) -> None:
        if accepted.claim:
            self._spawn(self._take(self._inbox.first_turn(accepted, incoming, self._now())))
        if not accepted.duplicate:
            self._notifier.nudge(accepted.conversation.id)

    def _spawn(self, turns: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(turns)
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    async def _go_on(self, conversation_id: str, claim: str) -> None:
        """Take the turns of a conversation from the oldest that waits."""
        try:
            turn = await run_in_threadpool(self._inbox.next_turn, conversation_id, claim, self._now())
        except Exception as error:  # noqa: BLE001 - whatever it is, the claim runs out and it is taken again
            log.warning("a conversation was left for later (%s)", _name(error))
            return
        if turn:
            await self._take(turn)

    async def _take(self, turn: Turn) -> None:
        """Take a turn, and those of the messages that came meanwhile."""
        following: Turn | None = turn
        self._claims.add(turn.claim)
        try:
            while following:
                turn = following
                more = await self._answered(turn)
                following = await self._following(turn) if more else None
        except ClaimLost:
            log.warning("a turn was void: another process had taken it over, or the citizen erased the conversation")
            await self._forget_what_came_late(turn)
        except Exception as error:  # noqa: BLE001 - what cannot be kept must be taken again
            await self._leave(turn, error)
        finally:
            self._claims.discard(turn.claim)

    async def _forget_what_came_late(self, turn: Turn) -> None:
        try:
            await run_in_threadpool(self._builtin_replies.forget_what_came_late, turn)
        except SQLAlchemyError as error:
            log.error("the assistant may remember a conversation that was erased (%s)", _name(error))

    async def _following(self, turn: Turn) -> Turn | None:
        return await run_in_threadpool(self._inbox.next_turn, turn.conversation.id, turn.claim, self._now())

    async def _answered(self, turn: Turn) -> bool:
        """Answer one message, or say that it cannot be answered; whether a message of the conversation waits.

        One whose turn failed still waits: it is the next.
        """
        few = self._few.get(turn.conversation.channel)
        if few is None:
            return await self._tried(turn)
        async with few:  # however long it waits here, it is not tried yet
            return await self._tried(await run_in_threadpool(self._inbox.begin, turn))

    async def _tried(self, turn: Turn) -> bool:
        if turn.attempt > TRIES:  # the process ended with it each time
            log.error("a message could not be answered in %d tries; the fallback text was given", TRIES)
            return await self._give_up(turn, "desk: its process ended")
        try:
            return await self._take_one(turn)
        except ClaimLost:
            raise
        except AssistantUnavailable as trouble:
            # What failed within it the assistant has logged itself.
            level = logging.INFO if isinstance(trouble, AssistantFailed) else logging.WARNING
            log.log(level, "the assistant did not answer (%s); the fallback text was given", trouble)
            return await self._give_up(turn, f"assistant: {trouble}", trouble.said)
        except Exception as error:  # noqa: BLE001 - whatever it is, the citizen must hear something
            wait = _FIRST_WAIT * 2.0 ** (turn.attempt - 1)
            waited = (self._now() - turn.message.at).total_seconds()
            in_time = waited + wait <= _LAST_TRY_SECONDS or turn.conversation.channel in self._channel_turns
            if turn.attempt < TRIES and in_time:
                log.info("a turn failed (%s) and is tried again", _name(error))
                await asyncio.sleep(wait)
                return True
            log.error("a turn failed (%s); the fallback text was given", _name(error), exc_info=error)
            return await self._give_up(turn, f"desk: {_name(error)} ({place_in_code(error)})")

    async def _give_up(self, turn: Turn, fault: str, said: Sequence[Reply] = ()) -> bool:
        """Say that a message cannot be answered, after what was `said`, and park it; whether another waits."""
        replies = [*said, *await self._replying.last_words(turn)]
        language = (replies[-1].facts.language if replies else None) or turn.conversation.language
        heard, more = await run_in_threadpool(
            self._inbox.complete, turn, replies, self._now(), language=language, wants=None, fault=fault
        )
        self._tell(turn, heard)
        return more

    async def _take_one(self, turn: Turn) -> bool:
        """Answer one message and keep the replies; whether another message of the conversation waits."""
        replies = await self._replying.answer(turn)
        if replies is None:  # no message of the conversation waits any more
            self._tell(turn, [await self._replying.forget(turn)])
            return False
        facts = replies[-1].facts if replies else None
        said, more = await run_in_threadpool(
            self._inbox.complete,
            turn,
            replies,
            self._now(),
            language=(facts.language if facts else None) or turn.conversation.language,
            wants=facts.held_by if facts else None,
        )
        self._tell(turn, said)
        return more

    def _tell(self, turn: Turn, said: list[Reply]) -> None:
        future = self._awaited.get(turn.inbox_id)
        if future and not future.done():
            future.set_result(said)
        self._notifier.nudge(turn.conversation.id)
        if news := self._news.get(turn.conversation.channel):
            news.set()

    async def _leave(self, turn: Turn, error: Exception) -> None:
        """Leave for later what could not be kept; whoever waits for its replies hears the fallback text now."""
        trace = None if isinstance(error, SQLAlchemyError) or turn.attempt > TRIES else error
        log.error("the outcome of a turn could not be kept (%s); it is taken again", _name(error), exc_info=trace)
        future = self._awaited.get(turn.inbox_id)
        if future and not future.done():
            said = self._fallback.trouble(turn.conversation, turn.message.text)
            # It is told and not kept: its offer is about the words themselves.
            key = payloads.key_of(turn.conversation.id, turn.message.seq)
            future.set_result([replace(said, buttons=tuple(payloads.standing_under(said.buttons, key)))])
        try:
            until = self._now() + timedelta(seconds=min(2.0 ** min(turn.attempt, 10), _LONGEST_WAIT))
            await run_in_threadpool(self._inbox.postpone, turn, until)
        except Exception:  # noqa: BLE001 - as above
            log.warning("the claim of a turn that failed was left to run out")

    async def _replies_to(self, accepted: Accepted, text: str, future: asyncio.Future[list[Reply]]) -> list[Reply]:
        """The replies: from our own turn, or from the database, where another process may write them."""
        wait = 0.0 if accepted.duplicate else _LOOK_SECONDS
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            await asyncio.wait([future], timeout=wait)
            if future.done():
                return future.result()
            try:
                kept = await run_in_threadpool(self._inbox.replies_to, accepted)
            except SQLAlchemyError as error:
                log.error("the database does not answer (%s); the fallback text was given", _name(error))
                return [self._fallback.trouble(accepted.conversation, text)]
            if kept is not None:
                if not kept:  # all is erased, and what is said of it is kept nowhere: our own turn is about to tell
                    await asyncio.wait([future], timeout=_LOOK_SECONDS)
                return future.result() if future.done() else kept
            if time.monotonic() > until:
                log.error("no replies were kept in %d s; the fallback text was given", _PATIENCE_SECONDS)
                return [self._fallback.trouble(accepted.conversation, text)]
            wait = _LOOK_SECONDS


def _name(error: BaseException) -> str:
    return type(error).__name__

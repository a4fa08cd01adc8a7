"""The way of a message: kept, answered by the assistant or by the desk, and its replies kept with its completion.

1. A channel hands a message in; it is committed before the channel is told so.
2. One message of a conversation at a time, in order, whichever process takes it (see `inbox.py`).
3. An officer who holds the conversation reads it; otherwise the assistant answers, or the desk does.
4. Replies, what they change, and what goes out by a channel that pushes are one transaction.
5. A turn that fails is taken again, a little later; what cannot be answered gets the fallback text.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.conversations import payloads
from bot.conversations.assistant import Assistant, AssistantUnavailable
from bot.conversations.buttons import Buttons, Under
from bot.conversations.conversation import OFFICER, PRESS, Accepted, Incoming, Reply
from bot.conversations.correspondent import Correspondent
from bot.conversations.fallback import Fallback
from bot.conversations.feed import Feed
from bot.conversations.inbox import PIECE_SECONDS, Beside, ClaimLost, Inbox, TooManyWaiting, Turn
from bot.conversations.leases import LEASE_SECONDS
from bot.conversations.outbox import EMAIL
from bot.conversations.store import ConversationStore
from bot.conversations.verbs import Verbs
from bot.knowledge.text import clean

__all__ = ["ConversationService", "NotReceived", "TooManyWaiting"]

log = logging.getLogger(__name__)

TEND_SECONDS = 1.0  # how often claims are renewed and forsaken ones looked for
_AT_ONCE = 32  # turns that the assistant is asked for at a time; the others wait without their time running
_FORSAKEN_AT_ONCE = 100
_TRIES = 3  # turns of a message that may die or fail before the fallback text answers it
_LOOK_SECONDS = 0.5  # how often one looks for replies that another process writes
_STOP_SECONDS = 5.0  # how long the turns under way have when the desk stops


class NotReceived(RuntimeError):
    """The database does not answer: the message was not kept, and its sender must know."""


class ConversationService:
    """Accepts messages and takes their turns; never silence."""

    def __init__(
        self,
        inbox: Inbox,
        store: ConversationStore,
        assistant: Assistant,
        fallback: Fallback,
        verbs: Verbs,
        feed: Feed,
        news: Mapping[str, asyncio.Event],
        now: Callable[[], datetime],
        correspondent: Correspondent | None = None,
    ) -> None:
        """`news`: by channel that pushes, what is set when something for it is in the outbox.

        `correspondent`: takes the turns of e-mails, where they come in.
        """
        self._correspondent = correspondent
        self._inbox = inbox
        self._store = store
        self._assistant = assistant
        self._fallback = fallback
        self._verbs = verbs
        self._buttons = Buttons(store, verbs.texts)
        self._feed = feed
        self._news = news
        self._now = now
        self._asking = asyncio.Semaphore(_AT_ONCE)
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
        for conversation_id in await run_in_threadpool(self._inbox.forsaken, now, _FORSAKEN_AT_ONCE):
            claim = await run_in_threadpool(self._inbox.take_over, conversation_id, now)
            if claim:
                log.info("a conversation was taken up whose turn had not ended, or was to wait")
                self._spawn(self._go_on(conversation_id, claim))

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
            self._feed.nudge(accepted.conversation.id)

    def _spawn(self, turns: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(turns)
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    async def _go_on(self, conversation_id: str, claim: str) -> None:
        """Take the turns of a conversation from the oldest that waits."""
        try:
            turn = await run_in_threadpool(self._inbox.next_turn, conversation_id, claim, self._now())
        except (ClaimLost, SQLAlchemyError) as error:
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
                more = await self._take_one(turn)
                following = await self._following(turn) if more else None
        except ClaimLost:
            log.warning("a turn was void: another process had taken it over, or the citizen erased the conversation")
            await self._forget_what_came_late(turn)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message must be taken again
            await self._postpone(turn, error)
        finally:
            self._claims.discard(turn.claim)

    async def _forget_what_came_late(self, turn: Turn) -> None:
        try:
            await run_in_threadpool(self._verbs.forget_what_came_late, turn)
        except SQLAlchemyError as error:
            log.error("the assistant may remember a conversation that was erased (%s)", _name(error))

    async def _following(self, turn: Turn) -> Turn | None:
        return await run_in_threadpool(self._inbox.next_turn, turn.conversation.id, turn.claim, self._now())

    async def _take_one(self, turn: Turn) -> bool:
        """Answer one message and keep the replies; whether another message of the conversation waits."""
        under = None
        replies: list[Reply] = []
        verb: str | None = payloads.FORGET_CONFIRMED
        if turn.message.kind == PRESS:
            under = await run_in_threadpool(self._buttons.under, turn)
        if turn.message.kind != PRESS or turn.message.text != verb:
            replies = await self._replies(turn, under)
            # What was asked for in words, and is the desk's to do, not the assistant's.
            verb = replies[-1].custom.get("desk") if replies else None
        if verb == payloads.FORGET_CONFIRMED:
            if await self._agreed(turn, under):
                return await self._forget(turn)
            replies = [self._verbs.ask_to_forget(turn.message.detail.get("language") or turn.conversation.language)]
        if verb == payloads.MY_DATA:
            language = replies[-1].custom.get("language") or turn.conversation.language
            replies = [await run_in_threadpool(self._verbs.my_data, turn.conversation, language)]
        custom = replies[-1].custom if replies else {}
        said, more = await run_in_threadpool(
            self._inbox.complete,
            turn,
            replies,
            self._now(),
            language=custom.get("language") or turn.conversation.language,
            wants=custom.get("held_by"),
        )
        self._tell(turn, said)
        return more

    async def _agreed(self, turn: Turn, under: Under | None) -> bool:
        """Whether it was the last thing that the citizen was asked: what is erased does not come back."""
        if turn.conversation.channel == EMAIL:  # an answer to our e-mail, which was looked at
            return True
        if turn.message.kind != PRESS:
            under = await run_in_threadpool(self._buttons.latest, turn, payloads.FORGET_CONFIRMED)
        return under is not None and not under.gone and not under.late

    async def _forget(self, turn: Turn) -> bool:
        """Erase the conversation; no message of it waits any more."""
        if turn.conversation.channel == EMAIL and self._correspondent:
            reply = await run_in_threadpool(self._correspondent.forget, turn)
        else:
            reply = await run_in_threadpool(self._verbs.forget, turn.conversation, say_so=True)
        self._tell(turn, [reply])
        return False

    def _tell(self, turn: Turn, said: list[Reply]) -> None:
        future = self._awaited.get(turn.inbox_id)
        if future and not future.done():
            future.set_result(said)
        self._feed.nudge(turn.conversation.id)
        if news := self._news.get(turn.conversation.channel):
            news.set()

    async def _postpone(self, turn: Turn, error: Exception) -> None:
        """Leave the turn for later; whoever waits for its replies hears the fallback text now."""
        trace = None if isinstance(error, SQLAlchemyError) else error
        log.error("a turn failed (%s) and will be taken again", _name(error), exc_info=trace)
        future = self._awaited.get(turn.inbox_id)
        if future and not future.done():
            said = self._fallback.trouble(turn.conversation, turn.message.text)
            # It is told and not kept: its offer is about the words themselves.
            key = payloads.key_of(turn.conversation.id, turn.message.seq)
            future.set_result([replace(said, buttons=tuple(payloads.standing_under(said.buttons, key)))])
        try:
            until = self._now() + timedelta(seconds=2.0**turn.attempt)
            await run_in_threadpool(self._inbox.postpone, turn, until)
        except SQLAlchemyError:
            log.warning("the claim of a turn that failed was left to run out")

    async def _replies(self, turn: Turn, under: Under | None) -> list[Reply]:
        """`under`: what a press stood under."""
        if turn.conversation.channel == EMAIL and self._correspondent:
            async with self._asking:
                return await self._correspondent.replies(turn, alone=turn.attempt > _TRIES)
        if turn.conversation.held_by == OFFICER:
            return []
        if named := turn.message.detail.get("answer_in"):
            turn = replace(turn, conversation=replace(turn.conversation, language=named))
        own = self._verbs.replies(turn)
        if own is not None:
            return own
        if self._buttons.is_lost(turn.message.text, under):
            return [self._verbs.gone(turn.message.detail.get("language") or turn.conversation.language)]
        question = under.question if under else None
        if turn.message.text == payloads.OPEN_TICKET and under is None:
            question = await run_in_threadpool(self._store.last_question, turn.conversation.id)
        clock = under.clock if under else None
        if turn.attempt > _TRIES:
            log.error("a message failed %d times; the fallback text was given", _TRIES)
            return await run_in_threadpool(
                self._fallback.replies, turn.conversation, turn.message.text, question, clock
            )
        metadata = {
            "language": turn.message.detail.get("language") or turn.conversation.language,
            "message": turn.message.id,
            "attempt": turn.attempt,
            **({"question": question} if question else {}),
            **({"answer_in": named} if named else {}),
            **({"under": under.as_dict()} if under else {}),
        }
        # A slash that is not ours is the citizen's: Rasa would read it as a command. Lines, and signs as they were
        # written, are for people.
        spoken = turn.message.text if turn.message.kind == PRESS else clean(turn.message.text).lstrip("/ ") or "…"
        try:
            async with self._asking:
                return await self._assistant.replies(turn.conversation.id, spoken, metadata)
        except AssistantUnavailable as trouble:
            log.warning("the assistant did not answer (%s); the fallback text was given", trouble)
            return await run_in_threadpool(
                self._fallback.replies, turn.conversation, turn.message.text, question, clock
            )

    async def _replies_to(self, accepted: Accepted, text: str, future: asyncio.Future[list[Reply]]) -> list[Reply]:
        """The replies: from our own turn, or from the database, where another process may write them."""
        wait = 0.0 if accepted.duplicate else _LOOK_SECONDS
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
            wait = _LOOK_SECONDS


def _name(error: BaseException) -> str:
    return type(error).__name__

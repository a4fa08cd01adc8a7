"""The stream of a conversation's events: what was said from where the page stands, and what is said from now on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import anyio
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from bot.conversations.conversation import ASSISTANT, OFFICER, Conversation
from bot.conversations.feed import Feed
from bot.conversations.offers import choices, due_values
from bot.conversations.store import ERASED, ConversationStore, Presence, Said
from bot.conversations.waiting import wait_for_event
from bot.texts import Texts

log = logging.getLogger(__name__)

PING_SECONDS = 15
SEND_SECONDS = 30.0  # a page that takes nothing for so long is cut off, and comes back where it stood
LOOK_AGAIN_SECONDS = 60.0
STOP_SECONDS = 2.0


class _Stop(anyio.Event):
    """Set by `sse_starlette` when the desk stops; wakes the stream, which has one thing to wait for."""

    def __new__(cls) -> _Stop:
        return object.__new__(cls)  # not one of the running loop's own kind, as anyio would have it

    def __init__(self) -> None:
        self.said = False
        self.news: asyncio.Event | None = None

    def set(self) -> None:
        self.said = True
        if self.news:
            self.news.set()


class Events:
    """Makes the streams. A stream holds nothing but its place: a page that reads slowly costs no memory.

    When the desk stops they end; the pages come back by themselves.
    """

    def __init__(self, store: ConversationStore, feed: Feed, texts: Texts, zone: ZoneInfo) -> None:
        self._store = store
        self._feed = feed
        self._texts = texts
        self._zone = zone

    def stream(self, conversation: Conversation, last_seen: int) -> EventSourceResponse:
        """The events of a conversation after the place `last_seen`."""
        stop = _Stop()
        return EventSourceResponse(
            self._events(conversation, last_seen, stop),
            shutdown_event=stop,
            shutdown_grace_period=STOP_SECONDS,
            ping=PING_SECONDS,
            send_timeout=SEND_SECONDS,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    def nudge(self, conversation: Conversation) -> None:
        """Something happened in this conversation."""
        self._feed.nudge(conversation.id)

    async def _events(self, conversation: Conversation, seq: int, stop: _Stop) -> AsyncIterator[ServerSentEvent]:
        shown: Presence | None = None
        async with self._feed.watch(conversation.id) as news:
            stop.news = news
            while not stop.said:
                news.clear()
                try:
                    said, presence = await run_in_threadpool(self._look, conversation.id, seq)
                except SQLAlchemyError as error:
                    # The page comes back by itself, and finds what it missed.
                    log.warning("the database does not answer (%s); a stream was ended", type(error).__name__)
                    return
                if presence is None:
                    yield ServerSentEvent("{}", event="forgotten")
                    return
                for item in said:
                    seq = item.message.seq
                    yield ServerSentEvent(self._message(item, presence.language), event="message", id=str(seq))
                if _state(presence) != (shown and _state(shown)):
                    yield ServerSentEvent(json.dumps(_state(presence)), event="state")
                shown = presence
                await wait_for_event(news, LOOK_AGAIN_SECONDS)

    def _look(self, conversation_id: str, seq: int) -> tuple[list[Said], Presence | None]:
        # The state first: what is said after it was read comes with the next look, never the other way round.
        presence = self._store.presences([conversation_id]).get(conversation_id)
        if presence is None or presence.last_seq <= seq:
            return [], presence
        return self._store.since(conversation_id, seq), presence

    def _message(self, said: Said, language: str) -> str:
        message, custom = said.message, said.message.custom
        language = custom.get("language") or message.detail.get("language") or language
        body: dict[str, Any] = {
            "seq": message.seq,
            "author": message.author,
            "name": message.detail.get("name") if message.author == OFFICER else None,
            "kind": message.kind,
            "text": message.shown,
            "language": language,
            "at": message.at.isoformat(),
            "client_id": message.detail.get("client_id"),
        }
        if message.detail.get(ERASED):
            body["erased"] = True
        if message.author == ASSISTANT:
            body |= {
                "outcome": custom.get("outcome"),
                "choices": [choice["title"] for choice in choices(self._texts, message, language)],
                "sources": custom.get("sources") or [],
                "ticket": self._ticket(custom.get("ticket"), language),
                "helpful": said.helpful,
            }
        return json.dumps(body, ensure_ascii=False)

    def _ticket(self, ticket: dict[str, Any] | None, language: str) -> dict[str, Any] | None:
        if not ticket:
            return None
        values = due_values(datetime.fromisoformat(ticket["due"]), language, self._zone)
        return {
            "reference": ticket.get("reference"),
            "due": ticket["due"],
            "due_text": self._texts.get("due_by", language, **values),
        }


def _state(presence: Presence) -> dict[str, Any]:
    return {name: value for name, value in asdict(presence).items() if name != "last_seq"}

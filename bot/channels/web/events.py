"""The stream of a conversation's events: what was said from where the page stands, and what is said from now on."""

from __future__ import annotations

import json
import logging
import math
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from bot.core.sse import Stop, stream
from bot.core.texts import Texts
from bot.core.waiting import wait_for_event
from bot.messages.contract import TicketFacts
from bot.messages.conversation import ASSISTANT, OFFICER, QUEUE, Conversation
from bot.messages.notifier import Notifier
from bot.messages.queue import Queue
from bot.messages.store import ConversationStore, Presence
from bot.messages.transcripts import Said
from bot.promises.calendar import Calendar
from bot.tickets.offers import choices, due_values

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 60.0
# What some clients take for the end of a line, and JSON does not escape.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
NOTE_SECONDS = 20.0  # how often the page of one who waits for a person, or talks to one, is noted to be there


class Events:
    """Makes the streams. A stream holds nothing but its place: a page that reads slowly costs no memory.

    When the desk stops they end; the pages come back by themselves.
    """

    def __init__(
        self,
        store: ConversationStore,
        queue: Queue,
        notifier: Notifier,
        texts: Texts,
        calendar: Calendar,
        now: Callable[[], datetime],
    ) -> None:
        """`calendar`: the hours in which a person answers."""
        self._store = store
        self._queue = queue
        self._notifier = notifier
        self._texts = texts
        self._calendar = calendar
        self._zone = calendar.zone
        self._now = now

    def stream(self, conversation: Conversation, last_seen: int) -> EventSourceResponse:
        """The events of a conversation after the place `last_seen`."""
        return stream(lambda stop: self._events(conversation, last_seen, stop))

    def nudge(self, conversation: Conversation) -> None:
        """Something happened in this conversation."""
        self._notifier.nudge(conversation.id)

    async def _events(self, conversation: Conversation, seq: int, stop: Stop) -> AsyncIterator[ServerSentEvent]:
        shown: dict[str, Any] | None = None
        noted_at = -math.inf
        async with self._notifier.watch(conversation.id) as news:
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
                state = self._state(presence)
                if state != shown:
                    yield ServerSentEvent(json.dumps(state), event="state")
                shown = state
                staffed = presence.held_by in (QUEUE, OFFICER)
                if staffed and time.monotonic() - noted_at >= NOTE_SECONDS:
                    # So that an officer knows whether the citizen is still there to read.
                    noted_at = time.monotonic()
                    await self._note_citizen(conversation.id)
                await wait_for_event(news, NOTE_SECONDS if staffed else LOOK_AGAIN_SECONDS)

    async def _note_citizen(self, conversation_id: str) -> None:
        try:
            await run_in_threadpool(self._queue.citizen_seen, conversation_id, self._now())
        except SQLAlchemyError as error:
            log.warning("the database does not answer (%s); a citizen's presence was not noted", type(error).__name__)

    def _look(self, conversation_id: str, seq: int) -> tuple[list[Said], Presence | None]:
        # The state first: what is said after it was read comes with the next look, never the other way round.
        presence = self._store.presences([conversation_id]).get(conversation_id)
        if presence is None or presence.last_seq <= seq:
            return [], presence
        return self._store.since(conversation_id, seq), presence

    def _message(self, said: Said, language: str) -> str:
        message, facts, beside = said.message, said.message.facts, said.message.beside
        language = facts.language or beside.language or language
        body: dict[str, Any] = {
            "seq": message.seq,
            "author": message.author,
            "name": beside.name if message.author == OFFICER else None,
            "kind": message.kind,
            "text": message.shown,
            "language": language,
            "at": message.at.isoformat(),
            "client_id": beside.client_id,
        }
        if beside.erased:
            body |= {"erased": True, "tickets": list(facts.tickets or ())}
        if message.author == ASSISTANT:
            body |= {
                "outcome": facts.outcome,
                "choices": [choice["title"] for choice in choices(self._texts, message, language)],
                "sources": [source.to_json() for source in facts.sources or ()],
                "ticket": self._ticket(facts.ticket, language),
                "data": facts.export,
                "helpful": said.helpful,
            }
        return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(body, ensure_ascii=False))

    def _ticket(self, ticket: TicketFacts | None, language: str) -> dict[str, Any] | None:
        if not ticket:
            return None
        values = due_values(datetime.fromisoformat(ticket.due), language, self._zone)
        return {
            "reference": ticket.reference,
            "due": ticket.due,
            "due_text": self._texts.get("due_by", language, **values),
        }

    def _state(self, presence: Presence) -> dict[str, Any]:
        state = {name: value for name, value in asdict(presence).items() if name != "last_seq"}
        typing_at = presence.typing_at
        return {
            **state,
            "typing_at": typing_at.isoformat() if typing_at else None,
            "open": self._calendar.is_open(self._now()),
        }

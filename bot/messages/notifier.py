"""Tells those who look on at a conversation that something happened in it, whichever process did it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.messages.store import ConversationStore, Presence

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # how soon what another process did is seen


class Notifier:
    """Wakes the onlookers of a conversation. What happened they read themselves, from where they stand."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self._onlookers: dict[str, set[asyncio.Event]] = {}
        self._seen: dict[str, Presence | None] = {}
        self._anybody = asyncio.Event()  # whether somebody looks on

    @property
    def watched(self) -> int:
        """How many onlookers there are."""
        return sum(map(len, self._onlookers.values()))

    @asynccontextmanager
    async def watch(self, conversation_id: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever something may have happened; its reader clears it."""
        event = asyncio.Event()
        self._onlookers.setdefault(conversation_id, set()).add(event)
        self._anybody.set()
        try:
            yield event
        finally:
            others = self._onlookers[conversation_id]
            others.discard(event)
            if not others:
                del self._onlookers[conversation_id]
                self._seen.pop(conversation_id, None)
            if not self._onlookers:
                self._anybody.clear()

    def nudge(self, conversation_id: str) -> None:
        """Something happened in this conversation, in this process."""
        for event in self._onlookers.get(conversation_id, ()):
            event.set()

    async def run(self) -> None:
        """Look for what other processes did, until cancelled."""
        while True:
            await self._anybody.wait()
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except SQLAlchemyError as error:
                log.warning("the database does not answer (%s); onlookers hear nothing new", type(error).__name__)

    async def _look(self) -> None:
        watched = list(self._onlookers)
        found = await run_in_threadpool(self._store.presences, watched)
        for conversation_id in watched:
            presence = found.get(conversation_id)
            if self._seen.get(conversation_id) != presence or presence is None:
                self._seen[conversation_id] = presence
                self.nudge(conversation_id)

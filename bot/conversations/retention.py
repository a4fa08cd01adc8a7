"""Conversations that have been silent for long are erased: once at the start, then once an hour."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.conversations.leases import Lease
from bot.conversations.store import ConversationStore
from bot.conversations.trackers import Trackers
from bot.conversations.verbs import Verbs

log = logging.getLogger(__name__)

LOOK_SECONDS = 3600.0
_AT_ONCE = 100


class Retention:
    """Erases what was kept long enough."""

    def __init__(
        self,
        store: ConversationStore,
        verbs: Verbs,
        trackers: Trackers,
        lease: Lease,
        now: Callable[[], datetime],
        days: int,
    ) -> None:
        """`days`: how long after its last message a conversation is kept."""
        self._store = store
        self._verbs = verbs
        self._trackers = trackers
        self._lease = lease
        self._now = now
        self._age = timedelta(days=days)

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            try:
                if await self._lease.hold():
                    await run_in_threadpool(self.erase_old)
                    await run_in_threadpool(self.erase_remains)
            except SQLAlchemyError as error:
                log.warning("the database does not answer (%s); nothing was erased", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def erase_old(self) -> int:
        """Erase the conversations whose last message is too old; how many."""
        erased, after = 0, ""
        moment = self._now() - self._age
        while old := self._store.silent_since(moment, after, _AT_ONCE):
            for conversation in old:
                self._verbs.forget(conversation, say_so=False, silent_since=moment)
            erased, after = erased + len(old), old[-1].id
        if erased:
            log.info("%d conversations were erased: the time they are kept is over", erased)
        return erased

    def erase_remains(self) -> int:
        """Erase what the assistant remembers of conversations that are gone (it wrote late, or a process died)."""
        remembered = self._trackers.conversations(self._now() - timedelta(seconds=LOOK_SECONDS))
        known = self._store.presences(remembered)
        remains = [conversation_id for conversation_id in remembered if conversation_id not in known]
        for conversation_id in remains:
            self._trackers.erase(conversation_id)
        return len(remains)

"""The duty of the clocks: the watch over them looks every minute, in one process at a time."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.conversations.leases import Lease
from bot.tickets.watch import Watch

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
_UNTIL_HELD = 1.0


class Clockwork:
    """Moves the clocks to where this process's calendar has them, once; then warns and breaks them in time."""

    def __init__(self, watch: Watch, lease: Lease) -> None:
        self._watch = watch
        self._lease = lease

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        moved = False
        async with self._lease.kept():
            while True:
                try:
                    if self._lease.held:
                        if not moved:
                            await run_in_threadpool(self._watch.move)
                            moved = True
                        await run_in_threadpool(self._watch.look)
                except SQLAlchemyError as error:
                    log.warning("the database does not answer (%s); no clock was looked at", type(error).__name__)
                await asyncio.sleep(LOOK_SECONDS if self._lease.held else _UNTIL_HELD)

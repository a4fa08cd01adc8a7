"""Asks Telegram for updates, where it cannot reach the desk."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Bot
from telegram.error import Conflict, TelegramError
from telegram.warnings import PTBUserWarning

from bot.assistant.pipeline import NotReceived
from bot.channels.telegram.channel import UPDATES
from bot.channels.telegram.sending import asked_to_wait
from bot.core.leases import Lease

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0


class Poller:
    """One process at a time asks; an update is acknowledged, by asking for the next, once it is kept."""

    def __init__(self, bot: Bot, receive: Callable[[Any], Awaitable[None]], lease: Lease, *, seconds: int = 20) -> None:
        """`seconds`: how long Telegram may hold a question open until there is something to tell."""
        self._bot = bot
        self._receive = receive
        self._lease = lease
        self._seconds = seconds
        self._next: int | None = None
        # See _ask() for why not.
        warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)

    async def run(self) -> None:
        """Ask until cancelled."""
        wait = _FIRST_WAIT
        async with self._lease.kept():
            while True:
                if not self._lease.held:
                    await asyncio.sleep(_LOOK_SECONDS)
                    continue
                try:
                    await self._ask()
                    wait = _FIRST_WAIT
                except (TelegramError, NotReceived) as error:
                    why = "another program asks for them, or a webhook is set"
                    why = why if isinstance(error, Conflict) else type(error).__name__
                    log.warning("no updates could be taken in (%s); asking again", why)
                    await asyncio.sleep(max(wait, asked_to_wait(error)))
                    wait = min(2 * wait, _LONGEST_WAIT)

    async def _ask(self) -> None:
        """Take in what there is, in order.

        Raises:
            TelegramError: Telegram does not answer.
            NotReceived: an update could not be kept; it and those after it come again.
        """
        question = {"timeout": self._seconds, "allowed_updates": UPDATES, "offset": self._next}
        # Not get_updates(): one update that it cannot read would keep all from being taken in.
        updates: Any = await self._bot.do_api_request(
            "getUpdates",
            api_kwargs={name: value for name, value in question.items() if value is not None},
            read_timeout=self._seconds + 10,
        )
        for update in updates:
            await self._receive(update)
            self._next = update["update_id"] + 1

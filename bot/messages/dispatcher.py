"""Carries out what waits in the outbox of one channel, as its own specification:

1. One process at a time has this duty (a lease).
2. Of each conversation the first message that waits is sent, part by part; the next only once it is settled.
3. The channel's pace is kept, to all together and to each address; when it asks for patience, it gets it.
4. What surely failed is tried again, after growing waits, for a day; what can never succeed is parked with
   its reason, where staff see it.
5. What was sent without an answer may have arrived: it is tried once more, after the channel gave a sign of
   life, so that a citizen sees at most one duplicate; after that it is parked.
6. What was sent is written down at once, many at a time: a process killed in between leaves one duplicate
   a conversation at most.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.core.leases import Lease
from bot.core.waiting import wait_for_event
from bot.messages.delivery import Permanent, PushChannel, Throttled, Transient, Uncertain
from bot.messages.outbox import PARKED, SENT, Outbox, Outgoing
from bot.messages.store import ConversationStore

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0  # how often rows are looked for that another process wrote
GIVE_UP_AFTER = timedelta(days=1)
_AT_ONCE = 200  # messages under way
_REMEMBERED = 10_000  # addresses whose pace is kept before those that are free again are forgotten
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0
_STOP_SECONDS = 5.0


class Pace:
    """When the next part may be sent: at most `per_second` to all together, `address_per_second` to one."""

    def __init__(self, per_second: float, address_per_second: float) -> None:
        self._gap = 1.0 / per_second
        self._address_gap = 1.0 / address_per_second
        self._free_at = 0.0
        self._paused_until = 0.0
        self._address_free_at: dict[str, float] = {}

    async def turn(self, address: str) -> None:
        """Wait until a part may be sent to `address`."""
        await asyncio.sleep(self._address_free_at.get(address, 0.0) - time.monotonic())
        while True:
            now = time.monotonic()
            at = max(now, self._free_at, self._paused_until)
            self._free_at = at + self._gap
            await asyncio.sleep(at - now)
            if time.monotonic() >= self._paused_until:  # no pause was asked for while we waited
                break
        if len(self._address_free_at) > _REMEMBERED:
            now = time.monotonic()
            self._address_free_at = {name: at for name, at in self._address_free_at.items() if at > now}
        self._address_free_at[address] = time.monotonic() + self._address_gap

    def pause(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)


class Dispatcher:
    """Delivers one channel's rows."""

    def __init__(
        self,
        channel: PushChannel,
        outbox: Outbox,
        store: ConversationStore,
        lease: Lease,
        now: Callable[[], datetime],
        news: asyncio.Event,
    ) -> None:
        """`news`: set when this process may have written a row."""
        self._channel = channel
        self._outbox = outbox
        self._store = store
        self._lease = lease
        self._now = now
        self._news = news
        self._pace = Pace(channel.per_second, channel.address_per_second)
        self._under_way: dict[str, asyncio.Task[None]] = {}  # by conversation: one message of each at a time
        self._progress: dict[str, Outgoing] = {}  # of those under way that have parts behind them
        self._settled: list[Outgoing] = []
        self._writing = asyncio.Lock()
        self._silent = False  # the channel left a part without an answer, and has given no sign of life since

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with self._lease.kept(self._news.set):
            try:
                while True:
                    self._news.clear()
                    if not await self._look():
                        await wait_for_event(self._news, LOOK_SECONDS)
            finally:
                await self._stop()

    async def _look(self) -> int:
        """Start what may go out, if that is our duty; how many."""
        if not self._lease.held:
            return 0
        try:
            await self._write()
            return await self._start_due()
        except SQLAlchemyError as error:
            log.warning("the database does not answer (%s); nothing goes out", type(error).__name__)
            return 0

    async def _stop(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way.values(), timeout=_STOP_SECONDS)
        for task in self._under_way.values():
            task.cancel()
        if self._lease.held:  # otherwise another process has gone on from what was written down
            self._settled += self._progress.values()
        try:
            await self._write()
        except SQLAlchemyError as error:
            log.warning("the last deliveries were not written down (%s)", type(error).__name__)

    async def _start_due(self) -> int:
        """Start what is due and not under way; how many."""
        if self._silent and not await self._gives_sign_of_life():
            return 0
        room = _AT_ONCE - len(self._under_way)
        if room < _AT_ONCE // 2:  # a few at a time would be a look at the table for each
            return 0
        # What ends while we look is seen as waiting, and not under way any more: it is not begun again.
        known = set(self._under_way)
        rows = await run_in_threadpool(self._outbox.due, self._channel.name, self._now(), room + len(known))
        fresh = [row for row in rows if row.message.conversation_id not in known][:room]
        for row in fresh:
            task = asyncio.create_task(self._deliver(row))
            self._under_way[row.message.conversation_id] = task
        return len(fresh)

    async def _gives_sign_of_life(self) -> bool:
        try:
            await self._channel.probe()
        except Throttled as error:
            self._pace.pause(error.retry_after)
            return False
        except (Transient, Uncertain, Permanent) as error:
            log.warning("%s gives no sign of life (%s)", self._channel.name, error.reason)
            await asyncio.sleep(LOOK_SECONDS)
            return False
        self._silent = False
        return True

    async def _deliver(self, row: Outgoing) -> None:
        """Send what is left of a message, and write down how far it came."""
        settled: Outgoing | None
        try:
            settled = await self._send_parts(row)
        except Exception as error:  # noqa: BLE001 - a message that breaks us must not stop the others
            log.error("a message could not be sent (%s)", type(error).__name__, exc_info=error)
            settled = replace(row, state=PARKED, reason=f"fault: {type(error).__name__}")
        self._progress.pop(row.message.conversation_id, None)
        if settled is None:
            self._under_way.pop(row.message.conversation_id, None)
            return
        self._settled.append(settled)
        try:
            await self._write()
            if settled.state == SENT and settled.message.beside.farewell:
                await run_in_threadpool(self._store.erase_farewell, settled.message)
        except SQLAlchemyError as error:
            # It stays in the list of the settled, and under way: it is written with the next that is.
            log.warning("the database does not answer (%s); a delivery is not written down yet", type(error).__name__)

    async def _send_parts(self, row: Outgoing) -> Outgoing | None:
        """How far the message came; None if it is no longer ours to send."""
        parts = self._channel.parts(row.message, row.language)
        for part in parts[row.parts_sent :]:
            await self._pace.turn(row.address)
            if not self._lease.held:
                return None
            if row.message.conversation_id in self._progress and await self._erased(row):
                return None
            try:
                await self._channel.send(row.address, part)
            except Throttled as error:
                self._pace.pause(error.retry_after)
                return replace(row, next_at=self._now() + timedelta(seconds=error.retry_after), reason=error.reason)
            except Transient as error:
                return self._again(row, error.reason)
            except Uncertain as error:
                self._silent = True
                if row.uncertain:
                    return self._park(row, f"{error.reason}: sent twice without an answer")
                return self._again(replace(row, uncertain=1), error.reason)
            except Permanent as error:
                return self._park(row, error.reason)
            row = replace(row, parts_sent=row.parts_sent + 1, uncertain=0)
            self._progress[row.message.conversation_id] = row
        return replace(row, state=SENT, reason=None)

    async def _erased(self, row: Outgoing) -> bool:
        """Whether a message was erased while its parts go out; no if the database does not tell."""
        try:
            return not await run_in_threadpool(self._outbox.waits, row)
        except SQLAlchemyError:
            return False

    def _again(self, row: Outgoing, reason: str) -> Outgoing:
        if self._now() - row.created_at > GIVE_UP_AFTER:
            return self._park(row, f"{reason}: given up after a day")
        wait = min(_FIRST_WAIT * 2.0**row.attempts, _LONGEST_WAIT) * random.uniform(0.8, 1.2)
        return replace(row, attempts=row.attempts + 1, reason=reason, next_at=self._now() + timedelta(seconds=wait))

    def _park(self, row: Outgoing, reason: str) -> Outgoing:
        log.warning("a message on %s could not be delivered and was parked (%s)", self._channel.name, reason)
        return replace(row, state=PARKED, reason=reason)

    async def _write(self) -> None:
        """Write down what is settled: whoever comes while another writes finds it done for them."""
        async with self._writing:
            settled, self._settled = self._settled, []
            if not settled:
                return
            try:
                await run_in_threadpool(self._outbox.settle, settled, self._now())
            except SQLAlchemyError:
                self._settled = settled + self._settled
                raise
            for row in settled:
                self._under_way.pop(row.message.conversation_id, None)
            self._news.set()

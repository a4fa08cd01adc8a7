"""Duties that one process has at a time: carrying out a channel's messages, polling Telegram."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.core.db import Database, UTCDateTime, metadata

log = logging.getLogger(__name__)

# Names of duties, and until when each is whose.
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("until", UTCDateTime, nullable=False),
)

LEASE_SECONDS, RENEW_SECONDS = 6.0, 2.0
_TOGETHER_SECONDS = 0.05  # how long one who asks waits for others
_Wish = dict[str, Any]  # the parameters of the statement that takes a duty


class Together:
    """Takes the duties that are asked for at about the same time in one statement: each would be a write to disk.

    Those that a process keeps are renewed at the same time from then on, as they sleep equally long.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: list[tuple[_Wish, asyncio.Future[bool]]] = []
        self._taking: asyncio.Task[None] | None = None
        self._statement = _take_statement(database.engine.dialect.name)

    async def take(self, name: str, holder: str, now: datetime) -> bool:
        """Whether the duty is the holder's from now on.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        until = now + timedelta(seconds=LEASE_SECONDS)
        self._asked.append(({"name": name, "holder": holder, "until": until, "now": now}, future))
        if len(self._asked) == 1:
            self._taking = asyncio.create_task(self._take_all())
        return await future

    async def settled(self) -> None:
        """Wait until what is being taken now is taken."""
        if self._taking:
            await asyncio.wait([self._taking])

    async def _take_all(self) -> None:
        await asyncio.sleep(_TOGETHER_SECONDS)
        # Who was cancelled meanwhile may have given its duty up: it must not be taken again.
        asked, self._asked = [(wish, future) for wish, future in self._asked if not future.done()], []
        try:
            taken = await run_in_threadpool(self._take, [wish for wish, _ in asked])
        except Exception as error:  # noqa: BLE001 - each who asked must hear of it
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
        else:
            for wish, future in asked:
                if not future.done():
                    future.set_result((wish["name"], wish["holder"]) in taken)

    def _take(self, wishes: list[_Wish]) -> set[tuple[str, str]]:
        """The names that were free or the holder's own, each with its holder."""
        taken: set[tuple[str, str]] = set()
        # In one order for all processes: none waits for another that waits for it.
        left = sorted(wishes, key=itemgetter("name"))
        with self._database.writing() as connection:
            while left:
                # A name may stand once in a statement.
                once = list({wish["name"]: wish for wish in left}.values())
                left = [wish for wish in left if wish not in once]
                taken |= {(row.name, row.holder) for row in connection.execute(self._statement, once)}
        return taken


class Lease:
    """One duty, by name. Whoever holds it renews it; one that is not renewed runs out and is anybody's."""

    def __init__(
        self, database: Database, name: str, now: Callable[[], datetime], together: Together | None = None
    ) -> None:
        """`together`: with which duties of this process it is taken; alone unless told."""
        self.name = name
        self._database = database
        self._together = together or Together(database)
        self._now = now
        self._me = uuid.uuid4().hex
        self._until = 0.0
        self._ours = asyncio.Event()  # set whenever it is taken or renewed

    @property
    def held(self) -> bool:
        """Whether it is ours for sure: measured from before we asked, so never longer than others believe."""
        return time.monotonic() < self._until

    async def hold(self) -> bool:
        """Take the duty, or keep it; False if another process has it.

        Raises:
            SQLAlchemyError: the database does not answer; what we hold we hold until it runs out.
        """
        asked = time.monotonic()
        ours = await self._together.take(self.name, self._me, self._now())
        self._until = asked + LEASE_SECONDS if ours else 0.0
        if ours:
            self._ours.set()
        return ours

    async def keep(self, told: Callable[[], None] = lambda: None) -> None:
        """Take the duty as soon as it is free and renew it, until cancelled; `told` is called whenever it is taken."""
        while True:
            held = self.held
            try:
                await self.hold()
            except SQLAlchemyError as error:
                log.warning("the database does not answer (%s); the duty %r runs out", type(error).__name__, self.name)
            if self.held and not held:
                told()
            await asyncio.sleep(RENEW_SECONDS)

    @asynccontextmanager
    async def kept(self, told: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Keep the duty while the block lasts, also while it ends; then leave it to others at once."""
        keeping = asyncio.create_task(self.keep(told))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            try:
                await self.give_up()
            except SQLAlchemyError as error:
                log.warning("the duty %r was left to run out (%s)", self.name, type(error).__name__)

    async def serve(self, look: Callable[[], object], seconds: float, waits: str) -> None:
        """Look in a thread every `seconds` while the duty is ours, until cancelled.

        `waits`: what is not done, for the log, as long as the database does not answer.
        """
        async with self.kept():
            while True:
                if not self.held:
                    self._ours.clear()
                    await self._ours.wait()
                    continue
                try:
                    await run_in_threadpool(look)
                except SQLAlchemyError as error:
                    log.warning("the database does not answer (%s); %s", type(error).__name__, waits)
                await asyncio.sleep(seconds)

    async def give_up(self) -> None:
        """Leave the duty to others at once."""
        self._until = 0.0
        await self._together.settled()
        await run_in_threadpool(self._drop)

    def _drop(self) -> None:
        mine = sa.delete(leases).where(leases.c.name == self.name, leases.c.holder == self._me)
        with self._database.writing() as connection:
            connection.execute(mine)


def _take_statement(dialect: str) -> Any:
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(leases)
    insert = insert.values({name: sa.bindparam(name) for name in ("name", "holder", "until")})
    return insert.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={"holder": insert.excluded.holder, "until": insert.excluded.until},
        where=sa.or_(
            leases.c.holder == insert.excluded.holder,
            leases.c.until < sa.bindparam("now", type_=leases.c.until.type),
        ),
    ).returning(leases.c.name, leases.c.holder)

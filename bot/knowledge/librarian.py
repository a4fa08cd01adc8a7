"""Does the trials, publishes scheduled versions, and groups the unanswered questions, in one process at a time."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.core.db import Database
from bot.core.imports import dependencies
from bot.core.processes import ends_with_starter
from bot.knowledge.drafts import Drafts
from bot.knowledge.editing import EditRefused, Version
from bot.knowledge.release import PUBLISH, REFIT
from bot.knowledge.releases import Releases
from bot.knowledge.retries import FailedWork, Retries, log_failure
from bot.knowledge.tables import question_groups
from bot.knowledge.trials import FAILED, READY
from bot.knowledge.work import UNREADABLE, WORKER, Cause, WorkFailed, cause_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
_LONGEST_REFIT = timedelta(minutes=10)  # of somebody else, who may have been killed
GROUPS, TRIAL = "groups", "trial"


class Duty(Protocol):
    """A duty that one process has at a time (a lease)."""

    @property
    def held(self) -> bool:
        """Whether this process has the duty now."""

    def kept(self) -> AbstractAsyncContextManager[None]:
        """Keep the duty while the block lasts."""


class Librarian:
    """Finds work and does it piece by piece; what takes long runs in a process of its own."""

    def __init__(
        self,
        database: Database,
        drafts: Drafts,
        releases: Releases,
        unanswered: Callable[[], Sequence[int]],
        now: Callable[[], datetime],
        worker: Sequence[str] = WORKER,
        group_seconds: float = 60.0,
    ) -> None:
        """`unanswered`: the numbers of the messages to group; `worker`: the command of the process that works.

        `group_seconds`: between two looks at what is grouped, and at whether the matcher must be fitted anew.
        """
        self._database = database
        self._drafts = drafts
        self._releases = releases
        self._unanswered = unanswered
        self._now = now
        self._retries = Retries(database, now)
        self._worker = tuple(worker)
        self._group_seconds = group_seconds

    async def run(self, duty: Duty) -> None:
        """Look for work, as long as the duty is this process's, until cancelled."""
        mine, rare_at = False, 0.0
        async with duty.kept():
            while True:
                try:
                    if duty.held:
                        if not mine:
                            await run_in_threadpool(self._releases.trials.give_back)
                        mine = True
                        rare = time.monotonic() >= rare_at
                        await self.look(group=rare)
                        rare_at = time.monotonic() + self._group_seconds if rare else rare_at
                    else:
                        mine = False
                except SQLAlchemyError as error:
                    log.warning("the database does not answer (%s); the librarian waits", type(error).__name__)
                    mine = False  # a trial may have been left half done
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self, *, group: bool = False) -> None:
        """Do the work there is; with `group`, also refit the matcher and group questions if needed."""
        for version in await run_in_threadpool(self._drafts.due):
            await run_in_threadpool(self.publish_scheduled, version)
        trial = await run_in_threadpool(self._releases.trials.take)
        if trial:
            try:
                await self._work(TRIAL, str(trial.id))
            except WorkFailed as error:
                log_failure(f"{TRIAL} {trial.id}", error)
                await run_in_threadpool(self._releases.trials.fail, trial.id, error.failure)
        elif group:
            await self.refit()
            await self.group()

    async def refit(self) -> bool:
        """Refit the matcher if the one in use is unreadable or lacks what is published. Return whether it did."""
        if not await run_in_threadpool(self._releases.needs_refit):
            await run_in_threadpool(self._retries.done, REFIT)
            return False
        of = await run_in_threadpool(self._digest_of_published)
        if await run_in_threadpool(self._releases.trials.is_refitting, self._now() - _LONGEST_REFIT):
            return False
        if not await run_in_threadpool(self._retries.may, REFIT, of):
            return False
        if await run_in_threadpool(self._releases.is_rejected):
            # What is fitted now may be as unreadable: it is not done again and again.
            unreadable = WorkFailed(Cause(UNREADABLE, "fitted anew"))
            await run_in_threadpool(self._retries.note, REFIT, of, unreadable)
        number = await run_in_threadpool(self._releases.trials.ask, REFIT, "guichet")
        try:
            await self._work(TRIAL, str(number))
            await run_in_threadpool(self._releases.refitted, number)
        except WorkFailed as error:
            await run_in_threadpool(self._releases.trials.fail, number, error.failure)
            await run_in_threadpool(self._retries.note, REFIT, of, error)
            return False
        except EditRefused:
            return False  # something was published meanwhile: the next look sees to it
        log.info("the matcher was fitted anew on what is published")
        return True

    def publish_scheduled(self, version: Version) -> None:
        """Publish a version that is due; if something forbids it, a person decides."""
        try:
            self._releases.publish(version.article, version.reviewed_by or "", version.reason)
        except EditRefused as refusal:
            if refusal.code == "not_reviewed":
                return  # somebody edited it, or published it, in this moment
            trial = self._releases.trials.of_article(version.article)
            latest = self._releases.latest()
            base = latest.number if latest else 0
            is_fresh = trial is not None and trial.tells_of(PUBLISH, version.number, version.edits, base)
            if refusal.code == "no_trial" and not (is_fresh and trial and trial.state == FAILED):
                # It was tried on what was published then; now on what is published now.
                if not is_fresh or (trial and trial.state == READY):
                    self._releases.trials.ask(
                        PUBLISH,
                        version.authors[0],
                        article=version.article,
                        version=version.number,
                        edits=version.edits,
                    )
                return
            log.warning("a scheduled version was not published (%s); it waits for a person", refusal.code)
            self._drafts.unschedule(version.article)

    async def group(self) -> bool:
        """Group the unanswered questions if they have changed; return whether they have."""
        questions = await run_in_threadpool(self._unanswered)
        of = _digest(list(questions), await run_in_threadpool(work_code))
        if await run_in_threadpool(self._grouped) == of:
            return False
        if not await run_in_threadpool(self._retries.may, GROUPS, of):
            return False
        try:
            groups = json.loads(await self._work(GROUPS)) if questions else []
        except WorkFailed as error:
            await run_in_threadpool(self._retries.note, GROUPS, of, error)
            return False
        await run_in_threadpool(self._keep_groups, of, groups)
        await run_in_threadpool(self._retries.done, GROUPS)
        return True

    def failed(self, work: str) -> FailedWork | None:
        """Why the groups (`GROUPS`) or the matcher (`REFIT`) are not up to date; None if nothing failed."""
        return self._retries.failed(work)

    def groups(self) -> list[list[int]]:
        """The latest groups of unanswered questions, by the numbers of their messages, the largest first."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(question_groups.c.groups)).scalar()
        return found or []

    def _grouped(self) -> str | None:
        with self._database.reading() as connection:
            return connection.execute(sa.select(question_groups.c.of)).scalar()

    def _keep_groups(self, of: str, groups: list[list[int]]) -> None:
        with self._database.writing() as connection:
            connection.execute(sa.delete(question_groups))
            values: dict[str, Any] = {"id": 1, "made_at": self._now(), "of": of, "groups": groups}
            connection.execute(sa.insert(question_groups).values(values))

    async def _work(self, *arguments: str) -> bytes:
        """Run the worker and return its answer.

        Raises:
            WorkFailed: it ended with an error.
        """
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._worker,
                *arguments,
                # Not a pipe: on uvloop, to write to a process that has ended already is a RuntimeError.
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                preexec_fn=ends_with_starter(),
            )
        )
        try:
            process = await asyncio.shield(starting)
            answer, complaint = await process.communicate()
        finally:
            process = await starting  # who is cancelled while it starts has it to end as well
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            said = complaint.decode(errors="replace").strip()
            raise WorkFailed(cause_of(process.returncode, said), said.rpartition("\n")[0])
        return answer

    def _digest_of_published(self) -> str:
        latest = self._releases.latest()
        return _digest(latest.number if latest else 0, work_code())


@lru_cache(maxsize=1)
def work_code() -> str:
    """A digest of the worker's code: work that failed with other code may be tried again."""
    return dependencies([WORKER[-1]], without=["bot.bootstrap"]).digest()


def _digest(*what: object) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()

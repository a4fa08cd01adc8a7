"""The desk's duty towards the knowledge base: trials are done, scheduled versions published, questions grouped."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.db import Database
from bot.knowledge.drafts import Drafts
from bot.knowledge.editing import EditRefused, Version
from bot.knowledge.releases import FAILED, PUBLISH, READY, Releases
from bot.knowledge.tables import question_groups
from bot.knowledge.work import FAULT, WORKROOM, WorkFailed, failure_of
from bot.processes import ends_with_starter

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
_GROUP_EVERY = 60  # looks between two groupings of the unanswered questions


class Duty(Protocol):
    """Something that one process does at a time (a lease)."""

    @property
    def held(self) -> bool:
        """Whether it is ours to do now."""

    def kept(self) -> AbstractAsyncContextManager[None]:
        """Keep it while the block lasts."""


class Librarian:
    """Does what takes long, one piece at a time, in a process of its own."""

    def __init__(
        self,
        database: Database,
        drafts: Drafts,
        releases: Releases,
        unanswered: Callable[[], Sequence[int]],
        now: Callable[[], datetime],
        workroom: Sequence[str] = WORKROOM,
    ) -> None:
        """`unanswered`: the numbers of the messages to group; `workroom`: the command of the process that works."""
        self._database = database
        self._drafts = drafts
        self._releases = releases
        self._unanswered = unanswered
        self._now = now
        self._workroom = tuple(workroom)

    async def run(self, duty: Duty) -> None:
        """Look for work, as long as the duty is this process's, until cancelled."""
        looks, mine = 0, False
        async with duty.kept():
            while True:
                try:
                    if duty.held:
                        if not mine:
                            await run_in_threadpool(self._releases.forsake)
                        mine = True
                        await self.look(group=looks % _GROUP_EVERY == 0)
                        looks += 1
                    else:
                        mine = False
                except SQLAlchemyError as error:
                    log.warning("the database does not answer (%s); the librarian waits", type(error).__name__)
                    mine = False  # a trial may have been left half done
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self, *, group: bool = False) -> None:
        """Do what there is to do now."""
        for version in await run_in_threadpool(self._drafts.due):
            await run_in_threadpool(self.publish_scheduled, version)
        trial = await run_in_threadpool(self._releases.next_trial)
        if trial:
            try:
                await self._work("trial", str(trial.id))
            except WorkFailed as error:
                await run_in_threadpool(self._releases.fail, trial.id, error.failure)
        elif group:
            await self.group()

    def publish_scheduled(self, version: Version) -> None:
        """Publish a version whose time has come; if something is in the way, a person decides."""
        try:
            self._releases.publish(version.article, version.reviewed_by or "", version.reason)
        except EditRefused as refusal:
            if refusal.code == "not_reviewed":
                return  # somebody edited it, or published it, in this moment
            trial = self._releases.trial_of(version.article)
            latest = self._releases.latest()
            base = latest.number if latest else 0
            is_fresh = (
                trial is not None
                and trial.base == base
                and (trial.action, trial.version, trial.edits) == (PUBLISH, version.number, version.edits)
            )
            if refusal.code == "no_trial" and not (is_fresh and trial and trial.state == FAILED):
                # It was tried on what was published then; now on what is published now.
                if not is_fresh or (trial and trial.state == READY):
                    self._releases.ask(
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
        """Group the unanswered questions, if they are others than last time; whether they are."""
        questions = await run_in_threadpool(self._unanswered)
        of = hashlib.sha256(json.dumps(list(questions)).encode()).hexdigest()
        if await run_in_threadpool(self._grouped) == of:
            return False
        try:
            groups = json.loads(await self._work("groups")) if questions else []
        except WorkFailed:
            return False
        await run_in_threadpool(self._keep_groups, of, groups)
        return True

    def groups(self) -> list[list[int]]:
        """The groups of unanswered questions as last made, by the numbers of their messages, the largest first."""
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
        """What the workroom answers.

        Raises:
            WorkFailed: it ended with an error.
        """
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._workroom,
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
            failed = WorkFailed(failure_of(process.returncode, said))
            log.error("work on the knowledge base failed (%s): %s", " ".join(arguments), failed)
            if failed.failure.kind == FAULT:
                log.error("where it failed:\n%s", said.rpartition("\n")[0])
            raise failed
        return answer

"""Keeps the trials of publications, each with the matcher that was fitted for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database
from bot.knowledge.release import REFIT, latest_release, matcher_code
from bot.knowledge.tables import matchers, releases, trials
from bot.knowledge.work import Cause

WAITING, RUNNING, READY, FAILED, USED = "waiting", "running", "ready", "failed", "used"
_KEPT_RELEASES = 2  # whose matchers are kept
# Read every other second, also when there is nothing to do: built once.
_NEXT_TRIAL = sa.select(trials).where(trials.c.state == WAITING).order_by(trials.c.id).limit(1)


@dataclass(frozen=True)
class Trial:
    """The trial of a publication. `result` holds `changes` (see trial.py), the number of questions, and an error.

    `base` is the release on which it was tried: after another release the trial is stale.
    """

    id: int
    action: str
    article: str | None
    version: int | None
    edits: int | None
    base: int
    state: str
    asked_by: str
    asked_at: datetime
    done_at: datetime | None
    result: dict[str, Any]
    matcher: int | None

    def tells_of(self, action: str, version: int, edits: int | None, base: int) -> bool:
        """Whether the trial is of `action` on this state of a version, and of the present release `base`.

        `edits` is how often the version was edited; None for a version that is taken out.
        """
        return (self.action, self.version, self.edits, self.base) == (action, version, edits, base)

    @property
    def broken(self) -> list[dict[str, Any]]:
        """The evaluation questions that are answered well now and would not be."""
        return [change for change in self.result.get("changes") or () if change["kind"] == "broken"]


class Trials:
    """Keeps the trials that are asked for, and their results."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def ask(
        self,
        action: str,
        officer: str,
        *,
        article: str | None = None,
        version: int | None = None,
        edits: int | None = None,
    ) -> int:
        """Ask for a trial of a publication and return its number; earlier trials of the article become stale.

        The caller does a refit itself, at once; the librarian does the other trials.
        """
        with self._database.writing() as connection:
            latest = latest_release(connection)
            former = sa.and_(trials.c.article_id == article, trials.c.state.in_((WAITING, RUNNING, READY, FAILED)))
            connection.execute(sa.update(trials).where(former).values(state=USED, matcher_id=None))
            values: dict[str, Any] = {
                "action": action,
                "article_id": article,
                "version": version,
                "edits": edits,
                "base": latest.number if latest else 0,
                "state": RUNNING if action == REFIT else WAITING,
                "asked_by": officer,
                "asked_at": self._now(),
                "result": {},
            }
            key = connection.execute(sa.insert(trials).values(values)).inserted_primary_key
        return int(key[0]) if key else 0

    def find(self, number: int) -> Trial | None:
        """The trial with this number."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(trials).where(trials.c.id == number)).first()
        return Trial(*row) if row else None

    def of_article(self, article: str) -> Trial | None:
        """The latest trial of an article that is not used up."""
        query = sa.select(trials).where(trials.c.article_id == article, trials.c.state != USED)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(trials.c.id.desc()).limit(1)).first()
        return Trial(*row) if row else None

    def take(self) -> Trial | None:
        """Take the trial that has waited longest; None if none waits."""
        with self._database.reading() as connection:  # which takes no lock: mostly there is none
            if connection.execute(_NEXT_TRIAL).first() is None:
                return None
        with self._database.writing() as connection:
            row = connection.execute(_NEXT_TRIAL.with_for_update()).first()
            if row is None:
                return None
            connection.execute(sa.update(trials).where(trials.c.id == row.id).values(state=RUNNING))
        return Trial(*row)

    def is_refitting(self, since: datetime) -> bool:
        """Whether a refit that was asked for since then is not done yet."""
        query = sa.select(trials.c.id).where(
            trials.c.action == REFIT, trials.c.state == RUNNING, trials.c.asked_at >= since
        )
        with self._database.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def give_back(self) -> None:
        """Give back the trials that a process left half done, so that another does them."""
        with self._database.writing() as connection:
            running = sa.and_(trials.c.state == RUNNING, trials.c.action != REFIT)
            connection.execute(sa.update(trials).where(running).values(state=WAITING))

    def fail(self, number: int, failure: Cause) -> None:
        """Note that a trial failed, and why."""
        result = {"error": failure.kind, "detail": failure.detail}
        values = {"state": FAILED, "done_at": self._now(), "result": result}
        with self._database.writing() as connection:
            running = sa.and_(trials.c.id == number, trials.c.state == RUNNING)
            connection.execute(sa.update(trials).where(running).values(values))

    def finish(self, number: int, result: dict[str, Any], content: bytes) -> None:
        """Note that a trial is done: what would change, and the matcher that would be in use."""
        with self._database.writing() as connection:
            made = {"made_at": self._now(), "code": matcher_code(), "content": content}
            key = connection.execute(sa.insert(matchers).values(made)).inserted_primary_key
            values = {"state": READY, "done_at": self._now(), "result": result, "matcher_id": key[0] if key else None}
            running = sa.and_(trials.c.id == number, trials.c.state == RUNNING)
            connection.execute(sa.update(trials).where(running).values(values))
            drop_unused(connection)


def give_up_trials(connection: sa.Connection, article: str, version: int) -> None:
    """Use up the trials of a version, and drop the matchers that learnt from it."""
    these = sa.and_(trials.c.article_id == article, trials.c.version == version)
    connection.execute(sa.update(trials).where(these).values(state=USED, matcher_id=None))
    drop_unused(connection)


def drop_unused(connection: sa.Connection) -> None:
    """Drop the matchers of old releases and used trials: matchers are large."""
    kept = connection.execute(
        sa.select(releases.c.number).order_by(releases.c.number.desc()).limit(_KEPT_RELEASES)
    ).scalars()
    oldest = min(kept, default=0)
    connection.execute(sa.update(releases).where(releases.c.number < oldest).values(matcher_id=None))
    connection.execute(sa.update(trials).where(trials.c.state == USED).values(matcher_id=None))
    in_use = sa.union(
        sa.select(releases.c.matcher_id).where(releases.c.matcher_id.is_not(None)),
        sa.select(trials.c.matcher_id).where(trials.c.matcher_id.is_not(None)),
    )
    connection.execute(sa.delete(matchers).where(matchers.c.id.not_in(in_use)))

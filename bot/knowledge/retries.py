"""Work that failed: when it may be tried again.

1. Each failure in a row doubles the wait.
2. What nothing but a change of what is worked on can mend is not tried again before that.
3. The reason is said once in the log, and stands in the console until the work is done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.db import Database
from bot.knowledge.tables import failed_work
from bot.knowledge.work import FAULT, PASSING, Cause, WorkFailed

log = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True)
class FailedWork:
    """Work that failed `times` times in a row, last at `failed_at`; not tried again before `next_at`.

    `of` is a digest of what was worked on.
    """

    work: str
    of: str
    failure: Cause
    times: int
    failed_at: datetime
    next_at: datetime

    @property
    def passes(self) -> bool:
        """Whether it may succeed the next time, though its input has not changed."""
        return self.failure.kind in PASSING


class Retries:
    """Remembers what failed, for all processes."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def failed(self, work: str) -> FailedWork | None:
        """The failure of this work that stands; None if it was done since."""
        query = sa.select(failed_work).where(failed_work.c.work == work)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return FailedWork(row.work, row.of, Cause(row.kind, row.detail), row.times, row.failed_at, row.next_at)

    def may(self, work: str, of: str) -> bool:
        """Whether this work may be tried now on what has the digest `of`."""
        last = self.failed(work)
        if last is None:
            return True
        return self._now() >= last.next_at and (last.of != of or last.passes)

    def note(self, work: str, of: str, error: WorkFailed) -> None:
        """Note a failure, and log its reason unless it is the same as the last time."""
        last, now = self.failed(work), self._now()
        if last is None or last.failure != error.failure:
            log_failure(work, error)
        times = last.times + 1 if last else 1
        values = {
            "of": of,
            "kind": error.failure.kind,
            "detail": error.failure.detail,
            "times": times,
            "failed_at": now,
            "next_at": now + min(_FIRST_WAIT * 2 ** min(times - 1, 20), _LONGEST_WAIT),
        }
        with self._database.writing() as connection:
            connection.execute(sa.delete(failed_work).where(failed_work.c.work == work))
            connection.execute(sa.insert(failed_work).values(work=work, **values))

    def done(self, work: str) -> None:
        """Note that the work was done or is not needed any more."""
        if self.failed(work) is not None:
            with self._database.writing() as connection:
                connection.execute(sa.delete(failed_work).where(failed_work.c.work == work))


def log_failure(work: str, error: WorkFailed) -> None:
    """Say in the log why work failed: a line, and the places in the code where it is a fault of the program."""
    log.error("work on the knowledge base failed (%s): %s", work, error)
    if error.failure.kind == FAULT and error.where:
        log.error("where it failed:\n%s", error.where)

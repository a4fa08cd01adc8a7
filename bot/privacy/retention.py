"""Erases every night what was kept long enough, and keeps each night's counts.

Each step is an `Eraser`; `bot.bootstrap` lists those of every room. A step that fails does not stop the others, and the
run is repeated later. Two runs at once, by two processes or the command line, do each other no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

import sqlalchemy as sa

from bot.core.db import Database, UTCDateTime, metadata
from bot.core.leases import Lease
from bot.promises.calendar import Calendar

log = logging.getLogger(__name__)

# What each daily erasing did: how much each step erased, null if it failed. Numbers only.
retention_runs = sa.Table(
    "retention_runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False, index=True),
    sa.Column("step", sa.String(32), nullable=False),
    sa.Column("count", sa.Integer),
)

RUN_AT = time(3)  # local: the time at which the fewest people write
LOOK_SECONDS = 600.0
_LATE = timedelta(hours=1)  # how long Rasa may still write about a conversation that is gone; and until another try
RUN = "run"  # the last step of a run without a failure
SPACE = "space"
REMAINS = "remains"


@dataclass(frozen=True)
class Eraser:
    """One kind of data: its name, the days that it is kept, and the function that erases it.

    `erase(before)` erases what is older than the moment `before`, and returns how many.
    """

    name: str
    days: float
    erase: Callable[[datetime], int]


@dataclass(frozen=True)
class Step:
    """The result of one step of a run: how many things it erased, None if it failed."""

    at: datetime
    name: str
    count: int | None


class Retention:
    """Runs the erasers, and knows when they ran."""

    def __init__(
        self,
        database: Database,
        erasers: Sequence[Eraser],
        remains: Callable[[datetime], int],
        scrub: Callable[[], int],
        calendar: Calendar,
        now: Callable[[], datetime],
    ) -> None:
        """
        Args:
            database: keeps the record of runs.
            erasers: the steps, in their order.
            remains: erases Rasa's memory of conversations that are gone and silent since a moment.
            scrub: takes erased data out of the databases' files; returns how many files.
            calendar: gives the time zone of the night.
            now: the clock.
        """
        self.erasers = tuple(erasers)
        self._database = database
        self._remains = remains
        self._scrub = scrub
        self._calendar = calendar
        self._now = now

    async def run(self, lease: Lease) -> None:
        """Look every ten minutes, until cancelled."""
        await lease.serve(self.look, LOOK_SECONDS, "nothing was erased")

    def look(self) -> list[Step]:
        """Run if it is time, and return the steps. Every look erases what Rasa wrote late."""
        if self.is_due():
            return self.run_now()
        self._remains(self._now() - _LATE)
        return []

    def is_due(self) -> bool:
        """Whether no run has succeeded since the last night's hour, be it that nothing was running then.

        A run that failed is repeated an hour later.
        """
        latest = sa.select(sa.func.max(retention_runs.c.at))
        with self._database.reading() as connection:
            tried = connection.execute(latest).scalar()
            ended = connection.execute(latest.where(retention_runs.c.step == RUN)).scalar()
        rested = tried is None or tried == ended or self._now() - tried >= _LATE
        return rested and (ended is None or ended < self._last_hour())

    def run_now(self) -> list[Step]:
        """Take every step and record its result; a run without a failure is recorded with a last step RUN."""
        now = self._now()
        works: dict[str, Callable[[], int]] = {
            one.name: partial(one.erase, now - timedelta(days=one.days)) for one in self.erasers
        }
        works |= {REMAINS: partial(self._remains, now - _LATE), SPACE: self._scrub}
        steps = [Step(now, name, _counted(name, work)) for name, work in works.items()]
        if all(step.count is not None for step in steps):
            steps.append(Step(now, RUN, sum(step.count or 0 for step in steps if step.name != SPACE)))
        rows = [{"at": step.at, "step": step.name, "count": step.count} for step in steps]
        with self._database.writing() as connection:
            connection.execute(sa.insert(retention_runs), rows)
        return steps

    def latest(self, limit: int = 30) -> list[list[Step]]:
        """The latest runs, newest first, each with its steps in their order."""
        at = sa.select(retention_runs.c.at).distinct().order_by(retention_runs.c.at.desc()).limit(limit)
        query = sa.select(*(retention_runs.c[name] for name in ("at", "step", "count"))).where(
            retention_runs.c.at.in_(at)
        )
        runs: dict[datetime, list[Step]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query.order_by(retention_runs.c.at.desc(), retention_runs.c.id)):
                runs.setdefault(row[0], []).append(Step(*row))
        return list(runs.values())

    def _last_hour(self) -> datetime:
        """The last moment at which a run was due."""
        now, zone = self._now(), self._calendar.zone
        today = datetime.combine(self._calendar.local_date(now), RUN_AT, zone)
        if today <= now:
            return today
        return datetime.combine(self._calendar.local_date(now) - timedelta(days=1), RUN_AT, zone)


def _counted(name: str, work: Callable[[], int]) -> int | None:
    """Do the work of a step; return how many things it erased, None if it failed."""
    try:
        count = work()
    except Exception as error:  # noqa: BLE001 - whatever it is, what else is old must go
        # Not its message: a database's tells the values that it was about.
        log.error("erasing failed at %r (%s); it is tried again", name, type(error).__name__)
        return None
    log.info("erasing: %s %d", name, count)
    return count

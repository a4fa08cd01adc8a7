"""Clocks as append-only events: started, warned, moved, broken, kept, ended.

A clock is one promise running on one ticket, and goes by the ticket's reference. All that is known of
it is the fold of its events, so that a state or a report made again from them is the same. Nothing
here reads the clock on the wall, the calendar or the disk: what an event needed of them, it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

# What happens to a clock.
STARTED, WARNED, DELAYED, MOVED = "started", "warned", "delayed", "moved"
BROKEN, KEPT, ENDED, RESUMED, REVISED = "broken", "kept", "ended", "resumed", "revised"
# What became of it, as a report counts it (`Clock.verdict`); BROKEN and KEPT are two more.
OPEN, OVERDUE, NOT_OWED = "open", "overdue", "not_owed"


class LedgerError(ValueError):
    """The events of a clock do not follow from each other."""


@dataclass(frozen=True)
class ClockEvent:
    """Something that happened to a clock.

    `started_on` is the clock's day zero, which every event of it bears; `officer` who did it, None for the
    service itself. `detail` of STARTED and MOVED: `due_at` and `proof` (STARTED also `promise`, `version` and
    `working_days`; MOVED `days`, the dates that are judged otherwise); of WARNED `level`; of DELAYED `until`
    (a date) and `reason`; of KEPT and ENDED `working_days` that it took (ENDED also `how`), and of an answer that was
    given by letter, telephone or at the counter `given_on` (its day) and `registered_at`; of RESUMED `reason`. Of
    REVISED, which says that an answer was given earlier than was known when the clock was judged: `given_on`,
    `given_at` (the moment that counts), `working_days`, `kept`, and `was`, the verdict before.
    """

    clock: str
    started_on: date
    at: datetime
    kind: str
    officer: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Clock:
    """What the events of a clock add up to. `took` is in working days, of a clock that was kept or ended.

    `given_on`: the day of an answer that was registered; `was`: the verdict before it was revised, None if it was not.
    """

    reference: str
    promise: str
    version: int
    working_days: int
    day_zero: date
    due_at: datetime
    warned: frozenset[str] = frozenset()
    delayed_until: date | None = None
    reason: str | None = None
    broken_at: datetime | None = None
    ended_at: datetime | None = None
    ended_as: str | None = None
    took: int | None = None
    given_on: date | None = None
    was: str | None = None

    @property
    def runs(self) -> bool:
        """Whether an answer is still owed."""
        return self.ended_at is None

    def verdict(self, now: datetime) -> str:
        """KEPT, BROKEN, NOT_OWED (ended in time without an answer), or of one that runs OPEN or OVERDUE."""
        if self.runs:
            return OVERDUE if self.broken_at or now > self.due_at else OPEN
        if self.broken_at:
            return BROKEN
        return KEPT if self.ended_as == KEPT else NOT_OWED


def apply(clock: Clock | None, event: ClockEvent) -> Clock:
    """The clock after `event`; `clock` is None before its first.

    Raises:
        LedgerError: the event cannot follow.
    """
    detail = event.detail
    if clock is None:
        if event.kind != STARTED:
            raise LedgerError(f"clock {event.clock}: {event.kind} before it was started")
        return Clock(
            reference=event.clock,
            promise=detail["promise"],
            version=detail["version"],
            working_days=detail["working_days"],
            day_zero=event.started_on,
            due_at=datetime.fromisoformat(detail["due_at"]),
        )
    if event.kind == RESUMED and not clock.runs:
        return replace(clock, ended_at=None, ended_as=None, took=None, given_on=None, was=None)
    if event.kind == REVISED:
        return _revised(clock, event)
    if not clock.runs or event.kind in (STARTED, RESUMED):
        raise LedgerError(f"clock {event.clock}: {event.kind} after {clock.ended_as or STARTED}")
    if event.kind == WARNED:
        return replace(clock, warned=clock.warned | {detail["level"]})
    if event.kind == DELAYED:
        return replace(clock, delayed_until=date.fromisoformat(detail["until"]), reason=detail["reason"])
    if event.kind == MOVED and clock.broken_at is None:
        return replace(clock, due_at=datetime.fromisoformat(detail["due_at"]))
    if event.kind == BROKEN and clock.broken_at is None:
        return replace(clock, broken_at=event.at, reason=detail.get("reason") or clock.reason)
    if event.kind == KEPT and clock.broken_at is None:
        return replace(clock, ended_at=event.at, ended_as=KEPT, **_answer(detail))
    if event.kind == ENDED:
        return replace(clock, ended_at=event.at, ended_as=detail["how"], **_answer(detail))
    raise LedgerError(f"clock {event.clock}: {event.kind} after it was broken, or of no known kind")


def _answer(detail: dict[str, Any]) -> dict[str, Any]:
    given_on = detail.get("given_on")
    return {"took": detail["working_days"], "given_on": date.fromisoformat(given_on) if given_on else None}


def _revised(clock: Clock, event: ClockEvent) -> Clock:
    """The clock judged by an answer that came before what it was judged by; its verdict only gets better."""
    detail = event.detail
    given_at = datetime.fromisoformat(detail["given_at"])
    if clock.runs and clock.broken_at is None:
        raise LedgerError(f"clock {event.clock}: revised before it was judged")
    if detail["kept"] != (given_at <= clock.due_at) or not (detail["kept"] or clock.broken_at):
        raise LedgerError(f"clock {event.clock}: revised against its due moment")
    revised = replace(clock, ended_at=given_at, **_answer(detail))
    if not detail["kept"]:
        return replace(revised, ended_as="answered")
    was = detail["was"] if detail["was"] != KEPT else None
    return replace(revised, broken_at=None, ended_as=KEPT, was=clock.was or was)


def replay(events: Iterable[ClockEvent]) -> Iterator[Clock]:
    """The clocks of `events`, which stand clock by clock, each in the order in which they happened.

    Raises:
        LedgerError: as `apply`.
    """
    clock: Clock | None = None
    for event in events:
        if clock is not None and event.clock != clock.reference:
            yield clock
            clock = None
        clock = apply(clock, event)
    if clock is not None:
        yield clock

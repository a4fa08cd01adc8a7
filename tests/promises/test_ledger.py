"""The fold of a clock's events: what each does, what may follow what, and that a replay is the same again."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.promises.ledger import (
    BROKEN,
    DELAYED,
    ENDED,
    KEPT,
    MOVED,
    NOT_OWED,
    OPEN,
    OVERDUE,
    RESUMED,
    REVISED,
    STARTED,
    WARNED,
    Clock,
    ClockEvent,
    LedgerError,
    apply,
    replay,
)

ZERO = date(2026, 12, 22)
START = datetime(2026, 12, 22, 21, 40, tzinfo=timezone.utc)
DUE = datetime(2026, 12, 30, 22, 0, tzinfo=timezone.utc)
DETAIL: dict[str, dict[str, Any]] = {
    STARTED: {"promise": "email-reply", "version": 1, "working_days": 4, "due_at": DUE.isoformat(), "proof": []},
    MOVED: {"due_at": (DUE + timedelta(days=1)).isoformat(), "proof": [], "days": ["2026-12-29"]},
    WARNED: {"level": "half"},
    DELAYED: {"until": "2027-01-08", "reason": "the embassy is closed"},
    KEPT: {"working_days": 3},
    ENDED: {"how": "answered", "working_days": 5},
    RESUMED: {"reason": "the answer was another's"},
    REVISED: {
        "given_on": "2026-12-30",
        "given_at": DUE.isoformat(),
        "working_days": 4,
        "kept": True,
        "was": "broken",
    },
}


def event(kind: str, at: datetime = START, clock: str = "RI-1", **detail: Any) -> ClockEvent:
    """An event of a clock."""
    return ClockEvent(clock, ZERO, at, kind, None, {**DETAIL.get(kind, {}), **detail})


def fold(*kinds: str) -> Clock:
    """A clock to which these things happened."""
    return next(replay(event(kind) for kind in kinds))


@pytest.mark.parametrize(
    "kinds, verdict, late",
    [
        ([STARTED], OPEN, OVERDUE),
        ([STARTED, WARNED, DELAYED], OPEN, OVERDUE),
        ([STARTED, KEPT], KEPT, KEPT),
        ([STARTED, BROKEN], OVERDUE, OVERDUE),
        ([STARTED, BROKEN, ENDED], BROKEN, BROKEN),
        ([STARTED, ENDED], NOT_OWED, NOT_OWED),
        ([STARTED, KEPT, RESUMED], OPEN, OVERDUE),
        ([STARTED, KEPT, RESUMED, KEPT], KEPT, KEPT),
        ([STARTED, KEPT, RESUMED, BROKEN, ENDED], BROKEN, BROKEN),
        ([STARTED, BROKEN, ENDED, RESUMED], OVERDUE, OVERDUE),
        ([STARTED, ENDED, RESUMED, KEPT], KEPT, KEPT),
        ([STARTED, BROKEN, REVISED], KEPT, KEPT),
        ([STARTED, BROKEN, ENDED, REVISED], KEPT, KEPT),
        ([STARTED, ENDED, REVISED], KEPT, KEPT),
        ([STARTED, KEPT, REVISED], KEPT, KEPT),
        ([STARTED, BROKEN, REVISED, RESUMED], OPEN, OVERDUE),
    ],
)
def test_what_became_of_a_clock(kinds: list[str], verdict: str, late: str) -> None:
    """A promise once broken stays so unless it is revised; one that was kept and is opened again is judged again."""
    clock = fold(*kinds)
    assert clock.verdict(DUE) == verdict
    assert clock.verdict(DUE + timedelta(microseconds=1)) == late


def test_a_clock_holds_what_its_events_said() -> None:
    """Days, version and due moment are those of the start; the reason of a delay is the report's."""
    clock = fold(STARTED, WARNED, DELAYED, BROKEN, ENDED)
    assert (clock.promise, clock.version, clock.working_days, clock.day_zero) == ("email-reply", 1, 4, ZERO)
    assert (clock.warned, clock.delayed_until) == (frozenset({"half"}), date(2027, 1, 8))
    assert (clock.reason, clock.took, clock.ended_as) == ("the embassy is closed", 5, "answered")


def test_a_moved_clock_is_due_otherwise_and_a_judged_one_is_not_moved() -> None:
    """Late holidays move what is open, and nothing that was judged."""
    assert fold(STARTED, MOVED).due_at == DUE + timedelta(days=1)
    for judged in ([STARTED, KEPT, MOVED], [STARTED, BROKEN, MOVED], [STARTED, BROKEN, ENDED, MOVED]):
        with pytest.raises(LedgerError):
            fold(*judged)


@pytest.mark.parametrize(
    "kinds",
    [
        [KEPT],
        [STARTED, STARTED],
        [STARTED, RESUMED],
        [STARTED, KEPT, KEPT],
        [STARTED, KEPT, WARNED],
        [STARTED, BROKEN, BROKEN],
        [STARTED, BROKEN, KEPT],
        [STARTED, ENDED, ENDED],
        [STARTED, "exploded"],
        [REVISED],
        [STARTED, REVISED],
    ],
)
def test_what_cannot_follow_is_an_error(kinds: list[str]) -> None:
    """A ledger that contradicts itself is told, with the clock's name."""
    with pytest.raises(LedgerError, match="RI-1"):
        fold(*kinds)


@given(st.lists(st.sampled_from([STARTED, MOVED, WARNED, DELAYED, BROKEN, KEPT, ENDED, RESUMED, REVISED]), max_size=12))
def test_a_replay_is_the_same_and_no_verdict_is_taken_back(kinds: list[str]) -> None:
    """Folding event by event and all at once agree, and nothing but a revision makes a broken promise unbroken."""
    clock: Clock | None = None
    done: list[str] = []
    for kind in kinds:
        try:
            following = apply(clock, event(kind))
        except LedgerError:
            continue
        assert clock is None or clock.broken_at is None or kind == REVISED or following.broken_at is not None
        clock, done = following, [*done, kind]
    assert (fold(*done) if done else None) == clock


def test_a_revision_holds_the_day_and_the_verdict_before_the_first() -> None:
    """What the answer of that day did; one that says otherwise than the due moment is an error."""
    clock = fold(STARTED, BROKEN, ENDED, REVISED)
    assert (clock.given_on, clock.ended_at, clock.took, clock.was) == (date(2026, 12, 30), DUE, 4, BROKEN)
    again = apply(clock, event(REVISED, was=KEPT, given_at=START.isoformat(), given_on="2026-12-22", working_days=0))
    assert (again.took, again.was) == (0, BROKEN)
    after = (DUE + timedelta(seconds=1)).isoformat()
    for wrong in ({"kept": False}, {"given_at": after}):
        with pytest.raises(LedgerError, match="RI-1"):
            apply(clock, event(REVISED, **wrong))
    late = apply(fold(STARTED, BROKEN, ENDED), event(REVISED, kept=False, given_at=after))
    assert (late.verdict(DUE), late.took, late.was) == (BROKEN, 4, None)
    with pytest.raises(LedgerError, match="RI-1"):
        apply(fold(STARTED, ENDED), event(REVISED, kept=False, given_at=after))


def test_clocks_are_told_apart() -> None:
    """A ledger of several clocks gives each its own events."""
    rows = [event(STARTED, clock="a"), event(KEPT, clock="a"), event(STARTED, clock="b")]
    assert [(clock.reference, clock.runs) for clock in replay(rows)] == [("a", False), ("b", True)]
    assert list(replay([])) == []

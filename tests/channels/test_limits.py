"""How fast one sender may write."""

from __future__ import annotations

import pytest

from bot.channels import limits
from bot.channels.limits import Limit


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until turned."""
    return Clock()


def test_a_burst_is_let_through_and_no_more(clock: Clock) -> None:
    """As many messages as the burst pass at once; the next must wait for one to come back."""
    limit = Limit(3, 0.5, clock)
    assert [limit.wait("ana") for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]


def test_a_refused_message_costs_nothing(clock: Clock) -> None:
    """Asking again too early does not make the wait longer."""
    limit = Limit(1, 0.5, clock)
    limit.wait("ana")
    assert [limit.wait("ana") for _ in range(10)] == [2.0] * 10


def test_the_wait_told_is_the_wait_needed(clock: Clock) -> None:
    """Just before the told wait has passed a message is refused, after it one is let through."""
    limit = Limit(1, 0.5, clock)
    limit.wait("ana")
    clock.now += 1.5
    assert limit.wait("ana") == pytest.approx(0.5)
    clock.now += 0.5
    assert [limit.wait("ana"), limit.wait("ana")] == [0.0, 2.0]


def test_the_long_run_rate_holds(clock: Clock) -> None:
    """Over a long time a sender gets the burst and the rate, and nothing beyond."""
    limit = Limit(4, 2.0, clock)
    allowed = 0
    for _ in range(800):
        clock.now += 0.125
        allowed += limit.wait("ana") == 0.0
    assert 200 <= allowed <= 204


def test_rest_never_saves_more_than_a_burst(clock: Clock) -> None:
    """However long a sender was silent, no more than the burst passes at once."""
    limit = Limit(2, 5.0, clock)
    limit.wait("ana")
    clock.now += 1_000_000
    assert [limit.wait("ana") == 0.0 for _ in range(3)] == [True, True, False]


def test_senders_do_not_share(clock: Clock) -> None:
    """One sender's haste does not slow another."""
    limit = Limit(1, 1.0, clock)
    limit.wait("ana")
    assert limit.wait("ana") > 0.0
    assert limit.wait("bob") == 0.0


def test_memory_is_bounded_and_forgets_the_longest_silent(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the number remembered, the sender longest unheard is forgotten and those still writing are not."""
    monkeypatch.setattr(limits, "_REMEMBERED", 3)
    limit = Limit(1, 0.1, clock)
    for sender in ("ana", "bob", "cleo", "ana", "dan"):
        limit.wait(sender)
    assert limit.wait("ana") > 0.0
    assert limit.wait("cleo") > 0.0
    assert limit.wait("bob") == 0.0

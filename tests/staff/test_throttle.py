"""How long one waits after failed logins: plain functions."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bot.staff.throttle import FREE_OF_ACCOUNT, FREE_OF_ADDRESS, WINDOW, source_of, wait_after

NOW = datetime(2026, 12, 22, 21, 40, tzinfo=timezone.utc)
NONE = timedelta(0)


def wait(failures: int, *, ago: float = 0, free: int = FREE_OF_ACCOUNT) -> float:
    """The seconds to wait after so many failures, all of them `ago` seconds ago."""
    return wait_after([NOW - timedelta(seconds=ago)] * failures, free, NOW).total_seconds()


@pytest.mark.parametrize("free", [FREE_OF_ACCOUNT, FREE_OF_ADDRESS])
def test_the_first_failures_cost_nothing(free: int) -> None:
    """Who mistypes now and then does not wait."""
    assert [wait(failures, free=free) for failures in range(free + 1)] == [0] * (free + 1)


def test_an_address_has_more_failures_free_than_an_account() -> None:
    """Behind one address there are many officers."""
    assert FREE_OF_ACCOUNT < FREE_OF_ADDRESS


def test_the_wait_doubles_with_each_failure_up_to_a_quarter_of_an_hour() -> None:
    """Beyond the free ones: 2 s, 4 s, 8 s and so on, and never more than 15 minutes."""
    grown = [wait(FREE_OF_ACCOUNT + over) for over in range(1, 13)]
    assert grown == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert wait(100_000) == 900


def test_a_wait_passes() -> None:
    """The wait is counted from the last failure, and ends."""
    assert [wait(FREE_OF_ACCOUNT + 3, ago=ago) for ago in (0, 3, 7.5, 8, 9)] == [8, 5, 0.5, 0, 0]


def test_failures_in_any_order_count_from_the_last() -> None:
    """The order in which failures are read does not matter."""
    moments = [NOW - timedelta(seconds=second) for second in (1, 90, 40, 2, 80, 70)]
    assert wait_after(moments, FREE_OF_ACCOUNT, NOW) == timedelta(seconds=1)


def test_old_failures_no_longer_count() -> None:
    """After half an hour a failure is forgotten: whoever was kept waiting begins anew."""
    assert wait_after([NOW - WINDOW] * 50, FREE_OF_ACCOUNT, NOW) == NONE
    fresh = [NOW] * (FREE_OF_ACCOUNT + 1)
    assert wait_after([*[NOW - WINDOW] * 50, *fresh], FREE_OF_ACCOUNT, NOW) == timedelta(seconds=2)


def test_a_clock_put_back_makes_no_endless_wait() -> None:
    """Failures that seem to lie ahead, since the clock was put back, make nobody wait longer than others do."""
    ahead = [NOW + timedelta(days=300)] * (FREE_OF_ACCOUNT + 2)
    assert wait_after(ahead, FREE_OF_ACCOUNT, NOW) == timedelta(seconds=4)


def test_nothing_failed() -> None:
    """Without a failure there is no wait, even where none is free."""
    assert wait_after([], 0, NOW) == NONE


@pytest.mark.parametrize(
    "address, source",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
        ("x" * 300, "x" * 64),
    ],
)
def test_what_counts_as_one_address(address: str, source: str) -> None:
    """A subscriber has 2⁶⁴ IPv6 addresses: they count as one, and those of IPv4 each for itself."""
    assert source_of(address) == source

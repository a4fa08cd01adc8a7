"""How long a login waits after failures: plain functions.

Each account and each network address has its own count, so that guessing is slow both from many places and at many
accounts. The wait grows, and ends. At a place where an officer logged in lately, only the account's failures at that
place count: a stranger who tries the officer's name elsewhere all day keeps only strangers waiting.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=30)  # failures older than this no longer count
FREE_OF_ACCOUNT, FREE_OF_ADDRESS = 5, 20  # failures without a wait
FAMILIAR = timedelta(days=14)  # how long a place is an officer's own after a login there
_LONGEST = timedelta(minutes=15)


@dataclass(frozen=True)
class FailedLogin:
    """A try that failed: when, of which account (a digest of its name), and from which place (see `source_of`)."""

    at: datetime
    account: str
    address: str


def is_familiar(logins: Iterable[datetime], now: datetime) -> bool:
    """Whether a place where an officer logged in at these moments is their own."""
    return any(at > now - FAMILIAR for at in logins)


def wait_for(failures: Sequence[FailedLogin], account: str, source: str, now: datetime, *, familiar: bool) -> timedelta:
    """How long the next try of an account from a place has to wait; zero if it is allowed now.

    `familiar` says that the place is the officer's own: the account's failures at other places do not count there.
    """
    of_account = [one.at for one in failures if one.account == account and (one.address == source or not familiar)]
    of_address = [one.at for one in failures if one.address == source]
    return max(wait_after(of_account, FREE_OF_ACCOUNT, now), wait_after(of_address, FREE_OF_ADDRESS, now))


def wait_after(failures: Sequence[datetime], free: int, now: datetime) -> timedelta:
    """How long until the next try is allowed; zero if it is allowed now.

    The wait after the first failure beyond `free` is 2 s, and doubles with each one.
    """
    recent = sorted(at for at in failures if at > now - WINDOW)
    over = len(recent) - free
    if over <= 0:
        return timedelta(0)
    wait = min(timedelta(seconds=2.0 ** min(over, 20)), _LONGEST)
    # No longer than that even if the clock was put back since.
    return min(max(recent[-1] + wait - now, timedelta(0)), wait)


def source_of(address: str) -> str:
    """The place for which failures count: an IPv4 address, or an IPv6 address's /64, which one subscriber has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))

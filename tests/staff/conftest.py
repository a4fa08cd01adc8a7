"""What the tests of the staff share: officers on a database of their own, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher

from bot.core.db import Database
from bot.staff.journal import Journal
from bot.staff.officer import Officer
from bot.staff.people import People
from bot.staff.sessions import Sessions
from tests.cast import PASSWORD, Clock

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=10)
# As slow as a test can bear: argon2 with next to no memory.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    """No officers yet."""
    return People(database, clock, CHEAP)


@pytest.fixture
def sessions(database: Database, people: People, clock: Clock) -> Sessions:
    """Sessions of half an hour without a request, and ten hours in all."""
    return Sessions(database, people, clock, IDLE, LONGEST)


@pytest.fixture
def journal(database: Database, clock: Clock) -> Journal:
    """An empty journal."""
    return Journal(database, clock)


@pytest.fixture
def add(people: People) -> Callable[..., Officer]:
    """Adds officers; what a test does not name has a value of its own."""

    def make(login: str = "marie", **changes: Any) -> Officer:
        values = {"name": login.capitalize(), "role": "officer", "password": PASSWORD, **changes}
        return people.add(login=login, **values)

    return make


def code_at(secret: str, moment: datetime) -> str:
    """The one-time code that a device with this secret shows."""
    return pyotp.TOTP(secret).at(moment)

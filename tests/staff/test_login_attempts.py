"""Which failures make a try wait: the rule beside what the database finds for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.db import Database
from bot.staff.login_attempts import LoginAttempts, LoginThrottled
from bot.staff.people import People
from bot.staff.tables import login_failures, login_places
from bot.staff.throttle import FAMILIAR, WINDOW, FailedLogin, is_familiar, wait_for
from tests.cast import NOW, PASSWORD
from tests.databases import engine_of_one
from tests.staff.conftest import CHEAP

LOGINS, PLACES = ("marie", "paul"), ("192.0.2.1", "198.51.100.9")
TICK = timedelta(microseconds=1)
# Ages of failures about the ends of waits and of the window, and of logins about the end of a familiar place.
AGES = [timedelta(seconds=seconds) for seconds in (0, 1, 2, 3, 63, 600)] + [WINDOW - TICK, WINDOW, WINDOW + TICK]
STAYS = [timedelta(0), FAMILIAR - TICK, FAMILIAR, FAMILIAR + TICK]


@pytest.fixture(scope="module")
def databases(sqlite_files: Any, postgres: Any) -> Iterator[list[Database]]:
    """One of each kind, with two officers."""
    found = [Database(engine_of_one(url)) for url in (sqlite_files.new(), postgres.new())]
    for database in found:
        people = People(database, lambda: NOW, CHEAP)
        for login in LOGINS:
            people.add(login=login, name=login.capitalize(), role="officer", password=PASSWORD)
    yield found
    for database in found:
        database.engine.dispose()


def account(login: str) -> str:
    """The digest under which failures of an account are kept."""
    return hashlib.sha256(login.encode()).hexdigest()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    failed=st.lists(
        st.tuples(st.sampled_from(AGES), st.sampled_from(LOGINS), st.sampled_from(PLACES), st.integers(1, 8)),
        max_size=8,
    ),
    stays=st.lists(st.tuples(st.sampled_from(STAYS), st.sampled_from(LOGINS), st.sampled_from(PLACES)), max_size=3),
)
def test_a_try_waits_as_the_rule_says(databases: list[Database], failed: list[Any], stays: list[Any]) -> None:
    """For every account and place, on both databases: what is looked up makes the same wait as all that is kept."""
    failures = [
        FailedLogin(NOW - age, account(login), place) for age, login, place, times in failed for _ in range(times)
    ]
    # A place is an officer's own once.
    homes = {(login, place): NOW - age for age, login, place in stays}
    for database in databases:
        attempts = LoginAttempts(database, lambda: NOW)
        with database.writing() as connection:
            connection.execute(sa.delete(login_failures))
            connection.execute(sa.delete(login_places))
            if failures:
                connection.execute(sa.insert(login_failures), [vars(one) for one in failures])
            for (login, place), at in homes.items():
                officer = LOGINS.index(login) + 1
                connection.execute(sa.insert(login_places).values(officer_id=officer, address=place, at=at))
        for login in LOGINS:
            for place in PLACES:
                familiar = is_familiar([at for home, at in homes.items() if home == (login, place)], NOW)
                wait = wait_for(failures, account(login), place, NOW, familiar=familiar)
                seconds = 0
                try:
                    attempts.check(login, place)
                except LoginThrottled as throttled:
                    seconds = throttled.seconds
                assert seconds == (int(wait.total_seconds()) + 1 if wait else 0)

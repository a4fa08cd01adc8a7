"""The way in: password, waits after failures, and one-time codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from bot.core.db import Database
from bot.staff.login_attempts import LoginThrottled
from bot.staff.officer import Officer
from bot.staff.one_time_code import matching_period
from bot.staff.people import LoginRefused, People
from bot.staff.tables import login_failures, officers
from bot.staff.throttle import FREE_OF_ACCOUNT, FREE_OF_ADDRESS
from tests.cast import PASSWORD, Clock
from tests.staff.conftest import CHEAP, code_at

Add = Callable[..., Officer]
HERE, THERE = "192.0.2.1", "198.51.100.9"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def fail(people: People, times: int, login: str = "marie", address: str = HERE) -> None:
    """Try with a wrong password so many times."""
    for _ in range(times):
        with pytest.raises(LoginRefused):
            people.log_in(login, "pas celui-ci non plus", address)


@contextmanager
def throttled(seconds: int) -> Iterator[None]:
    """Check that a try is not looked at for so many seconds."""
    with pytest.raises(LoginThrottled) as refusal:
        yield
    assert refusal.value.seconds == seconds


# Passwords


@pytest.mark.parametrize("login", ["marie", " MARIE "])
def test_the_right_password_opens(people: People, add: Add, login: str) -> None:
    """The login may be typed in any case."""
    marie = add()
    assert people.log_in(login, PASSWORD, HERE) == marie


@pytest.mark.parametrize("password", ["", PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1], "\0", "n" * 100_000, "é🙂"])
def test_any_other_password_does_not(people: People, add: Add, password: str) -> None:
    """Each sign of the password counts, and one of any length or kind is merely wrong."""
    add()
    with pytest.raises(LoginRefused):
        people.log_in("marie", password, HERE)


@pytest.mark.parametrize("login", ["", "nobody", "x" * 100_000, "' OR 1=1 --", "é🙂"])
def test_a_login_that_nobody_has_is_merely_refused(people: People, add: Add, login: str) -> None:
    """Whatever is typed in its place."""
    add()
    with pytest.raises(LoginRefused):
        people.log_in(login, PASSWORD, HERE)


def test_an_unknown_login_takes_the_same_path(people: People, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known, unknown or shut out: a hash of the same cost is compared once, so that time tells no login."""
    add("chef", role="supervisor")
    marie = add()
    people.set_active(add("paul"), active=False)
    compared: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: Any, password: Any) -> Any:
            compared.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return CHEAP.verify(hash, password)

    monkeypatch.setattr(people, "_hasher", Watched(time_cost=1, memory_cost=8, parallelism=1))
    for login in (marie.login, "nobody", "paul"):
        with pytest.raises(LoginRefused):
            people.log_in(login, "pas celui-ci non plus", HERE)
    assert len(compared) == 3
    assert len(set(compared)) == 1


def test_one_who_was_shut_out_is_not_let_in(people: People, add: Add) -> None:
    """The right password does not open any more, and opens again once they are let in."""
    add("chef", role="supervisor")
    marie = add()
    people.set_active(marie, active=False)
    with pytest.raises(LoginRefused):
        people.log_in("marie", PASSWORD, HERE)
    people.set_active(marie, active=True)
    assert people.log_in("marie", PASSWORD, HERE) == marie


def test_a_password_hashed_in_an_older_way_is_hashed_anew(database: Database, clock: Clock, add: Add) -> None:
    """When hashing is made dearer, each password follows at its next use."""
    marie = add()
    dearer = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    people = People(database, clock, dearer)
    assert people.log_in("marie", PASSWORD, HERE) == marie
    with database.reading() as connection:
        assert "m=16,t=2,p=1" in connection.execute(sa.select(officers.c.password)).scalar_one()
    assert people.log_in("marie", PASSWORD, HERE) == marie


def test_a_hash_that_cannot_be_read_opens_to_nobody(database: Database, people: People, add: Add) -> None:
    """A row spoilt by hand is a refusal, not an error."""
    add()
    with database.writing() as connection:
        connection.execute(sa.update(officers).values(password="spoilt"))
    with pytest.raises(LoginRefused):
        people.log_in("marie", PASSWORD, HERE)


def test_the_present_password_is_asked_for_again(people: People, add: Add) -> None:
    """Before a password is changed one shows to know it; failures count like those of a login."""
    marie = add()
    people.confirm(marie, PASSWORD, HERE)
    for _ in range(FREE_OF_ACCOUNT + 1):
        with pytest.raises(LoginRefused):
            people.confirm(marie, "pas celui-ci non plus", HERE)
    with throttled(3):
        people.confirm(marie, PASSWORD, HERE)


# Waits


def test_an_account_is_slowed_down(people: People, add: Add, clock: Clock) -> None:
    """Beyond the free failures not even the right password is looked at, from anywhere, until the wait is over."""
    marie = add()
    fail(people, FREE_OF_ACCOUNT)
    fail(people, 1, address=THERE)
    for address in (HERE, THERE, "203.0.113.5"):
        with throttled(3):
            people.log_in("Marie ", PASSWORD, address)
    clock.passes(seconds=2)
    assert people.log_in("marie", PASSWORD, HERE) == marie


def test_other_accounts_are_not_slowed_down_with_it(people: People, add: Add) -> None:
    """An officer whose login a stranger tries does not keep a colleague waiting."""
    add()
    paul = add("paul")
    fail(people, FREE_OF_ACCOUNT + 1)
    assert people.log_in("paul", PASSWORD, HERE) == paul


def test_waits_grow_and_end(people: People, add: Add, clock: Clock) -> None:
    """Each failure doubles the wait, and after half an hour of quiet nothing is left of it."""
    marie = add()
    fail(people, FREE_OF_ACCOUNT)
    for seconds in (2, 4, 8, 16, 32, 64):
        fail(people, 1)
        with throttled(seconds + 1):
            people.log_in("marie", PASSWORD, HERE)
        clock.passes(seconds=seconds)
    assert people.log_in("marie", PASSWORD, HERE) == marie
    fail(people, 1)
    clock.passes(minutes=30)
    fail(people, FREE_OF_ACCOUNT)
    assert people.log_in("marie", PASSWORD, HERE) == marie


def test_trying_while_one_waits_does_not_lengthen_the_wait(people: People, add: Add, clock: Clock) -> None:
    """What is not looked at is not counted."""
    marie = add()
    fail(people, FREE_OF_ACCOUNT + 1)
    for _ in range(50):
        with throttled(3):
            people.log_in("marie", PASSWORD, HERE)
    clock.passes(seconds=2)
    assert people.log_in("marie", PASSWORD, HERE) == marie


def test_an_account_that_nobody_has_is_slowed_down_too(people: People) -> None:
    """A wait does not tell which logins there are."""
    fail(people, FREE_OF_ACCOUNT + 1, login="nobody")
    with throttled(3):
        people.log_in("NOBODY", PASSWORD, HERE)


def test_an_address_is_slowed_down(people: People, add: Add, clock: Clock) -> None:
    """Guessing many accounts from one place is no quicker: it waits for all of them, and other places do not."""
    marie = add()
    for number in range(FREE_OF_ADDRESS + 1):
        fail(people, 1, login=f"login{number}")
    with throttled(3):
        people.log_in("marie", PASSWORD, HERE)
    assert people.log_in("marie", PASSWORD, THERE) == marie
    clock.passes(seconds=2)
    assert people.log_in("marie", PASSWORD, HERE) == marie


def test_strangers_do_not_keep_an_officer_waiting_at_their_place(people: People, add: Add, clock: Clock) -> None:
    """Where an officer logged in of late nobody's failures elsewhere count, however long the stranger goes on."""
    marie = add()
    people.log_in("marie", PASSWORD, HERE)
    for _ in range(3):
        clock.passes(days=4)
        for number in range(FREE_OF_ACCOUNT + 1):
            fail(people, 1, address=f"203.0.113.{number}")
        with throttled(3):
            people.log_in("marie", PASSWORD, THERE)
        assert people.log_in("Marie ", PASSWORD, HERE) == marie
        people.confirm(marie, PASSWORD, HERE)


def test_a_strangers_guesses_are_slowed_down_as_ever(people: People, add: Add, clock: Clock) -> None:
    """That an officer has a place of their own makes no other place one, nor does the officer's login free it."""
    add()
    people.log_in("marie", PASSWORD, HERE)
    fail(people, FREE_OF_ACCOUNT + 1, address=THERE)
    people.log_in("marie", PASSWORD, HERE)
    for address in (THERE, "203.0.113.5"):
        with throttled(3):
            people.log_in("marie", PASSWORD, address)


def test_an_officers_place_is_slowed_down_by_its_own_failures(people: People, add: Add, clock: Clock) -> None:
    """Whoever sits where an officer logged in guesses no quicker, and for that officer's account only."""
    marie, paul = add(), add("paul")
    people.log_in("marie", PASSWORD, HERE)
    fail(people, FREE_OF_ACCOUNT + 1, address=HERE)
    fail(people, FREE_OF_ACCOUNT + 1, "paul", THERE)
    with throttled(3):
        people.log_in("marie", PASSWORD, HERE)
    with throttled(3):
        people.log_in("paul", PASSWORD, HERE)
    clock.passes(seconds=2)
    assert people.log_in("marie", PASSWORD, HERE) == marie
    assert people.log_in("paul", PASSWORD, HERE) == paul


def test_a_place_is_an_officers_own_for_a_fortnight(people: People, add: Add, clock: Clock) -> None:
    """Without another login it is a place like any other then, and nothing of it is kept once another is noted."""
    add()
    people.log_in("marie", PASSWORD, HERE)
    clock.passes(days=14)
    fail(people, FREE_OF_ACCOUNT + 1, address=THERE)
    with throttled(3):
        people.log_in("marie", PASSWORD, HERE)


def test_a_password_without_its_code_makes_no_place(people: People, add: Add, clock: Clock) -> None:
    """Who knows the password only has not logged in; the code makes the place the officer's own."""
    marie = add()
    people.begin_code(marie, SECRET, code_at(SECRET, clock()))
    clock.passes(minutes=1)
    people.log_in("marie", PASSWORD, HERE)
    fail(people, FREE_OF_ACCOUNT + 1, address=THERE)
    with throttled(3):
        people.log_in("marie", PASSWORD, HERE)
    clock.passes(minutes=31)
    people.check_code(marie, code_at(SECRET, clock()), HERE)
    fail(people, FREE_OF_ACCOUNT + 1, address=THERE)
    assert people.log_in("marie", PASSWORD, HERE).id == marie.id


def test_a_password_that_another_gave_ends_the_places(people: People, add: Add) -> None:
    """Where a thief logged in is no place of the officer's once the password was reset; one's own change keeps them."""
    marie = add()
    people.log_in("marie", PASSWORD, HERE)
    people.set_password(marie, PASSWORD)
    fail(people, FREE_OF_ACCOUNT + 1, address=THERE)
    assert people.log_in("marie", PASSWORD, HERE) == marie
    people.set_password(marie, PASSWORD, must_change=True)
    with throttled(3):
        people.log_in("marie", PASSWORD, HERE)


def test_a_subscriber_of_ipv6_is_one_address(people: People, add: Add) -> None:
    """The many addresses that one subscriber has count together."""
    add()
    for number in range(FREE_OF_ADDRESS + 1):
        fail(people, 1, login=f"login{number}", address=f"2001:db8::{number:x}")
    with throttled(3):
        people.log_in("marie", PASSWORD, "2001:db8::ffff:1")


def test_tries_that_come_at_once_are_counted_one_by_one(people: People, add: Add) -> None:
    """Forty tries in the same moment are not forty guesses: those beyond the free ones are not looked at."""
    add()

    def attempt(_: int) -> str:
        try:
            people.log_in("marie", "pas celui-ci non plus", HERE)
        except LoginThrottled:
            return "throttled"
        except LoginRefused:
            return "refused"
        return "opened"

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(attempt, range(40)))
    assert (found.count("refused"), found.count("throttled")) == (FREE_OF_ACCOUNT + 1, 40 - FREE_OF_ACCOUNT - 1)


def test_what_was_typed_as_a_login_is_not_kept(people: People, database: Database) -> None:
    """A password typed into the field of the login is nowhere in the database, neither as it is nor in lower case."""
    fail(people, 1, login="Mon Secret Bien Garde")
    with database.reading() as connection:
        rows = connection.execute(sa.select(login_failures)).all()
    assert len(rows) == 1
    assert "secret" not in str(rows).lower()


def test_old_failures_are_forgotten(people: People, database: Database, clock: Clock) -> None:
    """Whose logins failed, and from where, is kept no longer than it counts, once another fails."""
    fail(people, 5, login="nobody")
    clock.passes(minutes=30)
    fail(people, 1, login="somebody", address=THERE)
    with database.reading() as connection:
        assert connection.execute(sa.select(login_failures.c.address)).scalars().all() == [THERE]


# One-time codes


@pytest.fixture
def marie(people: People, add: Add, clock: Clock) -> Officer:
    """An officer whose device shows codes, of which the one of a minute ago was used."""
    officer = add()
    people.begin_code(officer, SECRET, code_at(SECRET, clock() - timedelta(seconds=30)))
    found = people.find(officer.id)
    assert found
    assert found.has_code
    clock.passes(minutes=1)
    return found


@pytest.mark.parametrize(
    "seconds, code", [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924")]
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """The test vectors of RFC 6238 (appendix B, SHA-1; six digits of the eight)."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    assert matching_period(secret, code, moment) == seconds // 30


def test_a_code_may_be_typed_in_groups(clock: Clock) -> None:
    """Blanks in and around a code do not matter."""
    code = code_at(SECRET, clock())
    for typed in (f" {code} ", f"{code[:3]} {code[3:]}", f"{code}\n"):
        assert matching_period(SECRET, typed, clock()) == int(clock().timestamp()) // 30


@pytest.mark.parametrize("seconds, good", [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_device_may_be_one_period_early_or_late(
    people: People, marie: Officer, clock: Clock, seconds: int, good: bool
) -> None:
    """A clock that is half a minute off is forgiven, and no more."""
    code = code_at(SECRET, clock() + timedelta(seconds=seconds))
    if good:
        people.check_code(marie, code, HERE)
    else:
        with pytest.raises(LoginRefused):
            people.check_code(marie, code, HERE)


def test_a_code_opens_once(people: People, marie: Officer, clock: Clock) -> None:
    """Whoever looks over a shoulder cannot use the code again, nor one of before it; the next one opens."""
    earlier, code = (code_at(SECRET, clock() - timedelta(seconds=ago)) for ago in (30, 0))
    people.check_code(marie, code, HERE)
    for used in (code, earlier):
        with pytest.raises(LoginRefused):
            people.check_code(marie, used, HERE)
    clock.passes(seconds=30)
    people.check_code(marie, code_at(SECRET, clock()), HERE)


def test_of_two_who_use_a_code_at_once_one_gets_in(database: Database, marie: Officer, clock: Clock) -> None:
    """Even in two processes a code opens once."""
    code = code_at(SECRET, clock())
    processes = [People(database, clock, CHEAP) for _ in range(2)]

    def opens(people: People) -> bool:
        try:
            people.check_code(marie, code, HERE)
        except LoginRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(opens, processes)) == [False, True]


def test_the_first_code_does_not_open_again(people: People, add: Add, clock: Clock) -> None:
    """The code that proved the device is used up."""
    officer, code = add(), code_at(SECRET, clock())
    people.begin_code(officer, SECRET, code)
    with pytest.raises(LoginRefused):
        people.check_code(officer, code, HERE)


@pytest.mark.parametrize("code", ["", "000", "abcdef", "٠٠٠٠٠٠", "1" * 10_000, "12345６", "-12345", "\0"])
def test_what_is_no_code_is_merely_wrong(people: People, marie: Officer, code: str) -> None:
    """Whatever is typed in its place."""
    with pytest.raises(LoginRefused):
        people.check_code(marie, code, HERE)


def test_wrong_codes_are_slowed_down(people: People, marie: Officer, clock: Clock) -> None:
    """Guessing codes is counted with the account's failures; the right one is not looked at meanwhile."""
    for _ in range(FREE_OF_ACCOUNT + 1):
        with pytest.raises(LoginRefused):
            people.check_code(marie, "abc", HERE)
    with throttled(3):
        people.check_code(marie, code_at(SECRET, clock()), THERE)
    with throttled(3):
        people.log_in("marie", PASSWORD, THERE)


def test_a_code_of_another_secret_begins_nothing(people: People, add: Add, clock: Clock) -> None:
    """Codes are asked for only once one has shown that the device has the secret."""
    officer = add()
    for secret, code in ((SECRET, code_at(pyotp.random_base32(), clock())), ("", code_at(SECRET, clock()))):
        with pytest.raises(LoginRefused):
            people.begin_code(officer, secret, code)
    found = people.find(officer.id)
    assert found
    assert not found.has_code


def test_codes_are_ended(people: People, marie: Officer, clock: Clock) -> None:
    """When the device is lost its codes count no more; a new secret begins anew."""
    people.end_code(marie)
    found = people.find(marie.id)
    assert found
    assert not found.has_code
    with pytest.raises(LoginRefused):
        people.check_code(marie, code_at(SECRET, clock()), HERE)
    other = pyotp.random_base32()
    people.begin_code(marie, other, code_at(other, clock()))
    clock.passes(seconds=30)
    people.check_code(marie, code_at(other, clock()), HERE)

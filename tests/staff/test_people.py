"""Officers on a database: added, found, changed, shut out, and seen at work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.db import Database
from bot.staff.officer import Officer, StaffError
from bot.staff.people import LoginRefused, People
from bot.staff.tables import officers
from tests.cast import NOW, PASSWORD, Clock

Add = Callable[..., Officer]


def refused(code: str, action: Callable[..., Any], *given: Any, **named: Any) -> None:
    """Check that an action is refused, and why."""
    with pytest.raises(StaffError) as refusal:
        action(*given, **named)
    assert refusal.value.code == code


def test_an_officer_is_added_and_found(people: People, add: Add) -> None:
    """What was given comes back, by number and by login in any case; nobody has seen the officer yet."""
    assert not people.exist()
    marie = add(" Marie.Roy", name="Marie  Roy", role="editor", language="en", must_change=True)
    assert marie == Officer(marie.id, "marie.roy", "Marie Roy", "editor", "en", True, False, True, None)
    assert people.find(marie.id) == people.by_login(" MARIE.roy ") == marie
    assert people.exist()


def test_nobody_is_found_where_nobody_is(people: People) -> None:
    """An unknown number or login is no officer."""
    assert people.find(1) is None
    assert people.by_login("marie") is None
    assert people.all() == []


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"login": "a b"}, "login"),
        ({"name": "<Marie>"}, "name"),
        ({"role": "minister"}, "role"),
        ({"language": "de"}, "language"),
        ({"password": "trop court"}, "password_short"),
        ({"password": "aaaaaaaaaaaaaaa"}, "password_common"),
        ({"password": "marie marie 7z"}, "password_login"),
    ],
)
def test_what_cannot_be_taken_adds_nobody(people: People, add: Add, changes: dict[str, Any], code: str) -> None:
    """The refusal says what was wrong, and nobody was added."""
    refused(code, add, **changes)
    assert not people.exist()


@pytest.mark.parametrize(
    "login, name", [("marie", "Paul"), (" MARIE ", "Paul"), ("marie2", "marie"), ("marie2", "Márie"), ("m.m", "MARIE.")]
)
def test_no_two_officers_look_alike(people: People, add: Add, login: str, name: str) -> None:
    """A login or a name that is another's, or looks like it, is taken; one who was shut out keeps both."""
    marie = add()
    refused("taken", add, login, name=name)
    add("chef", role="supervisor")
    people.set_active(marie, active=False)
    refused("taken", add, login, name=name)
    assert len(people.all()) == 2


def test_officers_are_listed_by_name(people: People, add: Add) -> None:
    """Those who may log in come first, each part by name."""
    for login, name in (("a", "Zoé"), ("b", "Émile"), ("c", "alice"), ("d", "Bruno")):
        add(login * 3, name=name)
    bruno = people.by_login("ddd")
    assert bruno
    people.set_active(bruno, active=False)
    assert [officer.name for officer in people.all()] == ["alice", "Émile", "Zoé", "Bruno"]


def test_a_password_is_not_kept(database: Database, add: Add) -> None:
    """The database holds an argon2id hash with a salt of its own, and never the password."""
    add("marie"), add("paul")
    with database.reading() as connection:
        hashes = connection.execute(sa.select(officers.c.password)).scalars().all()
    assert len(set(hashes)) == 2
    assert all(kept.startswith("$argon2id$") and PASSWORD not in kept for kept in hashes)


def test_the_hashing_is_costly_unless_told(database: Database) -> None:
    """Without a hasher of the tests' own, argon2id takes what RFC 9106 recommends: 64 MiB, three passes, four lanes."""
    officer = People(database, lambda: NOW).add(login="marie", name="Marie", role="officer", password=PASSWORD)
    query = sa.select(officers.c.password).where(officers.c.id == officer.id)
    with database.reading() as connection:
        assert connection.execute(query).scalar_one().startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_new_password_takes_the_place_of_the_old(people: People, add: Add) -> None:
    """After a change only the new password opens; a password given by somebody else must be changed."""
    marie = add()
    people.set_password(marie, "un tout autre secret", must_change=True)
    with pytest.raises(LoginRefused):
        people.log_in("marie", PASSWORD, "192.0.2.1")
    assert people.log_in("marie", "un tout autre secret", "192.0.2.1").must_change
    people.set_password(marie, PASSWORD)
    assert not people.log_in("marie", PASSWORD, "192.0.2.1").must_change


def test_a_weak_new_password_changes_nothing(people: People, add: Add) -> None:
    """The rules hold for a new password as for the first."""
    marie = add()
    refused("password_short", people.set_password, marie, "court")
    refused("password_login", people.set_password, marie, "marie marie 1")
    assert people.log_in("marie", PASSWORD, "192.0.2.1") == marie


def test_the_language_of_the_pages_is_kept(people: People, add: Add) -> None:
    """An officer chooses French or English, and nothing else."""
    marie = add()
    people.set_language(marie, "en")
    refused("language", people.set_language, marie, "de")
    found = people.find(marie.id)
    assert found
    assert found.language == "en"


def test_a_role_is_changed(people: People, add: Add) -> None:
    """Another role counts from the next look; a role that is none is refused."""
    marie = add()
    people.set_role(marie, "editor")
    refused("role", people.set_role, marie, "minister")
    found = people.find(marie.id)
    assert found
    assert found.role == "editor"


def test_the_last_supervisor_stays(people: People, add: Add) -> None:
    """Whoever alone can add officers can be neither shut out nor given another role; with a second one, they can."""
    chef, marie = add("chef", role="supervisor"), add("marie")
    refused("last_supervisor", people.set_active, chef, active=False)
    refused("last_supervisor", people.set_role, chef, "officer")
    people.set_role(chef, "supervisor")
    people.set_active(marie, active=False)
    refused("last_supervisor", people.set_active, chef, active=False)
    people.set_role(marie, "supervisor")  # who may not log in, and so is no help
    refused("last_supervisor", people.set_role, chef, "editor")
    people.set_active(marie, active=True)
    people.set_role(chef, "editor")
    assert [(officer.login, officer.role) for officer in people.all()] == [("chef", "editor"), ("marie", "supervisor")]


def test_the_last_supervisor_stays_whatever_was_known_of_them(people: People, add: Add) -> None:
    """What counts is what the database says now: a supervisor known as an officer of before stays too."""
    chef = add("chef", role="officer")
    people.set_role(chef, "supervisor")
    assert chef.role == "officer"
    refused("last_supervisor", people.set_role, chef, "officer")
    refused("last_supervisor", people.set_active, chef, active=False)


def test_two_supervisors_who_shut_each_other_out_at_once(people: People, add: Add) -> None:
    """One of them is left, however close to each other they press."""
    pair = [add("chef", role="supervisor"), add("cheffe", name="Anne", role="supervisor")]

    def shut_out(officer: Officer) -> str:
        try:
            people.set_active(officer, active=False)
        except StaffError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            assert sorted(pool.map(shut_out, pair)) == ["done", "last_supervisor"]
            for officer in pair:
                people.set_active(officer, active=True)


def test_an_officer_is_seen_at_work(people: People, add: Add, clock: Clock) -> None:
    """The moment is written down, though not more often than every twenty seconds."""
    marie = add()
    people.note_seen(marie)
    first = people.find(marie.id)
    assert first
    assert first.seen_at == NOW
    clock.passes(seconds=20)
    people.note_seen(first)
    assert people.find(marie.id) == first
    clock.passes(seconds=1)
    people.note_seen(first)
    found = people.find(marie.id)
    assert found
    assert found.seen_at == NOW + timedelta(seconds=21)


def test_who_is_away(people: People, add: Add, clock: Clock) -> None:
    """Away are those not seen since, never seen, shut out, and unknown."""
    for login in ("marie", "paul", "anne", "luc"):
        add(login)
    for login in ("paul", "luc"):
        people.note_seen(people.by_login(login))
    clock.passes(minutes=5)
    people.note_seen(people.by_login("marie"))
    luc = people.by_login("luc")
    assert luc
    people.note_seen(luc)
    people.set_active(luc, active=False)
    everyone = ["Marie", "Paul", "Anne", "Luc", "Nadia"]
    assert people.away_since(everyone, NOW + timedelta(minutes=1)) == {"Paul", "Anne", "Luc", "Nadia"}
    assert people.away_since(everyone, NOW - timedelta(seconds=1)) == {"Anne", "Luc", "Nadia"}
    assert people.away_since([], NOW) == set()

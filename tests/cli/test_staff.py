"""The command line's part for the staff: the first supervisor, and whatever the console cannot do by itself."""

from __future__ import annotations

import json

import pyotp
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

import bot.cli
from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings
from bot.staff.officer import Officer
from bot.staff.people import LoginRefused
from tests.cast import NOW, PASSWORD
from tests.cli.conftest import Guichet
from tests.cli.test_cli import refused

OTHER = "quatre nuages sous la table"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def guichet(database: str, monkeypatch: pytest.MonkeyPatch) -> Guichet:
    """Runs the command line on a database of its own, with something on the standard input."""
    monkeypatch.setenv("GUICHET_DATABASE_URL", database)
    monkeypatch.setattr("bot.staff.people.PasswordHasher", lambda: CHEAP)

    def run(*arguments: str, given: str = f"{PASSWORD}\n") -> Result:
        return CliRunner().invoke(bot.cli.main, ["staff", *arguments], input=given)

    return run


def add(guichet: Guichet, login: str, name: str, *more: str) -> None:
    """Add an officer whose password comes from the standard input."""
    result = guichet("add", login, "--name", name, "--password-stdin", *more)
    assert result.exit_code == 0, result.output


def officer(rooms: Rooms, login: str) -> Officer:
    """The officer as they are now."""
    found = rooms.people.by_login(login)
    assert found
    return found


def noted(rooms: Rooms) -> list[tuple[str, str, str]]:
    """What the journal says, the newest last."""
    return [(entry.officer, entry.action, entry.subject) for entry in rooms.journal.read()][::-1]


def test_the_first_officer_is_a_supervisor(guichet: Guichet, rooms: Rooms) -> None:
    """On a new database the first one may add the others; those after are officers unless told otherwise."""
    result = guichet("add", "Chef", "--name", "Chantal", "--password-stdin")
    assert (result.exit_code, result.output) == (0, "Chantal can log in as chef (supervisor) at /console.\n")
    add(guichet, "marie", "Marie", "--language", "en")
    add(guichet, "emile", "Émile", "--role", "editor")
    assert [(o.login, o.role, o.language) for o in rooms.people.all()] == [
        ("chef", "supervisor", "fr"),
        ("emile", "editor", "fr"),
        ("marie", "officer", "en"),
    ]
    assert rooms.people.log_in("marie", PASSWORD, "192.0.2.1").must_change is False
    assert noted(rooms) == [
        ("guichet staff", "staff_added", f"officer {login}") for login in ("chef", "marie", "emile")
    ]


def test_a_database_without_tables_gets_them(guichet: Guichet, database: str) -> None:
    """The very first command on a new installation may be this one."""
    add(guichet, "chef", "Chantal")
    assert wire(Settings(database_url=database)).people.by_login("chef")


def test_a_password_is_asked_for_twice_and_not_shown(guichet: Guichet, rooms: Rooms) -> None:
    """At a terminal it is typed blind, and once more to be sure."""
    result = guichet("add", "chef", "--name", "Chantal", given=f"{PASSWORD}\n{OTHER}\n{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert "do not match" in result.output
    assert PASSWORD not in result.output
    assert rooms.people.log_in("chef", PASSWORD, "192.0.2.1").login == "chef"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_line_ends_a_password_on_the_standard_input(guichet: Guichet, rooms: Rooms, end: str) -> None:
    """However a program ends its line, the end is not part of the password."""
    assert guichet("add", "chef", "--name", "Chantal", "--password-stdin", given=PASSWORD + end).exit_code == 0
    assert rooms.people.log_in("chef", PASSWORD, "192.0.2.1").login == "chef"


@pytest.mark.parametrize(
    "login, name, password, why",
    [
        ("a b", "Paul", PASSWORD, "a login has 3 to 64"),
        ("paul", "<Paul>", PASSWORD, "is in Latin letters"),
        ("paul", "Paul", "court", "at least 12 characters"),
        ("paul", "Paul", "n" * 257, "at most 256 characters"),
        ("paul", "Paul", "aaaaaaaaaaaaaa", "common"),
        ("paul", "Paul", "", "at least 12 characters"),
        ("chef", "Paul", PASSWORD, "another officer has this login"),
        ("paul", "chantal", PASSWORD, "another officer has this login, or a name that citizens would confuse"),
    ],
)
def test_an_officer_who_cannot_be_added(
    guichet: Guichet, rooms: Rooms, login: str, name: str, password: str, why: str
) -> None:
    """The sentence says why, and nobody was added."""
    add(guichet, "chef", "Chantal")
    refused(guichet("add", login, "--name", name, "--password-stdin", given=f"{password}\n"), why)
    assert [found.login for found in rooms.people.all()] == ["chef"]
    assert len(noted(rooms)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "paul"),
        ("add", "--name", "Paul"),
        ("add", "paul", "--name", "Paul", "--role", "minister"),
        ("add", "paul", "--name", "Paul", "--language", "de"),
        ("password",),
        ("nothing",),
    ],
)
def test_a_command_that_is_not_complete(guichet: Guichet, rooms: Rooms, arguments: tuple[str, ...]) -> None:
    """It is told with how to get help, and nobody was added."""
    refused(guichet(*arguments), "Usage:", "--help")
    assert not rooms.people.exist()


def test_officers_are_listed(guichet: Guichet, rooms: Rooms) -> None:
    """For a person and, as JSON, for a program; neither shows anything secret."""
    add(guichet, "chef", "Chantal")
    add(guichet, "emile", "Émile", "--role", "editor")
    guichet("shut-out", "emile")
    assert [" ".join(line.split()) for line in guichet("list").output.splitlines()] == [
        "chef Chantal supervisor",
        "emile Émile editor (cannot log in)",
    ]
    listed = guichet("list", "--json").output
    assert json.loads(listed)[1] == {
        "login": "emile",
        "name": "Émile",
        "role": "editor",
        "language": "fr",
        "active": False,
        "has_code": False,
    }
    assert "argon2" not in listed


def test_nobody_is_listed_where_nobody_is(guichet: Guichet) -> None:
    """On a new database the list is empty."""
    assert (guichet("list").output, json.loads(guichet("list", "--json").output)) == ("", [])


def test_a_password_is_set(guichet: Guichet, rooms: Rooms) -> None:
    """For a supervisor who has forgotten theirs: the old one opens no more, and their sessions end."""
    add(guichet, "chef", "Chantal")
    token, _ = rooms.sessions.begin(officer(rooms, "chef"), complete=True)
    result = guichet("password", "CHEF", "--password-stdin", given=f"{OTHER}\n")
    assert (result.exit_code, result.output) == (0, "The password is set.\n")
    with pytest.raises(LoginRefused):
        rooms.people.log_in("chef", PASSWORD, "192.0.2.1")
    assert rooms.people.log_in("chef", OTHER, "192.0.2.1").login == "chef"
    assert rooms.sessions.find(token) is None
    assert noted(rooms)[-1] == ("guichet staff", "password_set", "officer chef")


def test_a_weak_password_is_not_set(guichet: Guichet, rooms: Rooms) -> None:
    """The rules are those of the console."""
    add(guichet, "chef", "Chantal")
    refused(guichet("password", "chef", "--password-stdin", given="court\n"), "at least 12 characters")
    assert rooms.people.log_in("chef", PASSWORD, "192.0.2.1").login == "chef"


def test_codes_are_forgotten(guichet: Guichet, rooms: Rooms) -> None:
    """When the only supervisor has lost their device there is a way in."""
    add(guichet, "chef", "Chantal")
    secret = pyotp.random_base32()
    rooms.people.begin_code(officer(rooms, "chef"), secret, pyotp.TOTP(secret).at(NOW))
    assert guichet("forget-code", "chef").output == "The console asks them for no one-time code.\n"
    assert not officer(rooms, "chef").has_code
    assert noted(rooms)[-1] == ("guichet staff", "code_ended", "officer chef")


def test_an_officer_is_shut_out_and_let_in(guichet: Guichet, rooms: Rooms) -> None:
    """Their sessions end, and the journal says who did it."""
    add(guichet, "chef", "Chantal")
    add(guichet, "marie", "Marie")
    token, _ = rooms.sessions.begin(officer(rooms, "marie"), complete=True)
    assert guichet("shut-out", "Marie").output == "They can no longer log in.\n"
    assert rooms.sessions.find(token) is None
    assert not officer(rooms, "marie").active
    assert guichet("let-in", "marie").output == "They can log in.\n"
    assert officer(rooms, "marie").active
    assert noted(rooms)[-2:] == [
        ("guichet staff", "staff_shut_out", "officer marie"),
        ("guichet staff", "staff_let_in", "officer marie"),
    ]


def test_the_last_supervisor_stays(guichet: Guichet, rooms: Rooms) -> None:
    """Not even the command line shuts everyone out."""
    add(guichet, "chef", "Chantal")
    add(guichet, "marie", "Marie")
    refused(guichet("shut-out", "chef"), "somebody must be able to add officers")
    assert officer(rooms, "chef").active


@pytest.mark.parametrize("command", ["password", "forget-code", "let-in", "shut-out"])
def test_an_officer_who_is_not_there(guichet: Guichet, rooms: Rooms, command: str) -> None:
    """It is told by the login that was typed."""
    refused(guichet(command, "nobody"), "there is no officer nobody")
    assert noted(rooms) == []


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_explains_itself(guichet: Guichet, flag: str) -> None:
    """The group explains its commands."""
    result = guichet(flag)
    assert result.exit_code == 0
    for command in ("add", "list", "password", "forget-code", "let-in", "shut-out"):
        assert command in result.output

"""`guichet staff`: officers, before anybody can log in to the console, and without it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from bot.bootstrap import Rooms
from bot.cli.terminal import open_rooms


@click.group()
def staff() -> None:
    """Manage the people who work in the console."""


_WHY = {
    "login": "a login has 3 to 64 lower-case letters, digits, dots, hyphens or @",
    "name": "a name has at most 40 characters, begins with a letter, and is in Latin letters",
    "taken": "another officer has this login, or a name that citizens would confuse with this one",
    "password_short": "a password has at least 12 characters",
    "password_long": "a password has at most 256 characters",
    "password_login": "a password must not contain the login",
    "password_common": "this password is common, or made of common ones: it is easy to guess",
    "email": "this is not an e-mail address",
    "last_supervisor": "the last supervisor stays: somebody must be able to add officers",
}


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@contextmanager
def _staff_errors() -> Iterator[None]:
    from bot.staff.officer import StaffError

    try:
        yield
    except StaffError as error:
        raise click.ClickException(_WHY[error.code]) from None


def _officer(rooms: Rooms, login: str) -> Any:
    found = rooms.people.by_login(login)
    if found is None:
        raise click.ClickException(f"there is no officer {login}")
    return found


@staff.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The name that citizens and colleagues see, for example a first name.")
@click.option("--role", type=click.Choice(["officer", "editor", "supervisor"]), help="[default: supervisor if first]")
@click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="The language of the console."
)
@click.option("--email", default="", help="The address for warnings about requests that are due.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def staff_add(login: str, name: str, role: str | None, language: str, email: str, password_stdin: bool) -> None:
    """Add the officer LOGIN.

    The first officer is a supervisor, who can add the others in the console.
    """
    rooms = open_rooms(with_tables=True)
    role = role or ("officer" if rooms.people.exist() else "supervisor")
    with _staff_errors():
        officer = rooms.people.add(
            login=login, name=name, role=role, password=_password(password_stdin), language=language, email=email
        )
    rooms.journal.note("guichet staff", "staff_added", f"officer {officer.login}", role=role)
    click.echo(f"{officer.name} can log in as {officer.login} ({officer.role}) at /console.")


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def staff_list(as_json: bool) -> None:
    """List the officers."""
    found = open_rooms(with_tables=True).people.all()
    if as_json:
        kept = ("login", "name", "role", "language", "active", "has_code")
        click.echo(json.dumps([{name: getattr(o, name) for name in kept} for o in found], ensure_ascii=False, indent=2))
        return
    for officer in found:
        state = "" if officer.active else "  (cannot log in)"
        click.echo(f"{officer.login:20} {officer.name:20} {officer.role}{state}")


@staff.command("email")
@click.argument("login")
@click.argument("address", default="")
def staff_email(login: str, address: str) -> None:
    """Mail the warnings of LOGIN to ADDRESS.

    Without ADDRESS they are no longer mailed.
    """
    rooms = open_rooms(with_tables=True)
    officer = _officer(rooms, login)
    with _staff_errors():
        rooms.people.set_email(officer, address)
    rooms.journal.note("guichet staff", "email_set", f"officer {officer.login}")
    click.echo("The address is set." if address else "The address is removed.")


@staff.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def staff_password(login: str, password_stdin: bool) -> None:
    """Set the password of LOGIN, and end their sessions."""
    rooms = open_rooms(with_tables=True)
    officer = _officer(rooms, login)
    with _staff_errors():
        rooms.people.set_password(officer, _password(password_stdin))
    rooms.journal.note("guichet staff", "password_set", f"officer {officer.login}")
    click.echo("The password is set.")


@staff.command("forget-code")
@click.argument("login")
def staff_forget_code(login: str) -> None:
    """Stop asking LOGIN for one-time codes (a lost device)."""
    rooms = open_rooms(with_tables=True)
    officer = _officer(rooms, login)
    rooms.people.end_code(officer)
    rooms.journal.note("guichet staff", "code_ended", f"officer {officer.login}")
    click.echo("The console asks them for no one-time code.")


@staff.command("let-in")
@click.argument("login")
def staff_let_in(login: str) -> None:
    """Allow LOGIN to log in again."""
    _set_active(login, active=True)
    click.echo("They can log in.")


@staff.command("shut-out")
@click.argument("login")
def staff_shut_out(login: str) -> None:
    """Stop LOGIN from logging in, and end their sessions."""
    _set_active(login, active=False)
    click.echo("They can no longer log in.")


def _set_active(login: str, *, active: bool) -> None:
    rooms = open_rooms(with_tables=True)
    officer = _officer(rooms, login)
    with _staff_errors():
        rooms.people.set_active(officer, active=active)
    rooms.journal.note("guichet staff", "staff_let_in" if active else "staff_shut_out", f"officer {officer.login}")

"""Tickets from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings
from tests.cast import NOW
from tests.cli.conftest import Guichet
from tests.cli.test_cli import refused
from tests.cli.test_promises import DUE_UTC, PROOF, shown_proof


def open_ticket(rooms: Rooms, question: str, **more: Any) -> Any:
    """A ticket opened in the rooms' present moment."""
    return rooms.tickets.open(conversation="c1", question=question, language="fr", **{"email": None, **more})


def test_tickets_are_listed_soonest_due_first(guichet: Guichet, rooms: Rooms, database: str) -> None:
    """Each ticket has a line, the soonest due first, and those past their due moment are marked."""
    later = open_ticket(rooms, "b")
    past = wire(Settings(database_url=database), now=lambda: NOW.replace(month=11))
    overdue = past.tickets.open(conversation="c2", question="a", language="en", email=None)
    result = guichet("tickets", "list")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"{overdue.reference}  open    due 2026-11-26 17:00  [en]  OVERDUE",
        f"{later.reference}  open    due 2026-12-30 17:00  [fr]",
        "2 tickets",
    ]


def test_tickets_are_listed_by_state_and_number(guichet: Guichet, rooms: Rooms) -> None:
    """The list can be cut to a state and to a number."""
    for n in range(3):
        open_ticket(rooms, f"q{n}")
    assert guichet("tickets", "list", "--limit", 2).output.splitlines()[-1] == "2 tickets"
    assert guichet("tickets", "list", "--state", "open").output.splitlines()[-1] == "3 tickets"
    assert guichet("tickets", "list", "--state", "closed").output == "0 tickets\n"


def test_tickets_are_listed_as_json(guichet: Guichet, rooms: Rooms) -> None:
    """With --json a program reads each ticket with its proof, accents and all."""
    ticket = open_ticket(rooms, "Où êtes-vous?", email="zoe@example.com")
    result = guichet("tickets", "list", "--json")
    assert "Où êtes-vous?" in result.output
    (found,) = json.loads(result.output)
    assert found == {
        "reference": ticket.reference,
        "state": "open",
        "promise": "email-reply",
        "language": "fr",
        "channel": "rest",
        "question": "Où êtes-vous?",
        "email": "zoe@example.com",
        "conversation": "c1",
        "opened_at": "2026-12-22T21:40:00+00:00",
        "day_zero": "2026-12-22",
        "due": DUE_UTC,
        "proof": list(ticket.proof),
    }


@pytest.mark.parametrize("option", [("--state", "lost"), ("--limit", "many")])
def test_a_bad_option_is_told(guichet: Guichet, rooms: Rooms, option: tuple[str, str]) -> None:
    """A state or number that is none is told by name."""
    refused(guichet("tickets", "list", *option), *option)


@pytest.mark.parametrize("command", [("list",), ("show", "RI-0000-0000")])
def test_tickets_of_a_new_database_are_no_traceback(guichet: Guichet, command: tuple[str, ...]) -> None:
    """Before the tables exist the command ends in words, not in a traceback."""
    result = guichet("tickets", *command)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)


def test_a_ticket_is_shown_with_its_proof(guichet: Guichet, rooms: Rooms) -> None:
    """A ticket is shown with what it asks and, day by day, why it is due when it is."""
    ticket = open_ticket(rooms, "Où êtes-vous?")
    result = guichet("tickets", "show", ticket.reference)
    assert result.exit_code == 0
    assert f"reference     {ticket.reference}" in result.output
    assert "question      Où êtes-vous?" in result.output
    assert shown_proof(result.output) == PROOF


def test_a_reference_may_be_written_carelessly(guichet: Guichet, rooms: Rooms) -> None:
    """Lower case and spaces do not matter when a ticket is asked for."""
    ticket = open_ticket(rooms, "x")
    careless = ticket.reference.lower().replace("-", " - ")
    assert json.loads(guichet("tickets", "show", careless, "--json").output)["question"] == "x"


@pytest.mark.parametrize("reference", ["RI-0000-0000", "nothing", "'; DROP TABLE tickets; --"])
def test_an_unknown_ticket_is_told(guichet: Guichet, rooms: Rooms, reference: str) -> None:
    """A ticket that is not there is told by what was asked for."""
    refused(guichet("tickets", "show", reference), f"there is no ticket {reference}")

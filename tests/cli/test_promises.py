"""Promises from the command line: due dates with their proof, the report, clocks, calendars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms
from bot.tickets import store as stored
from bot.tickets.tables import tickets
from bot.tickets.ticket import TicketEvent
from tests.cast import NOW
from tests.cli.conftest import Guichet
from tests.cli.test_cli import refused

DUE_UTC = "2026-12-30T22:00:00+00:00"


PROOF = [
    ("2026-12-22", "day zero"),
    ("2026-12-23", "day 1"),
    ("2026-12-24", "holiday (Christmas Eve)"),
    ("2026-12-25", "holiday (Christmas Day)"),
    ("2026-12-26", "weekend"),
    ("2026-12-27", "weekend"),
    ("2026-12-28", "day 2"),
    ("2026-12-29", "day 3"),
    ("2026-12-30", "day 4"),
]


def shown_proof(output: str) -> list[tuple[str, str]]:
    """The proof among the lines of an output."""
    lines = [line.strip().split("  ", 1) for line in output.splitlines() if line.startswith("  2")]
    return [(line[0], line[1]) for line in lines]


@pytest.mark.parametrize(
    "start", ["2026-12-22T16:40", "2026-12-22", "2026-12-22T21:40+00:00", "2026-12-23T04:59+00:00"]
)
def test_a_due_date_is_shown_with_its_proof(guichet: Guichet, start: str) -> None:
    """The clock from December 22, 2026 is due on December 30 at 17:00, and each day between is accounted for."""
    result = guichet("promises", "due", "--from", start)
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "due 2026-12-30 17:00 EST"
    assert shown_proof(result.output) == PROOF


def test_a_due_date_is_printed_as_json(guichet: Guichet) -> None:
    """With --json a program reads day zero, the due moment and the proof."""
    result = guichet("promises", "due", "--from", "2026-12-22T16:40", "--json")
    found = json.loads(result.output)
    assert (found["day_zero"], found["due"]) == ("2026-12-22", DUE_UTC)
    assert [day["date"] for day in found["proof"]] == [day for day, _ in PROOF]
    assert found["proof"][2] == {
        "date": "2026-12-24",
        "reason": "holiday",
        "counted": None,
        "holiday": {"fr": "Veille de Noël", "en": "Christmas Eve"},
    }


def test_another_promise_takes_its_own_days(guichet: Guichet) -> None:
    """A promise of five working days is due a working day later than one of four."""
    result = guichet("promises", "due", "--promise", "internship-eligibility", "--from", "2026-12-22T16:40")
    assert result.output.splitlines()[0] == "due 2026-12-31 17:00 EST" or "2027" in result.output.splitlines()[0]
    assert shown_proof(result.output)[-1][1] == "day 5"


def test_an_unknown_promise_is_named(guichet: Guichet) -> None:
    """An unknown promise is told with those that are known."""
    refused(guichet("promises", "due", "--promise", "tea", "--from", "2026-12-22"), "'tea'", "email-reply")


@pytest.mark.parametrize("start", ["tomorrow", "", "22/12/2026", "2026-13-01", "2026-02-30", "2026-12-22T25:00"])
def test_what_is_no_moment_is_told(guichet: Guichet, start: str) -> None:
    """What cannot be read as a date or a moment is told, with an example."""
    refused(guichet("promises", "due", "--from", start), repr(start), "2026-12-22T16:40")


@pytest.mark.parametrize("start", ["9999-12-30", "0001-01-01T00:00+14:00"])
def test_a_moment_at_the_end_of_time_is_told(guichet: Guichet, start: str) -> None:
    """A date beyond what the calendar can count is told as a sentence, not as a traceback."""
    refused(guichet("promises", "due", "--from", start))


# The report of the promises


def leave_and_answer(rooms: Rooms) -> tuple[str, str]:
    """A request that is answered, and one that stays open."""
    found = []
    for _ in range(2):
        ticket = rooms.tickets.open(conversation="c", question="?", language="fr", email=None)
        found.append(ticket.reference)
    with rooms.database.writing() as connection:
        ticket = rooms.tickets.get(found[0])
        event = TicketEvent(NOW, "closed")
        stored.close(connection, ticket, event, closed_as="answered", at=NOW, calendar=rooms.calendar)
    return found[0], found[1]


def test_the_report_is_a_replay(guichet: Guichet, rooms: Rooms) -> None:
    """Of a year or of a period: what was opened, kept and is open, and the same again whoever asks."""
    leave_and_answer(rooms)
    printed = guichet("promises", "report", "--year", NOW.year)
    assert "email-reply" in printed.output
    assert "100.0 %" in printed.output
    body = json.loads(guichet("promises", "report", "--from", "2000-01-01", "--to", "2100-12-31", "--json").output)
    row = next(row for row in body["promises"] if row["promise"] == "email-reply")
    assert (row["opened"], row["kept"], row["open"], row["share_kept"], row["median_days"]) == (2, 1, 1, 1.0, 0)
    other = json.loads(guichet("promises", "report", "--year", "1999", "--json").output)
    assert {row["opened"] for row in other["promises"]} == {0}
    refused(guichet("promises", "report", "--from", "yesterday"), "'yesterday'", "2026-12-29")


def test_clocks_are_verified_against_their_tickets(guichet: Guichet, rooms: Rooms) -> None:
    """Where both say the same the command succeeds; a ticket changed by hand is named, and it fails."""
    reference, _ = leave_and_answer(rooms)
    assert guichet("promises", "verify").output == "2 clocks replayed, 0 differ from their tickets.\n"
    with rooms.database.writing() as connection:
        connection.execute(sa.update(tickets).where(tickets.c.reference == reference).values(kept=False))
    result = guichet("promises", "verify")
    assert result.exit_code == 1
    assert f"{reference}: ticket and clock differ: kept False and True" in result.output


def test_a_calendar_is_tried_before_it_moves_anything(guichet: Guichet, rooms: Rooms, tmp_path: Path) -> None:
    """A closure within the time of an open request would move it, and nothing is moved by asking."""
    _, reference = leave_and_answer(rooms)
    due = rooms.tickets.get(reference).due_at
    day = due.astimezone(rooms.calendar.zone).date()
    body = json.loads(guichet("promises", "simulate", "--close", day, "--json").output)
    (move,) = body["moves"]
    assert (move["reference"], move["due"], move["days"]) == (reference, due.isoformat(), [day.isoformat()])
    assert move["would_be_due"] > move["due"]
    assert "1 open clocks would move" in guichet("promises", "simulate", "--close", day).output
    assert rooms.tickets.get(reference).due_at == due
    refused(guichet("promises", "simulate"), "--holidays")
    refused(guichet("promises", "simulate", "--close", "tomorrow"), "'tomorrow'")
    broken = tmp_path / "holidays.yml"
    broken.write_text("timezone: 7")
    refused(guichet("promises", "simulate", "--holidays", broken), "calendar")


def test_the_calendar_of_a_year_tells_what_is_not_confirmed(guichet: Guichet) -> None:
    """Each holiday with its names; what falls on a weekend, and a year that nobody has confirmed, are told."""
    text = guichet("promises", "calendar", "2027").output
    assert "2027-12-24  Fri  Veille de Noël / Christmas Eve\n" in text
    assert "2027-12-25  Sat  Jour de Noël / Christmas Day  (on a weekend: it may be moved)" in text
    assert "Nobody has confirmed 2027" in text
    body = json.loads(guichet("promises", "calendar", "2027", "--json").output)
    assert (body["confirmed"], len(body["holidays"])) == (False, 13)
    refused(guichet("promises", "calendar", "12"), "12")


def test_the_promises_are_listed(guichet: Guichet) -> None:
    """Those that a clock judges with their days, the others with what is done for them."""
    assert "email-reply                4 working days" in guichet("promises", "list").output
    body = json.loads(guichet("promises", "list", "--json").output)
    assert [one["working_days"] for one in body["promises"]] == [4, 5, 10, 15, 15]
    assert len(body["without_clock"]) == 8

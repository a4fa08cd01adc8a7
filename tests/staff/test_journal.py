"""The journal: added to and read, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bot.core.db import Database
from bot.staff.journal import Entry, Journal
from bot.staff.officer import Officer
from bot.staff.tables import journal as table
from tests.cast import NOW, Clock


def test_a_line_is_read_as_it_was_written(journal: Journal, add: Callable[..., Officer], database: Database) -> None:
    """Who, when, what, to what, and details; an officer by number too."""
    marie = add()
    journal.note(marie, "assigned", "ticket RI-1", to="Zoé", count=2)
    (entry,) = journal.read()
    assert entry == Entry(entry.id, NOW, "Marie", "assigned", "ticket RI-1", {"to": "Zoé", "count": 2})
    with database.reading() as connection:
        assert connection.execute(sa.select(table.c.officer_id)).scalar_one() == marie.id


def test_a_line_without_an_officer(journal: Journal, database: Database) -> None:
    """What the command line does, or a login that failed, is written down with a name and no number."""
    journal.note("guichet staff", "staff_added", "officer marie")
    assert [(entry.officer, entry.detail) for entry in journal.read()] == [("guichet staff", {})]
    with database.reading() as connection:
        assert connection.execute(sa.select(table.c.officer_id)).scalar_one() is None


def test_what_is_too_long_is_cut(journal: Journal) -> None:
    """A subject that somebody made long does not stop the work."""
    journal.note("n" * 99, "looked", "conversation " + "x" * 1000)
    (entry,) = journal.read()
    assert (len(entry.officer), len(entry.subject)) == (40, 120)


def test_lines_come_newest_first_page_by_page(journal: Journal, clock: Clock) -> None:
    """A page begins before the last line of the one above; lines of the same moment keep their order."""
    for number in range(7):
        journal.note("chef", "looked", f"ticket {number}")
        clock.passes(seconds=number % 2)
    pages, before = [], None
    while page := journal.read(before=before, limit=3):
        pages.append([entry.subject.split()[1] for entry in page])
        before = page[-1].id
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


def test_lines_of_one_subject_or_one_officer(journal: Journal, add: Callable[..., Officer]) -> None:
    """What was done to one ticket, by one person, or both."""
    for officer in (add(), add("paul")):
        for subject in ("ticket RI-1", "ticket RI-10"):
            journal.note(officer, "looked", subject)

    def found(**wanted: str) -> list[tuple[str, str]]:
        return [(entry.officer, entry.subject) for entry in journal.read(**wanted)]

    assert found(subject="ticket RI-1") == [("Paul", "ticket RI-1"), ("Marie", "ticket RI-1")]
    assert found(officer="Marie") == [("Marie", "ticket RI-10"), ("Marie", "ticket RI-1")]
    assert found(officer="Paul", subject="ticket RI-10") == [("Paul", "ticket RI-10")]
    assert found(subject="ticket") == found(officer="paul") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET officer = 'somebody else'",
        "UPDATE journal SET detail = detail WHERE id = 1",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE id = 1",
    ],
)
def test_the_database_lets_nobody_change_a_line(journal: Journal, database: Database, statement: str) -> None:
    """Not even somebody with the desk's own access to the database changes or removes a line by a statement."""
    journal.note("chef", "looked", "ticket RI-1")
    journal.note("chef", "looked", "ticket RI-2")
    kept = journal.read()
    with pytest.raises(sa.exc.DBAPIError, match="the journal is only added to"), database.writing() as connection:
        connection.exec_driver_sql(statement)
    assert journal.read() == kept


def test_the_database_lets_nobody_empty_or_replace(journal: Journal, database: Database) -> None:
    """The ways around an UPDATE or a DELETE that each database has are closed too."""
    journal.note("chef", "looked", "ticket RI-1")
    (kept,) = journal.read()
    way_around = {
        "postgresql": "TRUNCATE journal",
        "sqlite": "REPLACE INTO journal (id, at, officer, action, subject, detail) "
        f"VALUES ({kept.id}, '2026-12-22 00:00:00', 'nobody', 'looked', 'x', '{{}}')",
    }[database.engine.dialect.name]
    with pytest.raises(sa.exc.DBAPIError, match="the journal is only added to"), database.writing() as connection:
        connection.exec_driver_sql(way_around)
    assert journal.read() == [kept]
    journal.note("chef", "looked", "ticket RI-2")
    assert len(journal.read()) == 2

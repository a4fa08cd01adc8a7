"""Tickets on a database: opened, kept, found, and shown to those who may see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.core.db import Database, migrate
from bot.promises.calendar import Calendar
from bot.promises.promise import Registry
from bot.tickets.service import TicketService
from bot.tickets.store import ReferenceTaken, TicketStore
from bot.tickets.ticket import CLOSED, OPEN, Ticket
from tests.databases import engine_of_one

UTC = timezone.utc


def leave(desk: TicketService, **changes: str | None) -> Ticket:
    """Leave a question with the desk."""
    values = {"conversation": "marie", "question": "L'allocation ?", "language": "fr", "email": "marie@example.org"}
    return desk.open(**{**values, **changes})


def draw(monkeypatch: pytest.MonkeyPatch, *references: str) -> None:
    """Let the desk draw these references, in order."""
    drawn = iter(references)
    monkeypatch.setattr("bot.tickets.service.new_reference", lambda prefix: next(drawn))


# The store


def test_a_kept_ticket_is_found_whole(store: TicketStore, make_ticket: Callable[..., Ticket]) -> None:
    """Every field of a ticket, its proof too, comes back from the database as it went in."""
    ticket = make_ticket(email="marie@example.org", question="Où ? « ici » 🙂\nMerci")
    store.add(ticket)
    assert store.find(ticket.reference) == ticket


def test_an_unknown_reference_is_not_found(store: TicketStore) -> None:
    """A reference that was never issued gives None."""
    assert store.find("RI-0000-0000") is None


def test_moments_come_back_in_utc(store: TicketStore, make_ticket: Callable[..., Ticket]) -> None:
    """A ticket opened at a moment of another zone comes back with the same moment in UTC."""
    store.add(make_ticket(now=datetime(2026, 11, 24, 23, 59, tzinfo=ZoneInfo("America/Toronto"))))
    found = store.find("RI-7K3P-92QX")
    assert found is not None
    assert found.opened_at.isoformat() == "2026-11-25T04:59:00+00:00"
    assert found.day_zero == date(2026, 11, 24)
    assert found.due_at.isoformat() == "2026-11-30T22:00:00+00:00"


def test_a_reference_is_kept_once(store: TicketStore, make_ticket: Callable[..., Ticket]) -> None:
    """A second ticket under a reference is refused, and the first stays as it was."""
    first = make_ticket(question="première")
    store.add(first)
    with pytest.raises(ReferenceTaken):
        store.add(make_ticket(question="seconde"))
    assert store.find(first.reference) == first


def test_a_conversation_shows_its_latest_tickets(store: TicketStore, make_ticket: Callable[..., Ticket]) -> None:
    """The tickets of a conversation come newest first, three unless told, and no other conversation's."""
    for number in range(1, 5):
        store.add(make_ticket(f"RI-0000-000{number}"))
    store.add(make_ticket("RI-0000-0009", conversation="paul"))
    assert [t.reference for t in store.of_conversation("marie")] == ["RI-0000-0004", "RI-0000-0003", "RI-0000-0002"]
    assert len(store.of_conversation("marie", limit=10)) == 4
    assert store.of_conversation("nobody") == []


def test_tickets_come_by_due_moment(store: TicketStore, make_ticket: Callable[..., Ticket], registry: Registry) -> None:
    """The soonest due comes first, whatever the order of opening; a state and a limit narrow the list."""
    store.add(make_ticket("RI-0000-0015", promise=registry.get("complaint")))
    store.add(make_ticket("RI-0000-0004"))
    store.add(replace(make_ticket("RI-0000-0005", promise=registry.get("internship-eligibility")), state=CLOSED))
    assert [t.reference for t in store.by_due_moment()] == ["RI-0000-0004", "RI-0000-0005", "RI-0000-0015"]
    assert [t.reference for t in store.by_due_moment(OPEN)] == ["RI-0000-0004", "RI-0000-0015"]
    assert [t.reference for t in store.by_due_moment(CLOSED)] == ["RI-0000-0005"]
    assert [t.reference for t in store.by_due_moment(limit=1)] == ["RI-0000-0004"]


def test_tickets_outlive_the_process(database_url: str, database: Database, make_ticket: Callable[..., Ticket]) -> None:
    """A ticket is there for another engine on the same database, and migrating again keeps it."""
    ticket = make_ticket()
    TicketStore(database).add(ticket)
    database.engine.dispose()
    engine = engine_of_one(database_url)
    migrate(engine)
    assert TicketStore(Database(engine)).find(ticket.reference) == ticket
    engine.dispose()


def test_tickets_are_kept_from_several_threads_at_once(store: TicketStore, make_ticket: Callable[..., Ticket]) -> None:
    """Writers wait for each other: of forty tickets added by four threads none is lost."""
    references = [f"RI-0000-{number:04d}" for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda reference: store.add(make_ticket(reference)), references))
    assert sorted(ticket.reference for ticket in store.by_due_moment()) == references


# The desk


def test_a_question_left_becomes_a_ticket(desk: TicketService) -> None:
    """Leaving a question opens a ticket under the e-mail promise, due four working days later, and keeps it."""
    ticket = leave(desk)
    assert re.fullmatch(r"RI-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", ticket.reference)
    assert (ticket.promise, ticket.state) == ("email-reply", OPEN)
    assert ticket.due_at == datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    assert (ticket.question, ticket.language, ticket.email) == ("L'allocation ?", "fr", "marie@example.org")
    assert desk.store.find(ticket.reference) == ticket


def test_the_date_told_before_is_the_date_of_the_ticket(desk: TicketService) -> None:
    """What a citizen is told in the offer is what the ticket then says."""
    offered = desk.due_if_opened_now()
    ticket = leave(desk)
    assert offered.due_at == ticket.due_at == datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    assert desk.calendar.local_date(offered.due_at) == date(2026, 11, 30)


def test_the_desk_looks_at_its_clock_each_time(store: TicketStore, registry: Registry, calendar: Calendar) -> None:
    """Two tickets of two days have two days zero."""
    moments = iter([datetime(2026, 12, 22, 15, 0, tzinfo=UTC), datetime(2026, 12, 29, 15, 0, tzinfo=UTC)])
    desk = TicketService(store, registry, calendar, "RI", lambda: next(moments), lambda _: "web")
    due_dates = [leave(desk).due_at.date().isoformat() for _ in range(2)]
    assert due_dates == ["2026-12-30", "2027-01-06"]


def test_a_taken_reference_is_drawn_again(desk: TicketService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that another ticket has is not given out: the desk draws the next."""
    draw(monkeypatch, "RI-AAAA-1111", "RI-AAAA-1111", "RI-AAAA-1111", "RI-BBBB-2222")
    assert leave(desk).reference == "RI-AAAA-1111"
    assert leave(desk, conversation="paul").reference == "RI-BBBB-2222"


def test_five_taken_references_are_an_error(desk: TicketService, monkeypatch: pytest.MonkeyPatch) -> None:
    """When five references in a row are taken the desk gives up, and keeps no second ticket."""
    draw(monkeypatch, *["RI-AAAA-1111"] * 6)
    leave(desk)
    with pytest.raises(ReferenceTaken):
        leave(desk)
    assert len(desk.store.by_due_moment()) == 1


def test_the_same_conversation_sees_its_ticket(desk: TicketService) -> None:
    """The conversation that left the question needs no address to see its ticket."""
    ticket = leave(desk)
    assert desk.look_up(ticket.reference, conversation="marie", email=None) == ticket


@pytest.mark.parametrize("email", ["marie@example.org", "MARIE@example.org", "Marie@Example.ORG"])
def test_another_conversation_sees_it_with_the_address(desk: TicketService, email: str) -> None:
    """From elsewhere a ticket is shown to who gives the address left at opening, in any case."""
    ticket = leave(desk)
    assert desk.look_up(ticket.reference, conversation="elsewhere", email=email) == ticket


@pytest.mark.parametrize("email", [None, "", "paul@example.org", "marie@example.or", "marié@example.org"])
def test_nobody_else_sees_it(desk: TicketService, email: str | None) -> None:
    """Without the address, or with another, a ticket looks as if it did not exist."""
    ticket = leave(desk)
    assert desk.look_up(ticket.reference, conversation="elsewhere", email=email) is None
    assert desk.look_up("RI-0000-0000", conversation="elsewhere", email=email) is None


@pytest.mark.parametrize("email", [None, "", "marie@example.org"])
def test_a_ticket_without_an_address_stays_in_its_conversation(desk: TicketService, email: str | None) -> None:
    """Where no address was left, none opens the ticket from elsewhere, an empty one neither."""
    ticket = leave(desk, email=None)
    assert desk.look_up(ticket.reference, conversation="elsewhere", email=email) is None
    assert desk.look_up(ticket.reference, conversation="marie", email=email) == ticket


def test_a_ticket_grows_overdue_as_found(desk: TicketService) -> None:
    """A ticket read back from the database knows when it is late."""
    found = desk.store.find(leave(desk).reference)
    assert found is not None
    assert not found.is_overdue(datetime(2026, 11, 30, 22, 0, tzinfo=UTC))
    assert found.is_overdue(datetime(2026, 11, 30, 22, 0, tzinfo=UTC) + timedelta(microseconds=1))

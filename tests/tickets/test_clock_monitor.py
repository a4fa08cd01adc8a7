"""The watch over the clocks: who is warned and when, what breaks, and what a calendar moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.promises.calendar import Calendar, Holiday
from bot.promises.promise import Registry
from bot.promises.store import ClockStore, clock_events
from bot.tickets import store as stored
from bot.tickets.clock_monitor import ClockMonitor, Staff
from bot.tickets.notices import NoticeStore
from bot.tickets.service import TicketService
from bot.tickets.store import TicketStore
from bot.tickets.ticket import ANSWERED, Ticket, TicketEvent
from tests.cast import ZONE

QUESTION = datetime(2026, 12, 22, 16, 40, tzinfo=ZONE)
STORM = Holiday("storm", "Fermeture exceptionnelle", "Exceptional closure")


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment around the end of 2026 where the service is."""
    return datetime(2027 if month < 6 else 2026, month, day, hour, minute, tzinfo=ZONE)


class Office:
    """Tickets, their clocks and the watch over them, with a clock on the wall that a test turns."""

    def __init__(self, store: TicketStore, registry: Registry, calendar: Calendar) -> None:
        self.now = QUESTION
        self.store = store
        self.ledger = ClockStore(store.database)
        self.notices = NoticeStore(store.database)
        self.staff = Staff(("Paul", "Zoé"), ("Marie",))
        self.desk = TicketService(store, registry, calendar, "RI", lambda: self.now, lambda _: "web")
        self.monitor = self.monitor_of(calendar)

    def monitor_of(self, calendar: Calendar) -> ClockMonitor:
        """The watch of a desk that has this calendar."""
        return ClockMonitor(self.store, self.ledger, calendar, lambda: self.staff, lambda: self.now)

    def leave(self, promise: str = "email-reply", officer: str | None = None) -> Ticket:
        """A ticket, given to an officer or not."""
        ticket = self.desk.open(conversation="c", question="?", language="fr", email=None, promise=promise)
        return self.desk.assign(ticket.reference, "Marie", officer) if officer else ticket

    def answer(self, ticket: Ticket) -> None:
        """The ticket is answered now."""
        with self.store.database.writing() as connection:
            event = TicketEvent(self.now, "closed")
            stored.close(connection, ticket, event, closed_as=ANSWERED, at=self.now, calendar=self.desk.calendar)

    def told(self, officer: str) -> list[str]:
        """The levels that an officer was told, in the order in which they were."""
        return [notice.level for notice in reversed(self.notices.of(officer))]

    def kinds(self, ticket: Ticket) -> list[str]:
        """What happened to the clock of a ticket."""
        return [event.kind for event in self.ledger.events(ticket.reference)]


@pytest.fixture
def office(store: TicketStore, registry: Registry, calendar: Calendar) -> Office:
    """An office at 16:40 on Tuesday, December 22, 2026."""
    return Office(store, registry, calendar)


def test_officers_then_supervisors_are_warned_in_working_time(office: Office) -> None:
    """From the question to the new year, minute by ten minutes: each is told what is theirs, within service hours."""
    ticket = office.leave(officer="Paul")
    while office.now < at(1, 5, 12):
        office.monitor.look()
        office.now += timedelta(minutes=10)
    assert office.told("Paul") == ["half", "one_day", "today", "late"]
    assert office.told("Marie") == ["today", "late"]
    assert office.told("Zoé") == []
    given = [event.at.astimezone(ZONE) for event in office.ledger.events(ticket.reference) if event.kind == "warned"]
    assert given == [at(12, 28, 16, 50), at(12, 29, 8, 30), at(12, 30, 8, 30), at(1, 4, 8, 30)]
    broken = [event.at for event in office.ledger.events(ticket.reference) if event.kind == "broken"]
    assert broken == [at(12, 30, 17)]


def test_what_nobody_has_is_everybodys_business(office: Office) -> None:
    """Of a ticket without an officer all officers are warned; where there are none, the supervisors."""
    office.leave()
    office.now = at(12, 29, 9)
    office.monitor.look()
    assert (office.told("Paul"), office.told("Zoé"), office.told("Marie")) == (["one_day"], ["one_day"], [])
    office.staff = Staff((), ("Marie",))
    gone = office.leave(officer="Ulric")
    office.now = at(1, 5, 9)
    office.monitor.look()
    assert office.told("Marie").count("late") == 1
    assert office.kinds(gone)[-1] == "warned"


def test_a_warning_is_given_once_whoever_looks(office: Office, calendar: Calendar) -> None:
    """Two desks that look at once warn once; looking again does nothing."""
    office.leave(officer="Paul")
    office.now = at(12, 30, 9)
    assert office.monitor.look() == 1
    assert office.monitor_of(calendar).look() == office.monitor.look() == 0
    assert office.told("Paul") == ["today"]


def test_what_is_answered_or_on_its_way_is_not_warned_of(office: Office) -> None:
    """Nobody is bothered with what is done: answered, or written and being carried."""
    done, carried = office.leave(officer="Paul"), office.leave(officer="Paul")
    office.answer(done)
    with office.store.database.writing() as connection:
        stored.change(connection, carried.reference, TicketEvent(office.now, "answered"), pending=7)
    office.now = at(12, 30, 9)
    office.monitor.look()
    assert office.told("Paul") == []


def test_a_broken_clock_is_broken_at_its_due_moment_and_stays_so(office: Office) -> None:
    """However late the desk looks, the moment is the promised one; an answer later does not mend it."""
    ticket = office.leave()
    office.now = at(1, 20, 9)
    office.monitor.look()
    office.answer(ticket)
    clock = office.ledger.of([ticket.reference])[ticket.reference]
    assert (clock.broken_at, clock.verdict(office.now), clock.took) == (at(12, 30, 17), "broken", 17)
    assert office.kinds(ticket).count("broken") == 1
    found = office.store.find(ticket.reference)
    assert (found and found.kept) is False


def test_an_answer_on_its_way_is_judged_when_it_has_arrived(office: Office) -> None:
    """Delivered in time it keeps the promise, though the desk hears of it after; one that comes back broke it."""
    kept, lost = office.leave(), office.leave()
    with office.store.database.writing() as connection:
        for number, ticket in enumerate((kept, lost), 1):
            stored.change(connection, ticket.reference, TicketEvent(office.now, "answered"), pending=number)
    office.now = at(12, 30, 17, 1)
    office.monitor.look()
    assert [office.kinds(ticket) for ticket in (kept, lost)] == [["started"], ["started"]]
    with office.store.database.writing() as connection:
        in_time = at(12, 30, 16, 59)
        event = TicketEvent(in_time, "delivered")
        stored.close(connection, kept, event, closed_as=ANSWERED, at=in_time, calendar=office.desk.calendar)
        stored.change(connection, lost.reference, TicketEvent(office.now, "undelivered"), pending=None)
    office.monitor.look()
    assert [office.kinds(ticket)[-1] for ticket in (kept, lost)] == ["kept", "broken"]
    found = office.store.find(kept.reference)
    assert (found and found.kept) is True


def test_a_late_holiday_moves_what_is_open_and_nothing_that_was_judged(office: Office, calendar: Calendar) -> None:
    """A closure on the 29th, told on the 28th, gives the open clocks a day more, with a new proof; the others none."""
    kept, moved = office.leave(), office.leave()
    office.answer(kept)
    office.now = at(12, 28, 9)
    storm = replace(calendar, exceptions={**calendar.exceptions, date(2026, 12, 29): STORM})
    assert [move.ticket.reference for move in office.monitor.moves(storm)] == [moved.reference]
    assert office.monitor.move() == 0
    later = office.monitor_of(storm)
    assert (later.move(), later.move()) == (1, 0)
    found = office.store.find(moved.reference)
    # The 31st to the 4th of January are holidays and a weekend.
    assert found is not None
    assert found.due_at == at(1, 4, 17)
    assert {
        "date": "2026-12-29",
        "reason": "holiday",
        "counted": None,
        "holiday": {"fr": STORM.fr, "en": STORM.en},
    } in (found.proof)
    assert office.ledger.of([moved.reference])[moved.reference].due_at == found.due_at
    assert office.kinds(moved) == ["started", "moved"]
    assert office.ledger.events(moved.reference)[1].detail["days"] == ["2026-12-29"]
    assert office.kinds(kept) == ["started", "kept"]
    # Broken yesterday, a closure of yesterday moves nothing.
    office.now = at(1, 5, 9)
    later.look()
    assert list(office.monitor_of(calendar).moves()) == []


def test_a_day_taken_back_moves_clocks_forward_too(office: Office, calendar: Calendar) -> None:
    """A holiday that is not observed brings the due moment nearer, as long as it is not past."""
    ticket = office.leave()
    worked = replace(calendar, exceptions={**calendar.exceptions, date(2026, 12, 24): None})
    assert office.monitor_of(worked).move() == 1
    found = office.store.find(ticket.reference)
    assert found is not None
    assert found.due_at == at(12, 29, 17)


def test_every_promise_has_its_clock(office: Office, registry: Registry) -> None:
    """All five are started with their days and judged, kept in time and broken after."""
    for promise in registry.promises:
        in_time, late = office.leave(promise), office.leave(promise)
        office.answer(in_time)
        office.now, before = late.due_at + timedelta(seconds=1), office.now
        office.answer(late)
        clocks = office.ledger.of([in_time.reference, late.reference])
        assert [clocks[one.reference].verdict(office.now) for one in (in_time, late)] == ["kept", "broken"]
        assert clocks[late.reference].working_days == registry.get(promise).on(QUESTION.date()).working_days
        office.now = before


@pytest.mark.parametrize("change", ["UPDATE clock_events SET kind = 'kept'", "DELETE FROM clock_events"])
def test_the_database_refuses_to_change_what_happened(office: Office, change: str) -> None:
    """An event of a clock can be added, and neither changed nor taken away."""
    office.leave()
    with pytest.raises(sa.exc.DatabaseError, match="only added to"), office.store.database.writing() as connection:
        connection.execute(sa.text(change))
    with office.store.database.reading() as connection:
        assert connection.execute(sa.select(clock_events.c.kind)).scalars().all() == ["started"]


def test_notices_are_seen_and_mailed_once(office: Office) -> None:
    """Seen of one request or of all; a notice that could not be mailed waits longer each time, for two days."""
    ticket = office.leave(officer="Paul")
    office.now = at(12, 30, 9)
    office.monitor.look()
    assert (office.notices.unseen("Paul"), office.notices.unseen("Marie")) == (1, 1)
    assert office.notices.see("Paul", office.now, "RI-0000-0000") == 0
    assert office.notices.see("Paul", office.now, ticket.reference) == 1
    assert (office.notices.unseen("Paul"), office.notices.unseen("Marie")) == (0, 1)
    waits: list[timedelta] = []
    moment = office.now
    while found := [notice for notice in office.notices.to_mail(moment) if notice.officer == "Marie"]:
        office.notices.not_mailed(found[0], moment)
        asked = moment
        while moment - asked < timedelta(hours=2) and not any(
            notice.officer == "Marie" for notice in office.notices.to_mail(moment)
        ):
            moment += timedelta(seconds=30)
        waits.append(moment - asked)
    assert waits[:4] == [timedelta(seconds=30 * 2**n) for n in range(4)]
    assert max(waits[:-1]) == timedelta(hours=1)
    assert moment - office.now < timedelta(days=2, hours=4)
    office.notices.mailed(office.notices.of("Paul")[0])
    assert office.notices.to_mail(moment) == []

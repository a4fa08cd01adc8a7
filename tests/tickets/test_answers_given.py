"""An answer given by letter, telephone or at the counter is judged by the day on which it was given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.bootstrap import Rooms
from bot.promises.ledger import REVISED, Clock
from bot.promises.report import figures
from bot.tickets.ticket import CLOSED, OPEN, NotPossible, Ticket, disagreement
from tests.cast import Clock as Turning
from tests.cast import Says
from tests.tickets.test_answers import INQUIRY, answer, everything, leave, look, merge, said

# A question left on Tuesday, December 22, is due at the close of Wednesday, December 30.
ZERO, DUE, LATER = date(2026, 12, 22), date(2026, 12, 30), date(2026, 12, 31)
LATE = timedelta(days=9)


def clock_of(rooms: Rooms, ticket: Ticket) -> Clock:
    """The clock of a ticket, replayed, which must say what the ticket says."""
    clock = rooms.ledger.of([ticket.reference])[ticket.reference]
    assert disagreement(look(rooms, ticket), clock) is None
    return clock


def give(rooms: Rooms, ticket: Ticket, day: date, by: str = "letter") -> Ticket:
    """Register an answer that was given on a day."""
    return rooms.answers.give(ticket.reference, "Marie", "La bourse est de 800 $.", by, day)


@pytest.fixture
def ticket(rooms: Rooms, says: Says) -> Ticket:
    """A question left on the website."""
    return leave(rooms, says(channel="web"))


@pytest.mark.parametrize(
    "day, kept, took", [(ZERO, True, 0), (date(2026, 12, 26), True, 1), (DUE, True, 4), (LATER, False, 4)]
)
@pytest.mark.parametrize("looked", [False, True])
def test_the_day_counts_whenever_it_is_registered(
    rooms: Rooms, ticket: Ticket, clock: Turning, day: date, kept: bool, took: int, looked: bool
) -> None:
    """An answer on the due day keeps the promise, also of a request that is marked as late; one after it does not."""
    clock.now += LATE
    if looked:
        assert rooms.clock_monitor.look() >= 1
    found = give(rooms, ticket, day)
    assert (found.state, found.closed_as, found.kept) == (CLOSED, "answered", kept)
    replayed = clock_of(rooms, ticket)
    assert (replayed.took, replayed.given_on) == (took, day)
    assert replayed.was == ("overdue" if kept and looked else None)
    (event,) = [one for one in rooms.tickets.store.history(ticket.reference) if one.kind == "given"]
    assert (event.officer, event.detail["by"], event.detail["given_on"]) == ("Marie", "letter", day.isoformat())
    assert said(rooms, ticket) == []  # nobody is written to
    assert rooms.outbox.counts() == {}


def test_today_before_and_after_the_close_of_service(rooms: Rooms, ticket: Ticket, clock: Turning) -> None:
    """Registered on the due day, in the morning or in the evening, an answer of that day is in time."""
    other = leave(rooms, rooms.conversations.get(ticket.conversation))
    clock.now = ticket.due_at - timedelta(hours=7)
    assert give(rooms, ticket, DUE).closed_at == clock.now
    clock.now = ticket.due_at + timedelta(hours=4)
    rooms.clock_monitor.look()
    assert (give(rooms, other, DUE).closed_at, look(rooms, other).kept) == (other.due_at, True)


@pytest.mark.parametrize(
    "before, day, kept, was, counts",
    [
        ("answered late", DUE, True, "broken", DUE),
        ("answered late", LATER, False, None, LATER),
        ("answered late", date(2027, 1, 4), False, None, None),  # after what it was judged by
        ("withdrawn late", DUE, True, "broken", DUE),
        ("withdrawn late", LATER, False, None, LATER),
        ("answered", ZERO, True, None, ZERO),
        ("answered", date(2026, 12, 24), True, None, None),
        ("withdrawn", date(2026, 12, 23), True, "not_owed", date(2026, 12, 23)),
        ("withdrawn", date(2026, 12, 24), None, None, None),
        ("satisfied", ZERO, True, "not_owed", ZERO),
    ],
)
def test_what_was_judged_is_revised_by_an_earlier_answer_alone(
    rooms: Rooms,
    ticket: Ticket,
    clock: Turning,
    before: str,
    day: date,
    kept: bool | None,
    was: str | None,
    counts: date | None,
) -> None:
    """A verdict gets better by an answer that came before; by what came after nothing changes, but it is kept."""
    how, _, late = before.partition(" ")
    clock.now += timedelta(days=10 if late else 1)
    rooms.clock_monitor.look()
    if how == "answered":
        rooms.answers.answer(ticket.reference, "Paul", "Voici.")
    elif how == "withdrawn":
        rooms.tickets.groups.withdraw(ticket.reference, "Paul", "réglé autrement")
    else:
        rooms.tickets.groups.satisfy(ticket.reference, 1)
    judged, events = look(rooms, ticket), rooms.ledger.events(ticket.reference)
    clock.now += timedelta(days=10)
    found = give(rooms, ticket, day, "phone")
    replayed = clock_of(rooms, ticket)
    assert (found.kept, replayed.was, replayed.given_on) == (kept, was, counts)
    now = rooms.ledger.events(ticket.reference)
    assert now[: len(events)] == events  # only added to
    assert [one.kind for one in now[len(events) :]] == ([REVISED] if counts else [])
    if counts is None:
        assert found == judged
    else:
        assert found.closed_as == "answered"
    (row,) = figures([replayed], ["email-reply"], rooms.now())
    assert (row.kept, row.broken, len(row.revised_ones)) == (
        int(kept is True),
        int(kept is False),
        int(was is not None),
    )


def test_it_may_be_revised_again(rooms: Rooms, ticket: Ticket, clock: Turning) -> None:
    """Each earlier answer counts; the report tells the verdict of before the first."""
    clock.now += LATE
    rooms.answers.answer(ticket.reference, "Paul", "Voici.")
    for day in (LATER, DUE, ZERO):
        give(rooms, ticket, day)
    replayed = clock_of(rooms, ticket)
    assert (replayed.was, replayed.given_on, replayed.took) == ("broken", ZERO, 0)
    rooms.tickets.reopen(ticket.reference, "Marie", "incomplet")
    rooms.clock_monitor.look()
    assert clock_of(rooms, ticket).verdict(rooms.now()) == "overdue"


@pytest.mark.parametrize(
    "day, by, text, code",
    [
        (ZERO - timedelta(days=1), "letter", "x", "given_before"),
        (ZERO + timedelta(days=1), "letter", "x", "given_after"),
        (ZERO, "email", "x", "channel"),
        (ZERO, "", "x", "channel"),
        (ZERO, "phone", " \n", "text"),
    ],
)
def test_what_cannot_be_is_refused(rooms: Rooms, ticket: Ticket, day: date, by: str, text: str, code: str) -> None:
    """A day before the receipt or after today, no way and no words: nothing is kept."""
    before = everything(rooms)
    with pytest.raises(NotPossible, match=code):
        rooms.answers.give(ticket.reference, "Marie", text, by, day)
    with pytest.raises(LookupError):
        rooms.answers.give("RI-0000-0000", "Marie", "x", "phone", ZERO)
    assert everything(rooms) == before


@pytest.mark.parametrize("day, code", [(date(2026, 12, 20), "given_before"), (date(2026, 12, 23), "given_after")])
def test_a_registered_inquiry_is_answered_on_a_day(rooms: Rooms, clock: Turning, day: date, code: str) -> None:
    """What came by telephone is judged by the day of its answer, which lies between its receipt and today."""
    ticket = rooms.answers.register(INQUIRY, "Marie")  # of December 21
    with pytest.raises(NotPossible, match=code):
        rooms.answers.answer(ticket.reference, "Marie", "Voici.", given_on=day)
    assert look(rooms, ticket) == ticket
    clock.now += LATE
    rooms.clock_monitor.look()
    found = rooms.answers.answer(ticket.reference, "Marie", "Voici.", given_on=date(2026, 12, 22))
    assert (found.closed_as, found.kept) == ("answered", True)
    assert clock_of(rooms, ticket).was == "overdue"
    assert [one.text for one in said(rooms, ticket)] == ["Voici."]


def test_in_a_group_the_day_is_that_of_those_whom_no_channel_reaches(
    rooms: Rooms, ticket: Ticket, clock: Turning
) -> None:
    """One citizen of a group is called, the other reads the website: each is judged by their own answer."""
    called = rooms.answers.register(replace(INQUIRY, received_on=ZERO), "Marie")
    leader = merge(rooms, ticket, called)
    clock.now += LATE
    seen = [one.reference for one in rooms.tickets.groups.members(leader.reference)]
    rooms.answers.answer(leader.reference, "Marie", "Voici.", seen=seen, given_on=DUE)
    assert (look(rooms, ticket).kept, look(rooms, called).kept) == (False, True)
    assert [clock_of(rooms, one).given_on for one in (ticket, called)] == [None, DUE]


def test_whom_it_was_not_given_to_waits_on(rooms: Rooms, ticket: Ticket, says: Says, clock: Turning) -> None:
    """Those merged into a request that was answered by telephone stand by themselves; one merged is not given one."""
    clock.passes(minutes=1)
    other = leave(rooms, says(address="bob", channel="web"))
    merge(rooms, ticket, other)
    with pytest.raises(NotPossible, match="merged"):
        give(rooms, other, ZERO)
    give(rooms, ticket, ZERO)
    assert (look(rooms, other).state, look(rooms, other).merged_into) == (OPEN, None)
    assert answer(rooms, other).kept is True


def test_neither_on_its_way_nor_erased(rooms: Rooms, says: Says, clock: Turning) -> None:
    """While an answer is on its way its end is waited for; of a request without words none is registered."""
    ticket = leave(rooms, says(channel="web"), "ana@example.org")
    rooms.answers.answer(ticket.reference, "Marie", "Voici.")
    with pytest.raises(NotPossible, match="pending"):
        give(rooms, ticket, ZERO)
    erased = leave(rooms, says(channel="web", address="bob"))
    give(rooms, erased, ZERO)
    clock.now += timedelta(days=1)
    rooms.forgetting.erase_requests(rooms.now())
    with pytest.raises(NotPossible, match="erased"):
        give(rooms, erased, ZERO)
    detail = rooms.tickets.store.history(erased.reference)[-1].detail
    assert detail == {"by": "letter", "given_on": ZERO.isoformat()}

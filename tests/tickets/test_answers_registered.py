"""Inquiries that staff register, and a delay that is announced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.bootstrap import Rooms
from bot.messages.conversation import CITIZEN
from bot.promises.promise import PromiseError
from bot.tickets.ticket import OPEN, NotPossible, Ticket
from tests.cast import NOW, Clock, Says
from tests.tickets.test_answers import INQUIRY, TEXT, carry, everything, going_out, kinds, leave, look, said

# Inquiries that staff register


@pytest.mark.parametrize("channel", ["phone", "letter", "counter"])
def test_a_registered_inquiry_is_answered_as_it_came(rooms: Rooms, channel: str) -> None:
    """Without an address the officer answers by telephone or letter and keeps here what was said: it is closed."""
    ticket = rooms.answers.register(replace(INQUIRY, channel=channel, contact="418 555-0199"), "Marie")
    assert (ticket.channel, ticket.officer, ticket.contact, ticket.state) == (channel, "Marie", "418 555-0199", OPEN)
    transcript = rooms.conversations.transcript(ticket.conversation)
    assert [(one.author, one.text) for one in transcript] == [(CITIZEN, "Où êtes-vous?")]
    answered = rooms.answers.answer(ticket.reference, "Marie", TEXT)
    assert (answered.closed_as, answered.kept) == ("answered", True)
    assert rooms.tickets.store.history(ticket.reference)[-1].detail == {"by": channel, "given_on": "2026-12-22"}
    assert rooms.outbox.counts() == {}


def test_a_registered_inquiry_with_an_address_is_written_to(rooms: Rooms) -> None:
    """Who gave an address on the telephone is answered by e-mail."""
    ticket = rooms.answers.register(replace(INQUIRY, email="ana@example.org"), "Marie")
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    assert [row.address for row in going_out(rooms, "email")] == ["ana@example.org"]
    assert look(rooms, ticket).state == OPEN


def test_a_registered_inquiry_is_nobodys_turn(rooms: Rooms) -> None:
    """The conversation of an inquiry stands in no line, is no message of the assistant's, and has its own address."""
    tickets = [rooms.answers.register(INQUIRY, "Marie") for _ in range(2)]
    assert rooms.queue.all() == []
    assert rooms.inbox.forsaken(NOW + timedelta(days=1), 10) == []
    found = [rooms.conversations.get(ticket.conversation) for ticket in tickets]
    assert len({one.address for one in found if one}) == 2


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"received_on": date(2026, 12, 23)}, "future"),
        ({"channel": "web"}, "channel"),
        ({"channel": "telegram"}, "channel"),
        ({"question": " \n"}, "question"),
    ],
)
def test_an_inquiry_that_cannot_be_is_not_registered(rooms: Rooms, changes: dict[str, Any], code: str) -> None:
    """A day to come, another channel and no question are refused, and nothing is kept."""
    with pytest.raises(NotPossible, match=code):
        rooms.answers.register(replace(INQUIRY, **changes), "Marie")
    assert set(map(tuple, everything(rooms).values())) == {()}


def test_an_inquiry_under_an_unknown_promise_is_not_registered(rooms: Rooms) -> None:
    """A promise that the organization does not make is refused, and nothing is kept."""
    with pytest.raises(PromiseError):
        rooms.answers.register(replace(INQUIRY, promise="tomorrow"), "Marie")
    assert set(map(tuple, everything(rooms).values())) == {()}


# A delay


def announce(
    rooms: Rooms, ticket: Ticket, until: date = date(2027, 1, 8), reason: str = "L'ambassade est fermée."
) -> Ticket:
    """Tell the citizen of a delay."""
    return rooms.answers.delay(ticket.reference, "Marie", until, reason)


@pytest.mark.parametrize(
    "email, channel, row",
    [(None, "web", None), (None, "telegram", "telegram"), ("ana@example.org", "telegram", "email")],
)
def test_a_delay_is_told_on_the_citizens_channel_and_changes_no_promise(
    rooms: Rooms, says: Says, clock: Clock, email: str | None, channel: str, row: str | None
) -> None:
    """The citizen hears the new date and the reason; the clock runs on, and a later answer is late."""
    ticket = leave(rooms, says(channel=channel, address="7"), email)
    told = announce(rooms, ticket)
    assert (told.state, told.due_at, told.pending) == (OPEN, ticket.due_at, None)
    (message,) = said(rooms, ticket)
    assert "le mercredi 30 décembre 2026, à 17 h" in message.text
    assert "le vendredi 8 janvier 2027, à 17 h. Voici pourquoi : L'ambassade est fermée." in message.text
    assert [out.message.id for out in going_out(rooms, row)] == [message.id] if row else rooms.outbox.counts() == {}
    assert kinds(rooms, ticket) == ["opened", "delayed"]
    event = rooms.ledger.events(ticket.reference)[-1]
    assert (event.kind, event.officer) == ("delayed", "Marie")
    assert event.detail == {"until": "2027-01-08", "reason": "L'ambassade est fermée."}
    clock.now = ticket.due_at + timedelta(seconds=1)
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    while row and going_out(rooms, row):  # the delay, then the answer
        carry(rooms, row)
        rooms.answers.settle()
    clocks = rooms.ledger.of([ticket.reference])
    assert clocks[ticket.reference].verdict(clock.now) == "broken"
    assert clocks[ticket.reference].reason == "L'ambassade est fermée."


@pytest.mark.parametrize(
    "until, reason, code",
    [
        (date(2026, 12, 30), "Oui", "date"),  # the promised day itself
        (date(2026, 12, 31), "Oui", "date"),  # a holiday
        (date(2027, 1, 2), "Oui", "date"),
        (date(2026, 12, 1), "Oui", "date"),
        (date(2027, 1, 8), "  ", "reason"),
    ],
)
def test_a_delay_needs_a_later_working_day_and_a_reason(
    rooms: Rooms, says: Says, until: date, reason: str, code: str
) -> None:
    """What cannot be announced leaves everything as it was."""
    ticket = leave(rooms, says())
    before = everything(rooms)
    with pytest.raises(NotPossible, match=code):
        announce(rooms, ticket, until, reason)
    assert everything(rooms) == before


def test_of_what_is_closed_or_unknown_no_delay_is_told(rooms: Rooms, says: Says) -> None:
    """An answered request has no delay, and one that does not exist neither."""
    ticket = leave(rooms, says())
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    with pytest.raises(NotPossible, match="closed"):
        announce(rooms, ticket)
    with pytest.raises(LookupError):
        rooms.answers.delay("RI-0000-0000", "Marie", date(2027, 1, 8), "Oui")

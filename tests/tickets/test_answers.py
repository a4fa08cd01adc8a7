"""The answer to a ticket: where it goes, when the clock stops, and what happens when it does not arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms, wire
from bot.core.db import make_engine
from bot.core.settings import Settings
from bot.messages.conversation import OFFICER, Conversation, Message
from bot.messages.outbox import PARKED, SENT, Outgoing
from bot.tickets.answers import Inquiry
from bot.tickets.ticket import CLOSED, OPEN, NotPossible, Ticket
from tests.cast import NOW, Clock, Says, until
from tests.databases import PostgresServer, at_once
from tests.messages.test_store_atomic import failing

TEXT = "Voici votre réponse."
TABLES = ("conversations", "messages", "outbox", "tickets", "ticket_events", "clock_events")
INQUIRY = Inquiry("phone", date(2026, 12, 21), "email-reply", "Où êtes-vous?", "fr")


def leave(rooms: Rooms, conversation: Conversation, email: str | None = None, question: str = "?") -> Ticket:
    """Leave a question in a conversation."""
    return rooms.tickets.open(
        conversation=conversation.id, question=question, language="fr", email=email, channel=conversation.channel
    )


def kinds(rooms: Rooms, ticket: Ticket) -> list[str]:
    """What happened to a ticket."""
    return [event.kind for event in rooms.tickets.store.history(ticket.reference)]


def going_out(rooms: Rooms, channel: str) -> list[Outgoing]:
    """What a channel carries now."""
    return list(rooms.outbox.due(channel, rooms.now(), 100))


def carry(rooms: Rooms, channel: str, state: str = SENT, reason: str | None = None) -> None:
    """The channel takes what waits, or gives it up."""
    rooms.outbox.settle([replace(row, state=state, reason=reason) for row in going_out(rooms, channel)], rooms.now())


def look(rooms: Rooms, ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    return rooms.tickets.get(ticket.reference)


def said(rooms: Rooms, ticket: Ticket) -> list[Message]:
    """What officers said in the conversation of a ticket."""
    return [one for one in rooms.conversations.transcript(ticket.conversation) if one.author == OFFICER]


def everything(rooms: Rooms) -> dict[str, list[tuple[str, ...]]]:
    """All that the tables of conversations and tickets hold."""
    with rooms.database.reading() as connection:
        return {
            table: sorted(tuple(map(str, row)) for row in connection.execute(sa.text(f"SELECT * FROM {table}")))
            for table in TABLES
        }


def fail_at_each_statement(rooms: Rooms, act: Callable[[], Any]) -> int:
    """Let each statement of an act fail in turn, as long as that leaves the tables as they were; how many did.

    When this returns the act was done: what failed last, if anything did, came after the transaction.
    """
    before, failed = everything(rooms), 0
    while everything(rooms) == before:
        failed += 1
        with failing(rooms.database.engine, failed), suppress(RuntimeError):
            act()
    return failed


# Where an answer goes


@pytest.mark.parametrize("channel", ["web", "rest"])
def test_an_answer_without_an_address_stands_in_the_conversation(rooms: Rooms, says: Says, channel: str) -> None:
    """Where the citizen comes for it, it has arrived with being kept: the clock stops and the promise is kept.

    It is kept as the officer wrote it.
    """
    ticket = leave(rooms, says(channel=channel))
    written = f"  {TEXT}\n"
    answered = rooms.answers.answer(ticket.reference, "Marie", written)
    assert (answered.state, answered.closed_as, answered.closed_at, answered.kept) == (CLOSED, "answered", NOW, True)
    (message,) = said(rooms, ticket)
    assert (message.text, message.detail["name"], message.detail["ticket"]) == (written, "Marie", ticket.reference)
    assert rooms.outbox.counts() == {}
    assert kinds(rooms, ticket) == ["opened", "answered", "closed"]
    history = rooms.tickets.store.history(ticket.reference)
    assert [(event.officer, event.detail.get("by")) for event in history[1:]] == [("Marie", channel), (None, channel)]
    assert rooms.answers.settle() == 0


@pytest.mark.parametrize("channel", ["web", "telegram", "rest"])
def test_who_left_an_address_is_written_to_there_alone(rooms: Rooms, says: Says, channel: str) -> None:
    """The answer goes by e-mail with the reference in its subject, stays in the conversation, and goes no other way."""
    ticket = leave(rooms, says(channel=channel, address="7"), "ana@example.org")
    answered = rooms.answers.answer(ticket.reference, "Marie", TEXT)
    (row,) = going_out(rooms, "email")
    assert (row.address, row.message.text) == ("ana@example.org", TEXT)
    assert row.message.detail["email"] == {"subject": f"Réponse à votre demande {ticket.reference}"}
    assert going_out(rooms, "telegram") == []
    assert said(rooms, ticket)[0].id == answered.pending == row.message.id


def test_the_subject_is_in_the_tickets_language(rooms: Rooms, says: Says) -> None:
    """Who asked in English reads an English subject."""
    this = says(language="en")
    ticket = rooms.tickets.open(conversation=this.id, question="?", language="en", email="ana@example.org")
    rooms.answers.answer(ticket.reference, "Marie", "Here it is.")
    assert said(rooms, ticket)[0].detail["email"] == {"subject": f"Answer to your request {ticket.reference}"}


def test_telegram_carries_the_answer_where_there_is_no_address(rooms: Rooms, says: Says) -> None:
    """A question left on Telegram is answered there, and the clock runs until Telegram took it."""
    ticket = leave(rooms, says(channel="telegram", address="7"))
    assert rooms.answers.answer(ticket.reference, "Marie", TEXT).state == OPEN
    assert [(row.address, row.message.text) for row in going_out(rooms, "telegram")] == [("7", TEXT)]
    assert rooms.answers.settle() == 0
    carry(rooms, "telegram")
    assert rooms.answers.settle() == 1
    assert look(rooms, ticket).closed_as == "answered"


def test_the_answer_does_not_change_who_holds_the_conversation(rooms: Rooms, wait: Says) -> None:
    """One who waits for a person goes on waiting when a ticket of theirs is answered."""
    this = wait()
    ticket = leave(rooms, this)
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    found = rooms.conversations.get(this.id)
    assert found is not None
    assert found.held_by == "queue"


def test_who_answers_what_nobody_had_has_it(rooms: Rooms, says: Says) -> None:
    """An answered ticket is its answerer's, unless it was another's already."""
    free, pauls = (leave(rooms, says(address=name)) for name in ("a", "b"))
    rooms.tickets.assign(pauls.reference, "Paul", "Paul")
    assert [rooms.answers.answer(one.reference, "Marie", TEXT).officer for one in (free, pauls)] == ["Marie", "Paul"]


# When the clock stops


def test_the_clock_stops_when_the_channel_took_it(rooms: Rooms, says: Says, clock: Clock) -> None:
    """The moment that counts is the delivery's, not the writing's, nor that at which the desk looked."""
    ticket = leave(rooms, says(), "ana@example.org")
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    assert (look(rooms, ticket).state, kinds(rooms, ticket)) == (OPEN, ["opened", "answered"])
    clock.passes(minutes=3)
    assert rooms.answers.settle() == 0
    carry(rooms, "email")
    delivered = clock()
    clock.passes(minutes=3)
    assert rooms.answers.settle() == 1
    found = look(rooms, ticket)
    assert (found.state, found.closed_at, found.kept, found.pending) == (CLOSED, delivered, True, None)
    assert rooms.tickets.store.history(ticket.reference)[-1].at == delivered
    assert kinds(rooms, ticket) == ["opened", "answered", "delivered"]
    assert rooms.answers.settle() == 0


@pytest.mark.parametrize("late, kept", [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_delivered_too_late_is_a_broken_promise(
    rooms: Rooms, says: Says, clock: Clock, late: timedelta, kept: bool
) -> None:
    """Written in time and delivered after the due moment breaks the promise; at the due moment it is kept."""
    ticket = leave(rooms, says(), "ana@example.org")
    clock.now = ticket.due_at - timedelta(minutes=1)
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    clock.now = ticket.due_at + late
    carry(rooms, "email")
    rooms.answers.settle()
    assert look(rooms, ticket).kept is kept


def test_what_is_delivered_in_time_and_seen_late_is_kept(rooms: Rooms, says: Says, clock: Clock) -> None:
    """A desk that was down when the mail had gone out judges by the delivery."""
    ticket = leave(rooms, says(), "ana@example.org")
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    carry(rooms, "email")
    clock.now = ticket.due_at + timedelta(days=3)
    rooms.answers.settle()
    assert look(rooms, ticket).kept is True


def test_what_cannot_be_delivered_leaves_the_ticket_open(rooms: Rooms, says: Says) -> None:
    """A parked answer leaves the ticket open, says why in its history, and the next answer goes out."""
    ticket = leave(rooms, says(), "ana@example.org")
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    carry(rooms, "email", PARKED, "550 no such mailbox")
    assert rooms.answers.settle() == 1
    found = look(rooms, ticket)
    assert (found.state, found.pending, found.closed_at, found.kept) == (OPEN, None, None, None)
    last = rooms.tickets.store.history(ticket.reference)[-1]
    assert (last.kind, last.officer, last.detail) == ("undelivered", None, {"reason": "550 no such mailbox"})
    assert rooms.answers.settle() == 0
    rooms.answers.answer(ticket.reference, "Marie", "Encore une fois.")
    carry(rooms, "email")
    rooms.answers.settle()
    assert look(rooms, ticket).state == CLOSED
    assert kinds(rooms, ticket) == ["opened", "answered", "undelivered", "answered", "delivered"]


def test_an_answer_that_is_erased_on_its_way_did_not_arrive(rooms: Rooms, says: Says) -> None:
    """A citizen who erases everything before the answer went out still has an open ticket, and staff know why."""
    this = says(channel="telegram")
    ticket = leave(rooms, this)
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    rooms.conversations.erase(this.id, keep_address=True, farewell=None, now=NOW)
    assert rooms.answers.settle() == 1
    assert look(rooms, ticket).state == OPEN
    assert rooms.tickets.store.history(ticket.reference)[-1].detail == {"reason": "erased"}


def test_an_answer_is_written_though_the_conversation_is_gone(rooms: Rooms, says: Says) -> None:
    """To a citizen who gave an address the answer goes, also if nothing is left of what they said."""
    this = says()
    ticket = leave(rooms, this, "ana@example.org")
    rooms.conversations.erase(this.id, keep_address=False, farewell=None, now=NOW)
    assert rooms.conversations.get(this.id) is None
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    assert [row.address for row in going_out(rooms, "email")] == ["ana@example.org"]
    assert [(one.author, one.text) for one in rooms.conversations.transcript(this.id)] == [(OFFICER, TEXT)]
    carry(rooms, "email")
    rooms.answers.settle()
    assert look(rooms, ticket).closed_as == "answered"


def test_no_promise_is_kept_by_an_answer_that_nobody_can_read(rooms: Rooms, says: Says) -> None:
    """With the conversation gone and no address given, the answer is refused and the clock runs on."""
    this = says()
    ticket = leave(rooms, this)
    rooms.conversations.erase(this.id, keep_address=False, farewell=None, now=NOW)
    before = everything(rooms)
    with pytest.raises(NotPossible, match="unreachable"):
        rooms.answers.answer(ticket.reference, "Marie", TEXT)
    assert everything(rooms) == before


def test_a_merged_one_that_nobody_reaches_holds_up_no_other(rooms: Rooms, says: Says, clock: Clock) -> None:
    """The group is answered; the one whose citizen cannot be reached stays open by itself, and says why."""
    first, gone = says(address="ana"), says(address="bob")
    kept = leave(rooms, first, "ana@example.org")
    clock.passes(minutes=1)
    lost = leave(rooms, gone)
    stays = merge(rooms, kept, lost)
    assert stays.reference == kept.reference
    rooms.conversations.erase(gone.id, keep_address=False, farewell=None, now=NOW)
    rooms.answers.answer(kept.reference, "Marie", TEXT, seen=[lost.reference])
    assert len(going_out(rooms, "email")) == 1
    assert (look(rooms, lost).state, look(rooms, lost).merged_into) == ("open", None)
    assert rooms.tickets.store.history(lost.reference)[-1].detail == {"reason": "erased"}


# What is refused


def test_an_answer_needs_words_and_a_ticket(rooms: Rooms, says: Says) -> None:
    """An empty answer and one to an unknown reference are refused, and nothing is kept."""
    ticket = leave(rooms, says())
    before = everything(rooms)
    with pytest.raises(NotPossible, match="text"):
        rooms.answers.answer(ticket.reference, "Marie", " \n\t")
    with pytest.raises(LookupError):
        rooms.answers.answer("RI-0000-0000", "Marie", TEXT)
    assert everything(rooms) == before


def test_an_answer_twice_is_refused_while_one_is_on_its_way(rooms: Rooms, says: Says) -> None:
    """Until the first has arrived or failed there is no second, no withdrawal, no merging; afterwards it is closed."""
    ticket, other = leave(rooms, says(), "ana@example.org"), leave(rooms, says(), "ana@example.org")
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    before = everything(rooms)
    acts: list[Callable[[], Any]] = [
        lambda: rooms.answers.answer(ticket.reference, "Paul", TEXT),
        lambda: rooms.tickets.groups.withdraw(ticket.reference, "Paul", "double"),
        lambda: rooms.tickets.groups.merge(ticket.reference, other.reference, "Paul"),
        lambda: rooms.tickets.groups.merge(other.reference, ticket.reference, "Paul"),
    ]
    for act in acts:
        with pytest.raises(NotPossible, match="pending"):
            act()
    assert everything(rooms) == before
    carry(rooms, "email")
    rooms.answers.settle()
    with pytest.raises(NotPossible, match="closed"):
        rooms.answers.answer(ticket.reference, "Paul", TEXT)


@pytest.mark.parametrize("email", ["ana@example.org", None])
def test_of_many_who_answer_at_once_one_does(rooms: Rooms, database_url: str, says: Says, email: str | None) -> None:
    """Officers of several processes who answer the same ticket at once send one answer; the others are told."""
    ticket = leave(rooms, says(), email)

    def answer(number: int) -> str:
        own = wire(Settings(database_url=database_url), now=rooms.now)
        try:
            own.answers.answer(ticket.reference, f"o{number}", f"réponse {number}")
        except NotPossible as refusal:
            return refusal.code
        finally:
            own.close()
        return "done"

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(answer, range(6)))
    assert sorted(codes) == (["done"] + ["pending"] * 5 if email else ["closed"] * 5 + ["done"])
    (message,) = said(rooms, ticket)
    assert message.text == f"réponse {codes.index('done')}"


def test_fifteen_who_answer_at_once_do_not_wait_for_one_another(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many officers as the desk has connections each need only the one that they have."""
    monkeypatch.setattr("bot.bootstrap.foundation.make_engine", lambda url: make_engine(url, pool_timeout=10))
    rooms = wire(Settings(database_url=postgres.new()), now=lambda: NOW)
    tickets = [rooms.tickets.open(conversation=f"c{n}", question="?", language="fr", email="a@b.ca") for n in range(15)]
    acts = [partial(rooms.answers.answer, ticket.reference, "Marie", TEXT) for ticket in tickets]
    assert all(answered.pending for answered in at_once(rooms.database.engine, acts))
    rooms.close()


# Tickets that were merged


def merge(rooms: Rooms, one: Ticket, other: Ticket) -> Ticket:
    """Merge two tickets, having seen whose they are."""
    seen = [ticket.reference for own in (one, other) for ticket in rooms.tickets.groups.members(own.reference)]
    return rooms.tickets.groups.merge(one.reference, other.reference, "Marie", seen)


def answer(rooms: Rooms, ticket: Ticket, text: str = TEXT, **others: str) -> Ticket:
    """Answer a ticket and those merged into it, having seen whose they are."""
    seen = [one.reference for one in rooms.tickets.groups.members(ticket.reference)]
    return rooms.answers.answer(ticket.reference, "Marie", text, others=others, seen=seen)


def two(rooms: Rooms, says: Says, clock: Clock, emails: tuple[str | None, str | None]) -> tuple[Ticket, Ticket]:
    """Two tickets of two citizens, merged: the first is due a day before the second."""
    first = leave(rooms, says(address="a", channel="telegram"), emails[0])
    clock.passes(days=1)
    second = leave(rooms, says(address="b", channel="telegram"), emails[1])
    assert second.due_at > first.due_at
    merge(rooms, second, first)
    return first, second


def test_merged_tickets_are_answered_together(rooms: Rooms, says: Says, clock: Clock) -> None:
    """One answer goes to each citizen by their own way, under their own reference."""
    first, second = two(rooms, says, clock, ("a@example.org", None))
    answer(rooms, first)
    assert [(row.address, row.message.text) for row in going_out(rooms, "email")] == [("a@example.org", TEXT)]
    assert [(row.address, row.message.text) for row in going_out(rooms, "telegram")] == [("b", TEXT)]
    assert [said(rooms, one)[0].detail["ticket"] for one in (first, second)] == [first.reference, second.reference]
    carry(rooms, "telegram")
    assert rooms.answers.settle() == 1
    assert [look(rooms, one).state for one in (first, second)] == [OPEN, CLOSED]
    carry(rooms, "email")
    assert rooms.answers.settle() == 1
    assert [look(rooms, one).state for one in (first, second)] == [CLOSED, CLOSED]


def test_each_merged_ticket_is_judged_by_its_own_due_date(rooms: Rooms, says: Says, clock: Clock) -> None:
    """Answered between two due moments, the first promise is broken and the second kept."""
    first, second = two(rooms, says, clock, (None, None))
    clock.now = first.due_at + timedelta(minutes=1)
    answer(rooms, first)
    carry(rooms, "telegram")
    rooms.answers.settle()
    assert [look(rooms, one).kept for one in (first, second)] == [False, True]


def test_one_that_was_merged_is_not_answered_by_itself(rooms: Rooms, says: Says, clock: Clock) -> None:
    """Only the ticket that stays is answered."""
    _, second = two(rooms, says, clock, (None, None))
    with pytest.raises(NotPossible, match="merged"):
        rooms.answers.answer(second.reference, "Marie", TEXT)


def test_a_merged_citizen_gets_no_second_answer_while_one_is_on_its_way(rooms: Rooms, says: Says, clock: Clock) -> None:
    """Answered again because one citizen could not be reached, the other, whose answer is on its way, gets it once."""
    first, second = two(rooms, says, clock, (None, "b@example.org"))
    answer(rooms, first)
    carry(rooms, "telegram", PARKED, "blocked")
    assert rooms.answers.settle() == 1
    answer(rooms, first, "Encore.")
    assert [row.message.text for row in going_out(rooms, "email")] == [TEXT]
    assert [one.text for one in said(rooms, second)] == [TEXT]
    carry(rooms, "email")
    rooms.answers.settle()
    assert look(rooms, second).state == CLOSED


def test_a_merged_ticket_whose_answer_did_not_arrive_stands_by_itself(rooms: Rooms, says: Says, clock: Clock) -> None:
    """When the answer reached one citizen and not the other, the other's ticket is back on the list, to be answered."""
    first, second = two(rooms, says, clock, (None, "b@example.org"))
    answer(rooms, first)
    carry(rooms, "telegram")
    carry(rooms, "email", PARKED, "blocked")
    assert rooms.answers.settle() == 2
    assert look(rooms, first).state == CLOSED
    assert [one.reference for one in rooms.tickets.store.by_due_moment(OPEN)] == [second.reference]
    rooms.answers.answer(second.reference, "Marie", "Encore.")
    carry(rooms, "email")
    rooms.answers.settle()
    assert look(rooms, second).state == CLOSED


def test_what_was_answered_before_the_merging_is_not_answered_again(rooms: Rooms, says: Says, clock: Clock) -> None:
    """A ticket of the group that is closed by then hears nothing more when the group is answered after a reopening."""
    first, second = two(rooms, says, clock, (None, None))
    answer(rooms, first)
    carry(rooms, "telegram")
    rooms.answers.settle()
    rooms.tickets.reopen(first.reference, "Marie", "incomplet")
    answer(rooms, first, "La suite.")
    assert [[one.text for one in said(rooms, ticket)] for ticket in (first, second)] == [[TEXT, "La suite."], [TEXT]]


# One transaction


@pytest.mark.parametrize("way", ["email", "telegram", "web", "merged", "gone"])
def test_an_answer_is_given_whole_or_not_at_all(rooms: Rooms, says: Says, clock: Clock, way: str) -> None:
    """Whichever statement fails, no answer is on its way and no ticket changed; tried again it succeeds."""
    if way == "merged":
        ticket, _ = two(rooms, says, clock, ("a@example.org", None))
    else:
        this = says(channel="telegram" if way == "telegram" else "web")
        ticket = leave(rooms, this, "ana@example.org" if way in ("email", "gone") else None)
        if way == "gone":
            rooms.conversations.erase(this.id, keep_address=False, farewell=None, now=NOW)
    assert fail_at_each_statement(rooms, lambda: answer(rooms, ticket)) > 5
    one = look(rooms, ticket)
    assert kinds(rooms, one) == ["opened", *(["absorbed"] if way == "merged" else []), "answered"] + (
        ["closed"] if way == "web" else []
    )
    assert [message.id for message in said(rooms, one)] == [one.pending or said(rooms, one)[0].id]
    for group in rooms.tickets.store.merged_into(one.reference):
        assert [message.id for message in said(rooms, group)] == [group.pending]
    carried = {"web": 0, "merged": 2}.get(way, 1)
    assert rooms.outbox.counts() == ({"waiting": carried} if carried else {})


def test_an_inquiry_is_registered_whole_or_not_at_all(rooms: Rooms) -> None:
    """Whichever statement fails, there is neither a ticket nor a conversation; tried again there is one of each."""
    assert fail_at_each_statement(rooms, lambda: rooms.answers.register(INQUIRY, "Marie")) > 3
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert [one.text for one in rooms.conversations.transcript(ticket.conversation)] == [INQUIRY.question]


def test_a_delivery_is_settled_whole_or_not_at_all(rooms: Rooms, says: Says) -> None:
    """A ticket is never closed without its history saying so."""
    ticket = leave(rooms, says(), "ana@example.org")
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    carry(rooms, "email")
    assert fail_at_each_statement(rooms, rooms.answers.settle) > 3
    assert kinds(rooms, ticket) == ["opened", "answered", "delivered"]


@pytest.mark.anyio
async def test_answers_are_settled_by_themselves(rooms: Rooms, says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """The duty closes tickets as answers arrive, goes on after a database that did not answer, and ends when told."""
    monkeypatch.setattr("bot.tickets.answers.LOOK_SECONDS", 0.005)
    settle, failures = rooms.answers.settle, [2]

    def fail_first() -> int:
        failures[0] -= 1
        if failures[0] >= 0:
            raise sa.exc.OperationalError("", {}, Exception("away"))
        return settle()

    monkeypatch.setattr(rooms.answers, "settle", fail_first)
    ticket = leave(rooms, says(), "ana@example.org")
    rooms.answers.answer(ticket.reference, "Marie", TEXT)
    carry(rooms, "email")
    running = asyncio.create_task(rooms.answers.run(rooms.lease("answers")))
    await until(lambda: look(rooms, ticket).state == CLOSED)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()

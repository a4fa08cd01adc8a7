"""What the desk watches over by itself: those who wait when the offices close, and officers who are gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms
from bot.handover.absence import OfficerAbsence
from bot.messages import ownership, payloads
from bot.messages.contract import CLOSED_NEWS
from bot.messages.conversation import (
    ASSISTANT,
    BOT,
    OFFICER,
    PRESS,
    QUEUE,
    Conversation,
    Incoming,
    Message,
    Reply,
)
from bot.promises.promise import Registry
from bot.staff.tables import officers
from bot.tickets.offers import pressed_choice
from tests.cast import NOW, Clock, Says, until

CLOSING = datetime(2026, 12, 22, 17, 0, tzinfo=ZoneInfo("America/Toronto"))
AWAY = timedelta(minutes=10)


@pytest.fixture
def absence(rooms: Rooms) -> OfficerAbsence:
    """The watch of the desk, with its own officers."""
    return OfficerAbsence(
        rooms.conversations, rooms.officer_actions, rooms.tickets, rooms.texts, rooms.people.away_since, AWAY, rooms.now
    )


def offers(rooms: Rooms, conversation: Conversation) -> list[Message]:
    """What the desk said by itself in a conversation."""
    said = rooms.conversations.transcript(conversation.id)
    return [message for message in said if message.author == ASSISTANT and message.custom.get("news") == CLOSED_NEWS]


def employ(rooms: Rooms, *names: str, seen: datetime | None = None) -> None:
    """Officers who were seen at work at this moment, or never."""
    for name in names:
        officer = rooms.people.add(
            login=name.lower(), name=name, role="supervisor", password="Qx7-brume-vallee", must_change=False
        )
        if seen:
            with rooms.database.writing() as connection:
                connection.execute(sa.update(officers).where(officers.c.id == officer.id).values(seen_at=seen))


OFFERS = {
    "fr": (
        "Nos bureaux viennent de fermer",
        "mercredi 23 décembre 2026, à 8 h 30",
        "mercredi 30 décembre 2026, à 17 h",
        "Oui, transmettre ma question",
    ),
    "en": (
        "Our offices have just closed",
        "8:30 a.m. on Wednesday, December 23, 2026",
        "5:00 p.m. on Wednesday, December 30, 2026",
        "Yes, pass my question on",
    ),
}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_who_waits_when_the_offices_close_is_offered_a_ticket(
    rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock, lang: str
) -> None:
    """At closing time, not before, one who waits reads when the offices open and by when a question is answered."""
    this = wait(language=lang)
    clock.now = CLOSING - timedelta(seconds=1)
    assert (absence.look(), offers(rooms, this)) == (0, [])
    clock.now = CLOSING
    assert absence.look() == 1
    (offer,) = offers(rooms, this)
    start, opens, due, title = OFFERS[lang]
    assert offer.text.startswith(start)
    assert opens in offer.text
    assert due in offer.text
    assert (offer.custom["ticket"]["reference"], offer.custom["ticket"]["due"]) == (None, "2026-12-30T22:00:00+00:00")
    assert [button["payload"].partition("{")[0] for button in offer.buttons] == [payloads.OPEN_TICKET, payloads.DENY]
    assert offer.buttons[0]["title"] == title


def test_the_offer_is_made_once(rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock) -> None:
    """Everybody who waits is told, nobody twice: not a moment later, nor over Christmas, nor by another process."""
    people = [wait(f"c{number}") for number in range(3)]
    clock.now = CLOSING
    assert absence.look() == 3
    for moment in (CLOSING, CLOSING + timedelta(hours=5), datetime(2026, 12, 25, 12, tzinfo=CLOSING.tzinfo)):
        clock.now = moment
        assert absence.look() == 0
    assert [len(offers(rooms, one)) for one in people] == [1, 1, 1]
    assert {one.id for one in rooms.conversations.held(QUEUE)} == {one.id for one in people}


def test_one_who_asked_when_the_offices_were_closed_knows_already(
    rooms: Rooms, says: Says, absence: OfficerAbsence, clock: Clock
) -> None:
    """The assistant's own reply out of hours is the offer: the desk adds no second one."""
    clock.now = CLOSING + timedelta(hours=1)
    told = Reply("Nos bureaux sont fermés.", (), {"held_by": QUEUE, "outcome": "handoff", "news": CLOSED_NEWS})
    this = says("une personne", told)
    clock.passes(minutes=1)
    assert absence.look() == 0
    assert len(offers(rooms, this)) == 1


def test_who_waits_anew_is_offered_anew(rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock) -> None:
    """One who left the line and waits again another day is told again when the offices close."""
    this = wait()
    clock.now = CLOSING
    absence.look()
    rooms.conversations.change_holder(this.id, ownership.closed, clock())
    clock.now = CLOSING + timedelta(days=1, hours=-1)
    wait()
    clock.passes(hours=1)
    assert absence.look() == 1
    assert len(offers(rooms, this)) == 2


def test_only_who_waits_is_offered_one(
    rooms: Rooms, wait: Says, says: Says, absence: OfficerAbsence, clock: Clock
) -> None:
    """Neither one who talks with the assistant nor one who talks with an officer is interrupted."""
    employ(rooms, "Marie", seen=CLOSING)
    reading, talking = says(address="reading"), wait("talking")
    rooms.officer_actions.take(talking.id, "Marie")
    clock.now = CLOSING
    assert absence.look() == 0
    assert [offers(rooms, one) for one in (reading, talking)] == [[], []]


def test_one_whom_an_officer_takes_meanwhile_is_not_offered_one(
    rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conversation that an officer took, or a citizen erased, after the desk looked at the line hears nothing."""
    employ(rooms, "Marie", seen=CLOSING)
    taken, erased, waits = wait("taken"), wait("erased"), wait("waits")
    clock.now = CLOSING
    look = rooms.conversations.held

    def look_and_be_late(*arguments: Any) -> list[Conversation]:
        found = look(*arguments)
        if arguments[0] == QUEUE:
            rooms.officer_actions.take(taken.id, "Marie")
            rooms.conversations.erase(erased.id, keep_address=False, farewell=None, now=clock())
        return found

    monkeypatch.setattr(rooms.conversations, "held", look_and_be_late)
    assert absence.look() == 1
    assert [len(offers(rooms, one)) for one in (taken, erased, waits)] == [0, 0, 1]


def test_the_offer_is_carried_by_telegram(rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock) -> None:
    """Where messages are carried out the offer is too; where they are fetched it is with the next that is fetched."""
    wait("7", channel="telegram")
    this = wait("ana")
    sent = rooms.outbox.counts()
    clock.now = CLOSING
    absence.look()
    assert rooms.outbox.counts()["waiting"] == sent["waiting"] + 1
    rooms.inbox.accept(Incoming("rest", "next", "ana", "allô"), clock())
    (missed,) = rooms.conversations.said_since_last("rest", "next")
    assert (missed.conversation_id, missed.custom["news"]) == (this.id, CLOSED_NEWS)


@pytest.mark.anyio
async def test_the_buttons_of_the_offer_work(
    rooms: Rooms, wait: Says, says: Says, absence: OfficerAbsence, clock: Clock, make_service: Any, rasa: Any
) -> None:
    """Accepted, the offer passes on the question that was asked before the wish, under the date that was told."""
    says("Où êtes-vous?", Reply("Je ne sais pas.", (), {"outcome": "unanswered"}))
    this = wait()
    clock.now = CLOSING
    absence.look()
    (offer,) = offers(rooms, this)
    chosen = pressed_choice(rooms.texts, offer, 0, "fr")
    assert chosen is not None
    rasa.answer = lambda body: httpx.Response(503)  # the desk opens the ticket by itself
    press = Incoming("rest", "press", "ana", chosen[0], PRESS, detail={"title": chosen[1]})
    (reply,) = await make_service().handle(press)
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert ticket.reference in reply.text
    assert (ticket.question, ticket.conversation) == ("Où êtes-vous?", this.id)
    assert ticket.due_at.isoformat() == offer.custom["ticket"]["due"]


# Officers who are gone


def test_an_officer_not_seen_for_too_long_loses_their_conversations(
    rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock
) -> None:
    """What an officer holds goes back to the line, with a word to the citizen; a colleague at work keeps theirs."""
    employ(rooms, "Marie", seen=NOW)
    employ(rooms, "Paul", seen=NOW + timedelta(minutes=5))
    mine, also_mine, pauls = (wait(name) for name in ("c1", "c2", "c3"))
    for this, name in ((mine, "Marie"), (also_mine, "Marie"), (pauls, "Paul")):
        rooms.officer_actions.take(this.id, name)
    clock.now = NOW + AWAY - timedelta(seconds=1)
    assert absence.look() == 0
    clock.now = NOW + AWAY
    assert absence.look() == 2
    assert {(one.address, one.held_by, one.officer) for one in map(found(rooms), (mine, also_mine, pauls))} == {
        ("c1", QUEUE, None),
        ("c2", QUEUE, None),
        ("c3", OFFICER, "Paul"),
    }
    assert rooms.conversations.transcript(mine.id)[-1].text.startswith("Marie a dû quitter la conversation.")
    assert absence.look() == 0


def found(rooms: Rooms) -> Callable[[Conversation], Conversation]:
    """Looks conversations up again."""

    def look(conversation: Conversation) -> Conversation:
        again = rooms.conversations.get(conversation.id)
        assert again is not None
        return again

    return look


def test_officers_who_were_never_seen_or_are_no_more_are_away(
    rooms: Rooms, wait: Says, absence: OfficerAbsence
) -> None:
    """An account that was taken away, one that was never used and a name that nobody has hold nothing for long."""
    employ(rooms, "Eve")
    employ(rooms, "Marie", "Paul", seen=NOW)
    paul = next(officer for officer in rooms.people.all() if officer.name == "Paul")
    rooms.people.set_active(paul, active=False)
    people = {name: wait(name) for name in ("Eve", "Marie", "Paul", "Zoe")}
    for name, this in people.items():
        rooms.officer_actions.take(this.id, name)
    assert absence.look() == 3
    assert {name for name, this in people.items() if found(rooms)(this).held_by == OFFICER} == {"Marie"}


def test_who_waits_again_because_an_officer_is_gone_is_told_that_it_is_closed(
    rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock
) -> None:
    """When the officer vanishes out of hours the citizen is not left in a line that nobody serves: a ticket follows."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")
    clock.now = CLOSING
    assert absence.look() == 1
    assert absence.look() == 1
    assert len(offers(rooms, this)) == 1
    assert absence.look() == 0


def test_one_that_changes_hands_meanwhile_is_left_alone(
    rooms: Rooms, wait: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An absent officer's conversation that was handed on or erased since the desk looked stays as it is by then."""
    handed, erased = wait("handed"), wait("erased")
    for this in (handed, erased):
        rooms.officer_actions.take(this.id, "Marie")

    def away(names: Collection[str], moment: datetime) -> set[str]:
        assert (set(names), moment) == ({"Marie"}, NOW - AWAY)
        rooms.officer_actions.hand_over(handed.id, "Marie", "Paul")
        rooms.conversations.erase(erased.id, keep_address=False, farewell=None, now=NOW)
        return {"Marie"}

    absence = OfficerAbsence(
        rooms.conversations, rooms.officer_actions, rooms.tickets, rooms.texts, away, AWAY, rooms.now
    )
    assert absence.look() == 0
    assert found(rooms)(handed).officer == "Paul"
    assert rooms.conversations.get(erased.id) is None


def test_data_without_the_promise_ends_no_watch(
    rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day that nobody promised is not offered; what an absent officer holds is freed all the same."""
    employ(rooms, "Marie")
    waits, forsaken = wait("waits"), wait("forsaken")
    rooms.officer_actions.take(forsaken.id, "Marie")
    monkeypatch.setattr(rooms.tickets, "registry", Registry({}))
    clock.now = CLOSING
    assert absence.look() == 1
    assert [offers(rooms, one) for one in (waits, forsaken)] == [[], []]
    assert found(rooms)(forsaken).held_by == QUEUE


def test_who_talks_with_the_assistant_is_not_watched(rooms: Rooms, says: Says) -> None:
    """Where no officer holds anything nobody asks who is away."""

    def away(names: Collection[str], moment: datetime) -> set[str]:
        raise AssertionError(f"asked for {names} at {moment}")

    this = says()
    absence = OfficerAbsence(
        rooms.conversations, rooms.officer_actions, rooms.tickets, rooms.texts, away, AWAY, rooms.now
    )
    assert absence.look() == 0
    assert found(rooms)(this).held_by == BOT


@pytest.mark.anyio
async def test_the_watch_goes_on_by_itself(
    rooms: Rooms, wait: Says, absence: OfficerAbsence, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The duty looks at once, goes on after a database that did not answer, and ends when it is told to."""
    monkeypatch.setattr("bot.handover.absence.LOOK_SECONDS", 0.005)
    look, failures = absence.look, [2]

    def fail_first() -> int:
        failures[0] -= 1
        if failures[0] >= 0:
            raise sa.exc.OperationalError("", {}, Exception("away"))
        return look()

    monkeypatch.setattr(absence, "look", fail_first)
    this = wait()
    clock.now = CLOSING
    running = asyncio.create_task(absence.run(rooms.lease("vigil")))
    await until(lambda: offers(rooms, this))
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()

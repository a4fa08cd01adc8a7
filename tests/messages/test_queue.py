"""The line of those who wait for a person: its order, what officers see of it, and who gets whom."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms, wire
from bot.core.db import Database
from bot.core.settings import Settings
from bot.messages import ownership, payloads
from bot.messages.conversation import BOT, CLOSED, OFFICER, QUEUE, Conversation, Reply
from bot.messages.ownership import NotAllowed
from bot.messages.queue import Attendance
from bot.messages.tables import conversations as table
from tests.cast import NOW, Clock, Says
from tests.databases import engine_of_one

EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)


def answer(text: str = "Voici.", title: str | None = None, intent: str = "inquiry") -> Reply:
    """A reply of the assistant's, perhaps with the article of this title."""
    return Reply(text, (), {"outcome": "answered", "intent": intent, **({"title": title} if title else {})})


def waiting_since(rooms: Rooms, conversation: Conversation) -> datetime | None:
    """Since when the conversation waits, as the table has it."""
    with rooms.database.reading() as connection:
        query = sa.select(table.c.waiting_since).where(table.c.id == conversation.id)
        return connection.execute(query).scalar_one()


def order(rooms: Rooms) -> list[str]:
    """Who waits, the first in line first."""
    return [one.conversation.address for one in rooms.queue.all() if one.conversation.held_by == QUEUE]


def places(rooms: Rooms, *conversations: Conversation) -> list[int | None]:
    """The place in line that each page shows."""
    found = rooms.conversations.presences(one.id for one in conversations)
    return [found[one.id].place for one in conversations]


# The order


def test_who_waits_longest_is_first(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """The line is in the order in which people began to wait, whoever wrote last or was there before."""
    rooms.conversations.open("web", "never asked", "fr", NOW - timedelta(days=1))
    zoe = wait("zoe")
    clock.passes(minutes=1)
    wait("ana")
    clock.passes(minutes=1)
    wait("bob")
    wait("zoe", "toujours personne?")
    assert order(rooms) == ["zoe", "ana", "bob"]
    assert rooms.queue.all()[0].waiting_since == NOW
    assert waiting_since(rooms, zoe) == NOW


def test_everyone_who_waits_has_a_place(rooms: Rooms, wait: Says, says: Says, clock: Clock) -> None:
    """Places count from 1 without gaps, move up when somebody is taken, and are only of those who wait."""
    people = []
    for name in ("ana", "bob", "eve"):
        people.append(wait(name))
        clock.passes(seconds=1)
    reading = says(address="reading")
    assert rooms.conversations.place_of_next() == 4
    assert places(rooms, *people, reading) == [1, 2, 3, None]
    rooms.officer_actions.take(people[1].id, "Marie")
    assert places(rooms, *people, reading) == [1, None, 2, None]
    assert rooms.conversations.place_of_next() == 3


def test_those_who_began_at_the_same_moment_have_places_of_their_own(rooms: Rooms, wait: Says) -> None:
    """Two who ask at once are one behind the other, and every list says the same."""
    people = [wait(f"c{number}") for number in range(8)]
    by_place = sorted(zip(places(rooms, *people), (one.address for one in people), strict=True))
    assert [place for place, _ in by_place] == list(range(1, 9))
    assert [name for _, name in by_place] == order(rooms)


def test_officers_see_who_is_held_after_who_waits(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """The line comes first, then what officers hold, whose names are shown; closed ones are gone."""
    held, closed = wait("held"), wait("closed")
    clock.passes(minutes=1)
    wait("waits")
    rooms.officer_actions.take(held.id, "Marie")
    rooms.conversations.change_holder(closed.id, ownership.closed, clock())
    found = [(one.conversation.address, one.conversation.officer, one.waiting_since) for one in rooms.queue.all()]
    assert found == [("waits", None, NOW + timedelta(minutes=1)), ("held", "Marie", None)]
    assert [one.conversation.address for one in rooms.queue.all(limit=1)] == ["waits"]


@pytest.mark.parametrize("act", ["wait", "take", "write", "give_back", "hand_over", "close", "erase"])
def test_a_list_that_changed_is_seen_to_have_changed(rooms: Rooms, wait: Says, says: Says, act: str) -> None:
    """Whatever happens to one who waits or is held gives the line another version; looking does not."""
    this = wait("ana")
    other = wait("bob")
    if act in ("give_back", "hand_over", "close"):
        rooms.officer_actions.take(this.id, "Marie")
    acts: dict[str, Callable[[], Any]] = {
        "wait": lambda: wait("eve"),
        "take": lambda: rooms.officer_actions.take(this.id, "Marie"),
        "write": lambda: says("encore"),
        "give_back": lambda: rooms.officer_actions.give_back(this.id, "Marie", QUEUE),
        "hand_over": lambda: rooms.officer_actions.hand_over(this.id, "Marie", "Paul"),
        "close": lambda: rooms.officer_actions.close(this.id, "Marie"),
        "erase": lambda: rooms.conversations.erase(other.id, keep_address=False, farewell=None, now=rooms.now()),
    }
    before = rooms.queue.version()
    rooms.queue.all()
    assert rooms.queue.version() == before
    acts[act]()
    assert rooms.queue.version() != before


# What officers see of one who waits


def test_the_question_is_what_was_asked_before_the_wish(rooms: Rooms, says: Says, wait: Says) -> None:
    """Officers read what the citizen wants to know, not that they want a person, and the article given last."""
    says("Combien gagne un stagiaire?", answer(title="L'allocation"))
    says("merci", answer(intent="thanks"))
    wait("ana", "je veux parler à quelqu'un")
    (found,) = rooms.queue.all()
    assert (found.question, found.topic) == ("Combien gagne un stagiaire?", "L'allocation")
    assert (found.last_by, found.last_at) == ("bot", NOW)


def test_a_press_of_the_button_is_no_question(rooms: Rooms, says: Says, wait: Says) -> None:
    """The button "talk to a person" hides no question; one who only pressed has none, and no topic."""
    says("Où êtes-vous?", answer())
    wait("ana", payloads.REQUEST_OFFICER)
    wait("bob", payloads.REQUEST_OFFICER)
    found = {one.conversation.address: one for one in rooms.queue.all()}
    assert (found["ana"].question, found["bob"].question) == ("Où êtes-vous?", None)
    assert (found["ana"].topic, found["bob"].topic) == (None, None)


def test_who_asked_nothing_else_is_shown_with_the_wish(rooms: Rooms, wait: Says) -> None:
    """Where the wish for a person is all that was said, it is the question."""
    wait("ana", "un humain svp")
    assert rooms.queue.all()[0].question == "un humain svp"


def test_words_that_nobody_answered_are_the_question(rooms: Rooms, says: Says, wait: Says) -> None:
    """What was asked of an officer who then left is the question, also if the button was pressed after it."""
    this = says("Où êtes-vous?", answer())
    rooms.officer_actions.take(this.id, "Marie")
    says("Et combien cela coûte-t-il?")
    rooms.officer_actions.give_back(this.id, "Marie")
    wait("ana", payloads.REQUEST_OFFICER)
    assert rooms.queue.all()[0].question == "Et combien cela coûte-t-il?"


def test_what_is_said_while_waiting_is_the_question(rooms: Rooms, says: Says, wait: Says) -> None:
    """One who says more while they wait is read with that, and is known to have spoken last."""
    wait()
    says("C'est pour mon stage à Dakar")
    (found,) = rooms.queue.all()
    assert (found.question, found.last_by) == ("C'est pour mon stage à Dakar", "citizen")


@pytest.mark.parametrize(
    "last, said",
    [
        ("annuler", Reply("C'est annulé.", (), {"outcome": "smalltalk", "intent": "cancel"})),
        ("annuler", Reply("Voici.", (), {"outcome": "answered", "intent": "cancel"})),
        ("ana@example.org", Reply("C'est fait.", (), {"outcome": "ticket", "intent": "inquiry"})),
        ("oui", Reply("À quelle adresse?", (), {"outcome": "form", "intent": "affirm"})),
        ("répétez", Reply("Voici.", (), {"outcome": "answered", "intent": "repeat"})),
        ("merci beaucoup", None),
        ("mon adresse est ana@example.org", None),
    ],
)
def test_the_last_word_said_is_no_question(rooms: Rooms, says: Says, wait: Says, last: str, said: Reply | None) -> None:
    """An act, an address or a word to an officer does not hide what the citizen asked."""
    this = says("Combien gagne un stagiaire?", answer())
    if said is None:
        rooms.officer_actions.take(this.id, "Marie")
        says(last)
        rooms.officer_actions.give_back(this.id, "Marie", QUEUE)
    else:
        says(last, said)
        wait("ana", payloads.REQUEST_OFFICER)
    assert rooms.queue.all()[0].question == "Combien gagne un stagiaire?"


def test_news_of_the_system_is_nobodys_last_word(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """That an officer came is not something that was said: the last who spoke is a person or the assistant."""
    this = wait()
    clock.passes(minutes=1)
    rooms.officer_actions.take(this.id, "Marie")
    assert (rooms.queue.all()[0].last_by, rooms.queue.all()[0].last_at) == ("bot", NOW)
    rooms.officer_actions.reply(this.id, "Marie", "Bonjour")
    assert (rooms.queue.all()[0].last_by, rooms.queue.all()[0].last_at) == (OFFICER, clock())


def test_a_long_conversation_is_read_from_its_end(rooms: Rooms, says: Says, wait: Says) -> None:
    """Of a conversation of hundreds of messages the latest are looked at, of each conversation its own."""
    for number in range(40):
        says(f"question {number}", answer(title=f"article {number}"), address="long")
    says("une seule", answer(title="le sien"), address="short")
    wait("long")
    wait("short")
    found = {one.conversation.address: (one.question, one.topic) for one in rooms.queue.all()}
    assert found == {"long": ("question 39", "article 39"), "short": ("une seule", "le sien")}


def test_an_empty_line_is_a_list_without_anybody(rooms: Rooms, says: Says) -> None:
    """Where nobody waits there is nothing to see, and the next who asks is first."""
    says()
    assert (rooms.queue.all(), rooms.queue.version(), rooms.conversations.place_of_next()) == ([], (), 1)


# Since when somebody waits, and how long it took


def test_waiting_begins_with_the_wish_and_ends_with_the_officer(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """The wait is written down when an officer comes, once, with channel and language and in whole seconds."""
    this = wait(language="en")
    clock.passes(minutes=4, seconds=2.4)
    rooms.officer_actions.take(this.id, "Marie")
    rooms.officer_actions.take(this.id, "Marie")
    rooms.officer_actions.hand_over(this.id, "Marie", "Paul")
    (waited,) = rooms.statistics.waits(EPOCH)
    assert (waited.at, waited.channel, waited.language, waited.seconds) == (clock(), "rest", "en", 242)
    assert waiting_since(rooms, this) is None


def test_one_who_did_not_wait_has_no_wait(rooms: Rooms, says: Says) -> None:
    """An officer who steps in by themselves was waited for by nobody."""
    rooms.officer_actions.take(says().id, "Marie")
    assert rooms.statistics.waits(EPOCH) == []


def test_a_clock_that_was_set_back_makes_no_negative_wait(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """Two processes whose clocks differ by a second write down no wait below nothing."""
    this = wait()
    clock.passes(seconds=-1)
    rooms.officer_actions.take(this.id, "Marie")
    assert [waited.seconds for waited in rooms.statistics.waits(EPOCH)] == [0]


@pytest.mark.parametrize("way", ["given to the assistant", "handed over", "closed by officer", "taken"])
def test_whoever_no_longer_waits_waits_since_no_moment(rooms: Rooms, wait: Says, way: str) -> None:
    """By whatever way a conversation leaves the line, it waits no more."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")
    ways: dict[str, Callable[[], Any]] = {
        "taken": lambda: None,
        "given to the assistant": lambda: rooms.officer_actions.give_back(this.id, "Marie", BOT),
        "handed over": lambda: rooms.officer_actions.hand_over(this.id, "Marie", "Paul"),
        "closed by officer": lambda: rooms.officer_actions.close(this.id, "Marie"),
    }
    ways[way]()
    assert waiting_since(rooms, this) is None
    assert order(rooms) == []


def test_a_citizen_who_leaves_or_erases_leaves_the_line(rooms: Rooms, wait: Says) -> None:
    """Neither one who closed the conversation nor one who erased it waits, also where its address stays."""
    leaves, erases = wait("leaves"), wait("erases")
    rooms.conversations.change_holder(leaves.id, ownership.closed, rooms.now())
    rooms.conversations.erase(erases.id, keep_address=True, farewell=None, now=rooms.now())
    assert [waiting_since(rooms, one) for one in (leaves, erases)] == [None, None]
    assert order(rooms) == []
    assert rooms.statistics.waits(EPOCH) == []


def test_one_who_comes_back_waits_anew(rooms: Rooms, wait: Says, says: Says, clock: Clock) -> None:
    """Who left the line and asks again stands at its end; writing alone brings nobody back to it."""
    ana = wait("ana")
    clock.passes(minutes=1)
    wait("bob")
    rooms.conversations.change_holder(ana.id, ownership.closed, clock())
    says("bonjour encore", answer(), address="ana")
    assert order(rooms) == ["bob"]
    clock.passes(minutes=1)
    wait("ana")
    assert order(rooms) == ["bob", "ana"]
    assert waiting_since(rooms, ana) == NOW + timedelta(minutes=2)


def test_given_back_to_the_line_one_waits_from_then(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """A conversation given back to the line waits since that moment, and the second wait is written down too."""
    this = wait()
    clock.passes(minutes=1)
    rooms.officer_actions.take(this.id, "Marie")
    clock.passes(minutes=5)
    rooms.officer_actions.give_back(this.id, "Marie", QUEUE)
    assert waiting_since(rooms, this) == clock()
    clock.passes(minutes=2)
    rooms.officer_actions.take(this.id, "Paul")
    assert [waited.seconds for waited in rooms.statistics.waits(EPOCH)] == [60, 120]
    assert [waited.seconds for waited in rooms.statistics.waits(clock())] == [120]


# Who gets whom


def test_of_two_officers_at_once_exactly_one_gets_it(rooms: Rooms, database_url: str, wait: Says) -> None:
    """Officers of several processes claim the same people at once: each is taken by one, and everybody is told."""
    officers, people = [f"o{number}" for number in range(6)], [wait(f"c{number}") for number in range(8)]
    start, refused = Barrier(len(officers)), list[str]()

    def claim_all(name: str) -> list[str]:
        own = wire(Settings(database_url=database_url), now=rooms.now)
        got = []
        for one in people:
            start.wait(30)
            try:
                own.officer_actions.take(one.id, name)
            except NotAllowed as refusal:
                refused.append(refusal.code)
            else:
                got.append(one.id)
        own.close()
        return got

    with ThreadPoolExecutor(len(officers)) as pool:
        taken = dict(zip(officers, pool.map(claim_all, officers), strict=True))
    assert refused == ["held"] * len(people) * (len(officers) - 1)
    assert sorted(this for got in taken.values() for this in got) == sorted(one.id for one in people)
    held = {one.id: one.officer for one in rooms.conversations.held(OFFICER)}
    assert held == {this: name for name, got in taken.items() for this in got}
    for one in people:  # exactly one officer joined, in the citizen's eyes too
        joined = [m.text for m in rooms.conversations.transcript(one.id) if m.author == "system"]
        assert joined == [f"{held[one.id]} a rejoint la conversation."]
    assert len(rooms.statistics.waits(EPOCH)) == len(people)


def test_an_officer_and_a_citizen_who_leaves_at_once(rooms: Rooms, database_url: str, wait: Says) -> None:
    """Of a claim and a leave at the same moment the second sees what the first did: nobody holds what is closed."""
    people = [wait(f"c{number}") for number in range(10)]
    other = Database(engine_of_one(database_url))
    start = Barrier(2)

    def leave() -> None:
        store = wire(rooms.settings, database=other).conversations
        for one in people:
            start.wait(30)
            store.change_holder(one.id, ownership.closed, NOW)

    def take() -> list[bool]:
        got = []
        for one in people:
            start.wait(30)
            try:
                rooms.officer_actions.take(one.id, "Marie")
                got.append(True)
            except NotAllowed:
                got.append(False)
        return got

    with ThreadPoolExecutor(2) as pool:
        leaving, taking = pool.submit(leave), pool.submit(take)
        leaving.result(60)
        got = taking.result(60)
    other.engine.dispose()
    found = [rooms.conversations.get(one.id) for one in people]
    assert [(one.held_by, one.officer) for one in found if one] == [(CLOSED, None)] * len(people)
    assert len(rooms.statistics.waits(EPOCH)) == got.count(True)


# Attendance and notes


def test_who_was_never_seen_is_nowhere(rooms: Rooms, says: Says) -> None:
    """Before anybody opened a page or typed there is nothing to show."""
    assert rooms.queue.attendance(says().id) == Attendance()


def test_each_side_is_seen_and_seen_to_type(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """The page and the typing of both sides are kept apart, each with its latest moment."""
    this, other = wait("ana"), wait("bob")
    rooms.queue.citizen_seen(this.id, clock())
    clock.passes(seconds=3)
    rooms.queue.citizen_types(this.id, clock())
    clock.passes(seconds=3)
    rooms.queue.officer_types(this.id, clock())
    clock.passes(seconds=3)
    rooms.queue.citizen_seen(this.id, clock())
    moments = [NOW + timedelta(seconds=seconds) for seconds in (9, 3, 6)]
    assert rooms.queue.attendance(this.id) == Attendance(*moments)
    assert rooms.queue.attendance(other.id) == Attendance()
    assert {one.conversation.address: one.citizen_seen_at for one in rooms.queue.all()} == {"ana": clock(), "bob": None}


def test_typing_ends_with_the_message(rooms: Rooms, wait: Says, says: Says, clock: Clock) -> None:
    """Who has said something no longer types it, whichever side it is; the other side goes on."""
    this = wait("ana")
    rooms.officer_actions.take(this.id, "Marie")
    rooms.queue.citizen_types(this.id, clock())
    rooms.officer_actions.type(this.id, "Marie")
    says("Ma carte", address="ana")
    assert rooms.queue.attendance(this.id) == Attendance(None, None, clock())
    rooms.queue.citizen_types(this.id, clock())
    rooms.officer_actions.reply(this.id, "Marie", "La voici.")
    assert rooms.queue.attendance(this.id) == Attendance(None, clock(), None)
    assert rooms.conversations.presences([this.id])[this.id].typing_at is None


def test_presence_of_a_conversation_that_was_erased_is_dropped(rooms: Rooms, wait: Says) -> None:
    """A page that is still open when its conversation is erased leaves nothing behind."""
    this = wait()
    rooms.queue.citizen_seen(this.id, NOW)
    rooms.conversations.erase(this.id, keep_address=False, farewell=None, now=NOW)
    rooms.queue.citizen_seen(this.id, NOW)
    rooms.queue.citizen_types("nobody", NOW)
    assert [rooms.queue.attendance(one) for one in (this.id, "nobody")] == [Attendance(), Attendance()]


def test_many_pages_are_noted_at_once(rooms: Rooms, wait: Says) -> None:
    """Two tabs of one citizen, noted by several threads for the first time, are one row and no error."""
    this = wait()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: rooms.queue.citizen_seen(this.id, NOW), range(12)))
    assert rooms.queue.attendance(this.id).citizen_seen_at == NOW


def test_notes_are_kept_in_order_for_colleagues(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """Notes have who wrote them and when, oldest first; each conversation has its own, and erasing takes them."""
    this, other = wait("ana"), wait("bob")
    rooms.officer_actions.note(this.id, "Marie", "Rappeler demain")
    clock.passes(minutes=1)
    rooms.officer_actions.note(this.id, "Paul", "Fait\n« merci » <b>")
    found = [(note.officer, note.text, note.at) for note in rooms.queue.notes(this.id)]
    assert found == [("Marie", "Rappeler demain", NOW), ("Paul", "Fait\n« merci » <b>", clock())]
    assert rooms.queue.notes(other.id) == []
    rooms.conversations.erase(this.id, keep_address=True, farewell=None, now=NOW)
    assert rooms.queue.notes(this.id) == []

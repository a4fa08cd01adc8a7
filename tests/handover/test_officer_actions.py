"""What an officer does with a conversation, what its citizen reads of it, and how a reply reaches them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bot.bootstrap import Rooms
from bot.channels.channel import Reach
from bot.channels.web.transcript import as_text
from bot.handover.officer_actions import UnknownConversation
from bot.messages.conversation import BOT, CLOSED, OFFICER, QUEUE, SYSTEM, Conversation, Message
from bot.messages.notifier import Notifier
from bot.messages.ownership import NotAllowed
from bot.messages.queue import GONE_AFTER
from tests.cast import NOW, Clock, Says

SECRET = "Attention: dossier Quetzal"


def words(rooms: Rooms, conversation: Conversation, author: str = SYSTEM) -> list[str]:
    """What somebody said in a conversation."""
    return [said.text for said in rooms.conversations.transcript(conversation.id) if said.author == author]


def held(rooms: Rooms, conversation: Conversation) -> tuple[str, str | None]:
    """Who holds a conversation."""
    found = rooms.conversations.get(conversation.id)
    assert found is not None
    return found.held_by, found.officer


def going_out(rooms: Rooms, channel: str) -> list[tuple[str, str]]:
    """To whom a channel carries what."""
    return [(row.address, row.message.text) for row in rooms.outbox.due(channel, rooms.now(), 100)]


NEWS = {
    "fr": [
        "Marie a rejoint la conversation.",
        "Marie a quitté la conversation. L'assistant automatisé vous répond de nouveau.",
        "Marie a quitté la conversation. Une autre personne vous répondra ici.",
        "Marie a dû quitter la conversation. Une autre personne vous répondra ici.",
        "Paul a rejoint la conversation.",
        "Marie a terminé la conversation. Écrivez de nouveau quand vous voulez.",
    ],
    "en": [
        "Marie has joined the conversation.",
        "Marie has left the conversation. The automated assistant answers you again.",
        "Marie has left the conversation. Another person will answer you here.",
        "Marie had to leave the conversation. Another person will answer you here.",
        "Paul has joined the conversation.",
        "Marie has ended the conversation. Write again whenever you like.",
    ],
}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_citizen_reads_who_comes_and_goes(rooms: Rooms, says: Says, lang: str) -> None:
    """Each way a conversation changes hands is told to its citizen, by first name, in their language."""
    desk = rooms.officer_actions
    acts: list[Callable[[str], Any]] = [
        lambda this: None,
        lambda this: desk.give_back(this, "Marie"),
        lambda this: desk.give_back(this, "Marie", QUEUE),
        lambda this: desk.give_back_for(this, "Marie"),
        lambda this: desk.hand_over(this, "Marie", "Paul"),
        lambda this: desk.close(this, "Marie"),
    ]
    after = [(OFFICER, "Marie"), (BOT, None), (QUEUE, None), (QUEUE, None), (OFFICER, "Paul"), (CLOSED, None)]
    for number, act in enumerate(acts):
        this = says(address=f"c{number}", language=lang)
        desk.take(this.id, "Marie")
        act(this.id)
        assert held(rooms, this) == after[number]
        assert words(rooms, this) == NEWS[lang][:1] + (NEWS[lang][number : number + 1] if number else [])


def test_the_news_is_carried_where_the_channel_carries(rooms: Rooms, says: Says) -> None:
    """On Telegram what officers say, and that they came, goes out; nothing goes out to a page."""
    telegram, web = says(channel="telegram", address="7"), says(channel="web", address="x")
    for this in (telegram, web):
        rooms.officer_actions.take(this.id, "Marie")
    assert going_out(rooms, "telegram") == [("7", "Marie a rejoint la conversation.")]
    rooms.officer_actions.reply(telegram.id, "Marie", "Bonjour, ici Marie.")
    assert rooms.outbox.counts() == {"waiting": 2}
    assert (going_out(rooms, "web"), going_out(rooms, "email")) == ([], [])


@pytest.mark.parametrize("who", ["nobody", "a colleague", "the line", "left", "closed"])
def test_only_who_holds_it_replies(rooms: Rooms, says: Says, wait: Says, who: str) -> None:
    """An officer who does not hold the conversation, or no longer does, says nothing: it is refused, nothing kept."""
    this = wait() if who == "the line" else says()
    if who == "a colleague":
        rooms.officer_actions.take(this.id, "Paul")
    if who in ("left", "closed"):
        rooms.officer_actions.take(this.id, "Marie")
        (rooms.officer_actions.give_back if who == "left" else rooms.officer_actions.close)(this.id, "Marie")
    before = rooms.conversations.transcript(this.id)
    with pytest.raises(NotAllowed, match="not_yours"):
        rooms.officer_actions.reply(this.id, "Marie", "Bonjour")
    with pytest.raises(NotAllowed, match="not_yours"):
        rooms.officer_actions.type(this.id, "Marie")
    assert rooms.conversations.transcript(this.id) == before


def test_a_reply_has_the_name_of_who_wrote_it(rooms: Rooms, wait: Says) -> None:
    """What an officer says is theirs by name, in its place, as it was written."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")
    message = rooms.officer_actions.reply(this.id, "Marie", "Bonjour!\nEt <b>voilà</b>.")
    assert rooms.conversations.transcript(this.id)[-1] == message
    assert (message.author, message.text, message.detail) == (OFFICER, "Bonjour!\nEt <b>voilà</b>.", {"name": "Marie"})


def test_after_a_handover_the_colleague_speaks(rooms: Rooms, wait: Says) -> None:
    """Who handed a conversation over is silent in it; the colleague answers."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")
    rooms.officer_actions.hand_over(this.id, "Marie", "Paul")
    with pytest.raises(NotAllowed, match="not_yours"):
        rooms.officer_actions.reply(this.id, "Marie", "encore moi")
    rooms.officer_actions.reply(this.id, "Paul", "Bonjour, ici Paul.")
    assert words(rooms, this, OFFICER) == ["Bonjour, ici Paul."]


def test_replies_of_an_officer_who_loses_it_meanwhile(rooms: Rooms, wait: Says) -> None:
    """While one officer replies again and again and the other is handed it, no word is said by who does not hold it."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")

    def reply_ten_times() -> list[bool]:
        done = []
        for number in range(10):
            try:
                rooms.officer_actions.reply(this.id, "Marie", f"{number}")
                done.append(True)
            except NotAllowed:
                done.append(False)
        return done

    with ThreadPoolExecutor(2) as pool:
        replying = pool.submit(reply_ten_times)
        pool.submit(rooms.officer_actions.hand_over, this.id, "Marie", "Paul").result(30)
        done = replying.result(30)
    said = rooms.conversations.transcript(this.id)
    handed = next(number for number, message in enumerate(said) if message.text.startswith("Paul"))
    assert [message.text for message in said[handed:] if message.author == OFFICER] == []
    assert done == [True] * done.count(True) + [False] * done.count(False)


def test_the_assistant_answers_again_after_it_is_given_back(rooms: Rooms, says: Says) -> None:
    """A conversation given back, or closed and written in again, is the assistant's."""
    given, closed = says(address="given"), says(address="closed")
    for this in (given, closed):
        rooms.officer_actions.take(this.id, "Marie")
    rooms.officer_actions.give_back(given.id, "Marie")
    rooms.officer_actions.close(closed.id, "Marie")
    says("encore", address="closed")
    assert [held(rooms, this) for this in (given, closed)] == [(BOT, None)] * 2


ACTS: dict[str, Callable[[Rooms, str], Any]] = {
    "take": lambda rooms, this: rooms.officer_actions.take(this, "Marie"),
    "reply": lambda rooms, this: rooms.officer_actions.reply(this, "Marie", "x"),
    "give_back": lambda rooms, this: rooms.officer_actions.give_back(this, "Marie"),
    "give_back_for": lambda rooms, this: rooms.officer_actions.give_back_for(this, "Marie"),
    "hand_over": lambda rooms, this: rooms.officer_actions.hand_over(this, "Marie", "Paul"),
    "close": lambda rooms, this: rooms.officer_actions.close(this, "Marie"),
    "note": lambda rooms, this: rooms.officer_actions.note(this, "Marie", "x"),
    "type": lambda rooms, this: rooms.officer_actions.type(this, "Marie"),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_conversation_that_was_erased_is_told_so(rooms: Rooms, wait: Says, act: str) -> None:
    """Whatever an officer does with a conversation that its citizen has erased is refused as such."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")
    rooms.conversations.erase(this.id, keep_address=False, farewell=None, now=NOW)
    with pytest.raises(UnknownConversation):
        ACTS[act](rooms, this.id)


# Notes


def test_a_note_reaches_no_citizen(rooms: Rooms, says: Says) -> None:
    """A note stands in no transcript, no stream and no channel, and no page hears that there is one."""
    said: dict[str, tuple[list[Message], Any]] = {}
    people = [says(channel=channel, address=channel) for channel in ("web", "telegram", "rest", "email")]
    for this in people:
        before = rooms.conversations.presences([this.id])
        rooms.officer_actions.note(this.id, "Marie", SECRET)
        said[this.channel] = (rooms.conversations.transcript(this.id), before)
    for this in people:
        transcript, before = said[this.channel]
        assert SECRET not in as_text(transcript, rooms.texts, "fr", rooms.calendar.zone)
        assert not any(SECRET in str(one) for one in rooms.conversations.since(this.id))
        assert rooms.conversations.presences([this.id]) == before
        assert not any(SECRET in str(row) for row in rooms.outbox.due(this.channel, NOW, 100))
        assert SECRET not in str(rooms.queue.all())
    says("plus tard", channel="rest", address="rest", external_id="next")
    assert rooms.conversations.said_since_last("rest", "next") == []
    assert rooms.conversations.last_question(people[0].id) == "Bonjour"


def test_a_colleague_who_does_not_hold_it_notes_too(rooms: Rooms, wait: Says) -> None:
    """Anybody of the staff may leave a note, whoever holds the conversation."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")
    rooms.officer_actions.note(this.id, "Paul", "Je connais ce dossier.")
    assert [note.officer for note in rooms.queue.notes(this.id)] == ["Paul"]
    assert held(rooms, this) == (OFFICER, "Marie")


# Typing


def test_the_citizen_sees_the_holder_type(rooms: Rooms, wait: Says, clock: Clock) -> None:
    """The officer's typing is shown as long as they hold the conversation, with its moment, and not afterwards."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")
    assert rooms.conversations.presences([this.id])[this.id].typing_at is None
    clock.passes(seconds=5)
    rooms.officer_actions.type(this.id, "Marie")
    assert rooms.conversations.presences([this.id])[this.id].typing_at == NOW + timedelta(seconds=5)
    rooms.officer_actions.give_back(this.id, "Marie")
    assert rooms.conversations.presences([this.id])[this.id].typing_at is None


@pytest.mark.anyio
async def test_typing_wakes_who_looks_on(rooms: Rooms, wait: Says) -> None:
    """A page that another process serves hears that the officer types, though nothing is said."""
    this = wait()
    rooms.officer_actions.take(this.id, "Marie")
    notifier = Notifier(rooms.conversations)
    async with notifier.watch(this.id) as news:
        await notifier._look()
        news.clear()
        await notifier._look()
        assert not news.is_set()
        rooms.officer_actions.type(this.id, "Marie")
        await notifier._look()
        assert news.is_set()


# How a reply reaches the citizen


@pytest.fixture
def gone(rooms: Rooms, wait: Says) -> Conversation:
    """A web conversation that Marie holds, whose page was open a while ago."""
    this = wait("token", channel="web")
    rooms.queue.citizen_seen(this.id, NOW - timedelta(minutes=5))
    rooms.officer_actions.take(this.id, "Marie")
    return this


def leave_address(rooms: Rooms, conversation: Conversation, email: str | None) -> None:
    """Leave a question with an address."""
    rooms.tickets.open(conversation=conversation.id, question="?", language="fr", email=email)


def test_one_whose_page_is_closed_is_also_written_to(rooms: Rooms, gone: Conversation) -> None:
    """A reply to a page that is closed goes by e-mail too, to the address given last, and stays in the conversation."""
    for email in ("old@example.org", "ana@example.org", None):
        leave_address(rooms, gone, email)
    assert rooms.officer_actions.reach(gone) == Reach(False, "ana@example.org")
    rooms.officer_actions.reply(gone.id, "Marie", "Voici votre réponse.")
    assert going_out(rooms, "email") == [("ana@example.org", "Voici votre réponse.")]
    assert words(rooms, gone, OFFICER) == ["Voici votre réponse."]


def test_one_whose_page_is_open_is_not_written_to(rooms: Rooms, gone: Conversation, clock: Clock) -> None:
    """As long as the page was seen a moment ago the reply is read there, to the second at which it counts as closed."""
    leave_address(rooms, gone, "ana@example.org")
    rooms.queue.citizen_seen(gone.id, clock())
    clock.passes(seconds=GONE_AFTER.total_seconds() - 0.5)
    assert rooms.officer_actions.reach(gone) == Reach(True, None)
    rooms.officer_actions.reply(gone.id, "Marie", "Ici même.")
    assert rooms.outbox.counts() == {}
    clock.passes(seconds=0.5)
    assert rooms.officer_actions.reach(gone) == Reach(False, "ana@example.org")


def test_without_an_address_the_reply_waits_in_the_conversation(rooms: Rooms, gone: Conversation) -> None:
    """One who left without an address finds the reply on coming back, and nothing goes out."""
    leave_address(rooms, gone, None)
    assert rooms.officer_actions.reach(gone) == Reach(False, None)
    reply = rooms.officer_actions.reply(gone.id, "Marie", "Voici votre réponse.")
    assert rooms.outbox.counts() == {}
    missed = rooms.conversations.since(gone.id, reply.seq - 1)
    assert [said.message.text for said in missed] == ["Voici votre réponse."]


def test_a_page_that_was_never_seen_is_closed(rooms: Rooms, wait: Says) -> None:
    """A conversation whose page nobody has noted counts as one whose page is closed."""
    assert rooms.officer_actions.reach(wait(channel="web")) == Reach(False, None)


@pytest.mark.parametrize("channel", ["telegram", "rest"])
def test_where_there_is_no_page_nothing_goes_by_email(rooms: Rooms, wait: Says, channel: str) -> None:
    """Telegram carries replies, REST clients get them with their next message: no second copy is sent."""
    this = wait(channel=channel)
    leave_address(rooms, this, "ana@example.org")
    rooms.officer_actions.take(this.id, "Marie")
    rooms.officer_actions.reply(this.id, "Marie", "Bonjour")
    assert rooms.officer_actions.reach(this) == Reach(channel == "telegram", None)
    assert going_out(rooms, "email") == []


def test_another_citizens_address_is_not_used(rooms: Rooms, gone: Conversation, wait: Says) -> None:
    """The address is that of the same conversation."""
    leave_address(rooms, wait("other", channel="web"), "bob@example.org")
    assert rooms.officer_actions.reach(gone) == Reach(False, None)


# What clients that come for their messages have missed


def test_what_officers_said_since_the_last_message(rooms: Rooms, wait: Says, says: Says) -> None:
    """Between two messages: what officers and the system said, in order, once, and not the assistant's replies."""
    this = wait("ana")
    other = wait("bob")
    for one in (this, other):
        rooms.officer_actions.take(one.id, "Marie")
    rooms.officer_actions.reply(this.id, "Marie", "un")
    rooms.officer_actions.reply(this.id, "Marie", "deux")
    rooms.officer_actions.reply(other.id, "Marie", "autre")
    says("merci", address="ana", external_id="second")
    rooms.officer_actions.reply(this.id, "Marie", "trois")
    says("au revoir", address="ana", external_id="third")
    says("rien", address="ana", external_id="fourth")
    missed = {name: rooms.conversations.said_since_last("rest", name) for name in ("second", "third", "fourth")}
    assert {name: [(m.author, m.text) for m in said] for name, said in missed.items()} == {
        "second": [("system", "Marie a rejoint la conversation."), ("officer", "un"), ("officer", "deux")],
        "third": [("officer", "trois")],
        "fourth": [],
    }
    assert rooms.conversations.said_since_last("rest", "never") == []

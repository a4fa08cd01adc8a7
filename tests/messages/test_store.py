"""Where conversations and their messages are kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms
from bot.messages import payloads
from bot.messages.conversation import BOT, PRESS, QUEUE, WORDS, Reply
from bot.messages.ownership import claimed
from bot.messages.tables import conversations as table
from tests.cast import Says

BUTTON = {"title": "Oui", "payload": "/open_ticket"}


def test_the_first_message_opens_a_conversation(says: Says) -> None:
    """Somebody new gets a conversation in the language told, held by the bot."""
    conversation = says(language="en")
    assert (conversation.channel, conversation.address) == ("rest", "ana")
    assert (conversation.language, conversation.held_by) == ("en", BOT)


def test_the_next_message_joins_the_conversation(says: Says) -> None:
    """The same citizen stays in the same conversation, whose language is not started again."""
    first = says(language="en")
    assert says("encore", language="fr") == first


def test_channels_and_citizens_are_kept_apart(rooms: Rooms, says: Says) -> None:
    """Another citizen, or the same name on another channel, is another conversation."""
    first, other, elsewhere = says(), says(address="bob"), says(channel="email", external_id="1")
    assert len({first.id, other.id, elsewhere.id}) == 3
    assert [message.text for message in rooms.conversations.transcript(first.id)] == ["Bonjour"]


def test_the_transcript_holds_every_message_in_order(rooms: Rooms, says: Says) -> None:
    """Words, replies and presses come back in their order, with their places and their moments in UTC."""
    reply = Reply("Ici.", (BUTTON,), {"outcome": "answered", "language": "fr"})
    conversation = says("Où êtes-vous? 😀 <b>مرحبا</b>", reply)
    says("/open_ticket", at=rooms.now() + timedelta(seconds=2))
    said = rooms.conversations.transcript(conversation.id)
    assert [(message.seq, message.author, message.text, message.kind) for message in said] == [
        (1, "citizen", "Où êtes-vous? 😀 <b>مرحبا</b>", WORDS),
        (2, "bot", "Ici.", WORDS),
        (3, "citizen", "/open_ticket", PRESS),
    ]
    standing = payloads.standing_under([BUTTON], payloads.key_of(conversation.id, 2))
    assert (list(said[1].buttons), said[1].custom) == (standing, reply.custom)
    assert [message.at - rooms.now() for message in said] == [timedelta(seconds=n) for n in (0, 0, 2)]
    assert all(message.at.tzinfo is timezone.utc for message in said)
    assert [item.message.seq for item in rooms.conversations.since(conversation.id, 1)] == [2, 3]


def test_a_reply_changes_language_and_holder(rooms: Rooms, says: Says) -> None:
    """What the last reply says of language and holder is the conversation's from then on."""
    says("a", Reply("a", (), {"language": "fr"}), Reply("b", (), {"language": "en", "held_by": QUEUE}))
    found = rooms.conversations.find("rest", "ana")
    assert found is not None
    assert (found.language, found.held_by) == ("en", QUEUE)


def test_the_last_question_is_the_last_words(rooms: Rooms, says: Says) -> None:
    """Presses and replies are passed over when the citizen's last words are asked for."""
    conversation = says("première")
    says("deuxième", Reply("réponse", (), {}))
    says("/open_ticket")
    says("pas à moi", address="bob")
    assert rooms.conversations.last_question(conversation.id) == "deuxième"


def test_the_wish_for_a_person_is_no_question(rooms: Rooms, says: Says, wait: Says) -> None:
    """What a ticket passes on is what was asked before the wish for a person; if nothing was, the wish."""
    this = wait("ana", "un humain svp")
    assert rooms.conversations.last_question(this.id) == "un humain svp"
    says("Où êtes-vous?", Reply("Ici.", (), {"outcome": "answered", "intent": "inquiry"}))
    wait("ana", "je veux parler à quelqu'un")
    wait("ana", "toujours personne?")
    assert rooms.conversations.last_question(this.id) == "Où êtes-vous?"
    says("C'est pour demain", Reply("Voici.", (), {"outcome": "answered", "intent": "inquiry"}))
    assert rooms.conversations.last_question(this.id) == "C'est pour demain"


def test_a_conversation_of_presses_has_no_question(rooms: Rooms, says: Says) -> None:
    """Somebody who only pressed buttons has asked nothing yet."""
    assert rooms.conversations.last_question(says("/request_officer").id) is None


def test_an_unknown_conversation_has_nothing(rooms: Rooms) -> None:
    """Nothing was said in a conversation that does not exist, and nothing can be done with it."""
    assert rooms.conversations.transcript("nobody") == []
    assert rooms.conversations.get("nobody") is None
    assert rooms.conversations.presences(["nobody"]) == {}
    assert rooms.conversations.change_holder("nobody", lambda h: claimed(h, "Marie"), rooms.now()) is None
    assert rooms.conversations.say("nobody", lambda h: h, "x", "Marie", rooms.now()) is None
    rooms.conversations.erase("nobody", keep_address=False, farewell=None, now=rooms.now())


def test_a_naive_moment_is_refused_and_nothing_is_kept(rooms: Rooms, says: Says) -> None:
    """A moment without a zone is an error, and the whole transaction is undone."""
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        says(at=datetime(2026, 1, 1))  # noqa: DTZ001 - naive on purpose
    with rooms.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0


def test_messages_at_the_same_time_share_one_conversation(rooms: Rooms, say: Any) -> None:
    """Threads that receive a new citizen's messages together open one conversation and lose nothing."""
    incoming = [say(f"message {n}") for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: rooms.inbox.accept(one, rooms.now()), incoming))
    assert len({accepted.conversation.id for accepted in found}) == 1
    assert sum(accepted.claim is not None for accepted in found) == 1
    said = rooms.conversations.transcript(found[0].conversation.id)
    assert {message.text for message in said} == {f"message {n}" for n in range(16)}
    assert [message.seq for message in said] == list(range(1, 17))


def test_of_two_officers_one_gets_it(rooms: Rooms, says: Says) -> None:
    """Two officers who take a conversation at once: one holds it, the other hears so."""
    conversation = says()

    def take(name: str) -> bool:
        try:
            rooms.officer_actions.take(conversation.id, name)
        except RuntimeError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, [f"officer {n}" for n in range(8)]))
    assert taken.count(True) == 1
    found = rooms.conversations.get(conversation.id)
    assert found is not None
    assert found.officer == f"officer {taken.index(True)}"


def test_numbers_of_erased_messages_are_not_given_again(rooms: Rooms, says: Says) -> None:
    """A message's number names it for good: tickets and buttons rest on that."""
    conversation = says()
    (before,) = rooms.conversations.transcript(conversation.id)
    rooms.conversations.erase(conversation.id, keep_address=False, farewell=None, now=rooms.now())
    (after,) = rooms.conversations.transcript(says("encore").id)
    assert after.id > before.id


def test_a_message_brought_again_after_erasing_is_not_a_new_one(rooms: Rooms, say: Any) -> None:
    """What was erased does not come back when the channel brings it again."""
    incoming = say("canari", external_id="1")
    accepted = rooms.inbox.accept(incoming, rooms.now())
    rooms.conversations.erase(accepted.conversation.id, keep_address=False, farewell=None, now=rooms.now())
    again = rooms.inbox.accept(incoming, rooms.now())
    assert (again.duplicate, again.claim) == (True, None)
    assert rooms.inbox.replies_to(again) == []
    assert rooms.conversations.find("rest", "ana") is None

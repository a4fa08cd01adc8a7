"""Where conversations and their messages are kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.store import BOT, QUEUE, Conversation, Reply
from bot.conversations.store import conversations as table
from bot.wiring import Rooms

BUTTON = {"title": "Oui", "payload": "/open_ticket"}


def receive(rooms: Rooms, text: str = "Bonjour", sender: str = "ana", **changes: Any) -> Conversation:
    """Keep a message of `sender` on the web."""
    arguments = {"payload": False, "language": "fr", "now": rooms.now(), **changes}
    return rooms.conversations.receive("web", sender, text, **arguments)


def test_the_first_message_opens_a_conversation(rooms: Rooms) -> None:
    """Somebody new gets a conversation in the language told, held by the bot."""
    conversation = receive(rooms, language="en")
    assert (conversation.channel, conversation.external_id) == ("web", "ana")
    assert (conversation.language, conversation.held_by) == ("en", BOT)


def test_the_next_message_joins_the_conversation(rooms: Rooms) -> None:
    """The same citizen stays in the same conversation, whose language is not started again."""
    first = receive(rooms, language="en")
    assert receive(rooms, "encore", language="fr") == first


def test_channels_and_citizens_are_kept_apart(rooms: Rooms) -> None:
    """Another citizen, or the same name on another channel, is another conversation."""
    first = receive(rooms)
    other = receive(rooms, sender="bob")
    elsewhere = rooms.conversations.receive("email", "ana", "x", payload=False, language="fr", now=rooms.now())
    assert len({first.id, other.id, elsewhere.id}) == 3
    assert [message.text for message in rooms.conversations.transcript(first.id)] == ["Bonjour"]


def test_the_transcript_holds_every_message_in_order(rooms: Rooms) -> None:
    """Words, replies and presses come back in the order in which they were kept, with their moments in UTC."""
    conversation = receive(rooms, "Où êtes-vous? 😀 <b>مرحبا</b>")
    reply = Reply("Ici.", (BUTTON,), {"outcome": "answered", "language": "fr"})
    rooms.conversations.reply(conversation, [reply], rooms.now() + timedelta(seconds=1))
    receive(rooms, "/open_ticket", payload=True, now=rooms.now() + timedelta(seconds=2))
    said = rooms.conversations.transcript(conversation.id)
    assert [(message.author, message.text, message.payload) for message in said] == [
        ("citizen", "Où êtes-vous? 😀 <b>مرحبا</b>", False),
        ("bot", "Ici.", False),
        ("citizen", "/open_ticket", True),
    ]
    assert said[1].detail == {"buttons": [BUTTON], "custom": reply.custom}
    assert [message.at - rooms.now() for message in said] == [timedelta(seconds=n) for n in range(3)]
    assert all(message.at.tzinfo is timezone.utc for message in said)


def test_a_reply_changes_language_and_holder(rooms: Rooms) -> None:
    """What the last reply says of language and holder is the conversation's from then on."""
    conversation = receive(rooms)
    replies = [Reply("a", (), {"language": "fr"}), Reply("b", (), {"language": "en", "held_by": QUEUE})]
    rooms.conversations.reply(conversation, replies, rooms.now())
    assert receive(rooms) == replace(conversation, language="en", held_by=QUEUE)


def test_a_reply_that_says_nothing_changes_nothing(rooms: Rooms) -> None:
    """A reply without language and holder leaves both as they were."""
    conversation = receive(rooms, language="en")
    rooms.conversations.reply(conversation, [Reply("a", (), {})], rooms.now())
    assert receive(rooms) == conversation


def test_no_replies_keep_nothing(rooms: Rooms) -> None:
    """An empty list of replies adds no message."""
    conversation = receive(rooms)
    rooms.conversations.reply(conversation, [], rooms.now())
    assert len(rooms.conversations.transcript(conversation.id)) == 1


def test_the_last_question_is_the_last_words(rooms: Rooms) -> None:
    """Presses and replies are passed over when the citizen's last words are asked for."""
    conversation = receive(rooms, "première")
    receive(rooms, "deuxième")
    rooms.conversations.reply(conversation, [Reply("réponse", (), {})], rooms.now())
    receive(rooms, "/open_ticket", payload=True)
    receive(rooms, "pas à moi", sender="bob")
    assert rooms.conversations.last_question(conversation.id) == "deuxième"


def test_a_conversation_of_presses_has_no_question(rooms: Rooms) -> None:
    """Somebody who only pressed buttons has asked nothing yet."""
    conversation = receive(rooms, "/request_officer", payload=True)
    assert rooms.conversations.last_question(conversation.id) is None


def test_an_unknown_conversation_has_no_transcript(rooms: Rooms) -> None:
    """Nothing was said in a conversation that does not exist."""
    assert rooms.conversations.transcript("nobody") == []


def test_a_naive_moment_is_refused_and_nothing_is_kept(rooms: Rooms) -> None:
    """A moment without a zone is an error, and the whole transaction is undone."""
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        receive(rooms, now=datetime(2026, 1, 1))  # noqa: DTZ001 - naive on purpose
    with rooms.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0


def test_messages_at_the_same_time_share_one_conversation(rooms: Rooms) -> None:
    """Threads that receive a new citizen's messages together open one conversation and lose nothing."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: receive(rooms, f"message {n}"), range(16)))
    assert len({conversation.id for conversation in found}) == 1
    kept = {message.text for message in rooms.conversations.transcript(found[0].id)}
    assert kept == {f"message {n}" for n in range(16)}

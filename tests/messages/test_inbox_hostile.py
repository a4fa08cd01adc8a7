"""Whatever a channel lets through is kept as it is; what a database cannot hold is refused whole."""

from __future__ import annotations

from typing import Any

import pytest

from bot.assistant.pipeline import Pipeline
from bot.bootstrap import Rooms
from bot.core.written import as_written
from bot.messages import payloads
from bot.messages.conversation import Reply
from tests.hostile import HOSTILE

# What no text column of PostgreSQL holds: a NUL, and half of a pair of surrogates.
UNHOLDABLE = ["a\x00b", "\x00", "a\ud83db", "\udfff"]


def test_text_is_kept_as_it_is(rooms: Rooms, say: Any) -> None:
    """Words, replies, titles and payloads come back from the database character by character."""
    holdable = [text for text in HOSTILE if "\x00" not in text]
    for number, text in enumerate([*holdable, "\U0001f600" * 500, "a\n\n\tb"]):
        incoming = say(text, address=f"c{number}", detail={"title": text})
        turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, rooms.now()), incoming, rooms.now())
        reply = Reply(text, ({"title": text, "payload": text},), {"sources": [{"title": text}]})
        rooms.inbox.complete(turn, [reply], rooms.now(), language="fr", wants=None)
        asked, answered = rooms.conversations.transcript(turn.conversation.id)
        assert (asked.text, asked.detail["title"]) == (text, text)
        assert (answered.text, answered.custom) == (reply.text, reply.custom)
        (button,) = answered.buttons
        read = payloads.read(button["payload"])
        # What is a payload of ours says under which message it stands; nothing else is touched.
        assert (button["title"], read.text if read else button["payload"]) == (text, text)


def test_what_a_channel_hands_in_can_be_kept(rooms: Rooms, say: Any) -> None:
    """What a channel makes of what was written, every database holds."""
    written = [as_written(text) for text in HOSTILE + UNHOLDABLE]
    found = [rooms.inbox.accept(say(text), rooms.now()) for text in written]
    assert [message.text for message in rooms.conversations.transcript(found[0].conversation.id)] == written


def test_what_cannot_be_held_leaves_nothing_behind(rooms: Rooms, say: Any) -> None:
    """If a channel let such a text through, it is kept as it is or refused whole, and others may go on."""
    for number, text in enumerate(UNHOLDABLE):
        try:
            accepted = rooms.inbox.accept(say(text, address=f"c{number}"), rooms.now())
        except ValueError:
            assert rooms.conversations.find("rest", f"c{number}") is None
        else:
            assert rooms.conversations.transcript(accepted.conversation.id)[0].text == text
        assert rooms.inbox.accept(say(address=f"d{number}"), rooms.now()).seq == 1


@pytest.mark.anyio
async def test_a_reply_that_cannot_be_held_is_not_silence(service: Pipeline, rasa: Any, say: Any) -> None:
    """If Rasa says what no database holds, the citizen hears it or the fallback text, never nothing."""
    for number, text in enumerate(UNHOLDABLE):
        rasa.answer = lambda _body, text=text: [{"text": text}, {"custom": {"outcome": "answered"}}]
        (reply,) = await service.handle(say("Bonjour", address=f"c{number}"))
        assert reply.text == text or reply.text.startswith("Je suis désolé")

"""The way of a message: one at a time in order, never silence."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.conversations.service import ConversationService, NotReceived, TooManyWaiting
from bot.conversations.tables import conversations as table
from bot.wiring import Rooms

pytestmark = pytest.mark.anyio


def conversation_id(rooms: Rooms, sender: str = "ana") -> str:
    """The id of the conversation of `sender`."""
    with rooms.database.reading() as connection:
        return connection.execute(sa.select(table.c.id).where(table.c.address == sender)).scalar_one()


def said(rooms: Rooms, sender: str = "ana") -> list[tuple[str, str]]:
    """Who said what in the conversation of `sender`."""
    return [(m.author, m.text) for m in rooms.conversations.transcript(conversation_id(rooms, sender))]


async def until(condition: Any) -> None:
    """Let the other tasks run until `condition` holds."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come to that")


async def test_a_message_and_its_replies_are_kept(service: ConversationService, rooms: Rooms, say: Any) -> None:
    """The citizen's words and the assistant's reply both stand in the transcript."""
    (reply,) = await service.handle(say("Bonjour", "ana"))
    assert reply.text == "echo: Bonjour"
    assert said(rooms) == [("citizen", "Bonjour"), ("bot", "echo: Bonjour")]


async def test_one_senders_messages_are_answered_in_order(
    service: ConversationService, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """Messages handed in together reach Rasa one at a time, in the order in which they came."""
    inside = 0

    async def slowly(body: dict[str, Any]) -> Any:
        nonlocal inside
        inside += 1
        assert inside == 1
        # The first waits longest: without turns the order would be reversed.
        await asyncio.sleep(0.03 - 0.01 * int(body["message"]))
        inside -= 1
        return rasa.echo(body)

    rasa.answer = slowly
    replies = await asyncio.gather(*(service.handle(say(str(n), "ana")) for n in range(3)))
    assert [reply.text for (reply,) in replies] == [f"echo: {n}" for n in range(3)]
    assert [body["message"] for body in rasa.bodies] == ["0", "1", "2"]
    assert said(rooms) == [pair for n in range(3) for pair in (("citizen", str(n)), ("bot", f"echo: {n}"))]


async def test_two_senders_do_not_wait_for_each_other(service: ConversationService, rasa: Any, say: Any) -> None:
    """While one citizen's message is with Rasa, another's is there too."""
    both = asyncio.Event()

    async def meet(body: dict[str, Any]) -> Any:
        if len(rasa.bodies) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 5)
        return rasa.echo(body)

    rasa.answer = meet
    replies = await asyncio.gather(service.handle(say("a", "ana")), service.handle(say("b", "bob")))
    assert sorted(reply.text for (reply,) in replies) == ["echo: a", "echo: b"]


async def test_too_many_waiting_are_refused_and_not_kept(
    service: ConversationService, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """Beyond three waiting messages the next is refused and not kept, others may write, and later all is well."""
    release = asyncio.Event()

    async def hold(body: dict[str, Any]) -> Any:
        await asyncio.wait_for(release.wait(), 5)
        return rasa.echo(body)

    rasa.answer = hold
    waiting = [asyncio.create_task(service.handle(say(str(n), "ana"))) for n in range(3)]
    await until(lambda: rasa.bodies)
    with pytest.raises(TooManyWaiting):
        await service.handle(say("3", "ana"))
    other = asyncio.create_task(service.handle(say("b", "bob")))
    await until(lambda: len(rasa.bodies) == 2)
    release.set()
    await asyncio.gather(*waiting, other)
    assert [text for author, text in said(rooms) if author == "citizen"] == ["0", "1", "2"]
    (reply,) = await service.handle(say("4", "ana"))
    assert reply.text == "echo: 4"


async def test_a_failure_gives_the_place_back(service: ConversationService, rooms: Rooms, rasa: Any, say: Any) -> None:
    """Messages that failed do not count as waiting."""
    with rooms.database.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE conversations RENAME TO elsewhere"))
    for _ in range(5):
        with pytest.raises(NotReceived):
            await service.handle(say("x", "ana"))
    assert rasa.bodies == []
    with rooms.database.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO conversations"))
    (reply,) = await service.handle(say("y", "ana"))
    assert reply.text == "echo: y"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("dead"),
        httpx.ReadTimeout("slow"),
        httpx.Response(500, json=[{"text": "x"}]),
        httpx.Response(404),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b""),
        [],
        {},
        None,
        [{"recipient_id": "x"}],
    ],
    ids=["dead", "slow", "500", "404", "html", "no body", "empty list", "mapping", "null", "empty item"],
)
async def test_never_silence(service: ConversationService, rooms: Rooms, rasa: Any, answer: Any, say: Any) -> None:
    """Whatever ails Rasa, the citizen gets the fallback text with a way on, and it is kept."""
    rasa.answer = lambda _body: answer if answer is not None else httpx.Response(200, content=b"null")
    (reply,) = await service.handle(say("Hello", "ana"))
    assert reply.text.startswith("I am sorry")
    assert [button["payload"] for button in reply.buttons] == ["/open_ticket", "/deny"]
    assert said(rooms) == [("citizen", "Hello"), ("bot", reply.text)]


async def test_the_fallback_is_logged_without_words(
    service: ConversationService, rasa: Any, caplog: pytest.LogCaptureFixture, say: Any
) -> None:
    """The log says that the assistant did not answer and why, and nothing that was written or by whom."""
    caplog.set_level(logging.DEBUG)
    rasa.answer = lambda _body: httpx.ReadTimeout("slow")
    await service.handle("web", "ana-4711", "Hello, my name is Zoé-Quetzal")
    assert "no answer in time" in caplog.text
    assert "Quetzal" not in caplog.text
    assert "ana-4711" not in caplog.text


@pytest.mark.parametrize(
    "words, spoken",
    [
        ("/restart", "restart"),
        ("/session_start", "session_start"),
        ("//open_ticket", "open_ticket"),
        ("/ /open_ticket", "open_ticket"),
        ('/inquiry{"language": "en"}', 'inquiry{"language": "en"}'),
        ("/", "…"),
        ("/ / /", "…"),
        ("24/7", "24/7"),
    ],
)
async def test_a_slash_that_is_no_payload_is_no_command(
    service: ConversationService, rooms: Rooms, rasa: Any, words: str, spoken: str, say: Any
) -> None:
    """Rasa never sees a citizen's own slash as a command; the transcript keeps the words as written."""
    await service.handle(say(words, "ana"))
    assert [body["message"] for body in rasa.bodies] == [spoken]
    (first, _reply) = rooms.conversations.transcript(conversation_id(rooms))
    assert (first.text, first.payload) == (words, False)


@pytest.mark.parametrize("payload", ["/open_ticket", "/deny", '/choose_article{"article": "address"}'])
async def test_a_press_reaches_rasa_as_it_is(
    service: ConversationService, rooms: Rooms, rasa: Any, payload: str, say: Any
) -> None:
    """A button's payload goes to Rasa unchanged and is kept as a press."""
    await service.handle(say(payload, "ana"))
    assert rasa.bodies[0]["message"] == payload
    assert rooms.conversations.transcript(conversation_id(rooms))[0].payload is True


async def test_rasa_knows_the_conversation_and_not_the_sender(
    service: ConversationService, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """Rasa is given the conversation's own id, the same each time, and never what the channel calls the citizen."""
    await service.handle(say("a", "ana"))
    await service.handle(say("b", "ana"))
    assert [body["sender"] for body in rasa.bodies] == [conversation_id(rooms)] * 2


async def test_the_pages_language_is_sent(service: ConversationService, rasa: Any, say: Any) -> None:
    """The language of the page goes along as metadata."""
    await service.handle(say("QSF", "en", "ana"))
    assert rasa.bodies[0]["metadata"] == {"language": "en"}


async def test_without_a_page_the_conversations_language_is_sent(
    service: ConversationService, rasa: Any, say: Any
) -> None:
    """Where the channel knows no language, the first language goes along, then the one last spoken."""
    rasa.answer = lambda _body: [{"text": "ok"}, {"custom": {"language": "en"}}]
    await service.handle(say("a", "ana"))
    await service.handle(say("b", "ana"))
    assert [body["metadata"] for body in rasa.bodies] == [{"language": "fr"}, {"language": "en"}]


async def test_the_pressed_offer_carries_the_question(service: ConversationService, rasa: Any, say: Any) -> None:
    """With the press on the offer, the citizen's last words go along for the ticket."""
    await service.handle(say("Où êtes-vous?", "ana"))
    await service.handle(say("/open_ticket", "ana"))
    assert rasa.bodies[1]["metadata"] == {"language": "fr", "question": "Où êtes-vous?"}


async def test_while_rasa_is_dead_the_offer_still_works(
    service: ConversationService, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """A question and a press on the offer give a ticket that holds the question, without Rasa."""
    rasa.answer = lambda _body: httpx.ConnectError("dead")
    await service.handle(say("Hello, where are you?", "ana"))
    (reply,) = await service.handle(say("/open_ticket", "ana"))
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert ticket.question == "Hello, where are you?"
    assert ticket.conversation == conversation_id(rooms)
    assert ticket.language == "en"
    assert ticket.reference in reply.text

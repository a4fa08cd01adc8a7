"""The way of a message: one at a time in order, never silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.assistant.pipeline import NotReceived, Pipeline, TooManyWaiting
from bot.bootstrap import Rooms
from bot.messages import payloads
from bot.messages.conversation import OFFICER, PRESS, WORDS
from bot.messages.ownership import claimed, given_back
from bot.messages.tables import conversations as table
from tests.cast import Clock, until

pytestmark = pytest.mark.anyio


def conversation_id(rooms: Rooms, sender: str = "ana") -> str:
    """The id of the conversation of `sender`."""
    with rooms.database.reading() as connection:
        return connection.execute(sa.select(table.c.id).where(table.c.address == sender)).scalar_one()


def said(rooms: Rooms, sender: str = "ana") -> list[tuple[str, str]]:
    """Who said what in the conversation of `sender`."""
    return [(m.author, m.text) for m in rooms.conversations.transcript(conversation_id(rooms, sender))]


async def test_a_message_and_its_replies_are_kept(service: Pipeline, rooms: Rooms, say: Any) -> None:
    """The citizen's words and the assistant's reply both stand in the transcript."""
    (reply,) = await service.handle(say("Bonjour", "ana"))
    assert reply.text == "echo: Bonjour"
    assert said(rooms) == [("citizen", "Bonjour"), ("bot", "echo: Bonjour")]


async def test_one_senders_messages_are_answered_in_order(service: Pipeline, rooms: Rooms, rasa: Any, say: Any) -> None:
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
    lines = said(rooms)
    assert [text for author, text in lines if author == "citizen"] == ["0", "1", "2"]
    assert [text for author, text in lines if author == "bot"] == ["echo: 0", "echo: 1", "echo: 2"]


async def test_two_senders_do_not_wait_for_each_other(service: Pipeline, rasa: Any, say: Any) -> None:
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


async def test_too_many_waiting_are_refused_and_not_kept(service: Pipeline, rooms: Rooms, rasa: Any, say: Any) -> None:
    """Beyond three waiting messages the next is refused and not kept, others may write, and later all is well."""
    release = asyncio.Event()

    async def hold(body: dict[str, Any]) -> Any:
        await asyncio.wait_for(release.wait(), 5)
        return rasa.echo(body)

    rasa.answer = hold
    waiting = [asyncio.create_task(service.handle(say(str(n), "ana"), 3)) for n in range(3)]
    await until(lambda: rasa.bodies)
    with pytest.raises(TooManyWaiting):
        await service.handle(say("3", "ana"), 3)
    other = asyncio.create_task(service.handle(say("b", "bob")))
    await until(lambda: len(rasa.bodies) == 2)
    release.set()
    await asyncio.gather(*waiting, other)
    assert [text for author, text in said(rooms) if author == "citizen"] == ["0", "1", "2"]
    (reply,) = await service.handle(say("4", "ana"), 3)
    assert reply.text == "echo: 4"


async def test_a_failure_gives_the_place_back(service: Pipeline, rooms: Rooms, rasa: Any, say: Any) -> None:
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
async def test_never_silence(service: Pipeline, rooms: Rooms, rasa: Any, answer: Any, say: Any) -> None:
    """Whatever ails Rasa, the citizen gets the fallback text with a way on, and it is kept."""
    rasa.answer = lambda _body: answer if answer is not None else httpx.Response(200, content=b"null")
    (reply,) = await service.handle(say("Hello", "ana"))
    assert reply.text.startswith("I am sorry")
    key = payloads.key_of(conversation_id(rooms), 2)
    offered = [{"payload": "/open_ticket"}, {"payload": "/deny"}]
    assert [button["payload"] for button in reply.buttons] == [
        button["payload"] for button in payloads.standing_under(offered, key)
    ]
    assert said(rooms) == [("citizen", "Hello"), ("bot", reply.text)]


async def test_the_fallback_is_logged_without_words(
    service: Pipeline, rasa: Any, caplog: pytest.LogCaptureFixture, say: Any
) -> None:
    """The log says that the assistant did not answer and why, and nothing that was written or by whom."""
    caplog.set_level(logging.DEBUG)
    rasa.answer = lambda _body: httpx.ReadTimeout("slow")
    await service.handle(say("Hello, my name is Zoé-Quetzal", "ana-4711"))
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
    service: Pipeline, rooms: Rooms, rasa: Any, words: str, spoken: str, say: Any
) -> None:
    """Rasa never sees a citizen's own slash as a command; the transcript keeps the words as written."""
    await service.handle(say(words, "ana"))
    assert [body["message"] for body in rasa.bodies] == [spoken]
    (first, _reply) = rooms.conversations.transcript(conversation_id(rooms))
    assert (first.text, first.kind) == (words, WORDS)


@pytest.mark.parametrize("payload", ["/open_ticket", "/deny", '/choose_article{"article": "address"}'])
async def test_a_press_reaches_rasa_as_it_is(
    service: Pipeline, rooms: Rooms, rasa: Any, payload: str, say: Any
) -> None:
    """A button's payload goes to Rasa unchanged and is kept as a press."""
    await service.handle(say(payload, "ana"))
    assert rasa.bodies[0]["message"] == payload
    assert rooms.conversations.transcript(conversation_id(rooms))[0].kind == PRESS


async def test_rasa_knows_the_conversation_and_not_the_sender(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """Rasa is given the conversation's own id, the same each time, and never what the channel calls the citizen."""
    await service.handle(say("a", "ana"))
    await service.handle(say("b", "ana"))
    assert [body["sender"] for body in rasa.bodies] == [conversation_id(rooms)] * 2


async def test_the_pages_language_is_sent(service: Pipeline, rasa: Any, say: Any) -> None:
    """The language of the page goes along as metadata."""
    await service.handle(say("QSF", "ana", language="en"))
    assert rasa.bodies[0]["metadata"]["language"] == "en"


async def test_without_a_page_the_conversations_language_is_sent(service: Pipeline, rasa: Any, say: Any) -> None:
    """Where the channel knows no language, the first language goes along, then the one last spoken."""
    rasa.answer = lambda _body: [{"text": "ok"}, {"custom": {"language": "en"}}]
    await service.handle(say("a", "ana"))
    await service.handle(say("b", "ana"))
    assert [body["metadata"]["language"] for body in rasa.bodies] == ["fr", "en"]


async def test_the_pressed_offer_carries_the_question(service: Pipeline, rasa: Any, say: Any) -> None:
    """With the press on the offer, the citizen's last words go along for the ticket."""
    await service.handle(say("Où êtes-vous?", "ana"))
    await service.handle(say("/open_ticket", "ana"))
    assert rasa.bodies[1]["metadata"]["question"] == "Où êtes-vous?"


async def test_while_rasa_is_dead_the_offer_still_works(service: Pipeline, rooms: Rooms, rasa: Any, say: Any) -> None:
    """A question and a press on the offer give a ticket that holds the question, without Rasa."""
    rasa.answer = lambda _body: httpx.ConnectError("dead")
    await service.handle(say("Hello, where are you?", "ana"))
    (reply,) = await service.handle(say("/open_ticket", "ana"))
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert ticket.question == "Hello, where are you?"
    assert ticket.conversation == conversation_id(rooms)
    assert ticket.language == "en"
    assert ticket.reference in reply.text


async def test_the_same_message_again_has_one_reply(service: Pipeline, rasa: Any, say: Any) -> None:
    """A channel that brings a message again gets the replies that it had, and Rasa is asked once."""
    message = say("Bonjour", external_id="the-same")
    first, second = await asyncio.gather(service.handle(message), service.handle(message))
    assert [reply.text for reply in first] == [reply.text for reply in second] == ["echo: Bonjour"]
    assert (await service.handle(message))[0].text == "echo: Bonjour"
    assert len(rasa.bodies) == 1


async def test_while_an_officer_holds_it_the_assistant_is_not_asked(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """An officer's conversation is filed and not answered; given back, the assistant answers again."""
    await service.handle(say("un"))
    held = conversation_id(rooms)
    rooms.conversations.change_holder(held, lambda h: claimed(h, "Marie"), rooms.now())
    assert await service.handle(say("deux")) == []
    rooms.conversations.change_holder(held, lambda h: given_back(h, "Marie", "bot"), rooms.now())
    assert (await service.handle(say("trois")))[0].text == "echo: trois"
    assert said(rooms) == [
        ("citizen", "un"),
        ("bot", "echo: un"),
        ("citizen", "deux"),
        ("citizen", "trois"),
        ("bot", "echo: trois"),
    ]


async def test_an_officer_who_comes_meanwhile_silences_the_assistant(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """If an officer takes the conversation while Rasa thinks, what Rasa says is not said."""
    rasa.answer = lambda body: (
        rooms.conversations.change_holder(body["sender"], lambda h: claimed(h, "Marie"), rooms.now())
        and rasa.echo(body)
    )
    assert await service.handle(say("Bonjour")) == []
    assert said(rooms) == [("citizen", "Bonjour")]
    found = rooms.conversations.get(conversation_id(rooms))
    assert found is not None
    assert (found.held_by, found.officer) == (OFFICER, "Marie")


async def test_the_wish_for_a_person_puts_it_in_the_line(service: Pipeline, rooms: Rooms, rasa: Any, say: Any) -> None:
    """A reply may put the conversation in the line; other replies do not take it out."""
    rasa.answer = lambda _body: [{"text": "ok"}, {"custom": {"held_by": "queue"}}]
    await service.handle(say("une personne"))
    rasa.answer = rasa.echo
    await service.handle(say("encore"))
    assert [c.held_by for c in rooms.conversations.held()] == ["queue"]


# Two processes on one database.


@asynccontextmanager
async def running(service: Pipeline, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A service that tends its claims, every few milliseconds."""
    monkeypatch.setattr("bot.assistant.pipeline.TEND_SECONDS", 0.01)
    task = asyncio.create_task(service.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def die(service: Pipeline) -> None:
    """End a service's turns as a power failure would: nothing is given up."""
    for task in list(service._turns):
        task.cancel()
    await asyncio.gather(*service._turns, return_exceptions=True)


async def test_what_one_process_left_another_takes(
    make_service: Callable[..., Pipeline],
    rooms: Rooms,
    rasa: Any,
    say: Any,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    """A process dies in the middle of a turn; once its claim ran out another answers, in order, as a second try."""
    clock = Clock(now)
    first, second = make_service(clock), make_service(clock)
    never = asyncio.Event()
    rasa.answer = lambda _body: never.wait()
    await first.accept(say("un"))
    await until(lambda: rasa.bodies)
    await first.accept(say("deux"))
    await die(first)
    rasa.answer = rasa.echo
    async with running(second, monkeypatch):
        await asyncio.sleep(0.05)
        assert len(rasa.bodies) == 1  # the claim still holds
        clock.passes(seconds=7)
        await until(lambda: len(said(rooms)) == 4)
    assert [(body["message"], body["metadata"]["attempt"]) for body in rasa.bodies] == [
        ("un", 1),
        ("un", 2),
        ("deux", 1),
    ]
    assert said(rooms)[2:] == [("bot", "echo: un"), ("bot", "echo: deux")]


async def test_a_turn_that_is_being_taken_keeps_its_claim(
    make_service: Callable[..., Pipeline],
    rooms: Rooms,
    rasa: Any,
    say: Any,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    """However long Rasa thinks, a living process is not robbed of its turn."""
    clock = Clock(now)
    first, second = make_service(clock), make_service(clock)
    release = asyncio.Event()

    async def think(body: dict[str, Any]) -> Any:
        await release.wait()
        return rasa.echo(body)

    rasa.answer = think
    async with running(first, monkeypatch), running(second, monkeypatch):
        await first.accept(say("un"))
        await until(lambda: rasa.bodies)
        for _ in range(10):
            clock.passes(seconds=2)
            await asyncio.sleep(0.03)
        release.set()
        await until(lambda: len(said(rooms)) == 2)
    assert len(rasa.bodies) == 1


async def test_a_turn_that_lost_its_claim_is_void(
    make_service: Callable[..., Pipeline],
    rooms: Rooms,
    rasa: Any,
    say: Any,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    """A process that was held up for too long comes back to find its turn taken, and says nothing more."""
    clock = Clock(now)
    held_up, other = make_service(clock), make_service(clock)
    release = asyncio.Event()

    async def late(_body: dict[str, Any]) -> Any:
        rasa.answer = rasa.echo
        await release.wait()
        return [{"text": "too late"}]

    rasa.answer = late
    await held_up.accept(say("un"))
    await until(lambda: rasa.bodies)
    clock.passes(seconds=7)
    async with running(other, monkeypatch):
        await until(lambda: len(said(rooms)) == 2)
    release.set()
    await asyncio.gather(*held_up._turns)
    assert said(rooms) == [("citizen", "un"), ("bot", "echo: un")]


async def test_a_service_that_stops_leaves_its_turns_at_once(
    make_service: Callable[..., Pipeline],
    rooms: Rooms,
    rasa: Any,
    say: Any,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    """What a stopping process cannot finish is another's without waiting for the claim to run out."""
    monkeypatch.setattr("bot.assistant.pipeline._STOP_SECONDS", 0.01)
    clock = Clock(now)
    first, second = make_service(clock), make_service(clock)
    never = asyncio.Event()
    rasa.answer = lambda _body: never.wait()
    async with running(first, monkeypatch):
        await first.accept(say("un"))
        await until(lambda: rasa.bodies)
    rasa.answer = rasa.echo
    clock.passes(seconds=0.1)
    async with running(second, monkeypatch):
        await until(lambda: len(said(rooms)) == 2)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "😀 مرحبا 漢字", "'; DROP TABLE messages; --", "x" * 2000]
)
async def test_text_is_text(service: Pipeline, rooms: Rooms, say: Any, text: str) -> None:
    """Whatever is written comes back as it was written."""
    (reply,) = await service.handle(say(text))
    assert reply.text == f"echo: {text}"
    assert said(rooms)[0] == ("citizen", text)

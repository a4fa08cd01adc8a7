"""A turn that fails, wherever: a few tries, then the fixed text in the citizen's language, parked for staff."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.assistant.fallback import TROUBLE, Fallback
from bot.assistant.pipeline import Pipeline
from bot.bootstrap import Rooms
from bot.core.texts import Texts
from bot.messages.conversation import Incoming
from bot.messages.ownership import claimed
from bot.promises.promise import Registry
from bot.tickets.store import TicketStore
from tests.cast import Clock, until

pytestmark = pytest.mark.anyio

QUESTION = {"fr": "Bonjour, où est Zoé-Quetzal?", "en": "Hello, where is Zoé-Quetzal?"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other without a wait."""
    monkeypatch.setattr("bot.assistant.pipeline._FIRST_WAIT", 0.0)


def transcript(rooms: Rooms, address: str = "ana", channel: str = "rest") -> list[tuple[str, str]]:
    """Who said what to somebody."""
    found = rooms.conversations.find(channel, address)
    assert found
    return [(m.author, m.text) for m in rooms.conversations.transcript(found.id)]


@pytest.mark.parametrize("channel", ["rest", "web", "telegram"])
@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_a_turn_that_always_fails_is_tried_three_times_and_parked(
    service: Pipeline,
    rooms: Rooms,
    rasa: Any,
    say: Callable[..., Incoming],
    caplog: pytest.LogCaptureFixture,
    channel: str,
    lang: str,
) -> None:
    """The text is kept once, the failure is logged once and without words, and the next message goes on."""
    caplog.set_level(logging.INFO)
    rasa.answer = lambda body: ZeroDivisionError("Zoé") if "Zoé" in body["message"] else rasa.echo(body)
    await service.accept(say(QUESTION[lang], channel=channel))
    await service.accept(say("encore", channel=channel))
    await until(lambda: len(transcript(rooms, channel=channel)) == 4)
    assert [body["metadata"]["attempt"] for body in rasa.bodies] == [1, 2, 3, 1]
    said = transcript(rooms, channel=channel)
    assert said[2][1].startswith(TROUBLE[lang])
    assert said[3] == ("bot", "echo: encore")
    (failure,) = rooms.failures.latest()
    assert (failure.channel, failure.message.text) == (channel, QUESTION[lang])
    assert failure.fault.startswith("desk: ZeroDivisionError (")
    assert [r.levelname for r in caplog.records if r.levelno >= logging.WARNING] == ["ERROR"]
    assert "Zoé" not in " ".join(record.getMessage() for record in caplog.records)


async def test_a_caller_hears_one_reply_which_is_the_one_that_is_kept(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Callable[..., Incoming]
) -> None:
    """A turn that fails once is tried again while the caller waits: what they hear is what the desk remembers."""
    answers = iter([ZeroDivisionError("once")])
    rasa.answer = lambda body: next(answers, None) or rasa.echo(body)
    (reply,) = await service.handle(say("Bonjour"))
    assert reply.text == "echo: Bonjour"
    assert transcript(rooms) == [("citizen", "Bonjour"), ("bot", "echo: Bonjour")]
    assert rooms.failures.count() == 0


async def test_no_try_begins_that_could_end_too_late(
    service: Pipeline, rooms: Rooms, clock: Clock, rasa: Any, say: Callable[..., Incoming]
) -> None:
    """A turn that took long to fail is not tried again: the citizen hears the text within 20 seconds."""

    def late(_body: Any) -> Exception:
        clock.passes(seconds=9)
        return ZeroDivisionError("late")

    rasa.answer = late
    (reply,) = await service.handle(say("Hello"))
    assert reply.text.startswith(TROUBLE["en"])
    assert len(rasa.bodies) == 1


@pytest.mark.parametrize(
    "answer, fault",
    [
        (httpx.ConnectError("dead"), "assistant: ConnectError"),
        (httpx.Response(500), "assistant: status 500"),
        ([], "assistant: an empty answer"),
        ([{"custom": {"failed": "action_answer: KeyError"}}], "assistant: action_answer: KeyError"),
    ],
)
async def test_what_the_assistant_does_not_answer_is_parked_at_once(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Callable[..., Incoming], answer: Any, fault: str
) -> None:
    """Rasa failing is not tried again; staff see which message it was, and what failed."""
    rasa.answer = lambda _body: answer
    await service.handle(say("Bonjour"))
    assert len(rasa.bodies) == 1
    (failure,) = rooms.failures.latest()
    assert failure.fault == fault


async def test_what_was_said_before_an_action_failed_stays_said(
    service: Pipeline, rasa: Any, say: Callable[..., Incoming]
) -> None:
    """A number that was told is not taken back because what follows it failed."""
    rasa.answer = lambda _body: [
        {"text": "Votre demande RI-7K3P-92QX."},
        {"custom": {"outcome": "ticket", "language": "fr"}},
        {"custom": {"failed": "action_resume: KeyError"}},
    ]
    told, trouble = await service.handle(say("Bonjour"))
    assert told.text == "Votre demande RI-7K3P-92QX."
    assert trouble.text.startswith(TROUBLE["fr"])


def fails(*_args: Any, **_named: Any) -> Any:
    """In the place of a service."""
    raise LookupError("Zoé-Quetzal")


def without_promise(rooms: Rooms, _fallback: Fallback, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another body's data, which promise nothing for questions."""
    promises = {name: one for name, one in rooms.tickets.registry.promises.items() if name != "email-reply"}
    monkeypatch.setattr(rooms.tickets, "registry", replace(rooms.tickets.registry, promises=promises))


def without_any_data(rooms: Rooms, fallback: Fallback, monkeypatch: pytest.MonkeyPatch) -> None:
    """No text, no promise, no calendar, no language."""
    monkeypatch.setattr(rooms.tickets, "registry", Registry({}))
    monkeypatch.setattr(rooms.tickets, "calendar", None)
    monkeypatch.setattr(fallback, "_texts", Texts({}, {}))
    monkeypatch.setattr(fallback, "_identify", fails)


def without_clock(rooms: Rooms, _fallback: Fallback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The due date cannot be computed."""
    monkeypatch.setattr(rooms.tickets, "due_if_opened_now", fails)


def without_requests(_rooms: Rooms, _fallback: Fallback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The requests of a conversation cannot be read."""
    monkeypatch.setattr(TicketStore, "of_conversation", fails)


def without_opening(rooms: Rooms, _fallback: Fallback, monkeypatch: pytest.MonkeyPatch) -> None:
    """No request can be opened."""
    monkeypatch.setattr(rooms.tickets, "open", fails)


def without_question(rooms: Rooms, _fallback: Fallback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last question cannot be read: a press finds its own under the button."""
    monkeypatch.setattr(rooms.conversations, "last_question", fails)


def without_texts(_rooms: Rooms, fallback: Fallback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The organization's texts are gone."""
    monkeypatch.setattr(fallback, "_texts", Texts({}, {}))


def without_language(_rooms: Rooms, fallback: Fallback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The language of a message cannot be told."""
    monkeypatch.setattr(fallback, "_identify", fails)


# What fails, whether an offer can be made all the same, and whether a press can open a request.
PARTS = [
    (without_promise, False, False),
    (without_any_data, False, False),
    (without_clock, False, True),
    (without_requests, True, False),
    (without_opening, True, False),
    (without_question, True, True),
    (without_texts, False, False),
    (without_language, True, True),
]


@pytest.mark.parametrize("part, offered, opens", PARTS, ids=[part.__name__ for part, *_ in PARTS])
async def test_whatever_part_of_the_fallback_fails_the_fixed_text_is_said(
    service: Pipeline,
    fallback: Fallback,
    rooms: Rooms,
    rasa: Any,
    say: Callable[..., Incoming],
    monkeypatch: pytest.MonkeyPatch,
    part: Callable[..., None],
    offered: bool,
    opens: bool,
) -> None:
    """Words, a press of the offer and a refusal of it get one reply each, and the offer where it can be made."""
    rasa.answer = lambda _body: httpx.ConnectError("dead")
    part(rooms, fallback, monkeypatch)
    (reply,) = await service.handle(say("Bonjour, où êtes-vous?"))
    assert reply.text.startswith(TROUBLE["fr"])
    pressed_by = [button["payload"].partition("{")[0] for button in reply.buttons]
    assert pressed_by == (["/open_ticket", "/deny"] if offered else [])
    assert ("ticket" in reply.custom) is offered
    (pressed,) = await service.handle(say("/open_ticket"))
    assert (pressed.custom["outcome"] == "ticket") is opens
    assert opens or pressed.text.startswith(TROUBLE["fr"])
    (declined,) = await service.handle(say("/deny"))
    assert declined.text
    assert len(transcript(rooms)) == 6


@pytest.mark.parametrize("step", ["my_data", "replies", "forget"])
@pytest.mark.parametrize("payload", ["/my_data", "/help", "/forget_confirmed"])
async def test_a_service_of_the_desks_own_that_fails_is_answered_too(
    service: Pipeline,
    rooms: Rooms,
    say: Callable[..., Incoming],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    payload: str,
) -> None:
    """A press that the desk answers by itself gets a reply, whatever of the desk fails."""
    monkeypatch.setattr(service._builtin_replies, step, fails)
    await service.handle(say("Bonjour"))
    replies = await service.handle(say(payload))
    assert len(replies) == 1
    failed = replies[0].text.startswith(TROUBLE["fr"])
    assert failed is (payload in [failure.message.text for failure in rooms.failures.latest()])


async def test_an_officer_who_holds_it_is_not_talked_over(
    service: Pipeline,
    rooms: Rooms,
    say: Callable[..., Incoming],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where an officer answers, a failing turn says nothing, and is parked all the same."""
    await service.handle(say("un"))
    found = rooms.conversations.find("rest", "ana")
    assert found
    rooms.conversations.change_holder(found.id, lambda h: claimed(h, "Marie"), rooms.now())
    monkeypatch.setattr(service._replying, "answer", fails)
    assert await service.handle(say("deux")) == []
    assert [failure.message.text for failure in rooms.failures.latest()] == ["deux"]


async def test_what_cannot_be_kept_is_said_and_taken_again_ever_later(
    service: Pipeline,
    rooms: Rooms,
    rasa: Any,
    say: Callable[..., Incoming],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database refuses what is written: the caller hears the text, and it is kept once the database takes it."""
    complete = service._inbox.complete
    refusal = sa.exc.OperationalError("UPDATE", None, Exception("locked"))

    def refuses(*_args: Any, **_named: Any) -> Any:
        raise refusal

    monkeypatch.setattr(service._inbox, "complete", refuses)
    (reply,) = await asyncio.wait_for(service.handle(say("Hello")), 10)
    assert reply.text.startswith(TROUBLE["en"])
    await until(lambda: not service._turns)
    assert transcript(rooms) == [("citizen", "Hello")]
    monkeypatch.setattr(service._inbox, "complete", complete)
    later = rooms.now() + timedelta(seconds=30)
    (waiting,) = rooms.inbox.forsaken(later, 10)
    claim = rooms.inbox.take_over(waiting, later)
    assert claim
    await service._go_on(waiting, claim)
    assert [author for author, _ in transcript(rooms)] == ["citizen", "bot"]


async def test_a_message_that_ends_its_process_each_time_is_not_asked_about_a_fourth_time(
    make_service: Callable[..., Pipeline], rooms: Rooms, rasa: Any, say: Callable[..., Incoming]
) -> None:
    """Three processes died of it: the next says the text, and asks nobody."""
    never = asyncio.Event()
    rasa.answer = lambda _body: never.wait()
    now = rooms.now()
    first = make_service()
    await first.accept(say("Hello"))
    for tries in (1, 2, 3):
        await until(lambda tries=tries: len(rasa.bodies) == tries)
        for task in list(first._turns):
            task.cancel()
        await asyncio.gather(*first._turns, return_exceptions=True)
        now += timedelta(seconds=10)
        (waiting,) = rooms.inbox.forsaken(now, 10)
        claim = rooms.inbox.take_over(waiting, now)
        assert claim
        first = make_service()
        first._spawn(first._go_on(waiting, claim))
    await until(lambda: len(transcript(rooms)) == 2)
    assert len(rasa.bodies) == 3
    assert transcript(rooms)[1][1].startswith(TROUBLE["en"])
    assert [failure.fault for failure in rooms.failures.latest()] == ["desk: its process ended"]


async def test_staff_settle_what_they_have_seen_and_not_what_came_since(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Callable[..., Incoming]
) -> None:
    """One by one, or all that stood on the page."""
    rasa.answer = lambda _body: []
    for text in ("un", "deux", "trois", "quatre"):
        await service.handle(say(text))
    newest, *_, oldest = rooms.failures.latest()
    assert rooms.failures.settle(up_to=oldest.id, only=True) == 1
    assert rooms.failures.settle(up_to=oldest.id, only=True) == 0
    await service.handle(say("cinq"))
    assert rooms.failures.settle(up_to=newest.id) == 3
    assert [failure.message.text for failure in rooms.failures.latest()] == ["cinq"]
    assert rooms.failures.count() == 1

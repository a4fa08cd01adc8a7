"""What the tests of conversations share: wired rooms on a database of their own, and a scripted Rasa."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.fallback import Fallback
from bot.assistant.pipeline import Pipeline
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import Rooms, wire
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.messages import payloads
from bot.messages.conversation import PRESS, WORDS, Conversation, Incoming, Reply
from tests.scripted_http import ScriptedHttp

ZONE = ZoneInfo("America/Toronto")
# A Tuesday in service hours. A question left at this moment is answered by Wednesday, December 30, 2026, at 17:00.
NOW = datetime(2026, 12, 22, 16, 40, tzinfo=ZONE)
# Another Tuesday, far from every holiday.
NOVEMBER = datetime(2026, 11, 24, 15, 0, tzinfo=timezone.utc)
DATA = ROOT / "data"
PASSWORD = "tortue lampe violon neige"


@pytest.fixture
def now() -> datetime:
    """The present moment, which stands still."""
    return NOW


class Clock:
    """A clock that stands still until a test turns it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        """Let time pass: `minutes=5`."""
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    """The clock of the wired rooms."""
    return Clock()


class ScriptedRasa:
    """Plays Rasa's REST channel: notes what it is told, and answers as the test says."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Any] = self.echo

    @staticmethod
    def echo(body: dict[str, Any]) -> Any:
        """Reply with the words themselves."""
        return [
            {"recipient_id": body["sender"], "text": f"echo: {body['message']}"},
            {"recipient_id": body["sender"], "custom": {"outcome": "answered", "language": "fr"}},
        ]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.bodies.append(body)
        answer = self.answer(body)
        if hasattr(answer, "__await__"):
            answer = await answer
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def assistant(self) -> RasaClient:
        """The desk's way to this Rasa."""
        return RasaClient(ScriptedHttp(self))


@pytest.fixture
def rasa() -> ScriptedRasa:
    """A Rasa that echoes until told otherwise."""
    return ScriptedRasa()


def language_of(text: str) -> str | None:
    """A language identifier that knows four words."""
    words = set(text.lower().replace("?", "").split())
    if words & {"bonjour", "où"}:
        return "fr"
    return "en" if words & {"hello", "where"} else None


@pytest.fixture
def rooms(database_url: str, clock: Clock, rasa: ScriptedRasa) -> Iterator[Rooms]:
    """Wired rooms on an empty database: SQLite, and PostgreSQL."""
    wired = wire(Settings(database_url=database_url), clock, assistant=rasa.assistant(), language_of=language_of)
    yield wired
    wired.close()


@pytest.fixture
def fallback(rooms: Rooms) -> Fallback:
    """The fallback of the wired rooms."""
    return rooms.fallback


@pytest.fixture
def builtin_replies(rooms: Rooms) -> BuiltinReplies:
    """The desk's own replies."""
    return rooms.builtin_replies


@pytest.fixture
def make_service(rooms: Rooms) -> Callable[..., Pipeline]:
    """Makes services between the scripted Rasa and the database, each as one process has it."""

    def make(now: Callable[[], datetime] = rooms.now) -> Pipeline:
        shared = {name: getattr(rooms, name) for name in ("assistant", "database", "fallback", "builtin_replies")}
        return wire(rooms.settings, now, **shared).pipeline

    return make


@pytest.fixture
def service(make_service: Callable[..., Pipeline]) -> Pipeline:
    """One process's service."""
    return make_service()


@pytest.fixture
def say() -> Callable[..., Incoming]:
    """Makes messages as a channel hands them in; what a test does not name has a value of its own."""
    numbers = itertools.count(1)

    def make(text: str = "Bonjour", address: str = "ana", channel: str = "rest", **changes: Any) -> Incoming:
        kind = PRESS if payloads.is_payload(text) else WORDS
        values = {"external_id": f"{address}-{next(numbers)}", "kind": kind, **changes}
        return Incoming(channel=channel, address=address, text=text, **values)

    return make


Says = Callable[..., Conversation]


@pytest.fixture
def says(rooms: Rooms, say: Callable[..., Incoming]) -> Says:
    """Keeps a message and its replies; the conversation as it was when the message came."""

    def keep(text: str = "Bonjour", *replies: Reply, at: datetime | None = None, **changes: Any) -> Conversation:
        moment = at or rooms.now()
        incoming = say(text, **changes)
        accepted = rooms.inbox.accept(incoming, moment)
        if accepted.claim:
            turn = rooms.inbox.first_turn(accepted, incoming, moment)
            custom = replies[-1].custom if replies else {}
            language, wants = custom.get("language", turn.conversation.language), custom.get("held_by")
            rooms.inbox.complete(turn, replies, moment, language=language, wants=wants)
        return accepted.conversation

    return keep


WISH = Reply("Une personne viendra.", (), {"held_by": "queue", "outcome": "handoff", "intent": "request_officer"})


@pytest.fixture
def wait(says: Says) -> Says:
    """Lets a citizen wait for a person from now on; the conversation."""

    def ask(address: str = "ana", text: str = "une personne", **changes: Any) -> Conversation:
        return says(text, WISH, address=address, **changes)

    return ask


async def until(condition: Callable[[], Any]) -> None:
    """Let the other tasks run until `condition` holds."""
    last = time.monotonic() + 30  # a busy machine may take long: only what never comes is a fault
    while time.monotonic() < last:
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it did not come to that")

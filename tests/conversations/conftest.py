"""What the tests of conversations share: wired rooms on a database of their own, and a scripted Rasa."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.conversations.assistant import Assistant
from bot.conversations.fallback import Fallback
from bot.conversations.service import ConversationService
from bot.db import migrate
from bot.settings import Settings
from bot.wiring import Rooms, wire
from tests.scripted_http import ScriptedHttp

# A question left at this moment is answered by Wednesday, December 30, 2026, at 17:00.
NOW = datetime(2026, 12, 22, 16, 40, tzinfo=ZoneInfo("America/Toronto"))


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that uvicorn uses."""
    return "asyncio"


@pytest.fixture
def now() -> datetime:
    """The present moment, which stands still."""
    return NOW


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    """Wired rooms on an empty database."""
    wired = wire(Settings(database_url=f"sqlite:///{tmp_path / 'guichet.db'}"), now=lambda: NOW)
    migrate(wired.database.engine)
    return wired


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

    def assistant(self) -> Assistant:
        """The desk's way to this Rasa."""
        return Assistant(ScriptedHttp(self))


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
def fallback(rooms: Rooms) -> Fallback:
    """The fallback of the wired rooms."""
    return Fallback(rooms.texts, rooms.tickets, language_of)


@pytest.fixture
def service(rooms: Rooms, rasa: ScriptedRasa, fallback: Fallback) -> ConversationService:
    """The service between the scripted Rasa and the database, with room for three waiting messages."""
    return ConversationService(
        rooms.conversations, rasa.assistant(), fallback, rooms.now, first_language="fr", max_waiting=3
    )

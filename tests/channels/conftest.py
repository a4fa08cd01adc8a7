"""What the tests of channels share: the whole desk on a database of its own, with a scripted Rasa."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bot.app import make_app
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import Rooms, utc_now, wire
from bot.core.settings import Settings
from bot.staff.people import People
from tests.cast import NOW
from tests.databases import SqliteFiles
from tests.scripted_http import ScriptedHttp


@dataclass
class Desk:
    """The desk's application, and the Rasa and the action server that it sees."""

    database: Path
    rooms: Rooms = field(init=False)
    answer: Any = None
    rasa_status: int = 200
    actions_status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    client: TestClient = field(init=False)

    def rasa(self, request: httpx.Request) -> httpx.Response:
        """Rasa: echoes what it is told, or answers as the test says."""
        if request.method == "GET":
            return httpx.Response(self.rasa_status)
        body = json.loads(request.content)
        self.bodies.append(body)
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, httpx.Response):
            return self.answer
        echo = [
            {"recipient_id": body["sender"], "text": body["message"]},
            {"recipient_id": body["sender"], "custom": {"outcome": "answered", "language": "fr"}},
        ]
        return httpx.Response(200, json=echo if self.answer is None else self.answer)

    def actions(self, request: httpx.Request) -> httpx.Response:
        """The action server's health."""
        assert request.url.path == "/health"
        return httpx.Response(self.actions_status)

    def post(self, message: Any = "Bonjour", sender: Any = "ana", **metadata: Any) -> httpx.Response:
        """Send a message as a client does."""
        body = {"sender": sender, "message": message, "metadata": metadata}
        return self.client.post("/webhooks/rest/webhook", json=body)

    def break_database(self) -> None:
        """Put a folder where the database was, so that nothing can be read or written."""
        while not self.database.is_dir():  # a duty of the desk's may open a new file just now
            self.rooms.database.engine.dispose()
            for path in self.database.parent.glob(self.database.name + "*"):
                path.unlink(missing_ok=True)
            with suppress(FileExistsError):
                self.database.mkdir()
        self.rooms.database.engine.dispose()


@pytest.fixture
def make_desk(
    tmp_path: Path, sqlite_files: SqliteFiles, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Desk]]:
    """Makes a desk with the settings that a test asks for. Its officers are there, though they have no accounts."""
    monkeypatch.setattr(People, "away_since", lambda _self, _names, _moment: set())
    with ExitStack() as stack:

        def make(*, started: bool = True, ticking: bool = False, **settings: Any) -> Desk:
            url = sqlite_files.new()
            now = utc_now if ticking else lambda: NOW
            mail = {"mail_in_dir": tmp_path / "mail-in", "mail_dir": tmp_path / "mail"}
            desk = Desk(Path(url.removeprefix("sqlite:///")))
            desk.rooms = wire(
                Settings(**{"database_url": url, **mail, **settings}),
                now=now,
                assistant=RasaClient(ScriptedHttp(desk.rasa)),
                actions=ScriptedHttp(desk.actions),
            )
            desk.client = TestClient(make_app(desk.rooms), raise_server_exceptions=False)
            if started:  # otherwise a server of the test's own will start it
                stack.enter_context(desk.client)
            return desk

        yield make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk with the default settings."""
    return make_desk()

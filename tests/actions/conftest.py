"""What the tests of actions share: wired rooms with the published knowledge base, and turns built by hand."""

from __future__ import annotations

import asyncio
import inspect
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions.turn
from bot.bootstrap import Rooms, wire
from bot.core.db import migrate
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.files import load_corpus
from bot.messages.contract import ReplyFacts
from tests.cast import NOW, Clock


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until turned."""
    return Clock()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the committed knowledge base, to copy."""
    path = tmp_path_factory.mktemp("published") / "guichet.db"
    wired = wire(Settings(database_url=f"sqlite:///{path}"), now=lambda: NOW)
    migrate(wired.database.engine)
    wired.articles.publish(load_corpus(ROOT / "data" / "knowledge").articles, NOW)
    wired.database.engine.dispose()
    return path


@pytest.fixture
def rooms(tmp_path: Path, published: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rooms]:
    """The rooms of the actions: a copy of the published database, and the test's clock."""
    shutil.copy(published, tmp_path / "guichet.db")
    wired = wire(Settings(database_url=f"sqlite:///{tmp_path / 'guichet.db'}"), now=clock)
    monkeypatch.setattr(actions.turn, "wire", lambda _settings: wired)
    actions.turn.rooms.cache_clear()
    yield wired
    actions.turn.rooms.cache_clear()
    wired.database.engine.dispose()


@pytest.fixture(scope="session")
def domain() -> dict[str, Any]:
    """The assistant's domain."""
    return dict(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8")))


@dataclass
class Done:
    """What an action did: its replies and the slots that it set, in order."""

    replies: list[dict[str, Any]]
    events: list[dict[str, Any]]
    slots: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.slots = {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}
        for reply in self.replies:  # of every action that any test runs
            assert ReplyFacts.from_json(reply["custom"]).to_json() == reply["custom"]

    @property
    def reply(self) -> dict[str, Any]:
        """The only reply."""
        (reply,) = self.replies
        return reply

    @property
    def text(self) -> str:
        """The text of the only reply."""
        return str(self.reply["text"])

    @property
    def custom(self) -> dict[str, Any]:
        """The custom part of the only reply."""
        return dict(self.reply["custom"])

    @property
    def payloads(self) -> list[str]:
        """The payloads of the only reply's buttons."""
        return [button["payload"] for button in self.reply["buttons"]]


class Actor:
    """Runs actions on trackers built by hand."""

    def __init__(self, domain: dict[str, Any]) -> None:
        self._domain = domain

    def __call__(
        self,
        action: Any,
        text: str = "",
        *,
        intent: str | None = "inquiry",
        lang: str | None = "fr",
        detected: str | None = None,
        knowledge: dict[str, Any] | None = None,
        entities: list[dict[str, Any]] | None = None,
        metadata: dict[str, Any] | None = None,
        slots: dict[str, Any] | None = None,
        loop: str | None = None,
        sender: str = "c1",
        confidence: float = 1.0,
    ) -> Done:
        """Run `action` on the message `text`, understood as told."""
        message = {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "entities": entities or [],
            "language": {"code": lang, "detected": detected or lang},
            "knowledge": knowledge or {},
            "metadata": metadata or {},
        }
        every = dict.fromkeys([*self._domain["slots"], "requested_slot"])
        tracker = Tracker(
            sender_id=sender,
            slots={**every, **(slots or {})},
            latest_message=message,
            events=[],
            paused=False,
            followup_action=None,
            active_loop={"name": loop} if loop else {},
            latest_action_name="action_listen",
        )
        dispatcher = CollectingDispatcher()
        events = action.run(dispatcher, tracker, self._domain)
        if inspect.isawaitable(events):
            events = asyncio.run(_finish(events))
        return Done(dispatcher.messages, list(events))


async def _finish(events: Any) -> Any:
    return await events


@pytest.fixture
def act(rooms: Rooms, domain: dict[str, Any]) -> Actor:
    """Runs an action: `act(SomeAction(), "words", intent=…, slots=…)`."""
    return Actor(domain)

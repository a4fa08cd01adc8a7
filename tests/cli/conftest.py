"""What the tests of the command line share: a run of it at a fixed moment, on a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import bot.cli
import bot.supervisor
from bot.bootstrap import Rooms, wire
from bot.core.db import migrate
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.release import REFIT
from bot.messages.conversation import QUEUE, Incoming, Reply
from tests.cast import NOW

Guichet = Callable[..., Result]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The address of a database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'db' / 'guichet.db'}"


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many articles were published each time that the matcher was fitted anew, which takes no time here."""
    found: list[int] = []

    def fit(rooms: Rooms) -> None:
        found.append(len(rooms.articles.all()))
        number = rooms.releases.trials.ask(REFIT, "guichet")
        rooms.releases.trials.finish(number, {}, b"fitted")
        rooms.releases.refitted(number)

    monkeypatch.setattr(bot.supervisor, "refit", fit)
    return found


@pytest.fixture
def guichet(database: str, fits: list[int], monkeypatch: pytest.MonkeyPatch) -> Guichet:
    """Runs the command line at a fixed moment, on a database of its own."""
    monkeypatch.setenv("GUICHET_DATABASE_URL", database)
    monkeypatch.setattr("bot.cli.terminal.wire", lambda settings: wire(settings, now=lambda: NOW))
    return lambda *arguments: CliRunner().invoke(bot.cli.main, [str(argument) for argument in arguments])


@pytest.fixture
def rooms(database: str) -> Rooms:
    """The rooms of the command line's database, with its tables."""
    wired = wire(Settings(database_url=database), now=lambda: NOW)
    migrate(wired.database.engine)
    return wired


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge base of two committed articles."""
    small = tmp_path / "small"
    small.mkdir()
    for name in ("address.yml", "role.yml"):
        shutil.copy(ROOT / "data" / "knowledge" / name, small)
    return small


@pytest.fixture
def conversation(rooms: Rooms) -> str:
    """The id of a conversation that waits for a person."""
    incoming = Incoming("telegram", "1:1", "4242", "Bonjour")
    turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, NOW), incoming, NOW)
    reply = Reply("Un instant.", (), {"outcome": "handoff", "held_by": QUEUE})
    rooms.inbox.complete(turn, [reply], NOW, language="fr", wants=QUEUE)
    return turn.conversation.id

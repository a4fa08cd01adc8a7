"""A database that is locked, full or gone: what was acknowledged is kept, what was not is told."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

import bot.core.db


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, make_desk: Callable[..., Any]) -> Any:
    """A desk that waits for a locked database for a fifth of a second."""
    monkeypatch.setattr(bot.core.db, "BUSY_SECONDS", 0.2)
    return make_desk()


@contextmanager
def locked(desk: Any) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    connection = sqlite3.connect(desk.database, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextmanager
def full(desk: Any) -> Iterator[None]:
    """The disk has no room for another page."""
    engine = desk.rooms.database.engine

    def limit(connection: Any, _record: Any, pages: str = "1") -> None:
        # SQLite then says what it says of a full disk; less than there is means as much as there is.
        connection.execute(f"PRAGMA max_page_count={pages}")

    sa.event.listen(engine, "connect", limit)
    engine.dispose()
    try:
        yield
    finally:
        sa.event.remove(engine, "connect", limit)
        engine.dispose()


def texts(desk: Any, sender: str = "ana") -> list[str]:
    """What was said in the conversation of `sender`."""
    conversation = desk.rooms.conversations.find("rest", sender)
    return [m.text for m in desk.rooms.conversations.transcript(conversation.id)] if conversation else []


def test_a_locked_database_is_waited_for(desk: Any) -> None:
    """A lock that another process gives up in time costs time, and nothing else."""
    with locked(desk):
        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(desk.post("Bonjour")))
        asking.start()
        asking.join(0.05)
        assert answers == []
    asking.join(10)
    assert answers[0].json()[0]["text"] == "Bonjour"


def test_a_database_locked_for_long_is_told(impatient: Any) -> None:
    """A message that could not be kept is refused with 503, leaves nothing behind, and may be sent again."""
    with locked(impatient):
        assert impatient.post("Bonjour").status_code == 503
    assert texts(impatient) == []
    assert impatient.post("Bonjour").status_code == 200
    assert texts(impatient) == ["Bonjour", "Bonjour"]


def test_a_full_disk_is_told(desk: Any) -> None:
    """While nothing more can be written messages are refused; just those that were not refused are kept."""
    assert desk.post("avant").status_code == 200
    with full(desk):
        statuses = {name: desk.post(name * 1900).status_code for name in "abcdef"}
        assert 503 in statuses.values()
        assert set(statuses.values()) <= {200, 503}
        kept = [name * 1900 for name, status in statuses.items() if status == 200]
        conversation = desk.rooms.conversations.find("rest", "ana")
        said = desk.rooms.conversations.transcript(conversation.id)
        assert [m.text for m in said if m.author == "citizen"] == ["avant", *kept]
    assert desk.post("après", sender="bob").status_code == 200


def test_a_reply_that_cannot_be_kept_is_made_again(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk is full for a moment between a message and its reply, it is made again, and heard and kept once."""
    settle = desk.rooms.inbox.complete

    def fill(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(desk.rooms.inbox, "complete", settle)
        raise sa.exc.OperationalError("", {}, Exception("database or disk is full"))

    monkeypatch.setattr(desk.rooms.inbox, "complete", fill)
    assert desk.post("Bonjour").json()[0]["custom"]["outcome"] == "answered"
    assert texts(desk) == ["Bonjour", "Bonjour"]
    assert [body["metadata"]["attempt"] for body in desk.bodies] == [1, 2]

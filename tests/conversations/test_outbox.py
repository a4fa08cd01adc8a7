"""The rows that go out: which are due, what settling writes, and a parked one's other chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.conversations.conversation import Reply
from bot.conversations.outbox import PARKED, SENT, Outgoing
from bot.wiring import Rooms

Puts = Callable[..., None]


@pytest.fixture
def put(rooms: Rooms, say: Any) -> Puts:
    """Puts replies to a citizen into the outbox."""

    def put(address: str, *texts: str, seconds: float = 0) -> None:
        incoming, moment = say(address=address, channel="telegram"), rooms.now() + timedelta(seconds=seconds)
        turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, moment), incoming, moment)
        rooms.inbox.complete(turn, [Reply(text, (), {}) for text in texts], moment, language="fr", wants=None)

    return put


def due(rooms: Rooms, seconds: float = 0, limit: int = 100) -> list[Outgoing]:
    """What is due so many seconds from now."""
    return rooms.outbox.due("telegram", rooms.now() + timedelta(seconds=seconds), limit)


def test_the_first_of_each_line_is_due(rooms: Rooms, put: Puts) -> None:
    """Of each conversation the oldest message is due, and the next once that is settled, whichever way."""
    put("ana", "un", "deux", "trois")
    put("bob", "quatre")
    assert [(row.address, row.message.text) for row in due(rooms)] == [("ana", "un"), ("bob", "quatre")]
    rooms.outbox.settle([replace(due(rooms)[0], state=SENT)], rooms.now())
    assert sorted(row.message.text for row in due(rooms)) == ["deux", "quatre"]
    rooms.outbox.settle([replace(row, state=PARKED, reason="blocked") for row in due(rooms)], rooms.now())
    assert [row.message.text for row in due(rooms)] == ["trois"]


def test_what_waits_for_its_time_holds_up_its_line(rooms: Rooms, put: Puts) -> None:
    """A message that is to be tried later is not due before, nor is what comes after it."""
    put("ana", "un", "deux")
    (row,) = due(rooms)
    later = rooms.now() + timedelta(seconds=10)
    rooms.outbox.settle([replace(row, attempts=1, parts_sent=2, reason="down", next_at=later)], rooms.now())
    assert due(rooms, 9) == []
    (again,) = due(rooms, 10)
    assert (again.message.text, again.attempts, again.parts_sent, again.reason) == ("un", 1, 2, "down")


def test_no_more_than_asked_for_and_the_longest_due_first(rooms: Rooms, put: Puts) -> None:
    """A look takes at most so many rows, those first whose time came first; another channel's never."""
    for number in (3, 1, 2):
        put(f"c{number}", "x", seconds=number)
    assert [row.address for row in due(rooms, 5, limit=2)] == ["c1", "c2"]
    assert rooms.outbox.due("email", rooms.now() + timedelta(days=1), 10) == []


def test_what_is_settled_stays_settled(rooms: Rooms, put: Puts) -> None:
    """A process that comes late with what it knows of a message changes nothing of one that is settled."""
    put("ana", "un")
    (row,) = due(rooms)
    rooms.outbox.settle([replace(row, state=SENT)], rooms.now())
    rooms.outbox.settle([replace(row, attempts=7), replace(row, state=PARKED, reason="late")], rooms.now())
    rooms.outbox.settle([], rooms.now())
    assert rooms.outbox.counts() == {"sent": 1}
    assert due(rooms, 1000) == []


def test_a_parked_message_gets_another_chance_once(rooms: Rooms, put: Puts) -> None:
    """What is parked may be sent again, from the part at which it stopped; what is not parked may not."""
    put("ana", "un")
    (row,) = due(rooms)
    parked = replace(row, state=PARKED, parts_sent=1, attempts=5, uncertain=1, reason="blocked")
    assert not rooms.outbox.retry(row.id, rooms.now())
    rooms.outbox.settle([parked], rooms.now())
    assert [(found.message.text, found.reason) for found in rooms.outbox.parked()] == [("un", "blocked")]
    assert rooms.outbox.retry(row.id, rooms.now())
    assert not rooms.outbox.retry(row.id, rooms.now())
    (again,) = due(rooms)
    assert (again.parts_sent, again.attempts, again.uncertain, again.reason) == (1, 0, 0, None)
    assert rooms.outbox.parked() == []

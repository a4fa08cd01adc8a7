"""The rows that go out: which are due, what settling writes, and a parked one's other chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms
from bot.messages.conversation import Conversation, Reply
from bot.messages.outbox import PARKED, SENT, Outgoing

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


# The same words by two channels


@pytest.fixture
def twice(rooms: Rooms, put: Puts) -> Conversation:
    """A Telegram conversation with one message that also goes by e-mail."""
    put("7", "un")
    (row,) = due(rooms)
    found = rooms.conversations.get(row.message.conversation_id)
    assert found is not None
    with rooms.database.writing() as connection:
        rooms.carriers.put(connection, found, row.message.id, rooms.now(), "ana@example.org")
    return found


def by_email(rooms: Rooms) -> list[Outgoing]:
    """What is due by e-mail."""
    return rooms.outbox.due("email", rooms.now(), 100)


def test_the_same_words_go_by_two_channels(rooms: Rooms, twice: Conversation) -> None:
    """Each channel carries its own copy to its own address, and settling one leaves the other as it is."""
    (telegram,), (email,) = due(rooms), by_email(rooms)
    assert (telegram.address, email.address) == ("7", "ana@example.org")
    assert (telegram.channel, email.channel) == ("telegram", "email")
    assert telegram.message == email.message
    rooms.outbox.settle([replace(email, state=PARKED, reason="blocked")], rooms.now())
    assert (rooms.outbox.waits(telegram), rooms.outbox.waits(email)) == (True, False)
    assert (len(due(rooms)), by_email(rooms)) == (1, [])
    assert [(row.channel, row.reason) for row in rooms.outbox.parked()] == [("email", "blocked")]
    assert rooms.outbox.retry(email.id, rooms.now())
    rooms.outbox.settle([replace(telegram, state=SENT)], rooms.now())
    assert (due(rooms), [row.address for row in by_email(rooms)]) == ([], ["ana@example.org"])


def test_a_channel_that_is_down_holds_up_no_other(rooms: Rooms, twice: Conversation, put: Puts) -> None:
    """While the first e-mail of a conversation waits for its mail server, its next Telegram message goes out."""
    rooms.outbox.settle([replace(row, state=SENT) for row in due(rooms)], rooms.now())
    put("7", "deux")
    assert [row.message.text for row in due(rooms)] == ["deux"]
    assert [row.message.text for row in by_email(rooms)] == ["un"]


def test_the_same_words_go_once_by_each_channel(rooms: Rooms, twice: Conversation) -> None:
    """A second row of the same message for the same channel is refused."""
    (email,) = by_email(rooms)
    with rooms.database.writing() as connection, pytest.raises(sa.exc.IntegrityError):
        rooms.carriers.put(connection, twice, email.message.id, rooms.now(), "another@example.org")


def test_erasing_takes_both_copies(rooms: Rooms, twice: Conversation) -> None:
    """Nothing that was erased goes out by any channel."""
    rows = [*due(rooms), *by_email(rooms)]
    rooms.conversations.erase(twice.id, keep_address=True, farewell=None, now=rooms.now())
    assert (due(rooms), by_email(rooms), rooms.outbox.counts()) == ([], [], {})
    assert [rooms.outbox.waits(row) for row in rows] == [False, False]

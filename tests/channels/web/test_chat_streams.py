"""The streams of events that a page reads, over a real connection: the test client cannot read one while it lasts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.channels.web import WEB
from bot.channels.web.chat import address_of
from bot.core.written import as_written
from bot.messages.conversation import QUEUE
from bot.messages.ownership import Holder, claimed
from bot.promises.calendar import Calendar
from tests.cast import NOW
from tests.hostile import HOSTILE
from tests.live_desk import LiveDesk

# The streams, over a real connection: the test client cannot read one while it lasts.


class Stream:
    """An open stream of events."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self) -> tuple[str, str | None, dict[str, Any]]:
        """The next event: its name, its id and its data."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and fields.keys() & {"event"}:
                return fields["event"], fields.get("id"), json.loads(fields["data"])
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
        raise EOFError

    def until(self, name: str, **wanted: Any) -> dict[str, Any]:
        """The data of the next event `name` that holds `wanted`."""
        while True:
            found, _, data = self.next()
            if found == name and wanted.items() <= data.items():
                return data


@pytest.fixture
def live(make_desk: Callable[..., Any]) -> Iterator[LiveDesk]:
    """A desk that listens."""
    with LiveDesk(make_desk(started=False)) as running:
        yield running


@pytest.fixture
def client(live: LiveDesk) -> Iterator[httpx.Client]:
    """A citizen's browser."""
    with httpx.Client(base_url=live.url, timeout=10) as found:
        token = found.post("/chat/conversations", json={"language": "fr"}).json()["token"]
        found.headers["Authorization"] = f"Bearer {token}"
        yield found


def stream(client: httpx.Client, last: int | None = None) -> Any:
    """Open the stream of events."""
    return client.stream("GET", "/chat/events", headers={"Last-Event-ID": str(last)} if last is not None else {})


def send(client: httpx.Client, text: str, name: str) -> None:
    """Send a message."""
    response = client.post("/chat/messages", json={"id": name, "text": text, "language": "fr"})
    assert response.status_code == 202


def test_replies_come_by_the_stream(client: httpx.Client) -> None:
    """A page sees its own message with the id that it gave, that a reply is on its way, and the reply."""
    with stream(client) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = Stream(response)
        assert events.next()[2] == {
            "held_by": "bot",
            "officer": None,
            "answering": False,
            "language": "fr",
            "place": None,
            "typing_at": None,
            "open": True,
        }
        send(client, "Bonjour", "message-1")
        mine = events.until("message")
        assert (mine["seq"], mine["author"], mine["text"], mine["client_id"]) == (1, "citizen", "Bonjour", "message-1")
        reply = events.until("message")
        assert (reply["seq"], reply["author"], reply["text"], reply["outcome"]) == (2, "bot", "Bonjour", "answered")
        assert (reply["choices"], reply["sources"], reply["ticket"], reply["helpful"]) == ([], [], None, None)


def test_a_stream_goes_on_where_the_page_stands(client: httpx.Client) -> None:
    """A page that comes back hears what it missed, once and in order; one without a place hears everything."""
    with stream(client) as response:
        events = Stream(response)
        send(client, "un", "message-1")
        events.until("message", seq=2)
    send(client, "deux", "message-2")
    with stream(client, last=2) as response:
        events = Stream(response)
        assert [events.until("message")["text"] for _ in range(2)] == ["deux", "deux"]
    with stream(client) as response:
        events = Stream(response)
        assert [events.until("message")["seq"] for _ in range(4)] == [1, 2, 3, 4]


def test_an_officer_speaks_with_a_name(live: LiveDesk, client: httpx.Client) -> None:
    """What an officer does in another process is seen: who holds the conversation, and who speaks."""
    rooms = live.desk.rooms
    with stream(client) as response:
        events = Stream(response)
        send(client, "Bonjour", "message-1")
        events.until("message", seq=2)
        with rooms.database.reading() as connection:
            found = connection.exec_driver_sql("SELECT id FROM conversations").scalar_one()
        rooms.conversations.change_holder(found, lambda holder: claimed(holder, "Marie"), rooms.now())
        assert events.until("state", held_by="officer")["officer"] == "Marie"
        rooms.conversations.say(found, lambda holder: holder, "Bonjour, ici Marie.", "Marie", rooms.now())
        said = events.until("message")
        assert (said["author"], said["name"], said["text"]) == ("officer", "Marie", "Bonjour, ici Marie.")


HANDOFF = [
    {"text": "Une personne viendra."},
    {"custom": {"outcome": "handoff", "language": "fr", "intent": "request_officer", "held_by": "queue"}},
]


def conversation_of(live: LiveDesk, client: httpx.Client) -> Any:
    """A browser's conversation as the desk has it."""
    token = client.headers["Authorization"].removeprefix("Bearer ")
    return live.desk.rooms.conversations.find(WEB, address_of(token))


def test_who_waits_sees_their_place_move_up(live: LiveDesk, client: httpx.Client) -> None:
    """The second in line sees that they are, and that they are first once an officer took the one before."""
    live.desk.answer = HANDOFF
    rooms = live.desk.rooms
    first = rooms.conversations.open("web", "first", "fr", NOW - timedelta(minutes=5)).id
    rooms.conversations.change_holder(first, lambda _holder: Holder(QUEUE), NOW - timedelta(minutes=5))
    with stream(client) as response:
        events = Stream(response)
        send(client, "une personne", "message-1")
        assert events.until("state", held_by="queue")["place"] == 2
        rooms.officer_actions.take(first, "Marie")
        assert events.until("state")["place"] == 1
        rooms.officer_actions.take(conversation_of(live, client).id, "Marie")
        assert events.until("state", held_by="officer")["place"] is None


def test_the_page_sees_the_officer_type(live: LiveDesk, client: httpx.Client) -> None:
    """The moment at which the officer was last seen to type is in the state, and gone when they leave."""
    rooms = live.desk.rooms
    this = conversation_of(live, client).id
    rooms.officer_actions.take(this, "Marie")
    with stream(client) as response:
        events = Stream(response)
        assert events.until("state", held_by="officer")["typing_at"] is None
        rooms.officer_actions.type(this, "Marie")
        typing_at = datetime.fromisoformat(events.until("state")["typing_at"])
        assert typing_at == NOW
        rooms.officer_actions.give_back(this, "Marie")
        assert events.until("state", held_by="bot")["typing_at"] is None


def test_the_page_says_whether_the_offices_are_open(
    live: LiveDesk, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the hours of service the state says so, and outside them it says that they are closed."""
    for is_open in (True, False):
        monkeypatch.setattr(Calendar, "is_open", lambda _self, moment, found=is_open: found and moment == NOW)
        with stream(client) as response:
            assert Stream(response).until("state")["open"] is is_open


def test_the_page_of_one_who_waits_is_noted_to_be_open(live: LiveDesk, client: httpx.Client) -> None:
    """While a citizen waits for a person with the page open, officers see it; one who talks to the assistant is not."""
    line, this = live.desk.rooms.queue, conversation_of(live, client).id
    with stream(client) as response:
        events = Stream(response)
        send(client, "Bonjour", "message-1")
        events.until("message", seq=2)
        assert line.attendance(this).citizen_seen_at is None
        live.desk.answer = HANDOFF
        send(client, "une personne", "message-2")
        events.until("state", held_by="queue")
        for _ in range(500):
            if line.attendance(this).citizen_seen_at:
                break
            threading.Event().wait(0.005)
        assert line.attendance(this).citizen_seen_at == NOW


def test_a_note_is_on_no_stream(live: LiveDesk, client: httpx.Client) -> None:
    """What officers write to each other is neither an event nor a part of one, nor in the text to keep."""
    rooms = live.desk.rooms
    this = conversation_of(live, client).id
    rooms.officer_actions.take(this, "Marie")
    with stream(client) as response:
        events = Stream(response)
        events.until("state", held_by="officer")
        rooms.officer_actions.note(this, "Marie", "Dossier Quetzal")
        rooms.officer_actions.reply(this, "Marie", "Bonjour")
        name, _, heard = events.next()
        assert (name, heard["text"]) == ("message", "Bonjour")
    with stream(client) as response:
        events = Stream(response)
        everything = [events.next() for _ in range(3)]
        assert [name for name, *_ in everything] == ["message", "message", "state"]
        assert "Quetzal" not in str(everything)
    assert "Quetzal" not in client.get("/chat/transcript").text


def test_one_who_comes_back_finds_what_was_said(live: LiveDesk, client: httpx.Client) -> None:
    """A reply to a page that was closed, with no address to write to, is the first thing its citizen hears again."""
    rooms = live.desk.rooms
    this = conversation_of(live, client).id
    send(client, "Bonjour", "message-1")
    with stream(client) as response:
        Stream(response).until("message", seq=2)
    rooms.officer_actions.take(this, "Marie")
    rooms.officer_actions.reply(this, "Marie", "Voici votre réponse.")
    assert rooms.outbox.counts() == {}
    with stream(client, last=2) as response:
        events = Stream(response)
        assert events.until("message")["author"] == "system"
        found = events.until("message")
        assert (found["name"], found["text"]) == ("Marie", "Voici votre réponse.")


def test_a_page_that_looks_on_hears_what_comes_after_the_erasing(live: LiveDesk, client: httpx.Client) -> None:
    """Where a request is open the stream goes on: the news that it is erased, and what is said from then on."""
    with stream(client) as response:
        events = Stream(response)
        send(client, "Bonjour", "message-1")
        events.until("message", seq=2)
        (found,) = live.desk.rooms.conversations.held("bot")
        live.desk.rooms.tickets.open(conversation=found.id, question="?", language="fr", email=None)
        assert client.post("/chat/forget").status_code == 200
        news = events.until("message", author="system")
        assert (news["seq"], news["erased"]) == (3, True)
        send(client, "encore", "message-2")
        assert events.until("message", author="bot")["text"] == "encore"


def test_text_is_text_on_the_stream(client: httpx.Client) -> None:
    """No words can end an event, begin another, or name a place."""
    with stream(client) as response:
        events = Stream(response)
        for number, text in enumerate(HOSTILE):
            send(client, text, f"message-{number}")
            mine = events.until("message", author="citizen")
            assert (mine["text"], mine["client_id"]) == (as_written(text), f"message-{number}")
            assert events.until("message", author="bot")["seq"] == mine["seq"] + 1


def test_a_page_that_does_not_read_holds_up_nobody(live: LiveDesk, client: httpx.Client) -> None:
    """While one page takes nothing off its stream the others are served, and it finds everything when it reads."""
    with stream(client) as response:
        for number in range(60):
            send(client, f"{number} " + "x" * 1900, f"message-{number}")
        with httpx.Client(base_url=live.url, timeout=10) as other:
            token = other.post("/chat/conversations", json={}).json()["token"]
            other.headers["Authorization"] = f"Bearer {token}"
            with stream(other) as quick:
                send(other, "Bonjour", "message-0")
                assert Stream(quick).until("message", author="bot")["text"] == "Bonjour"
        events = Stream(response)
        seen = [events.until("message")["seq"] for _ in range(120)]
    assert seen == list(range(1, 121))


def test_every_page_hears_that_it_is_erased(client: httpx.Client) -> None:
    """A conversation erased from one page ends the streams of all."""
    with stream(client) as response:
        events = Stream(response)
        events.next()
        assert client.post("/chat/forget").status_code == 204
        events.until("forgotten")

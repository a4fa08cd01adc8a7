"""What a page says to the desk and hears from it (docs/chat-api.md), with a scripted Rasa behind."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
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

CLARIFY = [
    {"text": "Lequel?", "buttons": [{"title": "Un", "payload": '/choose_article{"article": "a"}'}]},
    {"custom": {"outcome": "clarify", "language": "fr"}},
]


class PageClient:
    """A page with one conversation."""

    def __init__(self, desk: Any, token: str | None = None) -> None:
        self.desk = desk
        self.client = desk.client
        self.token = token or self.client.post("/chat/conversations", json={"language": "fr"}).json()["token"]
        self._numbers = 0

    @property
    def headers(self) -> dict[str, str]:
        """What shows whose conversation it is."""
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """Send `body` to an endpoint of the conversation."""
        return self.client.post(f"/chat/{path}", json=body or {}, headers=self.headers)

    def says(self, text: str | None = None, name: str | None = None, **changes: Any) -> httpx.Response:
        """Send a message."""
        self._numbers += 1
        body = {"id": name or f"message-{self._numbers}", "language": "fr", **changes}
        return self.post("messages", {**body, **({"text": text} if text is not None else {})})

    @property
    def conversation(self) -> Any:
        """The conversation as the desk has it."""
        return self.desk.rooms.conversations.find(WEB, address_of(self.token))

    def transcript(self) -> list[tuple[str, str]]:
        """Who said what, as the desk keeps it."""
        return [(m.author, m.text) for m in self.desk.rooms.conversations.transcript(self.conversation.id)]

    def settled(self) -> list[tuple[str, str]]:
        """The transcript, once every message has its replies."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            # Anew each time: the tests have one connection, and the turn needs it.
            with self.desk.rooms.database.reading() as connection:
                left = connection.exec_driver_sql("SELECT count(*) FROM inbox WHERE done_at IS NULL").scalar_one()
            if not left:
                return self.transcript()
            time.sleep(0.005)
        raise AssertionError("a message still waits")


@pytest.fixture
def page(desk: Any) -> PageClient:
    """A page with a new conversation."""
    return PageClient(desk)


def error_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The error of a response that has the status `status`, in both languages."""
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert error["message"] in error["messages"].values()
    assert set(error["messages"]) == {"fr", "en"}
    return error


def test_a_message_is_kept_before_it_is_acknowledged(page: PageClient) -> None:
    """The answer to a message tells its place, and by then it stands in the transcript."""
    response = page.says("Bonjour")
    assert (response.status_code, response.json()) == (202, {"seq": 1, "duplicate": False})
    assert page.transcript()[0] == ("citizen", "Bonjour")
    assert page.settled() == [("citizen", "Bonjour"), ("bot", "Bonjour")]


def test_the_same_message_again_is_one_message(page: PageClient) -> None:
    """A page that sends a message again because it heard nothing gets the same place, and no second reply."""
    page.says("Bonjour", name="same-message")
    response = page.says("Bonjour", name="same-message")
    assert (response.status_code, response.json()) == (202, {"seq": 1, "duplicate": True})
    assert len(page.settled()) == 2
    assert len(page.desk.bodies) == 1


def test_two_conversations_may_use_the_same_id(desk: Any) -> None:
    """An id counts within its conversation."""
    first, second = PageClient(desk), PageClient(desk)
    assert not first.says("un", name="same-message").json()["duplicate"]
    assert not second.says("deux", name="same-message").json()["duplicate"]


def test_tokens_are_long_and_never_kept(desk: Any) -> None:
    """Tokens hold 256 random bits, differ, and stand nowhere in the database."""
    pages = [PageClient(desk) for _ in range(20)]
    assert len({page.token for page in pages}) == 20
    assert all(len(page.token) >= 43 for page in pages)
    pages[0].says("Bonjour")
    pages[0].settled()
    with desk.rooms.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.dbapi_connection.iterdump())
    assert not any(page.token in dump for page in pages)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic abc", "Bearer ' OR 1=1"])
@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "messages"),
        ("POST", "feedback"),
        ("POST", "close"),
        ("POST", "typing"),
        ("POST", "forget"),
        ("GET", "events"),
        ("GET", "transcript"),
    ],
)
def test_nobody_reads_or_writes_without_the_token(desk: Any, method: str, path: str, header: str | None) -> None:
    """Every endpoint of a conversation refuses a missing or unknown token."""
    bodies = {
        "messages": {"id": "message-1", "text": "Bonjour"},
        "feedback": {"seq": 1, "helpful": True},
    }
    headers = {} if header is None else {"Authorization": header}
    response = desk.client.request(method, f"/chat/{path}", json=bodies.get(path, {}), headers=headers)
    assert error_of(response, 401)["code"] == "unknown_conversation"


def test_one_citizen_cannot_see_anothers(desk: Any) -> None:
    """A token opens its own conversation and no other."""
    ana, bob = PageClient(desk), PageClient(desk)
    ana.says("le secret d'Ana")
    ana.settled()
    assert "secret" not in desk.client.get("/chat/transcript", headers=bob.headers).text
    # Nor by the REST convention, whatever one calls oneself.
    desk.post("Bonjour", sender=ana.token)
    assert ana.settled() == [("citizen", "le secret d'Ana"), ("bot", "le secret d'Ana")]


@pytest.mark.parametrize(
    "body, code",
    [
        ({"text": "Bonjour"}, "id_invalid"),
        ({"id": "short", "text": "Bonjour"}, "id_invalid"),
        ({"id": "x" * 65, "text": "Bonjour"}, "id_invalid"),
        ({"id": "message/1", "text": "Bonjour"}, "id_invalid"),
        ({"id": "message-1"}, "message_missing"),
        ({"id": "message-1", "text": 4}, "message_missing"),
        ({"id": "message-1", "text": " \u200b "}, "message_empty"),
        ({"id": "message-1", "text": "x" * 2001}, "message_long"),
        ({"id": "message-1", "press": "1"}, "choice_unknown"),
        ({"id": "message-1", "press": {"seq": 1}}, "choice_unknown"),
        ({"id": "message-1", "press": {"seq": -1, "choice": 0}}, "choice_unknown"),
        ({"id": "message-1", "press": {"seq": 10**30, "choice": 0}}, "choice_unknown"),
        ({"id": "message-1", "press": {"seq": 9, "choice": 0}}, "choice_unknown"),
        ({"id": "message-1", "verb": "shout"}, "message_missing"),
    ],
)
def test_what_is_not_a_message_is_refused(page: PageClient, body: dict[str, Any], code: str) -> None:
    """A refusal names what is wrong, in both languages, and keeps nothing."""
    assert error_of(page.post("messages", body), 422)["code"] == code
    assert page.transcript() == []


def test_a_press_is_told_by_its_place(desk: Any, page: PageClient) -> None:
    """A choice under a question back reaches Rasa as its payload, and stands in the transcript with its title."""
    desk.answer = CLARIFY
    page.says("hein")
    page.settled()
    assert page.says(press={"seq": 2, "choice": 0}).status_code == 202
    page.settled()
    assert desk.bodies[-1]["message"] == '/choose_article{"article": "a"}'
    assert page.says(press={"seq": 2, "choice": 1}).status_code == 202
    page.settled()
    assert desk.bodies[-1]["message"] == "/none_of_these"
    assert error_of(page.says(press={"seq": 2, "choice": 2}), 422)["code"] == "choice_unknown"
    kept = desk.rooms.conversations.transcript(page.conversation.id)
    assert [m.detail["title"] for m in kept if m.kind == "press"] == ["Un", "Aucun de ces sujets"]


def test_a_person_is_a_press_away(desk: Any, page: PageClient) -> None:
    """The wish to talk to a person reaches Rasa as the act that it is."""
    page.says(verb="person")
    page.settled()
    assert desk.bodies[-1]["message"] == "/request_officer"


def test_typed_payloads_are_words(desk: Any, page: PageClient) -> None:
    """What a citizen types is never a command, even if it looks like one."""
    page.says("/restart")
    page.says("/open_ticket")
    page.settled()
    assert [body["message"] for body in desk.bodies] == ["restart", "open_ticket"]


def test_one_conversation_is_limited(make_desk: Callable[..., Any]) -> None:
    """Who writes too fast hears so, with when to try again; the others are not held up."""
    desk = make_desk(sender_burst=2, sender_per_second=0.01)
    page = PageClient(desk)
    assert [page.says(str(n)).status_code for n in range(3)] == [202, 202, 429]
    response = page.says("encore", language="en")
    assert error_of(response, 429)["message"].startswith("You have sent many messages")
    assert int(response.headers["retry-after"]) >= 1
    assert PageClient(desk).says("Bonjour").status_code == 202


def test_one_address_is_limited(make_desk: Callable[..., Any]) -> None:
    """Whoever opens conversation after conversation from one address is slowed down, on the REST webhook too."""
    desk = make_desk(address_burst=3, address_per_second=0.01)
    statuses = [desk.client.post("/chat/conversations", json={}).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    assert error_of(desk.post(), 429)["code"] == "too_many"


def test_waiting_messages_are_limited(make_desk: Callable[..., Any]) -> None:
    """More waiting messages than are held for one citizen are refused in the page's language."""
    desk = make_desk(sender_waiting=0)
    response = PageClient(desk).says("Hello", language="en")
    assert error_of(response, 429)["message"].startswith("You have sent many messages")


def test_without_a_database_nothing_is_acknowledged(page: PageClient) -> None:
    """A message that could not be kept is told to be so: 503, and when to try again."""
    page.desk.break_database()
    response = page.says("Bonjour")
    assert error_of(response, 503)["code"] == "unavailable"
    assert response.headers["retry-after"] == "5"


def test_an_opinion_is_kept_once(page: PageClient) -> None:
    """What a citizen says of a reply is kept, and said again it replaces the former."""
    page.says("Bonjour")
    page.settled()
    assert page.post("feedback", {"seq": 2, "helpful": False, "reason": "unclear", "comment": " trop long "}).is_success
    assert page.post("feedback", {"seq": 2, "helpful": True, "reason": "unclear"}).status_code == 204
    (said,) = page.desk.rooms.conversations.since(page.conversation.id, 1)
    assert said.helpful is True
    with page.desk.rooms.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT helpful, reason, comment FROM feedback").all()
    assert [tuple(row) for row in rows] == [(1, None, None)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seq": 2},
        {"seq": 1, "helpful": True},
        {"seq": 3, "helpful": True},
        {"seq": True, "helpful": True},
        {"seq": 2, "helpful": "yes"},
        {"seq": 2, "helpful": False, "reason": "because"},
        {"seq": 2, "helpful": False, "comment": "x" * 501},
        {"seq": 2, "helpful": False, "comment": ["x"]},
    ],
)
def test_what_is_not_an_opinion_is_refused(page: PageClient, body: dict[str, Any]) -> None:
    """An opinion is of a reply of the assistant, with a known reason and a short comment."""
    page.says("Bonjour")
    page.settled()
    assert error_of(page.post("feedback", body), 422)["code"] == "feedback_invalid"


def test_the_transcript_is_a_text_to_keep(desk: Any, page: PageClient) -> None:
    """The transcript says who said what and when, with sources, in the language asked for."""
    source = {"title": "Déclaration", "section": "Joindre", "effective": "2001-04-01", "updated": "2006-09-29"}
    custom = {"outcome": "answered", "language": "fr", "sources": [source]}
    desk.answer = [{"text": "À Québec.", "buttons": []}, {"custom": custom}]
    page.says("<b>Où</b>?")
    page.settled()
    response = desk.client.get("/chat/transcript?lang=en", headers=page.headers)
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["content-disposition"] == 'attachment; filename="conversation.txt"'
    assert re.sub(r"\[.*?\]", "[…]", response.text) == (
        "Conversation with the automated assistant of the Ministère des Relations internationales\n\n"
        "[…] You\n<b>Où</b>?\n\n"
        "[…] Automated assistant\nÀ Québec.\n(Déclaration – Joindre, 2006-09-29)\n"
    )


def test_a_closed_conversation_opens_again(page: PageClient) -> None:
    """A citizen may leave, and comes back by writing."""
    page.says("Bonjour")
    page.settled()
    assert page.post("close").status_code == 204
    assert page.conversation.held_by == "closed"
    page.says("encore")
    page.settled()
    assert page.conversation.held_by == "bot"


def test_forgetting_erases_everything_and_the_token(page: PageClient) -> None:
    """After erasing, nothing that was said is in the database, and the token opens nothing."""
    page.says("canari-7F3A")
    page.settled()
    assert page.post("forget").status_code == 204
    with page.desk.rooms.database.engine.connect() as connection:
        assert "canari-7F3A" not in "\n".join(connection.connection.dbapi_connection.iterdump())
    assert error_of(page.says("encore"), 401)["code"] == "unknown_conversation"


def test_forgetting_leaves_the_way_of_an_answer_that_is_owed(desk: Any, page: PageClient) -> None:
    """With a request still open the token stays, and the one thing left says which answer is to come."""
    page.says("canari-7F3A")
    page.settled()
    opened = [
        desk.rooms.tickets.open(conversation=page.conversation.id, question=f"{n}?", language="fr", email=None)
        for n in range(5)
    ]
    with desk.rooms.database.writing() as connection:  # the newest are answered, the oldest is not
        connection.exec_driver_sql(f"UPDATE tickets SET state = 'closed' WHERE reference <> '{opened[0].reference}'")
    response = page.post("forget")
    assert (response.status_code, response.json()) == (200, {"tickets": [opened[0].reference]})
    ((author, text),) = page.transcript()
    assert author == "system"
    assert opened[0].reference in text
    desk.rooms.conversations.say(page.conversation.id, lambda h: h, "Voici.", "Marie", desk.rooms.now())
    assert page.transcript()[-1] == ("officer", "Voici.")


@pytest.mark.parametrize("path", ["/chat/conversations", "/chat/messages", "/webhooks/rest/webhook", "/"])
def test_pages_that_are_not_listed_are_refused(desk: Any, path: str) -> None:
    """A request that a browser makes for a foreign page is refused, whatever it asks for."""
    for origin in ("https://evil.example", "null", "http://testserver.evil.example"):
        response = desk.client.post(path, json={}, headers={"Origin": origin})
        assert error_of(response, 403)["code"] == "origin"
        assert "access-control-allow-origin" not in response.headers


def test_listed_pages_and_the_desks_own_are_served(make_desk: Callable[..., Any]) -> None:
    """A listed origin is answered by name, before and at the request; the desk's own needs no list."""
    desk = make_desk(allowed_origins="https://www.example.org, http://localhost:3000")
    for origin in ("https://www.example.org", "http://localhost:3000"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        before = desk.client.options("/chat/messages", headers=asked)
        assert before.status_code == 204
        assert "authorization" in before.headers["access-control-allow-headers"]
        response = desk.client.post("/chat/conversations", json={}, headers={"Origin": origin})
        assert response.status_code == 201
        assert response.headers["access-control-allow-origin"] == origin
        assert "Origin" in response.headers["vary"]
    own = desk.client.post("/chat/conversations", json={}, headers={"Origin": "http://testserver"})
    assert own.status_code == 201


def test_nothing_that_a_citizen_writes_is_logged(desk: Any, page: PageClient, caplog: pytest.LogCaptureFixture) -> None:
    """Neither words nor tokens appear in the log, also when things go wrong."""
    caplog.set_level(logging.DEBUG)
    page.says("canari-7F3A")
    page.settled()
    desk.answer = ZeroDivisionError("fault")
    page.says("canari-7F3A encore")
    desk.answer = httpx.Response(500)
    page.says("canari-7F3A toujours")
    page.post("messages", {"id": "message-9", "text": "canari-7F3A" * 300})
    assert "canari-7F3A" not in caplog.text
    assert page.token not in caplog.text


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_text_in_the_transcript(desk: Any, page: PageClient, text: str) -> None:
    """Whatever is written is kept as words, and stands in the transcript as it is."""
    assert page.says(text).status_code == 202
    said = page.settled()
    assert said[0] == ("citizen", as_written(text))
    response = desk.client.get("/chat/transcript", headers=page.headers)
    assert as_written(text) in response.text
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "\0" not in response.text


def test_a_citizen_who_types_is_seen_by_the_officer(page: PageClient) -> None:
    """To one who holds the conversation it shows that the citizen types; nobody else hears of it."""
    line = page.desk.rooms.queue
    assert page.post("typing").status_code == 204
    assert line.attendance(page.conversation.id).citizen_typing_at is None
    page.desk.rooms.officer_actions.take(page.conversation.id, "Marie")
    response = page.post("typing")
    assert (response.status_code, response.content) == (204, b"")
    assert line.attendance(page.conversation.id).citizen_typing_at == NOW
    page.desk.rooms.officer_actions.give_back(page.conversation.id, "Marie")
    assert [author for author, _ in page.transcript()] == ["system", "system"]


def test_typing_in_haste_is_slowed_down(make_desk: Callable[..., Any]) -> None:
    """A page that tells again and again that somebody types is told to wait."""
    page = PageClient(make_desk())
    found = [page.post("typing") for _ in range(60)]
    assert {response.status_code for response in found[:20]} == {204}
    response = next(response for response in found if response.status_code != 204)
    assert error_of(response, 429)["code"] == "too_many"
    assert "retry-after" in response.headers


def test_typing_uses_up_no_message(make_desk: Callable[..., Any]) -> None:
    """One who has typed for long may still send what was typed."""
    page = PageClient(make_desk(sender_burst=1, sender_per_second=0.01))
    assert [page.post("typing").status_code for _ in range(5)] == [204] * 5
    assert [page.says("Bonjour").status_code for _ in range(2)] == [202, 429]


def test_without_a_database_typing_is_refused_in_words(page: PageClient) -> None:
    """That a citizen types cannot be kept without a database: the page is told so, and not with a fault."""
    page.desk.break_database()
    assert error_of(page.post("typing"), 503)["code"] == "unavailable"


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


def test_lines_are_kept_for_people_and_not_for_the_assistant(desk: Any, page: PageClient) -> None:
    """Who writes in paragraphs is read in paragraphs; the assistant gets the words."""
    page.says("Bonjour,\r\n\n\n\nune  question :\nquel est le numéro?")
    page.settled()
    assert page.transcript()[0][1] == "Bonjour,\r\n\n\n\nune  question :\nquel est le numéro?"
    assert desk.bodies[0]["message"] == "Bonjour, une question : quel est le numéro?"


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


def test_ones_data_are_given_to_the_token_alone(page: PageClient, desk: Any) -> None:
    """The file holds what was said here, and nobody without the token gets it."""
    page.says("canari-7F3A")
    page.settled()
    response = page.client.get("/chat/data", headers=page.headers)
    assert response.headers["content-type"] == "application/json"
    assert "attachment" in response.headers["content-disposition"]
    assert "canari-7F3A" in [message["text"] for message in response.json()["messages"]]
    assert page.client.get("/chat/data").status_code == 401
    assert "canari-7F3A" not in PageClient(desk).client.get("/chat/data", headers=PageClient(desk).headers).text

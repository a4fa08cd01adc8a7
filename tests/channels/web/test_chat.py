"""What a page says to the desk and hears from it (docs/chat-api.md), with a scripted Rasa behind."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.channels.web import WEB
from bot.channels.web.chat import address_of
from bot.core.written import as_written
from tests.cast import NOW
from tests.hostile import HOSTILE

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


def test_lines_are_kept_for_people_and_not_for_the_assistant(desk: Any, page: PageClient) -> None:
    """Who writes in paragraphs is read in paragraphs; the assistant gets the words."""
    page.says("Bonjour,\r\n\n\n\nune  question :\nquel est le numéro?")
    page.settled()
    assert page.transcript()[0][1] == "Bonjour,\r\n\n\n\nune  question :\nquel est le numéro?"
    assert desk.bodies[0]["message"] == "Bonjour, une question : quel est le numéro?"


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

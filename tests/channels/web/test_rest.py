"""Chat over HTTP against the whole desk, with a scripted Rasa behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.channels.web import rest
from bot.messages import payloads
from bot.messages.conversation import Reply

URL = "/webhooks/rest/webhook"
HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy")
BUTTON = {"title": "Oui", "payload": "/open_ticket"}


def stamped(desk: Any, seq: int) -> list[dict[str, str]]:
    """The button as it stands under the message at a place: its payload says so."""
    return payloads.standing_under([BUTTON], payloads.key_of(conversation_of(desk).id, seq))


def error_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The JSON error of a response that has the status `status`."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()["error"]


def test_a_reply_is_an_item_of_the_convention(desk: Any) -> None:
    """The answer is a list of items with recipient, text, buttons and custom part."""
    custom = {"outcome": "clarify", "language": "en", "intent": "inquiry", "options": ["address"]}
    desk.answer = [{"text": "Un."}, {"text": "Deux.", "buttons": [BUTTON]}, {"custom": custom}]
    response = desk.post("Where?", language="en")
    assert response.status_code == 200
    item = {"recipient_id": "ana", "text": "Un.\n\nDeux.", "buttons": stamped(desk, 2), "custom": custom}
    assert response.json() == [item]


def test_without_buttons_there_is_no_buttons_field(desk: Any) -> None:
    """A reply without buttons carries no field for them, and always a custom part."""
    desk.answer = [{"text": "Bonjour"}]
    assert desk.post().json() == [{"recipient_id": "ana", "text": "Bonjour", "custom": {}}]


def test_each_reply_is_an_item(desk: Any) -> None:
    """Two replies are two items, in order."""
    desk.answer = [{"text": "A"}, {"custom": {"n": 1}}, {"text": "B"}, {"custom": {"n": 2}}]
    assert [(item["text"], item["custom"]) for item in desk.post().json()] == [("A", {"n": 1}), ("B", {"n": 2})]


def test_the_sender_is_told_back_and_not_shown_to_rasa(desk: Any) -> None:
    """The recipient is the sender as given; Rasa knows the conversation by another name."""
    (item,) = desk.post(sender="citoyen n° 7").json()
    assert item["recipient_id"] == "citoyen n° 7"
    assert desk.bodies[0]["sender"] != "citoyen n° 7"


def break_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the endpoint fail in a way that nobody foresaw."""

    def fail(*_arguments: Any) -> Any:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(rest, "parse_incoming", fail)


def test_metadata_is_optional(desk: Any) -> None:
    """A client that sends only sender and message is answered."""
    response = desk.client.post(URL, json={"sender": "ana", "message": "Bonjour"})
    assert response.status_code == 200
    assert desk.bodies[0]["metadata"] == {"language": "fr", "message": 1, "attempt": 1}


def test_markup_comes_back_as_text(desk: Any) -> None:
    """What looks like markup stays the text that it is, in JSON."""
    response = desk.post("<img src=x onerror=alert(1)> 😀 مرحبا")
    assert response.headers["content-type"] == "application/json"
    assert response.json()[0]["text"] == "<img src=x onerror=alert(1)> 😀 مرحبا"


@pytest.mark.parametrize(
    "body, status, code",
    [
        (b"{", 400, "invalid_json"),
        (b"[]", 400, "invalid_json"),
        (b"\xff", 400, "invalid_json"),
        (b'{"message": "x"}', 422, "sender_missing"),
        (b'{"sender": " ", "message": "x"}', 422, "sender_invalid"),
        (b'{"sender": "a"}', 422, "message_missing"),
        (b'{"sender": "a", "message": " "}', 422, "message_empty"),
        (b'{"sender": "a", "message": "' + b"x" * 2001 + b'"}', 422, "message_long"),
        (b'{"sender": "a", "message": "x", "metadata": 7}', 422, "metadata_invalid"),
        (b'{"sender": "a", "message": "' + b"x" * 70_000 + b'"}', 413, "too_large"),
    ],
)
def test_a_refusal_says_why_in_both_languages(desk: Any, body: bytes, status: int, code: str) -> None:
    """What cannot be taken is refused with its status, a code for programs, and words in both languages."""
    error = error_of(desk.client.post(URL, content=body), status)
    assert error["code"] == code
    assert set(error["messages"]) == {"fr", "en"}
    assert error["messages"]["fr"] != error["messages"]["en"]
    assert error["message"] == error["messages"]["fr"]
    assert "{" not in error["message"]
    assert desk.bodies == []


def test_a_refusal_is_in_the_pages_language(desk: Any) -> None:
    """The first words of a refusal are in the language of the page."""
    error = error_of(desk.post("x" * 2001, language="en"), 422)
    assert (
        error["message"]
        == error["messages"]["en"]
        == "Your message is longer than 2000 characters. Can you shorten it?"
    )


def test_a_body_of_the_largest_size_is_read(make_desk: Any) -> None:
    """A body of exactly the largest size is read and one byte more is refused."""
    desk = make_desk(max_body_bytes=100)
    body = b'{"sender": "a", "message": "x"}'
    assert desk.client.post(URL, content=body.ljust(100)).status_code == 200
    assert error_of(desk.client.post(URL, content=body.ljust(101)), 413)["code"] == "too_large"


def test_a_body_without_a_length_is_measured_too(desk: Any) -> None:
    """A body sent in pieces is refused as soon as it is too large."""

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1024

    assert error_of(desk.client.post(URL, content=pieces()), 413)["code"] == "too_large"


def test_haste_is_slowed_down(make_desk: Any) -> None:
    """Beyond the burst a sender is told to wait, in whole seconds, and others are not."""
    desk = make_desk(sender_burst=2, sender_per_second=0.01)
    assert [desk.post().status_code for _ in range(2)] == [200, 200]
    response = desk.post(language="en")
    error = error_of(response, 429)
    assert error["code"] == "too_many"
    assert error["message"] == error["messages"]["en"]
    assert 90 <= int(response.headers["retry-after"]) <= 100
    assert desk.post(sender="bob").status_code == 200
    assert len(desk.bodies) == 3


def test_too_many_waiting_are_told_to_come_back(make_desk: Any) -> None:
    """A sender with too many messages waiting gets 429 and when to try again."""
    desk = make_desk(sender_waiting=0)
    response = desk.post()
    assert error_of(response, 429)["code"] == "too_many"
    assert response.headers["retry-after"] == "1"


def conversation_of(desk: Any, sender: str = "ana") -> Any:
    """The conversation of a sender."""
    return desk.rooms.conversations.find("rest", sender)


def test_what_a_person_said_comes_with_the_next_message(desk: Any) -> None:
    """Clients that only fetch hear what an officer said, with the name, before the replies to their next message."""
    desk.post("Bonjour")
    this = conversation_of(desk).id
    desk.rooms.officer_actions.take(this, "Marie")
    desk.rooms.officer_actions.reply(this, "Marie", "Bonjour, ici Marie.")
    desk.rooms.officer_actions.note(this, "Marie", "Dossier Quetzal")
    response = desk.post("Merci")
    assert response.json() == [
        {
            "recipient_id": "ana",
            "text": "Marie a rejoint la conversation.",
            "custom": {"outcome": "handoff", "author": "system", "name": None},
        },
        {
            "recipient_id": "ana",
            "text": "Bonjour, ici Marie.",
            "custom": {"outcome": "handoff", "author": "officer", "name": "Marie"},
        },
    ]
    assert desk.post("Encore").json() == []  # told once; and while Marie holds it the assistant is silent
    desk.rooms.officer_actions.give_back(this, "Marie")
    items = desk.post("Et maintenant?").json()
    assert [item["text"].split(".")[0] for item in items] == ["Marie a quitté la conversation", "Et maintenant?"]
    assert "Quetzal" not in response.text


def test_an_answer_to_a_ticket_comes_with_the_next_message(desk: Any) -> None:
    """The answer to a request that was left by such a client, without an address, is told with its next message."""
    desk.post("Bonjour")
    this = conversation_of(desk)
    ticket = desk.rooms.tickets.open(
        conversation=this.id, question="?", language="fr", email=None, channel=this.channel
    )
    desk.rooms.answers.answer(ticket.reference, "Marie", "Voici votre réponse.")
    first, second = desk.post("Alors?").json()
    assert (first["text"], first["custom"]["name"], second["text"]) == ("Voici votre réponse.", "Marie", "Alors?")


def test_what_the_desk_said_by_itself_comes_with_its_buttons(desk: Any) -> None:
    """The offer of a ticket that was made when the offices closed is told with the next message, buttons and all."""
    desk.answer = [{"text": "Une personne viendra."}, {"custom": {"outcome": "handoff", "held_by": "queue"}}]
    desk.post("une personne")
    offer = Reply("Nos bureaux ferment.", (BUTTON,), {"outcome": "handoff", "news": "closed"})
    assert desk.rooms.conversations.announce(conversation_of(desk).id, "queue", offer, desk.rooms.now())
    desk.answer = None
    first, second = desk.post("allô?").json()
    assert (first["text"], first["buttons"]) == ("Nos bureaux ferment.", stamped(desk, 3))
    assert (first["custom"]["author"], first["custom"]["news"]) == ("bot", "closed")
    assert second["text"] == "allô?"


def test_what_was_said_to_another_is_not_told(desk: Any) -> None:
    """Each client hears its own conversation."""
    for sender in ("ana", "bob"):
        desk.post("Bonjour", sender)
    desk.rooms.officer_actions.take(conversation_of(desk, "bob").id, "Marie")
    assert [item["text"] for item in desk.post("Merci").json()] == ["Merci"]


def test_a_reply_is_told_though_what_was_missed_cannot_be_read(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the database fails between the reply and the look for what was missed, the reply is still told."""

    def fail(*_arguments: Any) -> Any:
        raise sa.exc.OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(desk.rooms.conversations, "said_since_last", fail)
    response = desk.post("Bonjour")
    assert (response.status_code, [item["text"] for item in response.json()]) == (200, ["Bonjour"])


def test_a_broken_database_is_told(desk: Any) -> None:
    """Without a database the desk says that the message was not received, and Rasa is not asked."""
    desk.break_database()
    response = desk.post(language="en")
    error = error_of(response, 503)
    assert error["code"] == "unavailable"
    assert "was not received" in error["message"]
    assert response.headers["retry-after"] == "5"
    assert desk.bodies == []


@pytest.mark.parametrize("path", ["/nowhere", "/static/nothing.js", "/static/../desk.py", "/webhooks/rest/", "/docs"])
def test_an_unknown_address_is_told_in_json(desk: Any, path: str) -> None:
    """What does not exist is 404 with a JSON error."""
    assert error_of(desk.client.get(path), 404)["code"] == "not_found"


@pytest.mark.parametrize(
    "method, path",
    [("GET", URL), ("PUT", URL), ("DELETE", URL), ("POST", "/"), ("POST", "/healthz"), ("POST", "/metrics")],
)
def test_a_wrong_method_is_told_in_json(desk: Any, method: str, path: str) -> None:
    """A method that an address does not take is 405 with a JSON error and the methods that it does take."""
    response = desk.client.request(method, path)
    assert error_of(response, 405)["code"] == "method_not_allowed"
    assert ("POST" if path == URL else "GET") in response.headers["allow"]


def test_the_unexpected_is_told_in_json(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that nobody foresaw is 500 with a JSON error that gives nothing away."""
    break_something(monkeypatch)
    response = desk.post()
    assert error_of(response, 500) == {"code": "internal", "message": "Erreur interne / Internal error"}
    assert "secret" not in response.text


def test_a_fault_in_a_turn_is_not_silence(desk: Any) -> None:
    """A fault while the reply is made gives the fallback text, and the message is kept to be taken again."""
    desk.answer = ZeroDivisionError("secret detail")
    response = desk.post()
    assert response.json()[0]["custom"]["outcome"] == "unanswered"
    assert "secret" not in response.text


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/static/chat.js", "/nowhere", URL])
def test_every_response_carries_the_security_headers(desk: Any, path: str) -> None:
    """Whatever is asked for, the browser is told to load nothing foreign, to guess no types and to tell no referrer."""
    headers = desk.client.get(path).headers
    assert [name for name in HEADERS if name not in headers] == []
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")


def test_replies_and_refusals_carry_the_security_headers(desk: Any) -> None:
    """The chat's own responses carry the security headers too."""
    for response in (desk.post(), desk.post("")):
        assert [name for name in HEADERS if name not in response.headers] == []


def test_an_unexpected_fault_carries_the_security_headers(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the response to a fault that nobody foresaw carries the security headers."""
    break_something(monkeypatch)
    response = desk.post()
    assert response.status_code == 500
    assert [name for name in HEADERS if name not in response.headers] == []


def test_healthz_says_that_the_process_lives(desk: Any) -> None:
    """The process lives, whatever is broken around it."""
    desk.break_database()
    desk.rasa_status = desk.actions_status = 503
    response = desk.client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readyz_says_that_all_answer(desk: Any) -> None:
    """With database, Rasa and actions answering the desk is ready."""
    response = desk.client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "database": True, "rasa": True, "actions": True}


@pytest.mark.parametrize("broken", ["database", "rasa", "actions"])
def test_readyz_names_what_does_not_answer(desk: Any, broken: str) -> None:
    """With any of the three failing the desk is not ready and says which it is."""
    if broken == "database":
        desk.break_database()
    else:
        setattr(desk, f"{broken}_status", 503)
    response = desk.client.get("/readyz")
    checks = {"database": True, "rasa": True, "actions": True, broken: False}
    assert (response.status_code, response.json()) == (503, {"ready": False, **checks})


def test_metrics_count_and_tell_nothing_personal(desk: Any) -> None:
    """Requests are counted by status; nothing of senders or their words is there to read."""
    desk.post("mon mot Quetzal", sender="ana-4711")
    desk.post("", sender="ana-4711")
    response = desk.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert 'guichet_requests_total{route="chat",status="200"} 1.0' in response.text
    assert 'guichet_requests_total{route="chat",status="422"} 1.0' in response.text
    assert 'guichet_request_seconds_count{route="chat"} 2.0' in response.text
    assert "Quetzal" not in response.text
    assert "4711" not in response.text


def test_nothing_that_was_written_is_logged(make_desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Answered, refused, in trouble or broken: neither the words nor the sender reach the log, at any level."""
    caplog.set_level(logging.DEBUG)
    desk = make_desk()
    words, sender = "Quetzal zoe@example.com 418-555-0199", "ana-4711"
    assert desk.post(words, sender).status_code == 200
    assert desk.post(words * 100, sender).status_code == 422
    for answer in (httpx.ConnectError(words), httpx.Response(500, text=words), httpx.Response(200, text=words), []):
        desk.answer = answer
        assert desk.post(words, sender).status_code == 200
    assert desk.post("/open_ticket", sender).json()[0]["custom"]["outcome"] == "ticket"
    desk.break_database()
    assert desk.post(words, sender).status_code == 503
    assert "the assistant did not answer" in caplog.text
    assert "the database does not answer" in caplog.text
    for secret in ("Quetzal", "zoe@", "555-0199", "4711"):
        assert secret not in caplog.text


TROUBLE = {
    "fr": ("Où êtes-vous situés?", "Je suis désolé", "Oui, transmettre ma question", "mercredi 30 décembre 2026"),
    "en": ("Where are your offices?", "I am sorry", "Yes, pass my question on", "Wednesday, December 30, 2026"),
}


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("dead"),
        httpx.ReadTimeout("slow"),
        httpx.Response(500),
        httpx.Response(200, json=[]),
        httpx.Response(200, content=b"<html>"),
    ],
    ids=["dead", "slow", "failing", "empty", "not json"],
)
def test_without_rasa_the_citizen_still_gets_a_ticket(desk: Any, answer: Any, lang: str) -> None:
    """A dead, slow or empty Rasa gives 200 with the text and offer in the citizen's language, and a real ticket."""
    desk.answer = answer
    question, start, title, date = TROUBLE[lang]
    response = desk.post(question)
    assert response.status_code == 200
    (item,) = response.json()
    assert item["text"].startswith(start)
    assert date in item["text"]
    assert [button["payload"].partition("{")[0] for button in item["buttons"]] == ["/open_ticket", "/deny"]
    assert item["buttons"][0]["title"] == title
    assert item["custom"]["language"] == lang
    assert item["custom"]["ticket"] == {
        "reference": None,
        "due": "2026-12-30T22:00:00+00:00",
        "question": question,
    }

    (opened,) = desk.post("/open_ticket").json()
    (ticket,) = desk.rooms.tickets.store.by_due_moment()
    assert (ticket.question, ticket.language, ticket.state) == (question, lang, "open")
    assert opened["custom"]["ticket"]["reference"] == ticket.reference
    assert ticket.reference in opened["text"]
    assert date in opened["text"]


def test_items_that_are_not_rasas_are_trouble(desk: Any) -> None:
    """An answer of another shape gives the fallback text, not an error."""
    desk.answer = httpx.Response(200, json=["text"])
    response = desk.post("Where are your offices?")
    assert response.status_code == 200
    assert response.json()[0]["text"].startswith("I am sorry")


def test_when_rasa_is_back_it_answers(desk: Any) -> None:
    """After trouble the next message is answered by Rasa as before."""
    desk.answer = httpx.ConnectError("dead")
    desk.post("Bonjour")
    desk.answer = None
    assert desk.post("Merci").json()[0]["text"] == "Merci"


@pytest.mark.parametrize("lang, words", [("fr", "Voici ce que je garde de vous"), ("en", "Here is what I keep of you")])
def test_ones_data_come_with_the_reply(desk: Any, lang: str, words: str) -> None:
    """Asked for in words or by the press, what is kept is told, and all of it is in the reply, but not kept again."""
    desk.answer = [{"text": "Bonjour"}]
    desk.post("canari-7F3A")
    desk.answer = [{"text": "x"}, {"custom": {"outcome": "smalltalk", "language": lang, "desk": "/my_data"}}]
    for message in ("mes données", "/my_data"):
        (item,) = desk.post(message, language=lang).json()
        assert item["text"].startswith(words)
        texts = [said["text"] for said in item["custom"]["data"]["messages"]]
        assert texts[:2] == ["canari-7F3A", "Bonjour"]
    with desk.rooms.database.reading() as connection:
        details = connection.execute(sa.text("SELECT detail FROM messages")).scalars().all()
    assert not any('"data"' in str(detail) for detail in details)


def test_another_sender_gets_only_their_own_data(desk: Any) -> None:
    """Nobody gets another's words."""
    desk.answer = [{"text": "Bonjour"}]
    desk.post("canari-7F3A", sender="ana")
    (item,) = desk.post("/my_data", sender="bob").json()
    assert "canari" not in str(item)

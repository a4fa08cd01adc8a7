"""A new channel is a folder and an entry: text messages go the whole way, and no other room knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.app import make_app
from bot.bootstrap import Rooms, wire
from bot.channels.registry import CHANNELS
from bot.core.settings import Settings
from bot.messages import payloads
from bot.messages.conversation import OFFICER, Conversation
from tests.cast import PASSWORD, ScriptedRasa, language_of
from tests.channels.email.test_email_whole_way import Officer, until
from tests.channels.sms.entry import PIECE_CHARS, Gateway, Sms
from tests.scripted_http import ScriptedHttp

ANA = "+14185550123"
LONG = " ".join(f"Phrase {number} de la réponse, qui est longue." for number in range(1, 12))


class Phone:
    """A citizen's telephone, and the desk at the other end of the gateway."""

    def __init__(self, rooms: Rooms, client: TestClient, gateway: Gateway) -> None:
        self.rooms = rooms
        self.client = client
        self.gateway = gateway
        self._sent = 0
        self._read = 0

    def write(self, text: str) -> None:
        """Send one message."""
        self._sent += 1
        body = {"id": f"sms-{self._sent}", "from": ANA, "text": text}
        assert self.client.post("/webhooks/sms", json=body).status_code == 202

    def reads(self, *wanted: str) -> list[str]:
        """What comes, until all that is wanted is in it."""

        def new() -> list[str]:
            return [text for number, text in self.gateway.carried[self._read :] if number == ANA]

        until(lambda: all(words in " ".join(new()) for words in wanted))
        found = new()
        self._read += len(found)
        return found

    @property
    def conversation(self) -> Conversation:
        """The citizen's."""
        found = self.rooms.conversations.find("sms", ANA)
        assert found
        return found


@pytest.fixture
def phone(sqlite_files: Any, rasa: ScriptedRasa, tmp_path: Path) -> Iterator[Phone]:
    """A desk with all its channels and one more."""
    gateway = Gateway()
    rooms = wire(
        Settings(database_url=sqlite_files.new(), mail_in_dir=tmp_path / "in", mail_dir=tmp_path / "out"),
        channels=(*CHANNELS, partial(Sms, gateway=gateway)),
        assistant=rasa.assistant(),
        actions=ScriptedHttp(lambda _request: None),
        language_of=language_of,
    )
    rooms.people.add(login="marie", name="Marie", role="officer", password=PASSWORD)
    with TestClient(make_app(rooms), base_url="http://desk.test", follow_redirects=False) as client:
        yield Phone(rooms, client, gateway)
    rooms.close()


def replies(text: str, **custom: Any) -> Any:
    """What Rasa answers, whatever it is told."""

    def answer(body: dict[str, Any]) -> Any:
        sender = {"recipient_id": body["sender"]}
        buttons = custom.pop("buttons", [])
        whole = {"outcome": "answered", "language": "fr", "intent": None, **custom}
        return [{**sender, "text": text, "buttons": buttons}, {**sender, "custom": whole}]

    return answer


def test_a_reply_goes_out_in_pieces(phone: Phone, rasa: ScriptedRasa) -> None:
    """A message in by the channel's own route, its reply out by its own sender, in order, cut as the channel cuts."""
    rasa.answer = replies(LONG)
    phone.write("Quels sont les délais?")
    pieces = phone.reads("Phrase 11")
    assert [body["message"] for body in rasa.bodies] == ["Quels sont les délais?"]
    assert len(pieces) > 2
    assert max(map(len, pieces)) <= PIECE_CHARS
    assert " ".join(pieces) == LONG


def test_a_choice_is_pressed_by_its_number(phone: Phone, rasa: ScriptedRasa) -> None:
    """Buttons are numbers to this channel; pressing one is a press to the desk."""
    rasa.answer = replies("Je n'ai pas de réponse.", buttons=[{"title": "Demander", "payload": payloads.OPEN_TICKET}])
    phone.write("Une question")
    phone.reads("1: Demander")
    rasa.answer = replies("C'est noté.")
    phone.write("1")
    phone.reads("C'est noté.")
    assert rasa.bodies[-1]["message"] == payloads.OPEN_TICKET
    assert rasa.bodies[-1]["metadata"]["under"]["late"] is False


def test_an_officer_takes_over(phone: Phone, rasa: ScriptedRasa) -> None:
    """Staff read what came and by which channel, and what they write at the console goes out by it."""
    rasa.answer = replies("Une personne viendra.", held_by="queue", outcome="handoff")
    phone.write("Je veux parler à quelqu'un")
    phone.reads("Une personne viendra.")
    place = f"/console/conversations/{phone.conversation.id}"
    marie = Officer(phone.client)
    page = marie.get(place).text
    assert "Je veux parler à quelqu&#39;un" in page
    assert "Texto" in page
    assert "channel_sms" not in page
    assert marie.post(f"{place}/take").status_code == 303
    phone.reads("Marie")
    assert phone.conversation.held_by == OFFICER
    marie.get(place)
    assert marie.post(f"{place}/reply", text="Bonjour, je vous écoute.").status_code == 303
    phone.reads("Bonjour, je vous écoute.")
    phone.write("Merci!")
    until(lambda: "Merci!" in marie.get(place).text)
    told = [body["message"] for body in rasa.bodies if "message" in body]
    assert told == ["Je veux parler à quelqu'un"], "the officer reads what follows, not the assistant"
    assert "Texto" in marie.get("/console").text + marie.get("/console/tickets").text


def test_everything_is_erased(phone: Phone, rasa: ScriptedRasa) -> None:
    """Who asks for it in words, and agrees, is told so by the channel, and nothing is left of them."""
    rasa.answer = replies("…", desk=payloads.FORGET_CONFIRMED)
    phone.write("Effacez tout ce que vous savez de moi")
    phone.reads("1: ", "2: ")
    phone.write("1")
    phone.reads("effac")
    until(lambda: phone.rooms.conversations.find("sms", ANA) is None)


def test_what_is_kept_is_told(phone: Phone, rasa: ScriptedRasa) -> None:
    """By a channel that carries no file, the citizen reads what is kept, and is promised none."""
    rasa.answer = replies("…", desk=payloads.MY_DATA)
    phone.write("Que savez-vous de moi?")
    assert "JSON" not in " ".join(phone.reads("messages, 1"))


def test_what_cannot_be_delivered_is_parked(phone: Phone, rasa: ScriptedRasa) -> None:
    """Staff see by which channel a message did not go out."""
    phone.gateway.unknown.add(ANA)
    rasa.answer = replies("Bonjour.")
    phone.write("Bonjour")
    until(lambda: phone.rooms.outbox.parked())
    page = Officer(phone.client).get("/console/undelivered").text
    assert "Texto" in page

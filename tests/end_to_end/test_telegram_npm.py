"""Citizens on Telegram as npm's `telegram-test-api` has it, which nobody here wrote; all of ours is real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings
from tests.cast import PASSWORD
from tests.end_to_end.desk_process import RunningDesk
from tests.end_to_end.officer_page import PAGE_MS, done, log_in
from tests.telegram_test_api import TOKEN, Person, TelegramTestApi, until

ALBUM = {"media_group_id": "8", "photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]}


@dataclass
class Place:
    """A Guichet with a bot there, its rooms, and Marie at the console."""

    api: TelegramTestApi
    desk: RunningDesk
    rooms: Rooms
    marie: Page

    def conversation(self, person: Person) -> str:
        """The identifier of the conversation with a person."""
        found = self.rooms.conversations.find("telegram", str(person.number))
        assert found
        return found.id


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Place]:
    """Everything started as a person starts it."""
    with TelegramTestApi() as api:
        settings = {"telegram_token": TOKEN, "telegram_api_url": api.url}
        with RunningDesk(tmp_path_factory.mktemp("telegram"), **settings) as desk:
            rooms = wire(Settings(database_url=desk.env["GUICHET_DATABASE_URL"]))
            rooms.people.add(login="marie", name="Marie", role="officer", password=PASSWORD)
            yield Place(api, desk, rooms, log_in(browser, desk, "marie"))
            rooms.close()


@pytest.mark.parametrize(
    ("language", "question", "answer", "source"),
    [
        (
            "fr",
            "Quel est le numéro à Montréal?",
            "À Montréal, vous pouvez nous joindre au (514) 873-6708.",
            "Source : ",
        ),
        ("en", "What is the number in Montréal?", "In Montréal, you can reach us at (514) 873-6708.", "Source: "),
    ],
)
def test_a_question_is_answered(place: Place, language: str, question: str, answer: str, source: str) -> None:
    """In the language in which it is asked, with its source."""
    ana = place.api.citizen(language)
    ana.says(question)
    said, shown = ana.hears(1).split("\n\n")
    assert said == answer
    assert shown.startswith(source)


def test_a_question_becomes_a_request_and_is_answered(place: Place) -> None:
    """What no article answers is passed on by two buttons, each gone once pressed; the officer's answer arrives."""
    ana = place.api.citizen("fr")
    ana.says("Combien est payé un stagiaire?")
    assert ana.hears(1).startswith("Je n'ai pas de réponse approuvée à cette question.")
    ana.presses("Oui, transmettre ma question")
    ana.hears(2)
    ana.presses("Recevoir la réponse ici")
    opened = ana.hears(3)
    until(lambda: not any(ana.offered), "buttons that were pressed are still there")

    reference = re.findall(r"RI-\w{4}-\w{4}", opened)[0]
    (ticket,) = place.rooms.tickets.store.of_conversation(place.conversation(ana))
    assert (ticket.reference, ticket.question) == (reference, "Combien est payé un stagiaire?")
    place.marie.goto(f"{place.desk.url}/console/tickets/{reference}")
    place.marie.fill("#text", "Le stage est payé 750 $ par mois.")
    place.marie.get_by_role("button", name="Envoyer la réponse", exact=True).click()
    done(place.marie, "La réponse est partie.")
    assert ana.hears(4) == "Marie :\n\nLe stage est payé 750 $ par mois."


def test_an_officer_sees_that_a_citizen_has_blocked_the_bot(place: Place) -> None:
    """What Marie writes to one who has gone says so at the message; nothing arrives."""
    ana = place.api.citizen("fr")
    ana.says("Je veux parler à une personne")
    ana.hears(1)
    place.marie.goto(f"{place.desk.url}/console/conversations/{place.conversation(ana)}")
    place.marie.click("#owner button")
    joined = ana.hears(2)
    assert "Marie" in joined
    ana.blocks()
    place.marie.fill("#text", "Bonjour Ana")
    place.marie.click(".composer button.main")
    written = place.marie.locator("#log .message.officer", has_text="Bonjour Ana")
    expect(written.locator(".undelivered")).to_contain_text("La personne a bloqué l’assistant.", timeout=PAGE_MS)
    assert ana.hears(2) == joined


def test_an_album_is_one_message_with_one_reply(place: Place) -> None:
    """Of four photos one has words: these are answered, and nothing else is said."""
    ana = place.api.citizen("en")
    for number in range(4):
        ana.shows(**ALBUM, **({"caption": "What is the number in Montréal?"} if number == 2 else {}))
    assert ana.hears(1).startswith("In Montréal")
    ana.says("thank you")
    ana.hears(2)
    said = place.rooms.conversations.transcript(place.conversation(ana))
    assert [(message.author, message.text) for message in said if message.author == "citizen"] == [
        ("citizen", "What is the number in Montréal?"),
        ("citizen", "thank you"),
    ]


def test_a_command_is_answered_in_its_language(place: Place) -> None:
    """Whatever was spoken before."""
    ana = place.api.citizen("fr")
    ana.says("Bonjour")
    ana.hears(1)
    ana.says("/status")
    assert ana.hears(2).startswith("What is the number of your request?")
    ana.says("/statut")
    assert ana.hears(3).startswith("Quel est le numéro de votre demande?")

"""Buttons pressed long after they were offered: each belongs to what it stood under."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from bot.bootstrap import wire
from bot.core.settings import Settings
from bot.core.texts import Texts
from tests.end_to_end.desk_process import Citizen, Replies, RunningDesk

A = {"fr": "Quel est le salaire de la ministre?", "en": "What is the salary of the minister?"}
B = {"fr": "Combien coûte un passeport pour un enfant?", "en": "How much is a passport for a child?"}
COMPLAIN = {"fr": "je veux porter plainte", "en": "I want to file a complaint"}


@pytest.fixture(scope="module")
def texts() -> Iterator[Texts]:
    """The approved texts."""
    wired = wire(Settings())
    yield wired.texts
    wired.close()


def button(replies: Replies, name: str) -> str:
    """The payload of the button of this name under the last replies, with all that it carries."""
    return next(b["payload"] for reply in replies for b in reply.get("buttons", []) if b["payload"].startswith(name))


def questions(desk: RunningDesk, citizen: Citizen) -> list[str]:
    """What the citizen's requests ask."""
    wired = wire(Settings(database_url=desk.env["GUICHET_DATABASE_URL"]))
    try:
        conversation = wired.conversations.find("rest", citizen.sender)
        assert conversation
        return [ticket.question for ticket in wired.tickets.store.of_conversation(conversation.id)]
    finally:
        wired.close()


def offered(citizen: Citizen, text: str, lang: str) -> str:
    """The button that passes a question on, offered under it."""
    return button(citizen.says(text, language=lang), "/open_ticket")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_offer_under_a_passes_on_a(desk: RunningDesk, citizen: Citizen, lang: str) -> None:
    """A and B are offered, an article is given: the button under A passes on A, and pressed again tells of it."""
    first = offered(citizen, A[lang], lang)
    offered(citizen, B[lang], lang)
    citizen.says("Quel est votre numéro de téléphone à Québec?" if lang == "fr" else "What is your address?")
    asked = citizen.says(first)
    assert asked.custom["ticket"]["question"] == A[lang]
    opened = citizen.says(button(asked, "/keep_here"))
    assert opened.outcome == "ticket"
    assert questions(desk, citizen) == [A[lang]]
    again = citizen.says(first)
    assert (again.outcome, again.reference) == ("ticket", opened.reference)
    assert questions(desk, citizen) == [A[lang]]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_during_a_complaint_no_old_button_answers_it(
    desk: RunningDesk, citizen: Citizen, texts: Texts, lang: str
) -> None:
    """Neither "no, thank you" nor "receive it here" or "cancel" of before is taken for the complaint's answer."""
    asked = citizen.says(offered(citizen, A[lang], lang))
    here, cancel = button(asked, "/keep_here"), button(asked, "/cancel")
    citizen.says(cancel)
    late = citizen.says(B[lang], language=lang)
    complaint = citizen.says(COMPLAIN[lang], language=lang)
    assert complaint.outcome == "form"
    subject = button(complaint, "/choose")
    citizen.says(subject)
    citizen.says(
        "On m'a fait attendre trois heures sans réponse" if lang == "fr" else "I waited three hours for nothing"
    )
    read_back = citizen.says("ana@example.org")
    confirm = button(read_back, "/affirm")
    for old in (here, cancel, button(late, "/deny")):
        reply = citizen.says(old)
        assert confirm.split("{")[0] in [payload.split("{")[0] for payload in reply.payloads], reply
        assert not questions(desk, citizen)
    assert texts.get("offer_declined", lang) in reply.text
    # The offer itself is another matter: its question is asked about, and the complaint can be resumed.
    asked = citizen.says(button(late, "/open_ticket"))
    assert asked.custom["ticket"]["question"] == B[lang]
    citizen.says(button(asked, "/keep_here"))
    assert questions(desk, citizen) == [B[lang]]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_choice_of_a_dialogue_that_is_over_offers_to_begin_again(citizen: Citizen, texts: Texts, lang: str) -> None:
    """A form's choice is kindly said to be over; the button beside it begins the dialogue again."""
    asked = citizen.says("quand vais-je avoir ma réponse?" if lang == "fr" else "when will I get my answer?")
    choice, cancel = button(asked, "/choose"), button(asked, "/cancel")
    citizen.says(choice)
    told = citizen.says("hier" if lang == "fr" else "yesterday")
    assert told.outcome == "answered"
    for old in (choice, cancel):
        over = citizen.says(old)
        assert over.text == texts.get("step_over", lang)
    begun = citizen.says(button(over, "/reply_date"))
    assert begun.outcome == "form"
    # The same dialogue under way anew: the choice of its first time is not its answer.
    over = citizen.says(choice)
    assert texts.get("step_over", lang) in over.text
    assert "/choose" in over.payloads[0]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_old_confirmation_confirms_nothing_that_has_changed(
    desk: RunningDesk, citizen: Citizen, texts: Texts, lang: str
) -> None:
    """What is confirmed is what stood above the button: once it has changed, it is read back anew."""
    citizen.says(COMPLAIN[lang], language=lang)
    citizen.says("le site web" if lang == "fr" else "the website")
    citizen.says("Le site ne fonctionne pas depuis lundi" if lang == "fr" else "The site has not worked since Monday")
    confirm = button(citizen.says("ana@example.org"), "/affirm")
    citizen.says("luc@example.org")
    reply = citizen.says(confirm)
    assert texts.get("read_back_changed", lang) in reply.text
    assert "luc@example.org" in reply.text
    assert not questions(desk, citizen)
    assert citizen.says(button(reply, "/affirm")).outcome == "ticket"


def test_an_old_agreement_erases_nothing(citizen: Citizen, texts: Texts) -> None:
    """ "Yes, erase everything" under what is past asks anew; so does a "yes" that is said after the question."""
    asked = citizen.says("/forget")
    citizen.says("Où êtes-vous situés?")
    assert citizen.says(button(asked, "/forget_confirmed")).text == texts.get("forget_ask", "fr")
    citizen.says("effacez tout ce que vous savez de moi")
    citizen.says("/forget_declined")
    assert citizen.says("oui").text == texts.get("forget_ask", "fr")


def test_the_pages_old_choices_pass_on_their_own_question(desk: RunningDesk) -> None:
    """By the page's interface a choice is named by its message: under A it passes on A."""
    page = desk.page()
    first = page.hears(page.sends(A["fr"]))
    page.hears(page.sends(B["fr"]))
    asked = page.hears(page.presses(first, 0))
    opened = page.hears(page.presses(asked, 0))
    wired = wire(Settings(database_url=desk.env["GUICHET_DATABASE_URL"]))
    ticket = wired.tickets.store.find(opened["ticket"]["reference"])
    wired.close()
    assert ticket is not None
    assert ticket.question == A["fr"]


@pytest.mark.parametrize("text", ["🫠", "🎉🎉", "½"])
def test_a_sign_alone_is_a_message(citizen: Citizen, text: str) -> None:
    """What can be seen is answered courteously, never refused."""
    reply = citizen.says(text)
    assert reply.text
    assert reply.outcome in ("clarify", "smalltalk", "unanswered")


def test_the_words_that_are_passed_on_are_those_that_were_written(desk: RunningDesk, citizen: Citizen) -> None:
    """A request asks in the citizen's own letters, spaces and lines."""
    written = "  Combien de m² de bureaux louez-vous,\n\n à 3½ ¢ près,  au Québec 🫠?"
    citizen.says(button(citizen.says(written), "/open_ticket"))
    citizen.says("/keep_here")
    assert questions(desk, citizen) == [written]


def test_an_empty_message_stays_refused(desk: RunningDesk) -> None:
    """White space and what nobody sees are no message."""
    for text in (" \n", "\u200b\u2060"):
        said = {"sender": "ana", "message": text}
        response = httpx.post(f"{desk.url}/webhooks/rest/webhook", json=said, timeout=30)
        assert (response.status_code, response.json()["error"]["code"]) == (422, "message_empty")

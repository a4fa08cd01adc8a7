"""Two officers in the console and citizens in the widget, at once, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
<<<<<<< HEAD
from playwright.sync_api import Page, expect

=======
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from bot.conversations.answers import Inquiry
from bot.conversations.conversation import Incoming
from bot.conversations.correspondence import keep_email
from bot.conversations.files import File, keep
>>>>>>> wt-d
from bot.knowledge.article import parse_article
from bot.wiring import Rooms
from tests.browser.chat import Chat
from tests.browser.conftest import MakeOfficer, Site
from tests.browser.furnished import ARTICLE, TRIED


def waiting(page: Page, question: str) -> Any:
    """The line's entry of a citizen who asked `question`."""
    return page.locator(".entry", has_text=question)


def test_takeover_from_the_line_to_the_end(chat: Chat, make_officer: MakeOfficer) -> None:
    """A citizen asks for a person; of two officers one gets them; they talk, see each other type, and part."""
    marie, paul = make_officer("marie"), make_officer("paul")
    chat.asks("Ma question sur le passeport jaune")
    chat.part("person").click()
    expect(chat.status).to_contain_text("rang dans la file")
    expect(waiting(marie, "passeport jaune")).to_be_visible()
    expect(waiting(paul, "passeport jaune")).to_be_visible()

    waiting(marie, "passeport jaune").locator("button.main").click()
    expect(marie.locator("#text")).to_be_visible()
    expect(chat.messages.last).to_contain_text("Marie a rejoint la conversation")
    expect(waiting(paul, "passeport jaune").locator("button.main")).to_have_count(0)

    marie.locator("#text").press_sequentially("Bonjour! Je vérifie.")
    expect(chat.panel.locator(".typing")).to_contain_text("Marie écrit")
    marie.locator("#text").press("Control+Enter")
    expect(chat.messages.last).to_contain_text("Bonjour! Je vérifie.")
    expect(marie.locator("#log .message.officer").last).to_contain_text("Bonjour! Je vérifie.")

    chat.field.press_sequentially("Merci")
    expect(marie.locator("#typing")).to_contain_text("La personne écrit")
    chat.field.press("Enter")
    expect(marie.locator("#log .message.citizen").last).to_contain_text("Merci")

    marie.fill("#note", "À rappeler demain")
    marie.locator("#note").locator("xpath=ancestor::form").locator("button").click()
    expect(marie.locator("#log .message.note")).to_contain_text("À rappeler demain")
    assert not any("rappeler" in text for text in chat.texts)

    marie.get_by_role("button", name="Rendre à l'assistant").click()
    expect(marie.locator(".done")).to_be_visible()
    expect(chat.messages.last).to_contain_text("L'assistant automatisé vous répond de nouveau")
    chat.asks("encore une chose")
    expect(chat.messages.last).to_contain_text("encore une chose")


def test_two_who_press_at_once(chat: Chat, make_officer: MakeOfficer, site: Site) -> None:
    """The officer who comes second is told who has the conversation, and can write nothing in it."""
    chat.asks("Une question sur le timbre bleu")
    chat.part("person").click()
    paul = make_officer("paul")
    expect(waiting(paul, "timbre bleu")).to_be_visible()
    address = waiting(paul, "timbre bleu").locator("form").get_attribute("action") or ""
    token = paul.locator("input[name=form_token]").first.get_attribute("value") or ""
    site.rooms.officers.take(site.conversation(chat.token).id, "Marie")
    answer = paul.request.post(site.url + address, form={"form_token": token})
    assert answer.status == 409
    assert "Marie tient déjà cette conversation" in answer.text()
    site.rooms.officers.close(site.conversation(chat.token).id, "Marie")


def test_a_text_that_could_not_be_sent_is_kept(chat: Chat, make_officer: MakeOfficer, site: Site) -> None:
    """An officer who no longer holds the conversation reads why, and still has what they wrote."""
    chat.asks("Une question sur la carte verte")
    chat.part("person").click()
    marie = make_officer("marie")
    waiting(marie, "carte verte").locator("button.main").click()
    marie.fill("#text", "Voici une longue réponse.")
    site.rooms.officers.give_back(site.conversation(chat.token).id, "Marie")
    marie.locator("form.composer button.main").click()
    expect(marie.locator(".problem")).to_be_visible()
    expect(marie.locator("#text")).to_have_value("Voici une longue réponse.")


<<<<<<< HEAD
def test_a_trial_that_ends_leads_on_by_itself(
    make_site: Callable[..., Site], make_officer: MakeOfficer, monkeypatch: pytest.MonkeyPatch
=======
PAGES = (
    "conversations",
    "tickets",
    "tickets/new",
    "knowledge",
    "knowledge/new",
    "knowledge/unanswered",
    "knowledge/releases",
    "overview",
    "staff",
    "journal",
    "account",
    "password",
    "code/new",
    "undelivered",
    "mail",
)


ANSWER = {"fr": "Nous sommes ouverts de 8 h 30 à 17 h.", "en": "We are open from 8:30 a.m. to 5:00 p.m."}
ARTICLE = {
    "id": "hours",
    "title": {"fr": "Nos heures", "en": "Our hours"},
    "answer": ANSWER,
    "sources": [
        {
            "document": {"fr": "Déclaration de services", "en": "Declaration of services"},
            "section": {"fr": "Nous joindre", "en": "Reach us"},
            "effective": "2001-04-01",
            "updated": "2006-09-29",
        }
    ],
    "audience": ["everyone"],
    "review_by": "2027-03-31",
    "questions": {"fr": ["Quand ouvrez-vous?"], "en": ["When do you open?"]},
}


def e_mail(rooms: Rooms, name: str, text: str, aside: str | None = None) -> tuple[str, int]:
    """Keep an e-mail with all that one may have: its conversation, and the number of its message."""
    long = "une ligne citée " * 20
    refused = [{"name": "programme-" + "x" * 60 + ".exe", "why": "type"}]
    detail = {"sender": "ana@example.org", "sender_name": "Ana", "subject": "Carte", "automatic": aside}
    detail |= {"quoted": long, "signature": "Ana", "refused": refused, "sealed": True}

    def beside(connection: sa.Connection, message_id: int) -> None:
        keep_email(connection, message_id, name=name, sender="ana@example.org", aside=aside, at=rooms.now())
        keep(connection, message_id, [File("curriculum-vitae.pdf", "application/pdf", b"%PDF-1.4")])

    incoming = Incoming("email", name, name, text, detail={"email": detail})
    accepted = rooms.inbox.accept(incoming, rooms.now(), beside=beside)
    turn = rooms.inbox.first_turn(accepted, incoming, rooms.now())
    rooms.inbox.complete(turn, [], rooms.now(), language="fr", wants=None)
    return accepted.conversation.id, accepted.message_id


@pytest.fixture(scope="module")
def pages_of_things(site: Site) -> tuple[str, ...]:
    """The pages of an article with a draft, and of requests that were registered or came by e-mail."""
    rooms = site.rooms
    rooms.articles.publish([parse_article(ARTICLE)], rooms.now())
    rooms.drafts.save({**ARTICLE, "answer": {**ANSWER, "fr": "Nous ouvrons à 8 h 30."}}, "Paul", edits=0)
    today = rooms.calendar.local_date(rooms.now())
    inquiry = Inquiry("phone", today, "email-reply", "Où est la carte?", "fr", contact="418 555-0199")
    ticket = rooms.answers.register(inquiry, "Marie")
    letter = e_mail(rooms, "<1@example.org>", "Où est la carte?")
    by_mail = rooms.tickets.open(
        conversation=letter[0], question="Carte", language="fr", email=None, message=letter[1], channel="email"
    )
    e_mail(rooms, "<2@example.org>", "Je suis absente.", aside="away")
    return (
        f"tickets/{by_mail.reference}",
        f"conversations/{letter[0]}",
        "knowledge/hours",
        "knowledge/hours/edit",
        "knowledge/hours/versions/2",
        f"tickets/{ticket.reference}",
        f"conversations/{ticket.conversation}",
    )


@pytest.mark.parametrize(
    "lang, size, scheme", [("fr", WIDE, "light"), ("en", NARROW, "light"), ("fr", NARROW, "dark"), ("en", WIDE, "dark")]
)
def test_every_page_is_accessible(
    make_officer: MakeOfficer,
    site: Site,
    pages_of_things: tuple[str, ...],
    lang: str,
    size: dict[str, int],
    scheme: str,
>>>>>>> wt-d
) -> None:
    """When the trial of an archiving is done, its result and the button that archives come without a reload."""
    monkeypatch.setattr("bot.knowledge.librarian.LOOK_SECONDS", 3600.0)  # the test does the trial
    site = make_site()
    site.rooms.articles.publish([parse_article(ARTICLE)], site.rooms.now())
    marie = make_officer("marie", at=site)
    marie.goto(f"{site.url}/console/knowledge/{ARTICLE['id']}")
    archive = marie.get_by_role("button", name="Retirer l'article")
    marie.get_by_role("button", name="Essayer de le retirer").click()
    expect(marie.locator("#trial-box .busy")).to_be_visible()
    expect(archive).to_have_count(0)
    trial = site.rooms.releases.next_trial()
    assert trial
    site.rooms.releases.finish(trial.id, TRIED, b"")
    expect(marie.locator("#trial-box table")).to_be_visible()
    marie.fill("#archive-reason", "Il ne vaut plus.")
    archive.click()
    expect(marie.locator(".done")).to_contain_text("L'article est retiré.")

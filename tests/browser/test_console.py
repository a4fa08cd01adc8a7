"""Two officers in the console and citizens in the widget, at once, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.knowledge.article import parse_article
from bot.tickets.answers import Inquiry
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
    site.rooms.officer_actions.take(site.conversation(chat.token).id, "Marie")
    answer = paul.request.post(site.url + address, form={"form_token": token})
    assert answer.status == 409
    assert "Marie tient déjà cette conversation" in answer.text()
    site.rooms.officer_actions.close(site.conversation(chat.token).id, "Marie")


def test_a_text_that_could_not_be_sent_is_kept(chat: Chat, make_officer: MakeOfficer, site: Site) -> None:
    """An officer who no longer holds the conversation sees the composer go, and still has what they wrote."""
    chat.asks("Une question sur la carte verte")
    chat.part("person").click()
    marie = make_officer("marie")
    waiting(marie, "carte verte").locator("button.main").click()
    marie.locator("#text").press_sequentially("Voici une longue réponse.")
    site.rooms.officer_actions.give_back(site.conversation(chat.token).id, "Marie")
    expect(marie.locator("form.composer")).to_have_count(0)
    expect(marie.locator(".unsent textarea")).to_have_value("Voici une longue réponse.")


def test_a_trial_that_ends_leads_on_by_itself(
    make_site: Callable[..., Site], make_officer: MakeOfficer, monkeypatch: pytest.MonkeyPatch
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
    trial = site.rooms.releases.trials.take()
    assert trial
    site.rooms.releases.trials.finish(trial.id, TRIED, b"")
    expect(marie.locator("#trial-box table")).to_be_visible()
    marie.fill("#archive-reason", "Il ne vaut plus.")
    archive.click()
    expect(marie.locator(".done")).to_contain_text("L'article est retiré.")


def test_a_new_alert_is_counted_while_a_page_is_open(make_officer: MakeOfficer, make_site: Callable[..., Site]) -> None:
    """The bar of a page that shows what happens counts it without a reload; opened, it is seen and counted no more."""
    site = make_site()
    rooms = site.rooms
    paul = make_officer("paul", at=site)
    paul.goto(f"{site.url}/console/tickets")
    expect(paul.locator("#list")).to_be_visible()
    expect(paul.locator("#notices .count")).to_have_count(0)
    inquiry = Inquiry("phone", date(2026, 11, 2), "email-reply", "Et ma bourse?", "fr")
    reference = rooms.answers.register(inquiry, "Paul").reference
    rooms.clock_monitor.look()
    expect(paul.locator("#notices .count")).to_have_text("1")
    paul.locator("#notices a").click()
    expect(paul.locator("table.notices")).to_contain_text(reference)
    expect(paul.locator("#notices .count")).to_have_count(0)

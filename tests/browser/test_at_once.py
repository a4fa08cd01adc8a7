"""Two officers and two citizens at once, one in the widget and one in Telegram, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import MakeOfficer, Site
from tests.telegram_emulator import TOKEN, Emulator

_PATIENCE = 10.0


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A Bot API server."""
    with Emulator() as running:
        yield running


@pytest.fixture
def telegram_site(make_site: Callable[..., Site], emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A desk with a bot on the emulator, which says more than a message a second to one chat."""
    monkeypatch.setattr("bot.channels.telegram.sending.TelegramSender.address_per_second", 1000.0)
    return make_site(telegram_token=TOKEN, telegram_api_url=emulator.url, telegram_timeout=2.0)


def entry(page: Page, section: str, question: str) -> Locator:
    """What a section of the queue's page ("waiting", "mine", "others") shows of a citizen who asked `question`."""
    return page.locator(f"section[aria-labelledby={section}] .entry", has_text=question)


def replies(page: Page, text: str) -> None:
    """The officer writes to the citizen of the conversation before them."""
    page.fill("#text", text)
    page.locator("form.composer button.main").click()
    expect(page.locator("#log .message.officer").last).to_contain_text(text)


def test_two_officers_and_two_citizens(
    telegram_site: Site, emulator: Emulator, make_chat: Callable[..., Chat], make_officer: MakeOfficer
) -> None:
    """Each officer takes one of the two who wait and answers; one is handed on to the other, and then back."""
    marie, paul = make_officer("marie", at=telegram_site), make_officer("paul", at=telegram_site)
    chat, ana = make_chat(at=telegram_site).opened(), emulator.citizen("en")

    def heard(count: int, text: str) -> None:
        assert text in ana.hears(count)[-1]
        assert len(ana.heard) == count

    chat.asks("Ma question sur le passeport jaune")
    chat.part("person").click()
    expect(chat.status).to_contain_text("rang dans la file : 1")
    ana.says("/start")  # as every conversation in Telegram begins; it tells the language of her Telegram
    heard(1, "/greet")
    ana.says("phone about the green permit?")
    heard(2, "In Montréal, you can reach us")
    ana.says("personne")
    heard(3, "A person will answer you here.")
    for page in (marie, paul):
        expect(entry(page, "waiting", "passeport jaune").locator(".place")).to_have_text("1")
        expect(entry(page, "waiting", "green permit").locator(".place")).to_have_text("2")
    expect(entry(marie, "waiting", "green permit")).to_contain_text("Telegram")

    entry(marie, "waiting", "passeport jaune").locator("button.main").click()
    entry(paul, "waiting", "green permit").locator("button.main").click()
    expect(chat.messages.last).to_contain_text("Marie a rejoint la conversation")
    heard(4, "Paul has joined the conversation.")
    replies(marie, "Le passeport jaune est bleu.")
    replies(paul, "The green permit is red.")
    expect(chat.messages.last).to_contain_text("Le passeport jaune est bleu.")
    heard(5, "Paul:\n\nThe green permit is red.")
    ana.says("And the green permit by mail?")
    expect(paul.locator("#log .message.citizen").last).to_contain_text("And the green permit by mail?")
    assert not any("permit" in text for text in chat.texts)
    assert not any("passeport" in text for text in ana.heard)

    marie.goto(f"{telegram_site.url}/console/conversations")
    expect(entry(marie, "mine", "passeport jaune")).to_be_visible()
    expect(entry(marie, "others", "green permit")).to_contain_text("Paul tient cette conversation")
    paul.select_option("#to", "Marie")
    paul.get_by_role("button", name="Confier").click()
    expect(paul.locator(".done")).to_contain_text("confiée à votre collègue")
    heard(6, "Marie has joined the conversation.")
    expect(entry(marie, "mine", "green permit")).to_be_visible()
    entry(marie, "mine", "green permit").locator("a.button").click()
    expect(marie.locator("#log .message.officer").last).to_contain_text("The green permit is red.")
    replies(marie, "Anything else?")
    heard(7, "Marie:\n\nAnything else?")

    marie.get_by_role("button", name="Rendre à l'assistant").click()
    expect(marie.locator(".done")).to_contain_text("rendue à l'assistant")
    heard(8, "The automated assistant answers you again.")
    ana.says("phone")
    assert "In Montréal, you can reach us at" in ana.hears(9)[8]
    expect(entry(marie, "mine", "passeport jaune")).to_be_visible()
    expect(chat.panel.locator(".held.officer")).to_be_visible()


def test_two_press_in_the_same_moment(
    make_site: Callable[..., Site],
    make_chat: Callable[..., Chat],
    make_officer: MakeOfficer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two officers whose presses arrive together one gets the citizen, and the other reads who has them."""
    site = make_site()
    both_here = threading.Barrier(2, timeout=_PATIENCE)
    take = site.rooms.officer_actions.take

    def take_together(*given: Any) -> Any:
        both_here.wait()  # neither goes on before the other's press is here too
        return take(*given)

    monkeypatch.setattr(site.rooms.officer_actions, "take", take_together)
    chat = make_chat(at=site).opened()
    pages = {"Marie": make_officer("marie", at=site), "Paul": make_officer("paul", at=site)}
    chat.asks("Une question sur le timbre bleu")
    chat.part("person").click()
    buttons = [entry(page, "waiting", "timbre bleu").locator("button.main") for page in pages.values()]
    for button in buttons:
        expect(button).to_be_visible()
    for button in buttons:
        button.click(no_wait_after=True)

    expect(chat.messages.last).to_contain_text("a rejoint la conversation")
    winner = site.conversation(chat.token).officer
    (loser,) = pages.keys() - {winner}
    expect(pages[loser].get_by_role("alert")).to_have_text(f"{winner} tient déjà cette conversation.")
    replies(pages[winner], f"Bonjour de {winner}")
    expect(chat.messages.last).to_contain_text(f"Bonjour de {winner}")
    assert [text for author, text in site.said(chat.token) if "a rejoint" in text] == [
        f"{winner} a rejoint la conversation."
    ]
    # The refusal left the page where it was, and it goes on showing what happens.
    expect(entry(pages[loser], "others", "timbre bleu")).to_contain_text(f"{winner} tient cette conversation")

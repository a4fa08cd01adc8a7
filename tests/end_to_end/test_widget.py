"""The widget in a browser with the real processes: the desk's page, a site that replaces its pages, and an officer."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Chat
from tests.cast import PASSWORD
from tests.end_to_end.desk_process import RunningDesk
from tests.end_to_end.officer_page import log_in

PHONE = {"width": 390, "height": 844}
# Another page of the site in the place of this one, as Turbo puts it there.
VISIT = """async (address) => {
  const next = new DOMParser().parseFromString(await (await fetch(address)).text(), 'text/html');
  const body = document.adoptNode(next.body);
  document.documentElement.lang = next.documentElement.lang;
  document.body.replaceWith(body);
}"""


def visitor(browser: Browser, desk: RunningDesk, lang: str, **options: object) -> Chat:
    """Somebody new before the desk's page."""
    page: Page = browser.new_context(locale="fr-CA", reduced_motion="reduce", **options).new_page()
    page.goto(f"{desk.url}/?lang={lang}")
    return Chat(page)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_question_of_the_page_is_answered(desk: RunningDesk, browser: Browser, lang: str) -> None:
    """Each press is answered from the knowledge base, in the page's language, with its source."""
    chat = visitor(browser, desk, lang)
    buttons = chat.page.locator("main [data-guichet-ask]")
    expect(buttons).to_have_count(4)
    expect(chat.page.locator(".article")).to_have_count(2)
    for place in range(4):
        buttons.nth(place).press("Enter")  # the open chat covers some of them
        expect(chat.messages).to_have_count(2 * place + 2)
        answer = chat.messages.last
        expect(answer.locator(".source")).to_be_visible()
        expect(answer.locator(".text")).to_have_attribute("lang", lang)
        expect(answer.locator(".feedback")).to_be_visible()
    chat.page.context.close()


def test_the_conversation_goes_on_from_page_to_page(desk: RunningDesk, browser: Browser) -> None:
    """Pages in the place of one another: one stream, the conversation stays, and the next question is answered."""
    chat = visitor(browser, desk, "fr")
    begun: list[str] = []
    chat.page.on("request", lambda sent: begun.append(sent.url) if sent.url.endswith("/chat/events") else None)
    chat.opened().asks("Quelles sont vos heures de service téléphonique?")
    for lang in ("en", "fr") * 4:
        chat.page.evaluate(VISIT, f"/?lang={lang}")
        expect(chat.panel).to_have_attribute("lang", lang)
    expect(chat.messages).to_have_count(2)
    chat.asks("c koi le numero a montreal")
    expect(chat.messages.last.locator(".text a")).to_have_attribute("href", "tel:+15148736708")
    assert len(begun) == 1
    chat.page.context.close()


def test_one_talks_with_an_officer_on_a_phone(own_desk: RunningDesk, browser: Browser) -> None:
    """From the demonstration's line to an officer's answer: who is there, what can be pressed, and what ends."""
    desk = own_desk
    chat = visitor(browser, desk, "fr", viewport=PHONE)
    expect(chat.page.locator(".demonstration")).to_contain_text("Ceci est une démonstration")
    add = [sys.executable, "-m", "bot.cli", "staff", "add", "marie", "--name", "Marie"]
    subprocess.run([*add, "--password-stdin"], env=desk.env, input=PASSWORD.encode(), check=True)
    chat.page.reload()
    expect(chat.page.locator(".demonstration")).to_have_count(0)
    chat.opened().asks("Combien est payé un stagiaire?")
    expect(chat.panel.locator(".choice").first).to_be_enabled()
    chat.part("person").click()
    # The place, or that the offices are closed: the desk's clock is the real one.
    expect(chat.status).to_contain_text(re.compile("rang dans la file|bureaux sont fermés"))

    officer = log_in(browser, desk, "marie")
    officer.locator("section[aria-labelledby=waiting] button.main").first.click()
    expect(chat.panel.locator("#title")).to_have_text("Marie")
    officer.locator("#text").press_sequentially("Appelez le 418 649-2300 ou voyez www.quebec.ca.")
    expect(chat.panel.locator(".typing")).to_have_text("Marie écrit…")
    officer.locator("form.composer button.main").click()
    links = chat.panel.locator(".message.officer .text a")
    expect(links).to_have_count(2)
    expect(chat.panel.locator(".typing")).to_be_hidden(timeout=2_000)
    officer.get_by_role("button", name="Terminer").click()
    expect(chat.status).to_contain_text("terminée")
    assert chat.panel.evaluate("(panel) => panel.matches(':modal')")
    chat.page.reload()
    chat.opened()
    expect(chat.status).to_contain_text("terminée")
    expect(chat.panel.locator(".choice:enabled")).to_have_count(0)
    for page in (chat.page, officer):
        page.context.close()

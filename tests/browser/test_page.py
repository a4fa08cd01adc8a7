"""The desk's own page, which is what somebody new sees first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.knowledge.files import load_corpus
from tests.browser.chat import Chat
from tests.browser.conftest import Site

WIDE, PHONE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}, {"width": 320, "height": 640}


@pytest.fixture(scope="module", autouse=True)
def published(site: Site) -> None:
    """The committed articles, published."""
    articles = load_corpus(site.rooms.settings.data_dir / "knowledge").articles
    site.rooms.articles.publish(articles, site.rooms.now())


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_the_page(
    make_chat: Callable[..., Chat], lang: str, size: dict[str, int], scheme: str
) -> None:
    """Axe finds nothing, nothing is wider than the window, and everything is large enough to touch."""
    page = make_chat(lang, viewport=size, color_scheme=scheme).page
    expect(page.locator(".ways section")).to_have_count(4)
    assert Chat(page).complaints() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = page.locator("main button").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert len(heights) >= 4
    assert min(heights) >= 44


@pytest.mark.parametrize("lang, name", [("fr", "Poser une question"), ("en", "Ask a question")])
def test_the_button_of_the_card_opens_the_chat(make_chat: Callable[..., Chat], lang: str, name: str) -> None:
    """One press, and one writes; on a phone one reads first."""
    chat = make_chat(lang)
    chat.page.locator("main").get_by_role("button", name=name).click()
    expect(chat.field).to_be_focused()
    phone = make_chat(lang, viewport=PHONE)
    phone.page.locator("main").get_by_role("button", name=name).click()
    expect(phone.log).to_be_focused()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_question_of_the_page_is_asked(make_chat: Callable[..., Chat], site: Site, lang: str) -> None:
    """One press opens the chat and asks; another asks the next, in the chat that stands open."""
    chat = make_chat(lang)
    starters = site.rooms.organization.front_page.starters
    buttons = chat.page.locator("main [data-guichet-ask]")
    for count, starter in enumerate(starters[:2], 1):
        buttons.nth(count - 1).press("Enter")  # the open chat covers some of them
        expect(chat.messages).to_have_count(2 * count)
        assert chat.texts[-2] == starter.question[lang]


def test_a_question_is_asked_again_when_the_chat_could_not_be_opened(make_chat: Callable[..., Chat]) -> None:
    """A press that failed asks nothing later by itself; the next press asks, once."""
    chat = make_chat()
    chat.page.route("**/words.json", lambda route: route.abort())
    button = chat.page.locator("main [data-guichet-ask]").first
    button.click()
    expect(chat.page.locator("guichet-chat .failed")).to_be_visible()
    chat.page.unroute("**/words.json")
    chat.opened()
    expect(chat.messages).to_have_count(0)
    assert chat.pending.count() == 0
    button.press("Enter")
    expect(chat.messages).to_have_count(2)

"""Everybody can use it: by keyboard, with a screen reader, enlarged, in strong contrast, without motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Site

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
REFUSAL = {"error": {"code": "message_empty", "messages": {"fr": "C'est vide.", "en": "It is empty."}}}

WATCH = """() => {
  const heard = [];
  const region = document.querySelector('guichet-chat').shadowRoot.querySelector('.panel [aria-live=polite]');
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const added of change.addedNodes) {
        const parts = [...added.querySelectorAll('span')].map((part) => [part.lang, part.textContent]);
        if (parts.length) heard.push(parts); // a message, and not a word of the widget's own
      }
  }).observe(region, { childList: true });
  return heard;
}"""


def states(chat: Chat, site: Site) -> Iterator[str]:
    """Lead the chat through its states."""
    yield "closed"
    chat.opened()
    yield "welcome"
    chat.asks("phone")
    yield "an answer"
    chat.messages.last.locator(".feedback button").last.click()
    expect(chat.messages.last.locator("form")).to_be_visible()
    yield "feedback"
    chat.asks("which")
    yield "choices"
    chat.asks("ticket")
    yield "a ticket"
    chat.part("menu").click()
    yield "the menu"
    chat.part("forget").click()
    yield "erase?"
    chat.part("forget_no").click()
    chat.field.fill("a" * 2001)
    yield "too long"
    chat.field.fill("")
    chat.page.route("**/chat/messages", lambda route: route.fulfill(status=422, json=REFUSAL))
    chat.says("refusé")
    expect(chat.pending.locator("button").first).to_be_visible()
    yield "refused"
    chat.page.unroute("**/chat/messages")
    chat.pending.locator("button").last.click()
    chat.page.context.set_offline(True)
    chat.says("plus tard")
    expect(chat.status).not_to_be_empty()
    yield "offline"
    chat.page.context.set_offline(False)
    expect(chat.pending).to_have_count(0)
    chat.part("person").click()
    expect(chat.panel.locator(".held.queue")).to_be_visible()
    yield "waiting for a person"
    conversation = site.conversation(chat.token).id
    site.rooms.officer_actions.take(conversation, "Marie")
    site.rooms.officer_actions.reply(conversation, "Marie", "Bonjour!")
    expect(chat.panel.locator(".message.officer")).to_be_visible()
    yield "an officer"
    site.rooms.officer_actions.close(conversation, "Marie")
    expect(chat.panel.locator(".held.closed")).to_be_visible()
    yield "ended"


@pytest.mark.parametrize(
    "lang, size, scheme", [("fr", WIDE, "light"), ("en", NARROW, "light"), ("fr", NARROW, "dark"), ("en", WIDE, "dark")]
)
def test_axe_finds_nothing(
    make_chat: Callable[..., Chat], site: Site, lang: str, size: dict[str, int], scheme: str
) -> None:
    """On every state axe finds nothing and no line is wider than the window, in both languages, widths and schemes."""
    chat = make_chat(lang, viewport=size, color_scheme=scheme)
    for state in states(chat, site):
        assert chat.complaints() == [], state
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
        if chat.panel.is_visible():
            inside = "(node) => node.scrollWidth <= node.clientWidth"
            assert chat.log.evaluate(inside), state
            assert chat.panel.evaluate(inside), state


def test_the_keyboard_alone_is_enough(make_chat: Callable[..., Chat]) -> None:
    """One can open, ask, choose, judge, use the menu and close without a pointer, and is never lost."""
    chat = make_chat()
    press = chat.page.keyboard.press
    chat.launcher.focus()
    press("Enter")
    expect(chat.field).to_be_focused()
    chat.page.keyboard.type("which")
    press("Enter")
    expect(chat.messages).to_have_count(2)
    expect(chat.field).to_be_focused()
    for _ in range(3):
        press("Shift+Tab")
    expect(chat.panel.locator(".choice").first).to_be_focused()
    press("Space")
    expect(chat.messages).to_have_count(4)
    expect(chat.log).to_be_focused()
    press("Tab")
    expect(chat.messages.last.get_by_role("link")).to_be_focused()  # the number can be called
    press("Tab")
    press("Tab")
    press("Enter")
    expect(chat.panel.locator("input[type=radio]").first).to_be_focused()
    press("ArrowDown")
    press("Tab")
    press("Tab")
    press("Enter")
    expect(chat.panel.locator(".thanks")).to_be_focused()
    chat.part("menu").focus()
    press("Enter")
    expect(chat.part("restart")).to_be_focused()
    press("Escape")
    expect(chat.part("menu")).to_be_focused()
    press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def test_a_line_is_broken_with_shift(chat: Chat) -> None:
    """Shift and Enter begin a new line; Enter sends."""
    chat.field.fill("un")
    chat.field.press("Shift+Enter")
    chat.page.keyboard.type("deux")
    with chat.page.expect_request("**/chat/messages") as sent:
        chat.field.press("Enter")
    body: Any = sent.value.post_data_json
    assert body["text"] == "un\ndeux"


def test_where_the_chat_covers_the_page_the_focus_stays_inside(make_chat: Callable[..., Chat]) -> None:
    """On a phone the focus goes around in the chat, and not behind it."""
    chat = make_chat(viewport=NARROW).opened()
    stops = []
    for _ in range(12):
        chat.page.keyboard.press("Tab")
        stops.append(chat.page.evaluate("document.activeElement.tagName"))
    assert set(stops) == {"GUICHET-CHAT"}


@pytest.mark.parametrize("lang, who", [("fr", "Assistant automatisé. "), ("en", "Automated assistant. ")])
def test_a_new_message_is_announced_once_in_its_language(make_chat: Callable[..., Chat], lang: str, who: str) -> None:
    """Each reply is announced once and in its language; what the citizen wrote, and what was said before, is not."""
    chat = make_chat(lang).opened()
    heard = chat.page.evaluate_handle(WATCH)
    chat.asks("phone")
    ((speaker, text),) = heard.json_value()
    assert speaker == [lang, who]
    assert text[0] == lang
    assert "873-6708" in text[1]
    chat.asks("bonjour")
    assert len(heard.json_value()) == 2
    expect(chat.log).to_have_attribute("aria-live", "off")
    chat.page.reload()
    expect(chat.messages).to_have_count(4)
    expect(chat.page.locator("guichet-chat [aria-live=polite] > *")).to_have_count(0)
    heard = chat.page.evaluate_handle(WATCH)
    chat.asks("merci")
    assert len(heard.json_value()) == 1


def test_a_message_missed_while_away_is_announced(chat: Chat, site: Site) -> None:
    """What is said during a lost connection is new when it is back."""
    chat.asks("un")
    heard = chat.page.evaluate_handle(WATCH)
    chat.page.context.set_offline(True)
    expect(chat.status).not_to_be_empty()
    site.rooms.officer_actions.take(site.conversation(chat.token).id, "Marie")
    chat.page.context.set_offline(False)
    expect(chat.messages).to_have_count(3)
    assert [[lang for lang, _ in parts] for parts in heard.json_value()] == [["fr", "fr"]]


def test_messages_carry_their_own_language(chat: Chat) -> None:
    """After a change of language the former messages are still marked with theirs."""
    chat.asks("phone")
    chat.part("language").click()
    chat.asks("phone")
    languages = chat.messages.locator(".text").evaluate_all("all => all.map((text) => text.lang)")
    assert languages == ["fr", "fr", "en", "en"]


def test_everything_is_large_enough_to_touch(make_chat: Callable[..., Chat]) -> None:
    """No control is smaller than 24 by 24 pixels, and the main ones have 44."""
    chat = make_chat(viewport=NARROW).opened().asks("phone").asks("which")
    chat.part("menu").click()
    sizes = chat.panel.locator("button:visible, textarea:visible").evaluate_all(
        "all => all.map((one) => [one.offsetWidth, one.offsetHeight])"
    )
    assert min(min(size) for size in sizes) >= 24
    main = chat.panel.locator(".head button, .choice, .send, #field, .menu button")
    assert min(main.evaluate_all("all => all.map((one) => one.offsetHeight)")) >= 44


def test_twice_as_large(make_chat: Callable[..., Chat]) -> None:
    """At 200 % and at 400 % of a 1280 pixel window everything is within reach and nothing is cut off sideways."""
    for width, height in ((640, 400), (320, 200)):
        chat = make_chat(viewport={"width": width, "height": height}).opened().asks("phone").asks("which")
        for part in (chat.part("close"), chat.field, chat.part("person"), chat.panel.locator(".choice").last):
            part.scroll_into_view_if_needed()
            expect(part).to_be_in_viewport()
        assert chat.panel.evaluate("(node) => node.scrollWidth <= node.clientWidth")
        assert chat.log.evaluate("(node) => node.scrollWidth <= node.clientWidth")


def test_larger_text_makes_a_larger_chat(chat: Chat) -> None:
    """The sizes follow the reader's text size, not that of the page's root."""
    before = chat.field.evaluate("(node) => getComputedStyle(node).fontSize")
    chat.page.evaluate("document.documentElement.style.setProperty('font-size', '62.5%')")
    assert chat.field.evaluate("(node) => getComputedStyle(node).fontSize") == before == "16px"


def test_strong_contrast_keeps_the_edges(make_chat: Callable[..., Chat]) -> None:
    """With the system's own colours bubbles, buttons and the header still have visible edges."""
    chat = make_chat(forced_colors="active").opened().asks("phone")
    width = "(node) => getComputedStyle(node).borderBottomWidth"
    for part in (chat.messages.first.locator(".bubble"), chat.part("send"), chat.panel.locator(".head")):
        assert part.evaluate(width) == "1px"
    assert chat.complaints() == []


@pytest.mark.parametrize("motion, moving", [("reduce", False), ("no-preference", True)])
def test_nothing_moves_for_who_asked_for_rest(make_chat: Callable[..., Chat], motion: str, moving: bool) -> None:
    """With reduced motion no animation runs; without, the panel has one."""
    chat = make_chat(reduced_motion=motion).opened()
    names: Any = chat.panel.evaluate(
        "(panel) => [panel, panel.querySelector('.dots i')].map((node) => getComputedStyle(node).animationName)"
    )
    assert [name != "none" for name in names] == [moving, moving]


def test_the_error_of_the_field_is_the_fields(chat: Chat) -> None:
    """An empty message is an error that the field is described by, and writing takes it away."""
    chat.field.press("Enter")
    expect(chat.field).to_have_accessible_description("Écrivez d'abord votre question.")
    expect(chat.field).to_have_attribute("aria-invalid", "true")
    chat.field.press("a")
    expect(chat.field).not_to_have_attribute("aria-invalid", "true")


def test_a_long_answer_is_read_from_its_beginning(chat: Chat) -> None:
    """A reply longer than the window shows its first line; one who reads above is not torn away."""
    chat.asks("long")
    expect(chat.messages.last.locator(".who")).to_be_in_viewport()
    chat.log.evaluate("(log) => log.scrollTo(0, 0)")

    def later(route: Route) -> None:
        route.continue_()
        chat.log.evaluate("(log) => log.scrollTo(0, 0)")

    chat.page.route("**/chat/messages", later)
    chat.asks("bonjour")
    expect(chat.messages.last).to_be_visible()

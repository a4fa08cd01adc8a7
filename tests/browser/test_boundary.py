"""Between the widget and the page around it: keys, styles, the focus, and the page behind on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Site

# A page with shortcuts of every kind, that take the key for themselves and note it.
SHORTCUTS = """() => {
  window.heard = [];
  const take = (event) => {
    window.heard.push(event.type);
    if (event.type.startsWith('key') || event.type === 'beforeinput' || event.type === 'wheel') event.preventDefault();
  };
  const types = ['keydown', 'keypress', 'keyup', 'beforeinput', 'input', 'compositionstart', 'paste', 'copy', 'cut'];
  for (const type of [...types, 'wheel', 'selectstart', 'contextmenu', 'focusin'])
    for (const target of [window, document, document.documentElement, document.body])
      for (const capture of [true, false]) target.addEventListener(type, take, { capture, passive: false });
  window.onkeydown = document.onkeydown = document.body.onkeydown = take;
}"""
# Styles of a page that mean everything, each as strong as a page can make it.
HOSTILE = """
html { font-size: 62.5%; font-family: fantasy; line-height: 4; letter-spacing: 3px; word-spacing: 9px; color: red;
  text-transform: uppercase; text-align: center; user-select: none; pointer-events: none; visibility: hidden;
  cursor: wait; white-space: pre; text-indent: 3em; font-style: italic; quotes: none; list-style: square;
  --ink: red; --paper: lime; --ground: lime; --blue: red; --line: red; --edge: red; --muted: red; --mine: red; }
*:not(html, body), guichet-chat, html > guichet-chat, body guichet-chat { all: unset !important;
  display: none !important;
  opacity: .1 !important; transform: rotate(9deg) !important; filter: blur(3px) !important; zoom: 2 !important;
  position: static !important; z-index: -1 !important; margin: 9px !important;
  visibility: hidden !important; direction: rtl !important;
  unicode-bidi: bidi-override !important; pointer-events: none !important; user-select: none !important;
  text-transform: uppercase !important; letter-spacing: 9px !important; line-height: 9 !important;
  font: italic 900 40px fantasy !important; color: red !important; background: lime !important;
  animation: none 9s !important; clip-path: inset(50%) !important; contain: strict !important;
  content-visibility: hidden !important; overflow: hidden !important; width: 1px !important; height: 1px !important;
  --ink: red !important; --paper: lime !important; --ground: lime !important; --blue: red !important;
  --line: red !important; --edge: red !important; --muted: red !important; --mine: red !important; }
@keyframes arrive { from { rotate: 90deg } } @keyframes breathe { from { rotate: 90deg } }
"""
LOOK = """(host) => [host, ...host.shadowRoot.querySelectorAll('*')].map((node) => [
  node.localName + '.' + node.className, ...[...getComputedStyle(node)].map((name) =>
  `${name}: ${getComputedStyle(node)[name]}`)])"""
NARROW = {"width": 390, "height": 844}


def heard(page: Page) -> list[str]:
    """What the page heard since it was asked last."""
    found: list[str] = page.evaluate("window.heard.splice(0)")
    return found


def test_what_is_typed_does_not_reach_the_pages_shortcuts(chat: Chat, site: Site) -> None:
    """Keys, what they write, paste, copy, selection and wheel are the chat's; those outside it are the page's."""
    page = chat.page
    page.evaluate(SHORTCUTS)
    page.locator("h1").click()
    page.keyboard.press("s")
    assert "keydown" in heard(page)  # the page does listen
    chat.field.click()
    page.keyboard.type("s/?g ")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    page.keyboard.press("End")
    page.keyboard.press("Control+v")
    expect(chat.field).to_have_value("s/?g s/?g ")
    page.keyboard.press("Enter")
    expect(chat.messages).to_have_count(2)
    assert chat.texts[0] == "s/?g s/?g "
    chat.asks("long")
    chat.log.hover()
    page.mouse.wheel(0, -10_000)
    page.wait_for_function(
        "() => document.querySelector('guichet-chat').shadowRoot.querySelector('.log').scrollTop === 0"
    )
    chat.messages.first.locator(".text").dblclick()
    assert heard(page) == []


def test_the_keys_of_the_chat_still_work(chat: Chat) -> None:
    """Enter, Shift and Enter, Tab and Escape do what they do, on a page that takes all of them for itself."""
    chat.page.evaluate(SHORTCUTS)
    press = chat.page.keyboard.press
    chat.field.click()
    chat.page.keyboard.type("un")
    press("Shift+Enter")
    chat.page.keyboard.type("deux")
    expect(chat.field).to_have_value("un\ndeux")
    press("Tab")
    expect(chat.part("send")).to_be_focused()
    press("Enter")
    expect(chat.messages).to_have_count(2)
    chat.part("menu").focus()
    press("Space")
    expect(chat.part("restart")).to_be_focused()
    press("Escape")
    expect(chat.part("menu")).to_be_focused()
    press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    assert heard(chat.page) == []


@pytest.mark.parametrize("placed", [False, True])
def test_no_style_of_the_page_reaches_the_chat(make_chat: Callable[..., Chat], placed: bool) -> None:
    """Not a property of an element of the widget changes under the strongest of styles, wherever it stands."""
    chat = make_chat()
    if placed:
        chat.page.evaluate("document.body.append(document.createElement('guichet-chat'))")
    chat.opened().asks("phone").asks("which")
    host: Any = chat.page.locator("guichet-chat")
    chat.page.mouse.move(0, 0)
    before = host.evaluate(LOOK)
    add = """(style) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style);
      document.adoptedStyleSheets = [sheet];
    }"""
    chat.page.evaluate(add, HOSTILE.replace("display: none !important;", "display: block !important;", 1))
    after = host.evaluate(LOOK)
    for was, now in zip(before, after, strict=True):
        assert [one for one in now if one not in was] == []
    chat.asks("bonjour")
    expect(chat.panel).to_be_visible()


def test_on_a_phone_the_chat_is_a_modal_dialog(make_chat: Callable[..., Chat]) -> None:
    """The page behind is not there for a screen reader nor for the keyboard; on a wide window it is."""
    chat = make_chat(viewport=NARROW)
    tree = accessible(chat.page)
    assert "heading Nous joindre" in tree
    chat.opened()
    tree = accessible(chat.page)
    assert "dialog Assistant automatisé" in tree
    assert not [name for name in tree if "Nous joindre" in name and not name.startswith("RootWebArea")]
    expect(chat.panel).to_have_attribute("aria-modal", "true")
    assert chat.panel.evaluate("(panel) => panel.matches(':modal')")
    assert chat.complaints() == []
    chat.page.set_viewport_size({"width": 1280, "height": 800})
    expect(chat.panel).not_to_have_attribute("aria-modal", "true")
    expect(chat.panel).to_be_visible()
    assert "heading Nous joindre" in accessible(chat.page)
    chat.page.set_viewport_size(NARROW)
    expect(chat.panel).to_have_attribute("aria-modal", "true")
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    assert "heading Nous joindre" in accessible(chat.page)


def test_on_a_phone_a_reply_is_announced(make_chat: Callable[..., Chat]) -> None:
    """The region that announces is inside of what is modal, and outside while the chat is closed."""
    chat = make_chat(viewport=NARROW).opened().asks("phone")
    expect(chat.panel.locator("[aria-live=polite] > p")).to_have_count(1)


def test_the_focus_goes_back_to_what_opened_the_chat(make_chat: Callable[..., Chat]) -> None:
    """Also where that was a button of the page, on a phone and on a wide window."""
    for size in (NARROW, {"width": 1280, "height": 800}):
        chat = make_chat(viewport=size)
        opener = chat.page.locator("button[data-guichet-open]")
        opener.focus()
        chat.page.keyboard.press("Enter")
        expect(chat.panel).to_be_visible()
        chat.part("close").click()
        expect(chat.panel).to_be_hidden()
        expect(opener).to_be_focused()


def accessible(page: Page) -> list[str]:
    """What a screen reader finds on the page: role and name of each thing."""
    nodes: Any = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [
        f"{node['role']['value']} {node.get('name', {}).get('value', '')}" for node in nodes if not node.get("ignored")
    ]

"""The widget on pages of another origin."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Site

STYLE = """
html { font-size: 62.5%; } body { font: 2rem serif; color: darkgreen; line-height: 3; letter-spacing: 4px; }
* { box-sizing: content-box; } button, textarea, p, div, section { border: 7px dotted red !important; color: red; }
"""
HTML = """<!doctype html><html lang="{lang}"><head><title>Ministère</title><link rel="stylesheet" href="/host.css">
{head}</head><body><h1>Titre</h1><p>Texte <button>Bouton</button></p><textarea></textarea></body></html>"""
LOOK = """() => [...document.querySelectorAll('html, body, h1, p, button, textarea')].map((node) =>
  [...getComputedStyle(node)].map((name) => `${name}: ${getComputedStyle(node)[name]}`).join(';'))"""


class Host(BaseHTTPRequestHandler):
    """A page of another site, under a strict policy. Its path tells its language, its query the desk it embeds."""

    def do_GET(self) -> None:
        """The page, or its style."""
        path, _, desk = self.path.partition("?")
        self.send_response(200)
        if path == "/host.css":
            kind, body = "text/css", STYLE
        else:
            kind = "text/html; charset=utf-8"
            tag = f'<script src="{desk}/widget.js" defer></script>' if desk else ""
            body = HTML.format(lang=path.strip("/"), head=tag)
            policy = f"default-src 'none'; style-src 'self'; script-src {desk}; connect-src {desk}"
            self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_args: object) -> None:
        """Keep the tests' output quiet."""


@pytest.fixture(scope="module", autouse=True)
def hosts(site: Site) -> Iterator[None]:
    """The pages of the listed and of the unlisted origin."""
    servers = [
        ThreadingHTTPServer(("127.0.0.1", int(origin.rpartition(":")[2])), Host)
        for origin in (site.listed, site.unlisted)
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    for server in servers:
        server.shutdown()
        server.server_close()


def host(context: BrowserContext, site: Site, origin: str, *, widget: bool = True, lang: str = "fr") -> Page:
    """A page of another origin, with the one tag of the widget or without."""
    page = context.new_page()
    page.goto(f"{origin}/{lang}?{site.url if widget else ''}")
    return page


def test_a_listed_page_holds_the_widget(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """On a listed origin under a strict policy the one tag is enough to chat, and the policy is not broken."""
    context = make_context()
    broken: list[str] = []
    page = host(context, site, site.listed, lang="en")
    page.on("console", lambda message: broken.append(message.text) if "Policy" in message.text else None)
    chat = Chat(page).opened().asks("phone")
    assert "In Montréal" in chat.texts[1]
    page.reload()
    expect(chat.messages).to_have_count(2)
    assert broken == []


def test_the_page_around_stays_as_it_was(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """With the widget, closed and open, every element of the page has the same computed style as without."""
    context = make_context()
    without = host(context, site, site.listed, widget=False).evaluate(LOOK)
    page = host(context, site, site.listed)
    chat = Chat(page)
    expect(chat.launcher).to_be_visible()
    assert page.evaluate(LOOK) == without
    chat.opened().asks("phone")
    assert page.evaluate(LOOK) == without


def test_the_widget_stays_as_it_is(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """The styles of the page around do not reach the widget."""

    def look(page: Page) -> Any:
        chat = Chat(page).opened()
        return [
            part.evaluate(
                "(node) => { const { font, color, border, letterSpacing, lineHeight } = getComputedStyle(node);"
                "return [font, color, border, letterSpacing, lineHeight]; }"
            )
            for part in (chat.panel, chat.part("close"), chat.field, chat.panel.locator(".hello"))
        ]

    context = make_context()
    own = context.new_page()
    own.goto(site.url)
    assert look(host(context, site, site.listed)) == look(own)


def test_an_unlisted_page_is_refused(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """On an origin that is not listed the chat does not open; the launcher says so, with a telephone number."""
    page = host(make_context(), site, site.unlisted)
    chat = Chat(page)
    chat.launcher.click()
    expect(page.locator("guichet-chat .failed")).to_contain_text("(418) 649-2300")
    expect(chat.panel).to_have_count(0)
    refused = f"fetch('{site.url}/chat/conversations', {{method: 'POST', body: '{{}}'}}).then(() => 'in', () => 'out')"
    assert page.evaluate(refused) == "out"


def test_the_chat_opens_at_another_try(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """When the files did not come at the first press, another press fetches them."""
    page = make_context().new_page()
    page.goto(site.url)
    page.route("**/words.json", lambda route: route.abort())
    chat = Chat(page)
    chat.launcher.click()
    expect(page.locator("guichet-chat .failed")).to_be_visible()
    page.unroute("**/words.json")
    chat.opened()
    expect(page.locator("guichet-chat .failed")).to_be_hidden()


def test_the_chat_is_loaded_at_the_first_opening(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """Before the launcher is pressed a page loads the launcher and nothing else of the desk."""
    page = make_context().new_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url.removeprefix(site.url).rpartition("/")[2]))
    page.goto(site.url, wait_until="networkidle")
    assert sorted(loaded) == ["", "page.css", "widget.js"]
    Chat(page).opened()
    assert {"chat.js", "chat.css", "words.json"} <= set(loaded)


def test_an_element_of_the_page_is_used(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """A page may place <guichet-chat> itself, with its language, and open it by the attribute."""
    page = host(make_context(), site, site.listed)
    page.evaluate(
        """() => { document.querySelector('guichet-chat').remove();
        const own = document.createElement('guichet-chat'); own.lang = 'en'; document.body.append(own); }"""
    )
    chat = Chat(page)
    expect(chat.launcher).to_have_text("Ask a question")
    page.evaluate("document.querySelector('guichet-chat').setAttribute('open', '')")
    expect(chat.panel).to_be_visible()
    page.evaluate("document.querySelector('guichet-chat').removeAttribute('open')")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_visible()


def test_without_scripts_the_page_names_the_telephone(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """A browser that runs no scripts shows how to reach the ministry."""
    page = make_context(java_script_enabled=False).new_page()
    page.goto(site.url)
    expect(page.locator(".noscript")).to_contain_text("(418) 649-2300")

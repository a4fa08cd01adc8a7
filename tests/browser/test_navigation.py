"""The widget on a site that replaces its pages without loading them: one conversation, one stream, nothing lost."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Site

TAG = '<script src="{desk}/widget.js" defer></script>'
ELEMENT = "<guichet-chat></guichet-chat>"
# Where a site puts the widget: what stands in the head, and what stands in the body of each of its pages.
PLACES = {
    "head": (TAG, ""),
    "body": ("", TAG),
    "element": (TAG, ELEMENT),
    "element-and-tag": ("", ELEMENT + TAG),
}
HTML = """<!doctype html><html lang="fr"><head><title>Page {number}</title>
<link rel="icon" href="data:,">{head}</head>
<body><h1>Page {number}</h1>{body}</body></html>"""
# How sites put the next page in the place of the last one.
ROUTERS = {
    # As Turbo does: what is new in the head is added, the body is another, and its scripts run.
    "another body": """
        for (const script of next.head.querySelectorAll('script'))
          if (![...document.head.querySelectorAll('script')].some((known) => known.src === script.src))
            document.head.append(live(script));
        const body = document.adoptNode(next.body);
        for (const script of body.querySelectorAll('script')) script.replaceWith(live(script));
        document.body.replaceWith(body);""",
    "document.body": "document.body = document.adoptNode(next.body);",
    "the body's markup": "document.body.innerHTML = next.body.innerHTML;",
    "the body's children": "document.body.replaceChildren(...next.body.childNodes);",
    "the root's children": "document.documentElement.replaceChildren(...next.documentElement.childNodes);",
    "the root's markup": "document.documentElement.innerHTML = next.documentElement.innerHTML;",
    "the root, after a while without": """
        document.documentElement.remove();
        await new Promise((resolve) => setTimeout(resolve, 20));
        document.append(document.adoptNode(next.documentElement));""",
    "the root": "document.replaceChild(document.adoptNode(next.documentElement), document.documentElement);",
}
VISIT = """async ([number, query]) => {{
  const live = (script) => {{
    const made = document.createElement('script');
    for (const {{ name, value }} of script.attributes) made.setAttribute(name, value);
    return made;
  }};
  const address = `/${{number}}${{query}}`;
  const next = new DOMParser().parseFromString(await (await fetch(address)).text(), 'text/html');
  history.pushState(null, '', address);
  {how}
  await new Promise((resolve) => setTimeout(resolve, 50));
}}"""


class Host(BaseHTTPRequestHandler):
    """A site whose every page has the widget: /<number>?place=<place>&desk=<desk>."""

    def do_GET(self) -> None:
        """A page."""
        path, _, query = self.path.partition("?")
        asked = dict(parse_qsl(query))
        head, body = (part.format(desk=asked["desk"]) for part in PLACES[asked["place"]])
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(HTML.format(number=path.strip("/"), head=head, body=body).encode())

    def log_message(self, *_args: object) -> None:
        """Keep the tests' output quiet."""


class Visitor:
    """Somebody who goes about on such a site."""

    def __init__(self, page: Page, site: Site, place: str) -> None:
        self.page = page
        self.chat = Chat(page)
        self.begun = 0
        self.site = site
        self._place = place
        self._query = f"?place={place}&desk={site.url}"
        page.on("request", self._count)
        page.goto(f"{site.listed}/1{self._query}")

    def visits(self, number: int, how: str) -> None:
        """Go to another page of the site, which puts it there in this way."""
        self.page.evaluate(VISIT.format(how=ROUTERS[how]), [number, self._query])
        expect(self.page.locator("h1")).to_have_text(f"Page {number}")

    def another_tab(self) -> Visitor:
        """The same person, on the same site in another tab."""
        return Visitor(self.page.context.new_page(), self.site, self._place)

    def streams(self, count: int) -> None:
        """So many streams of events are open at the desk."""
        for _ in range(100):
            if open_streams(self.site) == count:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{open_streams(self.site)} streams are open at the desk")

    def _count(self, request: object) -> None:
        if getattr(request, "url", "").endswith("/chat/events"):
            self.begun += 1


def open_streams(site: Site) -> int:
    """How many streams of events are open at the desk, as it tells."""
    found = re.search(r"^guichet_streams (\d+)", httpx.get(f"{site.url}/metrics").text, re.MULTILINE)
    assert found
    return int(found[1])


@pytest.fixture
def make_visitor(
    make_site: Callable[..., Site], make_context: Callable[..., BrowserContext]
) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors of a site with a desk of its own."""
    site = make_site()
    server = ThreadingHTTPServer(("127.0.0.1", int(site.listed.rpartition(":")[2])), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield lambda place, **options: Visitor(make_context(**options).new_page(), site, place)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("place", PLACES)
def test_the_chat_stays_when_the_page_is_replaced(make_visitor: Callable[..., Visitor], place: str) -> None:
    """However often and in whatever way: the chat stays open, with its messages, on one stream, and goes on."""
    visitor = make_visitor(place)
    chat = visitor.chat.opened().asks("un")
    visitor.streams(1)
    for number, how in enumerate([*ROUTERS, *["another body"] * 8], 2):
        visitor.visits(number, how)
        expect(visitor.page.locator("guichet-chat .panel")).to_have_count(1)
        expect(chat.panel).to_be_visible()
    assert chat.texts == ["un", "un"]
    visitor.streams(1)
    assert visitor.begun == 1
    chat.asks("deux")
    assert chat.texts == ["un", "un", "deux", "deux"]
    visitor.streams(1)


def test_where_one_reads_and_writes_stays(make_visitor: Callable[..., Visitor]) -> None:
    """A page that is replaced by itself while one writes: the draft, the focus and the place of reading stay."""
    for place in ("head", "element"):
        visitor = make_visitor(place)
        chat = visitor.chat.opened().asks("long")
        chat.field.fill("Un brouil")
        chat.field.focus()
        chat.log.evaluate("(log) => log.scrollTo(0, 120)")
        for number, how in enumerate(ROUTERS, 2):
            visitor.visits(number, how)
            expect(chat.field).to_be_focused()
            assert chat.log.evaluate("(log) => log.scrollTop") == 120
        visitor.page.keyboard.type("lon")
        expect(chat.field).to_have_value("Un brouillon")


def test_a_page_that_takes_the_focus_keeps_it(make_visitor: Callable[..., Visitor]) -> None:
    """The chat takes the focus back only if nothing else has it."""
    visitor = make_visitor("element")
    visitor.chat.opened()
    visitor.chat.field.focus()
    visitor.page.evaluate(
        """() => { const field = document.createElement('input'); const chat = document.createElement('guichet-chat');
        document.body.replaceChildren(field, chat); field.focus(); }"""
    )
    expect(visitor.chat.panel).to_be_visible()
    expect(visitor.page.locator("body > input")).to_be_focused()


@pytest.mark.parametrize("place", ["body", "element"])
def test_on_a_phone_the_chat_stays_before_the_page(make_visitor: Callable[..., Visitor], place: str) -> None:
    """Where the chat covers the page it is as modal on the next page as it was on the last."""
    visitor = make_visitor(place, viewport={"width": 390, "height": 844})
    chat = visitor.chat.opened().asks("un")
    for number, how in enumerate(ROUTERS, 2):
        visitor.visits(number, how)
        assert chat.panel.evaluate("(panel) => panel.matches(':modal')")
    chat.part("close").click()
    expect(chat.panel).to_be_hidden()
    visitor.visits(99, "another body")
    expect(chat.panel).to_be_hidden()
    chat.opened()
    assert chat.texts == ["un", "un"]
    visitor.streams(1)
    assert visitor.begun == 1


def test_the_next_page_may_speak_another_language(make_visitor: Callable[..., Visitor]) -> None:
    """The widget follows the page's language, also where only the body tells it."""
    visitor = make_visitor("head")
    visitor.chat.opened()
    visitor.page.evaluate(
        "() => { const body = document.createElement('body'); body.lang = 'en'; document.body = body; }"
    )
    expect(visitor.chat.panel).to_have_attribute("lang", "en")


def test_two_tabs_go_about_with_a_stream_each(make_visitor: Callable[..., Visitor]) -> None:
    """Each tab of a site has its stream, wherever it goes, and what is said in one stands in the other."""
    visitor = make_visitor("element")
    visitor.chat.opened().asks("un")
    other = visitor.another_tab()
    other.chat.opened()
    expect(other.chat.messages).to_have_count(2)
    for number in range(2, 5):
        visitor.visits(number, "another body")
        other.visits(number, "the root's markup")
    other.chat.asks("deux")
    expect(visitor.chat.messages).to_have_count(4)
    visitor.streams(2)
    assert (visitor.begun, other.begun) == (1, 1)
    other.page.close()
    visitor.streams(1)


def test_a_page_that_the_browser_keeps_lets_its_stream_go(make_visitor: Callable[..., Visitor]) -> None:
    """Gone to another site and back: meanwhile nothing is open; then the same page has what it missed."""
    visitor = make_visitor("head")
    chat = visitor.chat.opened().asks("un")
    visitor.streams(1)
    # What a browser does with a page that it keeps, and takes up again; chromium under test keeps none.
    event = "(name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true }))"
    visitor.page.evaluate(event, "pagehide")
    visitor.streams(0)
    visitor.site.rooms.officer_actions.take(visitor.site.conversation(chat.token).id, "Marie")
    visitor.page.evaluate(event, "pageshow")
    expect(chat.messages).to_have_count(3)
    visitor.streams(1)
    visitor.page.goto("about:blank")
    visitor.streams(0)
    visitor.page.go_back()
    expect(chat.messages).to_have_count(3)
    visitor.streams(1)

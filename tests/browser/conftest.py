"""What the tests in a browser share: chromium, a desk that listens, and what its scripted Rasa answers."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bot.conversations.assistant import Assistant
from bot.desk import make_app
from bot.settings import Settings
from bot.wiring import Rooms, wire
from tests.browser.chat import CHROMIUM, Chat
from tests.databases import SqliteFiles, free_port
from tests.live_desk import LiveDesk
from tests.scripted_http import ScriptedHttp

SOURCE = {
    "title": "Déclaration de services",
    "section": "L'accès à l'information : pour nous joindre",
    "effective": "2001-04-01",
    "updated": "2006-09-29",
}
PASSWORD = "tortue lampe violon neige"
# The desk's clock goes on from here, within the hours of service whenever the tests run.
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Toronto"))
DUE = "2026-12-30T22:00:00+00:00"


@dataclass
class Site:
    """A desk that listens, and an origin that it does and one that it does not list."""

    url: str
    rooms: Rooms
    listed: str
    unlisted: str
    # Until a test sets this, the assistant thinks about any message that begins with "think".
    thought: threading.Event

    def conversation(self, token: str) -> Any:
        """The conversation of a token."""
        from bot.channels.web.chat import CHANNEL, address_of

        return self.rooms.conversations.find(CHANNEL, address_of(token))

    def said(self, token: str) -> list[tuple[str, str]]:
        """Who said what, as the desk keeps it."""
        return [(m.author, m.text) for m in self.rooms.conversations.transcript(self.conversation(token).id)]


async def rasa(request: httpx.Request, thought: threading.Event) -> httpx.Response:
    """Rasa: its answer is told by the first word of the message; any other is echoed."""
    if request.method == "GET":
        return httpx.Response(200)
    body = json.loads(request.content)
    said = body["message"]
    language = (body.get("metadata") or {}).get("language") or "fr"
    word = said.partition(" ")[0].strip("/").partition("{")[0]
    while word == "think" and not thought.is_set():
        await asyncio.sleep(0.01)
    text, buttons, custom = answers(language).get(word, (said, [], {"outcome": "smalltalk"}))
    replies: list[dict[str, Any]] = [{"recipient_id": body["sender"], "text": text}]
    if buttons:
        replies[0]["buttons"] = buttons
    replies.append({"recipient_id": body["sender"], "custom": {"language": language, **custom}})
    return httpx.Response(200, json=replies)


def answers(lang: str) -> dict[str, tuple[str, list[dict[str, str]], dict[str, Any]]]:
    """What each first word is answered with: text, buttons, custom."""
    fr = lang == "fr"
    phone = "À Montréal, vous pouvez nous joindre au (514) 873-6708 : appelez."
    call = phone if fr else "In Montréal, you can reach us at (514) 873-6708."
    which = "Est-ce que votre question porte sur l'un de ces sujets?" if fr else "Is it about one of these?"
    subjects = ["Les stages", "Les bourses"] if fr else ["Internships", "Grants"]
    done = "C'est fait. Votre demande porte le numéro RI-7K3P-92QX." if fr else "It is done: RI-7K3P-92QX."
    wait = "Une personne vous répondra ici." if fr else "A person will answer you here."
    long = (
        "Une réponse longue dit tout ce qu'il faut savoir. " if fr else "A long answer says all there is to know. "
    ) * 40
    buttons = [{"title": title, "payload": f"/choose{place}"} for place, title in enumerate(subjects)]
    return {
        "phone": (call, [], {"outcome": "answered", "sources": [SOURCE]}),
        "which": (which, buttons, {"outcome": "clarify"}),
        "choose0": (call, [], {"outcome": "answered", "sources": [SOURCE]}),
        "choose1": (subjects[1], [], {"outcome": "answered", "sources": [SOURCE]}),
        "ticket": (done, [], {"outcome": "ticket", "ticket": {"reference": "RI-7K3P-92QX", "due": DUE}}),
        "request_officer": (wait, [], {"outcome": "handoff", "held_by": "queue"}),
        "long": (long, [], {"outcome": "answered", "sources": [SOURCE]}),
    }


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The desk of all tests in a browser: each has a conversation of its own."""
    folder = tmp_path_factory.mktemp("browser")
    url = SqliteFiles(folder).new()
    listed, unlisted = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    began = time.monotonic()
    rooms = wire(
        Settings(database_url=url, allowed_origins=listed, officer_away_minutes=600.0, mail_in_dir=folder / "mail-in"),
        now=lambda: MORNING + timedelta(seconds=time.monotonic() - began),
    )
    for login, name, role in (("marie", "Marie", "supervisor"), ("paul", "Paul", "officer")):
        officer = rooms.people.add(login=login, name=name, role=role, password=PASSWORD)
        rooms.people.note_seen(officer)
    thought = threading.Event()
    assistant = Assistant(ScriptedHttp(lambda request: rasa(request, thought)))
    app = make_app(rooms, assistant, ScriptedHttp(lambda _request: httpx.Response(200)))
    with LiveDesk(SimpleNamespace(client=SimpleNamespace(app=app))) as live:
        yield Site(live.url, rooms, listed, unlisted, thought)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    assert Path(CHROMIUM).exists(), f"these tests need chromium at {CHROMIUM}: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def make_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers' profiles, each with nothing kept."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "fr-CA", "reduced_motion": "reduce", **options})
        context.set_default_timeout(10_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def make_chat(make_context: Callable[..., BrowserContext], site: Site) -> Iterator[Callable[..., Chat]]:
    """Makes citizens, each before the example page with the chat not yet opened."""
    errors: list[str] = []

    def watched(page: Page) -> Page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Security Policy" in said.text else None)
        return page

    def make(lang: str = "fr", **options: Any) -> Chat:
        page = watched(make_context(**options).new_page())
        page.goto(f"{site.url}/?lang={lang}")
        return Chat(page)

    yield make
    assert errors == [], "a script of the page failed, or did what its policy forbids"


@pytest.fixture
def chat(make_chat: Callable[..., Chat]) -> Chat:
    """A citizen before the French page, the chat open."""
    return make_chat().opened()

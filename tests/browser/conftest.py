"""What the tests in a browser share: chromium, a desk that listens, and what its scripted Rasa answers."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect
from starlette.applications import Starlette

from bot.app import make_app
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings
from tests.browser.chat import Chat
from tests.cast import PASSWORD
from tests.databases import SqliteFiles, free_port
from tests.live_desk import LiveDesk
from tests.scripted_http import ScriptedHttp

SOURCE = {
    "title": "Déclaration de services",
    "section": "L'accès à l'information : pour nous joindre",
    "effective": "2001-04-01",
    "updated": "2006-09-29",
}
# The desk's clock goes on from here, within the hours of service whenever the tests run.
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Toronto"))
DUE = "2026-12-30T22:00:00+00:00"
MakeOfficer = Callable[..., Page]


class Clock:
    """Goes on from the moment that it was last turned to."""

    def __init__(self, moment: datetime) -> None:
        self.turn_to(moment)

    def turn_to(self, moment: datetime) -> None:
        """It is this moment now."""
        self._turned = (moment, time.monotonic())

    def __call__(self) -> datetime:
        moment, turned = self._turned
        return moment + timedelta(seconds=time.monotonic() - turned)


@dataclass
class Site:
    """A desk that listens, and an origin that it does and one that it does not list."""

    url: str
    rooms: Rooms
    app: Starlette
    listed: str
    unlisted: str
    # Until a test sets this, the assistant thinks about any message that begins with "think".
    thought: threading.Event
    # By login: what the browser of an officer keeps who has logged in. The next one goes on with it.
    logged_in: dict[str, Any] = field(default_factory=dict)

    def conversation(self, token: str) -> Any:
        """The conversation of a token."""
        from bot.channels.web import WEB
        from bot.channels.web.chat import address_of

        return self.rooms.conversations.find(WEB, address_of(token))

    def said(self, token: str) -> list[tuple[str, str]]:
        """Who said what, as the desk keeps it."""
        return [(m.author, m.text) for m in self.rooms.conversations.transcript(self.conversation(token).id)]


async def rasa(request: httpx.Request, thought: threading.Event) -> httpx.Response:
    """Rasa: its answer is told by the first word of the message; any other is echoed."""
    if request.method == "GET":
        return httpx.Response(200)
    body = json.loads(request.content)
    if request.url.path.endswith("/parse"):
        return httpx.Response(200, json={"knowledge": {"matches": [{"article": "hours", "probability": 0.7}]}})
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
    person = {"outcome": "handoff", "held_by": "queue", "intent": "request_officer"}
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
        "request_officer": (wait, [], person),
        "personne": (wait, [], person),
        "long": (long, [], {"outcome": "answered", "sources": [SOURCE]}),
    }


@contextmanager
def open_site(
    database_url: str, clock: Clock | None = None, answer: Callable[..., Any] = rasa, **settings: Any
) -> Iterator[Site]:
    """A desk with two officers; `answer(request, thought)` is its Rasa."""
    listed, unlisted = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    common: dict[str, Any] = {
        "allowed_origins": listed,
        "officer_away_minutes": 600.0,
        "mail_in_dir": Path(sa.make_url(database_url).database or "").with_suffix(".mail-in"),
    }
    thought = threading.Event()
    rooms = wire(
        Settings(database_url=database_url, **{**common, **settings}),
        now=clock or Clock(MORNING),
        assistant=RasaClient(ScriptedHttp(lambda request: answer(request, thought))),
        actions=ScriptedHttp(lambda _request: httpx.Response(200)),
    )
    for login, name, role in (("marie", "Marie", "supervisor"), ("paul", "Paul", "officer")):
        officer = rooms.people.add(login=login, name=name, role=role, password=PASSWORD)
        rooms.people.note_seen(officer)
    app = make_app(rooms)
    with LiveDesk(SimpleNamespace(client=SimpleNamespace(app=app))) as live:
        yield Site(live.url, rooms, app, listed, unlisted, thought)


@pytest.fixture(scope="session")
def site(sqlite_files: SqliteFiles) -> Iterator[Site]:
    """The desk of most tests in a browser: each has a conversation of its own."""
    with open_site(sqlite_files.new()) as opened:
        yield opened


@pytest.fixture
def make_site(sqlite_files: SqliteFiles) -> Iterator[Callable[..., Site]]:
    """Makes desks for one test alone, with its clock, its Rasa and its settings."""
    with ExitStack() as opened:
        yield lambda **given: opened.enter_context(open_site(sqlite_files.new(), **given))


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
        # A handler of requests that is still at work would fail in the next test, for want of its page.
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")
        context.close()


@pytest.fixture
def watched() -> Iterator[Callable[[Page], Page]]:
    """Watches pages for scripts and files that fail, and for what their policy forbids."""
    errors: list[str] = []

    def watch(page: Page) -> Page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Security Policy" in said.text else None)
        page.on(
            "response", lambda got: errors.append(got.url[:200]) if got.status >= 400 and "static" in got.url else None
        )
        return page

    yield watch
    assert errors == [], "a script or a file of a page failed, or did what its policy forbids"


@pytest.fixture
def make_chat(
    make_context: Callable[..., BrowserContext], watched: Callable[[Page], Page], site: Site
) -> Callable[..., Chat]:
    """Makes citizens, each before the example page with the chat not yet opened."""

    def make(lang: str = "fr", at: Site = site, **options: Any) -> Chat:
        page = watched(make_context(**options).new_page())
        page.goto(f"{at.url}/?lang={lang}")
        return Chat(page)

    return make


@pytest.fixture
def chat(make_chat: Callable[..., Chat]) -> Chat:
    """A citizen before the French page, the chat open."""
    return make_chat().opened()


@pytest.fixture
def make_officer(
    make_context: Callable[..., BrowserContext], watched: Callable[[Page], Page], site: Site
) -> MakeOfficer:
    """Makes officers who have logged in, each in a browser of their own, with the queue before them."""

    def make(login: str, at: Site = site, **options: Any) -> Page:
        context = make_context(storage_state=at.logged_in.get(login), **options)
        page = watched(context.new_page())
        page.goto(f"{at.url}/console")
        if page.url != f"{at.url}/console/conversations":  # the first time, or after a session has ended
            page.fill("#login", login)
            page.fill("#password", PASSWORD)
            page.click("main button.main")
            expect(page).to_have_url(f"{at.url}/console/conversations")
            at.logged_in[login] = context.storage_state()
        return page

    return make

"""What the tests of the console share: the whole desk with officers of each role, and browsers that they use."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pyotp
import pytest
import sqlalchemy as sa
import yaml
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

import bot.console.pages
import bot.staff.people
from bot.app import make_app
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import Rooms, wire
from bot.channels.email.stored_files import File, keep
from bot.channels.email.threads import keep_email
from bot.core.db import metadata
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.article import parse_article
from bot.messages.conversation import QUEUE, Conversation, Incoming, Reply
from bot.staff.officer import EDITOR, OFFICER, Officer
from bot.tickets.answers import Inquiry
from bot.tickets.ticket import Ticket
from tests.cast import NOW, PASSWORD
from tests.console.office import Browser as OfficeBrowser
from tests.console.office import Office, document
from tests.databases import SqliteFiles
from tests.scripted_http import ScriptedHttp

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# What citizens wrote: none of it may be seen by an editor.
CITIZEN = {"question": "Ma fille Ophélie attend sa bourse", "email": "ophelie@example.org", "contact": "819 555-0148"}
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class Browser:
    """A browser with cookies of its own, which follows no redirect by itself and sends forms as pages make them."""

    def __init__(self, app: Starlette, address: str = "192.0.2.1", base: str = "http://desk.test") -> None:
        self.http = TestClient(
            app, base_url=base, raise_server_exceptions=False, follow_redirects=False, client=(address, 40000)
        )
        self.page: httpx.Response | None = None

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a page, and keep it before one's eyes."""
        self.page = self.http.get(path, headers=headers)
        return self.page

    @property
    def form_token(self) -> str:
        """The token in the forms of the page that is shown."""
        assert self.page is not None
        found = _TOKEN.search(self.page.text)
        assert found, self.page.text
        return html.unescape(found[1])

    def send(self, path: str, fields: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Send a form as it is given, without a token unless it holds one."""
        headers = {"content-type": "application/x-www-form-urlencoded", **headers}
        body = urlencode(fields or {}, doseq=True)
        return self.http.post(path, content=body, headers={name.replace("_", "-"): v for name, v in headers.items()})

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form of the page that is shown; what comes back is shown next."""
        found = self.send(path, {"form_token": self.form_token, **fields})
        if found.status_code != 303:
            self.page = found
        return found

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Go where a response leads."""
        assert response.status_code == 303, response.text
        return self.get(response.headers["location"])

    def log_in(self, login: str, password: str = PASSWORD, query: str = "") -> httpx.Response:
        """Open the login page and give a name and a password."""
        self.get("/console/login" + query)
        wanted = re.search(r'name="next" value="([^"]*)"', self.page.text)
        assert wanted
        return self.post("/console/login", login=login, password=password, next=html.unescape(wanted[1]))


@dataclass
class Desk:
    """The whole desk's application, and its clock."""

    rooms: Rooms = field(init=False)
    moment: datetime = NOW
    app: Starlette = field(init=False)

    def pass_by(self, **time: float) -> None:
        """Let some time pass."""
        self.moment += timedelta(**time)

    def rasa(self, request: httpx.Request) -> httpx.Response:
        """Rasa: knows which articles may answer."""
        return httpx.Response(200, json={"knowledge": {"matches": [{"article": "address", "probability": 0.7}]}})

    def browser(self, address: str = "192.0.2.1", base: str = "http://desk.test") -> Browser:
        """A new browser, at a network address."""
        return Browser(self.app, address, base)

    def officer(self, login: str) -> Officer:
        """The officer as they are now."""
        found = self.rooms.people.by_login(login)
        assert found
        return found

    def give_device(self, login: str) -> None:
        """Ask an officer for one-time codes from now on; the present one is not used yet."""
        self.rooms.people.begin_code(self.officer(login), SECRET, self.code(-30))

    def code(self, seconds: int = 0) -> str:
        """The code that the officer's device shows, now or so many seconds from now."""
        return pyotp.TOTP(SECRET).at(self.moment + timedelta(seconds=seconds))

    def as_(self, login: str) -> Browser:
        """A browser in which an officer has logged in, with the page of their account before them."""
        browser = self.browser()
        assert browser.log_in(login).headers["location"] == "/console"
        assert browser.get("/console/account").status_code == 200
        return browser

    def routes(self, method: str) -> list[str]:
        """The paths of the console's routes that take this method, as they are written."""
        routes = [route for route in self.app.routes if isinstance(route, Route)]
        return sorted(r.path for r in routes if r.path.startswith("/console") and method in (r.methods or ()))

    def unsafe_routes(self) -> list[tuple[str, str]]:
        """Method and path of every route of the console that may change something."""
        return [(m, path) for m in ("POST", "PUT", "PATCH", "DELETE") for path in self.routes(m)]

    def kept(self) -> dict[str, list[Any]]:
        """Everything in the database but when officers and sessions were seen."""
        found = {}
        with self.rooms.database.reading() as connection:
            for table in metadata.sorted_tables:
                columns = [column for column in table.c if column.name != "seen_at"]
                found[table.name] = sorted(map(repr, connection.execute(sa.select(*columns)).all()))
        return found

    def break_database(self) -> None:
        """Put a folder where the database was, so that nothing can be read or written."""
        path = Path(str(self.rooms.database.engine.url.database))
        self.rooms.database.engine.dispose()
        for part in path.parent.glob(path.name + "*"):
            part.unlink()
        path.mkdir()

    @cached_property
    def waiting(self) -> Conversation:
        """A conversation that waits for a person; none of its messages could be delivered."""
        incoming = Incoming("telegram", "1:1", "4242", CITIZEN["question"])
        turn = self.rooms.inbox.first_turn(self.rooms.inbox.accept(incoming, self.moment), incoming, self.moment)
        reply = Reply("Un instant.", (), {"outcome": "handoff", "held_by": QUEUE})
        self.rooms.inbox.complete(turn, [reply], self.moment, language="fr", wants=QUEUE, fault="desk: OSError")
        rows = self.rooms.outbox.due("telegram", self.moment, 10)
        self.rooms.outbox.settle([replace(row, state="parked", reason="blocked") for row in rows], self.moment)
        found = self.rooms.conversations.get(turn.conversation.id)
        assert found
        return found

    @cached_property
    def failed(self) -> int:
        """The number of a message that could not be answered."""
        assert self.waiting
        return self.rooms.failures.latest()[0].id

    @cached_property
    def ticket(self) -> Ticket:
        """An open ticket of a citizen who left an address."""
        inquiry = Inquiry(
            channel="phone",
            received_on=date(2026, 12, 22),
            promise="email-reply",
            question=CITIZEN["question"],
            language="fr",
            email=CITIZEN["email"],
            contact=CITIZEN["contact"],
            program=None,
        )
        return self.rooms.answers.register(inquiry, "Marie")

    @cached_property
    def other(self) -> Ticket:
        """An open ticket of somebody else, in English."""
        inquiry = Inquiry("counter", date(2026, 12, 22), "email-reply", "And my grant?", "en", contact="Zoe")
        return self.rooms.answers.register(inquiry, "Marie")

    @cached_property
    def letter(self) -> int:
        """An e-mail of a machine's with a file: the number of its message."""
        detail = {"email": {"automatic": "away", "sender": CITIZEN["email"], "subject": "Absence"}}

        def beside(connection: sa.Connection, message_id: int) -> None:
            keep_email(connection, message_id, name="<a@b>", sender=CITIZEN["email"], aside="away", at=self.moment)
            keep(connection, message_id, [File("Ophélie.txt", "text/plain", b"Absente")])

        incoming = Incoming("email", "1", "1", "Je suis absente.", detail=detail)
        accepted = self.rooms.inbox.accept(incoming, self.moment, beside=beside)
        turn = self.rooms.inbox.first_turn(accepted, incoming, self.moment)
        self.rooms.inbox.complete(turn, [], self.moment, language="fr", wants=None)
        return accepted.message_id

    @property
    def file(self) -> int:
        """The number of the file that came with it."""
        conversation = self.rooms.conversations.find("email", "1")
        assert conversation
        return self.rooms.files.of_conversation(conversation.id)[self.letter][0].id

    def publish(self) -> None:
        """Publish two articles, and begin a new version of one."""
        articles = [read_article(name) for name in ("address", "role")]
        self.rooms.articles.publish(articles, self.moment)
        standing = self.rooms.drafts.standing("address")
        assert standing
        assert standing.published
        self.rooms.drafts.save(dict(standing.published.document), "Émile", edits=0)

    def furnish(self) -> None:
        """Put in something of everything that pages show."""
        self.publish()
        assert self.failed
        assert self.waiting
        assert self.ticket
        assert self.other
        assert self.letter
        self.rooms.officer_actions.note(self.waiting.id, "Marie", "Rappeler demain.")

    def fill(self, path: str) -> str:
        """A route's path with names of what there is in its places."""
        assert self.waiting
        assert self.letter
        parked = self.rooms.outbox.parked()[0]
        places = {
            "/console/conversations/{id}": f"/console/conversations/{self.waiting.id}",
            "/console/tickets/{reference}/merge": (
                f"/console/tickets/{self.ticket.reference}/merge?other={self.other.reference}"
            ),
            "/console/tickets/{reference}": f"/console/tickets/{self.ticket.reference}",
            "/console/knowledge/{id}": "/console/knowledge/address",
            "/versions/{number:int}": "/versions/1",
            "/console/staff/{number:int}": f"/console/staff/{self.officer('marie').id}",
            "/console/undelivered/{number:int}": f"/console/undelivered/{parked.id}",
            "/console/failed/{number:int}": f"/console/failed/{self.failed}",
            "/console/mail/{number:int}": f"/console/mail/{self.letter}",
            "/console/attachments/{number:int}": f"/console/attachments/{self.file}",
            "/overview/plot/{name}.svg": "/overview/plot/replies.svg",
            "/promises/plot/{name}.svg": "/promises/plot/share.svg",
            "/overview/{name}.csv": "/overview/conversations.csv",
            "/promises/{name}.csv": "/promises/broken.csv",
        }
        for place, name in places.items():
            path = path.replace(place, name)
        assert "{" not in path, f"say in `fill` what {path} is to be tried with"
        return path


def read_article(name: str) -> Any:
    """An article of the committed knowledge base."""
    text = (ROOT / "data" / "knowledge" / f"{name}.yml").read_text(encoding="utf-8")
    return parse_article(yaml.safe_load(text))


def open_desk(*, staffed: bool = True, **settings: Any) -> Desk:
    """A desk with an officer, an editor and a supervisor, on a database that has its tables."""
    desk = Desk()
    rooms = desk.rooms = wire(
        Settings(**settings),
        now=lambda: desk.moment,
        assistant=RasaClient(ScriptedHttp(desk.rasa)),
        actions=ScriptedHttp(lambda _: httpx.Response(200)),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.staff.people.PasswordHasher", lambda: CHEAP)
        desk.app = make_app(rooms)
    for login, name, role in (
        ("chef", "Chantal", "supervisor"),
        ("marie", "Marie", "officer"),
        ("emile", "Émile", "editor"),
    ):
        if staffed:
            rooms.people.add(login=login, name=name, role=role, password=PASSWORD)
    return desk


@pytest.fixture
def make_desk(sqlite_files: SqliteFiles) -> Iterator[Callable[..., Desk]]:
    """Makes desks with the settings that a test asks for, each on a database of its own."""
    made: list[Desk] = []

    def make(**settings: Any) -> Desk:
        made.append(open_desk(**{"database_url": sqlite_files.new(), **settings}))
        return made[-1]

    yield make
    for desk in made:
        desk.rooms.close()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk with the default settings."""
    return make_desk()


@pytest.fixture
def office(sqlite_files: SqliteFiles, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The desk with two published articles, "hours" and "role"; its passwords are cheap, as nobody logs in by one."""
    monkeypatch.setattr(bot.staff.people, "PasswordHasher", lambda: CHEAP)

    def silent(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[])

    rooms = wire(
        Settings(database_url=sqlite_files.new()),
        now=lambda: NOW,
        assistant=RasaClient(ScriptedHttp(silent)),
        actions=ScriptedHttp(silent),
    )
    rooms.articles.publish([parse_article(document(name)) for name in ("hours", "role")], NOW)
    app = make_app(rooms)
    browsers = [
        OfficeBrowser(app, rooms, name, EDITOR if name == "Ana" else OFFICER) for name in ("Ana", "Ben", "Cleo")
    ]
    yield Office(rooms, *browsers)
    rooms.close()

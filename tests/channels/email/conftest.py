"""What the tests of e-mails share: a desk's own parts around a scripted Rasa, and the e-mails that go out of it."""

from __future__ import annotations

import asyncio
import email
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import Rooms, wire
from bot.channels.email import CHANNEL
from bot.channels.email.entry import Email
from bot.channels.email.mailboxes import Letter
from bot.channels.email.transports import Transport
from bot.channels.telegram.entry import Telegram
from bot.channels.web.entry import Rest, Web
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.article import parse_article
from bot.messages.conversation import Message
from bot.tickets.ticket import Ticket
from tests.cast import NOW
from tests.channels.email.letters import letter
from tests.mail_server import MailServer
from tests.scripted_http import ScriptedHttp


@pytest.fixture(scope="module")
def dovecot() -> Iterator[MailServer]:
    """A dovecot."""
    server = MailServer()
    try:
        yield server.start()
    finally:
        server.remove()


class Taken:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []

    def deliver(self, recipient: str, mail: EmailMessage) -> None:
        """Keep one e-mail."""
        raw = mail.as_bytes(policy=policy.SMTP)
        self.mails.append((recipient, email.message_from_bytes(raw, policy=policy.default)))

    def probe(self) -> None:
        """Always alive."""


class Post:
    """The desk as e-mails see it: they come in, their turns are taken, and what goes out can be read."""

    def __init__(self, settings: Settings, silence: float = 0.0) -> None:
        """`silence`: seconds for which e-mails wait for an assistant that is not there."""
        self.there = True  # the assistant
        self.moment = NOW
        self.reading: Any = {"intent": {"name": "inquiry"}, "knowledge": {"outcome": "unanswered"}}
        self.asked: list[dict[str, Any]] = []
        self.taken: Transport | Any = Taken()
        self.rooms = wire(
            settings,
            now=lambda: self.moment,
            channels=(Web, Rest, Telegram, partial(Email, transport=self.taken, silence=silence)),
            assistant=RasaClient(ScriptedHttp(self._rasa)),
        )
        email_channel = self.rooms.channel(Email)
        self.email_turns = email_channel.turns
        self.service = self.rooms.pipeline
        self.channel = email_channel.receiver
        self.sender = email_channel.sender

    async def _rasa(self, request: httpx.Request) -> httpx.Response:
        if not self.there:
            raise httpx.ConnectError("nobody listens")
        if request.method == "GET":
            return httpx.Response(200)
        assert request.url.path == "/webhooks/parsing/parse", "an e-mail is said in no conversation of Rasa's"
        self.asked.append(json.loads(request.content))
        if isinstance(self.reading, Exception):
            raise self.reading
        found = self.reading(self.asked[-1]["text"]) if callable(self.reading) else self.reading
        found = await found if inspect.isawaitable(found) else found
        return httpx.Response(200, json=found)

    async def comes(self, raw: bytes | None = None, *, at: datetime | None = None, **changes: Any) -> None:
        """An e-mail comes in, and its turn is taken."""
        content = raw if raw is not None else letter(**changes)
        await self.channel.receive(Letter(content, at or self.moment, whole=True))
        await self.turns()

    async def turns(self) -> None:
        """Wait until every turn is taken."""
        while self.service._turns:
            await asyncio.gather(*self.service._turns)

    async def carry(self) -> list[tuple[str, EmailMessage]]:
        """Carry out what waits; what went out since the last time."""
        before = len(self.taken.mails)
        while rows := self.rooms.outbox.due(CHANNEL, self.moment, 100):
            for row in rows:
                for part in self.sender.parts(row.message, row.language):
                    await self.sender.send(row.address, part)
            self.rooms.outbox.settle([_sent(row) for row in rows], self.moment)
        return list(self.taken.mails[before:])

    async def one(self) -> tuple[str, EmailMessage]:
        """The one e-mail that went out since the last time."""
        (found,) = await self.carry()
        return found

    def tickets(self, state: str | None = None, limit: int = 100) -> list[Ticket]:
        """The tickets there are, so many at most."""
        return self.rooms.tickets.store.by_due_moment(state, limit)

    def said(self, ticket: Ticket) -> list[Message]:
        """What was said in a ticket's conversation."""
        return self.rooms.conversations.transcript(ticket.conversation)

    def history(self, ticket: Ticket) -> list[str]:
        """What happened to a ticket."""
        return [event.kind for event in self.rooms.tickets.store.history(ticket.reference)]

    def pass_by(self, **time: float) -> None:
        """Let some time pass."""
        self.moment += timedelta(**time)


def _sent(row: Any) -> Any:
    from dataclasses import replace

    return replace(row, state="sent")


def answering(article: str = "address", outcome: str = "answered") -> Mapping[str, Any]:
    """A reading that ranks an article first."""
    matches = [{"article": article, "probability": 0.91}, {"article": "role", "probability": 0.05}]
    options = [article] if outcome == "clarify" else []
    return {"intent": {"name": "inquiry"}, "knowledge": {"outcome": outcome, "matches": matches, "options": options}}


def publish(rooms: Rooms) -> None:
    """Publish two articles of the committed knowledge base."""
    found = []
    for name in ("address", "role"):
        text = (ROOT / "data" / "knowledge" / f"{name}.yml").read_text(encoding="utf-8")
        found.append(parse_article(yaml.safe_load(text)))
    rooms.articles.publish(found, NOW)


@pytest.fixture
def make_post(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Post]]:
    """Makes a desk's parts with the settings that a test asks for, on SQLite and on PostgreSQL."""
    made: list[Rooms] = []

    def make(*, silence: float = 0.0, **more: Any) -> Post:
        settings = Settings(
            **{
                "database_url": database_url,
                "mail_from": "guichet@desk.example",
                "mail_in_dir": tmp_path / "in",
                "mail_dir": tmp_path / "out",
                **more,
            }
        )
        post = Post(settings, silence)
        made.append(post.rooms)
        return post

    yield make
    for rooms in made:
        rooms.close()


@pytest.fixture
def post(make_post: Callable[..., Post]) -> Post:
    """A desk's parts with the default settings."""
    return make_post()


@asynccontextmanager
async def at_work(*duties: Callable[[], Any]) -> Any:
    """Duties that run while the block lasts."""
    tasks = [asyncio.create_task(duty()) for duty in duties]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Let the other tasks run until `condition` holds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come to that"
        await asyncio.sleep(0.02)

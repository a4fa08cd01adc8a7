"""The whole way: in by IMAP, acknowledged by SMTP, answered in the console, out in the thread, the clock stopped."""

from __future__ import annotations

import email
import html
import re
import time
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from aiosmtpd.controller import Controller
from starlette.testclient import TestClient

from bot.app import make_app
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import Rooms, utc_now, wire
from bot.core.settings import Settings
from tests.cast import PASSWORD
from tests.channels.email.conftest import answering, publish
from tests.channels.email.letters import PDF, attached, letter, multipart, part, returned
from tests.channels.email.test_mailboxes import drop
from tests.databases import free_port
from tests.desk_alone import DeskAlone, EchoRasa
from tests.mail_server import Mail, MailServer
from tests.scripted_http import ScriptedHttp

_MAILS = 24
ENGLISH = "Hello, which internships do you offer to students who live in Montréal?"


class Exchange:
    """A real SMTP server, which keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep one e-mail."""
        found: Any = email.message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, found))
        return "250 OK"

    @property
    def settings(self) -> dict[str, object]:
        """The desk's settings that lead here."""
        return {"smtp_host": "127.0.0.1", "smtp_port": self._controller.port, "smtp_security": "none"}

    def __enter__(self) -> Exchange:
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """An SMTP server."""
    with Exchange() as running:
        yield running


def rasa(request: httpx.Request) -> httpx.Response:
    """Rasa: finds an article in everything."""
    return httpx.Response(200, json=answering() if request.method == "POST" else {})


def open_desk(database_url: str, **settings: Any) -> tuple[Rooms, TestClient]:
    """A whole desk, not started yet."""
    rooms = wire(
        Settings(database_url=database_url, mail_from="guichet@desk.example", **settings),
        now=utc_now,
        assistant=RasaClient(ScriptedHttp(rasa)),
        actions=ScriptedHttp(lambda _: httpx.Response(200)),
    )
    publish(rooms)
    return rooms, TestClient(make_app(rooms), base_url="http://desk.test", follow_redirects=False)


def until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


class Officer:
    """An officer's browser, logged in."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.get("/console/login")
        assert self.post("/console/login", login="marie", password=PASSWORD, next="/console").status_code == 303

    def get(self, path: str) -> httpx.Response:
        """A page; its token is for the next form."""
        response = self.client.get(path)
        if found := re.search(r'name="form_token" value="([^"]+)"', response.text):
            self.token = html.unescape(found[1])
        return response

    def post(self, path: str, **fields: str) -> httpx.Response:
        """A form."""
        content = urlencode({"form_token": self.token, **fields})
        return self.client.post(path, content=content, headers={"content-type": "application/x-www-form-urlencoded"})


def test_from_question_to_answer(
    sqlite_files: Any, dovecot: MailServer, exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    """An e-mail by IMAP, its acknowledgement by SMTP, an answer from the console in the thread, and a bounce of it."""
    mail: Mail = dovecot.user()
    rooms, client = open_desk(sqlite_files.new(), imap_poll_seconds=2.0, **mail.settings, **exchange.settings)
    rooms.people.add(login="marie", name="Marie", role="officer", password=PASSWORD)
    mail.deliver(multipart(part(ENGLISH + "\n\n> cité"), attached(PDF, "filename*=utf-8''r%C3%A9sum%C3%A9.pdf")))
    with client:
        until(lambda: exchange.mails)
        to, acknowledgement = exchange.mails[0]
        (ticket,) = rooms.tickets.store.by_due_moment()
        assert to == ["ana@example.org"]
        assert ticket.reference in acknowledgement.get_content()
        assert acknowledgement["In-Reply-To"] == "<1@example.org>"
        until(lambda: mail.flags() == [{rb"\Seen"}])

        marie = Officer(client)
        page = marie.get(f"/console/tickets/{ticket.reference}").text
        assert "which internships do you offer" in page
        assert "&gt; cité" in page
        assert "<details>" in page
        assert "résumé.pdf" in page
        link = re.search(r"/console/attachments/\d+", page)
        assert link
        file = client.get(link[0])
        assert file.content == PDF
        assert file.headers["content-type"] == "application/pdf"
        assert file.headers["content-disposition"].startswith("attachment;")
        assert "filename*=UTF-8''r%C3%A9sum%C3%A9.pdf" in file.headers["content-disposition"]
        assert file.headers["x-content-type-options"] == "nosniff"
        assert rooms.journal.read(limit=1)[0].action == "downloaded"
        marie.get(f"/console/tickets/{ticket.reference}")
        assert marie.post(f"/console/tickets/{ticket.reference}/answer", text="Here they are.").status_code == 303
        until(lambda: len(exchange.mails) == 2)
        to, answer = exchange.mails[1]
        assert (to, answer["Subject"], answer["In-Reply-To"]) == (
            ["ana@example.org"],
            "Re: Question",
            "<1@example.org>",
        )
        assert "Here they are." in answer.get_content()
        until(lambda: rooms.tickets.get(ticket.reference).kept)

        mail.deliver(returned(answer["Message-ID"]))
        until(lambda: rooms.tickets.get(ticket.reference).state == "open")
        page = marie.get(f"/console/tickets/{ticket.reference}").text
        assert "5.1.1" in page
        assert marie.get("/console/mail").status_code == 200
        assert len(exchange.mails) == 2, "nobody answers a bounce"
    assert "example.org" not in caplog.text
    assert "internships" not in caplog.text
    rooms.close()


def test_yes_on_the_whole_way(sqlite_files: Any, exchange: Exchange, tmp_path: Path) -> None:
    """Without an IMAP server: a file dropped into the folder, and the answer "yes" to the acknowledgement."""
    rooms, client = open_desk(sqlite_files.new(), mail_in_dir=tmp_path, **exchange.settings)
    drop(tmp_path, "first.eml", letter(ENGLISH))
    with client:
        until(lambda: exchange.mails)
        name = exchange.mails[0][1]["Message-ID"]
        drop(tmp_path, "second.eml", letter("Yes, thanks!", name="<2@b>", more=[f"In-Reply-To: {name}"]))
        until(lambda: len(exchange.mails) == 2)
        (ticket,) = rooms.tickets.store.by_due_moment()
        assert (ticket.state, ticket.closed_as, ticket.kept) == ("closed", "satisfied", None)
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["first.eml:2,S", "second.eml:2,S"]
    rooms.close()


def test_an_e_mail_set_aside_is_made_a_request(sqlite_files: Any, tmp_path: Path) -> None:
    """What a person wrote after all is no longer aside, and has its clock."""
    rooms, client = open_desk(sqlite_files.new(), mail_in_dir=tmp_path / "in", mail_dir=tmp_path / "out")
    rooms.people.add(login="marie", name="Marie", role="officer", password=PASSWORD)
    drop(tmp_path / "in", "a", letter(ENGLISH, more=["X-Autoreply: yes"]))
    with client:
        until(rooms.email_threads.aside)
        marie = Officer(client)
        page = marie.get("/console/mail").text
        place = re.search(r"/console/mail/\d+/open", page)
        assert place
        assert marie.post(place[0]).status_code == 303
        (ticket,) = rooms.tickets.store.by_due_moment()
        assert (ticket.email, ticket.channel) == ("ana@example.org", "email")
        assert list(rooms.email_threads.aside()) == []
        assert marie.get("/console/mail").status_code == 200
        assert marie.post(place[0]).status_code == 303, "pressed twice, it is one request"
        assert len(rooms.tickets.store.by_due_moment()) == 1
        rooms.answers.answer(ticket.reference, "Marie", "Here.")
        until(lambda: rooms.tickets.get(ticket.reference).state == "closed")
    (sent,) = (tmp_path / "out" / "new").iterdir()
    assert b"In-Reply-To: <1@example.org>" in sent.read_bytes()
    rooms.close()


def test_killed_between_fetching_and_marking(
    sqlite_files: Any, dovecot: MailServer, exchange: Exchange, tmp_path: Path
) -> None:
    """However often a desk dies on the way, each e-mail has one ticket, and its citizen one acknowledgement."""
    mail = dovecot.user()
    url = sqlite_files.new()
    echo = EchoRasa(tmp_path).start()
    settings = {**mail.settings, **exchange.settings, "imap_poll_seconds": 1, "mail_from": "guichet@desk.example"}
    rooms = wire(Settings(database_url=url))
    try:
        for n in range(_MAILS):
            mail.deliver(letter(ENGLISH, name=f"<{n}@x>", sender=f"a{n}@example.org"))
        for enough in (2, _MAILS // 2):
            desk = DeskAlone(tmp_path, url, echo, **settings).start()
            until(lambda enough=enough: len(rooms.tickets.store.by_due_moment()) >= enough)
            desk.kill()
        desk = DeskAlone(tmp_path, url, echo, **settings).start()
        until(lambda: mail.flags() == [{rb"\Seen"}] * _MAILS, 90)
        until(lambda: len({mail["Message-ID"] for _, mail in exchange.mails}) == _MAILS, 90)
        desk.stop()
        assert len(rooms.tickets.store.by_due_moment()) == _MAILS
        # What was being sent when a process died may have gone twice, under one name, which mail programs show once.
        assert len({mail["Message-ID"] for _, mail in exchange.mails}) == _MAILS
    finally:
        echo.kill()
        rooms.close()

"""E-mails carried by SMTP to a server on loopback: what it takes, refuses, and is told."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from bot.channels.email.sending import EmailSender
from bot.channels.email.transports import Smtp, make_transport
from bot.core.settings import Settings
from bot.messages.delivery import DeliveryError, Permanent, Transient, Uncertain
from tests.certificates import make_certificate
from tests.channels.email.test_sending import ANA, PASSWORD, arrived, failing, message, sender_by
from tests.databases import free_port

pytestmark = pytest.mark.anyio


class Server:
    """What an SMTP server is told and takes; a test says at which command it does something else.

    `answers`: command → what is answered to it; None cuts the connection instead.
    """

    def __init__(self) -> None:
        self.answers: dict[str, str | None] = {}
        self.taken: list[tuple[str, list[str], bytes]] = []  # sender, recipients, content
        self.commands: list[str] = []
        self.port = 0

    def settings(self, **more: Any) -> Settings:
        """Settings that lead here."""
        given = {"smtp_security": "none", "mail_from": "guichet@desk.example", **more}
        return Settings(smtp_host="127.0.0.1", smtp_port=self.port, **given)

    async def _answer(self, command: str, smtp: SMTP, usual: str) -> str:
        self.commands.append(command)
        answer = self.answers.get(command, usual)
        if answer is None:
            smtp.transport.abort()
            await asyncio.Event().wait()  # until the loss of the connection ends this
        return str(answer)

    async def handle_EHLO(self, smtp: SMTP, session: Any, envelope: Any, hostname: str) -> str:
        """EHLO; what the server can do was said before."""
        session.host_name = hostname
        return await self._answer("EHLO", smtp, "250 HELP")

    async def handle_MAIL(self, smtp: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """MAIL FROM."""
        envelope.mail_from = address
        return await self._answer("MAIL", smtp, "250 OK")

    async def handle_RCPT(self, smtp: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """RCPT TO."""
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", smtp, "250 OK")

    async def handle_DATA(self, smtp: SMTP, session: Any, envelope: Any) -> str:
        """The content, once it is complete."""
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return await self._answer("DATA", smtp, "250 OK")

    async def handle_NOOP(self, smtp: SMTP, session: Any, envelope: Any, arg: str) -> str:
        """A sign of life."""
        return await self._answer("NOOP", smtp, "250 OK")

    async def handle_QUIT(self, smtp: SMTP, session: Any, envelope: Any) -> str:
        """Goodbye."""
        return await self._answer("QUIT", smtp, "221 Bye")


@asynccontextmanager
async def serving(*, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Server]:
    """An SMTP server on a free port of loopback; `tls`: it speaks nothing else."""
    server = Server()
    loop = asyncio.get_running_loop()
    options = {"hostname": "mail.example", "loop": loop, **options}
    listening = await loop.create_server(lambda: SMTP(server, **options), "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """An SMTP server without encryption."""
    async with serving() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that we signed ourselves, with its key."""
    made, key = make_certificate()
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(key + made)
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of an encrypted connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def sender_to(server: Server, **settings: Any) -> EmailSender:
    """A sender to `server`."""
    found = server.settings(**settings)
    return sender_by(make_transport(found), found)


async def test_an_email_arrives(server: Server) -> None:
    """Accents, lines that begin with a dot and long lines come as they were; the part itself stays as it is."""
    text = "À l'été, « garçon » 😀\n.\n..fin\n" + "é" * 2000
    sender = sender_to(server)
    (part,) = sender.parts(message(text, email={"subject": "Réponse à votre question"}), "fr")
    before = part.mail.as_bytes()
    await sender.send(ANA, part)
    ((envelope_from, envelope_to, content),) = server.taken
    assert (envelope_from, envelope_to) == ("guichet@desk.example", [ANA])
    found = arrived(content)
    assert (found["To"], found["Subject"]) == (ANA, "Réponse à votre question")
    assert found.get_content().replace("\r\n", "\n").startswith(text + "\n\n-- \n")
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert part.mail.as_bytes() == before


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example.org\nBcc: eve@example.org",
        "ana@example.org\r\nRCPT TO:<eve@example.org>",
        "ana@example.org\n",
        "ana@exa\u2028mple.org",
        "ana@example.org,eve@example.org",
        "ana@example.org eve@example.org",
        "Ana <ana@example.org>",
        "ana>@example.org",
        "é@example.org\r\nBcc: eve@example.org",
    ],
)
async def test_what_is_not_one_address_is_refused(server: Server, address: str) -> None:
    """Nothing is sent to it, now or later, and its text goes nowhere."""
    sender = sender_to(server)
    with pytest.raises(Permanent, match="^bad address$"):
        await sender.send(address, sender.parts(message(), "fr")[0])
    assert server.commands == []


@pytest.mark.parametrize("address", ["ana@localhost", "o'brien+x@intranet.local", "ana@xn--qubec-csa.ca"])
async def test_addresses_of_any_domain_are_served(server: Server, address: str) -> None:
    """A name that only the local network knows is for the SMTP server to judge."""
    sender = sender_to(server)
    await sender.send(address, sender.parts(message(), "fr")[0])
    assert server.taken[0][1] == [address]


async def test_a_domain_with_accents_travels_in_ascii(server: Server) -> None:
    """Every server takes it."""
    sender = sender_to(server)
    await sender.send("ana@québec.ca", sender.parts(message(), "fr")[0])
    assert server.taken[0][1] == ["ana@xn--qubec-csa.ca"]
    assert arrived(server.taken[0][2])["To"] == "ana@xn--qubec-csa.ca"


async def test_a_name_with_accents_needs_a_server_that_takes_it(server: Server) -> None:
    """It is told plainly where it cannot be delivered, and delivered where it can."""
    assert (await failing(sender_to(server), "zoé@example.org")).reason == "smtp no SMTPUTF8"
    async with serving(enable_SMTPUTF8=True) as modern:
        sender = sender_to(modern)
        await sender.send("zoé@example.org", sender.parts(message("Été"), "fr")[0])
    assert modern.taken[0][1] == ["zoé@example.org"]
    assert "To: zoé@example.org\r\n" in modern.taken[0][2].decode()


@pytest.mark.parametrize(
    "command, answer, kind, reason",
    [
        ("RCPT", "550 no ana@example.org here", Permanent, "smtp 550"),
        ("RCPT", "451 greylisted", Transient, "smtp 451"),
        ("RCPT", "421 closing", Transient, "smtp 421"),
        ("RCPT", "530 log in first", Transient, "smtp 530"),
        ("RCPT", None, Transient, "smtp SMTPServerDisconnected"),
        ("MAIL", "550 not from there", Permanent, "smtp 550"),
        ("MAIL", "452 disk full", Transient, "smtp 452"),
        ("MAIL", "what?", Transient, "smtp -1"),
        ("DATA", "554 ana@example.org does not want it", Permanent, "smtp 554"),
        ("DATA", "451 try later", Transient, "smtp 451"),
        ("DATA", "what?", Uncertain, "smtp unreadable answer"),
        ("DATA", "x" * 9000, Uncertain, "smtp SMTPResponseException"),
        ("DATA", None, Uncertain, "smtp SMTPServerDisconnected"),
        ("EHLO", None, Transient, "smtp SMTPServerDisconnected"),
    ],
)
async def test_each_failure_says_whether_to_try_again(
    server: Server, command: str, answer: str | None, kind: type[DeliveryError], reason: str
) -> None:
    """Surely not delivered, never to be delivered, or unknown: with the server's code and none of its words."""
    server.answers[command] = answer
    error = await failing(sender_to(server))
    assert (type(error), error.reason) == (kind, reason)
    assert server.commands[-1] in (command, "QUIT")


@pytest.mark.parametrize("goodbye", [None, "500 what?"])
async def test_a_goodbye_that_fails_undoes_nothing(server: Server, goodbye: str | None) -> None:
    """What the server took is delivered."""
    server.answers["QUIT"] = goodbye
    sender = sender_to(server)
    await sender.send(ANA, sender.parts(message(), "fr")[0])
    assert len(server.taken) == 1


async def test_a_greeting_that_refuses_is_no_fault_of_the_message() -> None:
    """A server that takes nobody is tried again."""

    def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 no service\r\n")

    listening = await asyncio.start_server(refuse, "127.0.0.1", 0)
    server = Server()
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        error = await failing(sender_to(server))
    assert (type(error), error.reason) == (Transient, "smtp 554")


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    """Without a greeting in time, nothing was sent."""
    listening = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    server = Server()
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        error = await failing(sender_by(Smtp(server.settings(smtp_timeout=0.2)), Settings()))
    assert type(error) is Transient


async def test_no_connection_is_surely_not_delivered() -> None:
    """Where nobody listens nothing was sent."""
    server = Server()
    server.port = free_port()
    error = await failing(sender_to(server))
    assert (type(error), error.reason) == (Transient, "smtp ConnectionRefusedError")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
async def test_a_wrong_password_is_loud(caplog: pytest.LogCaptureFixture) -> None:
    """E-mails wait until it is mended; the log says that it must be, and not what was tried."""

    def known(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=login.password == PASSWORD.encode(), handled=False)

    async with serving(authenticator=known, auth_required=True, auth_require_tls=False) as server:
        error = await failing(sender_to(server, smtp_user="desk", smtp_password="wrong-7F3A"))
        assert (type(error), error.reason) == (Transient, "smtp auth 535")
        assert [record.levelno for record in caplog.records if record.name.startswith("bot.")] == [logging.ERROR]
        assert "wrong-7F3A" not in caplog.text
        error = await failing(sender_to(server))
        assert (type(error), error.reason) == (Transient, "smtp 530")
        assert server.taken == []
        sender = sender_to(server, smtp_user="desk", smtp_password=PASSWORD)
        await sender.send(ANA, sender.parts(message(), "fr")[0])
        assert len(server.taken) == 1


async def test_a_server_without_a_login_is_loud(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """A password that cannot be used is for staff to know of."""
    error = await failing(sender_to(server, smtp_user="desk", smtp_password=PASSWORD))
    assert (type(error), error.reason) == (Transient, "smtp SMTPNotSupportedError")
    assert logging.ERROR in [record.levelno for record in caplog.records if record.name.startswith("bot.")]


@pytest.fixture(params=["starttls", "tls"])
async def encrypted(request: pytest.FixtureRequest, tls: ssl.SSLContext) -> AsyncIterator[tuple[Server, Settings]]:
    """A server that takes nothing unencrypted, and the settings that lead to it."""
    options: dict[str, Any] = {"tls": tls} if request.param == "tls" else {"tls_context": tls, "require_starttls": True}
    async with serving(**options) as running:
        yield running, running.settings(smtp_security=request.param)


async def test_an_email_travels_encrypted(encrypted: tuple[Server, Settings], certificate: Path) -> None:
    """With a certificate that is believed the e-mail arrives."""
    server, settings = encrypted
    sender = sender_by(Smtp(settings, ssl.create_default_context(cafile=certificate)), settings)
    await sender.probe()
    await sender.send(ANA, sender.parts(message(), "fr")[0])
    assert server.taken[0][1] == [ANA]


async def test_a_stranger_is_told_nothing(encrypted: tuple[Server, Settings], caplog: pytest.LogCaptureFixture) -> None:
    """A certificate that nobody vouches for ends the session before anything is said, and the log says so."""
    server, settings = encrypted
    error = await failing(sender_by(make_transport(settings), settings))
    assert (type(error), error.reason) == (Transient, "smtp SSLCertVerificationError")
    assert "MAIL" not in server.commands
    assert logging.ERROR in [record.levelno for record in caplog.records if record.name.startswith("bot.")]


async def test_what_should_be_encrypted_is_not_sent_otherwise(server: Server) -> None:
    """A server that offers no encryption, or whose offer was removed on the way, gets nothing."""
    error = await failing(sender_to(server, smtp_security="starttls"))
    assert (type(error), error.reason) == (Transient, "smtp SMTPNotSupportedError")
    assert "MAIL" not in server.commands


async def test_a_probe_has_no_effect(server: Server) -> None:
    """A sign of life is asked for without a message to anyone."""
    sender = sender_to(server)
    await sender.probe()
    assert server.commands == ["EHLO", "NOOP", "QUIT"]
    server.answers["NOOP"] = "421 closing"
    with pytest.raises(Transient, match="smtp 421"):
        await sender.probe()

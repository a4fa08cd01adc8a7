"""Where e-mails go: to an SMTP server, or into a folder of this machine. Both block; a thread runs them."""

from __future__ import annotations

import logging
import mailbox
import re
import smtplib
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from bot.channels.email.writing import POLICY
from bot.core.settings import Settings
from bot.messages.delivery import Permanent, Transient, Uncertain

log = logging.getLogger(__name__)

_SETUP = {530, 534, 535, 538}  # a server that wants to be logged in to, or wants it done otherwise
_PARTING_SECONDS = 2.0
_LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)


class Transport(Protocol):
    """Takes e-mails, each to one recipient."""

    def deliver(self, recipient: str, mail: EmailMessage) -> None:
        """Hand over one e-mail that is complete.

        Raises:
            DeliveryError: one of its kinds.
        """

    def probe(self) -> None:
        """Find out whether an e-mail could be handed over, without one.

        Raises:
            DeliveryError: one of its kinds.
        """


def make_transport(settings: Settings) -> Transport:
    """The SMTP server of the settings; without one, the folder."""
    return Smtp(settings) if settings.smtp_host else Maildir(settings.mail_dir)


class Smtp:
    """An SMTP server; each e-mail has a connection of its own."""

    def __init__(self, settings: Settings, context: ssl.SSLContext | None = None) -> None:
        """`context`: whose certificates are believed; those that the machine believes unless told."""
        self._settings = settings
        self._context = context or ssl.create_default_context()

    def deliver(self, recipient: str, mail: EmailMessage) -> None:
        """Hand over one e-mail. It is Uncertain from its first byte until the server's answer.

        Raises:
            DeliveryError: one of its kinds.
        """
        content = _content(mail, recipient, "\r\n")
        with self._session() as client:
            options = [] if recipient.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
            if options and not client.has_extn("smtputf8"):
                raise Permanent("smtp no SMTPUTF8")
            _check(client.mail(self._settings.mail_from, options)[0])
            _check(client.rcpt(recipient)[0])
            _check(client.docmd("DATA")[0], 3)
            try:
                client.send(_LINE_WITH_DOT.sub(b"..", content) + b".\r\n")
                code = client.getreply()[0]
            except OSError as error:
                raise Uncertain(f"smtp {type(error).__name__}") from error
            if code // 100 not in (2, 4, 5):
                raise Uncertain("smtp unreadable answer")
            _check(code)

    def probe(self) -> None:
        """Log in and say NOOP.

        Raises:
            DeliveryError: one of its kinds.
        """
        with self._session() as client:
            _check(client.noop()[0])

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection on which an e-mail may begin. A failure on it is surely no delivery, unless told otherwise."""
        try:
            client = self._connect()
        except OSError as error:  # as all of smtplib's errors are
            raise _no_session(error) from error
        try:
            yield client
        except OSError as error:
            raise Transient(f"smtp {type(error).__name__}") from error
        finally:
            _leave(client)

    def _connect(self) -> smtplib.SMTP:
        to = self._settings
        client: smtplib.SMTP
        if to.smtp_security == "tls":
            client = smtplib.SMTP_SSL(to.smtp_host, to.smtp_port, timeout=to.smtp_timeout, context=self._context)
        else:
            client = smtplib.SMTP(to.smtp_host, to.smtp_port, timeout=to.smtp_timeout)
        try:
            if to.smtp_security == "starttls":
                client.starttls(context=self._context)
            client.ehlo_or_helo_if_needed()
            if to.smtp_user:
                client.login(to.smtp_user, to.smtp_password)
        except BaseException:
            client.close()
            raise
        return client


class Maildir:
    """A folder in which each e-mail becomes a file (https://cr.yp.to/proto/maildir.html)."""

    def __init__(self, folder: Path) -> None:
        """`folder`: made when it is first needed."""
        self._folder = folder

    def deliver(self, recipient: str, mail: EmailMessage) -> None:
        """Put one e-mail among the new ones.

        Raises:
            Transient: the folder cannot be written.
        """
        try:
            self._make()
            mailbox.Maildir(self._folder, create=False).add(_content(mail, recipient, "\n"))
        except (OSError, mailbox.Error) as error:
            raise Transient(f"maildir {type(error).__name__}") from error

    def probe(self) -> None:
        """Write a file that nobody sees.

        Raises:
            Transient: the folder cannot be written.
        """
        try:
            self._make()
            with tempfile.TemporaryFile(dir=self._folder / "tmp") as file:
                file.write(b"\n")
        except OSError as error:
            raise Transient(f"maildir {type(error).__name__}") from error

    def _make(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what citizens are told is theirs
        for name in ("tmp", "new", "cur"):
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)


def _content(mail: EmailMessage, recipient: str, linesep: str) -> bytes:
    """The e-mail as it travels, in ASCII unless the recipient's address is not."""
    return mail.as_bytes(policy=POLICY.clone(linesep=linesep, utf8=not recipient.isascii()))


def _check(code: int, wanted: int = 2) -> None:
    """Raise what the answer `code` means, unless `wanted` is its first digit."""
    if code // 100 == wanted:
        return
    if code in _SETUP:
        log.error("the SMTP server does not let us send (%d); see GUICHET_SMTP_USER and GUICHET_SMTP_SECURITY", code)
        raise Transient(f"smtp {code}")
    raise (Permanent if code // 100 == 5 else Transient)(f"smtp {code}")


def _no_session(error: OSError) -> Transient:
    """Why no session began: whatever it is, it is no fault of the e-mail's.

    What only staff can mend (encryption, certificate, password) is told to the log.
    """
    reason = type(error).__name__
    if isinstance(error, smtplib.SMTPResponseException):
        reason = f"{error.smtp_code}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        reason = f"auth {error.smtp_code}"
    passing = isinstance(error, (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPHeloError))
    if isinstance(error, (smtplib.SMTPException, ssl.SSLError)) and not passing:
        log.error("no session with the SMTP server (%s); see the settings GUICHET_SMTP_…", reason)
    return Transient(f"smtp {reason}")


def _leave(client: smtplib.SMTP) -> None:
    """Say goodbye; what was answered before stands, whatever comes of it."""
    with suppress(OSError):
        if client.sock:
            client.sock.settimeout(_PARTING_SECONDS)
        client.quit()
    client.close()

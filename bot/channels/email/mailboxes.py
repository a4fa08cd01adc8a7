"""Where e-mails come from: a mailbox on an IMAP server, or a folder of this machine. Both block; a thread runs them.

An e-mail is looked at without being marked, and marked only once it is kept. What an IMAP server has is known by
its UIDs as long as its UIDVALIDITY is the same; everything that is unread, or newer than the last that was taken,
is taken: also what somebody has read before us, and nothing of what lay there, read, before the desk came.
What is brought twice all the same is the same message to the inbox.
"""

from __future__ import annotations

import hashlib
import logging
import os
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from imaplib import IMAP4
from pathlib import Path
from typing import Any, Protocol

from imapclient import FLAGGED, SEEN, IMAPClient, SocketTimeout

from bot.channels.email.threads import EmailThreads, Progress
from bot.core.settings import Settings

log = logging.getLogger(__name__)

_STILL_WRITTEN = 1.0  # seconds after its last change before a file is taken


class MailboxError(Exception):
    """The mailbox does not answer, or not as it should; the message says how, without anything of an e-mail's."""


@dataclass(frozen=True)
class Letter:
    """One e-mail as it came. `whole`: False if only its beginning was read."""

    raw: bytes
    received_at: datetime
    whole: bool


class Mailbox(Protocol):
    """A place that e-mails are taken from. Every method may raise `MailboxError`."""

    def look(self) -> list[Any]:
        """What is to be taken, the oldest first, each by a name that the mailbox knows."""

    def fetch(self, which: Any) -> Letter | None:
        """One e-mail; None if it is gone."""

    def done(self, which: Any, *, aside: bool) -> None:
        """It is kept; `aside`: it could not be read, and somebody should look at it here."""

    def finished(self) -> None:
        """All that the last look found is kept."""

    def wait(self, seconds: float) -> bool:
        """Wait a moment, about so long; whether there may be news."""

    def close(self) -> None:
        """Let go of the connection."""


def make_mailbox(settings: Settings, email_threads: EmailThreads) -> Mailbox:
    """The IMAP mailbox of the settings; without one, the folder."""
    if settings.imap_host:
        return Imap(settings, email_threads)
    return MaildirIn(settings.mail_in_dir, settings.mail_bytes)


class Imap:
    """A folder of a mailbox on an IMAP server, over one connection that is kept."""

    def __init__(self, settings: Settings, email_threads: EmailThreads, context: ssl.SSLContext | None = None) -> None:
        """`context`: whose certificates are believed; those that the machine believes unless told."""
        self._settings = settings
        self._email_threads = email_threads
        self._context = context or ssl.create_default_context()
        place = f"{settings.imap_user}@{settings.imap_host}/{settings.imap_folder}"
        self._name = hashlib.sha256(place.encode()).hexdigest()
        self._client: IMAPClient | None = None
        self._idling = False
        self._unmarkable = False
        self._validity = 0
        self._taken: set[int] = set()  # in this UIDVALIDITY, also where the server lets us mark nothing
        self._reached = Progress(0, 0, datetime.min.replace(tzinfo=timezone.utc))

    def look(self) -> list[int]:
        """The UIDs of what is to be taken."""
        return list(self._asked(self._look))

    def fetch(self, which: int) -> Letter | None:
        """One e-mail, or as much of it as is read, without marking it as read."""
        limit = self._settings.mail_bytes
        wanted = ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[]<0.{limit}>"]
        found = self._asked(lambda client: client.fetch([which], wanted)).get(which)
        if not found:
            return None
        raw = next((value for key, value in found.items() if key.startswith(b"BODY[]")), None)
        if raw is None:
            raise MailboxError("no content")
        when = found.get(b"INTERNALDATE")
        received_at = when if isinstance(when, datetime) and when.tzinfo else datetime.now(timezone.utc)
        return Letter(raw, received_at, found.get(b"RFC822.SIZE", len(raw)) <= limit)

    def done(self, which: int, *, aside: bool) -> None:
        """Mark it as read, and for staff's attention if it is set aside."""
        self._taken.add(which)
        flags = [SEEN, FLAGGED] if aside else [SEEN]

        def mark(client: IMAPClient) -> None:
            try:
                client.add_flags([which], flags, silent=True)
            except IMAP4.abort:
                raise
            except IMAP4.error:
                # It is not taken again all the same: its UID is written down.
                if not self._unmarkable:
                    log.warning("the IMAP server lets us mark nothing as read")
                self._unmarkable = True

        self._asked(mark)

    def finished(self) -> None:
        """Write down how far the mailbox has been read."""
        self._email_threads.note_progress(self._name, self._reached)

    def wait(self, seconds: float) -> bool:
        """Wait until the server tells of news (IDLE); where it cannot, only wait."""
        return bool(self._asked(lambda client: self._idle(client, seconds), waiting=True))

    def close(self) -> None:
        """Log out."""
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(OSError, IMAP4.error, ValueError):
            if self._idling:
                client.idle_done()
            client.logout()
        self._idling = False

    def _asked(self, question: Callable[[IMAPClient], Any], *, waiting: bool = False) -> Any:
        """What the server answers to `question`; without a usable answer the connection is given up.

        `waiting`: the question goes on with an IDLE, which any other ends.
        """
        try:
            if self._client is None:
                self._client = self._connect()
            elif self._idling and not waiting:
                self._idling = False
                self._client.idle_done()
            return question(self._client)
        except (OSError, IMAP4.error, ValueError, LookupError) as error:
            client, self._client, self._idling = self._client, None, False
            if client is not None:
                with suppress(OSError, IMAP4.error, ValueError):
                    client.shutdown()
            raise MailboxError(f"imap {type(error).__name__}") from error

    def _connect(self) -> IMAPClient:
        to = self._settings
        client = IMAPClient(
            to.imap_host,
            to.imap_port,
            ssl=to.imap_security == "tls",
            ssl_context=self._context if to.imap_security == "tls" else None,
            timeout=SocketTimeout(to.imap_timeout, to.imap_timeout),
        )
        try:
            client.normalise_times = False
            if to.imap_security == "starttls":
                client.starttls(self._context)
            client.login(to.imap_user, to.imap_password)
        except BaseException as error:
            if isinstance(error, (IMAP4.error, ssl.SSLError)) and not isinstance(error, IMAP4.abort):
                reason = type(error).__name__
                log.error("no session with the IMAP server (%s); see the settings GUICHET_IMAP_…", reason)
            with suppress(OSError, IMAP4.error, ValueError):
                client.shutdown()
            raise
        return client

    def _look(self, client: IMAPClient) -> list[int]:
        state = client.select_folder(self._settings.imap_folder)
        validity = int(state[b"UIDVALIDITY"])
        now = datetime.now(timezone.utc)
        known = self._email_threads.progress(self._name)
        if validity != self._validity:
            self._validity, self._taken = validity, set()
        wanted = set(client.search(["UNSEEN", "UNDELETED"]))
        if known and known.validity == validity:
            first = known.last_uid + 1
            # "n:*" names the last e-mail also where its UID is smaller.
            newer = client.search(["UID", f"{first}:*", "UNDELETED"])
            wanted |= {uid for uid in newer if uid >= first}
        elif known:  # every UID is another's now: what came since the last look, by its day
            since = (known.looked_at - timedelta(days=1)).date()
            wanted |= set(client.search(["SINCE", since, "UNDELETED"]))
        last = int(state.get(b"UIDNEXT", 0)) - 1
        reached = max([last, *wanted, known.last_uid if known and known.validity == validity else 0])
        self._reached = Progress(validity, reached, now)
        return sorted(wanted - self._taken)

    def _idle(self, client: IMAPClient, seconds: float) -> bool:
        if not client.has_capability("IDLE"):
            time.sleep(seconds)
            return False
        if not self._idling:
            client.idle()
            self._idling = True
        told = client.idle_check(timeout=seconds)
        return any(len(news) > 1 and news[1] == b"EXISTS" for news in told if isinstance(news, tuple))


class MaildirIn:
    """A folder (https://cr.yp.to/proto/maildir.html): what lies in new/ is taken, and moved to cur/."""

    def __init__(self, folder: Path, limit: int) -> None:
        """`folder`: made when it is first looked at; `limit`: bytes of an e-mail that are read."""
        self._folder = folder
        self._limit = limit

    def look(self) -> list[str]:
        """The files that are complete, the oldest first."""
        try:
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            files = [
                (entry.stat().st_mtime, entry.name) for entry in os.scandir(self._folder / "new") if entry.is_file()
            ]
        except OSError as error:
            raise MailboxError(f"maildir {type(error).__name__}") from error
        latest = time.time() - _STILL_WRITTEN
        return [name for changed, name in sorted(files) if changed <= latest]

    def fetch(self, which: str) -> Letter | None:
        """One e-mail; it came when its file was last changed."""
        path = self._folder / "new" / which
        try:
            with path.open("rb") as file:
                raw = file.read(self._limit)
                state = os.fstat(file.fileno())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MailboxError(f"maildir {type(error).__name__}") from error
        received_at = datetime.fromtimestamp(state.st_mtime, timezone.utc)
        return Letter(raw, received_at, state.st_size <= self._limit)

    def done(self, which: str, *, aside: bool) -> None:
        """Move it to those that are read, flagged if it is set aside; no other file is overwritten."""
        flags = ":2,FS" if aside else ":2,S"
        base = which.partition(":2,")[0]
        try:
            to, number = self._folder / "cur" / f"{base}{flags}", 1
            while to.exists():
                to, number = self._folder / "cur" / f"{base}.{number}{flags}", number + 1
            (self._folder / "new" / which).rename(to)
        except FileNotFoundError:
            return  # whoever wrote it asked to be forgotten
        except OSError as error:
            raise MailboxError(f"maildir {type(error).__name__}") from error

    def finished(self) -> None:
        """A folder needs no other mark."""

    def wait(self, seconds: float) -> bool:
        """Wait; a look costs little."""
        time.sleep(seconds)
        return True

    def close(self) -> None:
        """There is no connection."""

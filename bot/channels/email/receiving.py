"""E-mails in: each is read, placed in its thread, and kept, and only then marked in its mailbox."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.assistant.pipeline import NotReceived
from bot.channels.email import CHANNEL
from bot.channels.email.attachments import sort_out, types_of
from bot.channels.email.mailboxes import Letter, Mailbox, MailboxError
from bot.channels.email.reading import Email, read_email
from bot.channels.email.stored_files import File, keep
from bot.channels.email.threads import EmailThreads, Thread, keep_email
from bot.core.leases import Lease
from bot.core.settings import Settings
from bot.messages.conversation import MEDIUM, WORDS, Accepted, Incoming
from bot.messages.intake import Beside

log = logging.getLogger(__name__)

UNREADABLE = "unreadable"
_LOOK_SECONDS = 1.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0
_TRIES = 3  # of fetching one e-mail before it is left where it lies
_Found = TypeVar("_Found")


class Accept(Protocol):
    """Keeps a message for good, with what belongs to it, or raises NotReceived."""

    def __call__(self, incoming: Incoming, *, beside: Beside) -> Awaitable[Accepted]: ...


class EmailChannel:
    """Takes e-mails in."""

    def __init__(
        self,
        accept: Accept,
        email_threads: EmailThreads,
        identify: Callable[[str], str | None],
        settings: Settings,
        now: Callable[[], datetime],
        below_ours: Sequence[str],
        named: Callable[[str, str], str | None],
    ) -> None:
        """
        Args:
            accept: keeps an e-mail.
            email_threads: finds threads.
            identify: the language of words, None where they do not tell.
            settings: our address, and what is taken of files.
            now: the present moment.
            below_ours: what ends all our e-mails.
            named: of words and their sender, the address of the thread whose open request they name by its number.

        Raises:
            SettingsError: the settings allow a type of attachments that is not known.
        """
        self._accept = accept
        self._email_threads = email_threads
        self._identify = identify
        self._settings = settings
        self._allowed = types_of(settings.attachment_types)
        self._now = now
        self._below_ours = tuple(below_ours)
        self._named = named

    async def receive(self, letter: Letter) -> bool:
        """Take one e-mail in: when this returns it is kept; whether it could be read.

        Raises:
            NotReceived: it is not kept, and must come again.
        """
        readable = True
        try:
            incoming, beside = await run_in_threadpool(self._understood, letter)
        except SQLAlchemyError as error:
            raise NotReceived from error
        except Exception as error:  # noqa: BLE001 - one that breaks us must not come again for ever, nor be lost
            # Without its words: they are a citizen's.
            log.error("an e-mail could not be read (%s) and is set aside as it came", type(error).__name__)
            incoming, beside = self._set_aside(letter)
            readable = False
        await self._accept(incoming, beside=beside)
        return readable

    def _understood(self, letter: Letter) -> tuple[Incoming, Beside]:
        own = self._settings.mail_from
        email = read_email(letter.raw, own=own, whole=letter.whole)
        thread = self._email_threads.thread_of(email.bounce.of if email.bounce else email.answers, email.sender)
        begins = thread == Thread()
        if begins and email.sender and not email.automatic:
            # Who begins anew, and tells the number of the request that they left, goes on with it.
            thread = Thread(self._named(f"{email.subject}\n{email.text}", email.sender))
        if written := self._email_threads.written(thread):
            # What was written before is known again, and is nobody's guess.
            email = read_email(letter.raw, own=own, whole=letter.whole, thread=[*written, *self._below_ours])
        files, refused = sort_out(
            email.attachments,
            each=self._settings.attachment_bytes,
            together=self._settings.attachments_bytes,
            allowed=self._allowed,
        )
        detail: dict[str, Any] = {
            "name": email.name,
            "references": list(email.references),
            "sender": email.sender,
            "sender_name": email.sender_name,
            "subject": email.subject,
            "quoted": email.quoted,
            "signature": email.signature,
            "foreign": email.foreign,
            "signs_only": email.signs_only,
            "received_at": min(letter.received_at, self._now()).isoformat(),
            "files": len(files),
            "refused": [asdict(refusal) for refusal in refused],
            "sealed": email.sealed,
            "automatic": email.why,
            "acknowledge": email.acknowledge,
            "begins": begins,
            "answers": thread.answers,
            "conversation": thread.conversation,
            "bounce": _returned(email, thread),
        }
        language = None if email.automatic else self._language(email, written)
        kind = MEDIUM if email.automatic else WORDS  # what no person wrote is no question
        address = thread.address or email.id
        incoming = Incoming(CHANNEL, email.id, address, email.text, kind, language, {"email": detail})
        return incoming, self._beside(files, name=email.name, sender=email.sender, aside=email.why)

    def _language(self, email: Email, written: Sequence[str]) -> str | None:
        """By the words, or else by the thread's, or by what stands above them, or is folded away."""
        words = (email.text, *written, f"{email.subject} {email.text}", email.foreign)
        return next(filter(None, map(self._identify, words)), None)

    def _set_aside(self, letter: Letter) -> tuple[Incoming, Beside]:
        """An e-mail that cannot be read: kept as a file, for staff to see."""
        name = hashlib.sha256(letter.raw).hexdigest()
        detail = {"email": {"automatic": UNREADABLE, "received_at": letter.received_at.isoformat()}}
        files = [File("message.eml.txt", "text/plain", letter.raw)]
        incoming = Incoming(CHANNEL, name, name, "", MEDIUM, None, detail)
        return incoming, self._beside(files, name=None, sender=None, aside=UNREADABLE)

    def _beside(self, files: list[File], *, name: str | None, sender: str | None, aside: str | None) -> Beside:
        def beside(connection: sa.Connection, message_id: int) -> None:
            keep_email(connection, message_id, name=name, sender=sender, aside=aside, at=self._now())
            keep(connection, message_id, files)

        return beside


class Collector:
    """Takes what comes into a mailbox, one process at a time."""

    def __init__(
        self, mailbox: Mailbox, receive: Callable[[Letter], Awaitable[bool]], lease: Lease, *, seconds: float
    ) -> None:
        """`seconds`: between two looks, where the mailbox does not tell of news."""
        self._mailbox = mailbox
        self._receive = receive
        self._lease = lease
        self._seconds = seconds
        self._failed: dict[Any, int] = {}
        # A server that is slow must not take the database's threads.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox")

    async def run(self) -> None:
        """Look until cancelled."""
        wait = _FIRST_WAIT
        async with self._lease.kept():
            try:
                while True:
                    if not self._lease.held:
                        await self._call(self._mailbox.close)
                        await asyncio.sleep(_LOOK_SECONDS)
                        continue
                    try:
                        # Until a look finds nothing: of what comes meanwhile the server may tell beside another answer.
                        while await self._take_all():
                            pass
                        wait = _FIRST_WAIT
                        await self._wait()
                    except (MailboxError, NotReceived, SQLAlchemyError) as error:
                        why = str(error) if isinstance(error, MailboxError) else type(error).__name__
                        log.warning("no e-mails could be taken in (%s); looking again", why)
                        await asyncio.sleep(wait)
                        wait = min(2 * wait, _LONGEST_WAIT)
            finally:
                self._thread.submit(self._mailbox.close)
                self._thread.shutdown(wait=False)

    async def _take_all(self) -> int:
        """Take what there is, in order, and how many that were; the mailbox hears of each once it is kept."""
        taken = 0
        for which in await self._call(self._mailbox.look):
            if not self._lease.held:
                return 0
            if self._failed.get(which, 0) >= _TRIES:
                continue
            letter = await self._fetched(which)
            if letter is None:
                continue
            readable = await self._receive(letter)
            await self._call(partial(self._mailbox.done, which, aside=not readable))
            taken += 1
        await self._call(self._mailbox.finished)
        return taken

    async def _fetched(self, which: Any) -> Letter | None:
        try:
            return await self._call(partial(self._mailbox.fetch, which))
        except MailboxError:
            self._failed[which] = self._failed.get(which, 0) + 1
            if self._failed[which] == _TRIES:
                log.error("an e-mail could not be fetched %d times; it stays in the mailbox, for staff to see", _TRIES)
            raise

    async def _wait(self) -> None:
        """Until the mailbox tells of news, or it is time to look."""
        until = time.monotonic() + self._seconds
        while self._lease.held and time.monotonic() < until:
            if await self._call(partial(self._mailbox.wait, _LOOK_SECONDS)):
                return

    async def _call(self, call: Callable[[], _Found]) -> _Found:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _returned(email: Email, thread: Thread) -> dict[str, Any] | None:
    """Which message of ours came back, and why; None if it was none."""
    if email.bounce is None or thread.answers is None:
        return None
    return {"message": thread.answers, "reason": email.bounce.reason, "final": email.bounce.final}

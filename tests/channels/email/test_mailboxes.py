"""Where e-mails come from: a real IMAP server, and a folder. Each is taken once, and marked once it is kept."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.assistant.pipeline import NotReceived
from bot.bootstrap import Rooms, wire
from bot.channels.email.mailboxes import Imap, Letter, Mailbox, MailboxError, MaildirIn, make_mailbox
from bot.channels.email.receiving import Collector
from bot.core.settings import Settings
from tests.channels.email.conftest import at_work, until
from tests.channels.email.letters import letter
from tests.databases import SqliteFiles, free_port
from tests.mail_server import Mail, MailServer

SEEN, FLAGGED = rb"\Seen", rb"\Flagged"


@pytest.fixture
def mail(dovecot: MailServer) -> Mail:
    """An empty mailbox."""
    return dovecot.user()


@pytest.fixture
def rooms(sqlite_files: SqliteFiles) -> Iterator[Rooms]:
    """A database for how far the mailbox was read."""
    wired = wire(Settings(database_url=sqlite_files.new()))
    yield wired
    wired.close()


@pytest.fixture
def open_mailbox(rooms: Rooms, mail: Mail) -> Iterator[Callable[..., Imap]]:
    """Opens the mailbox as a process of the desk's does."""
    made: list[Imap] = []

    def make(context: Any = None, **more: Any) -> Imap:
        settings = Settings(**{**mail.settings, "imap_timeout": 5.0, **more})
        made.append(Imap(settings, rooms.email_threads, context))
        return made[-1]

    yield make
    for mailbox in made:
        mailbox.close()


def take(mailbox: Mailbox, *, mark: bool = True) -> list[bytes]:
    """Take everything, as the desk does: what was said in each."""
    found = []
    for which in mailbox.look():
        letter = mailbox.fetch(which)
        assert letter
        found.append(letter.raw.rpartition(b"\r\n\r\n")[2].strip())
        if mark:
            mailbox.done(which, aside=False)
    if mark:
        mailbox.finished()
    return found


def test_unread_e_mails_are_taken_once(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """In their order, and marked as read; what was read before the desk came is not its business."""
    mail.deliver(letter("ancien"), SEEN)
    mail.deliver(letter("un"))
    mail.deliver(letter("deux"))
    mailbox = open_mailbox()
    assert take(mailbox) == [b"un", b"deux"]
    assert mail.flags() == [{SEEN}, {SEEN}, {SEEN}]
    assert take(mailbox) == []
    mail.deliver(letter("trois"))
    assert take(mailbox) == [b"trois"]
    assert take(open_mailbox()) == [], "another process knows how far it was read"


def test_nothing_is_marked_before_it_is_kept(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """A process that dies between fetching and keeping leaves everything as it was."""
    mail.deliver(letter("un"))
    assert take(open_mailbox(), mark=False) == [b"un"]
    assert mail.flags() == [set()]
    assert take(open_mailbox()) == [b"un"]


def test_what_somebody_else_has_read_first_is_taken(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """Staff who look into the mailbox take nothing away from the desk."""
    mailbox = open_mailbox()
    assert take(mailbox) == []
    mail.deliver(letter("lu par un collègue"), SEEN)
    assert take(mailbox) == ["lu par un collègue".encode()]
    assert take(mailbox) == []


def test_what_is_marked_as_unread_again_comes_again(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """To another process; the inbox knows it."""
    mail.deliver(letter("un"))
    assert take(open_mailbox()) == [b"un"]
    with mail.client() as client:
        client.select_folder("INBOX")
        client.remove_flags([1], [SEEN])
    assert take(open_mailbox()) == [b"un"]


def test_a_mailbox_made_anew(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """Another UIDVALIDITY: what is unread or of the last days is looked at again, and nothing is missed."""
    before = datetime.now(timezone.utc) - timedelta(days=9)
    mail.deliver(letter("vieux"), at=before)
    mail.deliver(letter("un"))
    mailbox = open_mailbox()
    assert take(mailbox) == [b"vieux", b"un"]
    mail.change_validity()
    mail.deliver(letter("deux"), SEEN)
    with suppress(MailboxError):  # the server may end what it can go on with no longer
        mailbox.look()
    assert take(mailbox) == [b"un", b"deux"]
    assert take(mailbox) == []


def test_when_it_came_is_what_the_server_says(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """The promise counts from there."""
    came = datetime(2026, 3, 4, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    mail.deliver(letter(), at=came)
    mailbox = open_mailbox()
    found = mailbox.fetch(mailbox.look()[0])
    assert found
    assert found.received_at == came


def test_a_huge_e_mail_is_read_in_part(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """As much as the settings allow, and it says so."""
    mail.deliver(letter("x" * 100_000))
    mailbox = open_mailbox(mail_bytes=5000)
    found = mailbox.fetch(mailbox.look()[0])
    assert found
    assert (len(found.raw), found.whole) == (5000, False)


def test_one_that_is_gone_is_nothing(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """Somebody deleted it between the look and the fetch."""
    mail.deliver(letter())
    mailbox = open_mailbox()
    (which,) = mailbox.look()
    with mail.client() as client:
        client.select_folder("INBOX")
        client.delete_messages([which])
        client.expunge()
    with suppress(MailboxError):  # the server may say so as an error
        assert mailbox.fetch(which) is None
    assert mailbox.look() == []
    assert mailbox.fetch(which) is None


def test_what_is_set_aside_is_flagged(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """Staff find it in the mailbox too."""
    mail.deliver(letter())
    mailbox = open_mailbox()
    mailbox.done(mailbox.look()[0], aside=True)
    assert mail.flags() == [{SEEN, FLAGGED}]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_ways(dovecot: MailServer, mail: Mail, open_mailbox: Callable[..., Imap], security: str) -> None:
    """TLS and STARTTLS, with a certificate that is believed; with another nothing is read."""
    mail.deliver(letter("un"))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    assert take(open_mailbox(dovecot.trusted, imap_security=security, imap_port=port)) == [b"un"]
    with pytest.raises(MailboxError, match="SSL"):
        open_mailbox(imap_security=security, imap_port=port).look()


def test_a_wrong_password(open_mailbox: Callable[..., Imap], caplog: pytest.LogCaptureFixture) -> None:
    """What only staff can mend is told to the log, without the password."""
    with pytest.raises(MailboxError, match="imap LoginError"):
        open_mailbox(imap_password="wrong-one").look()
    assert "GUICHET_IMAP_" in caplog.text
    assert "wrong-one" not in caplog.text


def test_nobody_there(open_mailbox: Callable[..., Imap]) -> None:
    """No connection is no news."""
    with pytest.raises(MailboxError, match="ConnectionRefused"):
        open_mailbox(imap_port=free_port()).look()


def test_a_server_that_says_nonsense(open_mailbox: Callable[..., Imap]) -> None:
    """Whatever it is, it is no reason to break."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        mailbox = open_mailbox(imap_port=listening.getsockname()[1], imap_timeout=1.0)
        with pytest.raises(MailboxError):
            mailbox.look()


def test_a_lost_connection_is_made_again(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """The look after the one that failed finds everything."""
    mail.deliver(letter("un"))
    mailbox = open_mailbox()
    assert mailbox.look()
    assert mailbox._client
    mailbox._client.socket().shutdown(socket.SHUT_RDWR)
    with pytest.raises(MailboxError):
        mailbox.look()
    assert take(mailbox) == [b"un"]


def test_the_server_tells_of_news(mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """With IDLE nobody asks for nothing; a quiet moment is no news."""
    mailbox = open_mailbox()
    assert take(mailbox) == []
    assert not mailbox.wait(1.2)  # of what comes within the second of its last look this server does not tell
    mail.deliver(letter("un"))
    deadline = time.monotonic() + 10
    while not mailbox.wait(0.5):
        assert time.monotonic() < deadline
    assert take(mailbox) == [b"un"]


def test_a_server_without_idle() -> None:
    """Is waited for."""
    server = MailServer()
    try:
        mail = server.start(idle=False).user()
        settings = Settings(**mail.settings)
        mailbox = Imap(settings, _Remembers())
        assert mailbox.look() == []
        assert not mailbox.wait(0.01)
        mailbox.close()
    finally:
        server.remove()


class _Remembers:
    """How far a mailbox was read, in memory."""

    def progress(self, _mailbox: str) -> None:
        """Never."""

    def note_progress(self, _mailbox: str, _progress: object) -> None:
        """Nothing."""


def drop(folder: Path, name: str, raw: bytes, seconds_ago: float = 60.0) -> Path:
    """Put a file among the new ones, as a person does."""
    (folder / "new").mkdir(parents=True, exist_ok=True)
    path = folder / "new" / name
    path.write_bytes(raw)
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


def test_a_folder(tmp_path: Path) -> None:
    """What lies in new/ is taken, the oldest first, and moved to cur/; nothing there is overwritten."""
    mailbox = MaildirIn(tmp_path, 10_000)
    assert mailbox.look() == []
    drop(tmp_path, "b", letter("deux"))
    drop(tmp_path, "a:2,", letter("un"), 120)
    assert take(mailbox) == [b"un", b"deux"]
    drop(tmp_path, "b", letter("trois"))
    assert take(mailbox) == [b"trois"]
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["a:2,S", "b.1:2,S", "b:2,S"]
    mailbox.done(drop(tmp_path, "c", b"x").name, aside=True)
    assert (tmp_path / "cur" / "c:2,FS").exists()


def test_a_file_that_is_still_written(tmp_path: Path) -> None:
    """Is left until it rests."""
    drop(tmp_path, "a", letter(), 0.0)
    assert MaildirIn(tmp_path, 10_000).look() == []


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    """Says so; a file that is gone is nothing; one that is long is read in part."""
    (tmp_path / "file").write_text("")
    with pytest.raises(MailboxError, match="maildir"):
        MaildirIn(tmp_path / "file", 10).look()
    mailbox = MaildirIn(tmp_path / "mail", 10)
    assert mailbox.fetch("gone") is None
    mailbox.done("gone", aside=False)  # it was erased while it was taken
    assert not list((tmp_path / "mail" / "cur").glob("*"))
    drop(tmp_path / "mail", "a", b"x" * 11)
    found = mailbox.fetch("a")
    assert found
    assert (len(found.raw), found.whole) == (10, False)


def test_the_settings_choose(rooms: Rooms, tmp_path: Path) -> None:
    """The server if there is one, else the folder."""
    assert isinstance(make_mailbox(Settings(mail_in_dir=tmp_path), rooms.email_threads), MaildirIn)
    chosen = make_mailbox(Settings(imap_host="h", imap_user="u", imap_password="p"), rooms.email_threads)
    assert isinstance(chosen, Imap)


class Kept:
    """Keeps letters in memory, and fails when a test says so."""

    def __init__(self) -> None:
        self.raws: list[bytes] = []
        self.fails = 0
        self.readable = True

    async def receive(self, letter: Letter) -> bool:
        """Keep one."""
        if self.fails:
            self.fails -= 1
            raise NotReceived
        self.raws.append(letter.raw)
        return self.readable


@pytest.mark.anyio
async def test_the_duty_takes_what_comes(rooms: Rooms, mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """Before long; what could not be kept comes again, and a connection that was lost is made again."""
    kept = Kept()
    kept.fails = 1
    mail.deliver(letter("un"))
    mailbox = open_mailbox()
    collector = Collector(mailbox, kept.receive, rooms.lease("collect"), seconds=4.0)
    async with at_work(collector.run):
        await until(lambda: len(kept.raws) == 1)
        await until(lambda: mail.flags() == [{SEEN}])
        mail.deliver(letter("deux"))
        await until(lambda: len(kept.raws) == 2)
        assert mailbox._client
        mailbox._client.socket().shutdown(socket.SHUT_RDWR)
        mail.deliver(letter("trois"))
        await until(lambda: len(kept.raws) == 3)
        kept.readable = False
        mail.deliver(letter("quatre"))
        await until(lambda: mail.flags()[3:] == [{SEEN, FLAGGED}])


@pytest.mark.anyio
async def test_one_process_at_a_time(rooms: Rooms, mail: Mail, open_mailbox: Callable[..., Imap]) -> None:
    """Of two desks one looks; when it ends the other does."""
    first, second = Kept(), Kept()
    mail.deliver(letter("un"))
    one = Collector(open_mailbox(), first.receive, rooms.lease("collect"), seconds=0.1)
    other = Collector(open_mailbox(), second.receive, rooms.lease("collect"), seconds=0.1)
    async with at_work(one.run):
        await until(lambda: first.raws)
        async with at_work(other.run):
            await asyncio.sleep(0.3)
            assert second.raws == []
    async with at_work(other_again(rooms, open_mailbox, second).run):
        mail.deliver(letter("deux"))
        await until(lambda: second.raws)
    assert len(first.raws) == 1


def other_again(rooms: Rooms, open_mailbox: Callable[..., Imap], kept: Kept) -> Collector:
    """The other process, later."""
    return Collector(open_mailbox(), kept.receive, rooms.lease("collect"), seconds=0.1)


class Broken:
    """A mailbox of which one e-mail can never be fetched."""

    def __init__(self) -> None:
        self.marked: list[int] = []
        self.tried = 0

    def look(self) -> list[int]:
        """Two."""
        return [n for n in (1, 2) if n not in self.marked]

    def fetch(self, which: int) -> Letter:
        """The second only."""
        if which == 1:
            self.tried += 1
            raise MailboxError("imap error")
        return Letter(b"x", datetime.now(timezone.utc), whole=True)

    def done(self, which: int, *, aside: bool) -> None:
        """Marked."""
        self.marked.append(which)

    def finished(self) -> None:
        """Nothing."""

    def wait(self, _seconds: float) -> bool:
        """News at once."""
        return True

    def close(self) -> None:
        """Nothing."""


@pytest.mark.anyio
async def test_one_that_cannot_be_fetched_stops_no_other(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays where it lies after some tries, and the log says so."""
    monkeypatch.setattr("bot.channels.email.receiving._FIRST_WAIT", 0.01)
    broken, kept = Broken(), Kept()
    async with at_work(Collector(broken, kept.receive, rooms.lease("collect"), seconds=0.01).run):
        await until(lambda: kept.raws)
    assert broken.tried == 3
    assert "it stays in the mailbox" in caplog.text

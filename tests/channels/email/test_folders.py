"""E-mails in folders are erased with the messages that they carry."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.channels.email.folders import TAKEN, MailFolder
from bot.channels.email.reading import read_email
from bot.messages.erasing import Erased
from tests.channels.email.letters import letter


def put(folder: Path, name: str, content: bytes) -> Path:
    """A file of an e-mail."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_e_mails_of_erased_messages_go(tmp_path: Path) -> None:
    """By our own names for them, whatever follows the number, and by the digest of what came in; no others."""
    gone = [
        put(tmp_path, "new/1", b"From: x\r\nMessage-ID: <guichet-7@desk>\r\n\r\nx"),
        put(tmp_path, "cur/2", b"from: x\nmessage-id: <guichet-8.0123abcd@desk>\n\nx"),
        put(tmp_path, "cur/3", b"Subject: canari\n\nx"),
    ]
    stay = [
        put(tmp_path, "new/4", b"Message-ID: <guichet-77@desk>\n\nx"),
        put(tmp_path, "new/5", b"Message-ID: <guichet-notice-7@desk>\n\nx"),
        put(tmp_path, "new/6", b"Subject: x\n\nabout <guichet-7@desk>"),
    ]
    erased = Erased({7: "", 8: ""}, frozenset({hashlib.sha256(b"Subject: canari\n\nx").hexdigest()}))
    assert MailFolder(tmp_path).erase_of(erased) == 3
    assert [path.exists() for path in (*gone, *stay)] == [False] * 3 + [True] * 3
    assert MailFolder(tmp_path / "nowhere").erase_of(erased) == 0


@pytest.mark.parametrize(
    "raw",
    [
        letter("Bonjour"),
        letter("Bonjour", name=None),
        letter("Bonjour", name=None, subject="Été"),
        b"From: a@example.org\n\nwithout a name",
        b"\xff\xfe no e-mail at all",
    ],
)
def test_what_came_in_is_found_by_what_the_channel_calls_it(tmp_path: Path, raw: bytes) -> None:
    """Whatever an e-mail is known by when it is read, its file is known by when it is erased."""
    mine, other = put(tmp_path, "cur/1:2,S", raw), put(tmp_path, "cur/2:2,S", letter("Autre chose", name="<2@b>"))
    assert MailFolder(tmp_path, TAKEN).erase_of(Erased({1: ""}, frozenset({read_email(raw).id}))) == 1
    assert (mine.exists(), other.exists()) == (False, True)


def test_what_was_not_taken_in_yet_does_not_grow_old(tmp_path: Path) -> None:
    """A folder of incoming e-mails loses only what was taken."""
    later = datetime.now(timezone.utc) + timedelta(days=1)
    new, taken = put(tmp_path, "new/1", b"x"), put(tmp_path, "cur/1", b"x")
    assert MailFolder(tmp_path, TAKEN).erase_old(later) == 1
    assert (new.exists(), taken.exists()) == (True, False)

"""Any text, by any channel, is kept letter for letter; only what no database holds is not."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from telegram import Update

from bot.bootstrap import Rooms, wire
from bot.channels.email.reading import read_email
from bot.channels.telegram.updates import Me, meaning
from bot.channels.web.incoming import Press, parse_incoming, parse_page_message
from bot.core.db import migrate
from bot.core.settings import Settings
from bot.core.written import says_nothing
from bot.messages.conversation import Incoming

MAX = 2000
NOW = datetime(2026, 12, 22, 21, 40, tzinfo=timezone.utc)
NUMBERS = itertools.count(1)
written = st.text(max_size=60).filter(lambda text: not says_nothing(text))
thorough = settings(derandomize=True, database=None, deadline=None, max_examples=150)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    """Wired rooms, for all examples."""
    wired = wire(Settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('kept') / 'guichet.db'}"))
    migrate(wired.database.engine)
    yield wired
    wired.close()


def kept(rooms: Rooms, text: str) -> str:
    """What the database gives back of a message."""
    number = str(next(NUMBERS))
    accepted = rooms.inbox.accept(Incoming("rest", number, number, text), NOW)
    message = rooms.conversations.at(accepted.conversation.id, seq=1)
    assert message is not None
    return message.text


@thorough
@given(written)
@example("3½ m² à 20 °C")
@example("🫠")
@example("  e\u0301 ﬁ ①\u00a0\u202f \u202egauche\u202c\r\n\r\n\r\n")
@example("a\x00b\x1b[31m")
def test_over_rest_and_from_a_page(rooms: Rooms, text: str) -> None:
    """JSON in, the same text out."""
    body = json.dumps({"sender": "ana", "message": text, "id": "message-1", "text": text}).encode()
    said = parse_page_message(body, MAX).said
    assert not isinstance(said, Press)
    for found in (parse_incoming(body, MAX).text, said):
        assert kept(rooms, found) == text.replace("\0", "")


@thorough
@given(written.filter(lambda text: not text.startswith("/")))
@example("3½ m²\n\n  🫠 ")
def test_by_telegram(rooms: Rooms, text: str) -> None:
    """A text and a caption are kept as Telegram brings them."""
    chat, user = {"id": 7, "type": "private"}, {"id": 7, "is_bot": False, "first_name": "Ana"}
    message = {"message_id": 3, "date": 1_800_000_000, "chat": chat, "from": user, "text": text}
    found = meaning(Update.de_json({"update_id": 1, "message": message}, None), Me(99), MAX)
    assert isinstance(found, Incoming)
    assert kept(rooms, found.text) == text.replace("\0", "")


@thorough
@given(written.filter(lambda text: not set(text) & set(">|-_:")))
@example("Bonjour,\n\n  3½  m² 🫠 ﬁ\n\n\n\nmerci")
def test_by_e_mail(rooms: Rooms, text: str) -> None:
    """What a person wrote is kept as it stood there; the ends of lines are one sign, and none stands around it."""
    head = b"From: ana@example.org\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    found = read_email(head + base64.encodebytes(text.encode()), own="")
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    assert kept(rooms, f"{found.text}{found.signature}") == lines.removeprefix("\ufeff")


def test_a_subject_and_a_name_are_kept() -> None:
    """Fractions, powers and new emoji stay; what would end the line of a header does not."""
    subject = base64.b64encode("3½ m² 🫠\nBcc: x".encode()).decode()
    name = base64.b64encode("Zoé ½ ﬁ 🫠".encode()).decode()
    found = read_email(f"From: =?utf-8?B?{name}?= <a@b.ca>\nSubject: =?utf-8?B?{subject}?=\n\nx".encode(), own="")
    assert (found.subject, found.sender_name) == ("3½ m² 🫠 Bcc: x", "Zoé ½ ﬁ 🫠")

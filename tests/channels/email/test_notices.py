"""Warnings mailed to officers: whom, in which language, and what becomes of one that cannot be delivered."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

import pytest

from bot.bootstrap import Rooms, wire
from bot.channels.email.notices import NoticeMailer, Recipient
from bot.core.settings import Settings
from bot.messages.delivery import Permanent, Transient
from bot.promises.warnings import LEVELS
from bot.tickets.notices import notify
from bot.tickets.ticket import Ticket
from tests.databases import SqliteFiles

NOW = datetime(2026, 12, 30, 14, 0, tzinfo=timezone.utc)


class Post:
    """Takes e-mails, or fails as the test says."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.error: Exception | None = None

    def deliver(self, recipient: str, mail: EmailMessage) -> None:
        """Take one."""
        if self.error:
            raise self.error
        self.taken.append((recipient, mail))

    def probe(self) -> None:
        """Nothing is ever wrong."""


class Office:
    """A desk with two officers, of whom one has an address, and its mail."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.post = Post()
        boxes = {"Marie": Recipient("marie@example.org", "en"), "Paul": Recipient("paul@example.org", "fr")}
        self.now = NOW
        self.mailer = NoticeMailer(
            rooms.notices,
            rooms.tickets.store,
            self.post,
            boxes.get,
            rooms.texts,
            rooms.calendar,
            "guichet@example.org",
            lambda: self.now,
        )

    def warn(self, level: str, *officers: str) -> Ticket:
        """Officers are warned of a ticket."""
        ticket = self.rooms.tickets.open(conversation="c", question="Canari?", language="fr", email=None)
        with self.rooms.database.writing() as connection:
            notify(connection, ticket.reference, level, officers, self.now)
        return ticket


@pytest.fixture
def office(sqlite_files: SqliteFiles) -> Office:
    """A desk whose clock stands at nine on December 30, 2026."""
    return Office(wire(Settings(database_url=sqlite_files.new()), now=lambda: NOW))


@pytest.mark.parametrize("level", LEVELS)
def test_a_warning_is_mailed_in_the_officers_language(office: Office, level: str) -> None:
    """It names the request and its due moment, says that a machine wrote it, and holds nothing of the citizen's."""
    ticket = office.warn(level, "Marie", "Paul", "Zoé")
    assert (office.mailer.mail(), office.mailer.mail()) == (2, 0)
    mails = dict(office.post.taken)
    assert set(mails) == {"marie@example.org", "paul@example.org"}
    english, french = (mails[f"{name}@example.org"] for name in ("marie", "paul"))
    assert english["Subject"].startswith(f"Request {ticket.reference}")
    assert french["Subject"].startswith(f"Demande {ticket.reference}")
    for mail, due in ((english, "Thursday, January 7, 2027"), (french, "jeudi 7 janvier 2027")):
        body = mail.get_content()
        assert ticket.reference in body
        assert due in body
        assert "Canari" not in mail.as_string()
        assert mail["Auto-Submitted"] == "auto-generated"


def test_what_was_seen_or_answered_is_not_mailed(office: Office) -> None:
    """An officer who looked already, and a request that is closed, need no e-mail."""
    seen, closed = office.warn("today", "Marie"), office.warn("today", "Paul")
    office.rooms.notices.see("Marie", NOW, seen.reference)
    office.rooms.tickets.groups.withdraw(closed.reference, "Paul", "essai")
    assert office.mailer.mail() == 0
    assert office.rooms.notices.to_mail(NOW + timedelta(days=9)) == []


def test_a_mail_that_fails_for_now_is_tried_again(office: Office) -> None:
    """A server that is down gets it later; one that refuses the address for good does not hear of it again."""
    office.warn("late", "Marie")
    office.post.error = Transient("smtp down")
    assert office.mailer.mail() == 0
    office.post.error = None
    assert office.mailer.mail() == 0
    office.now += timedelta(seconds=30)
    assert office.mailer.mail() == 1
    office.warn("late", "Paul")
    office.post.error = Permanent("smtp 550")
    assert office.mailer.mail() == 0
    assert office.rooms.notices.to_mail(NOW + timedelta(days=9)) == []

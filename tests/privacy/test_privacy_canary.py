"""Nothing of a citizen is left anywhere: every table and every file is searched for what was planted there."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms, wire
from bot.channels.email.reading import read_email
from bot.channels.email.sending import EmailSender
from bot.channels.email.stored_files import File, keep
from bot.channels.email.tables import emails
from bot.channels.email.transports import make_transport
from bot.core.db import metadata
from bot.core.settings import Settings
from bot.messages.conversation import PRESS, Conversation, Incoming, Reply
from bot.messages.evaluations import Evaluation
from bot.messages.outbox import PARKED, SENT, Outgoing
from bot.messages.ownership import claimed
from bot.tickets import store as stored
from bot.tickets.answers import Inquiry
from bot.tickets.ticket import Ticket, TicketEvent
from tests.cast import Clock

Found = dict[str, set[str]]

# Where each canary sits, as far as is named here; what it may get into besides is found by the search.
WEB = {
    "address": {"conversations.address"},
    "said": {"messages.text"},
    "replied": {"messages.text"},
    "told": {"messages.detail"},
    "pressed": {"messages.detail"},
    "comment": {"feedback.comment"},
    "note": {"notes.text"},
    "memory": {"events.data"},
    "mission": {"evaluations.mission"},
    "rated": {"evaluations.comment"},
}
MAIL = {
    "sender": {"conversations.address", "emails.sender"},
    "written": {"messages.text", "mail in"},
    "subject": {"messages.detail"},
    "file": {"attachments.content"},
    "filename": {"attachments.name"},
}
TELEGRAM = {
    "telegram": {"conversations.address", "outbox.address"},
    "bounce": {"outbox.reason"},
    "sent": {"messages.text"},
}
TICKET = {
    "question": {"tickets.question", "tickets.search"},
    "email": {"tickets.email", "tickets.search"},
}
ANSWERED = {
    "answer": {"messages.text", "article_versions.document", "mail"},
    "goneback": {"ticket_events.detail"},
}
PHONE = {
    "contact": {"tickets.contact", "tickets.search"},
    "spoken": {"tickets.question", "messages.text"},
    "withdrawn": {"ticket_events.detail"},
}


class Planted:
    """One desk with everything that it can hold of citizens, each under a canary of its own."""

    def __init__(self, rooms: Rooms, folder: Path) -> None:
        self.rooms = rooms
        self.folder = folder
        self.sender = EmailSender(make_transport(rooms.settings), rooms.texts, rooms.settings, rooms.mailed_data.of)
        self.builtin_replies = rooms.builtin_replies

    def say(self, channel: str, address: str, text: str, *replies: Reply, **changes: Any) -> Conversation:
        """A message and its replies."""
        external_id = changes.pop("external_id", os.urandom(8).hex())
        incoming = Incoming(channel, external_id, address, text, **changes)
        accepted = self.rooms.inbox.accept(incoming, self.rooms.now())
        turn = self.rooms.inbox.first_turn(accepted, incoming, self.rooms.now())
        self.rooms.inbox.complete(turn, replies, self.rooms.now(), language="fr", wants=None)
        return turn.conversation

    def web(self, who: str) -> Conversation:
        """A citizen on the website: words, a press, an opinion, a note of staff's, the assistant's memory, a rating."""
        rooms, address = self.rooms, f"{who}address7"
        reply = Reply(f"Vous dites {who}replied7", (), {"outcome": "unanswered", "told": f"{who}told7"})
        this = self.say("web", address, f"Bonjour {who}said7", reply)
        self.say("web", address, "/affirm", kind=PRESS, detail={"title": f"{who}pressed7"})
        answer = rooms.conversations.transcript(this.id)[1]
        comment = f"Merci, {who}comment7"
        rooms.conversations.judge(answer, helpful=False, reason="other", comment=comment, now=rooms.now())
        rooms.conversations.change_holder(this.id, lambda holder: claimed(holder, "Marie"), rooms.now())
        rooms.officer_actions.note(this.id, "Marie", f"Rappeler {who}note7")
        rooms.officer_actions.give_back(this.id, "Marie")
        self.insert(
            "events", rooms.trackers.database.engine, sender_id=this.id, timestamp=0.0, data=f'{{"a": "{who}memory7"}}'
        )
        rated = Evaluation(this.id, f"{who}mission7", 4, f"{who}rated7", rooms.now(), "fr")
        rooms.evaluations.add(rated, answer.id - 1)
        return this

    def mail(self, who: str) -> Conversation:
        """A citizen's e-mail that was taken from the folder, with a file."""
        rooms, raw = self.rooms, f"Subject: x\n\n{who}written7".encode()
        path = rooms.settings.mail_in_dir / "cur" / f"{len(self._files())}:2,S"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        os.utime(path, (rooms.now().timestamp(),) * 2)
        detail = {"email": {"subject": f"{who}subject7"}}
        this = self.say(
            "email",
            f"{who}sender7@example.org",
            f"{who}written7",
            external_id=read_email(raw).id,
            detail=detail,
        )
        (message,) = rooms.conversations.transcript(this.id)
        with rooms.database.writing() as connection:
            email = {"message_id": message.id, "conversation_id": this.id, "sender": this.address, "at": rooms.now()}
            connection.execute(sa.insert(emails).values(email))
            keep(connection, message.id, [File(f"{who}filename7.pdf", "application/pdf", f"{who}file7".encode())])
        return this

    def telegram(self, who: str) -> Conversation:
        """A citizen on Telegram: a message that was delivered, and one that came back."""
        address = f"{who}telegram7"
        self.say("telegram", address, f"{who}sent7", Reply("Oui.", (), {}))
        self.deliver("telegram", SENT)
        this = self.say("telegram", address, "Et?", Reply("Non.", (), {}))
        self.deliver("telegram", PARKED, f"blocked by {who}bounce7")
        return this

    def ticket(self, who: str, this: Conversation, question: str = "question") -> Ticket:
        """An open ticket with an address."""
        email = f"{who}email7@example.org"
        words = f"Où est le dossier de {who}{question}7?"
        return self.rooms.tickets.open(conversation=this.id, question=words, language="fr", email=email)

    def answer(self, ticket: Ticket, who: str, kind: str = "answer") -> None:
        """The answer, which came back first, then was delivered by e-mail into the folder."""
        rooms = self.rooms
        with rooms.database.writing() as connection:
            back = TicketEvent(rooms.now(), "undelivered", None, {"reason": f"550 {who}goneback7"})
            stored.note(connection, ticket.reference, back)
        rooms.answers.answer(ticket.reference, "Marie", f"Bonjour, {who}{kind}7.")
        self.deliver("email", SENT)
        rooms.answers.settle()
        assert rooms.tickets.get(ticket.reference).closed_as == "answered"

    def draft(self, ticket: Ticket, who: str, name: str, question: str, answer: str) -> None:
        """A draft made from a ticket and edited: what is the ticket's own stays word for word."""
        document: dict[str, Any] = {
            "id": name,
            "title": {"fr": "Dossiers", "en": "Files"},
            "answer": {"fr": answer, "en": ""},
            "sources": [],
            "audience": ["everyone"],
            "review_by": "2030-01-01",
            "questions": {"fr": [question, "Où est mon dossier?"], "en": []},
        }
        origin = {"ticket": ticket.reference}
        version = self.rooms.drafts.save(document, "Marie", edits=0, origin=origin)
        self.rooms.drafts.save(document, "Paul", edits=version.edits)

    def phone(self, who: str) -> None:
        """An inquiry by telephone, closed without an answer."""
        inquiry = Inquiry(
            "phone",
            date(2026, 12, 21),
            "email-reply",
            f"Dit {who}spoken7",
            "fr",
            None,
            f"514 {who}contact7",
        )
        ticket = self.rooms.answers.register(inquiry, "Marie")
        self.rooms.tickets.groups.withdraw(ticket.reference, "Marie", f"C'était {who}withdrawn7")

    def everything(self, who: str) -> tuple[Conversation, Ticket]:
        """All of it; the conversation on the web, and its ticket, which is answered and became a draft."""
        this = self.web(who)
        self.mail(who)
        self.telegram(who)
        self.phone(who)
        ticket = self.ticket(who, this)
        self.answer(ticket, who)
        self.draft(
            ticket, who, f"draft-{len(self.rooms.drafts.standings())}", ticket.question, f"Bonjour, {who}answer7."
        )
        return this, ticket

    def deliver(self, channel: str, state: str, reason: str | None = None) -> None:
        """What is due on a channel is settled; e-mails go into the folder, as the dispatcher has them."""
        rooms = self.rooms
        for row in rooms.outbox.due(channel, rooms.now(), 100):
            if channel == "email":
                self._mail(row)
            rooms.outbox.settle([replace(row, state=state, reason=reason)], rooms.now())

    def _mail(self, row: Outgoing) -> None:
        (mail,) = self.sender.parts(row.message, row.language)
        asyncio.run(self.sender.send(row.address, mail))
        for path in self.rooms.settings.mail_dir.rglob("*"):
            os.utime(path, (self.rooms.now().timestamp(),) * 2)

    def insert(self, name: str, engine: sa.Engine, /, **values: Any) -> None:
        """A row of a table that may be another's: Rasa's, or that of e-mails that came in."""
        with engine.begin() as connection:
            if not sa.inspect(connection).has_table(name):
                kinds = {int: sa.Integer, float: sa.Float, bytes: sa.LargeBinary}
                columns = [sa.Column(key, kinds.get(type(value), sa.Text)) for key, value in values.items()]
                sa.Table(name, sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), *columns).create(
                    connection
                )
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            connection.execute(sa.insert(table).values(values))

    def search(self, who: str) -> Found:
        """Where each canary of somebody is: "table.column", "mail", or the name of another file."""
        found: Found = {}
        for place, value in self._all():
            names = re.findall(rf"{who}([a-z]+)7", value)
            if len(names) < value.count(who):  # a part of one is one too
                names.append("part")
            for name in names:
                found.setdefault(name, set()).add(place)
        return found

    def _all(self) -> Iterator[tuple[str, str]]:
        """Every value of every column of every table that there is, as text, and every file."""
        for engine in {id(e): e for e in (self.rooms.database.engine, self.rooms.trackers.database.engine)}.values():
            tables = sa.MetaData()
            tables.reflect(engine)
            assert tables.tables or engine is not self.rooms.database.engine
            with engine.connect() as connection:
                for table in tables.tables.values():
                    for row in connection.execute(sa.select(table)).mappings():
                        for column, value in row.items():
                            yield f"{table.name}.{column}", _text(value)
        settings = self.rooms.settings
        for path in self._files():
            place = f"file {path.name}"
            for name, folder in (("mail", settings.mail_dir), ("mail in", settings.mail_in_dir)):
                place = name if path.is_relative_to(folder) else place
            yield place, _text(path.read_bytes())

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def in_tables(self, who: str) -> Found:
        """Where each canary is, but for the database's own files."""
        return _without_files(self.search(who))


def _text(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("latin-1").lower()
    return str(value).lower()


def _without_files(found: Found) -> Found:
    kept = {name: {place for place in places if not place.startswith("file ")} for name, places in found.items()}
    return {name: places for name, places in kept.items() if places}


@pytest.fixture
def planted(database_url: str, clock: Clock, tmp_path: Path) -> Iterator[Planted]:
    """A desk whose files lie in one folder, as in var/: the database's where it is SQLite, and the mail."""
    path = sa.make_url(database_url).database or ""
    folder = Path(path).parent if database_url.startswith("sqlite") else tmp_path
    rooms = wire(Settings(database_url=database_url, mail_dir=folder / "mail", mail_in_dir=folder / "in"), now=clock)
    yield Planted(rooms, folder)
    rooms.close()


def holds(found: Found, *wanted: Found) -> None:
    """Each canary is where it is said to be: a search that finds nothing later has found it before."""
    for places in wanted:
        for name, where in places.items():
            assert where <= found.get(name, set()), name


EVERYTHING = (WEB, MAIL, TELEGRAM, TICKET, ANSWERED, PHONE)


def test_nothing_is_left_of_anybody_when_the_time_is_over(planted: Planted, clock: Clock) -> None:
    """Neither in any table nor in any file; and the promises are reported as before."""
    planted.everything("canari")
    before = planted.search("canari")
    holds(before, *EVERYTHING)
    assert {name for places in EVERYTHING for name in places} == set(before)
    if planted.rooms.database.engine.dialect.name == "sqlite":
        named = {place for places in before.values() for place in places if place.startswith("file ")}
        assert named >= {"file guichet.db-wal", "file rasa.db-wal"}
    clocks = list(planted.rooms.ledger.started(date(2026, 1, 1), date(2027, 1, 1)))
    figures = planted.rooms.statistics.counts()
    clock.passes(days=366)
    steps = {step.name: step.count for step in planted.rooms.retention.look()}
    assert planted.search("canari") == {}
    assert None not in steps.values()
    assert list(planted.rooms.ledger.started(date(2026, 1, 1), date(2027, 1, 1))) == clocks
    assert planted.rooms.statistics.counts() == figures
    assert len(planted.rooms.tickets.store.by_due_moment()) == 2


@pytest.mark.parametrize(
    "days, gone",
    [
        (31, {"file", "filename", "bounce"}),
        (91, {*WEB, *MAIL, *TELEGRAM, "answer"}),
    ],
)
def test_each_thing_goes_at_its_time(planted: Planted, clock: Clock, days: int, gone: set[str]) -> None:
    """Files first, then what was said; requests keep their words for a year."""
    planted.everything("canari")
    before = planted.in_tables("canari")
    clock.passes(days=days)
    planted.rooms.retention.look()
    left = planted.in_tables("canari")
    assert set(before) - set(left) == gone
    assert {"question", "email", "contact"} <= set(left)
    assert "mail" not in {place for places in left.values() for place in places}


def test_what_an_open_request_needs_stays_for_any_time(planted: Planted, clock: Clock) -> None:
    """Its conversation too; and everything goes once it is answered."""
    this = planted.web("canari")
    ticket = planted.ticket("canari", this)
    clock.passes(days=800)
    planted.rooms.retention.look()
    holds(planted.in_tables("canari"), WEB, TICKET)
    planted.answer(ticket, "canari")
    clock.passes(days=366)
    planted.rooms.retention.look()
    assert planted.search("canari") == {}


def test_one_who_asks_is_forgotten_and_nobody_else(planted: Planted, clock: Clock) -> None:
    """A closed request loses its words at once, its e-mails and what drafts repeat of it are gone; others' stay."""
    this, ticket = planted.everything("canari")
    other, _ = planted.everything("voisin")
    neighbour = planted.in_tables("voisin")
    planted.builtin_replies.forget(this, say_so=True)
    left = planted.in_tables("canari")
    # E-mails, the telephone and Telegram are other conversations: nobody can tell that it is the same person.
    assert set(left) == {*MAIL, *TELEGRAM, *PHONE}
    by_mail = planted.rooms.conversations.find("email", "canarisender7@example.org")
    assert by_mail
    planted.builtin_replies.forget(by_mail, say_so=False)
    assert set(planted.in_tables("canari")) == {*TELEGRAM, *PHONE}
    assert planted.in_tables("voisin") == neighbour
    found = planted.rooms.conversations.find("telegram", "canaritelegram7")
    assert found
    planted.builtin_replies.forget(found, say_so=True)
    assert planted.in_tables("canari")["telegram"] == {"conversations.address", "outbox.address"}  # for the last word
    planted.deliver("telegram", SENT)
    planted.rooms.conversations.erase_farewell(planted.rooms.conversations.transcript(found.id)[0])
    assert set(planted.in_tables("canari")) == set(PHONE)
    assert planted.rooms.tickets.get(ticket.reference).erased_at == clock.now
    assert planted.rooms.conversations.get(other.id)


def test_one_who_is_forgotten_leaves_nothing_in_the_files(planted: Planted, clock: Clock) -> None:
    """What is deleted is overwritten: at once in SQLite's file and log, and by the night's run for certain."""
    this = planted.say("web", "canariaddress7", "canarisaid7 " * 500, Reply("canarireplied7", (), {}))
    planted.insert(
        "events",
        planted.rooms.trackers.database.engine,
        sender_id=this.id,
        timestamp=0.0,
        data='{"a": "canarimemory7"}',
    )
    assert {"said", "memory"} <= set(planted.search("canari"))
    planted.builtin_replies.forget(this, say_so=False)
    assert planted.search("canari") == {}


def test_an_open_request_outlives_the_wish_until_it_is_answered(planted: Planted, clock: Clock) -> None:
    """Exactly the request's words, its address and the way of its answer stay; then they go too, without a wish."""
    this = planted.web("canari")
    ticket = planted.ticket("canari", this)
    assert planted.builtin_replies.forget(this, say_so=True).custom["tickets"] == [ticket.reference]
    stay = {**TICKET, "address": {"conversations.address"}}
    assert planted.in_tables("canari") == stay
    assert planted.rooms.tickets.get(ticket.reference).forget_at == clock.now
    planted.answer(ticket, "canari")
    clock.passes(days=6)
    planted.rooms.retention.look()
    assert planted.rooms.tickets.get(ticket.reference).question  # the e-mail may still come back
    clock.passes(days=2)
    planted.rooms.retention.look()
    left = planted.in_tables("canari")
    assert {"question", "email", "goneback"}.isdisjoint({name for name in left if name != "email"})
    assert not any(place.startswith("tick") for places in left.values() for place in places)
    planted.builtin_replies.forget(this, say_so=False)
    clock.passes(days=31)
    planted.rooms.retention.look()
    assert planted.search("canari") == {}


def test_a_reason_that_staff_type_stays_with_the_clock(planted: Planted, clock: Clock) -> None:
    """The events of clocks are never changed: the console says so where a reason is asked for."""
    this = planted.web("canari")
    ticket = planted.ticket("canari", this)
    planted.answer(ticket, "canari")
    planted.rooms.tickets.reopen(ticket.reference, "Marie", "erreur de canaristaff7")
    until = clock.now.date() + timedelta(days=21)
    planted.rooms.answers.delay(ticket.reference, "Paul", until, "attente de canaridelay7")
    planted.deliver("email", SENT)
    planted.answer(ticket, "canari")
    clock.passes(days=366)
    planted.rooms.retention.look()
    assert planted.in_tables("canari") == {"staff": {"clock_events.detail"}, "delay": {"clock_events.detail"}}


def test_a_draft_keeps_what_editors_made_of_it(planted: Planted, clock: Clock) -> None:
    """Only what is still the citizen's own goes; a form that was opened before cannot bring it back."""
    _, ticket = planted.everything("canari")
    version = planted.rooms.drafts.history("draft-0")[0]
    clock.passes(days=366)
    planted.rooms.retention.look()
    after = planted.rooms.drafts.history("draft-0")[0]
    assert after.document["questions"] == {"fr": ["Où est mon dossier?"], "en": []}
    assert after.document["title"] == {"fr": "Dossiers", "en": "Files"}
    assert after.edits > version.edits
    assert after.origin == {"ticket": ticket.reference}


def test_a_draft_that_was_given_up_is_emptied(planted: Planted, clock: Clock) -> None:
    """Its words were changed enough not to be known as a citizen's, and nobody needs them."""
    this = planted.web("canari")
    ticket = planted.ticket("canari", this)
    planted.answer(ticket, "canari")
    planted.draft(ticket, "canari", "given-up", "Le dossier de canarihalf7, où est-il?", "canarihalf7")
    planted.rooms.drafts.drop("given-up")
    clock.passes(days=366)
    planted.rooms.retention.look()
    assert planted.search("canari") == {}


def test_a_published_article_is_the_ministrys_own(planted: Planted, clock: Clock) -> None:
    """A second person found it right: it stays as it is, whatever it was made from."""
    this = planted.web("canari")
    ticket = planted.ticket("canari", this)
    planted.answer(ticket, "canari")
    planted.draft(ticket, "canari", "kept", ticket.question, "Bonjour, canarianswer7.")
    versions = metadata.tables["article_versions"]
    with planted.rooms.database.writing() as connection:
        connection.execute(sa.update(versions).values(state="published", published_at=clock.now))
    clock.passes(days=366)
    planted.rooms.retention.look()
    assert {place for places in planted.in_tables("canari").values() for place in places} == {
        "article_versions.document"
    }


def test_the_search_finds_what_is_in_any_table(planted: Planted) -> None:
    """A table of which this test knows nothing is searched too, also what is binary, and every file."""
    planted.insert("of_tomorrow", planted.rooms.database.engine, content=b"\xff canarione7", more="x canaritwo7")
    (planted.folder / "log.txt").write_text("canarithree7", encoding="utf-8")
    found = planted.search("canari")
    assert found["one"] >= {"of_tomorrow.content"}
    assert found["two"] >= {"of_tomorrow.more"}
    assert found["three"] == {"file log.txt"}


def test_an_address_is_another_conversation_again(planted: Planted) -> None:
    """One who was forgotten and comes back is a stranger."""
    this = planted.say("web", "canariaddress7", "Bonjour")
    planted.builtin_replies.forget(this, say_so=False)
    assert planted.say("web", "canariaddress7", "Bonjour").id != this.id

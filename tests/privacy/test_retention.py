"""What was kept long enough is erased, every night, and each night is written down."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms, wire
from bot.core.db import make_engine
from bot.core.settings import Settings
from bot.messages.conversation import Conversation, Incoming
from bot.privacy.retention import RUN, Eraser, Retention
from bot.tickets.answers import Inquiry
from bot.tickets.notices import notify
from bot.tickets.store import TicketFilter
from bot.tickets.ticket import NotPossible
from tests.cast import WISH, Clock, Says, until

pytestmark = pytest.mark.anyio


def long_ago(rooms: Rooms, says: Says, address: str, days: int) -> Conversation:
    """A conversation whose only message came so many days ago, and was answered."""
    return says(f"canari {address}", address=address, at=rooms.now() - timedelta(days=days))


def silent(rooms: Rooms, days: int = 90) -> int:
    """Erase what was silent for so many days; how many."""
    return rooms.forgetting.erase_silent(rooms.now() - timedelta(days=days))


def test_what_was_silent_for_long_is_erased(rooms: Rooms, says: Says) -> None:
    """A conversation is erased once its last message is old enough, and an empty one too; younger ones stay."""
    old, young = long_ago(rooms, says, "old", 91), long_ago(rooms, says, "young", 89)
    empty = rooms.conversations.open("web", "x", "fr", rooms.now() - timedelta(days=91))
    again = long_ago(rooms, says, "again", 95)
    long_ago(rooms, says, "again", 1)
    assert silent(rooms) == 2
    assert [rooms.conversations.get(c.id) is None for c in (old, empty, young, again)] == [True, True, False, False]
    assert silent(rooms) == 0


def test_an_open_request_keeps_its_conversation_whole(rooms: Rooms, says: Says) -> None:
    """Who answers needs what was said, however old; when it is closed, the conversation goes as any other."""
    old = long_ago(rooms, says, "old", 91)
    ticket = rooms.tickets.open(conversation=old.id, question="?", language="fr", email=None)
    assert silent(rooms) == 0
    assert [message.text for message in rooms.conversations.transcript(old.id)] == ["canari old"]
    rooms.tickets.groups.withdraw(ticket.reference, "Marie", "essai")
    assert silent(rooms) == 1
    assert rooms.conversations.get(old.id) is None


def test_a_request_that_is_opened_meanwhile_keeps_its_conversation(
    rooms: Rooms, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened after its conversation was found to be old, and before it is erased."""
    old = long_ago(rooms, says, "old", 91)
    look = rooms.conversations.silent_since

    def look_and_be_late(*arguments: Any) -> list[Conversation]:
        if found := look(*arguments):
            rooms.tickets.open(conversation=old.id, question="?", language="fr", email=None)
        return found

    monkeypatch.setattr(rooms.conversations, "silent_since", look_and_be_late)
    assert silent(rooms) == 0
    assert rooms.conversations.transcript(old.id)


def test_many_old_conversations_are_erased(rooms: Rooms, says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one look takes at a time, some with open tickets, come to an end."""
    monkeypatch.setattr("bot.privacy.forgetting._AT_ONCE", 2)
    for number in range(7):
        old = long_ago(rooms, says, f"c{number}", 100)
        if number % 2:
            rooms.tickets.open(conversation=old.id, question="?", language="fr", email=None)
    assert silent(rooms) == 4


def test_what_the_assistant_wrote_late_is_erased(rooms: Rooms, says: Says) -> None:
    """What Rasa remembers of a conversation that is gone is erased after an hour; what is young or known stays."""
    known, old = long_ago(rooms, says, "known", 1), rooms.now().timestamp() - 7200
    engine = make_engine(rooms.settings.tracker_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE events (sender_id VARCHAR(255), timestamp FLOAT)"))
        for sender, moment in ((known.id, old), ("gone", old), ("gone", old - 1), ("young", old + 7000)):
            connection.execute(sa.text("INSERT INTO events VALUES (:s, :t)"), {"s": sender, "t": moment})
    rooms.retention.run_now()
    with engine.connect() as connection:
        left = connection.execute(sa.text("SELECT sender_id FROM events ORDER BY timestamp")).scalars().all()
    assert left == [known.id, "young"]
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO events VALUES ('gone', :t)"), {"t": old})
    assert rooms.retention.look() == []  # it is not time for a run, and what came late goes all the same
    with engine.connect() as connection:
        assert "gone" not in connection.execute(sa.text("SELECT sender_id FROM events")).scalars().all()
    engine.dispose()


# The words of requests


@pytest.fixture
def closed(rooms: Rooms) -> Callable[..., str]:
    """Makes requests that came by telephone and are answered; their references."""

    def make(question: str = "Où est ma bourse?", email: str | None = None) -> str:
        inquiry = Inquiry("phone", rooms.now().date(), "email-reply", question, "fr", email, "514 555-0199", None)
        ticket = rooms.answers.register(inquiry, "Marie")
        rooms.answers.answer(ticket.reference, "Marie", "La voici.")
        return ticket.reference

    return make


def test_a_closed_request_loses_its_words_and_nothing_else(
    rooms: Rooms, clock: Clock, closed: Callable[..., str]
) -> None:
    """A year after it was closed nobody is in it any more, and everything that promises are reported from is."""
    reference = closed()
    before, events = rooms.tickets.get(reference), rooms.ledger.events(reference)
    clock.passes(days=364)
    rooms.retention.run_now()
    assert rooms.tickets.get(reference) == before
    clock.passes(days=2)
    rooms.retention.run_now()
    after = rooms.tickets.get(reference)
    nobody = {"question": "", "email": None, "contact": None, "conversation": "", "message": None}
    assert after == replace(before, **nobody, erased_at=clock.now)
    assert rooms.ledger.events(reference) == events
    assert [ticket.reference for ticket in rooms.tickets.store.page(TicketFilter(text=reference)).tickets] == [
        reference
    ]
    assert rooms.tickets.store.page(TicketFilter(text="bourse")).tickets == ()
    assert [event.kind for event in rooms.tickets.store.history(reference)] == ["opened", "answered", "closed"]


def test_a_request_without_words_is_not_opened_again(rooms: Rooms, clock: Clock, closed: Callable[..., str]) -> None:
    """Nobody could answer it."""
    reference = closed()
    clock.passes(days=366)
    rooms.retention.run_now()
    with pytest.raises(NotPossible, match="erased"):
        rooms.tickets.reopen(reference, "Marie", "erreur")


def test_of_a_history_what_staff_typed_goes(rooms: Rooms, clock: Clock, says: Says) -> None:
    """What happened when and by whom stays; reasons may tell of somebody, and go."""
    this = says("canari")
    ticket = rooms.tickets.open(conversation=this.id, question="?", language="fr", email=None)
    rooms.tickets.assign(ticket.reference, "Marie", "Paul")
    rooms.tickets.groups.withdraw(ticket.reference, "Paul", "Mme Tremblay a rappelé")
    clock.passes(days=366)
    rooms.retention.run_now()
    history = rooms.tickets.store.history(ticket.reference)
    assert [(event.kind, event.officer, event.detail) for event in history] == [
        ("opened", None, {}),
        ("assigned", "Marie", {"to": "Paul"}),
        ("withdrawn", "Paul", {}),
    ]


def test_an_open_request_keeps_its_words(rooms: Rooms, clock: Clock, says: Says) -> None:
    """However long it waits."""
    ticket = rooms.tickets.open(conversation=says("x").id, question="canari", language="fr", email="ana@example.org")
    clock.passes(days=1000)
    rooms.retention.run_now()
    assert rooms.tickets.get(ticket.reference) == ticket


# What the desk knows of messages, and what lies beside the database


def settled(rooms: Rooms, says: Says, address: str, state: str) -> None:
    """A message to Telegram that was settled now."""
    says("x", WISH, channel="telegram", address=address)
    rows = rooms.outbox.due("telegram", rooms.now(), 10)
    rooms.outbox.settle([replace(row, state=state) for row in rows], rooms.now())


def test_traces_of_messages_go(rooms: Rooms, clock: Clock, says: Says) -> None:
    """What came in and was answered, what was delivered, and what could not be; what still waits stays."""
    settled(rooms, says, "7", "sent")
    settled(rooms, says, "8", "parked")
    clock.passes(days=29)
    waits = rooms.inbox.accept(_incoming("9"), rooms.now())
    rooms.retention.run_now()
    assert rooms.outbox.counts() == {"sent": 1, "parked": 1}
    clock.passes(days=2)
    rooms.retention.run_now()
    assert rooms.outbox.counts() == {}
    with rooms.database.reading() as connection:
        assert connection.execute(sa.text("SELECT id FROM inbox")).scalars().all() == [waits.inbox_id]


def _incoming(address: str) -> Any:
    return Incoming("telegram", f"1:{address}", address, "x")


def test_the_row_that_an_answer_is_closed_by_stays(rooms: Rooms, clock: Clock, says: Says) -> None:
    """A ticket whose answer was delivered while nobody looked is closed, not called undelivered."""
    this = says("x", channel="telegram", address="7")
    ticket = rooms.tickets.open(conversation=this.id, question="?", language="fr", email=None)
    rooms.answers.answer(ticket.reference, "Marie", "Voici.")
    (row,) = rooms.outbox.due("telegram", rooms.now(), 10)
    rooms.outbox.settle([replace(row, state="sent")], rooms.now())
    clock.passes(days=60)
    rooms.retention.run_now()
    assert rooms.answers.settle() == 1
    assert rooms.tickets.get(ticket.reference).closed_as == "answered"


def test_traces_of_staff_go(rooms: Rooms, clock: Clock, closed: Callable[..., str]) -> None:
    """Warnings, places of logins and sessions that are over."""
    officer = rooms.people.add(login="marie", name="Marie", role="officer", password="tortue lampe violon neige")
    rooms.people.log_in("marie", "tortue lampe violon neige", "192.0.2.1")
    rooms.people.attempts.note_failure("marie", "192.0.2.2")
    rooms.sessions.begin(officer, complete=True)
    reference = closed()
    with rooms.database.writing() as connection:
        notify(connection, reference, "three_quarters", ["Marie"], rooms.now())

    def kept() -> list[int]:
        tables = ("notices", "login_failures", "login_places", "sessions")
        with rooms.database.reading() as connection:
            return [connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables]

    clock.passes(days=13)
    rooms.retention.run_now()
    assert kept() == [1, 1, 1, 1]
    clock.passes(days=2)
    rooms.retention.run_now()
    assert kept() == [1, 0, 0, 0]
    clock.passes(days=76)
    rooms.retention.run_now()
    assert kept() == [0, 0, 0, 0]


def test_e_mails_that_nobody_fetches_go(database_url: str, clock: Clock, tmp_path: Path) -> None:
    """By the age of their files; the folder need not be there."""
    rooms = wire(Settings(database_url=database_url, mail_dir=tmp_path / "mail"), now=clock)
    assert dict(_counts(rooms))["mails"] == 0
    for part, name, days in (("new", "old", 31), ("cur", "old", 31), ("tmp", "old", 31), ("new", "young", 29)):
        path = tmp_path / "mail" / part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        moment = (clock.now - timedelta(days=days)).timestamp()
        os.utime(path, (moment, moment))
    assert dict(_counts(rooms))["mails"] == 3
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["young"]
    rooms.close()


def _counts(rooms: Rooms) -> list[tuple[str, int | None]]:
    return [(step.name, step.count) for step in rooms.retention.run_now()]


# The runs


def test_a_run_is_made_every_night(rooms: Rooms, clock: Clock) -> None:
    """At three in the morning, or as soon as there is a desk again; once."""
    runs = []
    for hours in (0, 1, 9, 1, 0.3, 24, 24 * 5, 1):  # begins on a day at 16:40
        clock.passes(hours=hours)
        runs.append(bool(rooms.retention.look()))
    assert runs == [True, False, False, True, False, True, True, False]
    assert len(rooms.retention.latest()) == 4


def test_a_step_that_fails_stops_no_other(
    rooms: Rooms, clock: Clock, says: Says, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said without a word of anybody's, written down, and tried again an hour later."""
    old = long_ago(rooms, says, "old", 91)
    broken = [True]

    def fail(before: datetime) -> int:
        if broken[0]:
            raise ValueError("canari@example.org")
        return 3

    erasers = [Eraser("broken", 1, fail), *rooms.retention.erasers]
    retention = Retention(
        rooms.database, erasers, rooms.forgetting.erase_remains, rooms.forgetting.scrub, rooms.calendar, clock
    )
    caplog.set_level(logging.INFO)
    steps = {step.name: step.count for step in retention.look()}
    assert steps["broken"] is None
    assert RUN not in steps
    assert rooms.conversations.get(old.id) is None
    assert "canari" not in caplog.text
    assert "erasing failed at 'broken' (ValueError)" in caplog.text
    assert "erasing: transcripts 1" in caplog.text
    clock.passes(minutes=59)
    assert retention.look() == []
    clock.passes(minutes=1)
    broken[0] = False
    assert {step.name: step.count for step in retention.look()}[RUN] == 3
    clock.passes(hours=2)
    assert retention.look() == []
    assert [[step.name for step in run][-1] for run in retention.latest()] == [RUN, "space"]


async def test_retention_runs_by_itself(rooms: Rooms, says: Says) -> None:
    """The duty erases at its start, and goes on until it is ended."""
    old = long_ago(rooms, says, "old", 91)
    running = asyncio.create_task(rooms.retention.run(rooms.lease("retention")))
    await until(lambda: rooms.conversations.get(old.id) is None)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_database_that_does_not_answer_ends_no_duty(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again."""

    def fail() -> list[Any]:
        raise sa.exc.OperationalError("SELECT", {}, ValueError("canari"))

    monkeypatch.setattr(rooms.retention, "look", fail)
    running = asyncio.create_task(rooms.retention.run(rooms.lease("retention")))
    await until(lambda: "nothing was erased" in caplog.text)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "canari" not in caplog.text


def test_an_answer_that_came_back_starts_its_clock_again(rooms: Rooms, says: Says) -> None:
    """The clock goes on as if it had never stopped, is answered anew, and keeps nothing of what the other side said."""
    this = says("x")
    ticket = rooms.tickets.open(conversation=this.id, question="?", language="fr", email="ana@example.org")

    def answer() -> int:
        rooms.answers.answer(ticket.reference, "Marie", "Voici.")
        (row,) = rooms.outbox.due("email", rooms.now(), 10)
        rooms.outbox.settle([replace(row, state="sent")], rooms.now())
        rooms.answers.settle()
        return row.message.id

    number = answer()
    rooms.answers.returned(number, number + 100, "550 canari@example.org")
    assert rooms.tickets.get(ticket.reference).state == "open"
    assert rooms.ledger.of([ticket.reference])[ticket.reference].runs
    answer()
    clock = rooms.ledger.of([ticket.reference])[ticket.reference]
    assert (clock.runs, clock.ended_as, rooms.tickets.get(ticket.reference).kept) == (False, "kept", True)
    assert "canari" not in repr(rooms.ledger.events(ticket.reference))

"""The console's list of 100,000 tickets: every view and filter, the first page and a deep one, with the counts.

`python -m tests.bench.tickets`. A page is what the desk answers to an officer's request for it, read in
this process; nothing is cached but what the databases keep of themselves.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlencode

import httpx
import sqlalchemy as sa
from starlette.testclient import TestClient

from bot.app import make_app
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import Rooms, wire
from bot.console.access import COOKIE
from bot.console.context import HOME
from bot.core.folders import ROOT
from bot.core.organization import find_program
from bot.core.settings import Settings
from bot.knowledge.files import load_corpus
from bot.tickets import store as stored
from bot.tickets.tables import events
from bot.tickets.ticket import ANSWERED, CLOSED, OPEN, WITHDRAWN, Ticket, open_ticket
from tests.databases import PostgresServer, SqliteFiles
from tests.scripted_http import ScriptedHttp

NOW = datetime(2026, 12, 22, 16, 40, tzinfo=timezone.utc)
COUNT, DAYS = 100_000, 4 * 365
RUNS = 7
GOAL_MS = 100
OFFICERS = [f"Officer {name}" for name in "ABCDEFGHIJKL"]
PROMISES = {
    "email-reply": 80,
    "complaint": 8,
    "internship-eligibility": 6,
    "internship-interview": 3,
    "cooperation-analysis": 3,
}
CHANNELS = {"web": 60, "telegram": 15, "phone": 15, "letter": 6, "counter": 4}
RARE, NOTHING = "wollastonite", "zeugmatographie"
# What is asked for beside the view: the name of the case and the fields of the filter's form.
ASKED: dict[str, dict[str, str]] = {
    "no filter": {},
    "promise, usual": {"promise": "email-reply"},
    "promise, unusual": {"promise": "internship-interview"},
    "language": {"language": "en"},
    "program": {"program": "humanitarian"},
    "officer": {"officer": OFFICERS[3]},
    "channel": {"channel": "letter"},
    "text, common": {"text": "stage"},
    "text, rare": {"text": RARE},
    "text, nothing": {"text": NOTHING},
    "text, two letters": {"text": "zq"},
    "text, two common words": {"text": "stage bourse"},
    "text, a reference": {"text": "ri 0004 2000"},
    "promise, language, officer": {"promise": "complaint", "language": "en", "officer": OFFICERS[7]},
    "program and a rare text": {"program": "internship", "text": RARE},
    "officer and a common text": {"officer": OFFICERS[3], "text": "stage"},
    "language and nothing's text": {"language": "fr", "text": NOTHING},
}
VIEWS = {"open": OPEN, "overdue": OPEN, "soon": OPEN, "mine": OPEN, "nobody": OPEN, "closed": CLOSED, "all": None}


def made(rooms: Rooms) -> Iterator[Ticket]:
    """Tickets of four years, as many a day as another; most of the last days' are open, and few of those before."""
    chance = random.Random(100_000)
    questions: dict[str, list[str]] = {"fr": [], "en": []}
    for example in load_corpus(ROOT / "data" / "knowledge").examples():
        questions[example.lang].append(example.text)
    # A promise given on a day is due at one moment, with one proof.
    of_day: dict[tuple[str, date], Ticket] = {}
    for number in range(COUNT):
        opened = NOW - timedelta(days=DAYS * (1 - number / COUNT), minutes=chance.randrange(600))
        language = chance.choices(("fr", "en"), (75, 25))[0]
        question = " ".join(chance.choices(questions[language], k=chance.choice((1, 1, 2, 3, 5, 8))))
        if number == COUNT // 3:
            question += f" {RARE}"
        promise = chance.choices(list(PROMISES), list(PROMISES.values()))[0]
        day = promise, rooms.calendar.local_date(opened)
        if day not in of_day:
            of_day[day] = open_ticket(
                reference="",
                conversation="",
                question="",
                language="fr",
                channel="web",
                email=None,
                promise=rooms.registry.get(promise),
                calendar=rooms.calendar,
                now=opened,
            )
        ticket = replace(
            of_day[day],
            reference=f"RI-{number // 10_000:04d}-{number % 10_000:04d}",
            conversation=f"conversation-{chance.randrange(COUNT)}",
            question=question,
            language=language,
            email=f"citizen.{chance.randrange(COUNT)}@example.org" if chance.random() < 0.7 else None,
            opened_at=opened,
            channel=chance.choices(list(CHANNELS), list(CHANNELS.values()))[0],
            program=find_program(question, rooms.tickets.programs),
        )
        yield _worked_on(ticket, chance)


def _worked_on(ticket: Ticket, chance: random.Random) -> Ticket:
    officer = chance.choice(OFFICERS) if chance.random() < 0.9 else None
    is_open = chance.random() < (0.7 if ticket.due_at > NOW else 0.01)
    if is_open:
        return replace(ticket, officer=officer if chance.random() < 0.5 else None)
    took = (ticket.due_at - ticket.opened_at) * chance.choice((0.2, 0.5, 0.9, 0.9, 1.5))
    closed_at = min(ticket.opened_at + took, NOW)
    withdrawn = chance.random() < 0.03
    return replace(
        ticket,
        officer=officer,
        state=CLOSED,
        closed_at=closed_at,
        closed_as=WITHDRAWN if withdrawn else ANSWERED,
        kept=None if withdrawn else closed_at <= ticket.due_at,
        merged_into="RI-0000-0000" if chance.random() < 0.01 else None,
    )


def fill(rooms: Rooms) -> list[Ticket]:
    """Put the tickets in, each with the beginning of its history; they come back in the order of the list."""
    tickets = list(made(rooms))
    for start in range(0, COUNT, 10_000):
        some = tickets[start : start + 10_000]
        with rooms.database.writing() as connection:
            connection.execute(sa.insert(tickets), [stored.values_of(ticket) for ticket in some])
            opened = [{"reference": t.reference, "at": t.opened_at, "kind": "opened", "detail": {}} for t in some]
            connection.execute(sa.insert(events), opened)
    with rooms.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # What PostgreSQL does by itself within a minute; SQLite plans without.
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM ANALYZE")
    return sorted(tickets, key=lambda ticket: (ticket.due_at, ticket.reference))


@dataclass(frozen=True)
class Timed:
    """How long a page took, in milliseconds: the fastest is what it costs where nobody else works on the machine."""

    fastest: float
    median: float
    slowest: float


class Reader:
    """An officer before the console."""

    def __init__(self, rooms: Rooms) -> None:
        app = make_app(rooms)
        for number, name in enumerate(OFFICERS):
            rooms.people.add(login=f"officer{number}", name=name, role="officer", password="tortue lampe violon neige")
        officer = rooms.people.by_login("officer3")
        assert officer
        token, _ = rooms.sessions.begin(officer, complete=True)
        self._http = TestClient(app, cookies={COOKIE: token})

    def time(self, fields: dict[str, str]) -> Timed:
        """Ask for a page several times."""
        address = f"{HOME}/tickets?{urlencode(fields)}"
        found = []
        for _ in range(RUNS):
            started = time.perf_counter()
            response = self._http.get(address, follow_redirects=False)
            found.append(1000 * (time.perf_counter() - started))
            assert response.status_code == 200, response.text
        return Timed(min(found), statistics.median(found), max(found))


@dataclass(frozen=True)
class Read:
    """A page that was read: of which view, with what asked for, the first or a deep one."""

    view: str
    asked: str
    place: str
    timed: Timed


def measure(kind: str, url: str) -> list[Read]:
    """Fill a database and read every page."""
    neighbour = ScriptedHttp(lambda _: httpx.Response(200))
    rooms = wire(Settings(database_url=url), now=lambda: NOW, assistant=RasaClient(neighbour), actions=neighbour)
    try:
        started = time.perf_counter()
        tickets = fill(rooms)
        seconds = time.perf_counter() - started
        of = {view: [t for t in tickets if state in (None, t.state)] for view, state in VIEWS.items()}
        print(f"{kind}: {COUNT:,} tickets ({len(of['open']):,} open) put in within {seconds:.0f} s", flush=True)
        reader = Reader(rooms)
        reader.time({})
        found = []
        for view in VIEWS:
            # The due moments of three quarters of what the view may hold lie before the deep page.
            deep = of[view][3 * len(of[view]) // 4].due_at
            for name, fields in ASKED.items():
                for place, after in (("first", {}), ("deep", {"after": f"{deep.isoformat()} 0"})):
                    timed = reader.time({"view": view, **fields, **after})
                    found.append(Read(view, name, place, timed))
        return found
    finally:
        rooms.close()


def main() -> None:
    """Measure on both databases, and print a table for each."""
    with tempfile.TemporaryDirectory() as name:
        postgres = PostgresServer().start(fsync="on")
        try:
            for kind, url in (("SQLite", SqliteFiles(Path(name)).new()), ("PostgreSQL", postgres.new())):
                _report(kind, measure(kind, url))
        finally:
            postgres.stop()


def _report(kind: str, found: list[Read]) -> None:
    """For each thing that is asked for: the usual page, and the slowest of all views, with its slowest run."""
    for name in ASKED:
        pages = [read for read in found if read.asked == name]
        worst = max(pages, key=lambda read: read.timed.median)
        usual = statistics.median(read.timed.median for read in pages)
        mark = f"  over {GOAL_MS} ms" if worst.timed.median > GOAL_MS else ""
        print(
            f"{kind}: {name:28} usual {usual:6.1f} ms; {worst.view}, {worst.place} page: "
            f"fastest {worst.timed.fastest:6.1f} ms, median {worst.timed.median:6.1f} ms, "
            f"slowest {worst.timed.slowest:6.1f} ms{mark}"
        )
    over, always = (sum(getattr(read.timed, name) > GOAL_MS for read in found) for name in ("median", "fastest"))
    print(f"{kind}: {len(found)} pages, {over} with a median over {GOAL_MS} ms, {always} over it always", flush=True)


if __name__ == "__main__":
    main()

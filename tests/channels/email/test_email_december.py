"""A question left on the website on December 22, 2026, at 16:40: from the promise to its line in the year's report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import actions.turn
from bot.app import make_app
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings
from bot.messages import payloads
from bot.promises.report import figures, year_of
from tests.browser.acting_rasa import ActingRasa
from tests.browser.conftest import Clock
from tests.cast import PASSWORD, ZONE
from tests.channels.email.test_email_whole_way import Exchange, Officer, until
from tests.scripted_http import ScriptedHttp

ASKED = datetime(2026, 12, 22, 16, 40, tzinfo=ZONE)
PROOF = [
    ("2026-12-22", "day_zero", None),
    ("2026-12-23", "working_day", 1),
    ("2026-12-24", "holiday", None),
    ("2026-12-25", "holiday", None),
    ("2026-12-26", "weekend", None),
    ("2026-12-27", "weekend", None),
    ("2026-12-28", "working_day", 2),
    ("2026-12-29", "working_day", 3),
    ("2026-12-30", "working_day", 4),
]


class Desk:
    """A whole desk with a real SMTP server, the assistant's own actions, and a clock that a test turns."""

    def __init__(self, rooms: Rooms, client: TestClient, clock: Clock, exchange: Exchange) -> None:
        self.rooms, self.client, self.clock, self.exchange = rooms, client, clock, exchange

    def say(self, text: str) -> list[dict[str, Any]]:
        """A citizen's message, and the replies."""
        body = {"sender": "ana", "message": text, "metadata": {"language": "fr"}}
        response = self.client.post("/webhooks/rest/webhook", json=body)
        found: list[dict[str, Any]] = response.json()
        return found

    def at(self, *when: int) -> None:
        """It is this moment of December 2026, and the watch looks."""
        self.clock.turn_to(datetime(2026, 12, *when, tzinfo=ZONE))
        self.rooms.clock_monitor.look()


@pytest.fixture
def desk(sqlite_files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk at 16:40 on Tuesday, December 22, 2026."""
    for duty in ("bot.channels.email.notices", "bot.tickets.answers"):
        monkeypatch.setattr(f"{duty}.LOOK_SECONDS", 0.05)
    clock = Clock(ASKED)
    with Exchange() as exchange:
        given: dict[str, Any] = {
            "mail_from": "guichet@desk.example",
            "mail_in_dir": tmp_path / "in",
            **exchange.settings,
        }
        settings = Settings(database_url=sqlite_files.new(), **given)
        rasa = ActingRasa()
        rooms = wire(
            settings,
            now=clock,
            assistant=RasaClient(ScriptedHttp(lambda request: rasa(request, None))),
            actions=ScriptedHttp(lambda _request: None),
        )
        monkeypatch.setattr(actions.turn, "wire", lambda _settings: rooms)
        actions.turn.rooms.cache_clear()
        app = make_app(rooms)
        with TestClient(app, base_url="http://desk.test", follow_redirects=False) as client:
            yield Desk(rooms, client, clock, exchange)
        actions.turn.rooms.cache_clear()
        rooms.close()


def test_the_question_of_december_22(desk: Desk) -> None:
    """The right due date and its proof for citizen and officer, warnings in working time, a kept promise."""
    rooms = desk.rooms
    rooms.people.add(login="marie", name="Marie", role="supervisor", password=PASSWORD, email="marie@ministere.example")
    desk.say("De combien est l'allocation?")
    desk.say(payloads.OPEN_TICKET)
    custom = desk.say("ana@example.org")[-1]["custom"]
    reference, told = custom["ticket"]["reference"], custom["ticket"]
    assert told["due"] == "2026-12-30T22:00:00+00:00"
    assert [(day["date"], day["reason"], day["counted"]) for day in told["proof"]] == PROOF

    marie = Officer(desk.client)
    page = " ".join(marie.get(f"/console/tickets/{reference}").text.split())
    assert "mercredi 30 décembre 2026" in page
    assert "Veille de Noël" in page

    desk.at(22, 20)
    desk.at(27, 12)
    assert rooms.notices.of("Marie") == []
    for moment, level in (((28, 16, 55), "half"), ((29, 8, 30), "one_day"), ((30, 8, 30), "today")):
        desk.at(*moment)
        assert [notice.level for notice in rooms.notices.of("Marie")][0] == level
    until(lambda: len(desk.exchange.mails) == 3)
    assert {to[0] for to, _ in desk.exchange.mails} == {"marie@ministere.example"}

    desk.at(30, 16, 45)
    marie = Officer(desk.client)  # her session has ended since
    marie.get(f"/console/tickets/{reference}")
    assert marie.post(f"/console/tickets/{reference}/answer", text="Elle est de 100 $.").status_code == 303
    until(lambda: len(desk.exchange.mails) == 4)
    to, mail = desk.exchange.mails[-1]
    assert to == ["ana@example.org"]
    assert "Elle est de 100 $." in mail.get_content()
    until(lambda: rooms.tickets.get(reference).kept)

    clocks = rooms.ledger.started(*year_of(2026))
    row = next(
        row for row in figures(clocks, list(rooms.registry.promises), rooms.now()) if row.promise == "email-reply"
    )
    assert (row.opened, row.kept, row.share, row.median) == (1, 1, 1.0, 4)
    kinds = [event.kind for event in rooms.ledger.events(reference)]
    assert kinds == ["started", "warned", "warned", "warned", "kept"]
    assert date(2026, 12, 22) == rooms.tickets.get(reference).day_zero

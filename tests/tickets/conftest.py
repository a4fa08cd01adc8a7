"""What the tests of tickets share: a desk on a database of its own, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from bot.core.db import Database
from bot.promises.calendar import Calendar, parse_calendar
from bot.promises.promise import Registry, parse_registry
from bot.tickets.service import TicketService
from bot.tickets.store import TicketStore
from bot.tickets.ticket import Ticket, open_ticket
from tests.cast import DATA
from tests.cast import NOVEMBER as NOW


def read(name: str) -> Any:
    """The content of a file of the committed data."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """The calendar of `data/holidays.yml`."""
    return parse_calendar(read("holidays.yml"))


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The promises of `data/promises.yml`."""
    return parse_registry(read("promises.yml"))


@pytest.fixture
def store(database: Database) -> TicketStore:
    """A ticket store without tickets."""
    return TicketStore(database)


@pytest.fixture
def desk(store: TicketStore, registry: Registry, calendar: Calendar) -> TicketService:
    """A ticket desk at ten in the morning of Tuesday, November 24, 2026."""
    return TicketService(store, registry, calendar, "RI", lambda: NOW, lambda _: "web")


@pytest.fixture
def make_ticket(registry: Registry, calendar: Calendar) -> Callable[..., Ticket]:
    """Makes tickets that are not kept; what a test does not name has a value of its own."""

    def make(reference: str = "RI-7K3P-92QX", **changes: Any) -> Ticket:
        values = {
            "conversation": "marie",
            "question": "De combien est l'allocation des stagiaires ?",
            "channel": "web",
            "language": "fr",
            "email": None,
            "promise": registry.get("email-reply"),
            "calendar": calendar,
            "now": NOW,
        }
        return open_ticket(reference=reference, **{**values, **changes})

    return make

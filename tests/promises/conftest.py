"""What the tests of the promises share: the calendar and the promises of the files."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bot.promises.calendar import Calendar, parse_calendar
from bot.promises.promise import Registry, parse_registry
from tests.cast import DATA


@pytest.fixture
def calendar_data() -> Any:
    """A fresh copy of the content of `data/holidays.yml`."""
    return yaml.safe_load((DATA / "holidays.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """The calendar of `data/holidays.yml`."""
    return parse_calendar(yaml.safe_load((DATA / "holidays.yml").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The promises of `data/promises.yml`."""
    return parse_registry(yaml.safe_load((DATA / "promises.yml").read_text(encoding="utf-8")))

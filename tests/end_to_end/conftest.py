"""One running Guichet for the conversation tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from desk_process import Citizen, RunningDesk  # noqa: E402


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """Guichet, started as a person starts it."""
    running = RunningDesk(tmp_path_factory.mktemp("desk"), rasa_timeout=5).start()
    yield running
    running.stop()


@pytest.fixture
def citizen(desk: RunningDesk) -> Citizen:
    """Somebody new who chats."""
    return desk.citizen()

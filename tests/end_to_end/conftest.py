"""One running Guichet for the conversation tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import free_port
from tests.end_to_end.desk_process import Citizen, RunningDesk
from tests.end_to_end.failing_desk import TELEGRAM_SECRET, TELEGRAM_TOKEN, FailingDesk, RefusingExchange


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """Guichet, started as a person starts it."""
    running = RunningDesk(tmp_path_factory.mktemp("desk"), rasa_timeout=5).start()
    yield running
    running.stop()


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[RunningDesk]:
    """A Guichet of the test's own: what it publishes, and whom it adds to the staff, would change what others see."""
    running = RunningDesk(tmp_path / "desk").start()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


@pytest.fixture
def citizen(desk: RunningDesk) -> Citizen:
    """Somebody new who chats."""
    return desk.citizen()


@pytest.fixture(scope="session")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FailingDesk]:
    """A Guichet whose parts fail when they are told to; its mail is refused, and Telegram does not answer."""
    with RefusingExchange() as mail:
        running = FailingDesk(
            tmp_path_factory.mktemp("failing"),
            rasa_timeout=5,
            telegram_token=TELEGRAM_TOKEN,
            telegram_secret=TELEGRAM_SECRET,
            telegram_mode="webhook",
            telegram_webhook_url="https://guichet.example/webhooks/telegram",
            telegram_api_url=f"http://127.0.0.1:{free_port()}",
            **mail,
        )
        running.start()
        yield running
        running.stop()

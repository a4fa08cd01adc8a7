"""Running Guichets: one for all that citizens and officers do side by side, and some for what would disturb others.

`desk` is the one to take. A test has another only where it changes what others see: the first of the staff
(`own_desk`), failing parts (`failing`), killed processes (`fragile`), another database, a channel of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path

import pytest

from tests.channels.email.bursts import burst, drop
from tests.channels.email.programs import DESK
from tests.databases import free_port
from tests.end_to_end.console_officer import Officer
from tests.end_to_end.desk_process import Citizen, RunningDesk
from tests.end_to_end.failing_desk import TELEGRAM_SECRET, TELEGRAM_TOKEN, FailingDesk, RefusingExchange

NIGHT = burst(60)
# Other tests that run beside would let work starve that makes way for them.
AT_ONCE = {"group_seconds": 2, "work_niceness": 1}


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """Guichet, started as a person starts it, with e-mails that came in the night in its folder."""
    running = RunningDesk(tmp_path_factory.mktemp("desk"), mail_from=DESK, work_niceness=1)
    drop(NIGHT, running.folder / "mail-in" / "new")
    with running:
        yield running


@pytest.fixture(scope="session")
def officers(desk: RunningDesk) -> Callable[[str], Officer]:
    """The officers of that desk by their logins; each is added when first asked for."""
    return lru_cache(partial(Officer, desk))


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[RunningDesk]:
    """A new Guichet of the test's own: nobody has asked it anything, and it has no staff."""
    with RunningDesk(tmp_path / "desk", **AT_ONCE) as running:
        yield running


@pytest.fixture
def citizen(desk: RunningDesk) -> Citizen:
    """Somebody new who chats."""
    return desk.citizen()


@pytest.fixture(scope="session")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FailingDesk]:
    """A Guichet whose parts fail when they are told to; its mail is refused, and Telegram does not answer."""
    with (
        RefusingExchange() as mail,
        FailingDesk(
            tmp_path_factory.mktemp("failing"),
            rasa_timeout=5,
            telegram_token=TELEGRAM_TOKEN,
            telegram_secret=TELEGRAM_SECRET,
            telegram_mode="webhook",
            telegram_webhook_url="https://guichet.example/webhooks/telegram",
            telegram_api_url=f"http://127.0.0.1:{free_port()}",
            **mail,
        ) as running,
    ):
        yield running

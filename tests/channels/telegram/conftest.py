"""What the tests of Telegram share: an emulated Bot API, a desk with a bot on it, and a citizen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.channels.telegram import channel as channel_module
from tests.telegram_emulator import TOKEN, Emulator, Person


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A Bot API server."""
    with Emulator() as running:
        yield running


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits a second or more in earnest waits a moment here."""
    monkeypatch.setattr(channel_module, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr("bot.channels.telegram.poller._LOOK_SECONDS", 0.01)
    monkeypatch.setattr("bot.channels.telegram.poller._FIRST_WAIT", 0.01)
    monkeypatch.setattr("bot.channels.telegram.sending.TelegramSender.address_per_second", 1000.0)
    monkeypatch.setattr("bot.channels.telegram.sending.TelegramSender.per_second", 1000.0)
    monkeypatch.setattr("bot.messages.dispatcher.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("bot.messages.dispatcher._FIRST_WAIT", 0.01)
    monkeypatch.setattr("bot.core.leases.RENEW_SECONDS", 0.05)


@pytest.fixture
def make_telegram_desk(make_desk: Callable[..., Any], emulator: Emulator) -> Callable[..., Any]:
    """Makes a desk with a bot on the emulator."""

    def make(**settings: Any) -> Any:
        common = {"telegram_token": TOKEN, "telegram_api_url": emulator.url, "telegram_timeout": 0.5}
        return make_desk(ticking=True, **{**common, **settings})

    return make


@pytest.fixture
def desk(make_telegram_desk: Callable[..., Any]) -> Any:
    """A desk that polls."""
    return make_telegram_desk()


@pytest.fixture
def ana(desk: Any, emulator: Emulator) -> Person:
    """A citizen, once the bot has introduced itself."""
    emulator.wait(lambda: len(emulator.commands) == 3)
    return emulator.citizen()

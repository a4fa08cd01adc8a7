"""Asking Telegram for updates: one process at a time, each acknowledged once it is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import pytest

from bot.assistant.pipeline import NotReceived
from bot.channels.telegram.channel import make_bot
from bot.channels.telegram.poller import Poller
from bot.core.leases import Lease
from bot.core.settings import Settings
from tests.telegram_emulator import TOKEN, Emulator, Fault

pytestmark = pytest.mark.anyio


class Duty:
    """A lease that a test gives and takes."""

    def __init__(self, held: bool = True) -> None:
        self.held = held
        self.given_up = 0

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """As long as the block lasts; its end is counted."""
        try:
            yield
        finally:
            self.held = False
            self.given_up += 1


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits a second or more in earnest waits a moment here."""
    monkeypatch.setattr("bot.channels.telegram.poller._LOOK_SECONDS", 0.01)
    monkeypatch.setattr("bot.channels.telegram.poller._FIRST_WAIT", 0.01)


@asynccontextmanager
async def polling(emulator: Emulator, receive: Any, duty: Duty) -> AsyncIterator[None]:
    """A poller at work on the emulator."""
    bot = make_bot(Settings(telegram_token=TOKEN, telegram_api_url=emulator.url, telegram_timeout=1.0))
    await bot.initialize()
    task = asyncio.create_task(Poller(bot, receive, cast(Lease, duty), seconds=1).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await bot.shutdown()


async def until(emulator: Emulator, condition: Callable[[], Any]) -> None:
    """Wait for something without holding up the loop."""
    await asyncio.to_thread(emulator.wait, condition)


def asked(emulator: Emulator) -> list[int | None]:
    """The offsets that were asked from."""
    return [given.get("offset") for name, given in emulator.calls if name == "getUpdates"]


async def test_an_update_is_acknowledged_after_it_is_kept(emulator: Emulator) -> None:
    """The next question names the update after the last that was kept, and not one that was not."""
    tries: list[int] = []

    async def receive(update: Any) -> None:
        tries.append(update["update_id"])
        if len(tries) in (2, 3):
            raise NotReceived

    first, second = emulator.citizen().says("un"), emulator.citizen().says("deux")
    one, two = first["update_id"], second["update_id"]
    await until(emulator, lambda: emulator.pending() == 2)
    async with polling(emulator, receive, Duty()):
        await until(emulator, lambda: two + 1 in asked(emulator))
    assert tries == [one, two, two, two]
    assert asked(emulator)[:4] == [None, two, two, two + 1]


async def test_another_process_gets_what_was_not_acknowledged(emulator: Emulator) -> None:
    """A poller that ends before it asks again leaves its updates to the next one."""
    seen: list[str] = []
    stuck = asyncio.Event()

    async def hang(_update: Any) -> None:
        stuck.set()
        await asyncio.Event().wait()

    async def receive(update: Any) -> None:
        seen.append(update["message"]["text"])

    emulator.citizen().says("un")
    async with polling(emulator, hang, Duty()):
        await stuck.wait()
    async with polling(emulator, receive, Duty()):
        await until(emulator, lambda: seen == ["un"])


async def test_only_who_holds_the_duty_asks(emulator: Emulator) -> None:
    """Without the lease nothing is asked; once it is held, updates come; once it is lost, no more questions."""
    seen: list[str] = []
    duty = Duty(held=False)

    async def receive(update: Any) -> None:
        seen.append(update["message"]["text"])
        duty.held = False

    ana = emulator.citizen()
    ana.says("un")
    async with polling(emulator, receive, duty):
        await asyncio.sleep(0.05)
        assert asked(emulator) == []
        duty.held = True
        await until(emulator, lambda: seen == ["un"])
        await asyncio.sleep(0.05)
        assert len(asked(emulator)) == 1


async def test_the_duty_is_left_to_others_at_once(emulator: Emulator) -> None:
    """A poller that ends gives its lease up."""

    async def receive(_update: Any) -> None:
        pass

    duty = Duty()
    async with polling(emulator, receive, duty):
        await until(emulator, lambda: asked(emulator))
    assert duty.given_up == 1


async def test_a_conflict_is_named(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """When another program asks with the same token the log says so, and asking goes on."""
    seen: list[str] = []

    async def receive(update: Any) -> None:
        seen.append(update["message"]["text"])

    conflict = {"ok": False, "description": "Conflict: terminated by other getUpdates request"}
    emulator.fail("getUpdates", Fault(409, conflict), Fault(500, "<html>"), Fault(drop=True))
    emulator.citizen().says("un")
    with caplog.at_level(logging.WARNING, "bot"):
        async with polling(emulator, receive, Duty()):
            await until(emulator, lambda: seen == ["un"])
    assert "another program asks for them" in caplog.text

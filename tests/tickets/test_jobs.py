"""The duty of the clocks: they are moved once, then looked at, by one process at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import anyio
import pytest

from bot.bootstrap import Rooms
from bot.core import leases
from bot.tickets.jobs import ClockJobs
from tests.cast import Clock


class Watched:
    """Counts what is asked of it; its first look fails if the test says so."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def move(self) -> int:
        """Moved."""
        self.done.append("move")
        return 0

    def look(self) -> int:
        """Looked."""
        self.done.append("look")
        return 0


@pytest.mark.anyio
async def test_one_process_looks_and_another_takes_over(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clocks are moved once by whoever has the duty; when it ends the other has it, and moves and looks."""
    monkeypatch.setattr("bot.tickets.jobs.LOOK_SECONDS", 0.01)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    first, second = Watched(), Watched()
    one, other = (ClockJobs(watch, rooms.lease("clocks")) for watch in (first, second))
    mine = asyncio.create_task(one.run())
    with anyio.fail_after(20):
        while first.done.count("look") < 2:
            await anyio.sleep(0.01)
    its = asyncio.create_task(other.run())
    await anyio.sleep(0.1)
    assert second.done == []
    mine.cancel()
    with anyio.fail_after(20):
        while "look" not in second.done:
            await anyio.sleep(0.01)
    its.cancel()
    await asyncio.gather(mine, its, return_exceptions=True)
    assert first.done[:3] == ["move", "look", "look"]
    assert first.done.count("move") == 1
    assert second.done[:2] == ["move", "look"]


def test_the_real_watch_breaks_what_is_past_due(rooms: Rooms, clock: Clock) -> None:
    """Looked at after its due moment, a clock is broken; the ticket stays to be answered."""
    ticket = rooms.tickets.open(conversation="c", question="?", language="fr", email=None)
    clock.now = ticket.due_at + timedelta(hours=1)
    ClockJobs(rooms.clock_monitor, rooms.lease("clocks")).look()
    assert rooms.ledger.of([ticket.reference])[ticket.reference].broken_at == ticket.due_at
    assert rooms.tickets.get(ticket.reference).state == "open"

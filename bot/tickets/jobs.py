"""Runs the clock monitor every minute, in one process at a time."""

from __future__ import annotations

from bot.core.leases import Lease
from bot.tickets.clock_monitor import ClockMonitor

LOOK_SECONDS = 60.0


class ClockJobs:
    """Moves the clocks once, to where this process's calendar has them; then warns of them and breaks them in time."""

    def __init__(self, monitor: ClockMonitor, lease: Lease) -> None:
        self._monitor = monitor
        self._lease = lease
        self._moved = False

    async def run(self) -> None:
        """Look every minute, until cancelled."""
        await self._lease.serve(self.look, LOOK_SECONDS, "no clock was looked at")

    def look(self) -> None:
        """Look at the clocks once."""
        if not self._moved:
            self._monitor.move()
            self._moved = True
        self._monitor.look()

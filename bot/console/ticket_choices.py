"""What an officer may choose from at tickets: promises, programs, officers and channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.staff.officer import TICKETS
from bot.staff.people import People
from bot.tickets.service import TicketService
from bot.tickets.ticket import REGISTERED


class Choices:
    """What the lists of the forms hold."""

    def __init__(self, tickets: TicketService, people: People, channels: Sequence[str]) -> None:
        """`channels`: the names of those by which requests come in."""
        self._channels = channels
        self._tickets = tickets
        self._people = people

    def all(self) -> dict[str, Any]:
        """Every list, by the name that templates know it by."""
        return {
            "promises": self._promises(),
            "programs": self._tickets.programs,
            "officers": self.officers(),
            "channels": (*self._channels, *REGISTERED),
            "registered": REGISTERED,
        }

    def officers(self) -> list[str]:
        """The names of those who may work with tickets."""
        return [officer.name for officer in self._people.all() if officer.active and officer.may(TICKETS)]

    def programs(self) -> set[str]:
        """The ids of the programs."""
        return {known.id for known in self._tickets.programs}

    def _promises(self) -> list[dict[str, Any]]:
        """The promises, the shortest first, with the working days that they have for what comes today."""
        today = self._tickets.calendar.local_date(self._tickets.now())
        promises = self._tickets.registry.promises.values()
        found = [
            {"id": promise.id, "working_days": version.working_days, "starts": version.starts}
            for promise, version in ((promise, promise.on(today)) for promise in promises)
        ]
        return sorted(found, key=lambda promise: promise["working_days"])

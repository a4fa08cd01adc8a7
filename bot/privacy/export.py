"""Exports everything that is kept of a conversation as JSON: the answer to "What do you know about me?"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database, metadata
from bot.messages.tables import attendance, conversations, notes
from bot.privacy.rasa_trackers import Trackers
from bot.tickets.tables import events, tickets

# By which column a table's rows belong to a conversation: whatever table has one of these is exported.
_OWNERS = ("conversation_id", "conversation")
# What staff write to each other is asked for from a person; who types at this moment is no record.
_NOT_EXPORTED = {notes.name, attendance.name}
# Columns for our own use, names of staff, and merged tickets of others: they say nothing about the citizen.
_NOT_TOLD = {"claim", "claimed_until", "search", "officer", "pending", "merged_into", "fault"}


class Export:
    """Reads what is kept of a conversation from every table."""

    def __init__(self, database: Database, trackers: Trackers, now: Callable[[], datetime]) -> None:
        self._database = database
        self._trackers = trackers
        self._now = now

    def of(self, conversation_id: str) -> dict[str, Any]:
        """The rows of every table by the table's name, as JSON can carry them.

        `tickets` hold their `history`, `contacts` are the addresses given, `assistant` is the assistant's memory.
        """
        found: dict[str, Any] = {"made_at": self._now().isoformat()}
        with self._database.reading() as connection:
            for table in sorted(metadata.tables.values(), key=lambda table: table.name):
                owner = next((name for name in _OWNERS if name in table.c), None)
                if owner and table.name not in _NOT_EXPORTED:
                    query = sa.select(table).where(table.c[owner] == conversation_id)
                    found[table.name] = [_told(row) for row in connection.execute(query)]
            own = sa.select(conversations).where(conversations.c.id == conversation_id)
            found["conversation"] = [_told(row) for row in connection.execute(own)]
            for ticket in found[tickets.name]:
                history = sa.select(events.c.at, events.c.kind).where(events.c.reference == ticket["reference"])
                ticket["history"] = [_told(row) for row in connection.execute(history.order_by(events.c.id))]
        found["contacts"] = sorted({ticket["email"] for ticket in found[tickets.name] if ticket["email"]})
        found["assistant"] = self._trackers.remembered(conversation_id)
        return found


def _told(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row._mapping.items() if name not in _NOT_TOLD}


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    # Of a file the export tells the name and the size, which stand beside it.
    return f"{len(value)} bytes" if isinstance(value, (bytes, bytearray, memoryview)) else value

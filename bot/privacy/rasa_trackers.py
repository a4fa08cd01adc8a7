"""Rasa's memory of conversations: we read it for exports, and erase it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database

# The table of Rasa's SQL tracker store; Rasa makes it at its first start.
_EVENTS = sa.table("events", sa.column("id"), sa.column("sender_id"), sa.column("timestamp"), sa.column("data"))


class Trackers:
    """Rasa's tracker table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def erase(self, conversation_id: str) -> None:
        """Erase the conversation; Rasa notices that the copy in its memory is out of date."""
        with self._database.writing() as connection:
            if sa.inspect(connection).has_table(_EVENTS.name):
                connection.execute(sa.delete(_EVENTS).where(_EVENTS.c.sender_id == conversation_id))

    def remembered(self, conversation_id: str) -> list[dict[str, Any]]:
        """What Rasa remembers of the conversation: its events, as Rasa keeps them, oldest first."""
        query = sa.select(_EVENTS.c.data).where(_EVENTS.c.sender_id == conversation_id).order_by(_EVENTS.c.id)
        with self._database.reading() as connection:
            if not sa.inspect(connection).has_table(_EVENTS.name):
                return []
            return [json.loads(data) for data in connection.execute(query).scalars()]

    def conversations(self, silent_since: datetime) -> list[str]:
        """The conversations of which Rasa remembers nothing younger than this moment."""
        latest = sa.func.max(_EVENTS.c.timestamp)
        query = sa.select(_EVENTS.c.sender_id).group_by(_EVENTS.c.sender_id).having(latest < silent_since.timestamp())
        with self._database.reading() as connection:
            if not sa.inspect(connection).has_table(_EVENTS.name):
                return []
            return [str(sender) for sender in connection.execute(query).scalars()]

    @property
    def database(self) -> Database:
        """Where Rasa keeps its memory: beside our tables, or in a SQLite file of its own."""
        return self._database

    def close(self) -> None:
        """Close the connections."""
        self._database.engine.dispose()

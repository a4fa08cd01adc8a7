"""The assistant's working memory of a conversation, as far as the desk touches it: to erase it."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db import Database

# The table of Rasa's SQL tracker store; Rasa makes it at its first start.
_EVENTS = sa.table("events", sa.column("sender_id"))


class Trackers:
    """Rasa's tracker table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def erase(self, conversation_id: str) -> None:
        """Forget the conversation; Rasa notices that its own copy is out of date."""
        with self._database.writing() as connection:
            if sa.inspect(connection).has_table(_EVENTS.name):
                connection.execute(sa.delete(_EVENTS).where(_EVENTS.c.sender_id == conversation_id))

    def close(self) -> None:
        """Close the connections."""
        self._database.engine.dispose()

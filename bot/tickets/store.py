"""Where tickets are kept."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.db import Database, UTCDateTime, metadata
from bot.tickets.ticket import OPEN, Ticket

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reference", sa.String(32), nullable=False, unique=True),
    sa.Column("conversation", sa.String(64), nullable=False, index=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("email", sa.String(320)),
    sa.Column("promise", sa.String(64), nullable=False),
    sa.Column("opened_at", UTCDateTime, nullable=False),
    sa.Column("day_zero", sa.Date, nullable=False),
    sa.Column("due_at", UTCDateTime, nullable=False, index=True),
    sa.Column("proof", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("message", sa.Integer, unique=True),
)
_FIELDS = [column for column in tickets.c if column.name != "id"]


class ReferenceTaken(RuntimeError):
    """A ticket with this reference exists already; draw another."""


class TicketStore:
    """Reads and writes tickets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, ticket: Ticket) -> None:
        """Keep a new ticket.

        Raises:
            ReferenceTaken: its reference is another ticket's.
        """
        values = {column.name: getattr(ticket, column.name) for column in _FIELDS}
        values["proof"] = list(ticket.proof)
        try:
            with self._database.writing() as connection:
                connection.execute(sa.insert(tickets).values(**values))
        except sa.exc.IntegrityError as error:
            raise ReferenceTaken(ticket.reference) from error

    def find(self, reference: str) -> Ticket | None:
        """The ticket with this reference."""
        found = self._select(tickets.c.reference == reference, limit=1)
        return found[0] if found else None

    def of_message(self, message: int) -> Ticket | None:
        """The ticket that this message opened."""
        found = self._select(tickets.c.message == message, limit=1)
        return found[0] if found else None

    def of_conversation(self, conversation: str, limit: int = 3) -> list[Ticket]:
        """The latest tickets of a conversation, newest first."""
        return self._select(tickets.c.conversation == conversation, limit=limit)

    def open_of_conversation(self, conversation: str) -> list[Ticket]:
        """The tickets of a conversation that are still to be answered, newest first (a hundred at most)."""
        return self._select(sa.and_(tickets.c.conversation == conversation, tickets.c.state == OPEN))

    def by_due_moment(self, state: str | None = None, limit: int = 100) -> list[Ticket]:
        """Tickets by due moment, soonest first, of one state or of all."""
        condition = tickets.c.state == state if state else sa.true()
        return self._select(condition, order=tickets.c.due_at.asc(), limit=limit)

    def _select(self, condition: Any, order: Any = None, limit: int = 100) -> list[Ticket]:
        query = sa.select(*_FIELDS).where(condition).order_by(tickets.c.id.desc() if order is None else order)
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(limit)).mappings().all()
        return [Ticket(**{**row, "proof": tuple(row["proof"])}) for row in rows]

"""Takes a ticket's words and addresses away, and keeps for ever what the reports of the promises are made from.

A ticket keeps its reference, promise, dates, proof, verdict, language, program, channel and officer. Its history
keeps what happened, when, and which officer did it; what officers typed goes. The events of its clock are
never changed: of what people type they hold reasons of staff alone (the console says so where one is asked for).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.tickets.search import searchable
from bot.tickets.store import locked
from bot.tickets.tables import events, tickets
from bot.tickets.ticket import CLOSED, Ticket

# The details of an event that stay: numbers, references and words of the application's own. All others go.
_KEPT = frozenset(
    {
        "to",
        "by",
        "until",
        "due",
        "days",
        "merged_into",
        "with",
        "given_on",
        "reference",
        "channel",
        "received_on",
        "program",
        "message",
    }
)


def of_conversation(connection: sa.Connection, conversation: str) -> list[Ticket]:
    """The tickets of a conversation, as they are until the transaction ends."""
    query = sa.select(tickets.c.reference).where(tickets.c.conversation == conversation)
    return list(locked(connection, connection.execute(query).scalars()).values())


def erasable(connection: sa.Connection, before: datetime, *, wished: bool, limit: int) -> list[str]:
    """References of closed tickets that still have words, closed before a moment, the longest ago first.

    `wished`: only those whose citizens asked to be forgotten.
    """
    query = sa.select(tickets.c.reference).where(
        tickets.c.state == CLOSED, tickets.c.erased_at.is_(None), tickets.c.closed_at <= before
    )
    if wished:
        query = query.where(tickets.c.forget_at.is_not(None))
    return list(connection.execute(query.order_by(tickets.c.closed_at, tickets.c.id).limit(limit)).scalars())


def mark(connection: sa.Connection, references: Collection[str], now: datetime) -> None:
    """Note that their citizen asked to be forgotten: their words go when they are answered."""
    named = sa.and_(tickets.c.reference.in_(sorted(references)), tickets.c.forget_at.is_(None))
    connection.execute(sa.update(tickets).where(named).values(forget_at=now))


def erase(connection: sa.Connection, found: Iterable[Ticket], now: datetime) -> None:
    """Take the words and addresses out of closed tickets, in the caller's transaction."""
    for ticket in found:
        if ticket.state != CLOSED:
            raise ValueError("a ticket that is to be answered needs its words")
        nobody = {"question": "", "email": None, "contact": None, "conversation": "", "message": None}
        values = {**nobody, "search": searchable(ticket.reference), "erased_at": now}
        connection.execute(sa.update(tickets).where(tickets.c.reference == ticket.reference).values(values))
        history = sa.select(events.c.id, events.c.detail).where(events.c.reference == ticket.reference)
        for row in connection.execute(history).all():
            kept = {name: value for name, value in row.detail.items() if name in _KEPT}
            if kept != row.detail:
                connection.execute(sa.update(events).where(events.c.id == row.id).values(detail=kept))

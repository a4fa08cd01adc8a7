"""The one form in which the text of tickets is searched: lower case, without accents. No IO."""

from __future__ import annotations

import re

from bot.folding import fold
from bot.tickets.ticket import Ticket

LONGEST = 1000  # characters of a ticket that are searched
_BETWEEN = re.compile(r"[^\w@.+-]+")


def searchable(text: str) -> str:
    """`text` in lower case, its accents dropped, what is neither a word nor part of an address as spaces."""
    return _BETWEEN.sub(" ", fold(text)).strip()


def search_text(ticket: Ticket) -> str:
    """What a text filter looks in: reference, addresses and question in one form, at most LONGEST characters."""
    parts = (ticket.reference, ticket.email or "", ticket.contact or "", ticket.question)
    return " ".join(searchable(part) for part in parts if part)[:LONGEST]

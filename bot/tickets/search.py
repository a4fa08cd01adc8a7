"""The one form in which the text of tickets is searched: lower case, without accents. No IO."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.text_folding import fold
from bot.tickets.ticket import Ticket

LONGEST = 1000  # characters of a ticket that are searched
_BESIDE = 400  # of these, at most, for what is found beside its question
_BETWEEN = re.compile(r"[^\w@.+-]+")


def searchable(text: str) -> str:
    """`text` in lower case without accents; what is neither a word nor part of an address becomes a space."""
    return _BETWEEN.sub(" ", fold(text)).strip()


def search_text(ticket: Ticket, beside: Sequence[str] = ()) -> str:
    """What a text filter looks in: reference, addresses and question in one form, at most LONGEST characters.

    `beside`: what its citizen wrote and the question does not show.
    """
    parts = (ticket.reference, ticket.email or "", ticket.contact or "", ticket.question)
    return with_more(" ".join(searchable(part) for part in parts if part), beside)


def with_more(found: str, words: Sequence[str]) -> str:
    """The searched form `found` with more texts added; long texts share the room that is left for them."""
    told = list(filter(None, map(searchable, words)))
    more = " ".join(text[: _BESIDE // len(told)] for text in told)
    return f"{found[: LONGEST - len(more) - 1]} {more}" if more else found[:LONGEST]

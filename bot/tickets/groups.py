"""Merges, separates and closes tickets that are answered together; each keeps its own clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.promises.calendar import Calendar
from bot.tickets import store as stored
from bot.tickets.merging import in_groups, join, known, leave, must_be_seen, part, release, same_citizen, to_answer
from bot.tickets.store import TicketStore
from bot.tickets.ticket import (
    SATISFIED,
    WITHDRAWN,
    NotPossible,
    Ticket,
    TicketEvent,
    merge_order,
    must_be_open,
)


class TicketGroups:
    """Merges and separates tickets, and closes a ticket with those that were merged into it."""

    def __init__(self, store: TicketStore, calendar: Calendar, now: Callable[[], datetime]) -> None:
        """`calendar` judges the clocks; `now` gives the present moment, with a zone."""
        self._store = store
        self._calendar = calendar
        self._now = now

    def withdraw(self, reference: str, officer: str, reason: str, seen: Collection[str] = ()) -> Ticket:
        """Close a ticket to which no answer is owed (a test, an insult, settled otherwise), and say why.

        The tickets that were merged into it are closed too, each judged by its own due moment. Only this one keeps the
        reason, which may tell of its citizen.

        Args:
            reference: which.
            officer: who closes it.
            reason: why.
            seen: the references of those merged into it that the officer saw before closing it.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: as `must_be_open` and `must_be_seen`, or "reason": none is given.
        """
        if not reason.strip():
            raise NotPossible("reason")

        def close(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket = known(found, reference)
            must_be_open(ticket)
            group = to_answer(found, ticket)
            must_be_seen(group, {reference, *seen})
            now = self._now()
            for one in group:
                detail = {"reason": reason.strip()} if one is ticket else {"merged_into": reference}
                event = TicketEvent(now, "withdrawn", officer, detail)
                stored.close(connection, one, event, closed_as=WITHDRAWN, at=now, calendar=self._calendar)

        in_groups(self._store, [reference], close)
        return self._store.get(reference)

    def satisfy(self, reference: str, message: int) -> Ticket:
        """Close a ticket because its citizen says, in `message`, that the approved text they received is enough.

        No person answered, so the promise does not count as kept. The other tickets of its group go on waiting: their
        citizens have said nothing.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: "closed", or "pending" while an answer is on its way.
        """

        def close(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket = known(found, reference)
            must_be_open(replace(ticket, merged_into=None))
            now = self._now()
            if ticket.merged_into:
                leave(connection, found, ticket, TicketEvent(now, "separated"))
            else:
                release(connection, found, ticket, TicketEvent(now, "separated"))
            event = TicketEvent(now, "satisfied", None, {"message": message})
            stored.close(connection, ticket, event, closed_as=SATISFIED, at=now, calendar=self._calendar)

        in_groups(self._store, [reference], close)
        return self._store.get(reference)

    def merge(self, reference: str, other: str, officer: str, seen: Collection[str] = ()) -> Ticket:
        """Merge two open tickets that ask the same; return the one that stays, which is due first.

        The other is answered together with it, and its own clock runs until then.

        Args:
            reference: one of the two.
            other: the other.
            officer: who merges them.
            seen: where the tickets are not one citizen's, the references of all that will be answered together: the
                officer has seen whose requests they are.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: as `merge_order` and `must_be_seen`.
        """

        def merge(connection: sa.Connection, found: dict[str, Ticket]) -> Ticket:
            stays, goes = merge_order(known(found, reference), known(found, other))
            group = [*to_answer(found, stays), *to_answer(found, goes)]
            if not same_citizen(group):
                must_be_seen(group, seen)
            join(connection, found, stays, goes, TicketEvent(self._now(), "merged", officer))
            return stays

        return self._store.get(in_groups(self._store, [reference, other], merge).reference)

    def separate(self, reference: str, officer: str) -> Ticket:
        """Take a ticket out of the ticket into which it was merged, as long as neither is answered; return it.

        Both are as they were before: their clocks never stopped.

        Raises:
            LookupError: there is no such ticket.
            NotPossible: "closed", "pending" while an answer is on its way, or "apart": it is merged into none.
        """

        def undo(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket = known(found, reference)
            must_be_open(replace(ticket, merged_into=None))
            if not ticket.merged_into:
                raise NotPossible("apart")
            part(connection, found, ticket, TicketEvent(self._now(), "separated", officer))

        in_groups(self._store, [reference], undo)
        return self._store.get(reference)

    def members(self, reference: str) -> list[Ticket]:
        """The tickets that an answer to this one goes to: itself first, then those merged into it.

        Raises:
            LookupError: there is no such ticket.
        """
        found = {one.reference: one for one in self._store.merged_into(reference)}
        return to_answer(found, self._store.get(reference))

    def add_message(self, reference: str, message: int, words: Sequence[str] = ()) -> None:
        """Note once, in a ticket's history and in its leader's, that its citizen wrote again.

        `words` are what they wrote; the ticket is found by them from now on.
        """

        def add(connection: sa.Connection, found: dict[str, Ticket]) -> None:
            ticket = known(found, reference)
            if {"message": message} in stored.details(connection, reference, "wrote"):
                return
            now = self._now()
            stored.note(connection, reference, TicketEvent(now, "wrote", None, {"message": message}))
            stored.find_by(connection, reference, words)
            if ticket.merged_into:
                news = TicketEvent(now, "wrote", None, {"message": message, "reference": reference})
                stored.note(connection, ticket.merged_into, news)

        in_groups(self._store, [reference], add)

"""Groups of tickets with one answer: one leads, the others were merged into it; each has its own clock and citizen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.tickets import store as stored
from bot.tickets.ticket import OPEN, NotPossible, Ticket, TicketEvent

_Done = TypeVar("_Done")
Work = Callable[[sa.Connection, dict[str, Ticket]], _Done]


def in_groups(store: stored.TicketStore, references: Collection[str], work: Work[_Done]) -> _Done:
    """Do `work` in one transaction with tickets and all that are answered together with them.

    `work(connection, found)` receives the tickets by reference; nobody else changes them until the transaction ends.
    All are locked at once and in one order, so that no two transactions wait for each other.
    """
    while True:
        with store.database.writing() as connection:
            looked = stored.of_groups(connection, references)
            found = stored.locked(connection, looked)
            # If somebody changed the group in between, we look again. They have made progress, so this ends.
            if stored.of_groups(connection, references) <= looked:
                return work(connection, found)


def known(found: Mapping[str, Ticket], reference: str) -> Ticket:
    """The ticket with this reference among those that were found.

    Raises:
        LookupError: there is none.
    """
    if reference not in found:
        raise LookupError(reference)
    return found[reference]


def to_answer(found: Mapping[str, Ticket], leader: Ticket) -> list[Ticket]:
    """The tickets that receive the answer to `leader`: itself first, then those merged into it that wait for one."""
    waiting = [one for one in found.values() if one.merged_into == leader.reference and _waits(one)]
    return [leader, *waiting]


def same_citizen(tickets: Iterable[Ticket]) -> bool:
    """Whether all were left in one conversation, to be answered at the same place."""
    return len({(one.conversation, (one.email or "").casefold(), one.contact) for one in tickets}) == 1


def must_be_seen(tickets: Iterable[Ticket], seen: Collection[str]) -> None:
    """Make sure that an officer who acts on several citizens' tickets at once has seen that it is these.

    Raises:
        NotPossible: "recipients": there are others, or fewer, than those seen.
    """
    if {one.reference for one in tickets} != set(seen):
        raise NotPossible("recipients")


def join(
    connection: sa.Connection, found: Mapping[str, Ticket], stays: Ticket, goes: Ticket, event: TicketEvent
) -> None:
    """Merge `goes`, and all that were merged into it, into `stays`; `event` says who did it, and when."""
    into = {"merged_into": stays.reference}
    _happens(connection, goes, event, "merged", into, merged_into=stays.reference)
    for one in found.values():
        if one.merged_into == goes.reference:
            _happens(connection, one, event, "merged", {**into, "with": goes.reference}, merged_into=stays.reference)
    _happens(connection, stays, event, "absorbed", {"reference": goes.reference})


def leave(connection: sa.Connection, found: Mapping[str, Ticket], ticket: Ticket, event: TicketEvent) -> None:
    """Take a ticket out of its group."""
    leader = str(ticket.merged_into)
    _happens(connection, ticket, event, "separated", {"reference": leader}, merged_into=None)
    _happens(connection, found[leader], event, "released", {"reference": ticket.reference})


def part(connection: sa.Connection, found: Mapping[str, Ticket], ticket: Ticket, event: TicketEvent) -> None:
    """Take a ticket out of its group, with those that came into the group with it."""
    leader = ticket.merged_into
    leave(connection, found, ticket, event)
    for one in found.values():
        if one.merged_into != leader or not _waits(one):
            continue
        last, *earlier = stored.details(connection, one.reference, "merged")
        if last.get("with") == ticket.reference:
            before = next(detail for detail in earlier if detail["merged_into"] == ticket.reference)
            _happens(connection, one, event, "merged", before, merged_into=ticket.reference)


def release(connection: sa.Connection, found: Mapping[str, Ticket], leader: Ticket, event: TicketEvent) -> None:
    """Free the tickets that were merged into `leader`, which is closed without an answer for them."""
    for one in to_answer(found, leader)[1:]:
        _happens(connection, one, event, "separated", {"reference": leader.reference}, merged_into=None)


def _waits(ticket: Ticket) -> bool:
    return ticket.state == OPEN and ticket.pending is None


def _happens(
    connection: sa.Connection, ticket: Ticket, event: TicketEvent, kind: str, detail: dict[str, Any], **values: Any
) -> None:
    stored.change(connection, ticket.reference, TicketEvent(event.at, kind, event.officer, detail), **values)

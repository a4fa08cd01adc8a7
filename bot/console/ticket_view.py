"""The page of one ticket: its letters, its proof, its history, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from bot.console.context import HOME, Context
from bot.console.drafting import MAX_REPLY, Drafting
from bot.console.ticket_choices import Choices
from bot.console.ticket_letters import TicketLetters
from bot.promises.calendar import Calendar
from bot.promises.ledger import BROKEN, ENDED, KEPT, REVISED, WARNED, ClockEvent, replay
from bot.promises.store import ClockStore
from bot.staff.journal import Journal
from bot.tickets.service import TicketService
from bot.tickets.store import TicketFilter
from bot.tickets.ticket import ANSWERED, OPEN, Ticket, TicketEvent

MAX_REASON = 500
_NOTHING: Mapping[str, str] = MappingProxyType({})


class TicketView:
    """Makes the page."""

    def __init__(
        self,
        tickets: TicketService,
        ledger: ClockStore,
        letters: TicketLetters,
        choices: Choices,
        drafting: Drafting,
    ) -> None:
        self._tickets = tickets
        self._ledger = ledger
        self._letters = letters
        self._choices = choices
        self._drafting = drafting

    def ticket(self, context: Context) -> Ticket:
        """The ticket that the address names.

        Raises:
            LookupError: there is none.
        """
        return self._tickets.get(context.path["reference"])

    async def page(
        self,
        context: Context,
        ticket: Ticket,
        problem: str | None = None,
        typed: Mapping[str, str] = _NOTHING,
        delay_problem: str | None = None,
        given_problem: str | None = None,
    ) -> Response:
        """The page; a problem of one of its forms is told there, with what was typed as an answer by language."""
        shown = await run_in_threadpool(self._look, context, ticket)
        # An approved article may help in each language that is answered in.
        asked = {one.language: one.question for one in reversed(shown["group"]) if one.state == OPEN}
        drafts = {code: await self._drafting.drafts(question, code) for code, question in asked.items()}
        return context.page(
            "ticket.html",
            409 if problem or delay_problem or given_problem else 200,
            **shown,
            drafts=drafts,
            problem=problem,
            typed=typed,
            delay_problem=delay_problem,
            given_problem=given_problem,
        )

    def _look(self, context: Context, ticket: Ticket) -> dict[str, Any]:
        ticket_history = self._tickets.store.history(ticket.reference)
        clock_history = self._ledger.events(ticket.reference)
        history: list[TicketEvent | ClockEvent] = [*ticket_history, *map(_told, filter(_adds, clock_history))]
        # What was late when it was registered had been broken before: its history begins all the same.
        history.sort(key=lambda event: max(event.at, ticket.opened_at))
        promise = self._tickets.registry.promises.get(ticket.promise)
        given = any(event.kind == "answered" for event in ticket_history)
        group = self._tickets.groups.members(ticket.reference)
        return {
            **self._letters.of(ticket, answered=given),
            "group": group,
            "today": self._tickets.calendar.local_date(context.pages.now()),
            "given": [event for event in ticket_history if event.kind == "given" and "text" in event.detail],
            "languages": list(dict.fromkeys(one.language for one in group)),
            "risk": risk_of(ticket, context.pages.now(), self._tickets.calendar),
            "promise": promise.on(ticket.day_zero) if promise else None,
            "history": history,
            "delayed_until": next((clock.delayed_until for clock in replay(clock_history)), None),
            "unconfirmed": unconfirmed_years([ticket], self._tickets.calendar),
            "earliest": self._earliest(context, ticket),
            "max_reason": MAX_REASON,
            "merged": [self._letters.of(one) for one in self._tickets.store.merged_into(ticket.reference)],
            "alike": self._alike(ticket),
            "max_reply": MAX_REPLY,
            **self._choices.all(),
        }

    def _earliest(self, context: Context, ticket: Ticket) -> date:
        """The first day until which a ticket may be delayed."""
        calendar = self._tickets.calendar
        due = calendar.local_date(ticket.due_at) + timedelta(days=1)
        day = max(due, calendar.local_date(context.pages.now()))
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
        return day

    def _alike(self, ticket: Ticket) -> list[Ticket]:
        """Other open tickets of the same citizen, which may be duplicates."""
        if ticket.state != OPEN:
            return []
        found = self._tickets.store.open_of_conversation(ticket.conversation)
        if ticket.email:
            found += self._tickets.store.page(TicketFilter(state=OPEN, text=ticket.email), limit=10).tickets
        distinct = {other.reference: other for other in found if other.merged_into is None}
        distinct.pop(ticket.reference, None)
        return list(distinct.values())


def address_of(context: Context) -> str:
    """Where the ticket's page is."""
    return f"{HOME}/tickets/{context.path['reference']}"


def did(context: Context, journal: Journal, action: str, **detail: Any) -> Response:
    """Note in the journal what was done with the ticket, and go back to its page."""
    journal.note(context.officer, action, f"ticket {context.path['reference']}", **detail)
    return context.to(address_of(context), done=f"ticket_{action}")


def risk_of(ticket: Ticket, now: datetime, calendar: Calendar) -> str:
    """How near an open ticket is to its due moment; empty for any other."""
    return ticket.risk(now, calendar) if ticket.state == OPEN else ""


def unconfirmed_years(tickets: Iterable[Ticket], calendar: Calendar) -> list[int]:
    """The years whose calendar nobody has confirmed, of those in which the days of open tickets lie."""
    proofs = (ticket.proof for ticket in tickets if ticket.state == OPEN)
    years = {int(day["date"][:4]) for proof in proofs for day in proof}
    return sorted(years - calendar.confirmed_years)


def _adds(event: ClockEvent) -> bool:
    """Whether an event of a clock tells what the history of its ticket does not."""
    return event.kind in (WARNED, BROKEN, KEPT, REVISED) or (event.kind == ENDED and event.detail["how"] == ANSWERED)


def _told(event: ClockEvent) -> ClockEvent:
    """An event of a clock at the moment when it was known: an answer may be registered on a later day."""
    known = event.detail.get("registered_at")
    return replace(event, at=datetime.fromisoformat(known)) if known else event

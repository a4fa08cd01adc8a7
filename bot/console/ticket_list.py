"""The list of tickets by due moment, with its views and filters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context, number
from bot.console.ticket_choices import Choices
from bot.console.ticket_view import risk_of, unconfirmed_years
from bot.staff.officer import TICKETS
from bot.tickets.reference import find_reference
from bot.tickets.service import TicketService
from bot.tickets.store import TicketFilter
from bot.tickets.ticket import CLOSED, OPEN

_PER_PAGE = 50
_VIEWS = ("open", "overdue", "soon", "mine", "nobody", "closed", "all")
_COUNTED = ("open", "overdue", "soon", "mine", "nobody")
_FILTERS = ("promise", "language", "program", "officer", "channel", "text")


class TicketList:
    """The page of the list."""

    def __init__(self, access: Access, tickets: TicketService, choices: Choices) -> None:
        self._access = access
        self._tickets = tickets
        self._choices = choices

    def routes(self) -> list[Route]:
        """The one route, for those who may work with tickets."""
        return [self._access.get("/tickets", self.show, TICKETS)]

    def show(self, context: Context) -> Response:
        """The tickets by due moment."""
        view = context.asked("view") if context.asked("view") in _VIEWS else "open"
        asked = {name: context.asked(name).strip() for name in _FILTERS}
        now = context.pages.now()
        wanted = self._filter(view, asked, context, now)
        page = self._tickets.store.page(wanted, after=_place(context.asked("after")), limit=_PER_PAGE)
        kept = {"view": view, **{name: value for name, value in asked.items() if value}}
        following = None
        if page.more:
            following = f"{HOME}/tickets?" + urlencode({**kept, "after": f"{page.more[0].isoformat()} {page.more[1]}"})
        return context.page(
            "tickets.html",
            view=view,
            views=_VIEWS,
            asked=asked,
            filtered=any(asked.values()),
            tickets=page.tickets,
            risks={t.reference: risk_of(t, now, self._tickets.calendar) for t in page.tickets},
            following=following,
            begun=bool(context.asked("after")),
            unconfirmed=unconfirmed_years(page.tickets, self._tickets.calendar),
            counts=self._counts(context, now),
            **self._choices.all(),
        )

    def _filter(self, view: str, asked: dict[str, str], context: Context, now: datetime) -> TicketFilter:
        reference = find_reference(asked["text"], self._tickets.prefix)
        found = TicketFilter(
            promise=asked["promise"] or None,
            language=asked["language"] or None,
            program=asked["program"] or None,
            officer=asked["officer"] or None,
            channel=asked["channel"] or None,
            reference=reference,
            text="" if reference else asked["text"],
        )
        return self._narrowed(found, view, context, now)

    def _narrowed(self, found: TicketFilter, view: str, context: Context, now: datetime) -> TicketFilter:
        state = {"closed": CLOSED, "all": None}.get(view, OPEN)
        found = replace(found, state=state)
        if view == "overdue":
            return found.overdue(now)
        if view == "soon":
            return found.at_risk(now, self._tickets.calendar)
        if view == "mine":
            return replace(found, officer=context.name)
        return replace(found, officer="") if view == "nobody" else found

    def _counts(self, context: Context, now: datetime) -> dict[str, int]:
        return {
            view: self._tickets.store.count(self._narrowed(TicketFilter(), view, context, now)) for view in _COUNTED
        }


def _place(typed: str) -> tuple[datetime, int] | None:
    """Where a page of the list begins; None if that cannot be read."""
    moment, _, last = typed.rpartition(" ")
    after = number(last)
    try:
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None or after is None:
            return None
        return found.astimezone(timezone.utc), after
    except (ValueError, OverflowError):
        return None

"""Merging requests: at once where they are one citizen's, else only after a page that shows whose they are."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context
from bot.staff.journal import Journal
from bot.staff.officer import TICKETS
from bot.tickets.reference import find_reference
from bot.tickets.service import TicketService
from bot.tickets.ticket import REGISTERED, NotPossible, Ticket, merge_order


class Merging:
    """The page that asks before it mixes two citizens' requests, and the way back."""

    def __init__(self, access: Access, tickets: TicketService, journal: Journal) -> None:
        self._access = access
        self._tickets = tickets
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work with tickets."""
        one = "/tickets/{reference}"
        return [
            self._access.get(f"{one}/merge", self.show, TICKETS),
            self._access.post(f"{one}/merge", self.merge, TICKETS),
            self._access.post(f"{one}/separate", self.separate, TICKETS),
        ]

    def show(self, context: Context) -> Response:
        """Both requests side by side, and who will receive what."""
        return self._page(context, context.asked("other"))

    def merge(self, context: Context) -> Response:
        """Merge two requests; those of different citizens only if the officer has seen all that the answer goes to."""
        mine, seen = context.path["reference"], context.form.all("seen")
        other = self._other(context.form["other"])
        if other is None:
            return context.refuse("reference", 404, f"{HOME}/tickets/{mine}")
        try:
            stays = self._tickets.groups.merge(mine, other.reference, context.name, seen)
        except NotPossible as refusal:
            if refusal.code != "recipients":
                raise
            if seen:
                return self._page(context, other.reference, context.say("refused_recipients"))
            return context.to(f"{HOME}/tickets/{mine}/merge?{urlencode({'other': other.reference})}")
        self._journal.note(context.officer, "merged", f"ticket {mine}", other=other.reference)
        return context.to(f"{HOME}/tickets/{stays.reference}", done="merged")

    def separate(self, context: Context) -> Response:
        """Undo a merging, as long as nothing is answered."""
        mine = context.path["reference"]
        was = self._tickets.get(mine).merged_into
        self._tickets.groups.separate(mine, context.name)
        self._journal.note(context.officer, "separated", f"ticket {mine}", other=was)
        return context.to(f"{HOME}/tickets/{mine}", done="separated")

    def _other(self, typed: str) -> Ticket | None:
        return self._tickets.store.find(find_reference(typed, self._tickets.prefix) or typed.strip())

    def _page(self, context: Context, typed: str, problem: str | None = None) -> Response:
        mine = self._tickets.get(context.path["reference"])
        other = self._other(typed)
        if other is None:
            return context.refuse("reference", 404, f"{HOME}/tickets/{mine.reference}")
        groups = [self._tickets.groups.members(one.reference) for one in merge_order(mine, other)]
        receive = [one for group in groups for one in group]
        now, calendar = context.pages.now(), self._tickets.calendar
        return context.page(
            "merge.html",
            409 if problem else 200,
            problem=problem,
            mine=mine,
            into=other,
            groups=groups,
            receive=receive,
            languages=list(dict.fromkeys(one.language for one in receive)),
            risks={one.reference: one.risk(now, calendar) for one in receive},
            registered=REGISTERED,
        )

"""One's own warnings of promises about to be broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import Context
from bot.promises.store import ClockStore
from bot.staff.officer import TICKETS
from bot.tickets.notices import NoticeStore


class Notices:
    """The page of an officer's warnings."""

    def __init__(self, access: Access, notices: NoticeStore, ledger: ClockStore, now: Callable[[], datetime]) -> None:
        self._access = access
        self._notices = notices
        self._ledger = ledger
        self._now = now

    def routes(self) -> list[Route]:
        """The one route."""
        return [self._access.get("/notices", self.show, TICKETS)]

    def show(self, context: Context) -> Response:
        """One's warnings, the new ones first; to open the page is to have seen them."""
        found = self._notices.of(context.name)
        clocks = self._ledger.of({one.reference for one in found})
        self._notices.see(context.name, self._now())
        context.unseen = 0
        return context.page("notices.html", notices=found, clocks=clocks)

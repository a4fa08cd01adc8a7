"""Messages that could not be delivered."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context
from bot.messages.outbox import Outbox
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS


class Undelivered:
    """The page of the messages that were given up."""

    def __init__(self, access: Access, outbox: Outbox, journal: Journal) -> None:
        self._access = access
        self._outbox = outbox
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work with conversations."""
        return [
            self._access.get("/undelivered", self.show, CONVERSATIONS),
            self._access.post("/undelivered/{number:int}/retry", self.retry, CONVERSATIONS),
        ]

    def show(self, context: Context) -> Response:
        """Messages that could not be delivered, and why."""
        return context.page("undelivered.html", rows=self._outbox.parked())

    def retry(self, context: Context) -> Response:
        """Give one of them another chance."""
        if not self._outbox.retry(context.path["number"], context.pages.now()):
            raise LookupError("not parked")
        self._journal.note(context.officer, "retried", f"outbox {context.path['number']}")
        return context.to(f"{HOME}/undelivered", done="retried")

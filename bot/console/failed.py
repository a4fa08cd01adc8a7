"""The messages that could only be answered by the fallback text, with what failed."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context, number
from bot.messages.failures import Failures
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS

PAGE = f"{HOME}/failed"


class Failed:
    """The page of what failed."""

    def __init__(self, access: Access, failures: Failures, journal: Journal) -> None:
        self._access = access
        self._failures = failures
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work with conversations."""
        return [
            self._access.get("/failed", self.show, CONVERSATIONS),
            self._access.post("/failed/settle", self.settle_all, CONVERSATIONS),
            self._access.post("/failed/{number:int}/settle", self.settle, CONVERSATIONS),
        ]

    def show(self, context: Context) -> Response:
        """What failed and nobody has seen to, newest first."""
        return context.page("failed.html", rows=self._failures.latest(), count=self._failures.count())

    def settle(self, context: Context) -> Response:
        """One of them is seen to."""
        if not self._failures.settle(up_to=context.path["number"], only=True):
            raise LookupError("nothing failed there, or it is seen to")
        return self._did(context, 1)

    def settle_all(self, context: Context) -> Response:
        """All are seen to that stood on the page; what failed since is not."""
        newest = number(context.form["newest"])
        return self._did(context, self._failures.settle(up_to=newest) if newest is not None else 0)

    def _did(self, context: Context, count: int) -> Response:
        self._journal.note(context.officer, "settled", "failures", count=count)
        return context.to(PAGE, done="settled")

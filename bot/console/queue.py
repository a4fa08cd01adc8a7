"""Where officers begin: who waits for a person, and who has whom."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.channels.email.threads import EmailThreads
from bot.console.access import Access
from bot.console.context import HOME, Context
from bot.messages.conversation import QUEUE
from bot.messages.failures import Failures
from bot.messages.outbox import Outbox
from bot.messages.queue import Queue
from bot.promises.calendar import Calendar
from bot.staff.officer import CONVERSATIONS


class QueuePage:
    """The page of the queue, which also tells what needs somebody's eye."""

    def __init__(
        self,
        access: Access,
        queue: Queue,
        calendar: Calendar,
        outbox: Outbox,
        failures: Failures,
        email_threads: EmailThreads,
    ) -> None:
        self._access = access
        self._queue = queue
        self._calendar = calendar
        self._outbox = outbox
        self._failures = failures
        self._email_threads = email_threads

    def routes(self) -> list[Route]:
        """The routes: the console's first page for all, the queue for those who may work with conversations."""
        return [
            self._access.get("", self.home),
            self._access.get("/conversations", self.show, CONVERSATIONS),
        ]

    def home(self, context: Context) -> Response:
        """Where an officer begins: with those who wait, or with the articles."""
        return context.to(f"{HOME}/conversations" if context.officer.may(CONVERSATIONS) else f"{HOME}/knowledge")

    def show(self, context: Context) -> Response:
        """Who waits, and who holds what."""
        found = self._queue.all()
        now = context.pages.now()
        return context.page(
            "queue.html",
            waiting=[entry for entry in found if entry.conversation.held_by == QUEUE],
            mine=[entry for entry in found if entry.conversation.officer == context.name],
            others=[entry for entry in found if entry.conversation.officer not in (None, context.name)],
            is_open=self._calendar.is_open(now),
            opens_at=self._calendar.next_opening(now),
            parked=self._outbox.counts().get("parked", 0),
            failed=self._failures.count(),
            aside=bool(self._email_threads.aside(1)),
        )

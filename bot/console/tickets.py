"""One ticket: shown, given to an officer, sorted, withdrawn, opened again."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access, Endpoint
from bot.console.context import Context
from bot.console.ticket_choices import Choices
from bot.console.ticket_view import TicketView, address_of, did
from bot.staff.journal import Journal
from bot.staff.officer import TICKETS
from bot.tickets.notices import NoticeStore
from bot.tickets.service import TicketService
from bot.tickets.ticket import Ticket


class TicketPages:
    """The page of a ticket, and what is done with it beside answering."""

    def __init__(
        self,
        access: Access,
        tickets: TicketService,
        view: TicketView,
        choices: Choices,
        notices: NoticeStore,
        journal: Journal,
    ) -> None:
        self._access = access
        self._tickets = tickets
        self._view = view
        self._choices = choices
        self._notices = notices
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work with tickets."""
        one = "/tickets/{reference}"
        posts: dict[str, Endpoint] = {
            "assign": self.assign,
            "program": self.program,
            "withdraw": self.withdraw,
            "reopen": self.reopen,
        }
        return [
            self._access.get(one, self.show, TICKETS),
            *(self._access.post(f"{one}/{name}", endpoint, TICKETS) for name, endpoint in posts.items()),
        ]

    async def show(self, context: Context) -> Response:
        """One ticket."""
        ticket = await run_in_threadpool(self._view.ticket, context)
        if "x-live" not in context.request.headers:
            await run_in_threadpool(self._looked, context, ticket)
        return await self._view.page(context, ticket)

    def assign(self, context: Context) -> Response:
        """Give it to an officer."""
        to = context.form["to"] or None
        if to and to not in self._choices.officers():
            return context.refuse("colleague", 422, address_of(context))
        self._tickets.assign(self._view.ticket(context).reference, context.name, to)
        return did(context, self._journal, "assigned", to=to)

    def program(self, context: Context) -> Response:
        """Say what program it is about."""
        program = context.form["program"] or None
        if program and program not in self._choices.programs():
            return context.refuse("program", 422, address_of(context))
        self._tickets.set_program(self._view.ticket(context).reference, context.name, program)
        return did(context, self._journal, "program", program=program)

    def withdraw(self, context: Context) -> Response:
        """Close it without an answer, and say why."""
        reference, reason = self._view.ticket(context).reference, context.form["reason"]
        self._tickets.groups.withdraw(reference, context.name, reason, context.form.all("seen"))
        return did(context, self._journal, "withdrawn")

    def reopen(self, context: Context) -> Response:
        """Open it again, and say why."""
        self._tickets.reopen(self._view.ticket(context).reference, context.name, context.form["reason"])
        return did(context, self._journal, "reopened")

    def _looked(self, context: Context, ticket: Ticket) -> None:
        self._journal.note(context.officer, "looked", f"ticket {ticket.reference}")
        context.unseen -= (
            self._notices.see(context.name, context.pages.now(), ticket.reference) if context.unseen else 0
        )

"""What an officer tells a citizen of a ticket: the answer, one that was given otherwise, a delay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import Context
from bot.console.drafting import MAX_REPLY
from bot.console.ticket_view import MAX_REASON, TicketView, address_of, did
from bot.core.texts import LANGUAGES
from bot.promises.ledger import KEPT, replay
from bot.promises.store import ClockStore
from bot.staff.journal import Journal
from bot.staff.officer import TICKETS
from bot.tickets.answers import Answers
from bot.tickets.service import TicketService
from bot.tickets.ticket import NotPossible, Ticket


class TicketAnswers:
    """The forms by which a ticket is answered."""

    def __init__(
        self,
        access: Access,
        tickets: TicketService,
        answers: Answers,
        ledger: ClockStore,
        view: TicketView,
        journal: Journal,
        nudge: Callable[[str], None],
    ) -> None:
        """`nudge(conversation)`: tell those who look on, and what carries messages out, that something was said."""
        self._access = access
        self._tickets = tickets
        self._answers = answers
        self._ledger = ledger
        self._view = view
        self._journal = journal
        self._nudge = nudge

    def routes(self) -> list[Route]:
        """The routes, for those who may work with tickets."""
        posts = {"answer": self.answer, "give": self.give, "delay": self.delay}
        return [
            self._access.post(f"/tickets/{{reference}}/{name}", endpoint, TICKETS) for name, endpoint in posts.items()
        ]

    async def answer(self, context: Context) -> Response:
        """Answer; what cannot be sent stays in the form."""
        ticket = await run_in_threadpool(self._view.ticket, context)
        typed = _typed(context, ticket)
        if any(len(text) > MAX_REPLY for text in typed.values()):
            return await self._view.page(context, ticket, context.say("reply_long", limit=MAX_REPLY), typed)
        try:
            await run_in_threadpool(self._answer, context, ticket, typed)
        except NotPossible as refusal:
            ticket = await run_in_threadpool(self._view.ticket, context)
            return await self._view.page(context, ticket, context.say(f"refused_{refusal.code}"), typed)
        return await run_in_threadpool(self._answered, context, ticket)

    async def give(self, context: Context) -> Response:
        """Register an answer that was given otherwise; what cannot be registered stays in the form."""
        ticket = await run_in_threadpool(self._view.ticket, context)
        if len(context.form["given_text"].strip()) > MAX_REPLY:
            return await self._view.page(context, ticket, given_problem=context.say("reply_long", limit=MAX_REPLY))
        try:
            await run_in_threadpool(self._give, context, ticket)
        except NotPossible as refusal:
            said = context.say(f"refused_{refusal.code}")
            return await self._view.page(
                context, await run_in_threadpool(self._view.ticket, context), given_problem=said
            )
        return await run_in_threadpool(self._given, context, ticket)

    async def delay(self, context: Context) -> Response:
        """Tell the citizen of a delay; what cannot be told stays in the form."""
        ticket = await run_in_threadpool(self._view.ticket, context)
        reason = context.form["reason"].strip()
        if len(reason) > MAX_REASON:
            return await self._view.page(context, ticket, delay_problem=context.say("reply_long", limit=MAX_REASON))
        try:
            until = date.fromisoformat(context.form["until"].strip())
            await run_in_threadpool(self._answers.delay, ticket.reference, context.name, until, reason)
        except NotPossible as refusal:
            said = context.say("delay_date") if refusal.code == "date" else context.say(f"refused_{refusal.code}")
            ticket = await run_in_threadpool(self._view.ticket, context)
            return await self._view.page(context, ticket, delay_problem=said)
        except ValueError:
            return await self._view.page(context, ticket, delay_problem=context.say("delay_date"))
        return await run_in_threadpool(self._delayed, context, ticket, until)

    def _answer(self, context: Context, ticket: Ticket, typed: Mapping[str, str]) -> None:
        seen = [reference for reference in context.form.all("seen") if reference != ticket.reference]
        text = typed.get(ticket.language, "")
        given_on = _day(context.form["given_on"]) if context.form["given_on"] else None
        self._answers.answer(ticket.reference, context.name, text, others=typed, seen=seen, given_on=given_on)

    def _give(self, context: Context, ticket: Ticket) -> None:
        form = context.form
        given_on = _day(form["given_on"])
        self._answers.give(ticket.reference, context.name, form["given_text"], form["given_by"], given_on)

    def _given(self, context: Context, before: Ticket) -> Response:
        form, now = context.form, self._view.ticket(context)
        self._journal.note(
            context.officer, "given", f"ticket {now.reference}", by=form["given_by"], given_on=form["given_on"].strip()
        )
        clock = next(replay(self._ledger.events(now.reference)), None)
        if clock and clock.was and now.kept and not before.kept:
            self._journal.note(context.officer, "revised", f"ticket {now.reference}", was=clock.was, verdict=KEPT)
        return context.to(address_of(context), done="ticket_given")

    def _answered(self, context: Context, ticket: Ticket) -> Response:
        for one in (ticket, *self._tickets.store.merged_into(ticket.reference)):
            self._nudge(one.conversation)
        return did(context, self._journal, "answered")

    def _delayed(self, context: Context, ticket: Ticket, until: date) -> Response:
        self._nudge(ticket.conversation)
        return did(context, self._journal, "delayed", until=until.isoformat())


def _typed(context: Context, ticket: Ticket) -> dict[str, str]:
    """What was typed as an answer, by language: that of the ticket, and of those merged into it."""
    fields = {code: "text" if code == ticket.language else f"text-{code}" for code in LANGUAGES}
    return {code: context.form[field] for code, field in fields.items() if context.form[field]}


def _day(typed: str) -> date:
    """A day as a form gives it.

    Raises:
        NotPossible: "date": it is none.
    """
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise NotPossible("date") from None

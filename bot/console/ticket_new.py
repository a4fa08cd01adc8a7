"""Registering an inquiry that came by telephone, by letter or at the counter."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context
from bot.console.ticket_choices import Choices
from bot.core.texts import LANGUAGES
from bot.promises.promise import PromiseError
from bot.staff.journal import Journal
from bot.staff.officer import TICKETS
from bot.tickets.answers import Answers, Inquiry
from bot.tickets.service import QUESTION_PROMISE, TicketService
from bot.tickets.ticket import REGISTERED, ContactError, NotPossible, find_email


class Registration:
    """The form of a new inquiry."""

    def __init__(
        self, access: Access, tickets: TicketService, answers: Answers, choices: Choices, journal: Journal
    ) -> None:
        self._access = access
        self._tickets = tickets
        self._answers = answers
        self._choices = choices
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work with tickets."""
        return [
            self._access.get("/tickets/new", self.show, TICKETS),
            self._access.post("/tickets/new", self.register, TICKETS),
        ]

    def show(self, context: Context) -> Response:
        """The empty form, of today."""
        today = self._tickets.calendar.local_date(context.pages.now()).isoformat()
        first = {"promise": QUESTION_PROMISE, "channel": REGISTERED[0]}
        return self._page(context, {"received_on": today, "language": context.lang, **first})

    def register(self, context: Context) -> Response:
        """Register an inquiry; what cannot be taken stays in the form."""
        form = context.form
        try:
            ticket = self._answers.register(
                Inquiry(
                    channel=form["channel"],
                    received_on=date.fromisoformat(form["received_on"]),
                    promise=form["promise"],
                    question=form["question"],
                    language=form["language"] if form["language"] in LANGUAGES else LANGUAGES[0],
                    email=find_email(form["email"]) if form["email"].strip() else None,
                    contact=form["contact"].strip()[:500] or None,
                    program=form["program"] or None,
                ),
                context.name,
            )
        except ContactError:
            return self._page(context, form.as_dict(), context.say("refused_email"))
        except (NotPossible, PromiseError) as refusal:
            code = getattr(refusal, "code", "promise")
            return self._page(context, form.as_dict(), context.say(f"refused_{code}"))
        except ValueError:
            return self._page(context, form.as_dict(), context.say("refused_date"))
        self._journal.note(context.officer, "registered", f"ticket {ticket.reference}", channel=ticket.channel)
        return context.to(f"{HOME}/tickets/{ticket.reference}", done="registered")

    def _page(self, context: Context, values: dict[str, str], problem: str | None = None) -> Response:
        today = self._tickets.calendar.local_date(context.pages.now()).isoformat()
        return context.page(
            "ticket_new.html",
            422 if problem else 200,
            values=values,
            problem=problem,
            today=today,
            **self._choices.all(),
        )

"""The questions that were not answered, and the drafts that are made of them, or of a ticket."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.article_origins import ArticleOrigins
from bot.console.context import HOME, Context, numbers
from bot.knowledge.editing import EditRefused
from bot.knowledge.librarian import GROUPS, Librarian
from bot.messages.unanswered import UnansweredQuestions
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS, TICKETS
from bot.tickets.service import TicketService
from bot.tickets.ticket import NotPossible

_SHOWN_OF_GROUP = 6
_GROUPS_SHOWN = 30


class Unanswered:
    """The page of the questions, grouped by likeness."""

    def __init__(
        self,
        access: Access,
        librarian: Librarian,
        unanswered: UnansweredQuestions,
        tickets: TicketService,
        origins: ArticleOrigins,
        journal: Journal,
    ) -> None:
        self._access = access
        self._librarian = librarian
        self._unanswered = unanswered
        self._tickets = tickets
        self._origins = origins
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may see what citizens wrote."""
        return [
            self._access.get("/knowledge/unanswered", self.show, CONVERSATIONS),
            self._access.post("/knowledge/unanswered/draft", self.draft_of_group, CONVERSATIONS),
            self._access.post("/knowledge/unanswered/aside", self.set_aside, CONVERSATIONS),
            self._access.post("/tickets/{reference}/draft", self.draft_of_ticket, TICKETS),
        ]

    def show(self, context: Context) -> Response:
        """The questions that were not answered, grouped by likeness."""
        questions = {question.message: question for question in self._unanswered.latest()}
        groups = []
        for ids in self._librarian.groups():
            found = [questions.pop(number) for number in ids if number in questions]
            if found:
                groups.append(found)
        groups.sort(key=lambda group: -len(group))
        return context.page(
            "unanswered.html",
            groups=groups[:_GROUPS_SHOWN],
            hidden=len(groups) - len(groups[:_GROUPS_SHOWN]),
            fresh=sorted(questions.values(), key=lambda question: question.at, reverse=True)[:_GROUPS_SHOWN],
            shown=_SHOWN_OF_GROUP,
            failed=self._librarian.failed(GROUPS),
        )

    def draft_of_group(self, context: Context) -> Response:
        """A new draft that begins with the questions of a group."""
        wanted = set(numbers(context.form.all("message")))
        if not any(question.message in wanted for question in self._unanswered.latest()):
            raise EditRefused("nothing_chosen")
        return self._origins.begin(context, "article", {"messages": sorted(wanted)})

    def set_aside(self, context: Context) -> Response:
        """Questions that no article will answer leave the list."""
        wanted = numbers(context.form.all("message"))
        self._unanswered.set_aside(wanted, context.name, context.pages.now())
        self._journal.note(context.officer, "set_aside", "unanswered questions", count=len(wanted))
        return context.to(f"{HOME}/knowledge/unanswered", done="set_aside")

    def draft_of_ticket(self, context: Context) -> Response:
        """A new draft that begins with the question and the answer of a ticket."""
        ticket = self._tickets.get(context.path["reference"])
        if not self._origins.answers_to(ticket):
            raise NotPossible("not_answered")
        return self._origins.begin(context, ticket.program or "article", {"ticket": ticket.reference})

"""Drafts that begin with the words of citizens: of a ticket, or of questions that were not answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from bot.console.article_view import empty_document
from bot.console.context import HOME, Context
from bot.core.texts import LANGUAGES
from bot.knowledge.drafts import Drafts
from bot.knowledge.editing import Version
from bot.messages.store import ConversationStore
from bot.messages.unanswered import UnansweredQuestions
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS, TICKETS
from bot.tickets.service import TicketService
from bot.tickets.ticket import Ticket


class ArticleOrigins:
    """Begins such drafts, and finds their words."""

    def __init__(
        self,
        drafts: Drafts,
        tickets: TicketService,
        conversations: ConversationStore,
        unanswered: UnansweredQuestions,
        journal: Journal,
    ) -> None:
        self._drafts = drafts
        self._tickets = tickets
        self._conversations = conversations
        self._unanswered = unanswered
        self._journal = journal

    def begin(self, context: Context, stem: str, origin: Mapping[str, Any]) -> Response:
        """Save an empty draft. Neither it nor its name holds anything that a citizen wrote (see `with_words`)."""
        document = {
            **empty_document(self._drafts, self._tickets.calendar.local_date(context.pages.now())),
            "id": self._free_id(stem),
        }
        version = self._drafts.save(document, context.name, edits=0, origin=origin)
        self._journal.note(context.officer, "drafted", f"article {version.article}", **origin)
        return context.to(f"{HOME}/knowledge/{version.article}/edit", done="drafted")

    def with_words(self, context: Context, work: Version) -> dict[str, Any]:
        """What a draft that nobody has edited yet begins with: the words of citizens that it was made from.

        They are not in the draft before somebody who may see them has saved it, and are looked for where they are kept.
        """
        questions: dict[str, list[str]] = {lang: [] for lang in LANGUAGES}
        answer = dict.fromkeys(LANGUAGES, "")
        if "ticket" in work.origin and context.officer.may(TICKETS):
            ticket = self._tickets.get(work.origin["ticket"])
            questions[ticket.language].append(" ".join(ticket.question.split()))
            answer[ticket.language] = "".join(self.answers_to(ticket)[-1:])
            self._journal.note(context.officer, "looked", f"ticket {ticket.reference}")
        if "messages" in work.origin and context.officer.may(CONVERSATIONS):
            wanted = set(work.origin["messages"])
            for question in self._unanswered.latest():
                if question.message in wanted:
                    questions[question.language].append(" ".join(question.text.split()))
            self._journal.note(context.officer, "looked", "unanswered questions", count=len(wanted))
        return {**work.document, "questions": questions, "answer": answer}

    def answers_to(self, ticket: Ticket) -> list[str]:
        """What the citizen was answered."""
        said = self._conversations.transcript(ticket.conversation)
        return [message.text for message in said if message.detail.get("ticket") == ticket.reference]

    def _free_id(self, stem: str) -> str:
        taken = {standing.article for standing in self._drafts.standings()}
        return next(name for n in range(1, 10_000) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)

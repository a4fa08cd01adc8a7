"""The console as a whole: its pages put together."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.assistant.rasa_client import Assistant
from bot.channels.email.stored_files import Files
from bot.channels.email.threads import Correspondence
from bot.channels.email.turn import Correspondent
from bot.console.access import Access
from bot.console.account import Account
from bot.console.articles import Articles
from bot.console.context import HOME
from bot.console.conversations import Drafting, Talks
from bot.console.failed import Failed
from bot.console.mail import Mailroom
from bot.console.merging import Merging
from bot.console.notices import Notices
from bot.console.overview import Overview
from bot.console.pages import Pages
from bot.console.promises import Promises
from bot.console.sse import Pulse
from bot.console.staff import Staffroom
from bot.console.tickets import Tickets
from bot.core.organization import Organization
from bot.handover.officer_actions import Officers
from bot.knowledge.drafts import Drafts
from bot.knowledge.librarian import Librarian
from bot.knowledge.releases import Releases
from bot.knowledge.store import ArticleStore
from bot.messages.conversation import Conversation
from bot.messages.evaluations import Evaluations
from bot.messages.failures import Failures
from bot.messages.notifier import Feed
from bot.messages.outbox import Outbox
from bot.messages.queue import Line
from bot.messages.statistics import Figures
from bot.messages.store import ConversationStore
from bot.messages.unanswered import UnansweredQuestions
from bot.privacy.retention import Retention
from bot.promises.store import ClockStore
from bot.staff.journal import Journal
from bot.staff.people import People
from bot.staff.sessions import Sessions
from bot.tickets.answers import Answers
from bot.tickets.notices import NoticeStore
from bot.tickets.service import TicketDesk


class Console:
    """The staff's pages."""

    def __init__(
        self,
        *,
        organization: Organization,
        conversations: ConversationStore,
        unanswered: UnansweredQuestions,
        line: Line,
        officers: Officers,
        outbox: Outbox,
        failures: Failures,
        correspondence: Correspondence,
        correspondent: Correspondent,
        files: Files,
        answers: Answers,
        figures: Figures,
        evaluations: Evaluations,
        tickets: TicketDesk,
        ledger: ClockStore,
        notices: NoticeStore,
        articles: ArticleStore,
        drafts: Drafts,
        releases: Releases,
        librarian: Librarian,
        people: People,
        sessions: Sessions,
        journal: Journal,
        retention: Retention,
        assistant: Assistant,
        feed: Feed,
        nudge: Callable[[Conversation], None],
        code_required: bool,
    ) -> None:
        """`nudge`: tell those who look on, and what carries messages out, that something was said."""
        calendar, now = tickets.calendar, tickets.now
        self._pages = Pages(organization.values, calendar.zone, now, organization.reference_prefix)
        access = self._access = Access(
            self._pages, sessions, notices, first_language=organization.first_language, code_required=code_required
        )
        drafting = Drafting(assistant, articles)
        issuer = f"Guichet – {organization.values['organization'][organization.first_language]}"
        self._parts = (
            Account(access, people, sessions, journal, issuer),
            Talks(
                access,
                conversations,
                line,
                officers,
                outbox,
                failures,
                correspondence,
                files,
                tickets.store,
                people,
                drafting,
                calendar,
                journal,
                nudge,
            ),
            Articles(access, drafts, releases, librarian, conversations, unanswered, tickets, calendar, journal),
            Tickets(
                access,
                tickets,
                answers,
                ledger,
                notices,
                conversations,
                people,
                drafting,
                files,
                correspondence,
                journal,
                nudge,
            ),
            Merging(access, tickets, journal),
            Failed(access, failures, journal),
            Mailroom(access, correspondence, correspondent, files, journal),
            Notices(access, notices, ledger, now),
            Overview(access, figures, evaluations, calendar, now),
            Promises(access, ledger, tickets.registry, articles, calendar, now),
            Staffroom(access, people, journal, retention),
            Pulse(access, line, conversations, tickets.store, releases, notices, outbox, feed, now),
        )

    async def lost(self, request: Request, error: Exception) -> Response:
        """What a person gets to see whose address leads nowhere (404), or not by the method they used (405)."""
        status = getattr(error, "status_code", 404)
        response = await self._access.lost(request, "unknown" if status == 404 else "method", status)
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    def routes(self) -> list[Route]:
        """Every route of the console, and its files."""
        static = Route(f"{HOME}/static/{{version}}/{{name}}", self._pages.static)
        return [*(route for part in self._parts for route in part.routes()), static]

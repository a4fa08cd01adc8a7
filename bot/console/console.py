"""The console as a whole: its pages put together."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.assistant.rasa_client import RasaClient
from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads
from bot.channels.email.turn import EmailTurns
from bot.console.access import Access
from bot.console.account import Account
from bot.console.articles import Articles
from bot.console.context import HOME
from bot.console.conversations import ConversationPages, Drafting
from bot.console.failed import Failed
from bot.console.mail import MailPages
from bot.console.merging import Merging
from bot.console.notices import Notices
from bot.console.overview import Overview
from bot.console.pages import Pages
from bot.console.promises import Promises
from bot.console.registry import RegistryPages
from bot.console.sse import EventStream
from bot.console.staff import StaffPages
from bot.console.tickets import Tickets
from bot.core.organization import Organization
from bot.handover.officer_actions import OfficerActions
from bot.knowledge.drafts import Drafts
from bot.knowledge.librarian import Librarian
from bot.knowledge.releases import Releases
from bot.knowledge.store import ArticleStore
from bot.messages.conversation import Conversation
from bot.messages.evaluations import Evaluations
from bot.messages.failures import Failures
from bot.messages.notifier import Notifier
from bot.messages.outbox import Outbox
from bot.messages.queue import Queue
from bot.messages.statistics import Statistics
from bot.messages.store import ConversationStore
from bot.messages.unanswered import UnansweredQuestions
from bot.privacy.retention import Retention
from bot.promises.store import ClockStore
from bot.staff.journal import Journal
from bot.staff.people import People
from bot.staff.sessions import Sessions
from bot.tickets.answers import Answers
from bot.tickets.notices import NoticeStore
from bot.tickets.service import TicketService


class Console:
    """The staff's pages."""

    def __init__(
        self,
        *,
        organization: Organization,
        conversations: ConversationStore,
        unanswered: UnansweredQuestions,
        queue: Queue,
        officers: OfficerActions,
        outbox: Outbox,
        failures: Failures,
        email_threads: EmailThreads,
        email_turns: EmailTurns,
        files: Files,
        answers: Answers,
        statistics: Statistics,
        evaluations: Evaluations,
        tickets: TicketService,
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
        assistant: RasaClient,
        notifier: Notifier,
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
            ConversationPages(
                access,
                conversations,
                queue,
                officers,
                outbox,
                failures,
                email_threads,
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
                email_threads,
                journal,
                nudge,
            ),
            Merging(access, tickets, journal),
            Failed(access, failures, journal),
            MailPages(access, email_threads, email_turns, files, journal),
            Notices(access, notices, ledger, now),
            Overview(access, statistics, evaluations, calendar, now),
            Promises(access, ledger, tickets.registry, calendar, now),
            RegistryPages(access, tickets.registry, articles, calendar, now),
            StaffPages(access, people, journal, retention),
            EventStream(access, queue, conversations, tickets.store, releases, notices, outbox, notifier, now),
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

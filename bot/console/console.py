"""The console as a whole: its pages, each made of the services that it uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.bootstrap import Rooms
from bot.channels.email.entry import Email
from bot.console.access import Access
from bot.console.account import Account
from bot.console.article_origins import ArticleOrigins
from bot.console.article_steps import ArticleSteps
from bot.console.articles import ArticlePages
from bot.console.context import HOME
from bot.console.conversation_view import ConversationView
from bot.console.conversations import ConversationPages
from bot.console.drafting import Drafting
from bot.console.failed import Failed
from bot.console.mail import MailPages
from bot.console.merging import Merging
from bot.console.notices import Notices
from bot.console.overview import Overview
from bot.console.pages import Pages
from bot.console.promises import Promises
from bot.console.queue import QueuePage
from bot.console.registry import RegistryPages
from bot.console.sse import EventStream, Look
from bot.console.staff import StaffPages
from bot.console.ticket_answers import TicketAnswers
from bot.console.ticket_choices import Choices
from bot.console.ticket_letters import TicketLetters
from bot.console.ticket_list import TicketList
from bot.console.ticket_new import Registration
from bot.console.ticket_view import TicketView
from bot.console.tickets import TicketPages
from bot.console.unanswered import Unanswered
from bot.console.undelivered import Undelivered
from bot.staff.officer import CONVERSATIONS, KNOWLEDGE, TICKETS


class Part(Protocol):
    """A group of pages."""

    def routes(self) -> list[Route]:
        """Where they are."""


class Console:
    """The staff's pages."""

    def __init__(self, pages: Pages, access: Access, parts: Sequence[Part]) -> None:
        """`parts`: where two of their routes match the same address, the first part answers."""
        self._pages = pages
        self._access = access
        self._parts = parts

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


def make_console(rooms: Rooms) -> Console:
    """The console of wired rooms."""
    organization, first = rooms.organization, rooms.organization.first_language
    labels = {channel.name: channel.label for channel in rooms.channels}
    pages = Pages(organization.values, rooms.calendar.zone, rooms.now, organization.reference_prefix, labels)
    access = Access(
        pages,
        rooms.sessions,
        rooms.notices,
        first_language=first,
        code_required=rooms.settings.second_factor == "required",
    )
    drafting = Drafting(rooms.assistant, rooms.articles)
    conversation = ConversationView(
        rooms.conversations,
        rooms.queue,
        rooms.officer_actions,
        rooms.outbox,
        rooms.tickets.store,
        rooms.email_threads,
        rooms.files,
    )
    looks = {
        "queue": Look(CONVERSATIONS, lambda _: rooms.queue.version()),
        "conversation": Look(CONVERSATIONS, lambda this: conversation.version(this, rooms.now())),
        "tickets": Look(TICKETS, lambda _: rooms.tickets.store.version()),
        "knowledge": Look(KNOWLEDGE, lambda _: rooms.releases.version()),
    }
    parts: list[Part] = [
        Account(
            access,
            rooms.people,
            rooms.sessions,
            rooms.journal,
            issuer=f"Guichet – {organization.values['organization'][first]}",
        ),
        QueuePage(access, rooms.queue, rooms.calendar, rooms.outbox, rooms.failures, rooms.email_threads),
        ConversationPages(
            access, conversation, rooms.officer_actions, rooms.people, drafting, rooms.journal, rooms.nudge
        ),
        Undelivered(access, rooms.outbox, rooms.journal),
        Failed(access, rooms.failures, rooms.journal),
        MailPages(access, rooms.email_threads, rooms.channel(Email).turns, rooms.files, rooms.journal),
        *_article_pages(rooms, access),
        *_ticket_pages(rooms, access, drafting),
        Notices(access, rooms.notices, rooms.ledger, rooms.now),
        Overview(access, rooms.statistics, rooms.evaluations, rooms.calendar, rooms.now),
        Promises(access, rooms.ledger, rooms.registry, rooms.calendar, rooms.now),
        RegistryPages(access, rooms.registry, rooms.articles, rooms.calendar, rooms.now),
        StaffPages(access, rooms.people, rooms.journal, rooms.retention),
        EventStream(access, looks, rooms.notices, rooms.notifier),
    ]
    return Console(pages, access, parts)


def _article_pages(rooms: Rooms, access: Access) -> list[Part]:
    journal, librarian = rooms.journal, rooms.librarian
    origins = ArticleOrigins(rooms.drafts, rooms.tickets, rooms.conversations, rooms.unanswered, journal)
    return [
        Unanswered(access, librarian, rooms.unanswered, rooms.tickets, origins, journal),
        ArticlePages(access, rooms.drafts, rooms.releases, librarian, origins, rooms.calendar, journal),
        ArticleSteps(access, rooms.drafts, rooms.releases, journal),
    ]


def _ticket_pages(rooms: Rooms, access: Access, drafting: Drafting) -> list[Part]:
    tickets, journal = rooms.tickets, rooms.journal
    choices = Choices(tickets, rooms.people, [channel.name for channel in rooms.channels])
    letters = TicketLetters(rooms.conversations, rooms.email_threads, rooms.files)
    view = TicketView(tickets, rooms.ledger, letters, choices, drafting)
    return [
        TicketList(access, tickets, choices),
        Registration(access, tickets, rooms.answers, choices, journal),
        TicketPages(access, tickets, view, choices, rooms.notices, journal),
        TicketAnswers(access, tickets, rooms.answers, rooms.ledger, view, journal, rooms.nudge),
        Merging(access, tickets, journal),
    ]

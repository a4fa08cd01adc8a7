"""The parts that keep things: messages, tickets, articles, people; and what erases them."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from bot.bootstrap.foundation import Foundation
from bot.core.db import Database, make_engine
from bot.knowledge.drafts import Drafts
from bot.knowledge.librarian import Librarian
from bot.knowledge.releases import Releases
from bot.knowledge.store import ArticleStore
from bot.messages.evaluations import Evaluations
from bot.messages.failures import Failures
from bot.messages.inbox import Inbox
from bot.messages.notifier import Notifier
from bot.messages.outbox import Outbox
from bot.messages.queue import Queue
from bot.messages.statistics import Statistics
from bot.messages.store import ConversationStore
from bot.messages.unanswered import UnansweredQuestions
from bot.privacy.export import Export
from bot.privacy.forgetting import Forgetting
from bot.privacy.rasa_trackers import Trackers
from bot.privacy.retention import Eraser, Retention
from bot.promises.store import ClockStore
from bot.staff.journal import Journal
from bot.staff.officer import OFFICER, SUPERVISOR
from bot.staff.people import People
from bot.staff.sessions import Sessions
from bot.tickets.answers import Answers
from bot.tickets.clock_monitor import ClockMonitor, Staff
from bot.tickets.notices import NoticeStore
from bot.tickets.service import TicketService
from bot.tickets.store import TicketStore, is_awaited, is_owed

# Until then an e-mail may come back that was taken: its request is opened again, and needs its words.
BOUNCE_DAYS = 7


class Stores(Foundation):
    """The stores of a process and what stands next to them, each made when it is first asked for."""

    # Messages.

    @cached_property
    def conversations(self) -> ConversationStore:
        """Conversations and what is said in them."""
        stranger = next(one.name for one in self.channels if one.takes_strangers)

        def needed(conversation: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
            return sa.or_(is_owed(conversation), *(one.still_needs(conversation) for one in self.channels))

        return ConversationStore(self.database, self.carriers, stranger, self.calendar.zone, needed)

    @cached_property
    def inbox(self) -> Inbox:
        """What comes in, and whose turn it is."""
        patient = [one.name for one in self.channels if one.patient]
        return Inbox(self.database, self.organization.first_language, self.carriers, patient)

    @cached_property
    def outbox(self) -> Outbox:
        """What goes out."""
        return Outbox(self.database, is_awaited)

    @cached_property
    def failures(self) -> Failures:
        """Messages that could not be answered."""
        return Failures(self.database)

    @cached_property
    def notifier(self) -> Notifier:
        """Tells pages of news."""
        return Notifier(self.conversations)

    @cached_property
    def queue(self) -> Queue:
        """Those who wait for a person."""
        return Queue(self.database)

    @cached_property
    def statistics(self) -> Statistics:
        """Counts of conversations."""
        return Statistics(self.database, self.calendar.zone)

    @cached_property
    def evaluations(self) -> Evaluations:
        """What citizens think of the missions."""
        return Evaluations(self.database, self.calendar.zone)

    @cached_property
    def unanswered(self) -> UnansweredQuestions:
        """Questions without an answer."""
        return UnansweredQuestions(self.database)

    # Tickets, and the promises that they are under.

    @cached_property
    def tickets(self) -> TicketService:
        """Requests that a person answers."""
        return TicketService(
            TicketStore(self.database),
            self.registry,
            self.calendar,
            self.organization.reference_prefix,
            self.now,
            self.conversations.channel_of,
            self.organization.programs,
        )

    @cached_property
    def answers(self) -> Answers:
        """The answers to requests, and whether they arrive."""
        place = self._to_addresses.place_of_answer
        return Answers(self.database, self.tickets, self.texts, self.carriers, self.now, place)

    @cached_property
    def ledger(self) -> ClockStore:
        """What every clock was told."""
        return ClockStore(self.database)

    @cached_property
    def notices(self) -> NoticeStore:
        """Warnings to staff."""
        return NoticeStore(self.database)

    @cached_property
    def clock_monitor(self) -> ClockMonitor:
        """Warns of promises that are about to be broken."""
        return ClockMonitor(self.tickets.store, self.ledger, self.calendar, self._staff, self.now)

    def _staff(self) -> Staff:
        at_work = [officer for officer in self.people.all() if officer.active]
        return Staff(
            tuple(officer.name for officer in at_work if officer.role == OFFICER),
            tuple(officer.name for officer in at_work if officer.role == SUPERVISOR),
        )

    # The knowledge base.

    @cached_property
    def articles(self) -> ArticleStore:
        """The published articles."""
        return ArticleStore(self.database)

    @cached_property
    def drafts(self) -> Drafts:
        """Articles that are being written."""
        return Drafts(self.database, self.calendar, self.now)

    @cached_property
    def releases(self) -> Releases:
        """Trials and publications."""
        return Releases(self.database, self.now, self.drafts.is_flawed)

    @cached_property
    def librarian(self) -> Librarian:
        """Starts the heavy work on articles."""

        def unanswered() -> list[int]:
            return [question.message for question in self.unanswered.latest()]

        return Librarian(
            self.database,
            self.drafts,
            self.releases,
            unanswered,
            self.now,
            group_seconds=self.settings.group_seconds,
        )

    # Staff.

    @cached_property
    def people(self) -> People:
        """Who works here."""
        return People(self.database, self.now)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is logged in."""
        idle, longest = (
            timedelta(minutes=self.settings.session_idle_minutes),
            timedelta(hours=self.settings.session_hours),
        )
        return Sessions(self.database, self.people, self.now, idle, longest)

    @cached_property
    def journal(self) -> Journal:
        """Who did what."""
        return Journal(self.database, self.now)

    # Privacy.

    @cached_property
    def trackers(self) -> Trackers:
        """Rasa's memory, in the desk's database or beside it."""
        beside = self.settings.tracker_url != self.settings.database_url
        return Trackers(Database(make_engine(self.settings.tracker_url)) if beside else self.database)

    @cached_property
    def export(self) -> Export:
        """What is kept of a citizen."""
        return Export(self.database, self.trackers, self.now)

    @cached_property
    def forgetting(self) -> Forgetting:
        """Erases what is kept of a citizen."""

        def requests_of(connection: sa.Connection, conversation_id: str) -> list[str]:
            found = (one.requests_of(connection, conversation_id) for one in self.channels)
            return [reference for references in found for reference in references]

        folders = [folder for one in self.channels for folder in one.folders()]
        return Forgetting(self.database, self.conversations, self.trackers, self.now, requests_of, folders)

    @cached_property
    def retention(self) -> Retention:
        """Erases what was kept long enough."""
        settings, forgetting = self.settings, self.forgetting
        # Every kind of thing that grows old, in the order in which it is erased. Names are shown in the console.
        erasers = [
            Eraser("transcripts", settings.transcript_days, forgetting.erase_silent),
            Eraser("requests", settings.contact_days, forgetting.erase_requests),
            Eraser("wished", BOUNCE_DAYS, forgetting.erase_wished),
            Eraser("drafts", settings.contact_days, forgetting.erase_drafts),
            Eraser("undelivered", settings.undelivered_days, self.outbox.erase_parked),
            Eraser("delivered", settings.trace_days, self.outbox.erase_sent),
            Eraser("received", settings.trace_days, self.inbox.erase_done),
            *(eraser for one in self.channels for eraser in one.erasers()),
            Eraser("notices", settings.notice_days, self.notices.erase),
            Eraser("logins", settings.login_days, self.people.attempts.erase),
            Eraser("sessions", settings.login_days, self.sessions.erase_ended),
        ]
        return Retention(self.database, erasers, forgetting.erase_remains, forgetting.scrub, self.calendar, self.now)

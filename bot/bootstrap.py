"""The composition root of the rooms: what every process (desk, actions, command line) is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bot.channels.email.folders import TAKEN, MailFolder
from bot.channels.email.own_data import MailedData
from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads, is_needed, place_of_answer, requests_of
from bot.core.db import Database, make_engine
from bot.core.documents import read_data
from bot.core.leases import Lease, Together
from bot.core.organization import Organization, load_organization
from bot.core.settings import Settings
from bot.core.texts import Texts, load_texts
from bot.handover.officer_actions import OfficerActions
from bot.knowledge.drafts import Drafts
from bot.knowledge.releases import Releases
from bot.knowledge.store import ArticleStore
from bot.messages.evaluations import Evaluations
from bot.messages.failures import Failures
from bot.messages.inbox import Inbox
from bot.messages.outbox import EMAIL, Outbox
from bot.messages.queue import Queue
from bot.messages.statistics import Statistics
from bot.messages.store import ConversationStore
from bot.messages.unanswered import UnansweredQuestions
from bot.privacy.export import Export
from bot.privacy.forgetting import Forgetting
from bot.privacy.rasa_trackers import Trackers
from bot.privacy.retention import Eraser, Retention
from bot.promises.calendar import Calendar, parse_calendar
from bot.promises.promise import Registry, parse_registry
from bot.promises.store import ClockStore
from bot.staff.journal import Journal
from bot.staff.officer import OFFICER, SUPERVISOR
from bot.staff.people import People
from bot.staff.sessions import Sessions
from bot.tickets.answers import Answers
from bot.tickets.clock_monitor import ClockMonitor, Staff
from bot.tickets.notices import NoticeStore
from bot.tickets.service import TicketService
from bot.tickets.store import TicketStore, is_awaited


def utc_now() -> datetime:
    """The present moment, with its zone."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Rooms:
    """The wired services of one process."""

    settings: Settings
    organization: Organization
    texts: Texts
    calendar: Calendar
    registry: Registry
    database: Database
    articles: ArticleStore
    drafts: Drafts
    releases: Releases
    tickets: TicketService
    ledger: ClockStore
    clock_monitor: ClockMonitor
    notices: NoticeStore
    conversations: ConversationStore
    unanswered: UnansweredQuestions
    email_threads: EmailThreads
    files: Files
    queue: Queue
    statistics: Statistics
    evaluations: Evaluations
    export: Export
    mailed_data: MailedData
    inbox: Inbox
    outbox: Outbox
    failures: Failures
    officer_actions: OfficerActions
    answers: Answers
    people: People
    sessions: Sessions
    journal: Journal
    trackers: Trackers
    forgetting: Forgetting
    retention: Retention
    together: Together
    now: Callable[[], datetime]

    def close(self) -> None:
        """Close the connections to the database."""
        self.database.engine.dispose()
        self.trackers.close()

    def lease(self, name: str) -> Lease:
        """A duty that one process has at a time."""
        return Lease(self.database, name, self.now, self.together)


# The channels whose messages are carried out to the citizen; the others' citizens come for them.
PUSHED = ("telegram",)
# Until then an e-mail may come back that was taken: its request is opened again, and needs its words.
BOUNCE_DAYS = 7


def wire(settings: Settings, now: Callable[[], datetime] = utc_now) -> Rooms:
    """Read the organization's data and connect the rooms to the database.

    Raises:
        DataError, CalendarError, PromiseError, TextError, OrganizationError: the data cannot be read.
    """
    data = settings.data_dir
    organization = load_organization(data)
    calendar = parse_calendar(_read(data / "holidays.yml"))
    registry = parse_registry(_read(data / "promises.yml"))
    database = Database(make_engine(settings.database_url))
    texts = load_texts(data / "texts.yml", organization.values)
    conversations = ConversationStore(database, PUSHED, calendar.zone, is_needed)
    email_threads = EmailThreads(database)
    queue = Queue(database)
    tickets = TicketService(
        TicketStore(database),
        registry,
        calendar,
        organization.reference_prefix,
        now,
        conversations.channel_of,
        organization.programs,
    )
    ledger = ClockStore(database)
    people = People(database, now)
    drafts = Drafts(database, calendar, now)
    idle, longest = timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    beside = settings.tracker_url != settings.database_url
    trackers = Trackers(Database(make_engine(settings.tracker_url)) if beside else database)
    mail, mail_in = MailFolder(settings.mail_dir), MailFolder(settings.mail_in_dir, TAKEN)
    files = Files(database)
    forgetting = Forgetting(database, conversations, trackers, now, requests_of, [mail, mail_in])
    export = Export(database, trackers, now)
    inbox = Inbox(database, organization.first_language, PUSHED, patient=[EMAIL])
    outbox = Outbox(database, is_awaited)
    notices, sessions = NoticeStore(database), Sessions(database, people, now, idle, longest)
    # Every kind of thing that grows old, in the order in which it is erased. Names are shown in the console.
    erasers = [
        Eraser("transcripts", settings.transcript_days, forgetting.erase_silent),
        Eraser("requests", settings.contact_days, forgetting.erase_requests),
        Eraser("wished", BOUNCE_DAYS, forgetting.erase_wished),
        Eraser("attachments", settings.attachment_days, files.erase_old),
        Eraser("drafts", settings.contact_days, forgetting.erase_drafts),
        Eraser("undelivered", settings.undelivered_days, outbox.erase_parked),
        Eraser("delivered", settings.trace_days, outbox.erase_sent),
        Eraser("received", settings.trace_days, inbox.erase_done),
        Eraser("mails", settings.mail_days, mail.erase_old),
        Eraser("mails_in", settings.mail_days, mail_in.erase_old),
        Eraser("notices", settings.notice_days, notices.erase),
        Eraser("logins", settings.login_days, people.attempts.erase),
        Eraser("sessions", settings.login_days, sessions.erase_ended),
    ]
    return Rooms(
        settings=settings,
        organization=organization,
        texts=texts,
        calendar=calendar,
        registry=registry,
        database=database,
        articles=ArticleStore(database),
        drafts=drafts,
        releases=Releases(database, now, drafts.is_flawed),
        tickets=tickets,
        ledger=ledger,
        clock_monitor=ClockMonitor(tickets.store, ledger, calendar, lambda: _staff(people), now),
        notices=notices,
        conversations=conversations,
        unanswered=UnansweredQuestions(database),
        email_threads=email_threads,
        files=files,
        queue=queue,
        statistics=Statistics(database, calendar.zone),
        evaluations=Evaluations(database, calendar.zone),
        export=export,
        mailed_data=MailedData(email_threads, export, forgetting),
        inbox=inbox,
        outbox=outbox,
        failures=Failures(database),
        officer_actions=OfficerActions(conversations, queue, tickets.store, email_threads, texts, now),
        answers=Answers(database, tickets, texts, PUSHED, now, place_of_answer),
        people=people,
        sessions=sessions,
        journal=Journal(database, now),
        trackers=trackers,
        forgetting=forgetting,
        retention=Retention(database, erasers, forgetting.erase_remains, forgetting.scrub, calendar, now),
        together=Together(database),
        now=now,
    )


def _staff(people: People) -> Staff:
    """Whom warnings of promises go to."""
    at_work = [officer for officer in people.all() if officer.active]
    return Staff(
        tuple(officer.name for officer in at_work if officer.role == OFFICER),
        tuple(officer.name for officer in at_work if officer.role == SUPERVISOR),
    )


def _read(path: Path) -> Any:
    return read_data(path)

"""The desk: the web process that faces the network, and the composition root of its parts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import anyio.from_thread
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.fallback import Fallback
from bot.assistant.pipeline import Pipeline
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap import PUSHED, Rooms, wire
from bot.channels.email.mailboxes import make_mailbox
from bot.channels.email.notices import NoticeMailer, Recipient
from bot.channels.email.receiving import Collector, EmailChannel
from bot.channels.email.sending import EmailSender
from bot.channels.email.transports import make_transport
from bot.channels.email.turn import EmailTurns
from bot.channels.limits import Limit
from bot.channels.telegram.channel import TelegramChannel, make_bot
from bot.channels.telegram.poller import Poller
from bot.channels.telegram.sending import TelegramSender
from bot.channels.telegram.webhook import TelegramWebhook
from bot.channels.web.chat import Chat
from bot.channels.web.events import Events
from bot.channels.web.origins import Origins
from bot.channels.web.page import Page
from bot.channels.web.refusals import Gate
from bot.channels.web.rest import RestWebhook
from bot.console.console import Console, make_console
from bot.console.context import HOME
from bot.core.http import HttpClient
from bot.core.logs import configure_log
from bot.core.settings import load_settings
from bot.core.texts import LANGUAGES
from bot.handover.absence import OfficerAbsence
from bot.knowledge.librarian import Librarian
from bot.messages.dispatcher import Dispatcher
from bot.messages.notifier import Notifier
from bot.messages.outbox import EMAIL, PARKED, SENT, WAITING
from bot.messages.unanswered import UnansweredQuestions
from bot.rasa.language import SURE, identify
from bot.staff.people import People
from bot.tickets.jobs import ClockJobs

log = logging.getLogger(__name__)

# Nothing from another host, no inline script, no framing: what the page needs and no more.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer" browsers would not say where a form comes from, and `Origins` would refuse it.
    "Referrer-Policy": "same-origin",
}


# A page says every three seconds at most that somebody types in it; a conversation may have a few pages.
_TYPING_BURST, _TYPING_PER_SECOND = 20, 2.0


class SecurityHeaders:
    """Adds the security headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Metrics:
    """What Prometheus may read of the desk: counts and durations, nothing of what was written."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("guichet_requests", "Requests answered", ["route", "status"], registry=self.registry)
        self._seconds = Histogram("guichet_request_seconds", "Time to answer", ["route"], registry=self.registry)

        self.streams = Gauge("guichet_streams", "Streams of events that are open", registry=self.registry)
        self._outbox = Gauge("guichet_outbox", "Messages that go out, by state", ["state"], registry=self.registry)
        self.failed = Gauge("guichet_failed", "Messages that could not be answered", registry=self.registry)

    def show_outbox(self, counts: Mapping[str, int]) -> None:
        """How many messages wait, were sent or were parked."""
        for state in (WAITING, SENT, PARKED):
            self._outbox.labels(state).set(counts.get(state, 0))

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


def make_app(rooms: Rooms, assistant: RasaClient, actions: HttpClient) -> Starlette:
    """The desk's application, of wired rooms, an assistant, and the way to the action server."""
    settings = rooms.settings
    metrics = Metrics()
    first = rooms.organization.first_language

    def language_of(text: str) -> str | None:
        found = identify(text, rooms.organization.names)
        return found.code if found.code in LANGUAGES and found.confidence >= SURE else None

    builtin_replies = BuiltinReplies(
        rooms.texts, rooms.forgetting, rooms.export, settings.max_message_chars, settings.transcript_days
    )
    notifier = Notifier(rooms.conversations)
    news = {channel: asyncio.Event() for channel in (*PUSHED, EMAIL)}
    fallback = Fallback(rooms.texts, rooms.tickets, language_of)
    transport = make_transport(settings)
    email = EmailSender(transport, rooms.texts, settings, rooms.mailed_data.of)
    email_turns = EmailTurns(
        assistant,
        rooms.articles,
        rooms.conversations,
        rooms.email_threads,
        rooms.tickets,
        rooms.answers,
        rooms.mailed_data,
        rooms.texts,
        first_language=first,
        an_hour=settings.mail_acknowledged,
        days=settings.transcript_days,
    )
    service = Pipeline(
        rooms.inbox,
        rooms.conversations,
        assistant,
        fallback,
        builtin_replies,
        notifier,
        news,
        rooms.now,
        {EMAIL: email_turns},
    )
    below_ours = [rooms.texts.get("email_signature", language) for language in LANGUAGES]
    letters = EmailChannel(
        service.accept, rooms.email_threads, language_of, settings, rooms.now, below_ours, email_turns.thread_named
    )
    senders = Limit(settings.sender_burst, settings.sender_per_second, time.monotonic)
    addresses = Limit(settings.address_burst, settings.address_per_second, time.monotonic)
    gate = Gate(rooms.texts, addresses, first_language=first)
    events = Events(rooms.conversations, rooms.queue, notifier, rooms.texts, rooms.calendar, rooms.now)
    chat = Chat(
        service,
        rooms.conversations,
        rooms.queue,
        builtin_replies,
        rooms.export,
        events,
        rooms.texts,
        rooms.calendar.zone,
        settings,
        senders,
        Limit(_TYPING_BURST, _TYPING_PER_SECOND, time.monotonic),
        gate,
        rooms.now,
        first_language=first,
    )
    webhook = gate.guarded(RestWebhook(service, rooms.conversations, rooms.export, senders, settings))
    page = Page(
        rooms.texts,
        rooms.organization,
        settings.max_message_chars,
        settings.transcript_days,
        rooms.articles.get,
        rooms.people.exist,
    )

    librarian = Librarian(
        rooms.database,
        rooms.drafts,
        rooms.releases,
        lambda: _unanswered(rooms.unanswered),
        rooms.now,
        group_seconds=settings.group_seconds,
    )
    absence = OfficerAbsence(
        rooms.conversations,
        rooms.officer_actions,
        rooms.tickets,
        rooms.texts,
        rooms.people.away_since,
        timedelta(minutes=settings.officer_away_minutes),
        rooms.now,
    )
    mailer = NoticeMailer(
        rooms.notices,
        rooms.tickets.store,
        transport,
        partial(_recipient, rooms.people),
        rooms.texts,
        rooms.calendar,
        settings.mail_from,
        rooms.now,
    )
    console = make_console(rooms, assistant, email_turns, librarian, notifier, _nudge(notifier, news))

    async def converse(request: Request) -> Response:
        started = time.perf_counter()
        response = await webhook(request)
        metrics.observe("chat", response.status_code, time.perf_counter() - started)
        return response

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        checks = {
            "database": await _answers(run_in_threadpool(rooms.database.ping)),
            "rasa": await assistant.ready(),
            "actions": await _answers(_healthy(actions)),
        }
        return JSONResponse({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)

    async def prometheus(_request: Request) -> Response:
        metrics.streams.set(notifier.watched)
        try:
            metrics.show_outbox(await run_in_threadpool(rooms.outbox.counts))
            metrics.failed.set(await run_in_threadpool(rooms.failures.count))
        except SQLAlchemyError as error:
            log.warning("the outbox could not be counted: %s", type(error).__name__)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    duties: list[Callable[[], Coroutine[Any, Any, None]]] = [
        service.run,
        notifier.run,
        partial(rooms.retention.run, rooms.lease("retention")),
        partial(rooms.answers.run, rooms.lease("answers")),
        partial(absence.run, rooms.lease("vigil")),
        ClockJobs(rooms.clock_monitor, rooms.lease("clocks")).run,
        partial(mailer.run, rooms.lease("mail notices")),
        partial(librarian.run, rooms.lease("librarian")),
        Dispatcher(
            email, rooms.outbox, rooms.conversations, rooms.lease("dispatch email"), rooms.now, news[email.name]
        ).run,
        Collector(
            make_mailbox(settings, rooms.email_threads),
            letters.receive,
            rooms.lease("collect email"),
            seconds=settings.imap_poll_seconds,
        ).run,
    ]
    telegram_routes: list[Route] = []
    bot = make_bot(settings) if settings.telegram_token else None
    if bot:
        telegram = TelegramChannel(
            bot, settings, service.accept, rooms.conversations, rooms.texts, first_language=first
        )
        sender = TelegramSender(bot, rooms.texts, rooms.calendar.zone, rooms.export.of)
        lease = rooms.lease("dispatch telegram")
        duties.append(Dispatcher(sender, rooms.outbox, rooms.conversations, lease, rooms.now, news[sender.name]).run)
        if settings.telegram_mode == "webhook":
            hook = TelegramWebhook(telegram.receive, settings.telegram_secret)
            telegram_routes.append(Route("/webhooks/telegram", hook.__call__, methods=["POST"]))
        else:
            duties.append(Poller(bot, telegram.receive, rooms.lease("poll telegram")).run)
        duties.append(telegram.introduce)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with at_work(duties):
            yield
        if bot:
            await telegram.close()
        await assistant.close()
        await actions.close()

    return Starlette(
        routes=[
            *page.routes(),
            Route("/webhooks/rest/webhook", converse, methods=["POST"]),
            *chat.routes(),
            *telegram_routes,
            *console.routes(),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", prometheus),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Origins, allowed=settings.origins, texts=rooms.texts, first_language=first),
        ],
        exception_handlers={
            Exception: _unexpected,
            404: _told_by(console, _not_found),
            405: _told_by(console, _not_allowed),
        },
        lifespan=lifespan,
    )


def _nudge(notifier: Notifier, news: Mapping[str, asyncio.Event]) -> Callable[[str], None]:
    """Tells those who look on at a conversation, and what carries messages out, that something was said there."""

    def tell(conversation: str) -> None:
        notifier.nudge(conversation)
        for event in news.values():
            event.set()

    # Pages are answered by threads; the events are the loop's.
    return lambda conversation: anyio.from_thread.run_sync(tell, conversation)


@asynccontextmanager
async def at_work(duties: Sequence[Callable[[], Coroutine[Any, Any, None]]]) -> AsyncIterator[None]:
    """The desk's duties beside its requests, each started again if it breaks, and ended in good order."""
    tasks = [asyncio.create_task(_kept_up(duty)) for duty in duties]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_up(duty: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            return await duty()
        except Exception as error:  # noqa: BLE001 - whatever it is, the duty must go on
            log.error("a duty broke off (%s) and is taken up again", type(error).__name__, exc_info=error)
            await asyncio.sleep(1.0)


def app() -> Starlette:
    """The application of this process's settings (the factory that uvicorn calls)."""
    settings = load_settings()
    configure_log(settings.log_level)
    return make_app(
        wire(settings),
        RasaClient(HttpClient(settings.rasa_url, settings.rasa_timeout)),
        HttpClient(settings.actions_url, settings.rasa_timeout),
    )


def _recipient(people: People, name: str) -> Recipient | None:
    officer = people.by_name(name)
    if officer is None or not officer.active or officer.email is None:
        return None
    return Recipient(officer.email, officer.language)


def _unanswered(questions: UnansweredQuestions) -> list[int]:
    return [question.message for question in questions.latest()]


async def _healthy(actions: HttpClient) -> bool:
    return (await actions.get("/health", timeout=2.0)).status == 200


async def _answers(check: Awaitable[bool | None]) -> bool:
    """Whether the check ends without an error, and does not say False."""
    try:
        return await check is not False
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not an answer
        log.warning("a readiness check failed: %s", type(error).__name__)
        return False


async def _unexpected(_request: Request, error: Exception) -> Response:
    # Starlette answers this outside its middleware, so the headers are added here.
    log.error("a request failed: %s", type(error).__name__, exc_info=error)
    return JSONResponse({"error": {"code": "internal", "message": "Erreur interne / Internal error"}}, 500, _HEADERS)


def _told_by(
    console: Console, otherwise: Callable[[Request, Exception], Awaitable[Response]]
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Tell people at the console on a page, and programs in JSON."""

    async def tell(request: Request, error: Exception) -> Response:
        path = request.url.path
        return await (console.lost if path.startswith(f"{HOME}/") else otherwise)(request, error)

    return tell


async def _not_found(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": {"code": "not_found", "message": "Introuvable / Not found"}}, 404)


async def _not_allowed(_request: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None)
    body = {"error": {"code": "method_not_allowed", "message": "Méthode non permise / Method not allowed"}}
    return JSONResponse(body, 405, headers)

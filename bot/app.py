"""The desk: the web process that faces the network, its routes and its duties."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.bootstrap import Rooms, wire
from bot.channels.channel import Duty
from bot.channels.web.origins import Origins
from bot.console.console import Console, make_console
from bot.console.context import HOME
from bot.core.http import HttpClient
from bot.core.logs import configure_log
from bot.core.metrics import CONTENT_TYPE
from bot.core.settings import load_settings
from bot.messages.delivery import PushChannel
from bot.messages.dispatcher import Dispatcher
from bot.messages.outbox import PARKED, SENT, WAITING
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


def make_app(rooms: Rooms) -> Starlette:
    """The desk's application: the routes and the duties of wired rooms."""
    console = make_console(rooms)
    channels = [channel for channel in rooms.channels if channel.is_open]

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        checks = {
            "database": await _answers(run_in_threadpool(rooms.database.ping)),
            "rasa": await rooms.assistant.ready(),
            "actions": await _answers(_healthy(rooms.actions)),
        }
        return JSONResponse({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)

    async def prometheus(_request: Request) -> Response:
        metrics = rooms.metrics
        metrics.streams.set(rooms.notifier.watched)
        try:
            counts = await run_in_threadpool(rooms.outbox.counts)
            metrics.show_outbox({state: counts.get(state, 0) for state in (WAITING, SENT, PARKED)})
            metrics.failed.set(await run_in_threadpool(rooms.failures.count))
        except SQLAlchemyError as error:
            log.warning("the outbox could not be counted: %s", type(error).__name__)
        return Response(metrics.exposition(), media_type=CONTENT_TYPE)

    duties: list[Duty] = [
        rooms.pipeline.run,
        rooms.notifier.run,
        partial(rooms.retention.run, rooms.lease("retention")),
        partial(rooms.answers.run, rooms.lease("answers")),
        partial(rooms.absence.run, rooms.lease("vigil")),
        ClockJobs(rooms.clock_monitor, rooms.lease("clocks")).run,
        partial(rooms.librarian.run, rooms.lease("librarian")),
        *(_dispatcher(rooms, channel.sender).run for channel in channels if channel.sender),
        *(duty for channel in channels for duty in channel.duties()),
    ]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with at_work(duties):
            yield
        for channel in channels:
            await channel.close()
        await rooms.assistant.close()
        await rooms.actions.close()

    return Starlette(
        routes=[
            *(route for channel in channels for route in channel.routes()),
            *console.routes(),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", prometheus),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(
                Origins,
                allowed=rooms.settings.origins,
                texts=rooms.texts,
                first_language=rooms.organization.first_language,
            ),
        ],
        exception_handlers={
            Exception: _unexpected,
            404: _told_by(console, _not_found),
            405: _told_by(console, _not_allowed),
        },
        lifespan=lifespan,
    )


def _dispatcher(rooms: Rooms, sender: PushChannel) -> Dispatcher:
    lease = rooms.lease(f"dispatch {sender.name}")
    return Dispatcher(sender, rooms.outbox, rooms.conversations, lease, rooms.now, rooms.news[sender.name])


@asynccontextmanager
async def at_work(duties: Sequence[Duty]) -> AsyncIterator[None]:
    """The desk's duties beside its requests, each started again if it breaks, and ended in good order."""
    tasks = [asyncio.create_task(_kept_up(duty)) for duty in duties]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_up(duty: Duty) -> None:
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
    return make_app(wire(settings))


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

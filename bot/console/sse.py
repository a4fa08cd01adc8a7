"""The console's stream: tells a page that what it shows has changed, and the page asks for itself anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME
from bot.core.sse import Stop, stream
from bot.core.waiting import wait_for_event
from bot.handover.officer_actions import GONE_AFTER
from bot.knowledge.releases import Releases
from bot.messages.notifier import Notifier
from bot.messages.outbox import Outbox
from bot.messages.queue import Queue
from bot.messages.store import ConversationStore
from bot.staff.officer import CONVERSATIONS, KNOWLEDGE, TICKETS, Officer
from bot.tickets.notices import NoticeStore
from bot.tickets.store import TicketStore

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
_CHECK_EVERY = 20  # looks between two checks of the session
_TYPING = timedelta(seconds=6)


class EventStream:
    """Makes the streams. `/console/events?of=line`, `tickets`, `knowledge` or `conversation:ID`."""

    def __init__(
        self,
        access: Access,
        line: Queue,
        store: ConversationStore,
        tickets: TicketStore,
        releases: Releases,
        notices: NoticeStore,
        outbox: Outbox,
        notifier: Notifier,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._queue = line
        self._store = store
        self._tickets = tickets
        self._releases = releases
        self._notices = notices
        self._outbox = outbox
        self._notifier = notifier
        self._now = now

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route(f"{HOME}/events", self.events, methods=["GET"])]

    async def events(self, request: Request) -> Response:
        """The stream, as long as the session lives."""
        try:
            _, session = await self._access.session_of(request, renew=False)
        except SQLAlchemyError:
            return Response(status_code=503)
        of, _, which = request.query_params.get("of", "").partition(":")
        if session is None or not session.complete:
            return Response(status_code=401)
        look = self._look_for(session.officer, of, which)
        if look is None:
            return Response(status_code=403)
        watched = which if of == "conversation" else None
        return stream(lambda stop: self._events(request, look, watched, stop))

    def _look_for(self, officer: Officer, of: str, which: str) -> Callable[[], Any] | None:
        """What is looked at; None if it is nothing, or not for this officer."""
        looks: dict[str, tuple[str, Callable[[], Any]]] = {
            "line": (CONVERSATIONS, self._queue.version),
            "conversation": (CONVERSATIONS, lambda: self._conversation(which)),
            "tickets": (TICKETS, self._tickets.version),
            "knowledge": (KNOWLEDGE, self._releases.version),
        }
        permission, look = looks.get(of, ("", lambda: None))
        if not permission or not officer.may(permission):
            return None
        # Whatever a page shows, its bar shows how many warnings are new.
        return (lambda: (look(), self._notices.unseen(officer.name))) if officer.may(TICKETS) else look

    async def _events(
        self, request: Request, look: Callable[[], Any], conversation_id: str | None, stop: Stop
    ) -> AsyncIterator[ServerSentEvent]:
        watching: AbstractAsyncContextManager[asyncio.Event] = (
            self._notifier.watch(conversation_id) if conversation_id else nullcontext(asyncio.Event())
        )
        shown, looks = None, 0
        async with watching as news:
            stop.news = news
            while not stop.said:
                news.clear()
                try:
                    if looks % _CHECK_EVERY == 0:
                        _, session = await self._access.session_of(request, renew=False)
                        if session is None:
                            yield ServerSentEvent("{}", event="over")
                            return
                    found = await run_in_threadpool(look)
                except SQLAlchemyError as error:
                    log.warning("the database does not answer (%s); a stream was ended", type(error).__name__)
                    return
                if looks and found != shown:
                    yield ServerSentEvent("{}", event="changed")
                elif not looks:
                    yield ServerSentEvent("{}", event="begun")
                shown, looks = found, looks + 1
                await wait_for_event(news, LOOK_SECONDS)

    def _conversation(self, this: str) -> tuple[object, ...]:
        attendance, now = self._queue.attendance(this), self._now()
        typing, seen = attendance.citizen_typing_at, attendance.citizen_seen_at
        return (
            self._store.presences([this]).get(this),
            typing is not None and now - typing < _TYPING,
            seen is not None and now - seen < GONE_AFTER,
            len(self._queue.notes(this)),
            self._outbox.undelivered(this),
            self._store.is_answering(this),  # a message may grow until then (an album)
        )

"""The console's stream: tells a page that what it shows has changed, and the page asks for itself anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
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
from bot.messages.notifier import Notifier
from bot.staff.officer import TICKETS, Officer
from bot.tickets.notices import NoticeStore

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
_CHECK_EVERY = 20  # looks between two checks of the session


@dataclass(frozen=True)
class Look:
    """What a page shows changes when `version(which)` does; who may not see it (`permission`) may not look."""

    permission: str
    version: Callable[[str], Any]


class EventStream:
    """Makes the streams: `/console/events?of=queue`, or of another look; `?of=conversation:ID` is of one thing."""

    def __init__(self, access: Access, looks: Mapping[str, Look], notices: NoticeStore, notifier: Notifier) -> None:
        """`looks`: what may be looked at, by the names that pages give it."""
        self._access = access
        self._looks = looks
        self._notices = notices
        self._notifier = notifier

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
        look = self._looks.get(of)
        if look is None or not officer.may(look.permission):
            return None
        # Whatever a page shows, its bar shows how many warnings are new.
        if officer.may(TICKETS):
            return lambda: (look.version(which), self._notices.unseen(officer.name))
        return lambda: look.version(which)

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

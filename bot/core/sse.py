"""Streams of server-sent events that end in good order when the desk stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent

PING_SECONDS = 15
SEND_SECONDS = 30.0  # a page that takes nothing for so long is cut off, and comes back where it stood
STOP_SECONDS = 2.0


class Stop(anyio.Event):
    """Set by `sse_starlette` when the desk stops; wakes the stream, which has one thing to wait for."""

    def __new__(cls) -> Stop:
        return object.__new__(cls)  # not one of the running loop's own kind, as anyio would have it

    def __init__(self) -> None:
        self.said = False
        self.news: asyncio.Event | None = None

    def set(self) -> None:
        self.said = True
        if self.news:
            self.news.set()


def stream(events: Callable[[Stop], AsyncIterator[ServerSentEvent]]) -> EventSourceResponse:
    """The answer that streams `events`, which are told what to wait for."""
    stop = Stop()
    return EventSourceResponse(
        events(stop),
        shutdown_event=stop,
        shutdown_grace_period=STOP_SECONDS,
        ping=PING_SECONDS,
        send_timeout=SEND_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )

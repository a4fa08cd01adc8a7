"""The desk's calls to its neighbours on loopback: over connections that are kept, with one kind of failure."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

_CONNECTIONS = 100
# Sanic, under Rasa and the action server, closes a connection idle for five seconds. One that we
# keep longer may be closed just as we write to it, and then nobody knows whether it was heard.
KEEP_SECONDS = 2.0


class NoAnswer(RuntimeError):
    """The neighbour did not answer; the message says why, without anything that was sent."""

    log_safe = True  # nothing that a citizen wrote is in its words


@dataclass(frozen=True)
class Answer:
    """What a neighbour answered."""

    status: int
    content: bytes


class HttpClient:
    """Asks one neighbour."""

    def __init__(self, url: str, timeout: float) -> None:
        """`url`: its address; `timeout`: seconds that it has for a whole answer."""
        self._url = url
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def get(self, path: str, timeout: float | None = None) -> Answer:
        """Ask for `path`.

        Raises:
            NoAnswer: nothing came back in time, or no connection.
        """
        return await self._ask("GET", path, timeout)

    async def post(self, path: str, body: Any, timeout: float | None = None) -> Answer:
        """Send `body` as JSON to `path`.

        Raises:
            NoAnswer: nothing came back in time, or no connection.
        """
        return await self._ask("POST", path, timeout, json=body)

    async def close(self) -> None:
        """Close the connections; nothing is asked after that."""
        self._closed = True
        if self._session:
            await self._session.close()

    async def _ask(self, method: str, path: str, timeout: float | None, **sent: Any) -> Answer:
        if self._closed:
            raise RuntimeError("the client is closed")
        if self._session is None:  # now: a session belongs to the loop in which it is made
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=KEEP_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector)
        limit = aiohttp.ClientTimeout(total=timeout or self._timeout)
        try:
            async with self._session.request(
                method, self._url + path, timeout=limit, allow_redirects=False, **sent
            ) as response:
                return Answer(response.status, await response.read())
        except asyncio.TimeoutError as error:
            raise NoAnswer("no answer in time") from error
        except aiohttp.ClientError as error:
            raise NoAnswer(type(error).__name__) from error

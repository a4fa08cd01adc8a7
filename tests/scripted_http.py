"""An `HttpClient` that asks a function of the test's own instead of a neighbour."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import httpx

from bot.core.http import Answer, HttpClient, NoAnswer


class ScriptedHttp(HttpClient):
    """Hands every request to `handler`, which answers with a response or raises httpx's errors."""

    def __init__(self, handler: Callable[[httpx.Request], Any]) -> None:
        super().__init__("http://neighbour.test", 1.0)
        self._handler = handler

    async def _ask(self, method: str, path: str, timeout: float | None, **sent: Any) -> Answer:
        if self._closed:
            raise RuntimeError("the client is closed")
        request = httpx.Request(method, self._url + path, **sent)
        try:
            response = self._handler(request)
            if inspect.isawaitable(response):
                response = await response
        except httpx.TimeoutException as error:
            raise NoAnswer("no answer in time") from error
        except httpx.TransportError as error:
            raise NoAnswer(type(error).__name__) from error
        return Answer(response.status_code, response.content)

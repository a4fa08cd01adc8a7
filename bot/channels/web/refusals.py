"""What every endpoint of the web channel shares: limits, and refusing in both languages."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.assistant.pipeline import NotReceived, TooManyWaiting
from bot.channels.limits import Limit
from bot.channels.web.incoming import Refused
from bot.core.body import TooLarge
from bot.core.texts import LANGUAGES, Texts

Endpoint = Callable[[Request], Awaitable[Response]]


class Gate:
    """Stands before the endpoints: limits each network address, and says why something is refused."""

    def __init__(self, texts: Texts, addresses: Limit, *, first_language: str) -> None:
        """`first_language`: the language of a refusal whose citizen's language is not known."""
        self._texts = texts
        self._addresses = addresses
        self._first_language = first_language

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """`endpoint`, limited by network address, its refusals answered."""

        async def answer(request: Request) -> Response:
            try:
                within(self._addresses, request.client.host if request.client else "", None)
                with told(None):
                    return await endpoint(request)
            except TooLarge:
                return self._refusal(Refused(413, "too_large"))
            except Refused as refused:
                return self._refusal(refused)

        return answer

    def _refusal(self, refused: Refused) -> JSONResponse:
        values = {key: value for key, value in refused.values.items() if key != "retry_after"}
        messages = {lang: self._texts.get(f"refused_{refused.code}", lang, **values) for lang in LANGUAGES}
        message = messages[refused.language or self._first_language]
        headers = {}
        if "retry_after" in refused.values:
            headers["Retry-After"] = str(refused.values["retry_after"])
        body = {"error": {"code": refused.code, "message": message, "messages": messages}}
        return JSONResponse(body, refused.status, headers)


@contextmanager
def told(language: str | None) -> Iterator[None]:
    """What the conversations refuse, as a refusal in `language`."""
    try:
        yield
    except TooManyWaiting:
        raise Refused(429, "too_many", language, retry_after=1) from None
    except NotReceived:
        raise Refused(503, "unavailable", language, retry_after=5) from None


def within(limit: Limit, who: str, language: str | None) -> None:
    """Take one message of `who` from a limit.

    Raises:
        Refused: they must wait (429).
    """
    wait = limit.wait(who)
    if wait:
        raise Refused(429, "too_many", language, retry_after=math.ceil(wait))

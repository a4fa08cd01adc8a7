"""Which pages may talk to the desk from a browser: its own, and those that are listed.

A browser says with `Origin` which page a request comes from, and keeps an answer from a page that
the desk does not name in return. The desk also refuses such a request, so that it has no effect.
Programs send no `Origin`; the limits of senders and addresses hold for them.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.core.texts import LANGUAGES, Texts

_ALLOWED = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, last-event-id",
    "access-control-max-age": "86400",
}


class Origins:
    """Refuses requests of pages that are not listed, and answers the browser's questions of those that are."""

    def __init__(self, app: ASGIApp, allowed: Collection[str], texts: Texts, first_language: str) -> None:
        """`allowed`: origins such as `https://www.example.org`, besides the desk's own."""
        self._app = app
        self._allowed = frozenset(allowed)
        messages = {lang: texts.get("refused_origin", lang) for lang in LANGUAGES}
        self._error = {"error": {"code": "origin", "message": messages[first_language], "messages": messages}}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        own = f"{scope['scheme']}://{headers.get('host', '')}"
        if origin is None or origin == own:
            await self._app(scope, receive, send)
            return
        if origin not in self._allowed:
            await JSONResponse(self._error, 403)(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            headers_sent = {**self._named(origin), **_ALLOWED, "vary": "Origin"}
            await Response(status_code=204, headers=headers_sent)(scope, receive, send)
            return

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = MutableHeaders(scope=message)
                named.update(self._named(origin))
                named.add_vary_header("Origin")
            await send(message)

        await self._app(scope, receive, send_named)

    @staticmethod
    def _named(origin: str) -> dict[str, str]:
        return {"access-control-allow-origin": origin, "access-control-expose-headers": "retry-after"}

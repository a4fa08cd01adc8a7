"""`POST /webhooks/rest/webhook`: chat by the Rasa REST convention."""

from __future__ import annotations

import math
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.channels.web.incoming import Incoming, Refused, parse_incoming
from bot.channels.web.limits import SenderLimit
from bot.conversations.service import ConversationService, NotReceived, TooManyWaiting
from bot.conversations.store import Reply
from bot.settings import Settings
from bot.texts import LANGUAGES, Texts

CHANNEL = "web"


class RestWebhook:
    """The endpoint: a message in, the replies out, or a refusal that says why in both languages."""

    def __init__(
        self, service: ConversationService, texts: Texts, limit: SenderLimit, settings: Settings, *, first_language: str
    ) -> None:
        """`first_language`: the language of a refusal whose citizen's language is not known."""
        self._service = service
        self._texts = texts
        self._limit = limit
        self._settings = settings
        self._first_language = first_language

    async def __call__(self, request: Request) -> JSONResponse:
        """Answer one message."""
        try:
            incoming = parse_incoming(await self._body(request), self._settings.max_message_chars)
            return JSONResponse(await self._answer(incoming))
        except Refused as refused:
            return self._refusal(refused)

    async def _answer(self, incoming: Incoming) -> list[dict[str, Any]]:
        wait = self._limit.wait(incoming.sender)
        if wait:
            raise Refused(429, "too_many", incoming.language, retry_after=math.ceil(wait))
        try:
            replies = await self._service.handle(CHANNEL, incoming.sender, incoming.text, incoming.language)
        except TooManyWaiting:
            raise Refused(429, "too_many", incoming.language, retry_after=1) from None
        except NotReceived:
            raise Refused(503, "unavailable", incoming.language, retry_after=5) from None
        return [as_item(incoming.sender, reply) for reply in replies]

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._settings.max_body_bytes:
                raise Refused(413, "too_large")
        return bytes(body)

    def _refusal(self, refused: Refused) -> JSONResponse:
        values = {key: value for key, value in refused.values.items() if key != "retry_after"}
        messages = {lang: self._texts.get(f"refused_{refused.code}", lang, **values) for lang in LANGUAGES}
        error = {
            "code": refused.code,
            "message": messages[refused.language or self._first_language],
            "messages": messages,
        }
        headers = {}
        if "retry_after" in refused.values:
            headers["Retry-After"] = str(refused.values["retry_after"])
        return JSONResponse({"error": error}, refused.status, headers)


def as_item(sender: str, reply: Reply) -> dict[str, Any]:
    """A reply as an item of the REST convention."""
    item: dict[str, Any] = {"recipient_id": sender, "text": reply.text, "custom": reply.custom}
    if reply.buttons:
        item["buttons"] = list(reply.buttons)
    return item

"""`POST /webhooks/telegram`: updates that Telegram brings."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.assistant.pipeline import NotReceived
from bot.core.body import TooLarge, read_body

_MAX_BYTES = 1_048_576


class TelegramWebhook:
    """Takes an update if it comes from Telegram, and says 200 once it is kept."""

    def __init__(self, receive: Callable[[Any], Awaitable[None]], secret: str) -> None:
        """`secret`: what Telegram was told to say with each update."""
        self._receive = receive
        self._secret = secret.encode()

    async def __call__(self, request: Request) -> Response:
        """200: kept, or nothing to the desk; 403: not from Telegram; 400, 413: no update; 503: bring it again."""
        said = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(said.encode(), self._secret):
            return Response(status_code=403)
        try:
            update = json.loads(await read_body(request, _MAX_BYTES))
        except TooLarge:
            return Response(status_code=413)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        try:
            await self._receive(update)
        except NotReceived:
            return Response(status_code=503, headers={"Retry-After": "5"})
        return Response(status_code=200)

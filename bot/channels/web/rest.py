"""`POST /webhooks/rest/webhook`: chat by the Rasa REST convention."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.assistant.pipeline import Pipeline
from bot.channels.limits import Limit
from bot.channels.web import REST
from bot.channels.web.incoming import parse_incoming
from bot.channels.web.refusals import told, within
from bot.core.body import read_body
from bot.core.settings import Settings
from bot.messages import payloads
from bot.messages.conversation import PRESS, WORDS, Incoming, Reply
from bot.messages.store import ConversationStore
from bot.privacy.export import Export

log = logging.getLogger(__name__)


class RestWebhook:
    """The endpoint: a message in, the replies out."""

    def __init__(
        self,
        service: Pipeline,
        store: ConversationStore,
        export: Export,
        limit: Limit,
        settings: Settings,
    ) -> None:
        self._service = service
        self._store = store
        self._export = export
        self._limit = limit
        self._settings = settings

    async def __call__(self, request: Request) -> JSONResponse:
        """Answer one message.

        Raises:
            Refused, TooLarge: it was not kept.
        """
        body = await read_body(request, self._settings.max_body_bytes)
        said = parse_incoming(body, self._settings.max_message_chars)
        within(self._limit, said.sender, said.language)
        press = payloads.read(said.text.strip())
        incoming = Incoming(
            channel=REST,
            external_id=uuid.uuid4().hex,  # the convention has no name for a message: each is a new one
            address=said.sender,
            text=press.text if press else said.text,
            kind=PRESS if press else WORDS,
            language=said.language,
            detail={"of": press.under} if press and press.under else {},
        )
        with told(said.language):
            replies = await self._service.handle(incoming, self._settings.sender_waiting)
        missed = await run_in_threadpool(self._missed, incoming)
        replies = [await run_in_threadpool(self._with_data, incoming, reply) for reply in replies]
        return JSONResponse([as_item(said.sender, reply) for reply in (*missed, *replies)])

    def _with_data(self, incoming: Incoming, reply: Reply) -> Reply:
        """The reply to one who asks what is kept of them, with all of it: put in on its way, and never kept itself."""
        if not reply.facts.export:
            return reply
        try:
            conversation = self._store.find(incoming.channel, incoming.address)
            data = self._export.of(conversation.id) if conversation else None
        except Exception as error:  # noqa: BLE001 - whatever it is, the reply itself is said
            log.error("the file of one's data was not given (%s)", type(error).__name__, exc_info=error)
            return reply
        return replace(reply, custom={**reply.custom, "data": data})

    def _missed(self, incoming: Incoming) -> list[Reply]:
        """What a person, or the desk by itself, said since the citizen's last message: no other way carries it."""
        try:
            said = self._store.said_since_last(incoming.channel, incoming.external_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the replies themselves are said
            log.error("what a person said was not told (%s)", type(error).__name__, exc_info=error)
            return []
        return [
            Reply(
                message.text,
                message.buttons,
                {
                    "outcome": "handoff",
                    **message.custom,
                    "author": message.author,
                    "name": message.beside.name,
                },
            )
            for message in said
        ]


def as_item(sender: str, reply: Reply) -> dict[str, Any]:
    """A reply as an item of the REST convention."""
    item: dict[str, Any] = {"recipient_id": sender, "text": reply.text, "custom": reply.custom}
    if reply.buttons:
        item["buttons"] = list(reply.buttons)
    return item

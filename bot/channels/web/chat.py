"""`/chat/…`: what the widget speaks (docs/chat-api.md)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.pipeline import NotReceived, Pipeline
from bot.channels.limits import Limit
from bot.channels.web import WEB
from bot.channels.web.events import Events
from bot.channels.web.incoming import (
    MAX_COMMENT_CHARS,
    PageMessage,
    Press,
    Refused,
    known_language,
    parse_judgement,
    parse_object,
    parse_page_message,
)
from bot.channels.web.refusals import Gate, told, within
from bot.channels.web.transcript import as_text
from bot.core.body import read_body
from bot.core.settings import Settings
from bot.core.texts import Texts
from bot.messages import payloads
from bot.messages.conversation import ASSISTANT, OFFICER, PRESS, WORDS, Conversation, Incoming, Reply
from bot.messages.ownership import closed
from bot.messages.queue import Queue
from bot.messages.store import ConversationStore
from bot.privacy.export import Export
from bot.tickets.offers import pressed_choice

_TOKEN_BYTES = 32


class Chat:
    """The endpoints of a page's conversation, which is known by a token."""

    def __init__(
        self,
        service: Pipeline,
        store: ConversationStore,
        queue: Queue,
        builtin_replies: BuiltinReplies,
        export: Export,
        events: Events,
        texts: Texts,
        zone: ZoneInfo,
        settings: Settings,
        limit: Limit,
        typing_limit: Limit,
        gate: Gate,
        now: Callable[[], datetime],
        *,
        first_language: str,
    ) -> None:
        """What a page may do with its conversation.

        Args:
            limit: of what each conversation says.
            typing_limit: of its signs that somebody types.
            gate: stands before all endpoints.
            zone: of the transcript's times.
        """
        self._service = service
        self._store = store
        self._queue = queue
        self._builtin_replies = builtin_replies
        self._export = export
        self._events = events
        self._texts = texts
        self._zone = zone
        self._settings = settings
        self._limit = limit
        self._typing_limit = typing_limit
        self._gate = gate
        self._now = now
        self._first_language = first_language

    def routes(self) -> list[Route]:
        """The routes, all behind the gate."""
        posts = {
            "conversations": self.begin,
            "messages": self.message,
            "feedback": self.judge,
            "close": self.close,
            "typing": self.typing,
            "forget": self.forget,
        }
        gets = {"events": self.events, "transcript": self.transcript, "data": self.data}
        return [
            *(
                Route(f"/chat/{name}", self._gate.guarded(endpoint), methods=["POST"])
                for name, endpoint in posts.items()
            ),
            *(Route(f"/chat/{name}", self._gate.guarded(endpoint), methods=["GET"]) for name, endpoint in gets.items()),
        ]

    async def begin(self, request: Request) -> Response:
        """Open a conversation; its token."""
        body = await self._body(request)
        language = known_language(parse_object(body).get("language")) or self._first_language
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        await _kept(self._store.open, WEB, address_of(token), language, self._now())
        return JSONResponse({"token": token}, 201)

    async def message(self, request: Request) -> Response:
        """Keep a message; its replies come by the events."""
        said = parse_page_message(await self._body(request), self._settings.max_message_chars)
        conversation = await self._conversation(request)
        within(self._limit, conversation.address, said.language)
        incoming = await self._incoming(conversation, said)
        with told(said.language):
            accepted = await self._service.accept(incoming, self._settings.sender_waiting)
        return JSONResponse({"seq": accepted.seq, "duplicate": accepted.duplicate}, 202)

    async def events(self, request: Request) -> Response:
        """The stream of what is said."""
        conversation = await self._conversation(request)
        last = request.headers.get("last-event-id", "")
        return self._events.stream(conversation, int(last) if last.isdecimal() and len(last) < 10 else 0)

    async def judge(self, request: Request) -> Response:
        """Keep what the citizen says of a reply."""
        judgement = parse_judgement(await self._body(request))
        conversation = await self._conversation(request)
        within(self._limit, conversation.address, None)
        message = await _kept(self._store.at, conversation.id, seq=judgement.seq)
        if message is None or message.author != ASSISTANT:
            raise Refused(422, "feedback_invalid", limit=MAX_COMMENT_CHARS)
        await _kept(
            self._store.judge,
            message,
            helpful=judgement.helpful,
            reason=judgement.reason,
            comment=judgement.comment,
            now=self._now(),
        )
        return Response(status_code=204)

    async def transcript(self, request: Request) -> Response:
        """The conversation as a text to keep."""
        conversation = await self._conversation(request)
        language = known_language(request.query_params.get("lang")) or conversation.language
        said = await _kept(self._store.transcript, conversation.id)
        return PlainTextResponse(
            as_text(said, self._texts, language, self._zone),
            headers={"Content-Disposition": 'attachment; filename="conversation.txt"', "Cache-Control": "no-store"},
        )

    async def data(self, request: Request) -> Response:
        """Everything that is kept of the citizen, as a file."""
        conversation = await self._conversation(request)
        kept = await _kept(self._export.of, conversation.id)
        return Response(
            json.dumps(kept, ensure_ascii=False, indent=1),
            media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="data.json"', "Cache-Control": "no-store"},
        )

    async def close(self, request: Request) -> Response:
        """The citizen leaves."""
        conversation = await self._conversation(request)
        await _kept(self._store.change_holder, conversation.id, closed, self._now())
        self._events.nudge(conversation)
        return Response(status_code=204)

    async def typing(self, request: Request) -> Response:
        """The citizen types: an officer who holds the conversation sees it."""
        conversation = await self._conversation(request)
        within(self._typing_limit, conversation.address, None)
        if conversation.held_by == OFFICER:
            await _kept(self._queue.citizen_types, conversation.id, self._now())
            self._events.nudge(conversation)
        return Response(status_code=204)

    async def forget(self, request: Request) -> Response:
        """Erase everything said. The token stays where an answer is still to come by it."""
        conversation = await self._conversation(request)
        reply: Reply = await _kept(self._builtin_replies.forget, conversation, say_so=True)
        self._events.nudge(conversation)
        tickets = reply.facts.tickets
        return JSONResponse({"tickets": list(tickets)}) if tickets else Response(status_code=204)

    async def _incoming(self, conversation: Conversation, said: PageMessage) -> Incoming:
        text, kind, detail = said.said, WORDS, {"client_id": said.id}
        if said.wants_person:
            title = self._texts.get("button_person", said.language or conversation.language)
            text, kind, detail = payloads.REQUEST_OFFICER, PRESS, {**detail, "title": title}
        elif isinstance(text, Press):
            text, beside = await self._pressed(conversation, text, said.language)
            kind, detail = PRESS, {**detail, **beside}
        return Incoming(
            channel=WEB,
            # Two pages may draw the same id: it counts within its conversation.
            external_id=hashlib.sha256(f"{conversation.id}/{said.id}".encode()).hexdigest(),
            address=conversation.address,
            text=text,
            kind=kind,
            language=said.language,
            detail=detail,
        )

    async def _pressed(
        self, conversation: Conversation, press: Press, language: str | None
    ) -> tuple[str, dict[str, str]]:
        """The payload of a choice under one of the assistant's messages, and what goes with its press."""
        message = await _kept(self._store.at, conversation.id, seq=press.seq)
        found = pressed_choice(self._texts, message, press.choice, conversation.language)
        if found is None:
            raise Refused(422, "choice_unknown", language)
        return found

    async def _conversation(self, request: Request) -> Conversation:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer" and token:
            found = await _kept(self._store.find, WEB, address_of(token))
        if found is None:
            raise Refused(401, "unknown_conversation")
        return found

    async def _body(self, request: Request) -> bytes:
        return await read_body(request, self._settings.max_body_bytes)


def address_of(token: str) -> str:
    """What the desk keeps of a token: its hash, from which it cannot be told."""
    return hashlib.sha256(token.encode()).hexdigest()


async def _kept(work: Any, *args: Any, **named: Any) -> Any:
    """The result of `work` with the database.

    Raises:
        NotReceived: the database does not answer.
    """
    try:
        return await run_in_threadpool(work, *args, **named)
    except SQLAlchemyError as error:
        raise NotReceived from error

"""A channel of Rasa that says what the model reads in a message, without a conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.rasa.components.common import GIVEN, LANGUAGE


class ParsingChannel(InputChannel):
    """`POST /webhooks/parsing/parse` with {"text", "language"}: answers {"language", "intent", "knowledge"}."""

    @classmethod
    def name(cls) -> str:
        return "parsing"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes; `on_new_message` is not called: nothing is said in any conversation."""
        routes = Blueprint("parsing")

        @routes.route("/parse", methods=["POST"])
        async def parse(request: Request) -> HTTPResponse:
            body = request.json
            found = await parse_message(request.app.ctx.agent, body["text"], body.get("language"))
            return response.json({key: found.get(key) for key in ("language", "intent", "knowledge")})

        return routes


async def parse_message(agent: Any, text: str, language: str | None, given: str | None = None) -> dict[str, Any]:
    """What the model of `agent` reads in a message.

    Args:
        agent: Rasa's.
        text: the message.
        language: the conversation's language, None for a first message.
        given: the article that was given last.
    """
    processor = agent.processor
    said = [SlotSet(LANGUAGE, language)] * bool(language) + [SlotSet(GIVEN, given)] * bool(given)
    tracker = DialogueStateTracker.from_events("parsing", said, processor.domain.slots)
    found: dict[str, Any] = await processor.parse_message(UserMessage(text), tracker)
    return found

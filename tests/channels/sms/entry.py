"""A channel of the tests alone, which shows what a new one needs: text messages by way of a company's gateway.

The gateway brings a message as JSON (`id`, `from`, `text`), and carries out pieces of at most 160 characters.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.assistant.pipeline import NotReceived
from bot.channels.channel import Channel, Desk
from bot.core.texts import Texts
from bot.messages.conversation import PRESS, Incoming, Message
from bot.messages.delivery import Permanent
from bot.tickets.offers import choices, pressed_choice

PIECE_CHARS = 160


class Gateway:
    """The company's gateway: keeps what it is given to carry, by number; those in `unknown` it refuses."""

    def __init__(self) -> None:
        self.carried: list[tuple[str, str]] = []
        self.unknown: set[str] = set()

    def carry(self, number: str, text: str) -> bool:
        """Carry one piece; False if the number is not in service."""
        if len(text) > PIECE_CHARS:
            raise ValueError(f"{len(text)} characters do not fit")
        if number in self.unknown:
            return False
        self.carried.append((number, text))
        return True


class SmsSender:
    """Delivers messages (a `PushChannel`), their choices as numbers to answer with."""

    name = "sms"
    per_second = 100.0
    address_per_second = 100.0

    def __init__(self, gateway: Gateway, texts: Texts) -> None:
        self._gateway = gateway
        self._texts = texts

    def parts(self, message: Message, language: str) -> Sequence[str]:
        """The pieces, cut between words."""
        offered = choices(self._texts, message, language)
        lines = [message.text, *(f"{place}: {choice['title']}" for place, choice in enumerate(offered, 1))]
        return textwrap.wrap("\n".join(lines), PIECE_CHARS)

    async def send(self, address: str, part: str) -> None:
        """Hand one piece to the gateway."""
        if not self._gateway.carry(address, part):
            raise Permanent("unknown_number")

    async def probe(self) -> None:
        """The gateway is always alive."""


class Sms(Channel):
    """Text messages: pushed, without a page, a file or a thread."""

    name = "sms"
    label: ClassVar = {"fr": "Texto", "en": "Text message"}
    pushes = True

    def __init__(self, desk: Desk, gateway: Gateway) -> None:
        """`gateway`: carries pieces."""
        super().__init__(desk)
        self._gateway = gateway

    @cached_property
    def sender(self) -> SmsSender:
        """Carries messages to numbers."""
        return SmsSender(self._gateway, self.desk.texts)

    def routes(self) -> list[Route]:
        """Where the gateway brings what citizens write."""
        return [Route("/webhooks/sms", self._receive, methods=["POST"])]

    async def _receive(self, request: Request) -> Response:
        said = await request.json()
        try:
            incoming = await run_in_threadpool(self._incoming, said["id"], said["from"], said["text"])
            await self.desk.pipeline.accept(incoming)
        except NotReceived:
            return Response(status_code=503)
        return Response(status_code=202)

    def _incoming(self, name: str, number: str, text: str) -> Incoming:
        """Words, or the number of a choice under the last message that offers any."""
        conversation = self.desk.conversations.find(self.name, number)
        if conversation and text.isdecimal():
            said = self.desk.conversations.transcript(conversation.id)
            offer = next((message for message in reversed(said) if message.buttons), None)
            if found := pressed_choice(self.desk.texts, offer, int(text) - 1, conversation.language):
                return Incoming(self.name, name, number, found[0], PRESS, None, found[1])
        return Incoming(self.name, name, number, text)

"""The entries of the web: the widget's chat, and chat by the Rasa REST convention."""

from __future__ import annotations

import time
from functools import cached_property
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.channel import Channel, Desk, Reach
from bot.channels.limits import Limit
from bot.channels.web import REST, WEB
from bot.channels.web.chat import Chat
from bot.channels.web.events import Events
from bot.channels.web.page import Page
from bot.channels.web.refusals import Gate
from bot.channels.web.rest import RestWebhook
from bot.messages.conversation import Conversation
from bot.messages.queue import GONE_AFTER

# A page says every three seconds at most that somebody types in it; a conversation may have a few pages.
_TYPING_BURST, _TYPING_PER_SECOND = 20, 2.0


class Web(Channel):
    """Chat in the widget, and the page that shows it. What is said waits for the page, or comes to it at once."""

    name = WEB
    label: ClassVar = {"fr": "Site Web", "en": "Website"}
    data_text = "data_file_web"

    def routes(self) -> list[Route]:
        """The page, the widget's files and what the widget speaks."""
        return [*self._page.routes(), *self._chat.routes()]

    def reach(self, conversation: Conversation) -> Reach:
        """The page, while it is open; after that the address, if one was given."""
        seen = self.desk.queue.attendance(conversation.id).citizen_seen_at
        if seen is not None and self.desk.now() - seen < GONE_AFTER:
            return Reach(True)
        return Reach(False, self.desk.tickets.store.address_of_conversation(conversation.id))

    @cached_property
    def _page(self) -> Page:
        desk = self.desk
        return Page(
            desk.texts,
            desk.organization,
            desk.settings.max_message_chars,
            desk.settings.transcript_days,
            desk.articles.get,
            desk.people.exist,
        )

    @cached_property
    def _chat(self) -> Chat:
        desk = self.desk
        return Chat(
            desk.pipeline,
            desk.conversations,
            desk.queue,
            desk.builtin_replies,
            desk.export,
            Events(desk.conversations, desk.queue, desk.notifier, desk.texts, desk.calendar, desk.now),
            desk.texts,
            desk.calendar.zone,
            desk.settings,
            desk.senders,
            Limit(_TYPING_BURST, _TYPING_PER_SECOND, time.monotonic),
            _gate(desk),
            desk.now,
            first_language=desk.organization.first_language,
        )


class Rest(Channel):
    """Chat of programs: the replies are the answer to the request; what is said meanwhile comes with the next."""

    name = REST
    label: ClassVar = {"fr": "Logiciel", "en": "Software"}
    takes_strangers = True
    data_text = "data_file_rest"

    def routes(self) -> list[Route]:
        """The one endpoint of the convention."""
        desk = self.desk
        webhook = RestWebhook(desk.pipeline, desk.conversations, desk.export, desk.senders, desk.settings)
        guarded = _gate(desk).guarded(webhook)

        async def converse(request: Request) -> Response:
            started = time.perf_counter()
            response = await guarded(request)
            desk.metrics.observe("chat", response.status_code, time.perf_counter() - started)
            return response

        return [Route("/webhooks/rest/webhook", converse, methods=["POST"])]


def _gate(desk: Desk) -> Gate:
    return Gate(desk.texts, desk.addresses, first_language=desk.organization.first_language)

"""The entry of Telegram."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from starlette.routing import Route

from bot.channels.channel import Channel, Duty
from bot.channels.telegram import CHANNEL

# Telegram's library is large: only a process that opens the channel loads it.
if TYPE_CHECKING:
    from telegram import Bot

    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.telegram.sending import TelegramSender


class Telegram(Channel):
    """Chat in Telegram, where a bot is set: updates by webhook or polling, messages out by the Bot API."""

    name = CHANNEL
    label: ClassVar = {"fr": "Telegram", "en": "Telegram"}
    pushes = True
    data_text = "data_file_telegram"
    needs = ("telegram_token",)

    @cached_property
    def sender(self) -> TelegramSender:
        """Carries messages to chats."""
        from bot.channels.telegram.sending import TelegramSender

        desk = self.desk
        return TelegramSender(self._bot, desk.texts, desk.calendar.zone, desk.export.of)

    def routes(self) -> list[Route]:
        """The webhook, unless the desk asks for updates itself."""
        from bot.channels.telegram.webhook import TelegramWebhook

        if not self._is_told:
            return []
        hook = TelegramWebhook(self._channel.receive, self.desk.settings.telegram_secret)
        return [Route("/webhooks/telegram", hook.__call__, methods=["POST"])]

    def duties(self) -> list[Duty]:
        """Introducing the bot, and asking for updates where no webhook brings them."""
        from bot.channels.telegram.poller import Poller

        asking = (
            [] if self._is_told else [Poller(self._bot, self._channel.receive, self.desk.lease("poll telegram")).run]
        )
        return [*asking, self._channel.introduce]

    async def close(self) -> None:
        """Close the connections to the Bot API."""
        await self._channel.close()

    @property
    def _is_told(self) -> bool:
        return self.desk.settings.telegram_mode == "webhook"

    @cached_property
    def _bot(self) -> Bot:
        from bot.channels.telegram.channel import make_bot

        return make_bot(self.desk.settings)

    @cached_property
    def _channel(self) -> TelegramChannel:
        from bot.channels.telegram.channel import TelegramChannel

        desk = self.desk
        return TelegramChannel(
            self._bot,
            desk.settings,
            desk.pipeline.accept,
            desk.conversations,
            desk.texts,
            first_language=desk.organization.first_language,
        )

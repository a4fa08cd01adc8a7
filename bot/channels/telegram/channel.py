"""The Telegram channel as a whole: it introduces the bot, takes updates in, and answers what is not kept."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from telegram import Bot, BotCommand, Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.assistant.pipeline import NotReceived
from bot.channels.limits import Limit
from bot.channels.telegram import CHANNEL
from bot.channels.telegram.sending import asked_to_wait
from bot.channels.telegram.updates import COMMANDS, Elsewhere, Me, Pressed, meaning
from bot.core.settings import Settings
from bot.core.texts import LANGUAGES, Texts
from bot.messages import payloads
from bot.messages.conversation import MEDIUM, PRESS, Accepted, Incoming
from bot.messages.store import ConversationStore
from bot.tickets.offers import pressed_choice

log = logging.getLogger(__name__)

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
DESCRIPTIONS = {
    payloads.HELP: "telegram_command_help",
    payloads.CHANGE_LANGUAGE: "telegram_command_language",
    payloads.TICKET_STATUS: "telegram_command_status",
    payloads.FORGET: "telegram_command_forget",
    payloads.MY_DATA: "telegram_command_data",
}
_GROUP_SECONDS = 3600.0  # a group is told once an hour that the bot answers in private
_GROUPS_REMEMBERED = 1000
_ALBUMS_REMEMBERED = 1000
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0


def make_bot(settings: Settings) -> Bot:
    """The bot of the settings. What it does goes out over connections that are kept."""
    seconds = settings.telegram_timeout

    def request(connections: int) -> HTTPXRequest:
        return HTTPXRequest(
            connection_pool_size=connections,
            read_timeout=seconds,
            write_timeout=seconds,
            connect_timeout=seconds,
            pool_timeout=seconds,
        )

    return Bot(
        settings.telegram_token,
        base_url=f"{settings.telegram_api_url.rstrip('/')}/bot",
        request=request(64),
        get_updates_request=request(2),
    )


class TelegramChannel:
    """Takes updates in."""

    def __init__(
        self,
        bot: Bot,
        settings: Settings,
        accept: Callable[[Incoming], Awaitable[Accepted]],
        store: ConversationStore,
        texts: Texts,
        *,
        first_language: str,
    ) -> None:
        """`accept`: keeps a message for good, or raises NotReceived."""
        self._bot = bot
        self._settings = settings
        self._accept = accept
        self._store = store
        self._texts = texts
        self._first_language = first_language
        self._me = Me(int(settings.telegram_token.partition(":")[0]))
        self._limit = Limit(settings.sender_burst, settings.sender_per_second, time.monotonic)
        self._hushed: set[str] = set()  # chats that write too fast, and have been told
        self._groups: OrderedDict[int, float] = OrderedDict()
        self._albums: OrderedDict[str, bool] = OrderedDict()  # whether they came too fast
        self._asides: set[asyncio.Task[None]] = set()

    async def receive(self, data: Any) -> None:
        """Take one update in: when this returns, it is kept, or it is nothing to the desk.

        Raises:
            NotReceived: it is not kept, and must come again.
        """
        try:
            update = Update.de_json(data, None)
            found = meaning(update, self._me, self._settings.max_message_chars)
        except Exception as error:  # noqa: BLE001 - one that breaks us must not come again for ever, before all others
            # Without its words: they are a citizen's.
            log.warning("an update was not understood (%s) and is left alone", type(error).__name__)
            return
        if isinstance(found, Incoming):
            await self._accept(self._limited(found))
        elif isinstance(found, Pressed):
            await self._press(found)
        elif isinstance(found, Elsewhere):
            self._tell_group(found.chat_id)

    def _limited(self, incoming: Incoming) -> Incoming:
        """What comes too fast is kept, for staff to see, but goes to nobody; the citizen hears so once."""
        address = incoming.address
        if incoming.piece:  # an album is one message
            fast = self._albums.pop(incoming.external_id, None)
            fast = bool(self._limit.wait(address)) if fast is None else fast
            self._albums[incoming.external_id] = fast
            while len(self._albums) > _ALBUMS_REMEMBERED:
                self._albums.popitem(last=False)
        else:
            fast = bool(self._limit.wait(address))
        if not fast:
            self._hushed.discard(address)
            return incoming
        detail = {"medium": "too_many", "told": address in self._hushed}
        self._hushed.add(address)
        return replace(incoming, kind=MEDIUM, detail=detail)

    async def introduce(self) -> None:
        """Tell Telegram the commands, and how updates are to come; again and again until it hears."""
        wait = _FIRST_WAIT
        while True:
            try:
                await self._introduce()
                return
            except TelegramError as error:
                log.warning("Telegram did not hear of the bot (%s); trying again", type(error).__name__)
                patience = asked_to_wait(error)
            await asyncio.sleep(max(wait, patience))
            wait = min(2 * wait, _LONGEST_WAIT)

    async def close(self) -> None:
        """Close the connections."""
        for task in self._asides:
            task.cancel()
        await self._bot.shutdown()

    async def _introduce(self) -> None:
        await self._bot.initialize()
        self._me = Me(self._me.id, self._bot.username)
        await self._bot.set_my_commands(self._commands(LANGUAGES, self._first_language))
        for lang in LANGUAGES:
            await self._bot.set_my_commands(self._commands((lang,), lang), language_code=lang)
        if self._settings.telegram_mode == "webhook":
            url = f"{self._settings.telegram_webhook_url.rstrip('/')}/webhooks/telegram"
            await self._bot.set_webhook(url, secret_token=self._settings.telegram_secret, allowed_updates=UPDATES)
        else:
            await self._bot.delete_webhook(drop_pending_updates=False)
        log.info("Telegram knows the bot; updates come by %s", self._settings.telegram_mode)

    def _commands(self, names_in: tuple[str, ...], described_in: str) -> list[BotCommand]:
        return [
            BotCommand(name, self._texts.get(DESCRIPTIONS[payload], described_in))
            for name, (payload, language) in COMMANDS.items()
            if language in names_in
        ]

    async def _press(self, press: Pressed) -> None:
        try:
            found = await run_in_threadpool(self._pressed, press)
        except SQLAlchemyError as error:
            raise NotReceived from error
        if found is None:
            text = self._texts.get("telegram_button_expired", press.language or self._first_language)
            self._aside(self._bot.answer_callback_query(press.callback_id, text, show_alert=True))
            return
        payload, detail = found
        incoming = Incoming(CHANNEL, press.external_id, press.address, payload, PRESS, None, detail)
        await self._accept(self._limited(incoming))
        self._aside(self._bot.answer_callback_query(press.callback_id))
        self._aside(self._bot.edit_message_reply_markup(int(press.address), press.shown_in))

    def _pressed(self, press: Pressed) -> tuple[str, dict[str, str]] | None:
        """The payload of a button and what goes with it, from the message as it is kept: also after a restart."""
        conversation = self._store.find(CHANNEL, press.address)
        if conversation is None or press.message_id is None:
            return None
        message = self._store.at(conversation.id, message_id=press.message_id)
        return pressed_choice(self._texts, message, press.choice, conversation.language)

    def _tell_group(self, chat_id: int) -> None:
        now = time.monotonic()
        if now - self._groups.get(chat_id, -_GROUP_SECONDS) < _GROUP_SECONDS:
            return
        both = "\n\n".join(self._texts.get("telegram_private_only", lang) for lang in LANGUAGES)
        if self._me.username:
            both += f"\n\nhttps://t.me/{self._me.username}"
        self._aside(self._bot.send_message(chat_id, both))
        self._groups[chat_id] = now
        self._groups.move_to_end(chat_id)
        while len(self._groups) > _GROUPS_REMEMBERED:
            self._groups.popitem(last=False)

    def _aside(self, call: Awaitable[Any]) -> None:
        """Do something that is pleasant and not needed: nobody waits for it, and it may fail."""

        async def do() -> None:
            try:
                await call
            except TelegramError as error:
                log.info("Telegram did not take an aside (%s)", type(error).__name__)

        task = asyncio.create_task(do())
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

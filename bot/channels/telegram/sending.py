"""Messages out to Telegram: their form, and what each failure means."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from starlette.concurrency import run_in_threadpool
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.channels.telegram import CHANNEL
from bot.channels.telegram.splitting import split
from bot.channels.telegram.updates import button_data
from bot.core.texts import Texts, say_date
from bot.messages.contract import SourceFacts
from bot.messages.conversation import OFFICER, Message
from bot.messages.delivery import DeliveryError, Permanent, Throttled, Transient, Uncertain
from bot.tickets.offers import choices

# Nothing was sent: no connection was made (a proxy did not make one), or none was free.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Part:
    """One message of Telegram's: plain text, and the buttons under it (title, data), one a row.

    `data_of`: it is a file instead, of what is kept of this conversation; `text` is the file's name.
    """

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    data_of: str | None = None


class TelegramSender:
    """Delivers messages (a `PushChannel`). Text is text: no markup is asked for, so none is understood."""

    name = CHANNEL
    # https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    per_second = 30.0
    address_per_second = 1.0

    def __init__(self, bot: Bot, texts: Texts, zone: ZoneInfo, export: Callable[[str], dict[str, Any]]) -> None:
        """`export`: what is kept of a conversation."""
        self._export = export
        self._bot = bot
        self._texts = texts
        self._zone = zone

    def parts(self, message: Message, language: str) -> list[Part]:
        """The message in pieces that Telegram takes, the buttons under the last."""
        facts, lang = message.facts, message.facts.language or language
        text = message.text
        if message.author == OFFICER:
            text = self._texts.get("telegram_officer", lang, name=message.beside.name or "") + "\n\n" + text
        sources = [self._source(source, lang) for source in facts.sources or ()]
        if sources:
            text += "\n\n" + "\n".join(sources)
        offered = choices(self._texts, message, lang)
        buttons = tuple((choice["title"], button_data(message.id, place)) for place, choice in enumerate(offered))
        *others, last = split(text) or [""]
        parts = [*map(Part, others), Part(last, buttons)]
        if facts.export:
            name = self._texts.get("widget_my_data_file", lang)
            parts.append(Part(f"{name}.json", data_of=message.conversation_id))
        return parts

    async def send(self, address: str, part: Part) -> None:
        """Deliver one piece.

        Raises:
            DeliveryError: one of its kinds.
        """
        if part.data_of:
            # Read now: it is as of the moment at which it goes out, and is kept nowhere else.
            kept = await run_in_threadpool(self._export, part.data_of)
            content = json.dumps(kept, ensure_ascii=False, indent=1).encode()
            await _delivered(self._bot.send_document(int(address), InputFile(content, filename=part.text)))
            return
        rows = [[InlineKeyboardButton(title, callback_data=data)] for title, data in part.buttons]
        await _delivered(
            self._bot.send_message(
                int(address),
                part.text,
                reply_markup=InlineKeyboardMarkup(rows) if rows else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )

    async def probe(self) -> None:
        """Ask who we are.

        Raises:
            DeliveryError: one of its kinds.
        """
        await _delivered(self._bot.get_me())

    def _source(self, source: SourceFacts, lang: str) -> str:
        noon = datetime.combine(date.fromisoformat(source.updated), time(12), self._zone)
        updated = say_date(noon, lang, self._zone)
        return self._texts.get("telegram_source", lang, title=source.title, section=source.section, date=updated)


async def _delivered(call: Awaitable[Any]) -> None:
    try:
        await call
    except TelegramError as error:
        raise failure(error) from error


def failure(error: TelegramError) -> DeliveryError:
    """What a failure of the Bot API's means: whether the message arrived, and whether to try again."""
    if isinstance(error, RetryAfter):
        return Throttled("too_many_requests", asked_to_wait(error))
    if isinstance(error, Forbidden):
        return Permanent("blocked")
    if isinstance(error, ChatMigrated):
        return Permanent("chat_migrated")
    if isinstance(error, BadRequest):
        return Permanent("chat_not_found" if "chat not found" in str(error).lower() else "bad_request")
    if isinstance(error, NetworkError):
        cause = error.__cause__
        if isinstance(cause, httpx.HTTPError) and not isinstance(cause, _NOT_SENT):
            return Uncertain(type(cause).__name__)
        return Transient(type(cause).__name__ if cause else "server_error")
    if isinstance(error.__cause__, ValueError):
        return Uncertain("unreadable_answer")  # it says that it took the message, and then something else than JSON
    # A wrong token, or two bots with one: staff can mend it, and then it goes out.
    return Transient(type(error).__name__)


def asked_to_wait(error: Exception) -> float:
    """The seconds for which Telegram asks for patience; 0.0 if it does not."""
    if not isinstance(error, RetryAfter):
        return 0.0
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)

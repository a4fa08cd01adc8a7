"""The offer of a ticket, the same words and buttons whoever makes it: an action or the desk."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.conversations import payloads
from bot.conversations.conversation import Message
from bot.texts import Texts, say_date, say_time


def ticket_buttons(texts: Texts, lang: str) -> tuple[dict[str, str], ...]:
    """Accept or decline."""
    return (
        {"title": texts.get("button_open_ticket", lang), "payload": payloads.OPEN_TICKET},
        {"title": texts.get("button_decline", lang), "payload": payloads.DENY},
    )


def due_values(due_at: datetime, lang: str, zone: ZoneInfo) -> dict[str, str]:
    """A due moment as the texts take it: `due_date` and `due_time` in words."""
    return {"due_date": say_date(due_at, lang, zone), "due_time": say_time(due_at, lang, zone)}


def choices(texts: Texts, message: Message, lang: str) -> tuple[dict[str, str], ...]:
    """What a citizen may press under a reply: its buttons, and under a question back also "none of these"."""
    if message.custom.get("outcome") != "clarify" or not message.buttons:
        return message.buttons
    none = {"title": texts.get("button_none", lang), "payload": payloads.NONE_OF_THESE}
    return (*message.buttons, none)

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


def opening_values(opens_at: datetime, lang: str, zone: ZoneInfo) -> dict[str, str]:
    """The next opening of the service as the texts take it: `opens_date` and `opens_time` in words."""
    return {"opens_date": say_date(opens_at, lang, zone), "opens_time": say_time(opens_at, lang, zone)}


def choices(texts: Texts, message: Message, lang: str) -> tuple[dict[str, str], ...]:
    """What a citizen may press under a reply: its buttons, and under a question back also "none of these".

    `lang`: the conversation's language, for a reply that does not say its own.
    """
    if message.custom.get("outcome") != "clarify" or not message.buttons:
        return message.buttons
    title = texts.get("button_none", message.custom.get("language") or lang)
    return (*message.buttons, {"title": title, "payload": payloads.NONE_OF_THESE})


def pressed(texts: Texts, message: Message | None, choice: int, lang: str) -> tuple[str, str] | None:
    """The payload and the title of the choice at this place (from 0) under a message; None if there is none."""
    offered = choices(texts, message, lang) if message else ()
    return (offered[choice]["payload"], offered[choice]["title"]) if choice < len(offered) else None

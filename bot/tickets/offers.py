"""The offer of a ticket: actions and the web app offer it with the same words and buttons."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.texts import Texts, say_date, say_time
from bot.messages import payloads
from bot.messages.conversation import Message


def ticket_buttons(texts: Texts, lang: str) -> tuple[dict[str, str], ...]:
    """The buttons that accept or decline the offer."""
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
    if message.facts.outcome != "clarify" or not message.buttons:
        return message.buttons
    title = texts.get("button_none", message.facts.language or lang)
    return (*message.buttons, {"title": title, "payload": payloads.NONE_OF_THESE})


def pressed_choice(texts: Texts, message: Message | None, choice: int, lang: str) -> tuple[str, dict[str, str]] | None:
    """The payload of the choice at this place (from 0) under a message, and what goes with its press.

    None if there is none. With it go the choice's `title`, and as `of` the key of the message under which it stood.
    """
    offered = choices(texts, message, lang) if message else ()
    if message is None or choice >= len(offered):
        return None
    payload, title = offered[choice]["payload"], offered[choice]["title"]
    found = payloads.read(payload)
    return found.text if found else payload, {
        "title": title,
        "of": payloads.key_of(message.conversation_id, message.seq),
    }

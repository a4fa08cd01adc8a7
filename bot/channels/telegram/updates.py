"""What an update of Telegram's means to the desk. Plain functions: an update in, what it is out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from telegram import Chat, Message, Update

from bot.channels.telegram import CHANNEL
from bot.core.written import as_written, says_nothing
from bot.messages import payloads
from bot.messages.conversation import MEDIUM, PRESS, WORDS, Incoming, Piece

# Commands and what they press; the name tells the language, but for the one that every bot has.
COMMANDS = {
    "start": (payloads.GREET, None),
    "aide": (payloads.HELP, "fr"),
    "help": (payloads.HELP, "en"),
    "langue": (payloads.CHANGE_LANGUAGE, "fr"),
    "language": (payloads.CHANGE_LANGUAGE, "en"),
    "statut": (payloads.TICKET_STATUS, "fr"),
    "status": (payloads.TICKET_STATUS, "en"),
    "effacer": (payloads.FORGET, "fr"),
    "forget": (payloads.FORGET, "en"),
    "donnees": (payloads.MY_DATA, "fr"),
    "data": (payloads.MY_DATA, "en"),
}
_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
_BUTTON = re.compile(r"(\d{1,18}):(\d{1,3})")
# In the order in which a message is looked at: an animation is a document too.
_MEDIA = (
    "animation",
    "audio",
    "checklist",
    "contact",
    "dice",
    "game",
    "paid_media",
    "photo",
    "poll",
    "sticker",
    "story",
    "venue",
    "video",
    "video_note",
    "voice",
    "document",
    "location",
)


@dataclass(frozen=True)
class Me:
    """The bot itself: its number, and its name without the @ (empty until Telegram has told it)."""

    id: int
    username: str = ""


@dataclass(frozen=True)
class Pressed:
    """A button under a message was pressed: `message_id` is the desk's number of the message, None if unreadable."""

    external_id: str
    address: str
    callback_id: str
    message_id: int | None
    choice: int
    shown_in: int | None  # Telegram's number of the message that holds the buttons
    language: str | None


@dataclass(frozen=True)
class Elsewhere:
    """Somebody spoke to the bot where others read along (a group, a channel)."""

    chat_id: int


def meaning(update: Update, me: Me, max_chars: int) -> Incoming | Pressed | Elsewhere | None:
    """What an update is: a message to keep, a press, a word from a group, or nothing to the desk.

    An edited message is a message: the citizen has put the question right. `max_chars`: the longest
    message that is kept; a longer one is kept as one that cannot be read.
    """
    external_id = f"{me.id}:{update.update_id}"
    if update.callback_query:
        return _press(update, external_id)
    if update.my_chat_member:
        joined = update.my_chat_member.new_chat_member.status in ("member", "administrator")
        private = update.my_chat_member.chat.type == Chat.PRIVATE
        return Elsewhere(update.my_chat_member.chat.id) if joined and not private else None
    message = update.message or update.edited_message
    if message is None or (message.from_user and message.from_user.is_bot):
        return None
    if message.chat.type != Chat.PRIVATE:
        return Elsewhere(message.chat.id) if _speaks_to(message, me) else None
    if update.edited_message and not (message.text or message.caption):
        return None  # a position that is shared while somebody moves is edited every few seconds
    return _message(message, external_id, me, max_chars)


def _message(message: Message, external_id: str, me: Me, max_chars: int) -> Incoming | None:
    hint = language_hint(message.from_user.language_code if message.from_user else None)
    address = str(message.chat.id)
    piece = None
    if message.media_group_id and message.edit_date is None:
        # An album comes as a message for each of its photos, most of them without words.
        piece = Piece(external_id, message.message_id, max_chars)
        external_id = f"{me.id}:{address}:album:{message.media_group_id}"
    medium = next((name for name in _MEDIA if getattr(message, name, None)), None)
    text = message.text or message.caption
    if text is None:
        # Without a medium it is news of the chat itself (a pinned message, a new title).
        return Incoming(CHANNEL, external_id, address, "", MEDIUM, hint, {"medium": medium}, piece) if medium else None
    named: dict[str, Any] = {}
    command = _command(text, me) if message.text else None
    if command:
        payload, language, words = command
        named = {"answer_in": language} if language else {}
        if not words:
            detail = {"title": text.split()[0], **named}
            return Incoming(CHANNEL, external_id, address, payload, PRESS, language or hint, detail)
        text = words  # "/statut RI-7K3P-92QX": what follows says it all
    if says_nothing(text):
        return Incoming(CHANNEL, external_id, address, "", MEDIUM, hint, {"medium": "empty"}, piece)
    if len(text) > max_chars:
        return Incoming(CHANNEL, external_id, address, "", MEDIUM, hint, {"medium": "too_long"}, piece)
    detail = {"medium": medium} if medium else named
    return Incoming(CHANNEL, external_id, address, as_written(text), WORDS, None, detail, piece)


def _command(text: str, me: Me) -> tuple[str, str | None, str] | None:
    """The payload, the language and the words after a command of ours."""
    match = _COMMAND.fullmatch(text.strip())
    if not match or match[1].lower() not in COMMANDS:
        return None
    if match[2] and me.username and match[2].lower() != me.username.lower():
        return None
    payload, language = COMMANDS[match[1].lower()]
    return payload, language, (match[3] or "").strip() if payload == payloads.TICKET_STATUS else ""


def _press(update: Update, external_id: str) -> Pressed | None:
    query = update.callback_query
    if query is None or query.message is None or query.message.chat.type != Chat.PRIVATE:
        return None
    match = _BUTTON.fullmatch(query.data or "")
    return Pressed(
        external_id=external_id,
        address=str(query.message.chat.id),
        callback_id=query.id,
        message_id=int(match[1]) if match else None,
        choice=int(match[2]) if match else 0,
        shown_in=query.message.message_id,
        language=language_hint(query.from_user.language_code),
    )


def button_data(message_id: int, choice: int) -> str:
    """What a button says when it is pressed: the desk's number of its message and its place. Never too long."""
    return f"{message_id}:{choice}"


def language_hint(code: str | None) -> str | None:
    """The language of a citizen's Telegram, if the desk speaks it."""
    start = (code or "").lower()[:2]
    return start if start in ("fr", "en") else None


def _speaks_to(message: Message, me: Me) -> bool:
    text = message.text or message.caption or ""
    # In a group with topics every message is a reply, to the topic's first: one to others says nothing yet.
    replied_to = message.reply_to_message.from_user if message.reply_to_message else None
    if replied_to and replied_to.id == me.id:
        return True
    if me.username and f"@{me.username}".lower() in text.lower():
        return True
    match = _COMMAND.fullmatch(text.strip())
    return bool(match and match[1].lower() in COMMANDS and not match[2])

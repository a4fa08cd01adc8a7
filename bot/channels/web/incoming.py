"""What may come in over HTTP. Plain functions: a body in, a message or a refusal out."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from bot.knowledge.text import clean
from bot.texts import LANGUAGES

MAX_SENDER_CHARS = 200


@dataclass(frozen=True)
class Incoming:
    """A message as a citizen sent it, cleaned of invisible characters."""

    sender: str
    text: str
    language: str | None


class Refused(Exception):
    """The message is refused; `code` names the text that says why, `status` is the HTTP status."""

    def __init__(self, status: int, code: str, language: str | None = None, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.language = language
        self.values = values


def parse_incoming(body: bytes, max_chars: int) -> Incoming:
    """Read the body of a chat request.

    Raises:
        Refused: with a 4xx status, naming what is wrong.
    """
    try:
        data: Any = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused(400, "invalid_json") from None
    if not isinstance(data, dict):
        raise Refused(400, "invalid_json")
    metadata = data.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise Refused(422, "metadata_invalid")
    language = (metadata or {}).get("language")
    language = language if language in LANGUAGES else None
    sender, message = data.get("sender"), data.get("message")
    if not isinstance(sender, str):
        raise Refused(422, "sender_missing", language)
    if not 1 <= len(sender) <= MAX_SENDER_CHARS or not sender.strip() or not _visible(sender):
        raise Refused(422, "sender_invalid", language, limit=MAX_SENDER_CHARS)
    if not isinstance(message, str):
        raise Refused(422, "message_missing", language)
    text = clean(message)
    if not text:
        raise Refused(422, "message_empty", language)
    # What was typed is measured, and what normalisation makes of it (it can grow).
    if len(message) > max_chars or len(text) > max_chars:
        raise Refused(422, "message_long", language, limit=max_chars)
    return Incoming(sender, text, language)


def _visible(text: str) -> bool:
    return not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs") for ch in text)

"""What may come in over HTTP. Plain functions: a body in, a message or a refusal out."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from bot.core.texts import LANGUAGES
from bot.core.written import as_written, says_nothing

MAX_SENDER_CHARS = 200
MAX_COMMENT_CHARS = 500
# Why a reply did not help.
REASONS = ("incomplete", "unclear", "off_topic", "other")
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True)
class RestMessage:
    """A message of a program, by the REST convention."""

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


@dataclass(frozen=True)
class Press:
    """A choice under a message: the place of both, the message's from 1, the choice's from 0."""

    seq: int
    choice: int


@dataclass(frozen=True)
class PageMessage:
    """A message from a page: words, a press, or (`verb`) the wish to talk to a person."""

    id: str
    language: str | None
    said: str | Press
    wants_person: bool = False


@dataclass(frozen=True)
class Judgement:
    """What a citizen says of the reply at the place `seq`."""

    seq: int
    helpful: bool
    reason: str | None
    comment: str | None


def parse_incoming(body: bytes, max_chars: int) -> RestMessage:
    """Read the body of a request by the REST convention.

    Raises:
        Refused: with a 4xx status, naming what is wrong.
    """
    data = parse_object(body)
    metadata = data.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise Refused(422, "metadata_invalid")
    language = known_language((metadata or {}).get("language"))
    sender, message = data.get("sender"), data.get("message")
    if not isinstance(sender, str):
        raise Refused(422, "sender_missing", language)
    if not 1 <= len(sender) <= MAX_SENDER_CHARS or not sender.strip() or not _visible(sender):
        raise Refused(422, "sender_invalid", language, limit=MAX_SENDER_CHARS)
    return RestMessage(sender, parse_words(message, max_chars, language), language)


def parse_page_message(body: bytes, max_chars: int) -> PageMessage:
    """Read the body of a page's message (docs/chat-api.md).

    Raises:
        Refused: with a 4xx status, naming what is wrong.
    """
    data = parse_object(body)
    language = known_language(data.get("language"))
    name, press = data.get("id"), data.get("press")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise Refused(422, "id_invalid", language)
    if press is not None:
        if not isinstance(press, dict) or not _counts(press.get("seq")) or not _counts(press.get("choice")):
            raise Refused(422, "choice_unknown", language)
        return PageMessage(name, language, Press(press["seq"], press["choice"]))
    if data.get("verb") == "person":
        return PageMessage(name, language, "", wants_person=True)
    return PageMessage(name, language, parse_words(data.get("text"), max_chars, language))


def parse_judgement(body: bytes) -> Judgement:
    """Read what a citizen says of a reply.

    Raises:
        Refused: with a 4xx status, naming what is wrong.
    """
    data = parse_object(body)
    language = known_language(data.get("language"))
    seq: Any = data.get("seq")
    helpful: Any = data.get("helpful")
    reason, comment = data.get("reason"), data.get("comment")
    valid = (
        _counts(seq)
        and isinstance(helpful, bool)
        and (reason is None or reason in REASONS)
        and (comment is None or (isinstance(comment, str) and len(comment) <= MAX_COMMENT_CHARS))
    )
    if not valid:
        raise Refused(422, "feedback_invalid", language, limit=MAX_COMMENT_CHARS)
    kept = as_written(comment) if isinstance(comment, str) and not says_nothing(comment) else None
    return Judgement(seq, helpful, None if helpful else reason, kept)


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    Raises:
        Refused: it is none.
    """
    try:
        data: Any = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused(400, "invalid_json") from None
    if not isinstance(data, dict):
        raise Refused(400, "invalid_json")
    return data


def parse_words(message: Any, max_chars: int, language: str | None) -> str:
    """A citizen's words, as they were written.

    Raises:
        Refused: they are none, or too many.
    """
    if not isinstance(message, str):
        raise Refused(422, "message_missing", language)
    if says_nothing(message):
        raise Refused(422, "message_empty", language)
    if len(message) > max_chars:
        raise Refused(422, "message_long", language, limit=max_chars)
    return as_written(message)


def known_language(named: Any) -> str | None:
    """The language that a page or a program names, if the desk speaks it."""
    return named if named in LANGUAGES else None


def _counts(value: Any) -> bool:
    # A place that no database could hold is no place; True is no number here.
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _visible(text: str) -> bool:
    return not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs") for ch in text)

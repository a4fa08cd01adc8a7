"""The words of the room: a conversation, its messages, and what comes in. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.messages.contract import MessageDetail, ReplyFacts

# Who holds a conversation.
BOT, QUEUE, OFFICER, CLOSED = "bot", "queue", "officer", "closed"
# Who wrote a message; an officer's is OFFICER.
CITIZEN, ASSISTANT, SYSTEM = "citizen", "bot", "system"
# What a citizen's message is: words, the press of a button, or something that the desk cannot read.
WORDS, PRESS, MEDIUM = "words", "press", "medium"


@dataclass(frozen=True)
class Conversation:
    """The one thread with a citizen. `address` is what the channel calls the citizen: where replies go.

    `officer` is the first name of who holds it, None unless `held_by` is OFFICER.
    """

    id: str
    channel: str
    address: str
    language: str
    held_by: str
    officer: str | None = None


@dataclass(frozen=True)
class Piece:
    """Of a message that its channel brings in pieces (an album): the channel's own name of one, and its place.

    `most`: the characters that all of them may have together.
    """

    id: str
    place: int
    most: int


@dataclass(frozen=True)
class Incoming:
    """What a channel hands in.

    `external_id` is the channel's own name of this message: the same one twice is one message.
    `text` holds the words, or the payload of a button, or nothing if `kind` is MEDIUM. `language`
    is what the channel knows of it ("fr", "en" or None). `detail` goes with the message: the
    `title` of the button pressed, the `medium` that cannot be read, the `client_id` of a page, the
    language to `answer_in` whatever the conversation's is. `piece`: what this is of the message named
    `external_id`, if it comes in pieces.
    """

    channel: str
    external_id: str
    address: str
    text: str
    kind: str = WORDS
    language: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    piece: Piece | None = None


@dataclass(frozen=True)
class Accepted:
    """A message that is kept. `seq` is its place in the conversation; `claim` is set if its turn is ours to take."""

    inbox_id: int
    conversation: Conversation
    message_id: int
    seq: int
    duplicate: bool = False
    claim: str | None = None


@dataclass(frozen=True)
class Reply:
    """One message of the assistant: text, buttons ({"title", "payload"}) and what programs read of it.

    `email`: of one that is carried by e-mail, where it goes and stands in its thread (`threads.place_below`).
    """

    text: str
    buttons: tuple[dict[str, str], ...]
    custom: dict[str, Any]
    email: dict[str, Any] | None = None

    @property
    def facts(self) -> ReplyFacts:
        """`custom` as it is declared."""
        return ReplyFacts.from_stored(self.custom)

    @property
    def detail(self) -> dict[str, Any]:
        """What is kept with it as a message."""
        kept = {"buttons": list(self.buttons), "custom": self.custom}
        return {**kept, "email": self.email} if self.email else kept


@dataclass(frozen=True)
class Message:
    """One utterance in a conversation, as kept. `seq` counts from 1 in each conversation, without gaps."""

    id: int
    conversation_id: str
    seq: int
    author: str
    text: str
    kind: str
    detail: dict[str, Any]
    at: datetime

    @property
    def shown(self) -> str:
        """What people read of it: the words, or the title of the button that was pressed."""
        return (self.beside.title or self.text) if self.kind == PRESS else self.text

    @property
    def beside(self) -> MessageDetail:
        """`detail` as it is declared."""
        return MessageDetail.from_stored(self.detail)

    @property
    def custom(self) -> dict[str, Any]:
        """What programs read of a reply; empty for other messages."""
        return dict(self.detail.get("custom") or {})

    @property
    def facts(self) -> ReplyFacts:
        """`custom` as it is declared."""
        return ReplyFacts.from_stored(self.custom)

    @property
    def buttons(self) -> tuple[dict[str, str], ...]:
        """The buttons of a reply ({"title", "payload"})."""
        return tuple(self.detail.get("buttons") or ())

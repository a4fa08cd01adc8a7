"""What the page of one conversation shows: what was said and noted, its requests, its files, who is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads
from bot.console.drafting import MAX_REPLY
from bot.handover.officer_actions import OfficerActions
from bot.messages.conversation import SYSTEM, Conversation, Message
from bot.messages.outbox import Outbox
from bot.messages.queue import GONE_AFTER, Note, Queue, question_of, topic_of
from bot.messages.store import ConversationStore
from bot.tickets.store import TicketStore

_TYPING = timedelta(seconds=6)


@dataclass(frozen=True)
class Item:
    """A line of what was said, or of what officers noted: `kind` is "message" or "note"."""

    kind: str
    at: datetime
    message: Message | None = None
    note: Note | None = None

    @property
    def key(self) -> str:
        """The item's name in the page."""
        return f"m{self.message.seq}" if self.message else f"n{self.at.timestamp()}"


class ConversationView:
    """Reads what is shown."""

    def __init__(
        self,
        store: ConversationStore,
        queue: Queue,
        officers: OfficerActions,
        outbox: Outbox,
        tickets: TicketStore,
        email_threads: EmailThreads,
        files: Files,
    ) -> None:
        self._store = store
        self._queue = queue
        self._officers = officers
        self._outbox = outbox
        self._tickets = tickets
        self._email_threads = email_threads
        self._files = files

    def find(self, this: str) -> Conversation:
        """The conversation.

        Raises:
            LookupError: there is none.
        """
        found = self._store.get(this)
        if found is None:
            raise LookupError("no such conversation")
        return found

    def of(self, this: str, officer: str, now: datetime) -> dict[str, Any]:
        """What `officer` sees of it at `now`, by the names that the template knows.

        Raises:
            LookupError: there is no such conversation.
        """
        conversation = self.find(this)
        said = self._store.transcript(conversation.id)
        attendance = self._queue.attendance(conversation.id)
        own = self._tickets.of_conversation(conversation.id, 20)
        elsewhere = map(self._tickets.find, self._email_threads.requests_of(conversation.id))
        return {
            "conversation": conversation,
            "mine": conversation.officer == officer,
            "items": items_of(said, self._queue.notes(conversation.id)),
            "undelivered": self._outbox.undelivered(conversation.id),
            "files": self._files.of_conversation(conversation.id),
            "question": question_of(said),
            "topic": topic_of(said),
            "reach": self._officers.reach(conversation),
            "typing": _within(_TYPING, attendance.citizen_typing_at, now),
            "tickets": [*own, *filter(None, elsewhere)],
            "max_reply": MAX_REPLY,
            "system": SYSTEM,
        }

    def version(self, this: str, now: datetime) -> tuple[object, ...]:
        """Changes with everything that `of` shows."""
        attendance = self._queue.attendance(this)
        return (
            self._store.presences([this]).get(this),
            _within(_TYPING, attendance.citizen_typing_at, now),
            _within(GONE_AFTER, attendance.citizen_seen_at, now),
            len(self._queue.notes(this)),
            self._outbox.undelivered(this),
            self._store.is_answering(this),  # a message may grow until then (an album)
        )


def items_of(said: Sequence[Message], notes: Sequence[Note]) -> list[Item]:
    """What was said and noted, in the order of time."""
    found = [Item("message", message.at, message=message) for message in said]
    found += [Item("note", note.at, note=note) for note in notes]
    return sorted(found, key=lambda item: item.at)


def _within(span: timedelta, at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < span

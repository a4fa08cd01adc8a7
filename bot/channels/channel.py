"""What a channel is to the rest of the desk: an entry of the registry, with what it brings along.

A channel is a folder with a class of this kind. Its class attributes say what the channel is like; its methods bring
what it needs of a process: routes, duties, a sender. Rooms below the channels never know a channel by its name: what
they need of it they are handed by `bot.bootstrap`, out of these attributes and methods.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa
from starlette.routing import Route

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.pipeline import Pipeline
from bot.assistant.rasa_client import RasaClient
from bot.assistant.turns import ChannelTurns
from bot.channels.limits import Limit
from bot.core.db import Database
from bot.core.leases import Lease
from bot.core.metrics import Metrics
from bot.core.organization import Organization
from bot.core.settings import Settings
from bot.core.texts import Texts
from bot.knowledge.store import ArticleStore
from bot.messages.conversation import Conversation
from bot.messages.delivery import PushChannel
from bot.messages.notifier import Notifier
from bot.messages.outbox import needed_by_nobody
from bot.messages.queue import Queue
from bot.messages.store import ConversationStore
from bot.privacy.export import Export
from bot.privacy.forgetting import Forgetting, MessageFiles
from bot.privacy.retention import Eraser
from bot.promises.calendar import Calendar
from bot.staff.people import People
from bot.tickets.answers import Answers
from bot.tickets.notices import NoticeStore
from bot.tickets.service import TicketService
from bot.tickets.ticket import Ticket

Duty = Callable[[], Coroutine[Any, Any, None]]


class Desk(Protocol):
    """The parts of a process that channels may use (`bot.bootstrap.Rooms`)."""

    settings: Settings
    now: Callable[[], datetime]

    @property
    def organization(self) -> Organization: ...
    @property
    def texts(self) -> Texts: ...
    @property
    def calendar(self) -> Calendar: ...
    @property
    def database(self) -> Database: ...
    @property
    def conversations(self) -> ConversationStore: ...
    @property
    def queue(self) -> Queue: ...
    @property
    def notifier(self) -> Notifier: ...
    @property
    def tickets(self) -> TicketService: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def notices(self) -> NoticeStore: ...
    @property
    def articles(self) -> ArticleStore: ...
    @property
    def export(self) -> Export: ...
    @property
    def forgetting(self) -> Forgetting: ...
    @property
    def people(self) -> People: ...
    @property
    def assistant(self) -> RasaClient: ...
    @property
    def builtin_replies(self) -> BuiltinReplies: ...
    @property
    def pipeline(self) -> Pipeline: ...
    @property
    def senders(self) -> Limit: ...
    @property
    def addresses(self) -> Limit: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def language_of(self) -> Callable[[str], str | None]: ...
    def lease(self, name: str) -> Lease: ...


@dataclass(frozen=True)
class Reach:
    """How a reply gets to a citizen: `here` if they are there or their channel carries it, `email` where a copy goes.

    Neither: the reply waits in the conversation until they come back.
    """

    here: bool
    email: str | None = None


class Channel:
    """One way by which citizens and the desk talk; what a channel does not say of itself holds as it stands here."""

    name: ClassVar[str]  # as conversations keep it; at most 16 characters
    label: ClassVar[Mapping[str, str]]  # language → how staff read it
    # Whether its sender carries all that is said in its conversations; otherwise citizens come for it.
    pushes: ClassVar[bool] = False
    # Whether its sender carries to e-mail addresses, for the other channels too: one channel's duty.
    carries_to_addresses: ClassVar[bool] = False
    # Whether a message may wait long for its turn: it counts as tried once its turn begins.
    patient: ClassVar[bool] = False
    # Whether conversations that only the assistant keeps are taken for its own: one channel's.
    takes_strangers: ClassVar[bool] = False
    # The text that tells a citizen how the file of their data comes; None: it does not come by this channel.
    data_text: ClassVar[str | None] = None
    # The settings without which it is closed: it brings neither routes nor duties.
    needs: ClassVar[Sequence[str]] = ()

    def __init__(self, desk: Desk) -> None:
        """Nothing is read or opened before it is asked for: every process has every channel."""
        self.desk = desk

    @property
    def is_open(self) -> bool:
        """Whether the settings that it needs are there."""
        return all(getattr(self.desk.settings, name) for name in self.needs)

    @property
    def sender(self) -> PushChannel | None:
        """Carries its messages out; None where citizens come for them."""
        return None

    @property
    def turns(self) -> ChannelTurns | None:
        """Takes the turns of its messages; None: they go the assistant's way."""
        return None

    def routes(self) -> Sequence[Route]:
        """The HTTP routes by which messages come in."""
        return ()

    def duties(self) -> Sequence[Duty]:
        """What the desk does for it all the time, beside carrying its messages."""
        return ()

    async def close(self) -> None:
        """Close its connections."""

    def reach(self, conversation: Conversation) -> Reach:
        """How a reply gets to the citizen now."""
        return Reach(self.pushes)

    def place_of_reply(self, conversation: Conversation, address: str | None) -> Mapping[str, Any] | None:
        """Where an officer's reply stands among the messages of its thread, where the channel has threads."""
        return None

    def place_of_answer(self, connection: sa.Connection, ticket: Ticket) -> Mapping[str, Any] | None:
        """Where the answer to a ticket stands that goes to an address (`carries_to_addresses`)."""
        return None

    def still_needs(self, conversation: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether a conversation is needed for this channel's sake, however long it has been silent."""
        return needed_by_nobody(conversation)

    def requests_of(self, connection: sa.Connection, conversation_id: str) -> Sequence[str]:
        """The references of requests of other conversations to which one added something."""
        return ()

    def folders(self) -> Collection[MessageFiles]:
        """Where copies of its messages lie outside the database; they are erased with them."""
        return ()

    def erasers(self) -> Sequence[Eraser]:
        """What of its own grows old."""
        return ()

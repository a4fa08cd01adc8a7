"""The parts that act: the assistant, the way of a message, what officers do, the clocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import anyio.from_thread

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.fallback import Fallback
from bot.assistant.pipeline import Pipeline
from bot.assistant.rasa_client import RasaClient
from bot.bootstrap.stores import Stores
from bot.channels.email.entry import Email
from bot.channels.email.own_data import MailedData
from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads
from bot.channels.limits import Limit
from bot.channels.registry import Entry
from bot.core.http import HttpClient
from bot.core.metrics import Metrics
from bot.core.settings import Settings
from bot.handover.absence import OfficerAbsence
from bot.handover.officer_actions import OfficerActions


class Rooms(Stores):
    """The parts of one process, each made when it is first asked for."""

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime],
        channels: Sequence[Entry],
        replaced: Mapping[str, Any],
    ) -> None:
        """As `bot.bootstrap.wire` has it."""
        super().__init__(settings, now, replaced)
        self.channels = tuple(entry(self) for entry in channels)

    def close(self) -> None:
        """Close the connections to the database."""
        made = vars(self)
        if "database" in made:
            self.database.engine.dispose()
        if "trackers" in made:
            self.trackers.close()

    def nudge(self, conversation: str) -> None:
        """Tell those who look on at a conversation, and what carries messages out, that something was said there.

        From a thread that answers a page: the events are the loop's.
        """

        def tell() -> None:
            self.notifier.nudge(conversation)
            for event in self.news.values():
                event.set()

        anyio.from_thread.run_sync(tell)

    @property
    def email_threads(self) -> EmailThreads:
        """Which e-mail belongs where."""
        return self.channel(Email).threads

    @property
    def files(self) -> Files:
        """What came attached to e-mails."""
        return self.channel(Email).files

    @property
    def mailed_data(self) -> MailedData:
        """What is kept of those who write e-mails."""
        return self.channel(Email).own_data

    # The assistant, and the way of a message.

    @cached_property
    def assistant(self) -> RasaClient:
        """The way to Rasa."""
        return RasaClient(HttpClient(self.settings.rasa_url, self.settings.rasa_timeout))

    @cached_property
    def actions(self) -> HttpClient:
        """The way to the action server."""
        return HttpClient(self.settings.actions_url, self.settings.rasa_timeout)

    @cached_property
    def builtin_replies(self) -> BuiltinReplies:
        """What the desk answers by itself."""
        data_texts = {one.name: one.data_text for one in self.channels if one.data_text}
        settings = self.settings
        return BuiltinReplies(
            self.texts,
            self.forgetting,
            self.export,
            settings.max_message_chars,
            settings.transcript_days,
            data_texts,
        )

    @cached_property
    def fallback(self) -> Fallback:
        """What is said where nothing answers."""
        return Fallback(self.texts, self.tickets, self.language_of)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The way of a message to its replies."""
        turns = {one.name: own for one in self.channels if (own := one.turns)}
        return Pipeline(
            self.inbox,
            self.conversations,
            self.assistant,
            self.fallback,
            self.builtin_replies,
            self.notifier,
            self.news,
            self.now,
            turns,
        )

    @cached_property
    def metrics(self) -> Metrics:
        """Counts for Prometheus."""
        return Metrics()

    @cached_property
    def senders(self) -> Limit:
        """How fast one sender may write."""
        return Limit(self.settings.sender_burst, self.settings.sender_per_second, time.monotonic)

    @cached_property
    def addresses(self) -> Limit:
        """How fast requests of one network address may come."""
        return Limit(self.settings.address_burst, self.settings.address_per_second, time.monotonic)

    @cached_property
    def officer_actions(self) -> OfficerActions:
        """What officers do with conversations."""
        channels = {one.name: one for one in self.channels}
        return OfficerActions(self.conversations, self.queue, channels, self.texts, self.now)

    @cached_property
    def absence(self) -> OfficerAbsence:
        """Looks after citizens whose officer is away."""
        return OfficerAbsence(
            self.conversations,
            self.officer_actions,
            self.tickets,
            self.texts,
            self.people.away_since,
            timedelta(minutes=self.settings.officer_away_minutes),
            self.now,
        )

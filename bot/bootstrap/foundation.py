"""What all parts of a process stand on: settings, the clock, the organization's data, the database, the channels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from bot.channels.channel import Channel
from bot.core.db import Database, make_engine
from bot.core.documents import read_data
from bot.core.leases import Lease, Together
from bot.core.organization import Organization, load_organization
from bot.core.settings import Settings
from bot.core.texts import LANGUAGES, Texts, load_texts
from bot.messages.outbox import Carriers
from bot.promises.calendar import Calendar, parse_calendar
from bot.promises.promise import Registry, parse_registry

_Kind = TypeVar("_Kind", bound=Channel)


class Foundation:
    """The first parts of a process, each made when it is first asked for."""

    channels: tuple[Channel, ...]

    def __init__(self, settings: Settings, now: Callable[[], datetime], replaced: Mapping[str, Any]) -> None:
        """`replaced`: parts, by name, that are taken as they are instead of being made.

        Raises:
            TypeError: there is no part of a name.
        """
        self.settings = settings
        self.now = now
        for name, part in replaced.items():
            if not isinstance(getattr(type(self), name, None), cached_property):
                raise TypeError(f"the desk has no part {name!r}")
            self.__dict__[name] = part  # where the part that is made would be kept

    # What the organization says of itself.

    @cached_property
    def organization(self) -> Organization:
        """The ministry, its programs and its front page."""
        return load_organization(self.settings.data_dir)

    @cached_property
    def texts(self) -> Texts:
        """The approved texts."""
        return load_texts(self.settings.data_dir / "texts.yml", self.organization.values)

    @cached_property
    def calendar(self) -> Calendar:
        """Working days and office hours."""
        return parse_calendar(read_data(self.settings.data_dir / "holidays.yml"))

    @cached_property
    def registry(self) -> Registry:
        """The promises."""
        return parse_registry(read_data(self.settings.data_dir / "promises.yml"))

    # The database, and what is shared between processes by it.

    @cached_property
    def database(self) -> Database:
        """Where all is kept."""
        return Database(make_engine(self.settings.database_url))

    @cached_property
    def together(self) -> Together:
        """Renews this process's leases, all with one statement."""
        return Together(self.database)

    def lease(self, name: str) -> Lease:
        """A duty that one process has at a time."""
        return Lease(self.database, name, self.now, self.together)

    # Channels.

    def channel(self, kind: type[_Kind]) -> _Kind:
        """The channel of a kind.

        Raises:
            LookupError: this process has none.
        """
        for channel in self.channels:
            if isinstance(channel, kind):
                return channel
        raise LookupError(kind.__name__)

    @cached_property
    def carriers(self) -> Carriers:
        """Which channels carry messages out."""
        return Carriers(frozenset(one.name for one in self.channels if one.pushes), self._to_addresses.name)

    @cached_property
    def news(self) -> dict[str, asyncio.Event]:
        """Channel → what is set when something for it may be in the outbox."""
        return {one.name: asyncio.Event() for one in self.channels if one.pushes or one.carries_to_addresses}

    @cached_property
    def _to_addresses(self) -> Channel:
        return next(one for one in self.channels if one.carries_to_addresses)

    @cached_property
    def language_of(self) -> Callable[[str], str | None]:
        """Tells the language of words, None where they do not tell, or not one that the desk speaks."""
        from bot.rasa.language import SURE, identify  # its lists of words are large: not every process needs them

        def language_of(text: str) -> str | None:
            found = identify(text, self.organization.names)
            return found.code if found.code in LANGUAGES and found.confidence >= SURE else None

        return language_of

"""The composition root: what every process of the desk, and every test, is made of.

`wire` gives the parts of one process. A part is made when it is first asked for, of the other parts; any of them can be
replaced by name, and whatever is made of it then has the replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

from bot.bootstrap.rooms import Rooms
from bot.channels.registry import CHANNELS, Entry
from bot.core.settings import Settings

__all__ = ["Rooms", "utc_now", "wire"]


def utc_now() -> datetime:
    """The present moment, with its zone."""
    return datetime.now(timezone.utc)


def wire(
    settings: Settings,
    now: Callable[[], datetime] = utc_now,
    channels: Sequence[Entry] = CHANNELS,
    **replaced: Any,
) -> Rooms:
    """The parts of one process, whose data have been read.

    Args:
        settings: of the process.
        now: the clock.
        channels: the entries of the channels that it has.
        replaced: parts, by name, that are taken as they are instead of being made.

    Raises:
        DataError, CalendarError, PromiseError, TextError, OrganizationError: the data cannot be read.
        TypeError: there is no part of a name in `replaced`.
    """
    rooms = Rooms(settings, now, channels, replaced)
    for data in ("organization", "calendar", "registry", "texts"):
        getattr(rooms, data)
    return rooms

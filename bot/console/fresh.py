"""What takes a while to work out is kept for some seconds: a page, its plots and its files show the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

FRESH_SECONDS = 20.0
_KEPT = 6  # of each kind
Key = TypeVar("Key")
Made = TypeVar("Made")


class Fresh(Generic[Key, Made]):
    """Keeps what was made last."""

    def __init__(self, make: Callable[[Key, datetime], Made], now: Callable[[], datetime]) -> None:
        """`make(key, now)` works it out."""
        self._make = make
        self._now = now
        self._lock = threading.Lock()
        self._made: dict[Key, tuple[datetime, Made]] = {}

    def get(self, key: Key) -> Made:
        """What belongs to `key`, made anew when it is older than some seconds."""
        with self._lock:
            now, found = self._now(), self._made.pop(key, None)
            if found is None or abs((now - found[0]).total_seconds()) > FRESH_SECONDS:
                found = (now, self._make(key, now))
            self._made[key] = found
            while len(self._made) > _KEPT:
                del self._made[next(iter(self._made))]
            return found[1]

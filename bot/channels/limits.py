"""How fast one sender, or one network address, may write: a token bucket each
(Turner, 1986, "New directions in communications")."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

# Senders are forgotten oldest first beyond this many: a bucket unused for long is full anyway.
_REMEMBERED = 50_000


class Limit:
    """Lets each sender send `burst` messages at once and `per_second` in the long run."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float]) -> None:
        """`clock`: seconds, monotonic."""
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, sender: str) -> float:
        """Take one message from the sender's bucket: 0.0 if it had one, else seconds until it has."""
        now = self._clock()
        tokens, since = self._buckets.pop(sender, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - since) * self._per_second)
        allowed = tokens >= 1.0
        self._buckets[sender] = (tokens - 1.0 if allowed else tokens, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - tokens) / self._per_second

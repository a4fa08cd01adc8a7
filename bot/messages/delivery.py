"""What a channel that pushes messages out must be able to do, and how it may fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from bot.messages.conversation import Message


class DeliveryError(Exception):
    """A part was not delivered, or nobody knows. `reason` is a short code without anything a citizen wrote."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transient(DeliveryError):
    """Surely not delivered, and worth another try (no connection, an error on the other side)."""


class Throttled(DeliveryError):
    """Not delivered: the other side asks for patience, for `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Uncertain(DeliveryError):
    """Sent, and no answer came: it may have been delivered."""


class Permanent(DeliveryError):
    """Not delivered, and no other try will help (blocked, unknown address, refused)."""


class PushChannel(Protocol):
    """A channel whose replies are carried out to the citizen."""

    name: str
    per_second: float  # parts a second, to all together
    address_per_second: float  # parts a second to one address

    def parts(self, message: Message, language: str) -> Sequence[Any]:
        """The pieces of `message` in the channel's own form, always the same for the same message."""

    async def send(self, address: str, part: Any) -> None:
        """Deliver one piece.

        Raises:
            DeliveryError: one of its kinds.
        """

    async def probe(self) -> None:
        """Ask the other side for a sign of life, without effect on any citizen.

        Raises:
            DeliveryError: one of its kinds.
        """

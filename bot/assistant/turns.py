"""What a channel brings whose messages do not go the assistant's way: e-mails, whose every request is a ticket."""

from __future__ import annotations

from typing import Protocol

from bot.messages.claims import Turn
from bot.messages.conversation import Reply


class ChannelTurns(Protocol):
    """Takes the turns of one channel."""

    # How many are taken at a time: what can wait must not keep a chat waiting.
    at_once: int

    async def replies(self, turn: Turn, *, alone: bool = False) -> list[Reply]:
        """The replies to a message; taken again after a failure, a turn does nothing twice.

        A reply that commands to erase (`Command.ERASE`) asks for `forget`: the channel made sure.

        Args:
            turn: of the message.
            alone: without the assistant, which may be what failed.
        """

    def last_words(self, turn: Turn) -> list[Reply]:
        """What is replied to a message whose turn failed. Nothing raises."""

    def forget(self, turn: Turn) -> Reply:
        """Erase what is kept of the citizen of a turn; what they are told."""

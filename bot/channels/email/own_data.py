"""What is kept of one who writes by e-mail: all of the conversations that they alone wrote in, to be told or erased.

Whoever reads the mailbox of an address is its citizen: what is told goes to that address, and erasing is confirmed
from there. Requests that were left elsewhere, with this address for the answer, are not theirs by that: anybody
can give an address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.channels.email.threads import EmailThreads
from bot.messages.conversation import Conversation, Reply
from bot.privacy.export import Export
from bot.privacy.forgetting import Forgetting


class MailedData:
    """Tells and erases what came from an address."""

    def __init__(self, email_threads: EmailThreads, export: Export, forgetting: Forgetting) -> None:
        self._email_threads = email_threads
        self._export = export
        self._forgetting = forgetting

    def of(self, address: str) -> dict[str, Any]:
        """Everything that is kept of an address, as JSON can carry it: `conversations`, each as `Export.of` has it."""
        mine = self._email_threads.conversations_of(address)
        return {"address": address, "conversations": [self._export.of(conversation.id) for conversation in mine]}

    def is_own(self, address: str, conversation: Conversation) -> bool:
        """Whether a conversation is one that is told and erased: nobody else wrote in it."""
        return any(one.id == conversation.id for one in self._email_threads.conversations_of(address))

    def forget(self, address: str, last: Conversation, farewell: Callable[[list[str]], Reply]) -> list[str]:
        """Erase it all; `last` of all one of their own (see `is_own`), in which the farewell is said.

        Returns:
            The references of the tickets that stay, because they are still to be answered (see `Forgetting.forget`).
        """
        others = [one for one in self._email_threads.conversations_of(address) if one.id != last.id]
        return self._forgetting.forget([*others, last], farewell)

"""What a citizen and the desk wrote to each other about a ticket."""

from __future__ import annotations

from typing import Any

from bot.channels.email import CHANNEL as EMAIL
from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads
from bot.messages.conversation import CITIZEN
from bot.messages.store import ConversationStore
from bot.tickets.ticket import Ticket


class TicketLetters:
    """Reads the messages and files of tickets."""

    def __init__(self, conversations: ConversationStore, email_threads: EmailThreads, files: Files) -> None:
        self._conversations = conversations
        self._email_threads = email_threads
        self._files = files

    def of(self, ticket: Ticket, *, answered: bool = False) -> dict[str, Any]:
        """A ticket with what its citizen wrote by e-mail and, if it is `answered`, what it was answered."""
        conversation = self._conversations.get(ticket.conversation)
        by_email = ticket.channel == EMAIL
        added = self._email_threads.added_to(ticket.reference)
        mailed = {message.conversation_id for message in added} | ({ticket.conversation} if by_email else set())
        said = self._conversations.transcript(ticket.conversation) if (answered or by_email) and conversation else []
        letter = next((message for message in said if by_email and message.id == ticket.message), None)
        later = [m for m in said if letter and m.author == CITIZEN and m.seq > letter.seq]
        return {
            "ticket": ticket,
            "conversation": conversation,
            "letter": letter,
            "later": sorted([*later, *added], key=lambda message: message.id),
            "files": {number: files for one in mailed for number, files in self._files.of_conversation(one).items()},
            "answers": [message for message in said if message.detail.get("ticket") == ticket.reference],
        }

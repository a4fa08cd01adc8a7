"""A message to the citizen of a ticket, kept in its conversation and sent by the channel that reaches them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.messages.append import append
from bot.messages.conversation import CITIZEN, CLOSED, OFFICER, Conversation, Message
from bot.messages.outbox import Carriers
from bot.messages.tables import CONVERSATION, conversations
from bot.tickets.ticket import REGISTERED, Ticket

# Gives the e-mail to which an answer replies; None if it begins a thread.
Place = Callable[[sa.Connection, Ticket], Mapping[str, Any] | None]


class TicketSender:
    """Says something to the citizen of a ticket, in the caller's transaction."""

    def __init__(self, carriers: Carriers, now: Callable[[], datetime], place: Place) -> None:
        """
        Args:
            carriers: the channels that deliver messages themselves (a web page fetches its own).
            now: the clock.
            place: gives the e-mail to which a message to an address replies.
        """
        self._carriers = carriers
        self._now = now
        self._place_of = place

    def say(
        self, connection: sa.Connection, ticket: Ticket, officer: str, text: str, subject: str, *, answers: bool = False
    ) -> tuple[Message, str, bool] | None:
        """Say something to the citizen of a ticket; return None if nothing reaches them any more.

        `subject` is for an e-mail; `answers` says that this is the ticket's answer.

        Returns:
            The message, its channel, and whether that channel delivers it (a web page fetches it).
        """
        now = self._now()
        query = sa.select(*CONVERSATION).where(conversations.c.id == ticket.conversation).with_for_update()
        row = connection.execute(query).first()
        if row is None:  # erased, though its ticket was open: the answer still needs a conversation
            if not ticket.email and ticket.channel not in REGISTERED:
                return None
            carrier = self._carriers.by_address
            gone = Conversation(ticket.conversation, carrier, uuid.uuid4().hex, ticket.language, CLOSED)
            self.begin(connection, gone, None)
            row = connection.execute(query).one()
        conversation = Conversation(*row)
        if ticket.channel == self._carriers.by_address and not ticket.email:  # nobody can tell where it came from
            return None
        detail: dict[str, Any] = {"name": officer, "email": self._place(connection, ticket, subject)}
        if answers:
            detail["ticket"] = ticket.reference
        # A citizen who gave an address gets an e-mail alone: their channel does not deliver the same words again.
        message = append(
            connection,
            conversation,
            OFFICER,
            text,
            detail,
            now,
            self._carriers,
            ticket.email,
            push=not ticket.email,
        )
        if ticket.email:
            return message, self._carriers.by_address, True
        return message, conversation.channel, self._carriers.push(conversation)

    def begin(self, connection: sa.Connection, conversation: Conversation, question: str | None) -> None:
        """Begin the conversation of a ticket that has none, with its citizen's question if it is known."""
        values = {
            "id": conversation.id,
            "channel": conversation.channel,
            "address": conversation.address,
            "language": conversation.language,
            "held_by": conversation.held_by,
            "opened_at": self._now(),
            "last_seq": 0,
        }
        connection.execute(sa.insert(conversations).values(values))
        if question:
            append(connection, conversation, CITIZEN, question, {}, self._now(), self._carriers, push=False)

    def _place(self, connection: sa.Connection, ticket: Ticket, subject: str) -> dict[str, Any]:
        """What an e-mail replies to: the citizen's last, or nothing, and then its subject."""
        return dict(self._place_of(connection, ticket) or {"subject": subject})

"""Opening and finding tickets: the rules of the room put to work on its store."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime

from bot.promises.calendar import Calendar
from bot.promises.clock import Due, due
from bot.promises.promise import Registry
from bot.tickets.reference import new_reference
from bot.tickets.store import ReferenceTaken, TicketStore
from bot.tickets.ticket import Ticket, open_ticket

# The promise under which a question left with the assistant is answered.
QUESTION_PROMISE = "email-reply"


class TicketDesk:
    """What channels and actions may do with tickets."""

    def __init__(
        self,
        store: TicketStore,
        registry: Registry,
        calendar: Calendar,
        prefix: str,
        now: Callable[[], datetime],
    ) -> None:
        """`prefix`: the organization's reference prefix; `now`: the clock, aware moments."""
        self.store = store
        self.calendar = calendar
        self.prefix = prefix
        self.now = now
        self._registry = registry

    def due_if_opened_now(self) -> Due:
        """When a question left now would be answered at the latest."""
        return due(self.now(), self._registry.get(QUESTION_PROMISE).working_days, self.calendar)

    def open(
        self, *, conversation: str, question: str, language: str, email: str | None, message: int | None = None
    ) -> Ticket:
        """Open a ticket for a question left with the assistant, and keep it.

        `message`: the number of the message that asks for it. One message opens one ticket: asked
        again, because a process died before anybody heard of it, it gives the same.
        """
        for _ in range(5):
            if message is not None and (known := self.store.of_message(message)):
                return known
            ticket = open_ticket(
                reference=new_reference(self.prefix),
                conversation=conversation,
                question=question,
                language=language,
                email=email,
                promise=self._registry.get(QUESTION_PROMISE),
                calendar=self.calendar,
                now=self.now(),
                message=message,
            )
            try:
                self.store.add(ticket)
            except ReferenceTaken:
                continue
            return ticket
        raise ReferenceTaken("five references in a row were taken")

    def look_up(self, reference: str, *, conversation: str, email: str | None) -> Ticket | None:
        """The ticket, if the one who asks may see it: the same conversation, or the address given at opening.

        An unknown reference and a wrong address give the same None, so that neither tells
        whether a ticket exists.
        """
        ticket = self.store.find(reference)
        if ticket is None:
            return None
        if ticket.conversation == conversation:
            return ticket
        given, kept = (email or "").casefold(), (ticket.email or "").casefold()
        if given and kept and hmac.compare_digest(given.encode(), kept.encode()):
            return ticket
        return None

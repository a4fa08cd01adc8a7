"""What the desk says by itself when the assistant does not answer: never silence, always a way on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from bot.conversations import payloads
from bot.conversations.conversation import Conversation, Reply
from bot.conversations.offers import due_values, ticket_buttons
from bot.texts import Texts
from bot.tickets.desk import QUESTION_PROMISE, TicketDesk
from bot.tickets.ticket import OPEN


class Fallback:
    """The fallback text and the offer of a ticket; it opens the ticket itself if the citizen accepts."""

    def __init__(self, texts: Texts, tickets: TicketDesk, identify: Callable[[str], str | None]) -> None:
        """`identify`: the language of a message, None where its words do not tell."""
        self._texts = texts
        self._tickets = tickets
        self._identify = identify

    def replies(
        self, conversation: Conversation, text: str, question: str | None, clock: Mapping[str, str] | None = None
    ) -> list[Reply]:
        """The reply to `text`; `question` is what a pressed offer would pass on, `clock` the promise and since when."""
        if text == payloads.OPEN_TICKET and question:
            return [self._open(conversation, question, clock or {})]
        if text == payloads.DENY:
            return [self._say(conversation.language, "denied", "smalltalk")]
        return [self.trouble(conversation, text)]

    def trouble(self, conversation: Conversation, text: str) -> Reply:
        """The fallback text, which needs nothing but this process, and the offer."""
        lang = conversation.language
        if not payloads.is_payload(text):
            lang = self._identify(text) or lang
        due = self._tickets.due_if_opened_now().due_at
        values = due_values(due, lang, self._tickets.calendar.zone)
        ticket = {"reference": None, "due": due.isoformat(), "question": None if payloads.is_payload(text) else text}
        return self._say(lang, "trouble", "unanswered", ticket_buttons(self._texts, lang), values, ticket=ticket)

    def _open(self, conversation: Conversation, question: str, clock: Mapping[str, str]) -> Reply:
        lang = conversation.language
        # Pressed twice, an offer is one ticket.
        held = [t for t in self._tickets.store.of_conversation(conversation.id) if t.question == question]
        ticket = (
            held[0]
            if held and held[0].state == OPEN
            else self._tickets.open(
                conversation=conversation.id,
                question=question,
                language=lang,
                email=None,
                promise=clock.get("promise", QUESTION_PROMISE),
                started_on=date.fromisoformat(clock["started_on"]) if clock else None,
            )
        )
        values = due_values(ticket.due_at, lang, self._tickets.calendar.zone)
        return self._say(
            lang,
            "ticket_opened_here",
            "ticket",
            values={**values, "reference": ticket.reference},
            ticket={
                "reference": ticket.reference,
                "due": ticket.due_at.isoformat(),
                "proof": list(ticket.proof),
            },
        )

    def _say(
        self,
        lang: str,
        key: str,
        outcome: str,
        buttons: tuple[dict[str, str], ...] = (),
        values: dict[str, str] | None = None,
        **custom: Any,
    ) -> Reply:
        text = self._texts.get(key, lang, **(values or {}))
        return Reply(text, buttons, {"outcome": outcome, "language": lang, "intent": None, **custom})

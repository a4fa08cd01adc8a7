"""What the desk says by itself when a message cannot be answered: never silence, and a way on wherever there is one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.core.texts import LANGUAGES, Texts
from bot.messages import payloads
from bot.messages.contract import ReplyFacts, TicketFacts
from bot.messages.conversation import Conversation, Reply
from bot.tickets.offers import due_values, ticket_buttons
from bot.tickets.service import QUESTION_PROMISE, TicketService
from bot.tickets.ticket import OPEN

log = logging.getLogger(__name__)

# Here and not among the texts: they are said when anything that is read from a file may be what fails.
TROUBLE = {
    "fr": "Je suis désolé, je ne peux pas vous répondre en ce moment. Votre message est bien reçu.",
    "en": "I am sorry, I cannot answer you at the moment. Your message has been received.",
}


class Fallback:
    """The fixed text, and the offer of a ticket where it can be made; opens the ticket itself if the citizen accepts.

    Nothing of it raises: a part that fails is left out.
    """

    def __init__(self, texts: Texts, tickets: TicketService, identify: Callable[[str], str | None]) -> None:
        """`identify`: the language of a message, None where its words do not tell."""
        self._texts = texts
        self._tickets = tickets
        self._identify = identify

    def replies(
        self, conversation: Conversation, text: str, question: str | None, clock: Mapping[str, str] | None = None
    ) -> list[Reply]:
        """The reply to `text`; `question` is what a pressed offer would pass on, `clock` the promise and since when."""
        try:
            if text == payloads.OPEN_TICKET and question:
                return [self._open(conversation, question, clock or {})]
            if text == payloads.DENY:
                return [self._say(conversation.language, "denied", "smalltalk")]
        except Exception as error:  # noqa: BLE001 - whatever it is, the fixed text is left
            _log_left_out("the answer to a press", error)
        return [self.trouble(conversation, text)]

    def trouble(self, conversation: Conversation, text: str) -> Reply:
        """The fixed text, which needs nothing but this process, and the offer where its due date can be computed."""
        lang = self._language(conversation, text)
        facts = ReplyFacts("unanswered", lang, intent=None)
        try:
            due = self._tickets.due_if_opened_now().due_at
            offer = self._texts.get("trouble_offer", lang, **due_values(due, lang, self._tickets.calendar.zone))
            buttons = ticket_buttons(self._texts, lang)
        except Exception as error:  # noqa: BLE001 - whatever it is, the fixed text is left
            _log_left_out("the offer", error)
            return Reply(TROUBLE[lang], (), facts.to_json())
        ticket = TicketFacts(None, due.isoformat(), question=None if payloads.is_payload(text) else text)
        return Reply(f"{TROUBLE[lang]} {offer}", buttons, replace(facts, ticket=ticket).to_json())

    def _language(self, conversation: Conversation, text: str) -> str:
        """The message's language, or the conversation's where it does not tell."""
        lang = conversation.language if conversation.language in LANGUAGES else LANGUAGES[0]
        if payloads.is_payload(text):
            return lang
        try:
            return self._identify(text) or lang
        except Exception as error:  # noqa: BLE001 - whatever it is, the conversation has a language
            _log_left_out("the language of the message", error)
            return lang

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
            ticket=TicketFacts(ticket.reference, ticket.due_at.isoformat(), proof=ticket.proof),
        )

    def _say(self, lang: str, key: str, outcome: str, values: dict[str, str] | None = None, **facts: Any) -> Reply:
        text = self._texts.get(key, lang, **(values or {}))
        return Reply(text, (), ReplyFacts(outcome, lang, intent=None, **facts).to_json())


def _log_left_out(part: str, error: Exception) -> None:
    # Why the text is said at all stands above this line, as the fault that it is.
    log.info("the fallback text goes without %s (%s)", part, type(error).__name__)

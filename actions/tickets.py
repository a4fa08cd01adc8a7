"""Opening a ticket: the question, where the answer goes, and the way out at each step."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import QUESTION, Turn, rooms, ticket_custom
from bot.conversations import payloads
from bot.conversations.offers import due_values
from bot.knowledge.text import skeleton
from bot.tickets.ticket import ContactError, find_email

ASKED_QUESTION = "ticket_question"
CONTACT = "ticket_contact"
HERE = "conversation"  # the contact of one who wants the answer in the conversation
REQUESTED = "requested_slot"
# Asked for a question, these acts are one; any other (cancel, thanks…) is not an answer.
_QUESTIONS = {
    "inquiry",
    "open_ticket",
    "request_officer",
    "ticket_status",
    "file_complaint",
    "reply_date",
    "find_program",
    "evaluate_mission",
}


class ValidateTicketForm(FormValidationAction):
    """Understands the answers to the form's two questions."""

    def name(self) -> str:
        return "validate_ticket_form"

    async def extract_ticket_question(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """The question: the one left unanswered, the one the channel kept, or the words just written."""
        turn = Turn(dispatcher, tracker)
        if turn.slot(ASKED_QUESTION):
            return {}
        if turn.slot(REQUESTED) == ASKED_QUESTION and not turn.text.startswith("/"):
            return {ASKED_QUESTION: turn.text} if turn.intent in _QUESTIONS else {}
        kept = turn.slot(QUESTION) or (turn.message.get("metadata") or {}).get("question")
        return {ASKED_QUESTION: kept} if kept else {}

    async def extract_ticket_contact(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """The address, or the wish to be answered here; anything else is not an answer."""
        turn = Turn(dispatcher, tracker)
        if turn.slot(REQUESTED) != CONTACT:
            return {}
        if "@" in turn.text:
            return {CONTACT: turn.text}
        return {CONTACT: HERE} if turn.intent in ("keep_here", "deny") else {}

    def validate_ticket_question(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A question has words."""
        if skeleton(value):
            return {ASKED_QUESTION: value}
        Turn(dispatcher, tracker).say("empty_question", "form")
        return {ASKED_QUESTION: None}

    def validate_ticket_contact(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """An address is one, or the citizen hears that it is not."""
        if value == HERE:
            return {CONTACT: HERE}
        try:
            return {CONTACT: find_email(value)}
        except ContactError:
            Turn(dispatcher, tracker).say("invalid_email", "form")
            return {CONTACT: None}


class AskTicketQuestion(Action):
    """Asks for the question to pass on."""

    def name(self) -> str:
        return "action_ask_ticket_question"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        turn.say("ask_ticket_question", "form", buttons=(cancel_button(turn),))
        return turn.done()


class AskTicketContact(Action):
    """Asks where the answer goes."""

    def name(self) -> str:
        return "action_ask_ticket_contact"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        here = {"title": rooms().texts.get("button_keep_here", turn.language), "payload": payloads.KEEP_HERE}
        turn.say("ask_ticket_contact", "form", buttons=(here, cancel_button(turn)))
        return turn.done()


class OpenTicket(Action):
    """Opens the ticket and tells its reference and due date."""

    def name(self) -> str:
        return "action_open_ticket"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        contact = turn.slot(CONTACT)
        email = None if contact == HERE else contact
        ticket = rooms().tickets.open(
            conversation=turn.conversation,
            question=turn.slot(ASKED_QUESTION),
            language=turn.language,
            email=email,
            message=(turn.message.get("metadata") or {}).get("message"),
        )
        values = {**due_values(ticket.due_at, turn.language, rooms().calendar.zone), "reference": ticket.reference}
        if email:
            values["contact"] = email
        key = "ticket_opened_email" if email else "ticket_opened_here"
        turn.say(key, "ticket", values=values, ticket=ticket_custom(ticket))
        return [*turn.done(), *forget_ticket_answers()]


class CancelTicket(Action):
    """Leaves the form: nothing is passed on."""

    def name(self) -> str:
        return "action_cancel_ticket"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        turn.say("ticket_cancelled", "form")
        return [*turn.done(), *forget_ticket_answers()]


def cancel_button(turn: Turn) -> dict[str, str]:
    """The way out of a form."""
    return {"title": rooms().texts.get("button_cancel", turn.language), "payload": payloads.CANCEL}


def forget_ticket_answers() -> list[EventType]:
    """The form's answers, forgotten, so that the next ticket starts afresh."""
    return [SlotSet(ASKED_QUESTION, None), SlotSet(CONTACT, None), SlotSet(QUESTION, None)]

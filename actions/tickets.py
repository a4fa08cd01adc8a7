"""Opening a ticket: the question, where the answer goes, and the way out at each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.form import cancel_button
from actions.turn import CLOCK, QUESTION, REQUESTED, RUN, ActionTurn, rooms, ticket_facts
from actions.words import gives_address
from bot.matcher.text import skeleton
from bot.messages import payloads
from bot.messages.contract import TicketFacts
from bot.tickets.offers import due_values
from bot.tickets.service import QUESTION_PROMISE
from bot.tickets.ticket import ContactError, find_email

FORM = "ticket_form"
ASKED_QUESTION = "ticket_question"
CONTACT = "ticket_contact"
HERE = "conversation"  # the contact of one who wants the answer in the conversation
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

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """As rasa-sdk has it; the beginning is marked."""
        return [*ActionTurn(dispatcher, tracker).begun(), *await super().run(dispatcher, tracker, domain)]

    async def extract_ticket_question(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """The question: the one left unanswered, the one the channel kept, or the words just written."""
        turn = ActionTurn(dispatcher, tracker)
        if turn.slot(ASKED_QUESTION):
            return {}
        if turn.slot(REQUESTED) == ASKED_QUESTION and not turn.text.startswith("/"):
            return {ASKED_QUESTION: turn.written} if turn.intent in _QUESTIONS else {}
        kept = turn.slot(QUESTION) or (turn.message.get("metadata") or {}).get("question")
        return {ASKED_QUESTION: kept} if kept else {}

    async def extract_ticket_contact(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """The address, also where it comes with the "yes" that begins the form, or the wish to be answered here."""
        turn = ActionTurn(dispatcher, tracker)
        requested = turn.slot(REQUESTED)
        if requested == CONTACT and "@" in turn.text or requested is None and gives_address(turn):
            return {CONTACT: turn.text}
        if requested != CONTACT or not turn.answers(FORM):
            return {}
        return {CONTACT: HERE} if turn.intent in ("keep_here", "deny") else {}

    def validate_ticket_question(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A question has words."""
        if skeleton(value):
            return {ASKED_QUESTION: value}
        ActionTurn(dispatcher, tracker).say("empty_question", "form")
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
            ActionTurn(dispatcher, tracker).say("invalid_email", "form")
            return {CONTACT: None}


class AskTicketQuestion(Action):
    """Asks for the question to pass on."""

    def name(self) -> str:
        return "action_ask_ticket_question"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        turn.say("ask_ticket_question", "form", buttons=(cancel_button(turn),), step=turn.asks_for(ASKED_QUESTION))
        return turn.asked()


class AskTicketContact(Action):
    """Asks where the answer goes."""

    def name(self) -> str:
        return "action_ask_ticket_contact"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        here = {"title": rooms().texts.get("button_keep_here", turn.language), "payload": payloads.KEEP_HERE}
        due = rooms().tickets.due_if_opened_now().due_at
        turn.say(
            "ask_ticket_contact",
            "form",
            buttons=(here, cancel_button(turn)),
            step=turn.asks_for(CONTACT),
            ticket=TicketFacts(None, due.isoformat(), question=turn.slot(ASKED_QUESTION)),
        )
        return turn.asked()


class OpenTicket(Action):
    """Opens the ticket and tells its reference and due date."""

    def name(self) -> str:
        return "action_open_ticket"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        contact = turn.slot(CONTACT)
        email = None if contact == HERE else contact
        clock = turn.slot(CLOCK) or {}
        ticket = rooms().tickets.open(
            conversation=turn.conversation,
            question=turn.slot(ASKED_QUESTION),
            language=turn.language,
            email=email,
            message=(turn.message.get("metadata") or {}).get("message"),
            promise=clock.get("promise", QUESTION_PROMISE),
            started_on=date.fromisoformat(clock["started_on"]) if clock else None,
        )
        values = {**due_values(ticket.due_at, turn.language, rooms().calendar.zone), "reference": ticket.reference}
        if email:
            values["contact"] = email
        late = "late_" if ticket.is_overdue(rooms().now()) else ""
        key = f"ticket_opened_{late}email" if email else f"ticket_opened_{late}here"
        turn.say(key, "ticket", values=values, ticket=replace(ticket_facts(ticket), question=ticket.question))
        return [*turn.done(), *forget_ticket_answers()]


def forget_ticket_answers() -> list[EventType]:
    """The form's answers, forgotten, so that the next ticket starts afresh."""
    return [SlotSet(name, None) for name in (ASKED_QUESTION, CONTACT, QUESTION, CLOCK, RUN)]

"""Where is my request: by its number, to those who may know."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import dates, unknown
from actions.form import MEMORY, begin, cancel_button
from actions.turn import REQUESTED, RUN, ActionTurn, rooms, ticket_facts
from bot.core.texts import say_date
from bot.messages import payloads
from bot.tickets.offers import due_values
from bot.tickets.reference import find_reference
from bot.tickets.ticket import CLOSED, ContactError, Ticket, find_email

FORM = "status_form"
REFERENCE = "status_reference"
EMAIL = "status_email"


class ValidateStatusForm(FormValidationAction):
    """Understands a reference and an address, and asks only for what is needed."""

    def name(self) -> str:
        return "validate_status_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """As rasa-sdk has it; the beginning is marked."""
        return [*ActionTurn(dispatcher, tracker).begun(), *await super().run(dispatcher, tracker, domain)]

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Nothing where this conversation has tickets of its own; no address for one of those."""
        turn = ActionTurn(dispatcher, tracker)
        reference = _reference(turn.text) or turn.slot(REFERENCE)
        if reference is None:
            return [] if turn.slot(REQUESTED) is None and _own(turn) else [REFERENCE, EMAIL]
        if rooms().tickets.look_up(reference, conversation=turn.conversation, email=None):
            return [REFERENCE]
        return [REFERENCE, EMAIL]

    async def extract_status_reference(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A reference, wherever it stands in the message."""
        turn = ActionTurn(dispatcher, tracker)
        reference = _reference(turn.text)
        # One who has mistaken the number, and does not say it better, is asked for it again.
        wrong = turn.intent == "correct" and turn.slot(REQUESTED) == EMAIL and "@" not in turn.text
        return {REFERENCE: reference} if reference or wrong else {}

    async def extract_status_email(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """An address, wherever it stands in the message."""
        turn = ActionTurn(dispatcher, tracker)
        return {EMAIL: turn.text} if "@" in turn.text else {}

    def validate_status_reference(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A reference was found as one; without this rasa-sdk warns at each message that nothing looks at it."""
        return {REFERENCE: value}

    def validate_status_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """An address is one, or the citizen hears that it is not."""
        try:
            return {EMAIL: find_email(value)}
        except ContactError:
            ActionTurn(dispatcher, tracker).say("invalid_email", "form")
            return {EMAIL: None}


class AskStatusReference(Action):
    """Asks for the number of the request."""

    def name(self) -> str:
        return "action_ask_status_reference"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        example = f"{rooms().organization.reference_prefix}-7K3P-92QX"
        buttons = (turn.button("button_no_number", payloads.pick(unknown.NO_NUMBER)), cancel_button(turn))
        turn.say(
            "ask_status_reference", "form", buttons=buttons, values={"example": example}, step=turn.asks_for(REFERENCE)
        )
        return turn.asked()


class AskStatusEmail(Action):
    """Asks for the address given at opening."""

    def name(self) -> str:
        return "action_ask_status_email"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        turn.say("ask_status_email", "form", buttons=(cancel_button(turn),), step=turn.asks_for(EMAIL))
        return turn.asked()


class TellStatus(Action):
    """Tells the state and the due date of the request, or of the conversation's own requests."""

    def name(self) -> str:
        return "action_tell_status"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        reference = turn.slot(REFERENCE)
        if reference is None:
            found = rooms().tickets.store.of_conversation(turn.conversation)
        else:
            ticket = rooms().tickets.look_up(reference, conversation=turn.conversation, email=turn.slot(EMAIL))
            found = [ticket] if ticket else []
        for ticket in found:
            tell(turn, ticket)
        if not found:
            turn.say("status_unknown", "ticket")
        # What goes on is said last.
        return [*_forget(), *turn.done()]


class Status(Action):
    """Where is my request: the form, or in the middle of a question for a person what is known without asking.

    One who tells what they sent and when, and left nothing here, is told when the answer is due.
    """

    def name(self) -> str:
        return "action_status"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if turn.form == "ticket_form":
            return TellStatus().run(dispatcher, tracker, domain)
        if turn.form == FORM:
            return unknown.led_further(turn) or turn.done()
        if not turn.form and not _reference(turn.text) and not _own(turn) and (case := dates.dated_case(turn)):
            return begin(dates.FORM, **case)
        left = turn.leave(MEMORY[turn.form]) if turn.form else []
        return [*left, FollowupAction(FORM)]


def _own(turn: ActionTurn) -> bool:
    """Whether the conversation has requests of its own."""
    return bool(rooms().tickets.store.of_conversation(turn.conversation, 1))


def tell(turn: ActionTurn, ticket: Ticket) -> None:
    """Tell the state and the due date of a request."""
    zone = rooms().calendar.zone
    values = {"reference": ticket.reference, "opened_date": say_date(ticket.opened_at, turn.language, zone)}
    if ticket.state == CLOSED:
        key = "status_closed"
    else:
        key = "status_overdue" if ticket.is_overdue(rooms().now()) else "status_open"
        values.update(due_values(ticket.due_at, turn.language, zone))
    turn.say(key, "ticket", values=values, ticket=ticket_facts(ticket))


def _reference(text: str) -> str | None:
    return find_reference(text, rooms().organization.reference_prefix)


def _forget() -> list[EventType]:
    return [SlotSet(name, None) for name in (REFERENCE, EMAIL, RUN)]

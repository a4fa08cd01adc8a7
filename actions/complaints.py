"""A complaint or a suggestion: taken down, read back, and passed on to the Secretary General as a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.form import YES, Ask, AskConfirmation, Form, choice_buttons, chosen, dialogues, forget
from actions.replies import give_article
from actions.tickets import HERE
from actions.turn import TOLD, ActionTurn, rooms, ticket_facts
from actions.words import ELSEWHERE, agrees, is_free_answer, words_in
from bot.dialogues.words import find_choice
from bot.messages import payloads
from bot.tickets.offers import due_values
from bot.tickets.service import COMPLAINT_PROMISE, QUESTION_PROMISE
from bot.tickets.ticket import ContactError, find_email

FORM = "complaint_form"
KIND = "complaint_kind"
SUBJECT = "complaint_subject"
TEXT = "complaint_text"
CONTACT = "complaint_contact"
CONFIRMED = "complaint_confirmed"
COMPLAINT, SUGGESTION = "complaint", "suggestion"
# The promise of a complaint. One that is left here is in the ministry's hands today: day zero is today.
_LONGEST_SUBJECT = 120
# Acts that are no subject, even where they name one; "my request" as a subject may be taken for a question after it.
_NO_SUBJECT = (ELSEWHERE - {"ticket_status"}) | {"resume", "goodbye"}
_AFTER_COLON = 3  # words after "a suggestion:", from which they are the suggestion
_TOLD_AT_ONCE = 5  # words beyond "I want to complain" from which a first message tells what happened


class ValidateComplaintForm(Form, Action):
    """Understands what it is about, what happened, and where the answer goes."""

    form = FORM
    slots = (SUBJECT, TEXT, CONTACT, CONFIRMED)
    confirmation = CONFIRMED

    def wanted(self, known: Mapping[str, Any]) -> Sequence[str]:
        return (TEXT, CONFIRMED) if known.get(KIND) == SUGGESTION else self.slots

    def hear(self, turn: ActionTurn, asked: str | None) -> dict[str, Any]:
        if asked is None:
            kind = turn.slot(KIND) or kind_of(turn)
            # A suggestion is thanked for: it needs no subject, and no place for an answer.
            skipped = {SUBJECT: "", CONTACT: HERE} if kind == SUGGESTION else {}
            return {KIND: kind, **skipped, **self._told_at_once(turn)}
        known = {KIND: turn.slot(KIND)}
        if "@" in turn.text and asked in (CONTACT, CONFIRMED):
            try:
                return {**known, CONTACT: find_email(turn.text)}
            except ContactError:
                turn.say("invalid_email", "form")
                return {**known, CONTACT: None}
        if asked == CONTACT and turn.intent in ("keep_here", "deny"):
            return {**known, CONTACT: HERE}
        if asked == CONFIRMED and agrees(turn):
            return {CONFIRMED: YES, **known}
        if asked == SUBJECT:
            return self._subject(turn, known)
        if asked == TEXT and is_free_answer(turn, least=2):
            return {**known, TEXT: turn.written}
        return {}

    def _told_at_once(self, turn: ActionTurn) -> dict[str, Any]:
        after_colon = words_in(turn.text.partition(":")[2]) >= _AFTER_COLON
        told = after_colon or dialogues().complaining.count_others(turn.text) >= _TOLD_AT_ONCE
        if turn.text.startswith("/") or not told:
            return {}
        return {TEXT: turn.written} if turn.intent == "file_complaint" and not turn.slot(TEXT) else {}

    def _subject(self, turn: ActionTurn, known: dict[str, Any]) -> dict[str, Any]:
        choice = chosen(turn, dialogues().subjects)
        if choice is None and turn.text.startswith("/"):
            return {}
        named = None if choice or turn.asks else find_choice(turn.text, dialogues().subjects)
        if choice is None and (is_free_answer(turn, least=1) or named and turn.intent not in _NO_SUBJECT):
            if len(turn.text) > _LONGEST_SUBJECT:  # it tells what happened already
                subject = named or dialogues().subjects[-1]
                return {**known, SUBJECT: subject.name[turn.language], TEXT: turn.slot(TEXT) or turn.written}
            return {**known, SUBJECT: turn.written}
        return {**known, SUBJECT: choice.name[turn.language]} if choice else {}


class AskComplaintSubject(Ask, Action):
    """Asks what it is about."""

    slot = SUBJECT
    key = "complaint_ask_subject"

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return choice_buttons(turn, dialogues().subjects)


class AskComplaintText(Ask, Action):
    """Asks what happened."""

    slot = TEXT
    key = "complaint_ask_text"

    def question(self, turn: ActionTurn) -> tuple[str, dict[str, str]]:
        key = "suggestion_ask_text" if turn.slot(KIND) == SUGGESTION else "complaint_ask_text"
        return key, {}


class AskComplaintContact(Ask, Action):
    """Asks where the answer goes."""

    slot = CONTACT
    key = "complaint_ask_contact"

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return (turn.button("button_keep_here", payloads.KEEP_HERE),)


class AskComplaintConfirmed(AskConfirmation, Action):
    """Reads back what would be passed on."""

    slot = CONFIRMED
    key = "complaint_read_back"
    fields = (SUBJECT, TEXT, CONTACT)

    def offered(self, turn: ActionTurn) -> tuple[str, ...]:
        if turn.slot(KIND) != SUGGESTION:
            return self.fields
        return (TEXT,) if turn.slot(CONTACT) in (HERE, None) else (TEXT, CONTACT)

    def question(self, turn: ActionTurn) -> tuple[str, dict[str, str]]:
        contact = turn.slot(CONTACT)
        if turn.slot(KIND) == SUGGESTION:
            key = "suggestion_read_back" if contact in (HERE, None) else "suggestion_read_back_contact"
            return key, {"text": turn.slot(TEXT), "contact": contact}
        where = rooms().texts.get("complaint_here", turn.language) if contact == HERE else contact
        return self.key, {"subject": turn.slot(SUBJECT), "text": turn.slot(TEXT), "contact": where}


class PassComplaintOn(Action):
    """Opens the ticket for the Secretary General, and tells where a letter goes and when one is processed."""

    def name(self) -> str:
        return "action_pass_complaint_on"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        kind = turn.slot(KIND) or COMPLAINT
        contact = turn.slot(CONTACT)
        values = {"subject": turn.slot(SUBJECT), "text": turn.slot(TEXT)}
        ticket = rooms().tickets.open(
            conversation=turn.conversation,
            question=rooms().texts.get(
                "complaint_for_staff" if kind == COMPLAINT else "suggestion_for_staff", turn.language, **values
            ),
            language=turn.language,
            email=None if contact in (HERE, None) else contact,
            message=(turn.message.get("metadata") or {}).get("message"),
            promise=COMPLAINT_PROMISE if kind == COMPLAINT else QUESTION_PROMISE,
        )
        if kind == COMPLAINT:
            turn.say("complaint_letter", "ticket")
            for article in ("address", "phone-complaints"):
                give_article(turn, article, None)
        said = {**due_values(ticket.due_at, turn.language, rooms().calendar.zone), "reference": ticket.reference}
        key = "complaint_passed_on" if kind == COMPLAINT else "suggestion_passed_on"
        turn.say(key, "ticket", values=said, ticket=ticket_facts(ticket))
        return [*turn.done(), *forget(FORM), SlotSet(TOLD, None)]


def kind_of(turn: ActionTurn) -> str:
    """Whether the message makes a suggestion (or a comment, or gives praise), or complains."""
    complains = next(o for o in dialogues().occasions if o.id == COMPLAINT_PROMISE).words.found_in(turn.text)
    return SUGGESTION if dialogues().suggestion.found_in(turn.text) and not complains else COMPLAINT

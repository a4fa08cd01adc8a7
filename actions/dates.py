"""When will I hear: what has taken place and when, the promise, its due date with the proof, and a ticket."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.form import Ask, Form, choice_buttons, chosen, dialogues, forget
from actions.replies import article_facts
from actions.turn import TOLD, ActionTurn, rooms
from actions.words import ELSEWHERE
from bot.dialogues.dates import AMBIGUOUS, FUTURE, IMPOSSIBLE, PERIOD, SEVERAL, DateReading, read_date
from bot.dialogues.words import find_choice
from bot.messages import payloads
from bot.messages.contract import Step, TicketFacts
from bot.promises.proof_text import say_proof, say_weekday_and_date
from bot.tickets.offers import due_values

FORM = "date_form"
PROMISE = "date_promise"
DAY = "date_day"
# What is said of a message that names no one day.
PROBLEMS = {
    AMBIGUOUS: "date_ambiguous",
    SEVERAL: "date_several",
    PERIOD: "date_period",
    FUTURE: "date_future",
    IMPOSSIBLE: "date_impossible",
}
# Acts of those who put right what was understood, or tell more of it.
_TELLING = {"correct", "deny", "affirm", "reply_date"}


class ValidateDateForm(Form, Action):
    """Understands what has taken place, and on which day."""

    form = FORM
    slots = (PROMISE, DAY)

    def hear(self, turn: ActionTurn, asked: str | None) -> dict[str, Any]:
        if turn.text.startswith("/"):
            return pressed(turn)
        if turn.asks and asked or turn.intent in ELSEWHERE:
            return {}
        reading = read_day(turn, alone=asked == DAY)
        heard: dict[str, Any] = {}
        if reading.day or reading.problem:
            heard[DAY] = reading.day.isoformat() if reading.day else None
        occasion = find_choice(turn.text, dialogues().occasions)
        # In an answer to "which day?", a word such as "e-mail" says little: it may stand in a question of its own.
        if occasion and (asked != DAY or heard or turn.intent in _TELLING):
            heard[PROMISE] = occasion.id
        return heard


class AskDatePromise(Ask, Action):
    """Asks what has taken place."""

    slot = PROMISE
    key = "date_ask_promise"

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return choice_buttons(turn, dialogues().occasions)


class AskDateDay(Ask, Action):
    """Asks on which day, or what the day given means."""

    slot = DAY
    key = "date_ask_day"

    def question(self, turn: ActionTurn) -> tuple[str, dict[str, str]]:
        problem = self._reading(turn).problem
        if problem in (FUTURE, IMPOSSIBLE):
            turn.say(PROBLEMS[problem], "form")
        elif problem:
            return PROBLEMS[problem], {}
        key = f"date_ask_day_{str(turn.slot(PROMISE)).replace('-', '_')}"
        return (key if key in rooms().texts else self.key), {}

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return tuple(
            {"title": say_weekday_and_date(day, turn.language), "payload": payloads.pick(day.isoformat())}
            for day in self._reading(turn).choices
        )

    def _reading(self, turn: ActionTurn) -> DateReading:
        if turn.asks or turn.text.startswith("/"):
            return DateReading()  # it was about something else
        return read_day(turn, alone=True)


class TellDate(Action):
    """Names the promise, tells the due date with its proof, and offers a ticket; if it has passed, also a complaint."""

    def name(self) -> str:
        return "action_tell_date"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        promise = rooms().registry.get(turn.slot(PROMISE))
        day = date.fromisoformat(turn.slot(DAY))
        due = rooms().tickets.due_since(promise.id, day)
        proof = [entry.as_dict() for entry in due.proof]
        passed = rooms().now() > due.due_at
        occasion = next(o for o in dialogues().occasions if o.id == promise.id)
        said = {"occasion": occasion.name[turn.language].lower(), "day": say_weekday_and_date(day, turn.language)}
        values = {
            **said,
            **due_values(due.due_at, turn.language, rooms().calendar.zone),
            "promise": promise.on(day).text[turn.language],
            "proof": say_proof(proof, rooms().texts, turn.language),
        }
        slots = {PROMISE: promise.id, DAY: day.isoformat()}
        told = {"form": FORM, "slots": slots}
        question = rooms().texts.get("date_for_staff", turn.language, **said)
        kind = "passed" if passed else "due"
        complain = (turn.button("button_complain", payloads.FILE_COMPLAINT),) if passed else ()
        turn.reply(
            "\n\n".join(
                rooms().texts.get(f"date_{part}_{kind}", turn.language, **values) for part in ("told", "offer")
            ),
            "answered",
            buttons=(
                turn.button("button_open_request", payloads.OPEN_TICKET),
                *complain,
                turn.button("button_correct", payloads.CORRECT),
                turn.button("button_decline", payloads.DENY),
            ),
            **article_facts(turn, promise.article),
            promise=promise.id,
            day_zero=day.isoformat(),
            passed=passed,
            ticket=TicketFacts(None, due.due_at.isoformat(), proof=tuple(proof), question=question),
            step=Step(FORM, said=slots),
        )
        clock = {"promise": promise.id, "started_on": day.isoformat()}
        return [*turn.done(offer="ticket", question=question, clock=clock), *forget(FORM), SlotSet(TOLD, told)]


def read_day(turn: ActionTurn, *, alone: bool = False) -> DateReading:
    """The day that the message names, on the calendar of the desk."""
    today = rooms().calendar.local_date(rooms().now())
    return read_date(turn.text, turn.language, today, alone=alone)


def pressed(turn: ActionTurn) -> dict[str, Any]:
    """What the press of one of the form's buttons says."""
    if occasion := chosen(turn, dialogues().occasions):
        return {PROMISE: occasion.id}
    try:
        day = date.fromisoformat(turn.entity("choice") or "")
    except ValueError:
        return {}
    # A press may come late, or be made up: it is a day like any other.
    return {DAY: day.isoformat()} if day <= rooms().calendar.local_date(rooms().now()) else {DAY: None}


def put_right(turn: ActionTurn, said: dict[str, Any]) -> dict[str, Any] | None:
    """What was told of a date, corrected by the message; None if it says nothing of it."""
    reading = read_day(turn)
    occasion = find_choice(turn.text, dialogues().occasions)
    if reading.day or reading.problem:
        said = {**said, DAY: reading.day.isoformat() if reading.day else None}
    elif not occasion:
        return None
    return {**said, **({PROMISE: occasion.id} if occasion else {})}


def of_own_case(turn: ActionTurn) -> dict[str, Any] | None:
    """What a message tells of a case of one's own, as the form's slots; None if it asks how it is in general.

    Either a day is told of it, or somebody speaks of themselves.
    """
    reading = read_day(turn)
    if not (reading.day or reading.problem or dialogues().own.found_in(turn.text)):
        return None
    occasion = find_choice(turn.text, dialogues().occasions)
    return {PROMISE: occasion.id if occasion else None, DAY: reading.day.isoformat() if reading.day else None}


def dated_case(turn: ActionTurn) -> dict[str, Any] | None:
    """As `of_own_case`, of what is taken for another act: only with a day, and what took place on it."""
    occasion = find_choice(turn.text, dialogues().occasions)
    reading = read_day(turn)
    if occasion is None or not (reading.day or reading.problem) or not dialogues().own.found_in(turn.text):
        return None
    return {PROMISE: occasion.id, DAY: reading.day.isoformat() if reading.day else None}


def asked_case(turn: ActionTurn) -> dict[str, Any] | None:
    """As `dated_case`, of what is taken for a question: only if the article of that promise is near, too."""
    case = dated_case(turn)
    near = [match["article"] for match in (turn.knowledge.get("matches") or ())[:3]]
    return case if case and rooms().registry.get(case[PROMISE]).article in near else None

"""The evaluation after a mission: which mission, a rating from 1 to 5, comments; kept for the overview."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.form import YES, Ask, AskConfirmation, Form, dialogues, forget
from actions.turn import TOLD, ActionTurn, rooms
from actions.words import agrees, is_free_answer
from bot.dialogues.words import read_rating
from bot.messages import payloads
from bot.messages.evaluations import RATINGS, Evaluation

FORM = "evaluation_form"
MISSION = "evaluation_mission"
RATING = "evaluation_rating"
COMMENT = "evaluation_comment"
CONFIRMED = "evaluation_confirmed"
NO_COMMENT = "no-comment"
_LONGEST_MISSION = 200
_RATED = "rated-"
_FEW = 5  # words of a rating that is put right: "no, 4 out of 5"
# "mission à Shanghai", "mission to Buenos Aires": the place, by its capital letter.
_PLACE = re.compile(
    r"\bmissions?\s+(?:à|a|au|aux|en|to|in|de|du|of)\s+(?:l[ae]\s+)?[A-ZÉÎ][\w'’-]+(?:[ -][A-ZÉÎ][\w'’-]+)*"
)
_NOTHING = re.compile(
    r"(?:non|no|nope|rien|nothing|aucun\w*|none|pas de commentaires?|no comments?|skip|passer)\b.{0,20}"
)


class ValidateEvaluationForm(Form, Action):
    """Understands which mission, how it is rated, and what is said of it."""

    form = FORM
    slots = (MISSION, RATING, COMMENT, CONFIRMED)
    confirmation = CONFIRMED

    def hear(self, turn: ActionTurn, asked: str | None) -> dict[str, Any]:
        if asked is None:
            return self._told_at_once(turn)
        if asked == CONFIRMED:
            if agrees(turn):
                return {CONFIRMED: YES}
            rating = read_rating(turn.text, dialogues()) if turn.intent in ("correct", "deny") else None
            return {RATING: str(rating)} if rating else {}
        if asked == MISSION:
            if re.fullmatch(r"[1-5]", turn.text.strip()):  # which would be asked for next
                return _rating_known(turn, turn.text.strip())
            return {MISSION: turn.written[:_LONGEST_MISSION]} if is_free_answer(turn, least=1) else {}
        return self._rating(turn) if asked == RATING else self._comment(turn)

    def _told_at_once(self, turn: ActionTurn) -> dict[str, Any]:
        if turn.intent != "evaluate_mission":
            return {}
        place, rating = _PLACE.search(turn.text), read_rating(turn.text, dialogues(), alone=False)
        return {**({MISSION: place[0]} if place else {}), **({RATING: str(rating)} if rating else {})}

    def _rating(self, turn: ActionTurn) -> dict[str, Any]:
        pressed = turn.entity("choice") or ""
        if pressed.startswith(_RATED):
            chosen = pressed.removeprefix(_RATED)
            return {RATING: chosen if chosen in map(str, RATINGS) else None}
        if turn.asks or turn.text.startswith("/"):
            return {}
        if rating := read_rating(turn.text, dialogues()):
            return {RATING: str(rating)}
        if re.search(r"\d", turn.text) and turn.intent != "correct":
            turn.say("evaluation_rating_unclear", "form")
            return {RATING: None}
        return {}

    def _comment(self, turn: ActionTurn) -> dict[str, Any]:
        few = len(turn.text.split()) <= _FEW
        if few and turn.intent in ("correct", "deny") and re.search(r"\d", turn.text):
            rating = read_rating(turn.text, dialogues())
            if rating:  # "no, 4": of what was asked before
                return _rating_known(turn, str(rating))
        if turn.entity("choice") == NO_COMMENT or turn.intent == "deny" or _NOTHING.fullmatch(turn.text.lower()):
            return {COMMENT: ""}
        return {COMMENT: turn.written} if is_free_answer(turn, least=1) else {}


def _rating_known(turn: ActionTurn, rating: str) -> dict[str, Any]:
    """A rating said when something else was asked, which is asked again: that it was heard is said."""
    turn.say("evaluation_rating_known", "form", values={"rating": rating})
    return {RATING: rating}


class AskEvaluationMission(Ask, Action):
    """Asks which mission it was."""

    slot = MISSION
    key = "evaluation_ask_mission"


class AskEvaluationRating(Ask, Action):
    """Asks for the rating."""

    slot = RATING
    key = "evaluation_ask_rating"

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return tuple({"title": str(rating), "payload": payloads.pick(f"{_RATED}{rating}")} for rating in RATINGS)


class AskEvaluationComment(Ask, Action):
    """Asks for comments."""

    slot = COMMENT
    key = "evaluation_ask_comment"

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return (turn.button("button_skip", payloads.pick(NO_COMMENT)),)


class AskEvaluationConfirmed(AskConfirmation, Action):
    """Reads back the evaluation."""

    slot = CONFIRMED
    key = "evaluation_read_back"
    fields = (MISSION, RATING, COMMENT)

    def question(self, turn: ActionTurn) -> tuple[str, dict[str, str]]:
        comment = turn.slot(COMMENT) or rooms().texts.get("evaluation_no_comment", turn.language)
        return self.key, {"mission": turn.slot(MISSION), "rating": turn.slot(RATING), "comment": comment}


class KeepEvaluation(Action):
    """Keeps the evaluation, and thanks for it."""

    def name(self) -> str:
        return "action_keep_evaluation"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        evaluation = Evaluation(
            conversation=turn.conversation,
            mission=turn.slot(MISSION),
            rating=int(turn.slot(RATING)),
            comment=turn.slot(COMMENT) or None,
            at=rooms().now(),
            language=turn.language,
        )
        rooms().evaluations.add(evaluation, (turn.message.get("metadata") or {}).get("message"))
        turn.say("evaluation_kept", "form", rating=evaluation.rating)
        return [*turn.done(), *forget(FORM), SlotSet(TOLD, None)]

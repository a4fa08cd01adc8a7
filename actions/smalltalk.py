"""Small talk, what the assistant is, what it keeps, and the language it speaks."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.form import resume_button
from actions.turn import PAUSED, ActionTurn
from bot.matcher.text import skeleton
from bot.messages import payloads

TEXTS = {
    "greet": "greet",
    "thanks": "thanks",
    "about_assistant": "about_assistant",
    "about_privacy": "about_privacy",
}
_NAMES = {
    "fr": {"francais", "french", "frances"},
    "en": {"anglais", "english", "ingles"},
}


class Smalltalk(Action):
    """The approved text for an act that needs nothing else."""

    def name(self) -> str:
        return "action_smalltalk"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if turn.is_foreign:
            return turn.offer_ticket("third_language", "unanswered", question=turn.written)
        key = TEXTS.get(turn.intent or "", "greet")
        buttons: tuple[dict[str, str], ...] = ()
        if key == "about_privacy":
            buttons = (turn.button("button_my_data", payloads.MY_DATA),)
        turn.say(key, "smalltalk", buttons=buttons)
        if key == "greet" and turn.slot(PAUSED) and not turn.in_form:
            turn.say("something_paused", "smalltalk", buttons=(resume_button(turn),))
        return turn.done()


class ChangeLanguage(Action):
    """Goes on in the language that the citizen names, or else in the other one."""

    def name(self) -> str:
        return "action_change_language"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        turn.language = wanted_language(turn.text) or ("en" if turn.language == "fr" else "fr")
        turn.say("language_changed", "smalltalk")
        return turn.done()


def wanted_language(text: str) -> str | None:
    """The language that `text` asks for by name: "fr" or "en"; None if it names neither.

    Of two names the last counts, as in "not in French, in English please".
    """
    named = [lang for word in skeleton(text).split() for lang, names in _NAMES.items() if word in names]
    return named[-1] if named else None

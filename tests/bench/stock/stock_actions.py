"""The stock assistant's one-line custom action."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher


class OneLine(Action):
    """Says one line."""

    def name(self) -> str:
        return "action_one_line"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        dispatcher.utter_message(text="In Montréal, you can reach us at (514) 873-6708.")
        return []

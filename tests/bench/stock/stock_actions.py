"""The stock assistant's one-line custom action."""

from rasa_sdk import Action


class OneLine(Action):
    """Says one line."""

    def name(self) -> str:
        return "action_one_line"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="In Montréal, you can reach us at (514) 873-6708.")
        return []

"""What is kept of somebody, and that it be erased: the desk does both; here they are asked for in words."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.form import MEMORY
from actions.turn import OFFER, ActionTurn
from bot.messages import payloads
from bot.messages.contract import Command


class MyData(Action):
    """What do you know about me: the desk tells it, and gives the file (the reply commands it to)."""

    def name(self) -> str:
        return "action_my_data"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        left = turn.leave(MEMORY[turn.form]) if turn.form else []
        turn.say("about_privacy", "smalltalk", command=Command.GIVE_DATA)
        return [*left, *turn.done()]


class ForgetMe(Action):
    """Forget me: asked once more, because it cannot be undone; one who says it again agrees."""

    def name(self) -> str:
        return "action_forget_me"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if turn.slot(OFFER) == "forget":
            return confirm_forgetting(turn)
        left = turn.leave(MEMORY[turn.form]) if turn.form else []
        buttons = (
            turn.button("button_forget", payloads.FORGET_CONFIRMED),
            turn.button("button_keep", payloads.FORGET_DECLINED),
        )
        turn.say("forget_ask", "form", buttons=buttons)
        return [*left, *turn.done(offer="forget")]


def confirm_forgetting(turn: ActionTurn) -> list[EventType]:
    """Have everything erased: the desk does it, and says so itself."""
    turn.say("forgotten", "smalltalk", command=Command.ERASE)
    return turn.done()

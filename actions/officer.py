"""Talking to a person: by telephone now, in writing by a date, and a place in the queue."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import QUESTION, Turn, rooms
from bot.conversations.conversation import QUEUE


class RequestOfficer(Action):
    """Says how to reach a person, and marks the conversation as waiting for one."""

    def name(self) -> str:
        return "action_request_officer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        key = "handoff_open" if rooms().calendar.is_open(rooms().now()) else "handoff_closed"
        return turn.offer_ticket(key, "handoff", question=turn.slot(QUESTION), held_by=QUEUE)

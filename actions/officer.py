"""Talking to a person: a place in line here, by telephone, or in writing by a date."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.form import MEMORY, resume_button
from actions.turn import QUESTION, ActionTurn, rooms
from bot.messages.contract import CLOSED_NEWS
from bot.messages.conversation import QUEUE
from bot.tickets.offers import opening_values


class RequestOfficer(Action):
    """Says how to reach a person, and marks the conversation as waiting for one.

    A form under way is left: who wants a person is not asked further, and may take it up again.
    """

    def name(self) -> str:
        return "action_request_officer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        question, now, calendar = turn.slot(QUESTION), rooms().now(), rooms().calendar
        left = turn.leave(MEMORY[turn.form]) if turn.form else []
        more = (resume_button(turn),) if left else ()
        if calendar.is_open(now):
            presence = rooms().conversations.presences([turn.conversation]).get(turn.conversation)
            place = (presence and presence.place) or rooms().conversations.place_of_next()
            return [
                *left,
                *turn.offer_ticket(
                    "handoff_open",
                    "handoff",
                    question=question,
                    values={"place": place},
                    more=more,
                    held_by=QUEUE,
                    place=place,
                ),
            ]
        values = opening_values(calendar.next_opening(now), turn.language, calendar.zone)
        offered = turn.offer_ticket(
            "handoff_closed", "handoff", question=question, values=values, more=more, held_by=QUEUE, news=CLOSED_NEWS
        )
        return [*left, *offered]

"""Rasa's part, played: it understands what is pressed, and the actions are the assistant's own."""

from __future__ import annotations

import inspect
import json
from collections import defaultdict
from typing import Any

import httpx
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.counter import Decline
from actions.officer import RequestOfficer
from actions.tickets import ASKED_QUESTION, CONTACT, FORM, AskTicketContact, OpenTicket, ValidateTicketForm
from actions.turn import REQUESTED
from bot.messages import payloads


class ActingRasa:
    """Has a person called, and a ticket opened or declined; any other words are echoed."""

    def __init__(self) -> None:
        self._slots: dict[str, dict[str, Any]] = defaultdict(dict)

    async def __call__(self, request: httpx.Request, _thought: object) -> httpx.Response:
        """The answer to the desk's request."""
        if request.url.path.endswith("/parse"):
            return httpx.Response(200, json={"knowledge": {"matches": []}})
        body = json.loads(request.content)
        slots, said = self._slots[body["sender"]], body["message"]
        tracker = _tracker(body, slots)
        dispatcher, form = CollectingDispatcher(), ValidateTicketForm()
        if said == payloads.REQUEST_OFFICER:
            await _run(RequestOfficer(), dispatcher, tracker)
        elif said == payloads.OPEN_TICKET:
            slots.update(await form.extract_ticket_question(dispatcher, tracker, {}))
            slots[REQUESTED] = CONTACT
            tracker.active_loop = {"name": FORM}
            await _run(AskTicketContact(), dispatcher, tracker)
        elif said == payloads.DENY:
            await _run(Decline(), dispatcher, tracker)
        elif slots.get(REQUESTED) == CONTACT:
            found = await form.extract_ticket_contact(dispatcher, tracker, {})
            slots.update(form.validate_ticket_contact(found[CONTACT], dispatcher, tracker, {}))
            assert slots[ASKED_QUESTION]
            await _run(OpenTicket(), dispatcher, tracker)
        else:
            custom = {"outcome": "answered", "intent": "inquiry", "language": body["metadata"]["language"]}
            dispatcher.utter_message(text=said, json_message=custom)
        return httpx.Response(200, json=dispatcher.messages)


def _tracker(body: dict[str, Any], slots: dict[str, Any]) -> Tracker:
    lang = body["metadata"]["language"]
    message = {
        "text": body["message"],
        "intent": {"name": body["message"].lstrip("/"), "confidence": 1.0},
        "entities": [],
        "language": {"code": lang, "detected": lang},
        "metadata": body["metadata"],
    }
    # The slots themselves, not a copy: what an event sets is there for the next action.
    loop = {"name": FORM} if slots.get(REQUESTED) else {}
    return Tracker(body["sender"], slots, message, [], False, None, loop, "action_listen")


async def _run(action: Action, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    events: Any = action.run(dispatcher, tracker, {})
    if inspect.isawaitable(events):
        events = await events
    tracker.slots.update({event["name"]: event["value"] for event in events if event["event"] == "slot"})

"""Buttons pressed when the step under which they stood is over: said kindly, and a way to begin again."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import status
from actions.form import resume_button
from actions.turn import OFFER, PAUSED, ActionTurn, rooms
from bot.messages import payloads
from bot.messages.contract import Step, TicketFacts
from bot.tickets.ticket import OPEN

# How each form is begun.
_BEGINS = {
    "ticket_form": payloads.OPEN_TICKET,
    "status_form": payloads.TICKET_STATUS,
    "date_form": payloads.REPLY_DATE,
    "program_form": payloads.FIND_PROGRAM,
    "complaint_form": payloads.FILE_COMPLAINT,
    "evaluation_form": payloads.EVALUATE_MISSION,
}
_RECENT = 20  # of a conversation's requests


def too_late(turn: ActionTurn) -> list[EventType] | None:
    """The reply to a button of a step that is over; None where its step is still under way, or it stood under none."""
    step = turn.step
    return over(turn, step) if step and turn.comes_too_late else None


def over(turn: ActionTurn, step: Step) -> list[EventType]:
    """Say that the step is over. What lies on the counter stays, and a form under way goes on."""
    if (told := told_as_open(turn)) is not None:
        return told
    paused = turn.slot(PAUSED) or {}
    if (paused.get("form"), paused.get("run")) == (step.form, step.run):
        turn.say("step_paused", "smalltalk", buttons=(resume_button(turn),))
    else:
        again = turn.button("button_begin_again", _BEGINS[step.form])
        question = turn.under.question if turn.under else None
        due = rooms().tickets.due_if_opened_now().due_at.isoformat()
        offered = {"ticket": TicketFacts(None, due, question=question)} if question else {}
        turn.say("step_over", "smalltalk", buttons=(again,), **offered)
    return kept(turn)


def kept(turn: ActionTurn) -> list[EventType]:
    """The events that end a turn which changes nothing of what is offered."""
    return turn.done(offer=turn.slot(OFFER))


def told_as_open(turn: ActionTurn) -> list[EventType] | None:
    """Tell the state of the request that passes on the question under which the button stood; None if there is none."""
    question = turn.under.question if turn.under else None
    known = rooms().tickets.store.of_conversation(turn.conversation, _RECENT) if question else []
    found = next((ticket for ticket in known if ticket.state == OPEN and ticket.question == question), None)
    if found is None:
        return None
    status.tell(turn, found)
    return kept(turn)

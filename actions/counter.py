"""What a few words mean by what lies on the counter: yes, no, leave it, that was wrong, go on."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import corrections, dates, pressed, unknown
from actions.data import confirm_forgetting
from actions.form import MEMORY, begin, resume_button, take_up
from actions.tickets import ASKED_QUESTION
from actions.turn import CLOCK, OFFER, PAUSED, QUESTION, RUN, ActionTurn
from bot.messages import payloads

# What is said of each form that is left.
LEFT = {**dict.fromkeys(MEMORY, "form_left"), "ticket_form": "ticket_cancelled", "status_form": "status_stopped"}


class Accept(Action):
    """Yes to an offer; in a form, where it answers nothing, the form goes on."""

    def name(self) -> str:
        return "action_accept"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if (late := pressed.too_late(turn)) is not None:
            return late
        if turn.in_form:
            if turn.step:
                turn.say("read_back_changed", "form")
            return turn.done()
        if corrected := corrections.of_few_words(turn):
            return corrected
        if turn.slot(OFFER) == "ticket":
            return [FollowupAction("ticket_form")]
        if turn.slot(OFFER) == "forget":
            return confirm_forgetting(turn)
        turn.say("affirmed" if turn.intent == "affirm" else "denied", "smalltalk")
        return turn.done()


class Decline(Action):
    """No to an offer, or "no, the 4th" to what was told; in a form, where it answers nothing, the form is left."""

    def name(self) -> str:
        return "action_decline"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if gone_on := unknown.led_further(turn):
            return gone_on
        if turn.under and turn.text == payloads.NONE_OF_THESE:
            return turn.offer_ticket("unanswered", "unanswered", question=turn.under.question)
        if turn.under and turn.under.late and turn.text == payloads.DENY:
            turn.say("offer_declined", "smalltalk")
            return pressed.kept(turn)
        if turn.in_form:
            return leave_form(turn)
        if corrected := corrections.of_told(turn):
            return corrected
        if turn.slot(OFFER) == "articles":
            return turn.offer_ticket("unanswered", "unanswered", question=turn.slot(QUESTION))
        turn.say("forget_declined" if turn.slot(OFFER) == "forget" else "denied", "smalltalk")
        return turn.done()


class Leave(Action):
    """What is under way is left, and what was said in it kept to take it up again; a farewell is returned."""

    def name(self) -> str:
        return "action_leave"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if (late := pressed.too_late(turn)) is not None:
            return late
        if turn.in_form:
            return leave_form(turn)
        if corrected := corrections.of_few_words(turn):
            return corrected
        offered = turn.slot(OFFER) is not None
        turn.say("goodbye" if turn.intent == "goodbye" else "denied" if offered else "nothing_to_cancel", "smalltalk")
        return turn.done()


class Correct(Action):
    """Something was wrong: what was told last is told anew, as the message puts it right, or asked for again.

    "I wrote an e-mail", with nothing told before, corrects nothing: it tells of a case of one's own.
    """

    def name(self) -> str:
        return "action_correct"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if (late := pressed.too_late(turn)) is not None:
            return late
        if told := corrections.pressed(turn):
            return told
        if turn.in_form:
            return unknown.led_further(turn) or turn.done()
        found = corrections.of_told(turn) or corrections.begun_anew(turn)
        if found:
            return found
        case = dates.of_own_case(turn)
        if case and case[dates.PROMISE]:
            return begin(dates.FORM, **case)
        turn.say("nothing_to_correct", "smalltalk")
        return turn.done()


class Resume(Action):
    """A form that was left goes on with what was said in it."""

    def name(self) -> str:
        return "action_resume"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        paused, step = turn.slot(PAUSED), turn.step
        goes_on = turn.in_form and (not step or (turn.form, turn.slot(RUN)) == (step.form, step.run))
        if goes_on:
            return turn.done()
        if step and (not paused or (paused["form"], paused.get("run")) != (step.form, step.run)):
            return pressed.over(turn, step)
        if not paused:
            turn.say("nothing_to_resume", "smalltalk")
            return turn.done()
        left = turn.leave(MEMORY[turn.form]) if turn.form else []
        turn.say("form_resumed", "form")
        return [*turn.done(), *take_up(paused["form"], paused["slots"], run=paused.get("run"), left=left)]


class Choose(Action):
    """A button of a question that is no longer asked, or that says that one cannot answer it."""

    def name(self) -> str:
        return "action_choose"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if (late := pressed.too_late(turn)) is not None:
            return late
        if not turn.in_form:
            turn.say("choice_expired", "smalltalk")
        return unknown.led_further(turn) or turn.done()


class PassOn(Action):
    """A question for a person: the form for it, whatever else was under way, which can be taken up again."""

    def name(self) -> str:
        return "action_pass_on"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        question = turn.under.question if turn.under else None
        if turn.form == "ticket_form" and question in (None, turn.slot(ASKED_QUESTION)):
            return turn.done()
        if (told := pressed.told_as_open(turn)) is not None:
            return told
        left = turn.leave(MEMORY[turn.form]) if turn.form else []
        clock = turn.under.clock if turn.under else None
        passed_on = [SlotSet(QUESTION, question), SlotSet(CLOCK, clock)] if question else []
        return [*left, *passed_on, FollowupAction("ticket_form")]


def leave_form(turn: ActionTurn) -> list[EventType]:
    """Leave the form under way, say so, and offer to take it up again."""
    form = str(turn.form)
    events = turn.leave(MEMORY[form])
    turn.say(LEFT[form], "form", buttons=(resume_button(turn),))
    return [*events, *turn.done(), SlotSet(QUESTION, None)]

"""Which program is for me: who somebody is and what they seek, and what the declaration states for them."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.form import Ask, Form, choice_buttons, chosen, dialogues, forget
from actions.replies import give_article
from actions.turn import TOLD, ActionTurn, rooms
from actions.words import ELSEWHERE
from bot.dialogues.words import find_choice
from bot.messages import payloads
from bot.messages.contract import Step

FORM = "program_form"
ROLE = "program_role"
AIM = "program_aim"
_TELLING = {"correct", "deny", "affirm", "find_program"}


class ValidateProgramForm(Form, Action):
    """Understands who somebody is and what they seek."""

    form = FORM
    slots = (ROLE, AIM)

    def hear(self, turn: ActionTurn, asked: str | None) -> dict[str, Any]:
        if turn.text.startswith("/"):
            role, aim = chosen(turn, dialogues().roles), chosen(turn, dialogues().aims)
            # Two questions may have a choice of one name: the one that is asked has it.
            if asked == AIM and aim:
                role = None
        elif turn.asks and asked or turn.intent in ELSEWHERE:
            return {}
        else:
            role, aim = find_choice(turn.text, dialogues().roles), find_choice(turn.text, dialogues().aims)
            if asked == AIM and turn.intent not in _TELLING:
                role = None
        return {name: found.id for name, found in ((ROLE, role), (AIM, aim)) if found}


class AskProgramRole(Ask, Action):
    """Asks who somebody is."""

    slot = ROLE
    key = "program_ask_role"

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return choice_buttons(turn, dialogues().roles)


class AskProgramAim(Ask, Action):
    """Asks what somebody seeks."""

    slot = AIM
    key = "program_ask_aim"

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return choice_buttons(turn, dialogues().aims)


class TellPrograms(Action):
    """Reads back the answers, gives the articles of the programs stated for them, and says what is not known."""

    def name(self) -> str:
        return "action_tell_programs"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        role = next(choice for choice in dialogues().roles if choice.id == turn.slot(ROLE))
        aim = next(choice for choice in dialogues().aims if choice.id == turn.slot(AIM))
        said = {"role": role.told[turn.language], "aim": aim.told[turn.language]}
        programs = dialogues().programs_for(role.id, aim.id)
        turn.say("program_read_back", "form", values=said)
        turn.say("program_found" if programs else "program_none", "form")
        for article in [a for program in programs for a in program.articles] or [dialogues().otherwise]:
            give_article(turn, article, None)
        question = rooms().texts.get("program_for_staff", turn.language, **said)
        slots = {ROLE: role.id, AIM: aim.id}
        told = {"form": FORM, "slots": slots}
        events = turn.offer_ticket(
            "program_unknown",
            "answered",
            question=question,
            more=(turn.button("button_correct", payloads.CORRECT),),
            programs=tuple(program.id for program in programs),
            step=Step(FORM, said=slots),
        )
        return [*events, *forget(FORM), SlotSet(TOLD, told)]


def put_right(turn: ActionTurn, said: dict[str, Any]) -> dict[str, Any] | None:
    """What was told of a program, corrected by the message; None if it says nothing of it."""
    role, aim = find_choice(turn.text, dialogues().roles), find_choice(turn.text, dialogues().aims)
    if not role and not aim:
        return None
    return {**said, **({ROLE: role.id} if role else {}), **({AIM: aim.id} if aim else {})}

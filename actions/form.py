"""What the forms have in common: they hear an answer, a correction or a choice, and ask for what is missing.

A form hears a message first. What is no answer to its question it leaves to the acts (`data/stories/acts.yml`), whose
actions answer and go on with it, or leave it with what was said, to be taken up again.

The classes here are no actions: rasa-sdk takes every class that is one into service.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import PAUSED, REQUESTED, RUN, TOLD, ActionTurn, rooms
from bot.dialogues.words import Choice, Dialogues, load_dialogues
from bot.messages import payloads
from bot.messages.contract import Step

CORRECTING = "correcting"
YES = "yes"
_FEW = 3  # words that may do no more than name a field
_FIELD = "correct-"  # of a choice that says what to correct

# What each form keeps of what was said, when it is left and taken up again.
MEMORY: dict[str, tuple[str, ...]] = {
    "ticket_form": ("ticket_question", "ticket_contact", "ticket_clock"),
    "status_form": ("status_reference", "status_email"),
    "date_form": ("date_promise", "date_day"),
    "program_form": ("program_role", "program_aim"),
    "complaint_form": (
        "complaint_kind",
        "complaint_subject",
        "complaint_text",
        "complaint_contact",
        "complaint_confirmed",
    ),
    "evaluation_form": (
        "evaluation_mission",
        "evaluation_rating",
        "evaluation_comment",
        "evaluation_confirmed",
    ),
}


def dialogues() -> Dialogues:
    """What the dialogues recognise."""
    return load_dialogues(rooms().settings.data_dir)


class Form:
    """Hears what a message says to a form (`validate_<form>`).

    A subclass names its form, the slots in the order in which they are asked for, and of which the last may be the
    confirmation, and says in `hear` what a message tells: values by slot, nothing if it is no answer.
    """

    form: ClassVar[str]
    slots: ClassVar[tuple[str, ...]]
    confirmation: ClassVar[str | None] = None

    def name(self) -> str:
        return f"validate_{self.form}"

    def hear(self, turn: ActionTurn, asked: str | None) -> dict[str, Any]:
        """What the message says; `asked` is the slot asked for, None where the form begins.

        A slot that is None in it is asked for (again); a problem with an answer is told here.
        """
        raise NotImplementedError

    def wanted(self, known: Mapping[str, Any]) -> Sequence[str]:
        """The slots that are needed, in their order, given what is known."""
        return self.slots

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        asked = turn.slot(REQUESTED) if turn.slot(REQUESTED) in self.slots else None
        if asked and not turn.answers(self.form):
            return []
        step = turn.step
        if asked and step and step.slot in self.slots:  # of a step before, perhaps: what it answered is put right
            asked = step.slot
            if turn.intent == "affirm" and step.words != self.words(turn):
                return []  # what was confirmed is not what would be passed on
        # "The subject" at the confirmation names what is wrong, whatever act so few words are taken for.
        heard = self._named(turn, asked) or self.hear(turn, asked)
        if asked and not heard:
            heard = self._amend(turn, asked)
            if not heard:
                return []  # Rasa takes this as: no answer to the question
        if self.confirmation and self.confirmation not in heard and set(heard) & set(self.slots):
            heard[self.confirmation] = None  # what is read back has changed
        known = {name: heard.get(name, turn.slot(name)) for name in {*self.slots, *heard}}
        following = next((name for name in self.wanted(known) if known[name] is None), None)
        heard_now = (SlotSet(name, value) for name, value in heard.items())
        return [*turn.begun(), *heard_now, SlotSet(REQUESTED, following)]

    @classmethod
    def words(cls, turn: ActionTurn) -> str:
        """A digest of all that was said to the form."""
        return digest([turn.slot(name) for name in MEMORY[cls.form] if name != cls.confirmation])

    def _named(self, turn: ActionTurn, asked: str | None) -> dict[str, Any]:
        """The field that a few words at the confirmation name, to be asked for again."""
        pressed = turn.text.startswith("/")
        if asked is None or asked != self.confirmation or turn.asks or pressed or len(turn.text.split()) > _FEW:
            return {}
        return {name: None for name in self._fields(turn) if dialogues().fields[name].found_in(turn.text)}

    def _fields(self, turn: ActionTurn) -> list[str]:
        """What may be corrected of what is asked for."""
        wanted = self.wanted({name: turn.slot(name) for name in MEMORY[self.form]})
        return [name for name in wanted if name in dialogues().fields]

    def _amend(self, turn: ActionTurn, asked: str) -> dict[str, Any]:
        """What the wish to correct something, without the right answer beside it, changes."""
        chosen = turn.entity("choice") or ""
        if chosen.startswith(_FIELD) and chosen.removeprefix(_FIELD) in self._fields(turn):
            return {chosen.removeprefix(_FIELD): None}
        at_confirmation = asked == self.confirmation
        wrong = turn.intent == "correct" or (at_confirmation and turn.intent in ("deny", "none_of_these"))
        if not wrong:
            return {}
        if at_confirmation:
            return {CORRECTING: True}
        wanted = self.wanted({name: turn.slot(name) for name in MEMORY[self.form]})
        before = wanted[: wanted.index(asked)]
        last = next((name for name in reversed(before) if turn.slot(name) is not None), asked)
        turn.say("let_us_correct", "form")
        return {last: None}


class Ask:
    """Asks for a slot of a form, with the choices and a way out as buttons."""

    slot: ClassVar[str]
    key: ClassVar[str]

    def name(self) -> str:
        return f"action_ask_{self.slot}"

    def question(self, turn: ActionTurn) -> tuple[str, dict[str, str]]:
        """The key of the text that asks, and its values."""
        return self.key, {}

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        """The answers as buttons."""
        return ()

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        key, values = self.question(turn)
        buttons = (*self.choices(turn), cancel_button(turn))
        turn.say(key, "form", buttons=buttons, values=values, step=self.step(turn))
        return turn.asked()

    def step(self, turn: ActionTurn) -> Step:
        """What the buttons stand under."""
        return turn.asks_for(self.slot)


class AskConfirmation(Ask):
    """Reads back what was understood; or, where that is not right, asks what to correct."""

    fields: ClassVar[tuple[str, ...]]

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if not turn.slot(CORRECTING):
            return super().run(dispatcher, tracker, domain)
        buttons = tuple(turn.button(f"field_{name}", payloads.pick(_FIELD + name)) for name in self.offered(turn))
        turn.say("ask_what_to_correct", "form", buttons=(*buttons, cancel_button(turn)), step=turn.asks_for(self.slot))
        return [*turn.asked(), SlotSet(CORRECTING, None)]

    def offered(self, turn: ActionTurn) -> tuple[str, ...]:
        """The fields that may be corrected."""
        return self.fields

    def choices(self, turn: ActionTurn) -> tuple[dict[str, str], ...]:
        return turn.button("button_confirm", payloads.AFFIRM), turn.button("button_correct", payloads.CORRECT)

    def step(self, turn: ActionTurn) -> Step:
        said = [turn.slot(name) for name in MEMORY[str(turn.form)] if name != self.slot]
        return replace(turn.asks_for(self.slot), words=digest(said))


def cancel_button(turn: ActionTurn) -> dict[str, str]:
    """The way out of a form."""
    return turn.button("button_cancel", payloads.CANCEL)


def resume_button(turn: ActionTurn) -> dict[str, str]:
    """The way back into a form that was left."""
    return turn.button("button_resume", payloads.RESUME)


def choice_buttons(turn: ActionTurn, choices: Sequence[Choice]) -> tuple[dict[str, str], ...]:
    """One button a choice."""
    return tuple({"title": c.name[turn.language], "payload": payloads.pick(c.id)} for c in choices)


def chosen(turn: ActionTurn, choices: Sequence[Choice]) -> Choice | None:
    """The choice that was pressed."""
    return next((choice for choice in choices if choice.id == turn.entity("choice")), None)


def digest(said: Sequence[Any]) -> str:
    """What tells whether the words that a button confirms are still the same, without saying them."""
    return hashlib.sha256(json.dumps(list(said)).encode()).hexdigest()[:16]


def forget(form: str) -> list[EventType]:
    """What was said in a form is forgotten, so that the next time starts afresh."""
    return [SlotSet(name, None) for name in (*MEMORY[form], RUN)]


def begin(form: str, **said: Any) -> list[EventType]:
    """Begin a form, with what is known already; what was told before can no longer be corrected."""
    fresh = {name: said.get(name) for name in MEMORY[form]}
    known = (SlotSet(name, value) for name, value in fresh.items())
    return [*known, SlotSet(RUN, None), SlotSet(TOLD, None), FollowupAction(form)]


def take_up(
    form: str, slots: Mapping[str, Any], *, run: str | None = None, left: Sequence[EventType] = ()
) -> list[EventType]:
    """Go on with a form that was left or told, with what was said in it.

    Args:
        form: its name.
        slots: what was said.
        run: of one that was left, which time it was begun.
        left: the events that leave the form under way, which can then be taken up in its turn.
    """
    restored = [SlotSet(name, slots.get(name)) for name in MEMORY[form]]
    paused = [] if left else [SlotSet(PAUSED, None)]
    return [*left, *restored, SlotSet(RUN, run), *paused, SlotSet(TOLD, None), FollowupAction(form)]

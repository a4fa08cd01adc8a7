"""What was told can be put right afterwards: the date, what took place on it, who somebody is, what they seek."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa_sdk.events import EventType

from actions import dates, programs
from actions.form import MEMORY, take_up
from actions.turn import TOLD, ActionTurn

_FEW = 8  # words of a message that may do no more than put something right
_PUT_RIGHT: dict[str, Callable[[ActionTurn, dict[str, Any]], dict[str, Any] | None]] = {
    dates.FORM: dates.put_right,
    programs.FORM: programs.put_right,
}
# What is asked for anew by one who only says that something is wrong.
_ASKED_ANEW = {dates.FORM: dates.DAY, programs.FORM: programs.ROLE}


def of_told(turn: ActionTurn) -> list[EventType] | None:
    """Tell anew what was told last, as the message puts it right; None if it says nothing of it."""
    told = turn.slot(TOLD)
    if not told or turn.text.startswith("/"):
        return None
    said = _PUT_RIGHT[told["form"]](turn, told["slots"])
    return None if said is None else [*turn.done(), *take_up(told["form"], said)]


def of_few_words(turn: ActionTurn) -> list[EventType] | None:
    """As `of_told`, for what may be a question of its own: only a few words that ask nothing."""
    if "?" in turn.text or len(turn.text.split()) > _FEW or turn.knowledge.get("outcome") == "answered":
        return None
    return of_told(turn)


def pressed(turn: ActionTurn) -> list[EventType] | None:
    """As `begun_anew`, for what was told where the pressed button stood; None if it stood under nothing told."""
    told = turn.step
    if told is None or told.said is None:
        return None
    left = turn.leave(MEMORY[turn.form]) if turn.form else []
    turn.say("let_us_correct", "form")
    asked_anew = {**told.said, _ASKED_ANEW[told.form]: None}
    return [*turn.done(), *take_up(told.form, asked_anew, left=left)]


def begun_anew(turn: ActionTurn) -> list[EventType] | None:
    """Ask again for what was told last, for one who only says that it is wrong; None if nothing was told."""
    told = turn.slot(TOLD)
    if not told:
        return None
    turn.say("let_us_correct", "form")
    return [*turn.done(), *take_up(told["form"], {**told["slots"], _ASKED_ANEW[told["form"]]: None})]

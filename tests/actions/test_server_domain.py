"""The actions and the domain agree."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from rasa_sdk import Action

import actions.turn
from bot.core.folders import ROOT

MODULES = [
    "complaints", "counter", "data", "dates", "evaluations", "knowledge", "officer", "programs", "smalltalk", "status",
    "tickets",
]  # fmt: skip
# What the actions have in common.
HELPERS = {"__init__", "corrections", "form", "pressed", "replies", "server", "turn", "unknown", "words"}


def test_every_action_of_the_domain_exists_once(domain: dict[str, Any]) -> None:
    """The domain's custom actions are exactly those that the modules of the topics define."""
    assert {path.stem for path in (ROOT / "actions").glob("*.py")} == {*MODULES, *HELPERS}
    defined = []
    for name in MODULES:
        module = importlib.import_module(f"actions.{name}")
        found = [item for _, item in inspect.getmembers(module, inspect.isclass) if item.__module__ == module.__name__]
        defined += [item().name() for item in found if issubclass(item, Action)]
    declared = [name for entry in domain["actions"] for name in (entry if isinstance(entry, dict) else [entry])]
    assert sorted(defined) == sorted(declared)


def test_every_slot_of_the_actions_is_in_the_domain(domain: dict[str, Any]) -> None:
    """Slots that actions set are declared, and the forms ask for declared slots."""
    from actions.form import CORRECTING, MEMORY

    named = {
        actions.turn.LANGUAGE, actions.turn.OFFER, actions.turn.QUESTION, actions.turn.CLOCK, actions.turn.GIVEN,
        actions.turn.PAUSED, actions.turn.TOLD, actions.turn.RUN, CORRECTING,
        *(slot for slots in MEMORY.values() for slot in slots),
    }  # fmt: skip
    assert named == set(domain["slots"])
    for form, entry in domain["forms"].items():
        assert set(entry["required_slots"]) <= set(MEMORY[form])


def test_a_form_asks_for_its_slots_in_the_order_of_the_domain(domain: dict[str, Any]) -> None:
    """What the code of a form asks for is what the domain says, each with an action that asks."""
    from actions import complaints, dates, evaluations, programs

    for form in (
        complaints.ValidateComplaintForm,
        dates.ValidateDateForm,
        evaluations.ValidateEvaluationForm,
        programs.ValidateProgramForm,
    ):
        assert list(form.slots) == domain["forms"][form.form]["required_slots"]
        assert {f"action_ask_{slot}" for slot in form.slots} <= {a for a in domain["actions"] if isinstance(a, str)}

"""The actions and the domain agree."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from rasa_sdk import Action

import actions.turn
from bot.settings import ROOT

MODULES = ["knowledge", "officer", "smalltalk", "status", "tickets"]


def test_every_action_of_the_domain_exists_once(domain: dict[str, Any]) -> None:
    """The domain's custom actions are exactly those that the modules of the topics define."""
    assert {path.stem for path in (ROOT / "actions").glob("*.py")} == {*MODULES, "__init__", "server", "turn"}
    defined = []
    for name in MODULES:
        module = importlib.import_module(f"actions.{name}")
        found = [item for _, item in inspect.getmembers(module, inspect.isclass) if item.__module__ == module.__name__]
        defined += [item().name() for item in found if issubclass(item, Action)]
    declared = [name for entry in domain["actions"] for name in (entry if isinstance(entry, dict) else [entry])]
    assert sorted(defined) == sorted(declared)


def test_every_slot_of_the_actions_is_in_the_domain(domain: dict[str, Any]) -> None:
    """Slots that actions set are declared, and the forms ask for declared slots."""
    from actions import status, tickets

    named = {
        actions.turn.LANGUAGE, actions.turn.OFFER, actions.turn.QUESTION, actions.turn.GIVEN,
        tickets.ASKED_QUESTION, tickets.CONTACT, status.REFERENCE, status.EMAIL,
    }  # fmt: skip
    assert named == set(domain["slots"])
    assert {slot for form in domain["forms"].values() for slot in form["required_slots"]} <= named

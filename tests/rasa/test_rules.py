"""The index of the rules, beside Rasa's search through all of them: on the committed rules, in many conversations."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, LoopInterrupted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.importers.importer import TrainingDataImporter

from bot.core.folders import ROOT
from bot.rasa import rules


@pytest.fixture(scope="module")
def domain() -> Domain:
    """The assistant's domain, with what forms add to it."""
    return Domain.from_file(str(ROOT / "domain.yml"))


@pytest.fixture(scope="module")
def policy(domain: Domain, tmp_path_factory: pytest.TempPathFactory) -> RulePolicy:
    """Rasa's rule policy, trained on the committed rules."""
    importer = TrainingDataImporter.load_from_dict(
        domain_path=str(ROOT / "domain.yml"), training_data_paths=[str(ROOT / "data" / "stories")]
    )
    trackers = TrainingDataGenerator(importer.get_stories(), domain, use_story_concatenation=False).generate()
    config = {**RulePolicy.get_default_config(), "core_fallback_action_name": "action_answer"}
    policy = RulePolicy(
        config,
        LocalModelStorage(tmp_path_factory.mktemp("rules")),
        Resource("rules"),
        ExecutionContext(GraphSchema({}), uuid.uuid4().hex),
    )
    policy.train(trackers, domain)
    return policy


def uttered(intent: str) -> UserUttered:
    """A citizen's act."""
    return UserUttered("x", {"name": intent}, [], {"text": "x", "intent": {"name": intent}, "entities": []})


def conversations(domain: Domain, seed: int, turns: int) -> Iterator[DialogueStateTracker]:
    """One random conversation, given at each point at which an action is to be predicted."""
    chance = random.Random(seed)
    tracker = DialogueStateTracker("c", domain.slots)
    for event in (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")):
        tracker.update(event, domain)
    for _ in range(turns):
        tracker.update(uttered(chance.choice(domain.intents)), domain)
        yield tracker
        tracker.update(ActionExecuted(chance.choice(["action_answer", "ticket_form", "status_form"])), domain)
        change: list[Any] = [
            SlotSet("offer", chance.choice(["ticket", "articles", None])),
            ActiveLoop(chance.choice(["ticket_form", "status_form", None])),
            LoopInterrupted(chance.choice([True, False])),
            SlotSet("requested_slot", chance.choice(["ticket_contact", None])),
        ]
        for event in chance.sample(change, k=chance.randint(0, 3)):
            tracker.update(event, domain)
        yield tracker
        tracker.update(ActionExecuted("action_listen"), domain)


@pytest.mark.parametrize("seed", range(12))
def test_the_index_predicts_what_the_search_predicts(
    policy: RulePolicy, domain: Domain, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every point of a random conversation both name the same action, for the same reason."""
    for tracker in conversations(domain, seed, turns=12):
        stock = policy.predict_action_probabilities(tracker, domain)
        with monkeypatch.context() as patch:
            patch.setattr(RulePolicy, "_get_possible_keys", rules.possible_keys)
            patch.setattr(RulePolicy, "_find_action_from_rules", rules.find_action)
            indexed = policy.predict_action_probabilities(tracker, domain)
        assert indexed == stock


def test_the_search_is_small(policy: RulePolicy, domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    """For an inquiry, a handful of rules is tried instead of all of them."""
    tried: list[int] = []
    monkeypatch.setattr(rules, "_possible_keys", lambda _self, lookup, _states: tried.append(len(lookup)) or set())
    tracker = next(iter(conversations(domain, 0, 1)))
    states = policy._prediction_states(tracker, domain)
    states[-1]["user"] = {"intent": "inquiry"}
    rules.possible_keys(policy, policy.lookup["rules"], states)
    assert tried[0] <= 5 < 50 < len(policy.lookup["rules"])

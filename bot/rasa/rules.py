"""Rasa's rules found by an index, instead of by trying every rule at every turn: same predictions.

A rule can hold only if its last state agrees with the conversation's on the action before it and,
where the rule names one, on the intent. The index finds these few rules, and Rasa's own test
decides among them.
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

_Place = tuple[Any, Any]  # the action before a state, and the intent in it; None where it has none
_Index = dict[_Place, list[str]]

_possible_keys = RulePolicy._get_possible_keys
_find_action = RulePolicy._find_action_from_rules


def index_rules() -> None:
    """Make the policies that this process serves use the index; the rules no longer change."""
    RulePolicy._get_possible_keys = possible_keys
    RulePolicy._find_action_from_rules = find_action


def possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
    """The rules of `lookup` that hold in `states`."""
    before, intent = _place(states[-1])
    if before is not None:  # None: the start of a conversation, for which other rules count
        index = _index_of(self, lookup)
        near = [key for place in {(before, intent), (before, None)} for key in index.get(place, ())]
        lookup = {key: lookup[key] for key in near}
    return set(_possible_keys(self, lookup, states))


def find_action(
    self: RulePolicy, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
) -> tuple[str | None, str | None, bool]:
    """The action that the rules predict.

    Rasa asks twice, first for rules about the message's text. Outside a loop none can hold then,
    unless one follows action_listen and names no intent.
    """
    if (
        use_text_for_last_user_input
        and tracker.active_loop_name is None
        and (ACTION_LISTEN_NAME, None) not in _index_of(self, self.lookup[RULES])
    ):
        return None, None, False
    found: tuple[str | None, str | None, bool] = _find_action(self, tracker, domain, use_text_for_last_user_input)
    return found


def _index_of(policy: RulePolicy, lookup: dict[str, str]) -> _Index:
    indexes: dict[int, _Index] = policy.__dict__.setdefault("_guichet_indexes", {})
    if id(lookup) not in indexes:
        index: _Index = {}
        for key in lookup:
            index.setdefault(_place(policy._rule_key_to_state(key)[-1]), []).append(key)
        indexes[id(lookup)] = index
    return indexes[id(lookup)]


def _place(state: State) -> _Place:
    return (state.get(PREVIOUS_ACTION) or {}).get(ACTION_NAME), (state.get(USER) or {}).get(INTENT)

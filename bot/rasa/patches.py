"""The places of Rasa 3.6 that this desk replaces: each does once what stock Rasa repeats at every message.

The results are the same; the tests hold each part beside the stock part that it replaces.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event

from bot.rasa.action_calls import PatchedRemoteAction
from bot.rasa.graph import run_by_plan
from bot.rasa.processor import PatchedProcessor
from bot.rasa.rules import index_rules


def apply_patches() -> None:
    """Put our parts in the place of Rasa's own, for this process."""
    import rasa.core.actions.action
    import rasa.core.actions.forms
    import rasa.core.agent
    import rasa.core.policies.rule_policy
    import rasa.core.processor

    rasa.core.agent.MessageProcessor = PatchedProcessor
    for module in (rasa.core.actions.action, rasa.core.actions.forms):
        module.RemoteAction = PatchedRemoteAction
    # Their debug lines are never written: the level is WARNING, and they hold what citizens write.
    for module in (rasa.core.processor, rasa.core.policies.rule_policy):
        module.copy = _NotCopied
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
    DaskGraphRunner.run = run_by_plan
    index_rules()


class _NotCopied:
    """Stands for the module `copy` where Rasa uses it only to write a debug line."""

    @staticmethod
    def deepcopy(value: Any) -> Any:
        return value

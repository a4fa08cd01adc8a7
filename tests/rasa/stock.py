"""The places of Rasa 3.6 that we replace or override, each with a digest of its source.

A test takes the digests anew. Where one differs, Rasa's own part has changed, and ours may no longer do the same.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect

# Module and name of the stock part → digest of its source.
REPLACED = {
    "rasa.core.processor:MessageProcessor.handle_message": "0c41d4780d2d4676",
    "rasa.core.processor:MessageProcessor._run_action": "6d383d0179ef1187",
    "rasa.core.processor:MessageProcessor._check_for_unseen_features": "286ab49de966bc0e",
    "rasa.core.actions.action:RemoteAction.run": "ccabf6f1160d527a",
    "rasa.core.actions.action:RemoteAction._validate_action_result": "f8cdb4be68123961",
    "rasa.core.actions.action:RemoteAction._action_call_format": "428795b944f22edb",
    "rasa.core.actions.action:RemoteAction.action_response_format_spec": "091b74aa3738d126",
    "rasa.utils.endpoints:EndpointConfig.request": "ccdb778aed8208e2",
    "rasa.engine.runner.dask:DaskGraphRunner.run": "45f0f52f574f3aa9",
    "rasa.engine.runner.dask:DaskGraphRunner._build_dask_graph": "5bb99f974d512a36",
    "rasa.shared.core.events:Event.resolve_by_type": "b5cf570fa7f286c7",
    "rasa.core.policies.rule_policy:RulePolicy._get_possible_keys": "2915fd81711e194c",
    "rasa.core.policies.rule_policy:RulePolicy._find_action_from_rules": "be6da6ee0f5429bd",
    "rasa.core.tracker_store:SQLTrackerStore._retrieve": "c8adbf6f4b61ddd1",
    "rasa.core.tracker_store:SQLTrackerStore.save": "57165e46eab3de08",
    "rasa.engine.training.hooks:TrainingHook.on_before_node": "6f65355ef979db9d",
    "rasa.engine.training.hooks:TrainingHook.on_after_node": "f199608136c98ea4",
    "rasa.shared.importers.rasa:RasaFileImporter.get_nlu_data": "bf36b78f020b7e50",
}

WHAT_TO_DO = (
    "Rasa's {name} is not what our part was written beside. Read what is new in it, bring our part to it (it is in "
    "bot/rasa: grep for its name), see tests/rasa/test_patches_beside_stock.py pass, then write the digest {digest} "
    "into tests/rasa/stock.py."
)


def digest_of(name: str) -> str:
    """The digest of the source of a stock part, such as `rasa.core.processor:MessageProcessor._run_action`."""
    module, _, path = name.partition(":")
    found = importlib.import_module(module)
    for step in path.split("."):
        found = inspect.getattr_static(found, step)
    found = getattr(found, "__func__", found)  # of a static method or one of the class
    return hashlib.sha256(inspect.getsource(found).encode()).hexdigest()[:16]

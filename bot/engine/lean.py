"""Rasa's server made cheap: the same results with less work a message.

Each function replaces one place of Rasa 3.6 that repeats at every message what could be done
once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def response_validator() -> Any:
    """The validator of an action server's responses, compiled once."""
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def compile_response_schema() -> None:
    """Make Rasa's check of action responses use the compiled validator: same check, same errors.

    Stock Rasa builds the validator, and checks the schema itself, at every action call.
    """
    from rasa.core.actions.action import RemoteAction

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        response_validator().validate(result)
        return True

    RemoteAction._validate_action_result = validate


def plan_graphs_once() -> None:
    """Make Rasa run its graphs by a plan made once: same nodes, same order, same errors.

    Stock Rasa reduces the graph to what is needed, rebuilds it for dask, and has dask schedule it,
    three times a message.
    """
    from rasa.engine.exceptions import GraphRunError
    from rasa.engine.runner.dask import DaskGraphRunner

    def run(
        self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        wanted = tuple(targets or self._graph_schema.target_names)
        plans = self.__dict__.setdefault("_guichet_plans", {})
        if wanted not in plans:
            plans[wanted] = plan(
                {name: tuple(n.needs.values()) for name, n in self._graph_schema.nodes.items()}, wanted
            )
        outputs: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        try:
            for name, needs in plans[wanted]:
                outputs[name] = self._instantiated_nodes[name](*(outputs.get(need, need) for need in needs))
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return dict(outputs[name] for name in wanted)

    DaskGraphRunner.run = run


def plan(needs: dict[str, tuple[str, ...]], targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """The nodes that `targets` depend on, each after what it needs, with its needs.

    A need that is no node is an input of the graph.
    """
    planned: dict[str, tuple[str, ...]] = {}

    def visit(name: str) -> None:
        if name in planned or name not in needs:
            return
        for need in needs[name]:
            visit(need)
        planned[name] = needs[name]

    for target in targets:
        visit(target)
    return list(planned.items())

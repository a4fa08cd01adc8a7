"""Rasa's graph of components, run by a plan that is made once."""

from __future__ import annotations

from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner


def run_by_plan(
    self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """Run a graph by a plan made once: same nodes, same order, same errors.

    Stock Rasa reduces the graph to what is needed, rebuilds it for dask, and has dask schedule it,
    three times a message.
    """
    wanted = tuple(targets or self._graph_schema.target_names)
    plans = self.__dict__.setdefault("_guichet_plans", {})
    if wanted not in plans:
        plans[wanted] = plan({name: tuple(n.needs.values()) for name, n in self._graph_schema.nodes.items()}, wanted)
    outputs: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
    try:
        for name, needs in plans[wanted]:
            if name in outputs:  # given from outside, in the place of what the node would make
                continue
            outputs[name] = self._instantiated_nodes[name](*(outputs.get(need, need) for need in needs))
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error
    return dict(outputs[name] for name in wanted)


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

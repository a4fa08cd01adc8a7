"""The plan by which a graph of components runs."""

from __future__ import annotations

from bot.rasa.graph import plan


def test_a_plan_is_what_the_targets_need_each_after_its_needs() -> None:
    """What no target needs is left out, and a need that is no node is an input."""
    needs = {"a": ("message",), "b": ("a",), "c": ("a", "b"), "unused": ("c",)}
    assert plan(needs, ("c",)) == [("a", ("message",)), ("b", ("a",)), ("c", ("a", "b"))]
    assert plan(needs, ("b", "unused"))[-1] == ("unused", ("c",))

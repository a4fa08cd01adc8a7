"""The gate: the trained model is as good on `data/evaluation/` as the committed figures say."""

from __future__ import annotations

import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.core.settings import Settings
from bot.core.texts import LANGUAGES
from bot.matcher.evaluate import evaluate_model, judge
from bot.matcher.evaluation import figures, read_messages
from bot.rasa.understanding import Understanding

EVALUATION = Path(__file__).resolve().parents[2] / "data" / "evaluation"
COMMITTED: dict[str, Any] = json.loads((EVALUATION / "figures.json").read_text(encoding="utf-8"))
# Of each figure: whether more is better, and the number of messages on which it stands, a language.
MORE_IS_BETTER = {
    "answered_right": True, "top3": True, "acts": True, "language": True, "routed": True,
    "answered_wrong": False, "near": False, "far": False, "calibration_error": False,
}  # fmt: skip


def noise(share: float, n: int) -> float:
    """What a figure may differ by chance: one standard error of a share of `n` messages, a point at the least."""
    return max(0.01, math.sqrt(share * (1 - share) / n))


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """The trained model on the part kept apart."""
    return evaluate_model(Settings(), "kept", partial(Understanding, Settings()), lambda _what: None)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("figure", MORE_IS_BETTER)
def test_the_model_is_no_worse_than_the_committed_figures(measured: dict[str, Any], figure: str, lang: str) -> None:
    """On the messages kept apart, no figure of a language is worse than the committed one by more than noise."""
    found = {**measured[lang], **measured[lang]["false_answers_by_kind"]}[figure]
    committed = COMMITTED["kept"][lang]
    slack = noise(committed[figure], committed["n"][figure])
    if MORE_IS_BETTER[figure]:
        assert found >= committed[figure] - slack
    else:
        assert found <= committed[figure] + slack


def test_the_report_of_the_part_kept_apart_shows_no_message(measured: dict[str, Any]) -> None:
    """Who runs the evaluation does not read what is kept apart."""
    assert measured["worst_misses"] == []


def test_messages_that_go_on_are_understood() -> None:
    """Of the questions that go on from an answer, no fewer are answered right or asked back with the right article."""
    model = Understanding(Settings())
    judged = [
        judge(row, model.parse(row["text"], row["lang"], row["after"]), "article" if row["article"] else "near")
        for row in read_messages(EVALUATION / "followups.jsonl")
    ]
    found = figures(judged)
    found["reached"] = found["answered_right"] + found["clarified_right"]
    committed = COMMITTED["followups"]
    for figure in ("answered_right", "reached"):
        assert found[figure] >= committed[figure] - noise(committed[figure], committed["n_answerable"])
    for figure in ("answered_wrong", "false_answers"):
        assert found[figure] <= committed[figure] + 0.04

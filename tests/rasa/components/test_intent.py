"""The acts: what is hardly one is taken for a question."""

from __future__ import annotations

import numpy as np
import pytest

from bot.rasa.components.intent import is_address, ranked

CLASSES = np.array(["cancel", "greet", "inquiry", "request_officer"])


@pytest.mark.parametrize(
    "probabilities, order",
    [
        ([0.1, 0.2, 0.3, 0.4], ["request_officer", "inquiry", "greet", "cancel"]),
        ([0.2, 0.18, 0.1, 0.24], ["inquiry", "request_officer", "cancel", "greet"]),
        ([0.2, 0.1, 0.24, 0.18], ["inquiry", "cancel", "request_officer", "greet"]),
        ([0.05, 0.6, 0.2, 0.15], ["greet", "inquiry", "request_officer", "cancel"]),
    ],
)
def test_an_act_that_is_hardly_likely_comes_after_the_question(probabilities: list[float], order: list[str]) -> None:
    """Keys that were beaten are no wish for a person; what is likely stays first."""
    assert list(CLASSES[ranked(np.array(probabilities), CLASSES)]) == order


def test_where_there_are_only_acts_they_stay_in_their_order() -> None:
    """A model of acts alone has no question to put first."""
    acts = CLASSES[CLASSES != "inquiry"]
    assert list(acts[ranked(np.array([0.2, 0.24, 0.1]), acts)]) == ["greet", "cancel", "request_officer"]


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("zoe@example.com", True),
        (" <zoe@example.com>. ", True),
        ("", False),
        ("bonjour", False),
        ("oui, zoe@example.com", False),
        ("zoe@example.com merci", False),
    ],
)
def test_an_address_alone_is_told(text: str, alone: bool) -> None:
    """An address with words beside it is left to the classifier."""
    assert is_address(text) is alone

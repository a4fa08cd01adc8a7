"""The one form in which texts are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text_folding import fold


@pytest.mark.parametrize(
    "text, folded",
    [
        ("Québec", "quebec"),
        ("E\u0301COLE", "ecole"),
        ("Œuvre, CÆSAR", "oeuvre, caesar"),
        ("Straße", "strasse"),
        ("ﬁn № 5", "fin no 5"),
        ("\U0001d400", "a"),
        ("d'été – 100 %", "d'ete – 100 %"),
        ("", ""),
    ],
)
def test_case_accents_and_ligatures_make_no_difference(text: str, folded: str) -> None:
    """Signs and spaces stay as they are."""
    assert fold(text) == folded


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    """A folded text is its own folded form, whatever it holds."""
    assert fold(fold(text)) == fold(text)

"""Machines that see their neighbours only, beside those that see all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

import bot.matcher.linear
from bot.matcher.linear import CalibratedLinearClassifier

CLASSES, EACH, WORDS, DIMENSIONS = 40, 6, 200, 8


def rows_of(seed: int) -> tuple[csr_matrix, list[str]]:
    """Rows of forty classes: three words of their own among noise, and a vector near the class's centre."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((CLASSES, DIMENSIONS))
    rows, labels = [], []
    for number in range(CLASSES):
        for _ in range(EACH):
            words = np.zeros(WORDS)
            words[[3 * number, 3 * number + 1, 120 + random.integers(80)]] = 0.5
            rows.append(np.concatenate([words, 0.2 * (centres[number] + 0.3 * random.standard_normal(DIMENSIONS))]))
            labels.append(f"c{number:02}")
    return csr_matrix(np.array(rows, dtype=np.float32)), labels


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty classes count as very many, and ten of them as near."""
    monkeypatch.setattr(bot.matcher.linear, "MOST_AGAINST_ALL", 10)
    monkeypatch.setattr("bot.matcher.neighbours._NEAREST", 10)
    monkeypatch.setattr("bot.matcher.neighbours._SHARE", 15)


def test_classes_are_told_apart(few: None) -> None:
    """New rows of every class get their class, though no machine saw all the others."""
    rows, labels = rows_of(2)
    fitted = CalibratedLinearClassifier().fit(rows, labels, WORDS)
    unseen, expected = rows_of(3)
    found = fitted.classes_[fitted.predict_proba(unseen).argmax(axis=1)]
    assert np.mean(found == np.array(expected)) > 0.95


def test_probabilities_are_probabilities_and_calibrated_on_held_out_rows(few: None) -> None:
    """They sum to 1, and one part of the rows was held out to set them."""
    rows, labels = rows_of(2)
    fitted = CalibratedLinearClassifier().fit(rows, labels, WORDS)
    assert np.allclose(fitted.predict_proba(rows).sum(axis=1), 1, atol=1e-4)
    assert 0 < len(fitted.held_) < len(labels) / 2


def test_only_the_heaviest_words_are_kept(few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class keeps so many weights of words, and all of its vector."""
    monkeypatch.setattr("bot.matcher.neighbours._KEPT_WEIGHTS", 2)
    rows, labels = rows_of(2)
    weights = CalibratedLinearClassifier().fit(rows, labels, WORDS)._weights
    assert weights._sparse.nnz <= 2 * CLASSES
    assert weights._dense.shape == (DIMENSIONS, CLASSES)

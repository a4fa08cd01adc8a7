"""The linear classifier: right on what is plain, unsure on what is not, the same each time."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.matcher.linear import CalibratedLinearClassifier


def clouds(labels: str, each: int, spread: float, seed: int = 1) -> tuple[csr_matrix, list[str]]:
    """Points around one corner of space a label: `each` points a label, in turn."""
    random = np.random.default_rng(seed)
    targets = [label for _ in range(each) for label in labels]
    corners = {label: np.eye(len(labels))[i] for i, label in enumerate(labels)}
    points = np.array([corners[label] + spread * random.standard_normal(len(labels)) for label in targets])
    return csr_matrix(points, dtype=np.float32), targets


@pytest.mark.parametrize("labels", ["ab", "abc", "abcdef"])
def test_plain_classes_are_told_apart(labels: str) -> None:
    """Of two or more classes that lie apart, each row gets its own, and surely."""
    rows, targets = clouds(labels, each=12, spread=0.05)
    classifier = CalibratedLinearClassifier().fit(rows, targets)
    probabilities = classifier.predict_proba(rows)
    assert list(classifier.classes_) == list(labels)
    assert list(classifier.classes_[probabilities.argmax(axis=1)]) == targets
    assert probabilities.max(axis=1).min() > 0.9


@pytest.mark.parametrize("labels", ["ab", "abcd"])
@pytest.mark.parametrize("spread", [0.05, 1.0])
def test_probabilities_are_probabilities(labels: str, spread: float) -> None:
    """Every row, seen or held out, has probabilities between 0 and 1 that sum to 1."""
    rows, targets = clouds(labels, each=10, spread=spread)
    classifier = CalibratedLinearClassifier().fit(rows, targets)
    for probabilities in (classifier.predict_proba(rows), classifier.held_out_):
        assert probabilities.shape == (len(targets), len(labels))
        assert (probabilities >= 0).all()
        assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_noise_makes_it_unsure() -> None:
    """Where the labels have nothing to do with the rows, no class is given much more than its share."""
    random = np.random.default_rng(3)
    rows = csr_matrix(random.standard_normal((200, 4)), dtype=np.float32)
    targets = [str(label) for label in random.integers(0, 2, size=200)]
    classifier = CalibratedLinearClassifier().fit(rows, targets)
    assert classifier.held_out_.max(axis=1).mean() < 0.65


def test_held_out_probabilities_are_calibrated() -> None:
    """On rows that overlap, the mean held-out certainty is near the share of rows that are right."""
    rows, targets = clouds("abc", each=150, spread=0.7)
    classifier = CalibratedLinearClassifier().fit(rows, targets)
    right = classifier.classes_[classifier.held_out_.argmax(axis=1)] == np.asarray(targets)
    assert 0.5 < right.mean() < 0.95
    assert abs(classifier.held_out_.max(axis=1).mean() - right.mean()) < 0.06


def test_held_out_rows_were_not_seen() -> None:
    """A row with a wrong label does not win its held-out probability over by heart."""
    rows, targets = clouds("ab", each=20, spread=0.05)
    targets[0] = "b"  # it lies among the a's
    classifier = CalibratedLinearClassifier(strength=50.0).fit(rows, targets)
    assert classifier.held_out_[0].argmax() == 0


def test_fitting_again_gives_the_same() -> None:
    """The same rows and labels give, to the machine's tolerance, the same classifier."""
    rows, targets = clouds("abcd", each=10, spread=0.5)
    first, second = (CalibratedLinearClassifier().fit(rows, targets) for _ in range(2))
    assert np.isclose(first.temperature_, second.temperature_, rtol=0.01)
    assert np.allclose(first.predict_proba(rows), second.predict_proba(rows), atol=0.01)
    assert np.allclose(first.held_out_, second.held_out_, atol=0.01)


def test_a_class_with_two_rows_is_enough() -> None:
    """A class with fewer rows than there are folds is learnt like the others."""
    rows, targets = clouds("abc", each=2, spread=0.01)
    classifier = CalibratedLinearClassifier(folds=4).fit(rows, targets)
    assert list(classifier.classes_[classifier.predict_proba(rows).argmax(axis=1)]) == targets


def test_one_class_is_not_enough() -> None:
    """With a single class there is nothing to tell apart, and that is an error."""
    rows, _ = clouds("ab", each=3, spread=0.1)
    with pytest.raises(ValueError, match="two classes"):
        CalibratedLinearClassifier().fit(rows, ["a"] * 6)


def test_what_was_only_needed_to_fit_is_not_kept() -> None:
    """A pickled classifier predicts the same and has left the held-out rows behind."""
    rows, targets = clouds("abc", each=10, spread=0.5)
    classifier = CalibratedLinearClassifier().fit(rows, targets)
    again = pickle.loads(pickle.dumps(classifier))
    assert np.allclose(again.predict_proba(rows), classifier.predict_proba(rows))
    assert not hasattr(again, "held_out_")


def test_a_class_with_one_row_is_learnt_and_not_held_out() -> None:
    """Its row is known to every machine, and tells nothing of how sure to be."""
    rows, targets = clouds("ab", each=10, spread=0.05)
    kept = [*(place for place, label in enumerate(targets) if label == "a"), targets.index("b")]
    classifier = CalibratedLinearClassifier().fit(rows[kept], [targets[place] for place in kept])
    assert list(classifier.held_) == list(range(10))
    assert classifier.classes_[classifier.predict_proba(rows[kept[-1]]).argmax()] == "b"

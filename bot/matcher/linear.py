"""A linear classifier whose probabilities are set by cross-validation."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.svm import LinearSVC

from bot.core.processes import end_with
from bot.matcher.neighbours import SplitWeights, fit_against_neighbours

_MANY = 2000  # rows from which starting processes pays
# Up to so many classes each is told apart from all others; of more, from its nearest (see `neighbours`).
MOST_AGAINST_ALL = 300
_MOST_HELD = 2000  # rows held out then
_ABSENT = -1.0  # the margin of a class that a machine has not seen


class CalibratedLinearClassifier:
    """One linear support-vector machine a class, and one temperature for all of them.

    The margins are divided by a temperature before the softmax. It is the temperature that
    makes held-out labels most likely (Guo et al., 2017, "On Calibration of Modern Neural
    Networks"), found on margins that training rows received from a machine that had not
    seen them.
    """

    def __init__(self, strength: float = 1.0, folds: int = 3, seed: int = 7) -> None:
        """`strength`: the machine's C. `folds`: parts of the cross-validation."""
        self.strength = strength
        self.folds = folds
        self.seed = seed

    def fit(self, rows: csr_matrix, labels: Sequence[str], dense_from: int | None = None) -> CalibratedLinearClassifier:
        """Fit on `rows` (n × features) with their `labels` (n).

        Args:
            rows: the features.
            labels: a class may have a single row; it is then never held out.
            dense_from: the first of the columns that no row leaves empty, if there are any.

        Raises:
            ValueError: fewer than two classes.
        """
        y = np.asarray(labels)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError("a classifier needs at least two classes")
        folds = self._folds(y)
        # With very many classes one small part is held out, and not each in turn: a fit takes minutes.
        held = range(self.folds if len(self.classes_) <= MOST_AGAINST_ALL else 1)
        everything = np.arange(len(y))
        seen = [everything, *(np.flatnonzero(folds != fold) for fold in held)]
        # Side by side, in processes: liblinear keeps one random generator a process, and threads
        # that share it would make each fit a little different from the last.
        jobs = os.cpu_count() if len(y) >= _MANY and len(self.classes_) <= MOST_AGAINST_ALL else 1
        start = rows.shape[1] if dense_from is None else dense_from
        machines = Parallel(n_jobs=jobs, initializer=end_with, initargs=(os.getpid(),))(
            delayed(_fit_machine)(rows, y, part, self.strength, self.seed, start) for part in seen
        )
        self._weights = machines[0][1]
        self._set_temperature(rows, y, folds, machines[1:])
        return self

    def predict_proba(self, rows: csr_matrix) -> np.ndarray:
        """Probabilities of the classes in `classes_`, shape (n, classes)."""
        return np.asarray(softmax(self.margins(rows) / self.temperature_, axis=1))

    def margins(self, rows: csr_matrix) -> np.ndarray:
        """How far each row lies on each class's side, shape (n, classes)."""
        return self._weights.margins(rows)

    def _folds(self, y: np.ndarray) -> np.ndarray:
        """The part of each row: every class spread over the parts, in an order drawn by chance.

        A class's only row is in no part (-1), so that every machine has seen every class.
        """
        random = np.random.default_rng(self.seed)
        folds = np.full(len(y), -1)
        for label in self.classes_:
            mine = random.permutation(np.flatnonzero(y == label))
            if len(mine) > 1:
                folds[mine] = (np.arange(len(mine)) + random.integers(self.folds)) % self.folds
        if len(self.classes_) > MOST_AGAINST_ALL:
            first = random.permutation(np.flatnonzero(folds == 0))
            folds[first[_MOST_HELD:]] = -1
        return folds

    def __getstate__(self) -> dict[str, object]:
        """Without what was only needed to fit."""
        return {name: value for name, value in self.__dict__.items() if name not in ("held_", "held_out_")}

    def _set_temperature(self, rows: csr_matrix, y: np.ndarray, folds: np.ndarray, machines: list[_Machine]) -> None:
        """Set `temperature_`, `held_out_` (probabilities of the held-out rows) and `held_` (their places)."""
        places, margins = [], []
        for fold, (classes, weights) in enumerate(machines):
            unseen = np.flatnonzero(folds == fold)
            found = np.full((len(unseen), len(self.classes_)), _ABSENT, dtype=np.float32)
            found[:, np.searchsorted(self.classes_, classes)] = weights.margins(rows[unseen])
            places.append(unseen)
            margins.append(found)
        every = np.concatenate(places)
        order = np.argsort(every)
        self.held_, held_out = every[order], np.concatenate(margins)[order]
        target = np.searchsorted(self.classes_, y[self.held_])

        def loss(log_temperature: float) -> float:
            scores = log_softmax(held_out / np.exp(log_temperature), axis=1)
            return float(-scores[np.arange(len(target)), target].mean())

        # Without a held-out row (every class has but one) nothing is known: margins as they are.
        best = minimize_scalar(loss, bounds=(-4.0, 2.0), method="bounded").x if len(target) else 0.0
        self.temperature_ = float(np.exp(best))
        self.held_out_ = softmax(held_out / self.temperature_, axis=1)


class DenseWeights:
    """One column of weights a class: features × classes, float32."""

    def __init__(self, machine: LinearSVC) -> None:
        weights, bias = machine.coef_, machine.intercept_
        if len(weights) == 1:  # of two classes the machine keeps one row; the other is its opposite
            weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
        self._weights = weights.T.astype(np.float32).copy()
        self._bias = bias.astype(np.float32)

    def margins(self, rows: csr_matrix) -> np.ndarray:
        """The margins of `rows`: n × classes."""
        return np.asarray(rows @ self._weights) + self._bias


_Machine = tuple[np.ndarray, DenseWeights | SplitWeights]  # its classes, in order, and its weights


def _fit_machine(
    every: csr_matrix, labels: np.ndarray, part: np.ndarray, strength: float, seed: int, dense_from: int
) -> _Machine:
    # The processes share the rows of all in memory; each takes the part that its machine may see.
    rows, y = every[part], labels[part]
    classes = np.unique(y)
    if len(classes) > MOST_AGAINST_ALL:
        return classes, fit_against_neighbours(rows, np.searchsorted(classes, y), dense_from, strength, seed)
    machine = LinearSVC(C=strength, random_state=seed, max_iter=4000, tol=1e-2).fit(rows, y)
    return classes, DenseWeights(machine)

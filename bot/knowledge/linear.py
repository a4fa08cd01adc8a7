"""A linear classifier whose probabilities are set by cross-validation."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

_MANY = 2000  # rows from which starting processes pays


class CalibratedLinearClassifier:
    """One linear support-vector machine a class, and one temperature for all of them.

    The margins are divided by a temperature before the softmax. It is the temperature that
    makes held-out labels most likely (Guo et al., 2017, "On Calibration of Modern Neural
    Networks"), found on margins that every training row received from a machine that had not
    seen it.
    """

    def __init__(self, strength: float = 1.0, folds: int = 3, seed: int = 7) -> None:
        """`strength`: the machine's C. `folds`: parts of the cross-validation."""
        self.strength = strength
        self.folds = folds
        self.seed = seed

    def fit(self, rows: csr_matrix, labels: Sequence[str]) -> CalibratedLinearClassifier:
        """Fit on `rows` (n × features) with their `labels` (n); classes need two rows each."""
        y = np.asarray(labels)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError("a classifier needs at least two classes")
        splits = self._splits(rows, y)
        everything = np.arange(len(y))
        # Side by side, in processes: liblinear keeps one random generator a process, and threads
        # that share it would make each fit a little different from the last.
        jobs = os.cpu_count() if len(y) >= _MANY else 1
        machine, *unseeing = Parallel(n_jobs=jobs, max_nbytes=None)(
            delayed(self._fit_machine)(rows[seen], y[seen]) for seen in [everything, *(seen for seen, _ in splits)]
        )
        held_out = self._held_out_margins(rows, y, splits, unseeing)
        target = np.searchsorted(self.classes_, y)

        def loss(log_temperature: float) -> float:
            scores = log_softmax(held_out / np.exp(log_temperature), axis=1)
            return float(-scores[np.arange(len(y)), target].mean())

        best = minimize_scalar(loss, bounds=(-4.0, 2.0), method="bounded")
        self.temperature_ = float(np.exp(best.x))
        self.held_out_ = softmax(held_out / self.temperature_, axis=1)
        self.coef_ = self._full(machine.coef_).T.astype(np.float32).copy()
        self.intercept_ = self._full(machine.intercept_.reshape(-1, 1)).ravel().astype(np.float32)
        return self

    def predict_proba(self, rows: csr_matrix) -> np.ndarray:
        """Probabilities of the classes in `classes_`, shape (n, classes)."""
        margins = np.asarray(rows @ self.coef_) + self.intercept_
        return np.asarray(softmax(margins / self.temperature_, axis=1))

    def _fit_machine(self, rows: csr_matrix, y: np.ndarray) -> LinearSVC:
        return LinearSVC(C=self.strength, random_state=self.seed, max_iter=4000, tol=1e-3).fit(rows, y)

    def _splits(self, rows: csr_matrix, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        smallest = int(np.unique(y, return_counts=True)[1].min())
        folds = StratifiedKFold(min(self.folds, max(2, smallest)), shuffle=True, random_state=self.seed)
        return list(folds.split(rows, y))

    def _held_out_margins(
        self,
        rows: csr_matrix,
        y: np.ndarray,
        splits: list[tuple[np.ndarray, np.ndarray]],
        machines: list[LinearSVC],
    ) -> np.ndarray:
        margins = np.full((len(y), len(self.classes_)), -1.0)
        for (_, unseen), machine in zip(splits, machines):
            scores = machine.decision_function(rows[unseen])
            if scores.ndim == 1:
                scores = np.column_stack([-scores, scores])
            margins[np.ix_(unseen, np.searchsorted(self.classes_, machine.classes_))] = scores
        return margins

    def _full(self, weights: np.ndarray) -> np.ndarray:
        """Of two classes the machine keeps one row of weights; the other is its opposite."""
        return np.vstack([-weights, weights]) if len(weights) == 1 else weights

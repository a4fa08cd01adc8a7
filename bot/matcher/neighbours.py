"""Linear machines for very many classes: each class is told apart from those that lie nearest.

One machine a class against all rows takes a time that grows with the square of the knowledge
base, and nearly all of it goes into telling a class from classes that nobody would confuse it
with. Here a class's machine sees the rows of its nearest classes and a sample of all others (the
idea of hard negatives: Shrivastava et al., 2016, "Training Region-based Object Detectors with
Online Hard Example Mining", without the mining), and keeps its largest weights.
"""

from __future__ import annotations

import os

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csc_matrix, csr_matrix, hstack
from sklearn.svm import LinearSVC

from bot.core.processes import end_with

_NEAREST = 15  # classes
_SAMPLE = 150  # rows of all others
_MOST_ROWS = 20  # of one neighbour
_KEPT_WEIGHTS = 600  # of words and pieces of words, a class
_SHARE = 200  # classes fitted by one process in one go


class SplitWeights:
    """Weights in two parts: few of words and pieces of words (sparse), all of vectors (dense)."""

    def __init__(self, sparse: csr_matrix, dense: np.ndarray, bias: np.ndarray) -> None:
        """`sparse`: words and pieces × classes; `dense`: dimensions × classes; `bias`: classes."""
        self._sparse = sparse
        self._dense = dense
        self._bias = bias

    def margins(self, rows: csr_matrix) -> np.ndarray:
        """The margins of `rows`: n × classes."""
        start = self._sparse.shape[0]
        found = (rows[:, :start] @ self._sparse).toarray()
        found += rows[:, start:].toarray() @ self._dense
        return np.asarray(found + self._bias)


def fit_against_neighbours(
    rows: csr_matrix, y: np.ndarray, dense_from: int, strength: float, seed: int
) -> SplitWeights:
    """A machine for each class 0 … max(y) of `rows` (n × features).

    Args:
        rows: the features; those from column `dense_from` on are vectors.
        y: the class of each row.
        dense_from: where the vectors begin.
        strength: the machines' C.
        seed: of the sample of all others.
    """
    members = _members(y)
    nearest = _nearest_classes(rows[:, dense_from:].toarray() if dense_from < rows.shape[1] else rows, members)
    shares = [range(first, min(first + _SHARE, len(members))) for first in range(0, len(members), _SHARE)]
    random = np.random.default_rng(seed)
    others = random.integers(len(y), size=_SAMPLE)
    tasks = (
        delayed(_fit_share)(
            *_excerpt(rows, [_rows_of(label, members, nearest, others) for label in share]),
            own=[len(members[label]) for label in share],
            dense_from=dense_from,
            kept=_KEPT_WEIGHTS,
            strength=strength,
            seed=seed,
        )
        for share in shares
    )
    workers = Parallel(n_jobs=os.cpu_count(), max_nbytes=None, initializer=end_with, initargs=(os.getpid(),))
    parts = workers(tasks)
    sparse = hstack([part for part, _, _ in parts], format="csr", dtype=np.float32)
    return SplitWeights(
        sparse, np.hstack([part for _, part, _ in parts]), np.concatenate([part for _, _, part in parts])
    )


def _members(y: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(y, kind="stable")
    return np.split(order, np.searchsorted(y[order], np.arange(1, y.max() + 1)))


def _nearest_classes(vectors: np.ndarray | csr_matrix, members: list[np.ndarray]) -> np.ndarray:
    """The nearest classes of each by the cosine of their centres, shape (classes, nearest)."""
    centres = np.vstack([np.asarray(vectors[mine].mean(axis=0)).ravel() for mine in members]).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True) + 1e-9
    count = min(_NEAREST, len(members) - 1)
    found = np.empty((len(members), count), dtype=np.int64)
    for first in range(0, len(members), 1000):
        likeness = centres[first : first + 1000] @ centres.T
        likeness[np.arange(len(likeness)), np.arange(first, first + len(likeness))] = -np.inf
        found[first : first + 1000] = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
    return found


def _rows_of(label: int, members: list[np.ndarray], nearest: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The rows that the machine of `label` sees: its own first, then its neighbours' and the sample."""
    mine = members[label]
    against = np.concatenate([*(members[other][:_MOST_ROWS] for other in nearest[label]), others])
    return np.concatenate([mine, np.setdiff1d(against, mine)])


def _excerpt(rows: csr_matrix, wanted: list[np.ndarray]) -> tuple[csr_matrix, list[np.ndarray]]:
    """The rows that a share needs, once each, and where each class's stand among them."""
    every = np.unique(np.concatenate(wanted))
    return rows[every], [np.searchsorted(every, places) for places in wanted]


def _fit_share(
    rows: csr_matrix,
    places: list[np.ndarray],
    *,
    own: list[int],
    dense_from: int,
    kept: int,
    strength: float,
    seed: int,
) -> tuple[csc_matrix, np.ndarray, np.ndarray]:
    sparse, dense, bias = [], [], []
    place = np.zeros(rows.shape[1], dtype=np.int32)
    for mine, count in zip(places, own):
        seen = rows[mine]
        # Only the columns that these rows fill: the others' weights are zero.
        columns = np.flatnonzero(np.bincount(seen.indices, minlength=rows.shape[1]))
        place[columns] = np.arange(len(columns), dtype=np.int32)
        filled = csr_matrix((seen.data, place[seen.indices], seen.indptr), shape=(len(mine), len(columns)))
        machine = LinearSVC(C=strength, random_state=seed, tol=1e-1).fit(filled, np.arange(len(mine)) < count)
        weights = machine.coef_[0].astype(np.float32)
        words = int(np.searchsorted(columns, dense_from))
        heavy = np.arange(words)
        if words > kept:
            heavy = np.argpartition(-np.abs(weights[:words]), kept)[:kept]
        sparse.append(csc_matrix((weights[heavy], columns[heavy], [0, len(heavy)]), shape=(dense_from, 1)))
        vector = np.zeros(rows.shape[1] - dense_from, dtype=np.float32)
        vector[columns[words:] - dense_from] = weights[words:]
        dense.append(vector)
        bias.append(machine.intercept_[0])
    return hstack(sparse, format="csc"), np.array(dense).T, np.array(bias, dtype=np.float32)

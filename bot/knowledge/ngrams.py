"""TF-IDF of the n-grams of a message: one sparse row, made in a fraction of a millisecond.

Weights are sublinear term frequency times smoothed inverse document frequency, each row scaled
to length one (Manning, Raghavan and Schütze, 2008, "Introduction to Information Retrieval",
chapter 6), as scikit-learn's `TfidfVectorizer` has them. That class spends two thirds of its
time on a single short message checking its own state and building matrices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from scipy.sparse import csr_matrix

from bot.knowledge.text import fold, skeleton

_PIECES = (2, 5)  # shortest and longest piece of a word
_REMEMBERED = 50_000  # words whose pieces are kept: the same words come again and again


def words(text: str) -> list[str]:
    """The folded words of `text`, and its pairs of neighbouring words."""
    single = skeleton(text).split()
    return single + [f"{one} {two}" for one, two in zip(single, single[1:])]


def pieces(text: str) -> list[str]:
    """The pieces of two to five letters within the folded words of `text`, with their edges."""
    return list(chain.from_iterable(_pieces_of(word) for word in fold(text).split()))


@lru_cache(maxsize=_REMEMBERED)
def _pieces_of(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    shortest, longest = _PIECES
    return tuple(padded[i : i + n] for n in range(shortest, longest + 1) for i in range(len(padded) - n + 1))


class NgramTfidf:
    """Learns a vocabulary of n-grams and their weights, and makes rows of them."""

    def __init__(self, analyze: Callable[[str], Iterable[str]], min_df: int = 1) -> None:
        """`analyze`: the n-grams of a text; `min_df`: in how many texts an n-gram must stand to count."""
        self._analyze = analyze
        self._min_df = min_df

    def fit(self, texts: Sequence[str]) -> NgramTfidf:
        """Learn the n-grams of `texts` and how rare each is."""
        documents = Counter(chain.from_iterable(set(self._analyze(text)) for text in texts))
        kept = sorted(gram for gram, count in documents.items() if count >= self._min_df)
        self._columns = {gram: column for column, gram in enumerate(kept)}
        frequency = np.array([documents[gram] for gram in kept], dtype=np.float64)
        self._idf = (np.log((1 + len(texts)) / (1 + frequency)) + 1).astype(np.float32)
        return self

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self._columns)

    def row(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The row of one text: its columns (int32, ascending) and their weights (float32, length one)."""
        columns = self._columns
        counts = Counter(columns[gram] for gram in self._analyze(text) if gram in columns)
        found = np.fromiter(counts, dtype=np.int32, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        order = np.argsort(found)
        found = found[order]
        weights = (1 + np.log(times[order])) * self._idf[found]
        length = np.sqrt(weights @ weights)
        return found, weights / length if length else weights

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """The rows of `texts`: n × `width`, float32."""
        return as_matrix([self.row(text) for text in texts], self.width)


def word_tfidf() -> NgramTfidf:
    """Words and pairs of words, not yet fitted."""
    return NgramTfidf(words)


def char_tfidf() -> NgramTfidf:
    """Pieces of words, which survive typos, not yet fitted."""
    return NgramTfidf(pieces, min_df=2)


def as_matrix(rows: Sequence[tuple[np.ndarray, np.ndarray]], width: int) -> csr_matrix:
    """Rows of (ascending columns, weights) as one sparse matrix: n × `width`, float32."""
    ends = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum([len(columns) for columns, _ in rows], out=ends[1:])
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.zeros(0, np.int32)
    weights = np.concatenate([weights for _, weights in rows]) if rows else np.zeros(0, np.float32)
    return csr_matrix((weights.astype(np.float32, copy=False), columns, ends), shape=(len(rows), width))

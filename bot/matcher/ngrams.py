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

from bot.matcher.text import normalize, skeleton

_PIECES = (2, 5)  # shortest and longest piece of a word
_WORDS_KEPT = 50_000  # whose pieces are kept: the same words come again and again
_TEXTS_KEPT = 100  # whose n-grams are kept: several models look at one message


@lru_cache(maxsize=_TEXTS_KEPT)
def words(text: str) -> tuple[str, ...]:
    """The folded words of `text`, and its pairs of neighbouring words."""
    single = skeleton(text).split()
    return (*single, *(f"{one} {two}" for one, two in zip(single, single[1:])))


@lru_cache(maxsize=_TEXTS_KEPT)
def folded_words(text: str) -> tuple[str, ...]:
    """The folded words of `text` as they stand between spaces, signs and all."""
    return tuple(normalize(text).split())


@lru_cache(maxsize=_WORDS_KEPT)
def pieces(word: str) -> tuple[str, ...]:
    """The pieces of two to five letters within a word, its edges among them."""
    padded = f" {word} "
    shortest, longest = _PIECES
    return tuple(padded[i : i + n] for n in range(shortest, longest + 1) for i in range(len(padded) - n + 1))


def alone(unit: str) -> tuple[str, ...]:
    """The unit itself, which is its only n-gram."""
    return (unit,)


class NgramTfidf:
    """Learns a vocabulary of n-grams and their weights, and makes rows of them."""

    def __init__(
        self, units: Callable[[str], Iterable[str]], grams: Callable[[str], Iterable[str]] = alone, min_df: int = 1
    ) -> None:
        """`units`: what a text is made of; `grams`: the n-grams of a unit; `min_df`: texts that must hold an n-gram."""
        self._units = units
        self._grams = grams
        self._min_df = min_df
        self._known: dict[str, list[int]] = {}  # the columns of the units seen, which come again and again

    def fit(self, texts: Sequence[str]) -> NgramTfidf:
        """Learn the n-grams of `texts` and how rare each is."""
        documents: Counter[str] = Counter()
        for text in texts:
            documents.update({gram for unit in self._units(text) for gram in self._grams(unit)})
        self._known.clear()
        kept = sorted(gram for gram, count in documents.items() if count >= self._min_df)
        self._columns = {gram: column for column, gram in enumerate(kept)}
        frequency = np.array([documents[gram] for gram in kept], dtype=np.float64)
        self._idf = (np.log((1 + len(texts)) / (1 + frequency)) + 1).astype(np.float32)
        return self

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self._columns)

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """The rows of `texts`: n × `width`, float32, each of length one or empty."""
        found = [list(chain.from_iterable(self._columns_of(unit) for unit in self._units(text))) for text in texts]
        ends = np.zeros(len(texts) + 1, dtype=np.int32)
        np.cumsum([len(columns) for columns in found], out=ends[1:])
        columns = np.fromiter(chain.from_iterable(found), dtype=np.int32, count=ends[-1])
        rows = csr_matrix((np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(texts), self.width))
        rows.sum_duplicates()
        rows.data = (1 + np.log(rows.data)) * self._idf[rows.indices]
        lengths = np.sqrt(np.bincount(_rows_of(rows), rows.data**2, minlength=len(texts)))
        rows.data = (rows.data / lengths[_rows_of(rows)]).astype(np.float32)
        return rows

    def _columns_of(self, unit: str) -> list[int]:
        columns = self._known.get(unit)
        if columns is None:
            columns = [self._columns[gram] for gram in self._grams(unit) if gram in self._columns]
            if len(self._known) < _WORDS_KEPT:
                self._known[unit] = columns
        return columns

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_known": {}}


def word_tfidf() -> NgramTfidf:
    """Words and pairs of words, not yet fitted."""
    return NgramTfidf(words)


def char_tfidf() -> NgramTfidf:
    """Pieces of words, which survive typos, not yet fitted."""
    return NgramTfidf(folded_words, pieces, min_df=2)


def beside(parts: Sequence[csr_matrix], dense: np.ndarray) -> csr_matrix:
    """Sparse parts and a dense one (n × d) side by side: one row a message, float32."""
    lengths = [np.diff(part.indptr) for part in parts]
    ends = np.zeros(len(dense) + 1, dtype=np.int32)
    np.cumsum(sum(lengths) + dense.shape[1], out=ends[1:])
    columns, weights = np.empty(ends[-1], dtype=np.int32), np.empty(ends[-1], dtype=np.float32)
    start, width = ends[:-1].copy(), 0
    for part, length in zip(parts, lengths):
        places = np.repeat(start - part.indptr[:-1], length) + np.arange(part.nnz)
        columns[places], weights[places] = part.indices + np.int32(width), part.data
        start, width = start + length, width + part.shape[1]
    places = start[:, None] + np.arange(dense.shape[1])
    columns[places], weights[places] = np.arange(width, width + dense.shape[1], dtype=np.int32), dense
    return csr_matrix((weights, columns, ends), shape=(len(dense), width + dense.shape[1]))


def _rows_of(matrix: csr_matrix) -> np.ndarray:
    """The row of each stored value."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))

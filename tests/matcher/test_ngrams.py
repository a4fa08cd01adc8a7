"""TF-IDF rows, beside those that scikit-learn makes of the same texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.matcher.ngrams import NgramTfidf, beside, char_tfidf, folded_words, pieces, word_tfidf, words
from bot.matcher.text import normalize, skeleton

TEXTS = [
    "C'est quoi le numéro à Montréal ?",
    "le numéro, le numéro, LE NUMÉRO",
    "What is the number in Montréal?",
    "who can apply for the IGO internship",
    "a b",
    "",
    "🙂",
    "où",
]
THEIRS = {
    "word": TfidfVectorizer(
        preprocessor=skeleton, token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32
    ),
    "char": TfidfVectorizer(
        preprocessor=normalize, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32, min_df=2
    ),
}
OURS = {"word": word_tfidf, "char": char_tfidf}


@pytest.mark.parametrize("kind", ["word", "char"])
def test_the_rows_are_those_of_scikit_learn(kind: str) -> None:
    """The same texts give the same vocabulary and the same weights, seen texts and new ones."""
    ours, theirs = OURS[kind]().fit(TEXTS), THEIRS[kind].fit(TEXTS)
    assert set(ours._columns) == set(theirs.vocabulary_)
    order = [theirs.vocabulary_[gram] for gram in ours._columns]
    for texts in (TEXTS, ["le numero de montreal", "nothing of that", "x"]):
        assert np.allclose(ours.rows(texts).toarray(), theirs.transform(texts).toarray()[:, order], atol=1e-6)


@given(st.text(max_size=60))
def test_a_row_has_length_one_or_nothing(text: str) -> None:
    """Whatever is written, the row is of length one, or empty where nothing of it is known; its columns ascend."""
    row = _FITTED.rows([text])
    assert (np.diff(row.indices) > 0).all()
    assert np.isclose(row.data @ row.data, 1 if row.nnz else 0, atol=1e-5)


_FITTED = NgramTfidf(folded_words, pieces).fit(TEXTS)


def test_words_and_their_pairs() -> None:
    """The n-grams of words are the folded words and their pairs."""
    assert words("Où est Québec?") == ("ou", "est", "quebec", "ou est", "est quebec")


def test_pieces_know_the_edges_of_a_word() -> None:
    """The pieces of a word are two to five letters long, edges included, and do not cross into the next word."""
    assert pieces("ou") == (" o", "ou", "u ", " ou", "ou ", " ou ")
    assert [folded_words("Où  est-ce?"), folded_words("")] == [("ou", "est-ce?"), ()]


def test_rare_pieces_do_not_count() -> None:
    """An n-gram that stands in fewer texts than asked for has no column."""
    fitted = NgramTfidf(words, min_df=2).fit(["un deux", "un trois"])
    assert list(fitted._columns) == ["un"]
    assert fitted.width == 1


def test_no_rows_make_an_empty_matrix() -> None:
    """Nothing in, nothing out, of the right width."""
    assert _FITTED.rows([]).shape == (0, _FITTED.width)


def test_parts_stand_side_by_side() -> None:
    """Sparse parts keep their order, an empty row among them, and the dense part comes after them."""
    one = csr_matrix(np.array([[1, 0, 2], [0, 0, 0]], dtype=np.float32))
    other = csr_matrix(np.array([[0, 3], [4, 5]], dtype=np.float32))
    dense = np.array([[6, 7], [8, 9]], dtype=np.float32)
    expected = np.hstack([one.toarray(), other.toarray(), dense])
    found = beside([one, other], dense)
    assert (found.toarray() == expected).all()
    assert found.has_canonical_format

"""TF-IDF rows, beside those that scikit-learn makes of the same texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.knowledge.ngrams import NgramTfidf, as_matrix, char_tfidf, pieces, word_tfidf, words
from bot.knowledge.text import fold, skeleton

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
        preprocessor=fold, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32, min_df=2
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
    columns, weights = _FITTED.row(text)
    assert len(columns) == len(weights)
    assert (np.diff(columns) > 0).all()
    assert np.isclose(weights @ weights, 1 if len(columns) else 0, atol=1e-5)


_FITTED = NgramTfidf(pieces).fit(TEXTS)


def test_words_and_their_pairs() -> None:
    """The n-grams of words are the folded words and their pairs."""
    assert words("Où est Québec?") == ["ou", "est", "quebec", "ou est", "est quebec"]


def test_pieces_know_the_edges_of_a_word() -> None:
    """The pieces of a word are two to five letters long, edges included, and do not cross into the next word."""
    assert pieces("Où") == [" o", "ou", "u ", " ou", "ou ", " ou "]
    assert not any("u e" in piece for piece in pieces("ou est"))


def test_rare_pieces_do_not_count() -> None:
    """An n-gram that stands in fewer texts than asked for has no column."""
    fitted = NgramTfidf(words, min_df=2).fit(["un deux", "un trois"])
    assert list(fitted._columns) == ["un"]
    assert fitted.width == 1


def test_no_rows_make_an_empty_matrix() -> None:
    """Nothing in, nothing out, of the right width."""
    assert as_matrix([], 7).shape == (0, 7)

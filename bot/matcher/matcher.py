"""The matcher: which approved articles may answer a message, and how sure that is.

It is a library without Rasa: `fit(examples)`, `rank(text, lang)`, `save`, `load`. Messages that
no article answers are examples too, so "none of these" is a label like the others and a
probability says how likely an article is to answer, not how it compares with its neighbours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import joblib
import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import softmax

from bot.matcher.encoder import SentenceEncoder, shared_encoder
from bot.matcher.features import Features
from bot.matcher.followup import is_connected, is_short
from bot.matcher.linear import MOST_AGAINST_ALL, CalibratedLinearClassifier
from bot.matcher.newcomers import SURE, Newcomers, find_newcomers
from bot.matcher.text import skeleton

ANSWERED, CLARIFY, UNANSWERED = "answered", "clarify", "unanswered"
NONE = ""  # the label of messages that no article answers
MAX_OPTIONS = 3
MIN_OPTION = 0.04  # an article less likely than this is not worth a button
_OWN = 0.99  # the probability of an article whose own sample question is asked
_ASKS_ON = 0.4  # the margin by which a message that goes on from an answer more likely has one too
_MOST_CONTINUED = 2000  # articles up to which what goes on from which is known


@dataclass(frozen=True)
class Example:
    """A message and the article that answers it (None: none does); `also` names other right ones."""

    article: str | None
    lang: str
    text: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """An article that may answer a message, with a calibrated probability."""

    article: str
    probability: float


@dataclass(frozen=True)
class Thresholds:
    """From which probability of the first match to answer, and from which to ask back."""

    answer: float
    clarify: float


@dataclass(frozen=True)
class Ranking:
    """The articles that may answer a message, most likely first, and what to do with them."""

    matches: tuple[Match, ...]
    thresholds: Thresholds

    @property
    def outcome(self) -> str:
        """ "answered" (give the first), "clarify" (ask back with `options`) or "unanswered"."""
        first = self.matches[0].probability if self.matches else 0.0
        if first >= self.thresholds.answer:
            return ANSWERED
        return CLARIFY if first >= self.thresholds.clarify else UNANSWERED

    @property
    def options(self) -> tuple[Match, ...]:
        """The matches worth a button in a question back, at most three."""
        return tuple(match for match in self.matches[:MAX_OPTIONS] if match.probability >= MIN_OPTION)


class NotFitted(RuntimeError):
    """The matcher has not been fitted or loaded."""


class Matcher:
    """Ranks articles for a message."""

    def __init__(self, encoder: SentenceEncoder | None = None) -> None:
        """`encoder`: encodes messages that come without a vector; the process's own unless told."""
        self._encoder = encoder

    def fit(self, examples: Sequence[Example], vectors: np.ndarray | None = None) -> Matcher:
        """Learn from `examples`, and choose the thresholds on them by cross-validation.

        Args:
            examples: messages with the article that answers each, or None.
            vectors: their vectors (n × 1024, see `SentenceEncoder.encode_messages`), if somebody has them already.

        Raises:
            ValueError: fewer than two labels ("no article" is one).
        """
        texts = [example.text for example in examples]
        labels = [example.article or NONE for example in examples]
        vectors = self._encode(texts) if vectors is None else vectors
        self._features = Features().fit(texts, vectors)
        rows = self._features.rows(texts, vectors)
        self._classifier = CalibratedLinearClassifier().fit(rows, labels, self._features.dense_from)
        self._own = own_questions(examples)
        self._prepare(self._continuations(rows, labels), self._find_newcomers(labels, vectors))
        right = [{example.article or NONE, *example.also} for example in examples]
        held_out = [right[place] for place in self._classifier.held_]
        self.thresholds = choose_thresholds(self._classifier.held_out_, self._classes, held_out)
        return self

    def rank(
        self,
        text: str,
        lang: str,
        vector: np.ndarray | None = None,
        limit: int = 5,
        after: str | None = None,
    ) -> Ranking:
        """The articles that may answer `text`.

        Args:
            text: the message.
            lang: its language, "fr" or "en".
            vector: its vector (1024,), if somebody has it already.
            limit: how many matches to return at most.
            after: the article just given, where `text` goes on from it ("and in Montréal?").

        Raises:
            NotFitted: neither `fit` nor `load` came before.
        """
        if not hasattr(self, "_classifier"):
            raise NotFitted("fit or load the matcher before it ranks")
        vectors = self._encode([text]) if vector is None else np.asarray(vector, dtype=np.float32).reshape(1, -1)
        margins = self._classifier.margins(self._features.rows([text], vectors))[0]
        if own := self.own(text, lang):
            return self._ranking(margins, limit, own, _OWN)
        newcomer = self._newcomers.nearest(self._features.whole(vectors)[0]) if self._newcomers else None
        alone = self._ranking(margins, limit, newcomer)
        if after not in self._places or not len(self._continued):
            return alone
        if is_connected(text) or (is_short(text) and alone.outcome != ANSWERED):
            return self._ranking(margins + self._continued[self._places[after]], limit)
        return alone

    def own(self, text: str, lang: str) -> str | None:
        """The article of which `text` is a sample question in this language, letter for letter once folded."""
        return self._own.get((lang, skeleton(text)))

    def _ranking(self, margins: np.ndarray, limit: int, known: str | None = None, at_least: float = SURE) -> Ranking:
        """`known`: the article for which more speaks than the machines can tell, its probability `at_least` this."""
        probabilities = softmax(margins / self._classifier.temperature_)
        if known is not None and probabilities[place := self._places[known]] < at_least:
            probabilities *= (1 - at_least) / (1 - probabilities[place])
            probabilities[place] = at_least
        chances = probabilities[self._articles]
        best = np.argpartition(-chances, limit)[:limit] if limit < len(chances) else np.arange(len(chances))
        best = self._articles[best[np.argsort(-chances[best], kind="stable")]]
        return Ranking(tuple(Match(str(self._classes[i]), float(probabilities[i])) for i in best), self.thresholds)

    def save(self, file: Path | IO[bytes], compress: int = 0) -> None:
        """Write the fitted matcher to `file`, packed by zlib at level `compress`."""
        if isinstance(file, Path):
            file.parent.mkdir(parents=True, exist_ok=True)
        joblib.dump(
            {
                "features": self._features,
                "classifier": self._classifier,
                "thresholds": self.thresholds,
                "continued": self._continued,
                "newcomers": self._newcomers,
                "own": self._own,
            },
            file,
            compress,
        )

    @classmethod
    def load(cls, file: Path | IO[bytes], encoder: SentenceEncoder | None = None) -> Matcher:
        """The matcher that `save` wrote to `file` (of our own making: it is unpickled)."""
        matcher = cls(encoder)
        state = joblib.load(file)
        matcher._features, matcher._classifier = state["features"], state["classifier"]
        matcher.thresholds, matcher._own = state["thresholds"], state["own"]
        matcher._prepare(state["continued"], state["newcomers"])
        return matcher

    def _prepare(self, continued: np.ndarray, newcomers: Newcomers | None) -> None:
        self._classes = self._classifier.classes_
        self._articles = np.flatnonzero(self._classes != NONE)
        self._continued = continued
        self._newcomers = newcomers
        self._places = {str(label): place for place, label in enumerate(self._classes) if label}

    def _find_newcomers(self, labels: Sequence[str], vectors: np.ndarray) -> Newcomers | None:
        """None where there are none, or more articles than are told apart from all others: then all have few."""
        found = find_newcomers(labels, NONE) if len(self._classifier.classes_) <= MOST_AGAINST_ALL else []
        return Newcomers(labels, self._features.whole(vectors), found) if found else None

    def _continuations(self, rows: csr_matrix, labels: Sequence[str]) -> np.ndarray:
        """What is added to the margins of a message that goes on from each article, shape (classes, classes).

        The less the one's sample questions speak for another, the less likely the message is
        about that: a question about a telephone number lies nearer to the other numbers than to
        the internships. Who asks on more likely asks what there is an answer to, and wants
        another article than the one just given. Of a knowledge base too large for a square table
        there is none, and every message stands alone.
        """
        classes = self._classifier.classes_
        articles = np.flatnonzero(classes != NONE)
        if len(classes) > _MOST_CONTINUED or len(articles) < 2:
            return np.zeros((0, len(classes)), dtype=np.float32)
        margins, y = self._classifier.margins(rows), np.asarray(labels)
        table = np.zeros((len(classes), len(classes)), dtype=np.float32)
        for place in articles:
            others = articles[articles != place]
            speaks = margins[y == classes[place]][:, others].mean(axis=0)
            table[place, others] = speaks - speaks.max() + _ASKS_ON
            table[place, place] = -np.inf
        return table

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        return (self._encoder or shared_encoder()).encode_messages(texts)


def own_questions(examples: Sequence[Example]) -> dict[tuple[str, str], str]:
    """The articles by (language, skeleton) of their sample questions; one that two articles have is nobody's own."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for example in examples:
        if example.article and (said := skeleton(example.text)):
            found[example.lang, said].add(example.article)
    return {question: owners.pop() for question, owners in found.items() if len(owners) == 1}


# What a citizen gains or loses by each outcome, in right answers: a question back that holds the
# right article is worth less than the answer; a wrong answer in a government's name costs several.
_CLARIFIED_RIGHT = 0.6
_CLARIFIED_IN_VAIN = -0.4
_ANSWERED_WRONG = -2.0
# Where no message could be held out, nothing shows what a probability is worth: answer only the surest.
_UNPROVED = Thresholds(answer=0.9, clarify=0.3)


def choose_thresholds(probabilities: np.ndarray, classes: np.ndarray, right: Sequence[Container[str]]) -> Thresholds:
    """The thresholds of greatest worth on held-out probabilities.

    Args:
        probabilities: n × classes, each row by a model that had not seen it.
        classes: the labels of the columns; "" is the column of "no article".
        right: the right labels of each row.
    """
    if not len(right):
        return _UNPROVED
    articles = np.flatnonzero(classes != NONE)
    chances = probabilities[:, articles]
    order = np.argsort(-chances, axis=1)[:, :MAX_OPTIONS]
    ranked = classes[articles][order]
    first = np.take_along_axis(chances, order[:, :1], axis=1).ravel()
    shown = np.take_along_axis(chances, order, axis=1) >= MIN_OPTION
    good = np.array([[label in labels for label in row] for row, labels in zip(ranked, right)]).reshape(ranked.shape)
    offered = (good & shown).any(axis=1)
    worth_answer = np.where(good[:, 0], 1.0, _ANSWERED_WRONG)
    worth_clarify = np.where(offered, _CLARIFIED_RIGHT, _CLARIFIED_IN_VAIN)
    grid = np.linspace(0.05, 0.95, 91)
    worths = [np.where(first >= t, worth_answer, worth_clarify) for t in grid]
    best = max(worths, key=np.sum)
    # About its top the worth is flat, and where it peaks is chance. Of the thresholds that are not
    # worse than the best by more than a standard error (Breiman et al., 1984, "Classification and
    # Regression Trees"), the lowest: it gives most citizens an answer instead of a question.
    answer, worth = next(
        (t, mine) for t, mine in zip(grid, worths) if np.sum(best - mine) <= np.std(best - mine) * np.sqrt(len(best))
    )
    clarify = max(grid[grid <= answer], key=lambda t: float(np.where(first >= t, worth, 0.0).sum()))
    return Thresholds(round(float(answer), 2), round(float(clarify), 2))

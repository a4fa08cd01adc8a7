"""The matcher: which approved articles may answer a message, and how sure that is.

It is a library without Rasa: `fit(examples)`, `rank(text, lang)`, `save`, `load`. Messages that
no article answers are examples too, so "none of these" is a label like the others and a
probability says how likely an article is to answer, not how it compares with its neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np

from bot.knowledge.encoder import SentenceEncoder, shared_encoder
from bot.knowledge.features import Features
from bot.knowledge.linear import CalibratedLinearClassifier

ANSWERED, CLARIFY, UNANSWERED = "answered", "clarify", "unanswered"
NONE = ""  # the label of messages that no article answers
MAX_OPTIONS = 3
MIN_OPTION = 0.04  # an article less likely than this is not worth a button


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
            vectors: their sentence vectors (n × 512), if somebody has them already.

        Raises:
            ValueError: fewer than two labels, or a label with a single example.
        """
        texts = [example.text for example in examples]
        labels = [example.article or NONE for example in examples]
        lonely = sorted(label for label, count in Counter(labels).items() if count < 2)
        if lonely:
            raise ValueError(f"a label needs two examples; {lonely[0] or 'no article'!r} has one")
        vectors = self._encode(texts) if vectors is None else vectors
        self._features = Features().fit(texts)
        self._classifier = CalibratedLinearClassifier().fit(self._features.rows(texts, vectors), labels)
        self._classes = self._classifier.classes_
        self._articles = np.flatnonzero(self._classes != NONE)
        self.thresholds = choose_thresholds(self._classifier.held_out_, self._classes, labels)
        return self

    def rank(self, text: str, lang: str, vector: np.ndarray | None = None, limit: int = 5) -> Ranking:
        """The articles that may answer `text`.

        Args:
            text: the message.
            lang: its language, "fr" or "en".
            vector: its sentence vector (512,), if somebody has it already.
            limit: how many matches to return at most.

        Raises:
            NotFitted: neither `fit` nor `load` came before.
        """
        if not hasattr(self, "_classifier"):
            raise NotFitted("fit or load the matcher before it ranks")
        vectors = self._encode([text]) if vector is None else np.asarray(vector, dtype=np.float32).reshape(1, -1)
        probabilities = self._classifier.predict_proba(self._features.rows([text], vectors))[0]
        best = self._articles[np.argsort(-probabilities[self._articles])[:limit]]
        return Ranking(tuple(Match(str(self._classes[i]), float(probabilities[i])) for i in best), self.thresholds)

    def save(self, path: Path) -> None:
        """Write the fitted matcher to the file `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {"features": self._features, "classifier": self._classifier, "thresholds": self.thresholds}
        joblib.dump(state, path)

    @classmethod
    def load(cls, path: Path, encoder: SentenceEncoder | None = None) -> Matcher:
        """The matcher that `save` wrote to `path` (a file of our own making: it is unpickled)."""
        matcher = cls(encoder)
        state = joblib.load(path)
        matcher._features, matcher._classifier = state["features"], state["classifier"]
        matcher.thresholds = state["thresholds"]
        matcher._classes = matcher._classifier.classes_
        matcher._articles = np.flatnonzero(matcher._classes != NONE)
        return matcher

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        return (self._encoder or shared_encoder()).encode(texts)


# What a citizen gains or loses by each outcome, in right answers: a question back that holds the
# right article is worth less than the answer; a wrong answer in a government's name costs several.
_CLARIFIED_RIGHT = 0.6
_CLARIFIED_IN_VAIN = -0.4
_ANSWERED_WRONG = -2.0


def choose_thresholds(probabilities: np.ndarray, classes: np.ndarray, labels: Sequence[str]) -> Thresholds:
    """The thresholds of greatest worth on held-out probabilities.

    Args:
        probabilities: n × classes, each row by a model that had not seen it.
        classes: the labels of the columns; "" is the column of "no article".
        labels: the right label of each row.
    """
    articles = np.flatnonzero(classes != NONE)
    chances = probabilities[:, articles]
    order = np.argsort(-chances, axis=1)[:, :MAX_OPTIONS]
    ranked = classes[articles][order]
    right = np.asarray(labels)
    first = chances[np.arange(len(right)), order[:, 0]]
    shown = np.take_along_axis(chances, order, axis=1) >= MIN_OPTION
    offered = ((ranked == right[:, None]) & shown).any(axis=1)
    worth_answer = np.where(ranked[:, 0] == right, 1.0, _ANSWERED_WRONG)
    worth_clarify = np.where(offered, _CLARIFIED_RIGHT, _CLARIFIED_IN_VAIN)
    grid = np.linspace(0.05, 0.95, 91)
    answer = max(grid, key=lambda t: float(np.where(first >= t, worth_answer, worth_clarify).sum()))
    worth = np.where(first >= answer, worth_answer, worth_clarify)
    clarify = max(grid[grid <= answer], key=lambda t: float(np.where(first >= t, worth, 0.0).sum()))
    return Thresholds(round(float(answer), 2), round(float(clarify), 2))

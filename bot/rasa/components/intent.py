"""Pipeline component: what the citizen does (the act), by a linear classifier."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, issparse, vstack

from bot.matcher.features import Projection
from bot.matcher.linear import CalibratedLinearClassifier
from bot.matcher.ngrams import beside
from bot.rasa.components.common import INQUIRY, RANKED_ACTS, has_intent, is_button_press
from bot.rasa.components.encoder import sentence_vector

RANKING = 5
# Of what citizens write, about so much is an act. In the examples it is less, because every article
# brings its questions; unadjusted, the classifier would take each act for rarer than it is.
_ACTS_IN_TRAFFIC = 0.4
_LEAST = 0.25  # of an act: what is taken for one with less (keys beaten, mostly) may be anything


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """Classifies on every sentence feature that the pipeline made, sparse and dense, side by side.

    The probabilities are adjusted from the examples' mix of inquiries and acts to that of real
    conversations (Saerens, Latinne and Decaestecker, 2002, "Adjusting the Outputs of a Classifier
    to New a Priori Probabilities").
    """

    def __init__(
        self,
        model_storage: ModelStorage,
        resource: Resource,
        fitted: tuple[Projection, CalibratedLinearClassifier, np.ndarray] | None = None,
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._prior: np.ndarray
        self._projection, self._classifier, self._prior = fitted or (
            Projection(),
            CalibratedLinearClassifier(),
            np.ones(0),
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, joblib.load(folder / "classifier.joblib"))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the intents of the training examples."""
        examples = [message for message in training_data.training_examples if has_intent(message)]
        self._projection.fit(np.vstack([sentence_vector(message) for message in examples]))
        intents = [str(message.get(INTENT)) for message in examples]
        self._classifier.fit(self._rows(examples), intents)
        self._prior = adjustment(self._classifier.classes_, float(np.mean([intent != INQUIRY for intent in intents])))
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump((self._projection, self._classifier, self._prior), folder / "classifier.joblib")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `intent` and `intent_ranking`; a button's payload carries its intent itself."""
        for message in messages:
            if is_button_press(message):
                continue
            probabilities = self._classifier.predict_proba(self._rows([message]))[0] * self._prior
            probabilities /= probabilities.sum()
            if is_address(message.get(TEXT)):
                probabilities = np.where(self._classifier.classes_ == INQUIRY, probabilities, 0.0)
            best = ranked(probabilities, self._classifier.classes_)[:RANKING]
            ranking = [{"name": str(self._classifier.classes_[i]), "confidence": float(probabilities[i])} for i in best]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(RANKED_ACTS, ranking, add_to_output=True)
        return messages

    def _rows(self, messages: list[Message]) -> csr_matrix:
        """The features of `messages` side by side: one row a message, words and pieces in the pipeline's order."""
        sparse: dict[str, list[csr_matrix]] = {}
        for message in messages:
            for feature in message.features:
                if issparse(feature.features):
                    sparse.setdefault(feature.origin, []).append(feature.features)
        parts = [rows[0] if len(rows) == 1 else vstack(rows, format="csr") for rows in sparse.values()]
        return beside(parts, self._projection.rows(np.vstack([sentence_vector(message) for message in messages])))


def is_address(text: str) -> bool:
    """Whether `text` is an e-mail address and nothing else: that is no act, what it answers the conversation tells."""
    return "@" in text and len(text.split()) == 1


def ranked(probabilities: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The places of `classes` (n) by their `probabilities` (n), the likeliest first: places, shape (n,).

    Before an act that is not likely at all stands the question.
    """
    best = np.argsort(-probabilities)
    if probabilities[best[0]] >= _LEAST or INQUIRY not in classes:
        return best
    question = np.flatnonzero(classes == INQUIRY)
    return np.concatenate([question, best[best != question[0]]])


def adjustment(classes: np.ndarray, share: float) -> np.ndarray:
    """By what the probability of each class is multiplied, if `share` of the examples are acts (between 0 and 1)."""
    if not 0 < share < 1:
        return np.ones(len(classes))
    act, inquiry = _ACTS_IN_TRAFFIC / share, (1 - _ACTS_IN_TRAFFIC) / (1 - share)
    return np.where(classes == INQUIRY, inquiry, act)

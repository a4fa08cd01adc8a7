"""Pipeline component: what the citizen does (the act), by a linear classifier."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, issparse

from bot.engine.components.common import has_intent, is_payload
from bot.knowledge.features import VECTOR_WEIGHT
from bot.knowledge.linear import CalibratedLinearClassifier
from bot.knowledge.ngrams import as_matrix

RANKING = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """Classifies on every sentence feature that the pipeline made, sparse and dense, side by side."""

    def __init__(
        self,
        model_storage: ModelStorage,
        resource: Resource,
        classifier: CalibratedLinearClassifier | None = None,
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._classifier = classifier or CalibratedLinearClassifier()

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
        self._classifier.fit(_rows(examples), [message.get(INTENT) for message in examples])
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(self._classifier, folder / "classifier.joblib")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `intent` and `intent_ranking`; a button's payload carries its intent itself."""
        for message in messages:
            if is_payload(message):
                continue
            probabilities = self._classifier.predict_proba(_rows([message]))[0]
            best = np.argsort(-probabilities)[:RANKING]
            ranking = [{"name": str(self._classifier.classes_[i]), "confidence": float(probabilities[i])} for i in best]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages


def _rows(messages: list[Message]) -> csr_matrix:
    """The sentence features of `messages` side by side: one row a message, in the pipeline's order."""
    rows, width = [], 0
    for message in messages:
        parts, width = [], 0
        for feature in message.features:
            found = feature.features
            if issparse(found):
                parts.append((found.indices + np.int32(width), found.data))
            else:
                columns = np.arange(width, width + found.shape[1], dtype=np.int32)
                parts.append((columns, VECTOR_WEIGHT * found.ravel()))
            width += found.shape[1]
        rows.append((np.concatenate([c for c, _ in parts]), np.concatenate([w for _, w in parts])))
    return as_matrix(rows, width)

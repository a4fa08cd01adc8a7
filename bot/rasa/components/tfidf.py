"""Pipeline component: TF-IDF of words (as lemmas) or of characters, as a sparse sentence feature."""

from __future__ import annotations

from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.matcher.ngrams import NgramTfidf, char_tfidf, word_tfidf
from bot.rasa.components.common import LEMMAS, has_intent, is_button_press


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TfidfFeaturizer(GraphComponent):
    """Adds one sparse row a message; `analyzer` is "word" or "char"."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"analyzer": "word"}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        ngrams: NgramTfidf | None = None,
    ) -> None:
        self._words = config["analyzer"] == "word"
        self._origin = f"tfidf_{config['analyzer']}"
        self._model_storage = model_storage
        self._resource = resource
        self._ngrams = ngrams or (word_tfidf() if self._words else char_tfidf())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TfidfFeaturizer:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TfidfFeaturizer:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, joblib.load(folder / "ngrams.joblib"))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the vocabulary of the examples."""
        self._ngrams.fit([self._text(m) for m in training_data.training_examples if has_intent(m)])
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(self._ngrams, folder / "ngrams.joblib")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Featurize the training examples."""
        self.process([message for message in training_data.training_examples if has_intent(message)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Featurize messages that have words."""
        for message in messages:
            if not is_button_press(message):
                row = self._ngrams.rows([self._text(message)])
                message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._origin))
        return messages

    def _text(self, message: Message) -> str:
        return str(message.get(LEMMAS if self._words else TEXT))

"""Pipeline component: the vectors of a message, for the intent classifier and the matcher."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.matcher.encoder import shared_encoder
from bot.rasa.components.common import is_button_press


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(GraphComponent):
    """Adds the multilingual vectors of the message and of its asking sentence as one dense feature, shape (1, 1024)."""

    ORIGIN = "sentence_encoder"

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoderFeaturizer:
        # Now, not at the first citizen's message: loading the weights takes seconds.
        shared_encoder().encode_messages(["Bonjour. Où êtes-vous?"])
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode every training example that has words."""
        self.process([message for message in training_data.training_examples if message.get(TEXT)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode the messages; a button's payload has no words to encode."""
        spoken = [message for message in messages if not is_button_press(message)]
        vectors = shared_encoder().encode_messages([message.get(TEXT) for message in spoken])
        for message, vector in zip(spoken, vectors):
            message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self.ORIGIN))
        return messages


def sentence_vector(message: Message) -> np.ndarray:
    """The vectors that the component left on `message`: float32, shape (1024,).

    Raises:
        LookupError: the message was not encoded.
    """
    for feature in message.features:
        if feature.origin == SentenceEncoderFeaturizer.ORIGIN:
            return np.asarray(feature.features).ravel()
    raise LookupError("the pipeline needs SentenceEncoderFeaturizer before this component")

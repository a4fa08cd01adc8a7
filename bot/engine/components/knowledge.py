"""Pipeline component: the knowledge matcher. Its ranking reaches the actions in the parse data."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.components.common import ARTICLE, GIVEN, KNOWLEDGE, LANGUAGE, is_payload
from bot.engine.components.encoder import sentence_vector
from bot.engine.in_use import in_use
from bot.knowledge.matcher import Example, Matcher, Ranking
from bot.knowledge.vectors import VECTORS, VectorCache
from bot.settings import load_settings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KnowledgeMatcher(GraphComponent):
    """Wraps `bot.knowledge.matcher`: fits it in training, ranks the articles of every message."""

    def __init__(self, model_storage: ModelStorage, resource: Resource, matcher: Matcher) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._matcher = matcher

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KnowledgeMatcher:
        return cls(model_storage, resource, Matcher())

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KnowledgeMatcher:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Matcher.load(folder / "matcher.joblib"))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the matcher on the examples that the importer marked with their article."""
        marked = [m for m in training_data.training_examples if m.get(ARTICLE) is not None]
        vectors = np.vstack([sentence_vector(m) for m in marked])
        self._matcher.fit([Example(m.get(ARTICLE) or None, m.get(LANGUAGE), m.get(TEXT)) for m in marked], vectors)
        # For the trials of what is published later (see bot.workroom).
        VectorCache(load_settings().models_dir / VECTORS).keep([m.get(TEXT) for m in marked], vectors)
        with self._model_storage.write_to(self._resource) as folder:
            self._matcher.save(folder / "matcher.joblib")
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Set `knowledge` on every message that has words; the article just given comes from its slot."""
        given = tracker.get_slot(GIVEN) if GIVEN in tracker.slots else None
        for message in messages:
            if is_payload(message):
                continue
            message.set(KNOWLEDGE, _as_dict(self._rank(message, given)), add_to_output=True)
        return messages

    def _rank(self, message: Message, given: str | None) -> Ranking:
        """By the published matcher; by the trained model's own where that is in use, or the other fails."""
        words = (message.get(TEXT), message.get(LANGUAGE)["code"], sentence_vector(message))
        if published := in_use.matcher:
            try:
                return published.rank(*words, after=given)
            except Exception as error:  # noqa: BLE001 - whatever it lacks, the citizen gets an answer
                in_use.give_up(published, error)
        return self._matcher.rank(*words, after=given)


def _as_dict(ranking: Ranking) -> dict[str, Any]:
    return {
        "outcome": ranking.outcome,
        "matches": [
            {"article": match.article, "probability": round(match.probability, 4)} for match in ranking.matches
        ],
        "options": [match.article for match in ranking.options],
        "thresholds": {"answer": ranking.thresholds.answer, "clarify": ranking.thresholds.clarify},
    }

"""Pipeline component: the knowledge matcher. Its ranking reaches the actions in the parse data."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.core.folders import models_folder
from bot.core.texts import LANGUAGES
from bot.matcher.matcher import Example, Matcher, Ranking
from bot.matcher.vectors import VECTORS, VectorCache
from bot.rasa.components.common import ARTICLE, GIVEN, INQUIRY, KNOWLEDGE, LANGUAGE, is_button_press
from bot.rasa.components.encoder import sentence_vector
from bot.rasa.matcher_in_use import in_use

# Acts whose action gives an article before its dialogue asks anything: the own question's, where there is one.
WITH_ARTICLE = frozenset({"reply_date", "find_program", "evaluate_mission", "file_complaint"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KnowledgeMatcher(GraphComponent):
    """Wraps `bot.matcher.matcher`: fits it in training, ranks the articles of every message."""

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
        # For the trials of what is published later (see bot.worker).
        VectorCache(models_folder() / VECTORS).keep([m.get(TEXT) for m in marked], vectors)
        with self._model_storage.write_to(self._resource) as folder:
            self._matcher.save(folder / "matcher.joblib")
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Set `knowledge` on every message that has words; the article just given comes from its slot."""
        given = tracker.get_slot(GIVEN) if GIVEN in tracker.slots else None
        for message in messages:
            if is_button_press(message):
                continue
            found = self._read(message, given)
            if found["own"] and (message.get(INTENT) or {}).get("name") not in WITH_ARTICLE:
                # No act is surer than an article's own question, approved word for word.
                message.set(INTENT, {"name": INQUIRY, "confidence": 1.0}, add_to_output=True)
            message.set(KNOWLEDGE, found, add_to_output=True)
        return messages

    def _read(self, message: Message, given: str | None) -> dict[str, Any]:
        """By the published matcher; by the trained model's own where that is in use, or the other fails."""
        if published := in_use.matcher:
            try:
                return _found(published, message, given)
            except Exception as error:  # noqa: BLE001 - whatever it lacks, the citizen gets an answer
                in_use.give_up(published, error)
        return _found(self._matcher, message, given)


def _found(matcher: Matcher, message: Message, given: str | None) -> dict[str, Any]:
    """What a matcher reads in a message: its ranking, and the article whose own question it is."""
    own = _own(matcher, message)
    language = message.get(LANGUAGE)["code"]
    ranking = matcher.rank(message.get(TEXT), language, sentence_vector(message), after=given)
    return {**_as_dict(ranking), "own": own}


def _own(matcher: Matcher, message: Message) -> str | None:
    """The article whose own question the message is; where that is in the other language than it seemed, so is it."""
    found = message.get(LANGUAGE)
    for lang in (found["code"], *(lang for lang in LANGUAGES if lang != found["code"])):
        if own := matcher.own(message.get(TEXT), lang):
            message.set(LANGUAGE, {**found, "code": lang, "detected": lang}, add_to_output=True)
            return own
    return None


def _as_dict(ranking: Ranking) -> dict[str, Any]:
    return {
        "outcome": ranking.outcome,
        "matches": [
            {"article": match.article, "probability": round(match.probability, 4)} for match in ranking.matches
        ],
        "options": [match.article for match in ranking.options],
        "thresholds": {"answer": ranking.thresholds.answer, "clarify": ranking.thresholds.clarify},
    }

"""Pipeline component: which language a message is in."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.core.folders import data_folder
from bot.core.organization import load_organization
from bot.core.texts import LANGUAGES
from bot.rasa.components.common import LANGUAGE, is_button_press
from bot.rasa.language import SURE, identify


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageIdentifier(GraphComponent):
    """Sets `language` on a message: {"code", "confidence", "detected"}.

    `detected` is what the words say (French, English, another language, or None when they do
    not tell); `code` is the language to answer in: the detected one if it is French or English
    and sure enough, else the conversation's.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"min_confidence": SURE}

    def __init__(self, config: dict[str, Any]) -> None:
        self._min_confidence = float(config["min_confidence"])
        organization = load_organization(data_folder())
        self._names = organization.names
        self._first_language = organization.first_language

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageIdentifier:
        identify("bonjour")  # loads the word lists now, not at the first citizen's message
        return cls(config)

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Identify each message; the conversation's language comes from the slot `language`."""
        held = tracker.get_slot(LANGUAGE) if LANGUAGE in tracker.slots else None
        for message in messages:
            fallback = held or self._hinted(message)
            found = None if is_button_press(message) else identify(message.get(TEXT, ""), self._names)
            sure = found is not None and found.code in LANGUAGES and found.confidence >= self._min_confidence
            message.set(
                LANGUAGE,
                {
                    "code": found.code if sure and found else fallback,
                    "confidence": round(found.confidence, 3) if found else 0.0,
                    "detected": found.code if found else None,
                },
                add_to_output=True,
            )
        return messages

    def _hinted(self, message: Message) -> str:
        """The language of the page from which a first message comes, if the channel says it."""
        hint = (message.get("metadata") or {}).get(LANGUAGE)
        return hint if hint in LANGUAGES else self._first_language

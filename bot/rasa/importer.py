"""Training data for Rasa: the files of `data/nlu/` and the knowledge base's sample questions.

An article's sample questions stand once, beside the article; here they become examples of the
intent `inquiry`, marked with their language and article for the components that need them.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.core.folders import data_folder
from bot.knowledge.files import load_corpus
from bot.rasa.components.common import ARTICLE, INQUIRY, LANGUAGE


class KnowledgeImporter(RasaFileImporter):
    """Reads the training files and adds the sample questions of the knowledge base."""

    def get_nlu_data(self, language: str | None = "fr") -> TrainingData:
        """All examples; each carries `language` ("fr"/"en"), an inquiry also `article` ("" for none)."""
        data = super().get_nlu_data(language)
        for message in data.training_examples:
            message.set(LANGUAGE, _metadata(message).get("language", "fr"))
        corpus = load_corpus(data_folder() / "knowledge")
        inquiries = [
            Message({TEXT: e.text, INTENT: INQUIRY, LANGUAGE: e.lang, ARTICLE: e.article or ""})
            for e in corpus.examples()
        ]
        # Not by `merge`, which copies all examples and takes a fingerprint of each.
        data.training_examples = [*data.training_examples, *inquiries]
        return data


def _metadata(message: Message) -> dict[str, Any]:
    metadata = message.get("metadata") or {}
    return metadata.get("intent") or metadata

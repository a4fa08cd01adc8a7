"""What we use of spaCy: tokens, lemmas and entities, in both languages.

The models are newer than the spaCy that Rasa's dependencies allow; these tests hold that what
is used of them works together all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa.components.spacy import BilingualEntities, BilingualSpacy, Lemmas, load_pipeline


class Folder:
    """A model storage that is one folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def write_to(self, _resource: Any) -> Iterator[Path]:
        """Where a component leaves what it learnt."""
        yield self._path

    read_from = write_to


@pytest.fixture(scope="module")
def component() -> BilingualSpacy:
    """The component as the pipeline makes it, with both languages loaded."""
    return BilingualSpacy.create({}, None, None, None)


def read(component: BilingualSpacy, text: str, lang: str) -> Message:
    """A citizen's message after the component."""
    return component.process([Message({"text": text, "language": {"code": lang}})])[0]


def named(component: BilingualSpacy, text: str, lang: str, outcome: str = "unanswered") -> Message:
    """A citizen's message after both components, when the matcher has found `outcome` for it."""
    message = read(component, text, lang)
    message.set("knowledge", {"outcome": outcome})
    return BilingualEntities().process([message])[0]


@pytest.mark.parametrize(
    "text, lang, lemmas",
    [
        ("Les étudiants envoient leurs candidatures", "fr", "le étudiant envoyer leur candidature"),
        ("Je veux joindre le ministère", "fr", "je vouloir joindre le ministère"),
        ("Quelles sont les heures", "fr", "quelle être le heure"),
        ("Students were sending their applications", "en", "student be send their application"),
        ("My complaints were answered", "en", "my complaint be answer"),
        ("What are the hours of the offices", "en", "what be the hour of the office"),
    ],
)
def test_words_get_their_lemmas(component: BilingualSpacy, text: str, lang: str, lemmas: str) -> None:
    """Plurals become singulars and verbs infinitives, by the rules of the message's language."""
    assert read(component, text, lang).get("lemmas") == lemmas


@pytest.mark.parametrize(
    "one, other, lang",
    [
        ("les stages offerts", "le stage offert", "fr"),
        ("Vos missions à l'étranger", "votre mission à l'étranger", "fr"),
        ("the missions abroad", "the mission abroad", "en"),
        ("she wrote letters", "she writes a letter", "en"),
    ],
)
def test_forms_of_a_word_share_a_lemma(component: BilingualSpacy, one: str, other: str, lang: str) -> None:
    """The lemmas of a sentence stand among those of the same sentence in another number or tense."""
    first, second = (set(read(component, text, lang).get("lemmas").split()) for text in (one, other))
    assert first <= second


@pytest.mark.parametrize(
    "text, lang, entity, value",
    [
        ("Je veux joindre le bureau de Montréal", "fr", "LOC", "Montréal"),
        ("Je pars en mission au Mexique", "fr", "LOC", "Mexique"),
        ("Pierre Tremblay a téléphoné à Paris", "fr", "PER", "Pierre Tremblay"),
        ("Je veux joindre le ministère des Relations internationales à Québec", "fr", "LOC", "Québec"),
        ("What is the address in Montréal?", "en", "GPE", "Montréal"),
        ("Students were sending their applications to Canada", "en", "GPE", "Canada"),
        ("John Smith lives in London", "en", "PERSON", "John Smith"),
        ("I called the office on Monday", "en", "DATE", "Monday"),
    ],
)
def test_people_and_places_are_named(component: BilingualSpacy, text: str, lang: str, entity: str, value: str) -> None:
    """A person, a place or a day is found where it stands, under the name that the model gives its kind."""
    start = text.index(value)
    expected = {
        "entity": entity,
        "value": value,
        "start": start,
        "end": start + len(value),
        "extractor": "BilingualEntities",
    }
    assert expected in named(component, text, lang).get("entities")


@pytest.mark.parametrize("text, lang", [("Bonjour", "fr"), ("merci beaucoup", "fr"), ("thank you", "en")])
def test_a_message_without_names_has_no_entities(component: BilingualSpacy, text: str, lang: str) -> None:
    """Where nobody and nothing is named the list of entities is empty, and it is there."""
    assert named(component, text, lang).get("entities") == []


def test_what_training_learnt_is_known_when_served(tmp_path: Path) -> None:
    """A served component knows the words of training, each by the language of its examples, without asking spaCy."""
    examples = [
        Message({"text": "Les étudiants", "language": "fr"}),
        Message({"text": "Students write", "language": "en"}),
    ]
    BilingualSpacy.create({}, Folder(tmp_path), None, None).train(TrainingData(examples))
    served = BilingualSpacy.load({}, Folder(tmp_path), None, None)
    assert served._lemmas["fr"].known == {"les": "le", "étudiants": "étudiant"}
    assert served._lemmas["en"].known == {"students": "student", "write": "write"}


def test_a_new_word_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that training did not hold gets its lemma from spaCy, and is known from then on."""
    lemmas = Lemmas("fr")
    assert lemmas.of("étudiants") == "étudiant"
    monkeypatch.setattr("bot.rasa.components.spacy.load_pipeline", lambda _lang: pytest.fail("asked again"))
    assert lemmas.of("étudiants") == "étudiant"


def test_a_process_does_not_remember_every_word_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of new words the lemmas are found and not kept: memory has an end."""
    monkeypatch.setattr("bot.rasa.components.spacy._MOST_WORDS", 1)
    lemmas = Lemmas("en", {"student": "student"})
    assert [lemmas.of(word) for word in ("letters", "offices")] == ["letter", "office"]
    assert set(lemmas.known) == {"student", "letters"}


@pytest.mark.parametrize("outcome, named_at_all", [("answered", False), ("clarify", True), ("unanswered", True)])
def test_only_what_no_article_answers_is_searched_for_names(
    component: BilingualSpacy, outcome: str, named_at_all: bool
) -> None:
    """Names are for the person who takes a message over: a message that an article answers gets none."""
    assert bool(named(component, "Pierre Tremblay est à Paris", "fr", outcome).get("entities")) is named_at_all


@pytest.mark.parametrize("text", ["Pierre Tremblay a téléphoné à Paris", "Ma cousine habite au Mexique depuis mardi"])
def test_names_found_afterwards_are_those_of_the_whole_pipeline(component: BilingualSpacy, text: str) -> None:
    """Naming in a step of its own finds what spaCy's pipeline finds in one go."""
    whole = [(span.label_, span.text) for span in load_pipeline("fr")(text).ents]
    found = named(component, text, "fr").get("entities")
    assert [(entity["entity"], entity["value"]) for entity in found] == whole != []


def test_entities_join_those_that_are_there(component: BilingualSpacy) -> None:
    """Entities that another component found stay beside spaCy's."""
    before = {"entity": "reference", "value": "RI-7K3P-92QX"}
    message = Message({"text": "Je suis à Paris", "language": {"code": "fr"}, "entities": [before]})
    found = BilingualEntities().process(component.process([message]))[0].get("entities")
    assert found[0] == before
    assert [entity["value"] for entity in found[1:]] == ["Paris"]


@pytest.mark.parametrize(
    "text, lang, tokens",
    [
        ("L'adresse, s'il vous plaît ?", "fr", ["L'", "adresse", ",", "s'", "il", "vous", "plaît", "?"]),
        ("I don't know.", "en", ["I", "do", "n't", "know", "."]),
    ],
)
def test_tokens_say_where_they_stand(component: BilingualSpacy, text: str, lang: str, tokens: list[str]) -> None:
    """Words are split as the language splits them, each with its place in the text."""
    found = read(component, text, lang).get("text_tokens")
    assert [token.text for token in found] == tokens
    assert all(text[token.start : token.end] == token.text for token in found)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_space_is_no_token(component: BilingualSpacy, lang: str) -> None:
    """Double spaces and line ends make neither tokens nor lemmas."""
    message = read(component, "  mission \n\n  mission ", lang)
    assert [token.text for token in message.get("text_tokens")] == ["mission", "mission"]
    assert message.get("lemmas") == "mission mission"


@pytest.mark.parametrize("text", ["", " ", "🙂", "?!", "\u200b", "a" * 2000, "1" * 200])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_any_message_is_read(component: BilingualSpacy, text: str, lang: str) -> None:
    """Nothing, signs alone or one endless word are read without an error."""
    message = read(component, text, lang)
    assert isinstance(message.get("lemmas"), str)
    assert "".join(token.text for token in message.get("text_tokens")) == text.strip(" ")


def test_a_buttons_payload_is_left_alone(component: BilingualSpacy) -> None:
    """What a button sends has no words: no tokens, lemmas or entities."""
    message: Any = named(component, "/affirm", "fr")
    assert set(message.data) == {"text", "language", "knowledge"}


def test_training_examples_get_lemmas_by_their_language(component: BilingualSpacy) -> None:
    """An example marked French is lemmatized as French, one marked English as English, as when it is served."""
    french = Message({"text": "Les étudiants envoient leurs candidatures", "language": "fr"})
    english = Message({"text": "Students were sending their applications", "language": "en"})
    data = component.process_training_data(TrainingData([french, english]))
    assert [message.get("lemmas") for message in data.training_examples] == [
        "le étudiant envoyer leur candidature",
        "student be send their application",
    ]
    assert french.get("text_tokens") is None
    served = read(component, "Les étudiants envoient leurs candidatures", "fr")
    assert served.get("lemmas") == french.get("lemmas")


def test_training_leaves_the_entities_on(component: BilingualSpacy) -> None:
    """After training examples were read without entities, messages get theirs."""
    component.process_training_data(TrainingData([Message({"text": "Je suis à Paris", "language": "fr"})]))
    found = named(component, "Je suis à Paris", "fr").get("entities")
    assert [entity["value"] for entity in found] == ["Paris"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_pipeline_is_loaded_once(lang: str) -> None:
    """Each language's pipeline is one for the process, without the parser, which nothing uses."""
    pipeline = load_pipeline(lang)
    assert pipeline is load_pipeline(lang)
    assert pipeline.lang == lang
    assert "parser" not in pipeline.pipe_names
    assert "ner" in pipeline.pipe_names

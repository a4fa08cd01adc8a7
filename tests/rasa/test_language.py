"""Which language a message is in, and in which it is answered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message

from bot.rasa.components.language import LanguageIdentifier
from bot.rasa.language import identify

properties = settings(max_examples=150, deadline=None, derandomize=True)

FRENCH = [
    "Bonjour",
    "merci",
    "oui",
    "non",
    "Quelle est votre adresse ?",
    "c'est où",
    "ÇA PREND COMBIEN DE TEMPS",
    "quelles sont vos heures d'ouverture",
    "a quelle heure fermez vous",
    "jveux savoir cest koi les heures svp",
    "Où est le boulevard René-Lévesque ?",
    "C'est quoi le Humanitarian Action Assistance Program ?",
    "Le IGO internship s'adresse à qui ?",
    "Je veux parler à quelqu'un",
    "en français s'il vous plaît",
    "l’adresse postale du ministère",
    "numéro de téléphone à Montréal",
]
ENGLISH = [
    "Hello",
    "thanks",
    "yes",
    "no",
    "What is your address?",
    "HOW LONG DOES IT TAKE",
    "what are your opening hours",
    "wut r ur hours pls",
    "Who is eligible for Québec sans frontières?",
    "What does the Bureau des missions do?",
    "Where is boulevard René-Lévesque Est?",
    "Is there a secrétaire général I can write to?",
    "I want to talk to someone",
    "English please",
    "phone number in Montréal",
    "don’t you answer e-mails",
]


@pytest.mark.parametrize("text", FRENCH)
def test_french_is_told(names: tuple[str, ...], text: str) -> None:
    """French, with or without accents, in one word or with English names in it, is French, surely enough."""
    found = identify(text, names)
    assert found.code == "fr"
    assert found.confidence >= 0.6


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_told(names: tuple[str, ...], text: str) -> None:
    """English, in one word or with the French names of programs and streets in it, is English, surely enough."""
    found = identify(text, names)
    assert found.code == "en"
    assert found.confidence >= 0.6


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "42",
        "(418) 649-2300",
        "🙂🙂",
        "?!",
        "RI-7K3P-92QX",
        "marie@example.org",
        "https://www.mri.gouv.qc.ca/fr",
    ],
)
def test_what_has_no_words_has_no_language(names: tuple[str, ...], text: str) -> None:
    """Digits, signs, references and addresses of e-mail and web do not tell a language."""
    found = identify(text, names)
    assert (found.code, found.confidence) == (None, 0.0)


@pytest.mark.parametrize(
    "text, code",
    [
        ("non-profit organization", "en"),
        ("a non-governmental organization", "en"),
        ("organisme non-gouvernemental", "fr"),
        ("non-respect du délai", "fr"),
        ("non-profit", None),
        ("non, pas du tout", "fr"),
        ("non - merci", "fr"),
    ],
)
def test_a_prefix_is_no_word(names: tuple[str, ...], text: str, code: str | None) -> None:
    """The "non-" of either language is no French "no": what stands behind it tells."""
    assert identify(text, names).code == code


@pytest.mark.parametrize(
    "text, code",
    [
        ("¿Dónde está la oficina del ministerio?", "es"),
        ("Wo finde ich die Adresse des Ministeriums?", "de"),
        ("Dov'è l'ufficio del ministero per favore", "it"),
        ("Привет, где вы находитесь?", "und"),
        ("你好，请问地址在哪里", "und"),
        ("ما هو عنوان الوزارة؟", "und"),
    ],
)
def test_a_third_language_is_neither(names: tuple[str, ...], text: str, code: str) -> None:
    """A message in another language, or in another script, is taken for neither French nor English."""
    assert identify(text, names).code == code


def test_a_name_votes_less_when_it_is_known() -> None:
    """A French program name in an English sentence weighs less once it is known to be a name."""
    text = "about Québec sans frontières"
    known, unknown = identify(text, ["Québec sans frontières"]), identify(text)
    assert unknown.code == "fr"
    assert (known.code, known.confidence) != (unknown.code, unknown.confidence)
    assert known.code == "en" or known.confidence < unknown.confidence


@pytest.mark.parametrize("name", ["QUÉBEC SANS FRONTIÈRES", "quebec sans frontieres"])
def test_a_name_is_known_in_any_spelling(name: str) -> None:
    """Case and accents of a name do not matter."""
    text = "is quebec sans frontieres for me"
    assert identify(text, [name]) == identify(text, ["Québec sans frontières"])


def test_punctuation_and_case_do_not_change_the_language(names: tuple[str, ...]) -> None:
    """Capitals and signs around the words leave language and confidence as they are."""
    assert identify("QUELLE EST VOTRE ADRESSE ?!", names) == identify("quelle est votre adresse", names)


@properties
@given(text=st.text(max_size=80))
def test_any_text_gets_an_answer(names: tuple[str, ...], text: str) -> None:
    """Whatever is typed, the confidence is 0 without a language and from 0.5 to 1 with one."""
    found = identify(text, names)
    assert found.confidence == 0 if found.code is None else 0.5 <= found.confidence <= 1


# The component: the language to answer in


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    """The component as the pipeline makes it."""
    return LanguageIdentifier(LanguageIdentifier.get_default_config())


def answered_in(identifier: LanguageIdentifier, text: str, held: str | None = None, hint: str | None = None) -> Any:
    """What the component says of `text` in a conversation held in `held`, from a page in `hint`."""
    tracker = SimpleNamespace(slots={"language": held}, get_slot=lambda name: held)
    message = Message({"text": text, "metadata": {"language": hint} if hint else None})
    (message,) = identifier.process([message], tracker)
    return message.get("language")


@pytest.mark.parametrize("text, code", [("Quelle est votre adresse ?", "fr"), ("What is your address?", "en")])
@pytest.mark.parametrize("held", [None, "fr", "en"])
def test_a_reply_is_in_the_language_of_the_message(
    identifier: LanguageIdentifier, text: str, code: str, held: str | None
) -> None:
    """What is plainly French or English is answered so, whatever the conversation was in before."""
    found = answered_in(identifier, text, held)
    assert (found["code"], found["detected"]) == (code, code)
    assert 0.6 <= found["confidence"] <= 1


@pytest.mark.parametrize("text", ["42", "ok", "RI-7K3P-92QX", "🙂", "¿Dónde está la oficina del ministerio?"])
@pytest.mark.parametrize("held", ["fr", "en"])
def test_what_does_not_tell_is_answered_in_the_conversations_language(
    identifier: LanguageIdentifier, text: str, held: str
) -> None:
    """A message without a language, or in a third one, is answered in the conversation's."""
    assert answered_in(identifier, text, held)["code"] == held


def test_a_first_message_that_does_not_tell_is_answered_in_the_pages_language(identifier: LanguageIdentifier) -> None:
    """Before a conversation has a language, the page from which it comes decides, and else it is French."""
    assert answered_in(identifier, "42", hint="en")["code"] == "en"
    assert answered_in(identifier, "42", hint="fr")["code"] == "fr"
    assert answered_in(identifier, "42", hint="es")["code"] == "fr"
    assert answered_in(identifier, "42")["code"] == "fr"


def test_the_conversations_language_counts_more_than_the_pages(identifier: LanguageIdentifier) -> None:
    """Once the conversation has a language, the page's no longer matters."""
    assert answered_in(identifier, "42", held="fr", hint="en")["code"] == "fr"


def test_the_words_count_more_than_the_page(identifier: LanguageIdentifier) -> None:
    """A first message that is plainly English is answered in English on the French page too."""
    assert answered_in(identifier, "What is your address?", hint="fr")["code"] == "en"


def test_a_third_language_is_reported(identifier: LanguageIdentifier) -> None:
    """The component tells which other language it saw, so that the reply can say what is spoken here."""
    assert answered_in(identifier, "¿Dónde está la oficina del ministerio?", "fr")["detected"] == "es"


def test_a_buttons_payload_has_no_language(identifier: LanguageIdentifier) -> None:
    """What a button sends is not read as words."""
    found = answered_in(identifier, '/choose_article{"article": "address"}', "en")
    assert found == {"code": "en", "confidence": 0.0, "detected": None}


def test_an_unsure_guess_does_not_turn_the_conversation() -> None:
    """Below the configured confidence the guess is told but not followed."""
    strict = LanguageIdentifier({"min_confidence": 0.999})
    found = answered_in(strict, "program", "fr")
    assert (found["code"], found["detected"]) == ("fr", "en")

"""Small talk and the language spoken."""

from __future__ import annotations

from typing import Any

import pytest

from actions.smalltalk import TEXTS, ChangeLanguage, Smalltalk, wanted_language


@pytest.mark.parametrize("intent", sorted(TEXTS))
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_act_has_its_approved_text(act: Any, rooms: Any, intent: str, lang: str) -> None:
    """Each act of small talk gets its text in the citizen's language, and clears the counter."""
    done = act(Smalltalk(), "mot", intent=intent, lang=lang, slots={"offer": "ticket"})
    assert done.text == rooms.texts.get(TEXTS[intent], lang)
    assert done.custom == {"outcome": "smalltalk", "language": lang, "intent": intent}
    assert done.slots == {"language": lang, "offer": None}
    assert done.payloads == (["/my_data"] if intent == "about_privacy" else [])


@pytest.mark.parametrize("lang, words", [("fr", "« reprendre »"), ("en", '"resume"')])
def test_a_greeting_offers_what_was_left(act: Any, lang: str, words: str) -> None:
    """Who comes back is told of what they left aside, and how to go on with it."""
    done = act(Smalltalk(), "mot", intent="greet", lang=lang, slots={"paused": {"form": "date_form", "slots": {}}})
    assert words in done.replies[-1]["text"]
    assert [button["payload"] for button in done.replies[-1]["buttons"]] == ["/resume"]


@pytest.mark.parametrize(
    "intent, lang, start",
    [
        ("greet", "fr", "Bonjour! Je suis l'assistant automatisé du ministère des Relations internationales."),
        ("greet", "en", "Hello! I am the automated assistant of the Ministère des Relations internationales."),
        ("thanks", "fr", "Je vous en prie"),
        ("thanks", "en", "You are welcome"),
        (None, "fr", "Bonjour!"),
    ],
)
def test_small_talk_is_said_as_approved(act: Any, intent: str | None, lang: str, start: str) -> None:
    """A few texts, as the citizen reads them; an act without a text gets the greeting."""
    assert act(Smalltalk(), "mot", intent=intent, lang=lang).text.startswith(start)


def test_small_talk_in_a_third_language_is_told_so(act: Any) -> None:
    """A greeting in another language gets the notice of the languages spoken and the offer of a ticket."""
    done = act(Smalltalk(), "Guten Tag", intent="greet", detected="de")
    assert done.text.startswith("Je réponds en français et en anglais seulement.")
    assert done.payloads == ["/open_ticket", "/deny"]


@pytest.mark.parametrize(
    "text, lang",
    [
        ("english please", "en"),
        ("en anglais s'il vous plaît", "en"),
        ("En français!", "fr"),
        ("FRANCAIS", "fr"),
        ("Français", "fr"),
        ("in French, please", "fr"),
        ("not in French, in English please", "en"),
        ("pas en anglais, en français", "fr"),
        ("en inglés", "en"),
        ("en francés", "fr"),
        ("changer de langue", None),
        ("parlez-vous allemand?", None),
        ("", None),
        ("Englishman", None),
    ],
)
def test_the_language_named_is_understood(text: str, lang: str | None) -> None:
    """The language that a message names is found, the last one of two, and None where it names none."""
    assert wanted_language(text) == lang


@pytest.mark.parametrize(
    "text, lang, spoken, start",
    [
        ("english please", "en", "en", "All right, I will go on in English"),
        ("en anglais svp", "fr", "en", "All right, I will go on in English"),
        ("in French please", "en", "fr", "D'accord, je continue en français"),
        ("changer de langue", "fr", "en", "All right"),
        ("change language", "en", "fr", "D'accord"),
    ],
)
def test_the_language_changes(act: Any, text: str, lang: str, spoken: str, start: str) -> None:
    """The conversation goes on in the language named, or else in the other one."""
    done = act(ChangeLanguage(), text, intent="change_language", lang=lang)
    assert done.text.startswith(start)
    assert done.custom["language"] == spoken
    assert done.slots == {"language": spoken}

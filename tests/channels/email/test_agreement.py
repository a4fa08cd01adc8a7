"""Whether a few words say that an answer was enough: never when they say anything more."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.email.agreement import agrees, thanks_alone

YES = [
    "oui",
    "Oui.",
    "OUI!",
    "Oui merci",
    "Oui, merci beaucoup!",
    "Bonjour,\n\nOui, merci.\n\nCordialement,\nAna Tremblay",
    "Oui, cela répond à ma question.",
    "Cela répond à ma question, merci.",
    "Ça répond parfaitement à ma question",
    "Votre réponse répond tout à fait à ma question.",
    "Ma question est réglée, merci!",
    "J'ai trouvé ma réponse. Merci",
    "Oui, c'est exactement ce que je cherchais. Merci pour votre aide. Bonne journée!",
    "Oui\nAna",
    "oui oui",
    "Parfait, oui, merci",
    "Oui, tout à fait.",
    "yes",
    "Yes.",
    "YES!",
    "Yes, thank you",
    "Yes, thanks!",
    "Hi,\n\nYes, that answers my question.\n\nRegards,\nAna Tremblay",
    "That answered my question, thank you very much.",
    "Yes it does, thanks",
    "My question is answered. Thank you!",
    "Yes, this is exactly what I was looking for.",
    "It helped, thanks",
    "Yes, perfect, thank you so much for your help",
    "yep thanks",
]
NO = [
    "",
    " ",
    "non",
    "no",
    "No, thank you",
    "Non merci",
    "Oui mais",
    "Oui, mais il me manque une date.",
    "Yes but",
    "Yes, but when?",
    "Oui?",
    "Oui, et pour Montréal?",
    "yes please",
    "Oui, s'il vous plaît",
    "Oui, je veux une réponse.",
    "Yes, I will wait for a person.",
    "Oui, j'attends votre réponse.",
    "Cela ne répond pas à ma question.",
    "Cela ne répond pas à ma question. Oui",
    "That does not answer my question",
    "This doesn't answer my question",
    "That answers my question partly",
    "Cela répond en partie à ma question",
    "Presque",
    "Almost",
    "Est-ce que cela répond à ma question",
    "merci",
    "Thanks!",
    "ok",
    "OK merci",
    "D'accord",
    "Parfait, merci",
    "Great, thanks",
    "Bonjour",
    "Oui...",
    "Oui…",
    "oui, 2 questions",
    "yes, call me at 819",
    "Oui, toutefois",
    "Yes, however",
    "Oui. Autre question : les stages",
    "Yes. Also the fees",
    "Je ne sais pas si cela répond à ma question",
    "I am not sure that answers my question",
    "yes no",
    "oui non",
    "Yes, I have not received it",
    "Ouï-dire",
    "oui ou non",
    "oui oui oui mais non",
    "Pas vraiment, merci",
    "Not really, thanks",
    "Oui à la question de mon collègue",
    "Yes, that answers my question, but not my brother's",
    "Merci, cela répond à ma question sauf pour les dates",
    "Oui" + " merci" * 100,
    "it would have helped",
    "Si cela répond à ma question",
    "oui Luc",
    "Yes, my question is answered by nobody",
]


@pytest.mark.parametrize("text", YES)
def test_enough(text: str) -> None:
    """A plain yes, in either language, with greetings, thanks and the sender's name around it."""
    assert agrees(text, "Ana Tremblay")


@pytest.mark.parametrize("text", NO)
def test_not_enough(text: str) -> None:
    """Whatever says less, more, or something else is for a person to read."""
    assert not agrees(text, "Ana Tremblay")


@pytest.mark.parametrize(
    "text",
    [
        "merci",
        "Merci!",
        "Merci beaucoup pour votre réponse.",
        "Bonjour,\nMerci et bonne journée\nAna",
        "Thank you!",
        "Thanks for your help",
        "Perfect, thanks",
        "Parfait, merci.",
        "Un grand merci, bonne journée!",
        "Much appreciated",
        "Je vous remercie pour votre aide. Cordialement, Ana Tremblay",
    ],
)
def test_thanks(text: str) -> None:
    """Thanks alone ask nothing."""
    assert thanks_alone(text, "Ana Tremblay")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bonjour",
        "Parfait",
        "Merci de me répondre",
        "Merci, mais",
        "Thanks, but",
        "Thank you in advance for the forms",
        "Merci?",
        "No thanks to you",
        "Merci d'envoyer le formulaire",
        "non merci",
        "Merci 2",
        "merci pour rien",
    ],
)
def test_more_than_thanks(text: str) -> None:
    """Whatever more is said is for a person to read."""
    assert not thanks_alone(text, "Ana Tremblay")


@given(st.sampled_from(YES), st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8), st.booleans())
def test_one_unknown_word_is_enough_for_a_person(text: str, word: str, first: bool) -> None:
    """Any word that is not known before or after a yes hands the e-mail to a person."""
    known = {"oui", "yes", "merci", "thanks", "best", "ana", "hi", "super", "bye", "great", "it", "c", "s"}
    said = f"{word}x {text}" if first else f"{text} {word}x"
    assert word in known or not agrees(said, "Ana Tremblay")


@pytest.mark.parametrize("word", ["oui ", "merci ", "yes it ", "thank you for your ", "bonne ", "c est "])
def test_no_text_takes_long(word: str) -> None:
    """The phrases are looked through in no more than a moment."""
    started = time.perf_counter()
    agrees((word * 300)[:300], "Ana")
    thanks_alone((word * 300)[:299] + "x", "Ana")
    assert time.perf_counter() - started < 1

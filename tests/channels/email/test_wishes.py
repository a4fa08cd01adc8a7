"""What a sentence wishes, beside how sure the model is of it."""

from __future__ import annotations

import pytest

from bot.channels.email.acknowledgements import FORGET_ME, MY_DATA
from bot.channels.email.wishes import wishes_to_be_forgotten


@pytest.mark.parametrize(
    "sentence", ["Oubliez-moi.", "Effacez mes données, s'il vous plaît.", "Forget me.", "Please delete all my e-mails."]
)
@pytest.mark.parametrize("act, confidence", [(FORGET_ME, 0.35), (FORGET_ME, 0.99), ("thanks", 0.8), (MY_DATA, 0.6)])
def test_a_wish_in_so_many_words_needs_little_certainty(sentence: str, act: str, confidence: float) -> None:
    """As long as the model takes it for one, or for what is near to it."""
    assert wishes_to_be_forgotten(sentence, act, confidence)
    assert not wishes_to_be_forgotten(sentence, "inquiry", confidence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Ne m'oubliez pas.", "N'effacez pas mes données.", "J'ai oublié mon mot de passe.", "Vous m'avez oublié!",
        "Mes données ont-elles été supprimées?", "Comment effacer mes données?",
        "La banque refuse d'effacer mes données.",
        "Please do not erase my data.", "You forgot me!", "I forgot my password.", "How can I have my data erased?",
        "My former employer must delete my information.", "I asked you to erase my data in May.",
    ],
)  # fmt: skip
def test_what_refuses_tells_or_asks_is_no_wish(sentence: str) -> None:
    """However sure the model is."""
    assert not wishes_to_be_forgotten(sentence, FORGET_ME, 0.99)


@pytest.mark.parametrize("sentence", ["Faites disparaître ma trace.", "I withdraw my consent."])
def test_other_words_need_the_models_certainty(sentence: str) -> None:
    """What nobody foresaw is met only if the model is sure."""
    assert wishes_to_be_forgotten(sentence, FORGET_ME, 0.85)
    assert not wishes_to_be_forgotten(sentence, FORGET_ME, 0.75)
    assert not wishes_to_be_forgotten(sentence, "thanks", 0.85)

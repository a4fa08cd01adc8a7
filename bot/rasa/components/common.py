"""What the components share: the keys under which they leave their findings, and small tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasa.shared.nlu.constants import INTENT, TEXT

if TYPE_CHECKING:
    from rasa.shared.nlu.training_data.message import Message

INQUIRY = "inquiry"  # the intent of a question; every other intent is an act
LANGUAGE = "language"  # {"code": "fr" | "en", "confidence": 0…1, "detected": code or None}
KNOWLEDGE = "knowledge"  # {"outcome", "matches": [{"article", "probability"}], "options": [id, …], "own": id or None}
ARTICLE = "article"  # on training examples: the article that answers, "" for none
GIVEN = "given_article"  # the slot of the article that was given last
RANKED_ACTS = "intent_ranking"  # [{"name", "confidence"}]: the acts as classified, whatever `intent` is in the end
LEMMAS = "lemmas"  # the message's lemmas, separated by spaces
PAYLOAD_PREFIX = "/"  # a button's payload: Rasa reads its intent itself


def is_button_press(message: Message) -> bool:
    """Whether the message is a button's payload rather than words."""
    return bool(message.get(TEXT, "").startswith(PAYLOAD_PREFIX))


def has_intent(message: Message) -> bool:
    """Whether a training example can teach an intent."""
    return bool(message.get(INTENT) and message.get(TEXT))

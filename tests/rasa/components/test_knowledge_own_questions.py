"""An article's own question is no act: what the component makes of it, before any action runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from actions.knowledge import DIALOGUES
from bot.matcher.matcher import Example, Match, Matcher, Ranking, Thresholds, own_questions
from bot.rasa.components import knowledge
from bot.rasa.components.knowledge import WITH_ARTICLE, KnowledgeMatcher

OWN = [
    Example("stage", "fr", "Puis-je annuler ma demande de stage?"),
    Example("stage", "en", "Internship"),
    Example("complaint", "fr", "Je veux porter plainte"),
]


class OwnMatcher(Matcher):
    """Knows its own questions, and ranks one article for everything."""

    def __init__(self) -> None:
        super().__init__()
        self._own = own_questions(OWN)

    def rank(self, *_given: Any, **_named: Any) -> Ranking:
        """Always the same."""
        return Ranking((Match("stage", 0.3),), Thresholds(0.8, 0.2))


def read(monkeypatch: pytest.MonkeyPatch, text: str, intent: str, code: str = "fr") -> dict[str, Any]:
    """What the component leaves on a message that was taken for an act."""
    monkeypatch.setattr(knowledge, "sentence_vector", lambda _message: np.zeros(1))
    message = Message({"text": text, "language": {"code": code, "detected": code, "confidence": 0.5}})
    message.set("intent", {"name": intent, "confidence": 0.97}, add_to_output=True)
    tracker = DialogueStateTracker.from_events("c", [])
    component = KnowledgeMatcher(None, None, OwnMatcher())
    (found,) = component.process([message], tracker)
    return dict(found.as_dict())


@pytest.mark.parametrize("act", ["cancel", "forget_me", "request_officer", "goodbye", "inquiry"])
def test_an_own_question_is_an_inquiry(monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    """However sure the act seemed, it does not take the question, and nothing is cancelled or erased."""
    found = read(monkeypatch, "puis-je annuler ma demande de STAGE", act)
    assert found["intent"] == {"name": "inquiry", "confidence": 1.0}
    assert found["knowledge"]["own"] == "stage"


def test_other_words_leave_the_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is only like the question stays the act that it is."""
    found = read(monkeypatch, "Je veux annuler", "cancel")
    assert (found["intent"]["name"], found["knowledge"]["own"]) == ("cancel", None)


def test_acts_with_an_article_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """An act whose action gives the article first goes on with its dialogue; these are the acts that have one."""
    found = read(monkeypatch, "Je veux porter plainte", "file_complaint")
    assert (found["intent"]["name"], found["knowledge"]["own"]) == ("file_complaint", "complaint")
    assert set(DIALOGUES) == WITH_ARTICLE


def test_an_own_question_tells_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """One word that seemed French is English where only the English questions hold it."""
    found = read(monkeypatch, "internship", "greet")
    assert (found["language"]["code"], found["knowledge"]["own"]) == ("en", "stage")

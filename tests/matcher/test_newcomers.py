"""Articles with few sample questions: which they are, and when the nearest known message speaks for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.matcher.matcher import ANSWERED, Example, Matcher
from bot.matcher.newcomers import SURE, Newcomers, find_newcomers

# Two subjects that citizens have asked about for long, in many words, and one of last week.
PLACES = ("bureau", "ministère", "guichet", "service", "comptoir", "siège")
OFFICES = ("office", "ministry", "desk", "service", "counter", "head office")
ASKED = {
    ("address", "fr"): (("Où est le", "L'adresse du"), PLACES),
    ("address", "en"): (("Where is the", "The address of the"), OFFICES),
    ("hours", "fr"): (("À quelle heure ouvre le", "Les heures du"), PLACES),
    ("hours", "en"): (("When does it open, the", "The hours of the"), OFFICES),
    (None, "fr"): (("Quel temps fait-il", "Recette de pouding", "Qui a gagné le match"), ("",)),
    (None, "en"): (("What is the weather like", "Pudding recipe", "Who won the game"), ("",)),
}
OLD = [
    Example(article, lang, f"{start} {end}?")
    for (article, lang), (starts, ends) in ASKED.items()
    for start in starts
    for end in ends
]
NEW = [
    Example("stipend", "fr", "De combien est l'allocation des stagiaires ?"),
    Example("stipend", "fr", "Les stagiaires sont-ils payés ?"),
    Example("stipend", "en", "How much is the stipend for interns?"),
    Example("stipend", "en", "Are interns paid?"),
]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """A matcher that knows two articles well and one by four questions."""
    return Matcher().fit([*OLD, *NEW])


def test_those_with_much_fewer_questions_than_the_others_are_newcomers() -> None:
    """Beside articles of fifty questions, one of ten and one of 29 are; what no article answers is no article."""
    labels = ["a"] * 50 + ["b"] * 50 + ["c"] * 50 + ["d"] * 10 + ["e"] * 29 + ["f"] * 30 + ["g"] * 50 + [""] * 3
    assert find_newcomers(labels, "") == ["d", "e"]
    assert find_newcomers(["a"] * 4 + ["b"] * 4, "") == []
    assert find_newcomers([], "") == []


def test_the_nearest_message_must_be_the_newcomers_and_near() -> None:
    """Near another's message, or near none, a newcomer is not spoken for; length does not matter."""
    known = Newcomers(["old", "new", ""], np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), ["new"])
    assert known.nearest(np.array([0.1, 7.0, 0.0])) == "new"
    assert known.nearest(np.array([7.0, 0.1, 0.0])) is None
    assert known.nearest(np.array([0.0, 0.1, 7.0])) is None
    # As near to it as to anything else, and near to nothing.
    assert known.nearest(np.array([-1.0, 0.4, -1.0])) is None
    assert known.nearest(np.zeros(3)) is None


@pytest.mark.parametrize(
    "text, lang",
    [
        ("Est-ce que les stagiaires sont payés?", "fr"),
        ("c'est combien l'allocation pour les stagiaires", "fr"),
        ("are the interns paid", "en"),
        ("what is the amount of the interns' stipend?", "en"),
        *((example.text, example.lang) for example in NEW),
    ],
)
def test_a_newcomer_is_given_outright_in_both_languages(matcher: Matcher, text: str, lang: str) -> None:
    """Four sample questions are enough for those who ask nearly the same, in French and in English."""
    ranking = matcher.rank(text, lang)
    assert (ranking.outcome, ranking.matches[0].article) == (ANSWERED, "stipend")
    assert ranking.matches[0].probability >= SURE
    assert sum(match.probability for match in ranking.matches) <= 1 + 1e-6


@pytest.mark.parametrize("text, lang", [("Où est le bureau ?", "fr"), ("bad weather", "en"), ("🙂", "fr"), ("", "en")])
def test_other_messages_are_not_the_newcomers(matcher: Matcher, text: str, lang: str) -> None:
    """What lies nearer to another known message is ranked by the machines alone."""
    ranking = matcher.rank(text, lang)
    assert ranking.outcome != ANSWERED or ranking.matches[0].article != "stipend"


def test_a_saved_matcher_keeps_its_newcomers(matcher: Matcher, tmp_path: Path) -> None:
    """Loaded again it gives the newcomer as before."""
    matcher.save(tmp_path / "matcher.joblib")
    again = Matcher.load(tmp_path / "matcher.joblib")
    text = "are the interns paid"
    assert again.rank(text, "en").matches[0] == matcher.rank(text, "en").matches[0]


def test_where_all_articles_have_as_many_there_are_no_newcomers() -> None:
    """Then nothing is kept beside the machines."""
    matcher = Matcher().fit(OLD)
    assert matcher._newcomers is None

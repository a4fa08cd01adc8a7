"""A publication tried: what its matcher learns, what it answers otherwise, and which messages it had better learn."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.knowledge.article import Article
from bot.knowledge.files import Corpus
from bot.knowledge.trial import (
    BROKEN,
    MENDED,
    MOVED,
    TAKEN,
    close_unanswered,
    compare,
    reads_acts,
    taken_by_acts,
)
from bot.matcher.matcher import Match, Matcher, Ranking, Thresholds
from bot.matcher.vectors import VectorCache

Make = Callable[..., Article]
GIVEN, ASKED_BACK, NOTHING = 0.9, 0.5, 0.1


class FakeMatcher(Matcher):
    """Makes of each message what the test says: an article and how sure it is."""

    def __init__(self, found: Mapping[str, tuple[str, float]]) -> None:
        super().__init__()
        self._found = found

    def rank(self, text: str, lang: str, *_more: Any, **_named: Any) -> Ranking:
        """The ranking that the test wants, or one without any match."""
        matches = (Match(*self._found[text]),) if text in self._found else ()
        return Ranking(matches, Thresholds(answer=0.8, clarify=0.4))


class LengthsCache(VectorCache):
    """Texts that begin alike lie in one direction."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))

    def vectors(self, texts: Sequence[str], *, keep: bool = True) -> np.ndarray:
        """A vector of the first letter; nothing is kept."""
        assert not keep
        return np.array([[text[0] == letter for letter in "abcdefghijkl"] for text in texts], dtype=np.float32)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Evaluation questions: two with an article, one that two may answer, one without, and an act."""
    rows = [
        {"article": "hours", "lang": "fr", "text": "q-hours", "kind": "article"},
        {"article": "role", "lang": "en", "text": "q-role", "kind": "article"},
        {"article": "hours", "also": ["role"], "lang": "fr", "text": "q-both", "kind": "article"},
        {"article": None, "lang": "en", "text": "q-none", "kind": "near"},
        {"article": None, "intent": "greet", "lang": "en", "text": "q-act", "kind": "act"},
    ]
    path = tmp_path / "look.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def kinds(
    questions: Path, before: Mapping[str, tuple[str, float]], after: Mapping[str, tuple[str, float]], article: str
) -> list[tuple[str, str]]:
    """Kind and text of what changes between two matchers."""
    found = compare(FakeMatcher(before), FakeMatcher(after), questions, article)
    return [(change["kind"], change["text"]) for change in found["changes"]]


def test_a_right_answer_that_would_be_lost_breaks(questions: Path) -> None:
    """An answer that would be another, a question back or none breaks; so does a false answer where none was."""
    right = {"q-hours": ("hours", GIVEN)}
    for after in ({"q-hours": ("role", GIVEN)}, {"q-hours": ("hours", ASKED_BACK)}, {}):
        assert kinds(questions, right, after, "hours") == [(BROKEN, "q-hours")]
    assert kinds(questions, {}, {"q-none": ("role", GIVEN)}, "hours") == [(BROKEN, "q-none")]


def test_a_wrong_answer_that_would_be_right_is_mended(questions: Path) -> None:
    """A question that would get its article, or a false answer that would be given no more, is mended."""
    right = {"q-hours": ("hours", GIVEN)}
    for before in ({"q-hours": ("role", GIVEN)}, {"q-hours": ("hours", ASKED_BACK)}, {}):
        assert kinds(questions, before, right, "role") == [(MENDED, "q-hours")]
    assert kinds(questions, {"q-none": ("role", GIVEN)}, {}, "role") == [(MENDED, "q-none")]


def test_a_question_that_nothing_answered_may_be_taken(questions: Path) -> None:
    """A question of which no right article is known and that the article in trial would answer is for a person."""
    after = {"q-none": ("new", GIVEN)}
    assert kinds(questions, {}, after, "new") == [(TAKEN, "q-none")]
    assert kinds(questions, {"q-none": ("role", GIVEN)}, after, "new") == [(TAKEN, "q-none")]
    assert kinds(questions, {}, {"q-none": ("new", ASKED_BACK)}, "new") == [(MOVED, "q-none")]


def test_other_differences_of_what_is_said_are_moves(questions: Path) -> None:
    """One right article for another, one wrong one for another, a question back where none was: told, not counted."""
    both = {"q-both": ("hours", GIVEN)}, {"q-both": ("role", GIVEN)}
    assert kinds(questions, *both, "new") == [(MOVED, "q-both")]
    wrong = {"q-hours": ("role", GIVEN)}, {"q-hours": ("other", GIVEN)}
    assert kinds(questions, *wrong, "new") == [(MOVED, "q-hours")]
    assert kinds(questions, {}, {"q-role": ("hours", GIVEN)}, "new") == [(MOVED, "q-role")]


def test_what_a_citizen_would_not_notice_is_no_change(questions: Path) -> None:
    """Another probability of the same answer, or one article asked back for another, is none; nor are acts."""
    before = {"q-hours": ("hours", 0.85), "q-role": ("hours", ASKED_BACK)}
    after = {"q-hours": ("hours", 0.95), "q-role": ("role", ASKED_BACK), "q-act": ("hours", GIVEN)}
    assert kinds(questions, before, after, "hours") == []
    assert kinds(questions, {"q-role": ("hours", ASKED_BACK)}, {}, "hours") == []


def test_the_changes_are_told_gravest_first_and_counted(questions: Path) -> None:
    """How many questions there are, how many are answered well before and after, and what changes, the worst first."""
    before = FakeMatcher({"q-hours": ("hours", GIVEN), "q-both": ("role", GIVEN)})
    after = FakeMatcher({"q-role": ("role", GIVEN), "q-both": ("hours", GIVEN), "q-none": ("new", GIVEN)})
    found = compare(before, after, questions, "new")
    assert (found["n"], found["before"], found["after"]) == (4, 3, 2)
    order = [(change["kind"], change["text"]) for change in found["changes"]]
    assert order == [(BROKEN, "q-hours"), (TAKEN, "q-none"), (MENDED, "q-role"), (MOVED, "q-both")]
    assert found["changes"][0] == {
        "kind": BROKEN,
        "text": "q-hours",
        "lang": "fr",
        "right": "hours",
        "before": {"outcome": "answered", "article": "hours"},
        "after": {"outcome": "unanswered", "article": None},
    }
    assert json.loads(json.dumps(found)) == found


def test_archiving_takes_nothing(questions: Path) -> None:
    """Where no article is in trial a false answer breaks as any other."""
    found = compare(FakeMatcher({}), FakeMatcher({"q-none": ("role", GIVEN)}), questions, None)
    assert [change["kind"] for change in found["changes"]] == [BROKEN]


@pytest.mark.parametrize("content", [None, "", "not JSON\n"])
def test_without_evaluation_questions_nothing_changes(tmp_path: Path, content: str | None) -> None:
    """An office without evaluation questions, or with a broken file of them, publishes all the same."""
    path = tmp_path / "look.jsonl"
    if content is not None:
        path.write_text(content)
    found = compare(FakeMatcher({}), FakeMatcher({}), path, "hours")
    assert found == {"n": 0, "before": 0, "after": 0, "changes": []}


def test_listed_messages_near_an_article_are_found(make_article: Make) -> None:
    """Messages listed as unanswered that lie near the article's questions are told, but for those that it has."""
    unanswered = {"near": {"fr": ("a fr", "z", "a claimed!"), "en": ("b en",)}, "far": {"fr": ("x",), "en": ("a en",)}}
    article = make_article("hours", questions={"fr": ["a", "A claimed?"], "en": ["b"]})
    found = close_unanswered(article, Corpus((article,), unanswered), LengthsCache())
    assert sorted((entry["lang"], entry["text"]) for entry in found) == [("en", "a en"), ("en", "b en"), ("fr", "a fr")]


def test_at_most_forty_near_messages_are_told(make_article: Make) -> None:
    """A page of them is enough for one look."""
    many = {"near": {"fr": tuple(f"a {number}" for number in range(60)), "en": ()}}
    article = make_article("hours", questions={"fr": ["a"], "en": ["b"]})
    assert len(close_unanswered(article, Corpus((), many), LengthsCache())) == 40


def test_without_listed_messages_none_is_near(make_article: Make) -> None:
    """An office that lists no unanswered messages is told none."""
    article = make_article("hours", questions={"fr": ["a"], "en": ["b"]})
    assert close_unanswered(article, Corpus((), {}), LengthsCache()) == []


def test_sample_questions_that_read_like_an_act_are_told(make_article: Make) -> None:
    """Each with its language and the act; what reads like a question is left out."""
    article = make_article("stage", questions={"fr": ["Puis-je annuler?", "Qui est admis?"], "en": ["May I cancel?"]})
    acts = {("Puis-je annuler?", "fr"): "cancel", ("May I cancel?", "en"): "cancel"}
    assert taken_by_acts(article, lambda text, lang: acts.get((text, lang))) == [
        {"lang": "fr", "text": "Puis-je annuler?", "act": "cancel"},
        {"lang": "en", "text": "May I cancel?", "act": "cancel"},
    ]


@pytest.mark.parametrize(("part", "reads"), [("classifier.joblib", True), ("matcher.joblib", False)])
def test_a_model_tells_acts_if_it_holds_what_reads_them(tmp_path: Path, part: str, reads: bool) -> None:
    """A model without the part that tells acts from questions is asked for none."""
    (tmp_path / part).write_bytes(b"x")
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / part, f"components/train/{part}")
    assert reads_acts(tmp_path / "model.tar.gz") is reads

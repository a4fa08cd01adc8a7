"""The rules of a version's life, and what stands in the way of publishing it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from bot.knowledge.article import parse_article
from bot.knowledge.editing import (
    DRAFT,
    REVIEWED,
    EditRefused,
    Version,
    clean_document,
    may_review,
    problems,
    same_questions,
    stale_language,
)
from bot.matcher.text import skeleton
from tests.cast import NOVEMBER as NOW

SOURCE = {
    "document_fr": "La déclaration",
    "document_en": "The declaration",
    "section_fr": "Le téléphone",
    "section_en": "The telephone",
    "effective": "2001-04-01",
    "updated": "2006-09-29",
}
FORM = {
    "id": "phone-hours",
    "title_fr": "Les heures",
    "title_en": "The hours",
    "answer_fr": "De 8 h 30 à 17 h.",
    "answer_en": "From 8:30 a.m. to 5:00 p.m.",
    "questions_fr": "À quelle heure?\nQuand ouvrez-vous?",
    "questions_en": "At what time?",
    "audience": "everyone",
    "review_by": "2027-03-31",
}


@pytest.fixture
def whole(document: dict[str, Any]) -> dict[str, Any]:
    """A document that nothing stands in the way of, with five sample questions a language."""
    return {**document, "questions": {lang: [f"question {lang} {n}" for n in range(5)] for lang in ("fr", "en")}}


def with_text(document: dict[str, Any], part: str, **texts: str) -> dict[str, Any]:
    """The document with other texts of a part, by language."""
    return {**document, part: {**document[part], **texts}}


def found_in(document: dict[str, Any], today: date, **given: Any) -> list[tuple[str, dict[str, str]]]:
    """Code and values of what stands in the way."""
    found = problems(document, stale=given.get("stale"), others=given.get("others", {}), today=today)
    return [(problem.code, dict(problem.values)) for problem in found]


@pytest.mark.parametrize("part", ["title", "answer"])
@pytest.mark.parametrize("changed, behind", [("fr", "en"), ("en", "fr")])
def test_the_language_that_did_not_follow_is_stale(whole: dict[str, Any], part: str, changed: str, behind: str) -> None:
    """Where the title or the answer changes in one language alone, the other is out of date."""
    assert stale_language(whole, with_text(whole, part, **{changed: "Tout autre."})) == behind


def test_a_title_in_one_language_and_an_answer_in_the_other_is_a_change_of_both(whole: dict[str, Any]) -> None:
    """Where something of each language changed, none was left behind."""
    assert stale_language(whole, with_text(with_text(whole, "title", fr="Autre"), "answer", en="Other")) is None


def test_nothing_is_stale_without_a_change_of_texts(whole: dict[str, Any]) -> None:
    """A new article, one left as it is, spaces at the ends, and other questions leave no language behind."""
    assert stale_language(None, whole) is None
    assert stale_language(whole, deepcopy(whole)) is None
    assert stale_language(whole, with_text(whole, "title", fr=" Les heures\n")) is None
    assert stale_language(whole, with_text(whole, "questions", fr=["Autre?"])) is None


def test_a_draft_may_lack_what_is_compared(whole: dict[str, Any]) -> None:
    """A draft that lacks a part counts as one whose part is empty."""
    assert stale_language(whole, with_text(whole, "title", fr="")) == "en"
    assert stale_language({**whole, "title": None}, whole) is None


def test_nothing_stands_in_the_way_of_a_whole_document(whole: dict[str, Any], today: date) -> None:
    """A document with all its parts, equal facts and enough questions has no problem."""
    assert found_in(whole, today) == []


@pytest.mark.parametrize("part", ["title", "answer"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_missing_text_is_named(whole: dict[str, Any], today: date, part: str, lang: str) -> None:
    """A title or answer without words in one language is told once, and nothing else is."""
    assert found_in(with_text(whole, part, **{lang: " \n"}), today) == [(f"missing_{part}", {"language": lang})]


def test_a_document_without_anything_is_told_all(today: date) -> None:
    """An empty form is told every part that it lacks."""
    empty = {"id": "x", "title": {}, "answer": {}, "sources": [], "audience": [], "review_by": "", "questions": {}}
    codes = [code for code, _ in found_in(empty, today)]
    assert codes == [
        *("missing_title", "missing_answer", "missing_title", "missing_answer"),
        *("missing_questions", "missing_questions"),
    ]


@pytest.mark.parametrize("part", ["title", "answer"])
def test_facts_that_differ_between_the_languages_are_named(whole: dict[str, Any], today: date, part: str) -> None:
    """A figure that stands in one language only is told with the part and the figure."""
    other = with_text(whole, part, fr="Composez le 418 649-2400.", en="Call us.")
    ((code, values),) = found_in(other, today)
    assert code == "facts_differ"
    assert values["part"] == part
    assert "2400" in values["facts"]


def test_a_stale_language_is_a_problem(whole: dict[str, Any], today: date) -> None:
    """The language that was left behind is named."""
    assert found_in(whole, today, stale="en") == [("stale", {"language": "en"})]


def test_no_questions_are_grave_and_few_are_not(whole: dict[str, Any], today: date) -> None:
    """Without a sample question nobody would find the article; with a few it may be published all the same."""
    none = problems({**whole, "questions": {**whole["questions"], "en": []}}, stale=None, others={}, today=today)
    assert [(problem.code, problem.grave) for problem in none] == [("missing_questions", True)]
    few = {**whole, "questions": {**whole["questions"], "en": ["a?", "b?"]}}
    (problem,) = problems(few, stale=None, others={}, today=today)
    assert (problem.code, problem.grave) == ("few_questions", False)
    assert problem.values == {"language": "en", "count": "2", "enough": "5"}


def test_a_question_of_another_article_is_named_with_its_owner(whole: dict[str, Any], today: date) -> None:
    """A sample question that another article has, however it is written, is told; in the other language it is not."""
    others = {("fr", skeleton("QUESTION, fr 3!")): "address", ("en", skeleton("question fr 3")): "role"}
    expected = [("question_of_another", {"question": "question fr 3", "article": "address"})]
    assert found_in(whole, today, others=others) == expected


@pytest.mark.parametrize(
    "change", [{"sources": []}, {"audience": []}, {"review_by": "soon"}, {"id": "Not an id"}, {"more": "fields"}]
)
def test_what_could_not_be_read_back_is_a_problem(whole: dict[str, Any], today: date, change: dict[str, Any]) -> None:
    """A version that nobody could read once it is published is told so, with the reason."""
    ((code, values),) = found_in({**whole, **change}, today)
    assert code == "unreadable"
    assert values["why"]


def test_the_review_date_may_be_today_and_not_before(whole: dict[str, Any], today: date) -> None:
    """An article to be reviewed by today is good today, and no longer tomorrow."""
    assert found_in({**whole, "review_by": "2026-11-24"}, today) == []
    late = found_in({**whole, "review_by": "2026-11-23"}, today)
    assert late == [("review_date_past", {"date": "2026-11-23"})]


def test_a_filled_form_makes_a_document_that_can_be_read(today: date) -> None:
    """What an officer fills in is an article."""
    made = clean_document(FORM, [SOURCE])
    article = parse_article(made)
    assert (article.id, article.questions["fr"]) == ("phone-hours", ("À quelle heure?", "Quand ouvrez-vous?"))
    assert article.sources[0].section["en"] == "The telephone"
    assert {code for code, _ in found_in(made, today)} == {"few_questions"}


def test_a_form_is_tidied() -> None:
    """Stray spaces, line ends of any system, empty lines, sources and audiences, and repeated questions go."""
    form = {
        "id": " hours ",
        "title_fr": "  Les \t heures ",
        "answer_fr": "\r\nUn.\r\n\r\nDeux.  \n",
        "questions_fr": "Où?\r\n\r\n  OÙ ! \n Quand  donc?\n???\n!!!",
        "audience": "everyone, ,media,",
        "review_by": " 2027-01-01 ",
    }
    made = clean_document(form, [SOURCE, dict.fromkeys(SOURCE, " "), {}])
    assert made["id"] == "hours"
    assert made["title"] == {"fr": "Les heures", "en": ""}
    assert made["answer"]["fr"] == "Un.\n\nDeux."
    assert made["questions"] == {"fr": ["Où?", "Quand donc?", "???", "!!!"], "en": []}
    assert made["audience"] == ["everyone", "media"]
    assert made["review_by"] == "2027-01-01"
    assert len(made["sources"]) == 1


@pytest.mark.parametrize(
    "name",
    ["", "Hours", "a b", "-a", "a-", "a--b", "../etc", "a/b", "é", "a\nb", "a\x00", "<b>", "x" * 65, "new\u200b", "٣"],
)
def test_an_id_that_is_none_is_refused(name: str) -> None:
    """An id that would not do as an address or a file's name is refused before anything is kept."""
    with pytest.raises(EditRefused, match="id"):
        clean_document({**FORM, "id": name}, [SOURCE])


HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE articles; --",
    "{{ 7 * 7 }}",
    "\u202egnirts desrever",
    "😀" * 500,
    "a\u0301" * 300,
    "x" * 100_000,
    "&lt;b&gt;",
    "- yaml: [",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_texts(text: str, today: date) -> None:
    """Markup, code and odd characters are kept as they were typed, and looked at without harm."""
    names = ("title", "answer", "questions")
    made = clean_document({**FORM, **{f"{name}_{lang}": text for name in names for lang in ("fr", "en")}}, [SOURCE])
    assert made["title"]["fr"] == made["answer"]["en"] == made["questions"]["fr"][0] == text
    assert {code for code, _ in found_in(made, today)} == {"few_questions"}
    dates = clean_document({**FORM, "review_by": text, "audience": text}, [{**SOURCE, "effective": text}])
    assert [code for code, _ in found_in(dates, today) if code != "few_questions"] == ["unreadable"]


def test_a_missing_field_is_an_empty_one(today: date) -> None:
    """A form without most of its fields makes a draft that says what it lacks."""
    made = clean_document({"id": "hours"}, [])
    assert {code for code, _ in found_in(made, today)} == {"missing_title", "missing_answer", "missing_questions"}


def version(state: str = DRAFT) -> Version:
    """A version that Ana and Ben wrote."""
    return Version("hours", 1, {}, state, ("Ana", "Ben"), NOW)


def test_who_wrote_it_does_not_review_it() -> None:
    """Everybody but those who wrote a draft may review it, and what is no draft needs no review."""
    may_review(version(), "Cleo")
    for author in ("Ana", "Ben"):
        with pytest.raises(EditRefused, match="own"):
            may_review(version(), author)
    with pytest.raises(EditRefused, match="not_draft"):
        may_review(version(REVIEWED), "Cleo")


def test_a_version_is_called_by_the_title_that_there_is() -> None:
    """A draft with one title shows it in both languages, and one with none shows its id."""
    document = {"title": {"fr": "", "en": "The hours"}}
    titled = Version("hours", 1, document, DRAFT, (), NOW)
    assert (titled.title("fr"), titled.title("en")) == ("The hours", "The hours")
    assert version().title("fr") == "hours"


def test_the_matcher_learns_from_questions_alone(whole: dict[str, Any]) -> None:
    """Other texts teach nothing; other questions, another order of them, or a new article do."""
    assert same_questions(whole, with_text(whole, "answer", fr="Autre."))
    assert not same_questions(None, whole)
    turned = {**whole, "questions": {**whole["questions"], "fr": whole["questions"]["fr"][::-1]}}
    assert not same_questions(whole, turned)

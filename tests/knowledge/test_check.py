"""The check of the knowledge base: each kind of finding is found when it is caused, and not otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from bot.core.texts import Texts
from bot.knowledge.article import Article
from bot.knowledge.check import Finding, check_corpus, check_texts
from bot.knowledge.files import Corpus
from bot.promises.promise import Promise, PromiseVersion, Registry, Unclocked

NO_PROMISES = Registry({})
PROMISED = {"fr": "En quinze jours ouvrables.", "en": "Within 15 working days."}
Make = Callable[..., Article]


def check(today: date, *articles: Article, registry: Registry = NO_PROMISES, **unanswered: dict) -> list[Finding]:
    """The findings in a corpus of `articles` and `unanswered` messages."""
    return check_corpus(Corpus(articles, unanswered), registry, today)


def of_promise(place: tuple[str | int, ...], what: str) -> Finding:
    """A finding about a promise."""
    return Finding("promises.yml", place, f"promise {what}", in_knowledge=False)


def registry_of(article_id: str, days: int = 15) -> Registry:
    """A registry whose one promise is stated by `article_id`."""
    both = {"fr": "", "en": ""}
    version = PromiseVersion(1, date(2001, 4, 1), days, both, both, both, both)
    return Registry({"email-reply": Promise("email-reply", article_id, (version,))})


def test_a_clean_knowledge_base_has_no_findings(make_article: Make, today: date) -> None:
    """Articles with equal facts, enough questions of their own and a review date to come are clean."""
    both = {"fr": "En quinze jours, au (418) 649-2300.", "en": "In 15 days, at (418) 649-2300."}
    near = {"fr": ("Combien ?",), "en": ("How much?",)}
    articles = (make_article("one", answer=both), make_article("two", answer=PROMISED))
    assert check(today, *articles, registry=registry_of("two"), near=near) == []


@pytest.mark.parametrize("name", ["title", "answer"])
@pytest.mark.parametrize(
    "fr, en, told",
    [
        ("Dans 15 jours.", "Soon.", "fr ['n:15']"),
        ("Bientôt.", "Within 15 days.", "en ['n:15']"),
        ("Dans 15 jours.", "Within ten days.", "fr ['n:15'], en ['n:10']"),
        ("Au (418) 649-2300.", "At (418) 649-2335.", "fr ['tel:4186492300'], en ['tel:4186492335']"),
        ("Le 1er avril 2001.", "On April 2, 2001.", "fr ['date:2001-04-01'], en ['date:2001-04-02']"),
        ("À 17 h.", "At 5:00 a.m.", "fr ['time:17:00'], en ['time:05:00']"),
    ],
)
def test_a_fact_of_one_language_alone_is_found(
    make_article: Make, today: date, name: str, fr: str, en: str, told: str
) -> None:
    """A number, telephone number, date or time that the other language lacks is told with its language."""
    findings = check(today, make_article("hours", **{name: {"fr": fr, "en": en}}))
    assert findings == [Finding("hours.yml", (name,), f"facts differ between languages: {told}")]


def test_a_question_that_stands_twice_is_found(make_article: Make, today: date) -> None:
    """A sample question that comes again in its article, in other capitals and accents, is a duplicate."""
    questions = [*(f"question {number}" for number in range(50)), "À quelle heure ?", "a quelle HEURE"]
    findings = check(today, make_article("hours", questions={"fr": questions}))
    assert [(finding.file, finding.place) for finding in findings] == [("hours.yml", ("questions", "fr", 51))]
    assert findings[0].what.startswith("duplicate sample question (fr): 'a quelle HEURE'")


def test_a_question_of_two_articles_is_found(make_article: Make, today: date) -> None:
    """A sample question that two articles claim is contradictory, and both are named."""
    one = make_article("one", questions={"en": [*(f"first {n}" for n in range(50)), "When?"]})
    two = make_article("two", questions={"en": [*(f"second {n}" for n in range(50)), "when"]})
    assert check(today, one, two) == [
        Finding("two.yml", ("questions", "en", 50), "contradictory (one.yml, two.yml) sample question (en): 'when'")
    ]


def test_a_question_both_answered_and_not_is_found(make_article: Make, today: date) -> None:
    """A message that an article claims and that no article is said to answer is contradictory."""
    article = make_article("one", questions={"fr": [*(f"q {n}" for n in range(50)), "Combien ?"]})
    findings = check(today, article, near={"fr": ("combien",), "en": ()})
    assert findings == [
        Finding(
            "unanswered/near.yml",
            ("fr", 0),
            "contradictory (one.yml, unanswered/near.yml) sample question (fr): 'combien'",
        )
    ]


def test_an_unanswered_message_that_stands_twice_is_found(make_article: Make, today: date) -> None:
    """The unanswered messages are held to the same: no duplicate, none that is near and far."""
    findings = check(today, near={"fr": ("Combien ?", "combien"), "en": ("Who?",)}, far={"fr": (), "en": ("who",)})
    assert [(finding.file, finding.place, finding.what.split()[0]) for finding in findings] == [
        ("unanswered/near.yml", ("fr", 1), "duplicate"),
        ("unanswered/far.yml", ("en", 0), "contradictory"),
    ]


def test_a_question_may_stand_in_both_languages(make_article: Make, today: date) -> None:
    """One text that is right in French and in English is no duplicate."""
    questions = {lang: [*(f"{lang} {n}" for n in range(50)), "Mission?"] for lang in ("fr", "en")}
    assert check(today, make_article("missions", questions=questions)) == []


def test_questions_without_words_are_compared_as_they_are(make_article: Make, today: date) -> None:
    """Two different messages of signs alone are no duplicates; the same twice is one."""
    questions = [f"q {n}" for n in range(50)]
    assert check(today, make_article("a", questions={"fr": [*questions, "?", "!"]})) == []
    assert len(check(today, make_article("a", questions={"fr": [*questions, "?", "?"]}))) == 1


@pytest.mark.parametrize("review_by, overdue", [("2026-11-23", True), ("2026-11-24", False), ("2026-11-25", False)])
def test_an_article_past_its_review_date_is_found(
    make_article: Make, today: date, review_by: str, overdue: bool
) -> None:
    """From the day after its review date an article is told, not on the day."""
    findings = check(today, make_article("hours", review_by=review_by))
    assert findings == ([Finding("hours.yml", ("review_by",), f"past its review date, {review_by}")] if overdue else [])


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_too_few_questions_are_found(make_article: Make, today: date, lang: str) -> None:
    """Fewer than fifty sample questions in a language are told with their number."""
    findings = check(today, make_article("hours", questions={lang: [f"question {n}" for n in range(49)]}))
    assert findings == [Finding("hours.yml", ("questions", lang), f"49 sample questions in {lang}, fewer than 50")]


def test_a_promise_that_no_article_states_is_found(make_article: Make, today: date) -> None:
    """A promise whose article does not exist is told by its id."""
    findings = check(today, make_article("hours"), registry=registry_of("email-standard"))
    assert findings == [
        of_promise(("promises", 0, "article"), "email-reply: its article email-standard does not exist")
    ]


def test_everything_wrong_is_found_at_once(make_article: Make, today: date) -> None:
    """One finding does not hide another."""
    wrong = make_article(
        "hours",
        answer={"fr": "4 jours", "en": "5 days"},
        review_by="2020-01-01",
        questions={"fr": ["Quand ?", "quand"], "en": ["When?"]},
    )
    kinds = [finding.what.split()[0] for finding in check(today, wrong, registry=registry_of("none"))]
    assert sorted(kinds) == sorted(["facts", "2", "1", "past", "duplicate", "promise"])


def test_a_fixed_text_with_other_facts_in_one_language_is_found() -> None:
    """The fixed texts are held to equal facts too, and only the wrong ones are told."""
    texts = Texts(
        {
            "right": {"fr": "Dans quatre jours, {name}.", "en": "In 4 days, {name}."},
            "wrong": {"fr": "Dans quatre jours.", "en": "In five days."},
        },
        {},
    )
    assert check_texts(texts) == [
        Finding("texts.yml", ("wrong",), "facts differ between languages: fr ['n:4'], en ['n:5']", in_knowledge=False),
    ]


@pytest.mark.parametrize(
    "fr, en",
    [
        ("En dix jours ouvrables.", "Within ten working days."),
        ("Sous 10 jours\u00a0ouvrables.", "In 10 business days."),
        ("Vingt minutes, puis dix jours ouvrables.", "Twenty minutes, then ten working days."),
    ],
)
def test_working_days_that_no_clock_counts_are_found(make_article: Make, today: date, fr: str, en: str) -> None:
    """An article that states working days has a promise with a clock of as many, or the check fails."""
    article = make_article("one", answer={"fr": fr, "en": en})
    missing = [Finding("one.yml", ("answer",), "states 10 working days, and no promise has such a clock")]
    assert check(today, article) == missing
    assert check(today, article, registry=registry_of("one", 10)) == []
    assert missing[0] in check(today, article, registry=registry_of("one", 4))


def test_a_clock_that_its_article_does_not_state_is_found(make_article: Make, today: date) -> None:
    """The article that a promise names states the days of its clock."""
    findings = check(today, make_article("one"), registry=registry_of("one", 4))
    assert findings == [
        of_promise(("promises", 0, "article"), "email-reply: its article one does not state 4 working days")
    ]


def test_days_without_work_are_no_promise(make_article: Make, today: date) -> None:
    """A number of days that are not working days needs no clock."""
    article = make_article("one", answer={"fr": "En dix jours de congé.", "en": "Ten days of leave."})
    assert check(today, article) == []


def test_a_promise_without_a_clock_has_its_articles(make_article: Make, today: date) -> None:
    """What the declaration promises beside the clocks is stated by articles that exist."""
    both = {"fr": "", "en": ""}
    registry = Registry({}, (Unclocked("courtesy", ("one", "gone"), both, both),))
    findings = check(today, make_article("one"), registry=registry)
    assert findings == [of_promise(("without_clock", 0, "articles", 1), "courtesy: its article gone does not exist")]

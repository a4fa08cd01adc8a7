"""An article: what makes one, and what does not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.knowledge.article import ArticleError, article_document, parse_article


def test_an_article_is_read_whole(document: dict[str, Any]) -> None:
    """Every field of a document reaches the article, dates as dates."""
    article = parse_article(document)
    assert article.id == "phone-hours"
    assert article.title == {"fr": "Les heures", "en": "The hours"}
    assert article.answer == {"fr": "De 8 h 30 à 17 h.", "en": "From 8:30 a.m. to 5:00 p.m."}
    assert article.audience == ("everyone",)
    assert article.review_by == date(2027, 3, 31)
    assert article.questions == {"fr": ("À quelle heure ?",), "en": ("At what time?",)}
    assert (article.sources[0].effective, article.sources[0].updated) == (date(2001, 4, 1), date(2006, 9, 29))


def test_an_article_becomes_its_document_again(document: dict[str, Any]) -> None:
    """The document of a parsed article is the document that was parsed."""
    assert article_document(parse_article(document)) == document


def test_dates_may_be_dates(document: dict[str, Any]) -> None:
    """A date that YAML has read as a date is as good as its text."""
    assert parse_article({**document, "review_by": date(2027, 3, 31)}) == parse_article(document)


def test_an_answer_loses_the_space_around_it(document: dict[str, Any]) -> None:
    """An approved answer neither begins nor ends with a blank line."""
    document["answer"] = {"fr": "\nUne ligne.\nDeux.\n", "en": "  One line.\nTwo.  "}
    assert parse_article(document).answer == {"fr": "Une ligne.\nDeux.", "en": "One line.\nTwo."}


@pytest.mark.parametrize("lang, title", [("fr", "La déclaration"), ("en", "The declaration")])
def test_a_source_is_told_in_the_language_of_the_reply(document: dict[str, Any], lang: str, title: str) -> None:
    """A source as a reply carries it has its title and section in one language, and ISO dates."""
    source = parse_article(document).sources[0].as_dict(lang)
    assert source == {
        "title": title,
        "section": {"fr": "Le téléphone", "en": "The telephone"}[lang],
        "effective": "2001-04-01",
        "updated": "2006-09-29",
    }


@pytest.mark.parametrize("field", ["id", "title", "answer", "sources", "audience", "review_by", "questions"])
def test_an_article_lacks_nothing(document: dict[str, Any], field: str) -> None:
    """A missing field is an error that names it and the file."""
    del document[field]
    with pytest.raises(ArticleError, match=rf"hours\.yml.*missing.*{field}"):
        parse_article(document, origin="hours.yml")


def test_an_article_has_no_field_of_another_name(document: dict[str, Any]) -> None:
    """A misspelt field is an error rather than ignored."""
    with pytest.raises(ArticleError, match="titel"):
        parse_article({**document, "titel": {}})


@pytest.mark.parametrize("field", ["title", "answer", "questions"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_article_speaks_both_languages(document: dict[str, Any], field: str, lang: str) -> None:
    """What lacks French or English, or holds it empty, is an error."""
    kept = document[field]
    with pytest.raises(ArticleError, match=field):
        parse_article({**document, field: {key: value for key, value in kept.items() if key != lang}})
    with pytest.raises(ArticleError, match=rf"{field}\.{lang}"):
        parse_article({**document, field: {**kept, lang: type(kept[lang])()}})
    with pytest.raises(ArticleError, match=field):
        parse_article({**document, field: {**kept, "es": kept[lang]}})


@pytest.mark.parametrize(
    "article_id", ["Phone", "phone_hours", "phone--hours", "-phone", "phone-", "", "é", 7, None, "a\n"], ids=repr
)
def test_an_id_is_lower_case_words_with_hyphens(document: dict[str, Any], article_id: Any) -> None:
    """An id of another form is an error."""
    with pytest.raises(ArticleError, match="id"):
        parse_article({**document, "id": article_id})


@pytest.mark.parametrize("question", [True, None, 12, "", "  ", {"Une question": None}])
def test_a_question_is_a_text(document: dict[str, Any], question: Any) -> None:
    """A sample question that YAML did not read as text (yes, no, a colon) is an error."""
    document["questions"]["fr"].append(question)
    with pytest.raises(ArticleError, match=r"questions\.fr"):
        parse_article(document)


@pytest.mark.parametrize("sources", [[], None, "la déclaration", ["la déclaration"], [{}]])
def test_an_article_has_a_source(document: dict[str, Any], sources: Any) -> None:
    """An article without a source that can be read is an error."""
    with pytest.raises(ArticleError, match="source"):
        parse_article({**document, "sources": sources})


@pytest.mark.parametrize("key", ["document", "section", "effective", "updated"])
def test_a_source_lacks_nothing(document: dict[str, Any], key: str) -> None:
    """A source without its title, section or one of its dates is an error that names it."""
    del document["sources"][0][key]
    with pytest.raises(ArticleError, match=key):
        parse_article(document)


@pytest.mark.parametrize("value", ["soon", "2027-13-01", "31/03/2027", 2027, None])
def test_a_review_date_is_a_date(document: dict[str, Any], value: Any) -> None:
    """A review date that is no date is an error."""
    with pytest.raises(ArticleError, match="review_by"):
        parse_article({**document, "review_by": value})


@pytest.mark.parametrize("data", [None, [], "id: x", 3], ids=repr)
def test_an_article_is_a_mapping(data: Any) -> None:
    """A file that holds no mapping is an error."""
    with pytest.raises(ArticleError, match="mapping"):
        parse_article(data)


@pytest.mark.parametrize("field", ["title", "answer"])
def test_a_blank_text_is_empty(document: dict[str, Any], field: str) -> None:
    """A title or an answer of spaces alone is an error, as an empty one is."""
    with pytest.raises(ArticleError, match=field):
        parse_article({**document, field: {"fr": "  \n", "en": "A text."}})


@pytest.mark.parametrize("audience", ["everyone", None, 3], ids=repr)
def test_an_audience_is_a_list(document: dict[str, Any], audience: Any) -> None:
    """An audience that is no list is an error, rather than a list of letters."""
    with pytest.raises(ArticleError, match="audience"):
        parse_article({**document, "audience": audience})

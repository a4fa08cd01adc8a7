"""The knowledge base as files: read, written, and refused when wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.article import Article, ArticleError, parse_article
from bot.knowledge.files import Corpus, export_articles, load_corpus
from bot.matcher.matcher import Example

properties = settings(max_examples=60, deadline=None, derandomize=True)


def write(folder: Path, name: str, content: Any) -> None:
    """Write one YAML file of a knowledge base."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_a_folder_becomes_a_corpus(tmp_path: Path, document: dict[str, Any]) -> None:
    """Articles come by file name, and each kind of unanswered message under its name."""
    write(tmp_path, "phone-hours.yml", document)
    write(tmp_path, "address.yml", {**document, "id": "address"})
    write(tmp_path, "unanswered/near.yml", {"fr": ["L'allocation ?"], "en": ["The allowance?"]})
    write(tmp_path, "unanswered/far.yml", {"fr": ["La météo ?"], "en": []})
    corpus = load_corpus(tmp_path)
    assert [article.id for article in corpus.articles] == ["address", "phone-hours"]
    assert corpus.unanswered == {
        "far": {"fr": ("La météo ?",), "en": ()},
        "near": {"fr": ("L'allocation ?",), "en": ("The allowance?",)},
    }


def test_the_examples_are_every_question_with_its_article(document: dict[str, Any]) -> None:
    """Sample questions become examples of their article, unanswered messages examples of none."""
    corpus = Corpus((parse_article(document),), {"near": {"fr": ("Combien ?",), "en": ("How much?",)}})
    assert corpus.examples() == [
        Example("phone-hours", "fr", "À quelle heure ?"),
        Example("phone-hours", "en", "At what time?"),
        Example(None, "fr", "Combien ?"),
        Example(None, "en", "How much?"),
    ]


def test_an_empty_folder_is_an_empty_corpus(tmp_path: Path) -> None:
    """Without files there are no articles and no examples."""
    corpus = load_corpus(tmp_path)
    assert (corpus.articles, corpus.unanswered, corpus.examples()) == ((), {}, [])


def test_a_file_is_named_after_its_article(tmp_path: Path, document: dict[str, Any]) -> None:
    """An article in a file of another name is an error that names both."""
    write(tmp_path, "hours.yml", document)
    with pytest.raises(ArticleError, match=r"hours\.yml.*phone-hours"):
        load_corpus(tmp_path)


def test_a_wrong_article_names_its_file(tmp_path: Path, document: dict[str, Any]) -> None:
    """What is wrong with an article is told with the name of its file."""
    write(tmp_path, "phone-hours.yml", {**document, "review_by": "soon"})
    with pytest.raises(ArticleError, match=r"phone-hours\.yml: review_by"):
        load_corpus(tmp_path)


@pytest.mark.parametrize(
    "content", [b"id: [", b"\xff\xfe\x00", b"title: l'adresse: la\n  - x", b""], ids=["open", "bytes", "colon", "empty"]
)
def test_a_file_that_is_no_yaml_is_an_error(tmp_path: Path, content: bytes) -> None:
    """Broken YAML, bytes that are no UTF-8 and an empty file are an ArticleError that names the file."""
    (tmp_path / "hours.yml").write_bytes(content)
    with pytest.raises(ArticleError, match=r"hours\.yml"):
        load_corpus(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        {"fr": ["x"]},
        {"fr": ["x"], "en": ["x"], "es": ["x"]},
        ["x"],
        {"fr": ["x"], "en": [True]},
        {"fr": [" "], "en": ["x"]},
        {"fr": [None], "en": ["x"]},
    ],
    ids=repr,
)
def test_a_wrong_file_of_unanswered_messages_is_an_error(tmp_path: Path, content: Any) -> None:
    """Unanswered messages stand in both languages and no other, and each is a text."""
    write(tmp_path, "unanswered/near.yml", content)
    with pytest.raises(ArticleError, match=r"near\.yml"):
        load_corpus(tmp_path)


def test_exported_articles_are_read_again(tmp_path: Path, make_article: Callable[..., Article]) -> None:
    """What is exported, one file an article, is the knowledge base that was exported."""
    articles = (make_article("address", answer={"fr": "525 :\nici", "en": "525:\nhere"}), make_article("hours"))
    assert export_articles(articles, tmp_path / "new" / "folder") == 2
    assert load_corpus(tmp_path / "new" / "folder").articles == articles
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == ["address.yml", "hours.yml"]


def test_an_export_writes_over_an_older_one(tmp_path: Path, make_article: Callable[..., Article]) -> None:
    """Exporting again into a folder leaves the newer text."""
    export_articles([make_article("hours", title={"fr": "Avant", "en": "Before"})], tmp_path)
    export_articles([make_article("hours", title={"fr": "Après", "en": "After"})], tmp_path)
    assert load_corpus(tmp_path).articles[0].title == {"fr": "Après", "en": "After"}


def test_exported_french_can_be_read_by_people(tmp_path: Path, make_article: Callable[..., Article]) -> None:
    """Accents stand in the file as they are, and a long answer on one line."""
    long = "Où êtes-vous situés, s'il vous plaît, " * 20
    export_articles([make_article("hours", answer={"fr": long, "en": "Here."})], tmp_path)
    assert long.strip() in (tmp_path / "hours.yml").read_text(encoding="utf-8").replace("''", "'")


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)


@properties
@given(fr=texts, en=texts)
def test_any_text_survives_the_files(fr: str, en: str) -> None:
    """Whatever an editor types (colons, quotes, line ends, emoji), export and import give it back."""
    both = {"fr": fr, "en": en}
    source = {"document": both, "section": both, "effective": "2001-04-01", "updated": "2006-09-29"}
    article = parse_article(
        {
            "id": "any",
            "title": both,
            "answer": both,
            "sources": [source],
            "audience": ["everyone"],
            "review_by": "2027-03-31",
            "questions": {"fr": [fr], "en": [en]},
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        export_articles([article], Path(folder))
        assert load_corpus(Path(folder)).articles == (article,)

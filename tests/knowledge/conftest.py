"""What the tests of knowledge share: the committed knowledge base, made-up articles, a small fitted matcher."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.article import Article, parse_article
from bot.knowledge.files import Corpus, load_corpus

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """The knowledge base of `data/knowledge`."""
    return load_corpus(DATA / "knowledge")


@pytest.fixture
def document() -> dict[str, Any]:
    """The document of a made-up article, fit to be changed."""
    return {
        "id": "phone-hours",
        "title": {"fr": "Les heures", "en": "The hours"},
        "answer": {"fr": "De 8 h 30 à 17 h.", "en": "From 8:30 a.m. to 5:00 p.m."},
        "sources": [
            {
                "document": {"fr": "La déclaration", "en": "The declaration"},
                "section": {"fr": "Le téléphone", "en": "The telephone"},
                "effective": "2001-04-01",
                "updated": "2006-09-29",
            }
        ],
        "audience": ["everyone"],
        "review_by": "2027-03-31",
        "questions": {"fr": ["À quelle heure ?"], "en": ["At what time?"]},
    }


@pytest.fixture
def make_article(document: dict[str, Any]) -> Callable[..., Article]:
    """Makes articles with fifty sample questions a language of their own; a test names what matters to it."""

    def make(article_id: str = "hours", **changes: Any) -> Article:
        questions = {lang: [f"{article_id} {lang} {number}" for number in range(50)] for lang in ("fr", "en")}
        changes["questions"] = {**questions, **changes.get("questions", {})}
        both = {"fr": "Un texte.", "en": "A text."}
        return parse_article({**document, "id": article_id, "title": both, "answer": both, **changes})

    return make


@pytest.fixture
def today() -> date:
    """The day on which the tests check the knowledge base."""
    return date(2026, 11, 24)

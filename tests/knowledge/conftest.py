"""What the tests of knowledge share: the committed knowledge base, made-up articles, a small fitted matcher."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import yaml

from bot.core.db import Database
from bot.knowledge.article import Article, parse_article
from bot.knowledge.drafts import Drafts, Standing
from bot.knowledge.editing import Version
from bot.knowledge.files import Corpus, load_corpus
from bot.knowledge.librarian import Librarian
from bot.knowledge.release import PUBLISH, Release
from bot.knowledge.releases import Releases
from bot.knowledge.store import ArticleStore
from bot.knowledge.work import MEMORY, Cause
from bot.promises.calendar import Calendar, parse_calendar
from tests.cast import DATA
from tests.cast import NOVEMBER as NOW

NO_MEMORY = Cause(MEMORY, "MemoryError")
BREAKS = {"kind": "broken", "text": "Où êtes-vous?", "lang": "fr", "right": "address"}


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


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """The calendar of `data/holidays.yml`."""
    return parse_calendar(yaml.safe_load((DATA / "holidays.yml").read_text(encoding="utf-8")))


class Library:
    """The knowledge base at work: Ana writes, Ben reviews, Cleo publishes."""

    def __init__(self, database: Database, calendar: Calendar) -> None:
        self.moment = NOW
        self.drafts = Drafts(database, calendar, self.now)
        self.releases = Releases(database, self.now, self.drafts.is_flawed)
        self.articles = ArticleStore(database)

    def now(self) -> datetime:
        """The present moment, which stands still until told."""
        return self.moment

    def pass_by(self, **time: float) -> None:
        """Let some time pass."""
        self.moment += timedelta(**time)

    def standing(self, article: str = "hours") -> Standing:
        """An article as a whole."""
        found = self.drafts.standing(article)
        assert found
        return found

    def edited(self, article: str = "hours", by: str = "Ana", **changes: Any) -> Version:
        """A draft like the article's newest version, but for these changes."""
        standing = self.standing(article)
        edits = standing.in_work.edits if standing.in_work else 0
        return self.drafts.save({**standing.newest.document, **changes}, by, edits=edits)

    def reviewed(self, article: str = "hours", **changes: Any) -> Version:
        """The same, found right by a second person; sample questions change unless others do."""
        changes = changes or {"questions": more_questions(self.standing(article).newest.document)}
        return self.drafts.review(article, "Ben", edits=self.edited(article, **changes).edits)

    def asked(self, article: str = "hours") -> int:
        """The number of a trial that was asked for what is in work."""
        work = self.standing(article).in_work
        assert work
        return self.releases.trials.ask(PUBLISH, "Ana", article=article, version=work.number, edits=work.edits)

    def done(self, trial: int, changes: Sequence[Mapping[str, Any]] = (), matcher: bytes = b"fitted") -> None:
        """Let a trial have been done with this result."""
        self.releases.trials.take()
        self.releases.trials.finish(trial, {"n": 9, "before": 9, "after": 9, "changes": list(changes)}, matcher)

    def tried(
        self, article: str = "hours", changes: Sequence[Mapping[str, Any]] = (), matcher: bytes = b"fitted"
    ) -> int:
        """A trial of what is in work, done with this result."""
        number = self.asked(article)
        self.done(number, changes, matcher)
        return number

    def published(self, article: str = "hours", matcher: bytes = b"fitted", **changes: Any) -> Release:
        """A changed article, reviewed, tried and published."""
        self.reviewed(article, **changes)
        self.tried(article, matcher=matcher)
        return self.releases.publish(article, "Cleo", None)


def more_questions(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """The sample questions of a document, and one more in each language."""
    questions = document["questions"]
    return {lang: [*questions[lang], f"{document['id']} {lang} {len(questions[lang])}"] for lang in ("fr", "en")}


@pytest.fixture
def library(database: Database, calendar: Calendar, make_article: Callable[..., Article]) -> Library:
    """A knowledge base at work with one published article, "hours"."""
    found = Library(database, calendar)
    found.articles.publish([make_article("hours")], NOW)
    return found


@pytest.fixture
def questions() -> list[int]:
    """What was not answered, by the numbers of the messages; a test adds to it."""
    return [4, 7]


@pytest.fixture
def make_librarian(library: Library, database: Database, questions: list[int]) -> Callable[..., Librarian]:
    """Makes librarians whose worker runs a script."""

    def make(script: str = "pass") -> Librarian:
        command = (sys.executable, "-c", script)
        return Librarian(database, library.drafts, library.releases, lambda: questions, library.now, command)

    return make

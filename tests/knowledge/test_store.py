"""Published articles on a database: versions, all or none, and what is current."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.core.db import Database
from bot.knowledge.article import Article, article_document, parse_article
from bot.knowledge.editing import DRAFT
from bot.knowledge.files import Corpus
from bot.knowledge.release import ARCHIVE, IMPORT
from bot.knowledge.store import ArticleStore
from bot.knowledge.tables import articles, versions
from tests.cast import NOVEMBER as NOW
from tests.knowledge.conftest import Library

Make = Callable[..., Article]


@pytest.fixture
def store(database: Database) -> ArticleStore:
    """A store without articles."""
    return ArticleStore(database)


def history(database: Database, article_id: str) -> list[tuple[int, str, datetime]]:
    """The versions of an article: number, French title, moment."""
    query = sa.select(versions).where(versions.c.article_id == article_id).order_by(versions.c.version)
    with database.reading() as connection:
        rows = connection.execute(query).all()
    return [(row.version, parse_article(row.document).title["fr"], row.published_at) for row in rows]


def test_a_new_store_is_empty(store: ArticleStore, make_article: Make) -> None:
    """Before anything is published there is nothing to find; afterwards there is."""
    assert store.is_empty()
    assert store.all() == []
    assert store.get("hours") is None
    store.publish([make_article("hours")], NOW)
    assert not store.is_empty()


def test_a_draft_is_no_article_yet_and_an_archived_one_was(library: Library, database: Database) -> None:
    """Where nothing but drafts was written the files are imported; where all was taken out they are not."""
    assert not library.articles.is_empty()
    with database.writing() as connection:
        connection.execute(sa.update(articles).values(version=None))
    assert not library.articles.is_empty()
    with database.writing() as connection:
        connection.execute(sa.update(versions).values(published_at=None, state=DRAFT))
    assert library.articles.is_empty()


def test_a_published_article_is_found_whole(store: ArticleStore, make_article: Make) -> None:
    """An article comes back as it was published, and an unknown id gives None."""
    article = make_article("hours", answer={"fr": "De 8 h 30 à 17 h.\n« Oui »", "en": "8:30 a.m. to 5:00 p.m."})
    assert store.publish([article], NOW) == ["hours"]
    assert store.get("hours") == article
    assert store.get("other") is None


def test_articles_come_by_id(store: ArticleStore, make_article: Make) -> None:
    """All published articles come in the order of their ids, however they were published."""
    articles = [make_article(article_id) for article_id in ("role", "address", "hours")]
    assert store.publish(articles, NOW) == ["role", "address", "hours"]
    assert [article.id for article in store.all()] == ["address", "hours", "role"]


def test_publishing_the_same_text_changes_nothing(store: ArticleStore, database: Database, make_article: Make) -> None:
    """An article that is published already gets no second version."""
    store.publish([make_article("hours")], NOW)
    assert store.publish([make_article("hours")], NOW + timedelta(days=1)) == []
    assert history(database, "hours") == [(1, "Un texte.", NOW)]


def test_a_changed_article_gets_a_new_version(store: ArticleStore, database: Database, make_article: Make) -> None:
    """The newest text is current, and the earlier one is kept under its number and moment."""
    later = NOW + timedelta(days=1)
    store.publish([make_article("hours"), make_article("role")], NOW)
    changed = make_article("hours", title={"fr": "Un titre.", "en": "A title."})
    assert store.publish([changed, make_article("role")], later) == ["hours"]
    assert store.get("hours") == changed
    assert len(store.all()) == 2
    assert history(database, "hours") == [(1, "Un texte.", NOW), (2, "Un titre.", later)]
    assert history(database, "role") == [(1, "Un texte.", NOW)]


def test_an_article_may_go_back(store: ArticleStore, database: Database, make_article: Make) -> None:
    """Publishing an earlier text again makes a third version."""
    first, second = make_article("hours"), make_article("hours", title={"fr": "Un titre.", "en": "A title."})
    for article in (first, second, first):
        store.publish([article], NOW)
    assert store.get("hours") == first
    assert [number for number, *_ in history(database, "hours")] == [1, 2, 3]


def test_an_article_that_is_left_out_stays(store: ArticleStore, make_article: Make) -> None:
    """Publishing some articles takes none of the others away."""
    store.publish([make_article("hours"), make_article("role")], NOW)
    store.publish([make_article("address")], NOW)
    assert [article.id for article in store.all()] == ["address", "hours", "role"]


def test_all_are_published_or_none(store: ArticleStore, make_article: Make) -> None:
    """When something goes wrong half-way, nothing of it is published."""

    def failing() -> Iterator[Article]:
        yield make_article("address")
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        store.publish(failing(), NOW)
    assert store.is_empty()


def test_a_publication_needs_a_moment_with_a_zone(store: ArticleStore, make_article: Make) -> None:
    """A naive moment is refused and nothing is published."""
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        store.publish([make_article("hours")], datetime(2026, 11, 24, 15, 0))  # noqa: DTZ001 - the point of the test
    assert store.is_empty()


def test_the_committed_knowledge_base_survives_the_database(store: ArticleStore, corpus: Corpus) -> None:
    """Every article of the files comes back equal, and importing them again changes nothing."""
    assert len(store.publish(corpus.articles, NOW)) == 25
    assert store.all() == sorted(corpus.articles, key=lambda article: article.id)
    assert store.publish(corpus.articles, NOW) == []


def test_an_import_is_one_release(library: Library, make_article: Make) -> None:
    """An import that changes something is one release, without an officer; one that changes nothing is none."""
    library.pass_by(hours=1)
    library.articles.publish([make_article("role"), make_article("address")], library.moment)
    library.articles.publish([make_article("role")], library.moment)
    last, first = library.releases.recent()
    assert (last.action, last.at, last.article, last.officer) == (IMPORT, library.moment, None, None)
    assert first.number < last.number


def test_an_import_keeps_the_matcher_until_another_is_fitted(library: Library, make_article: Make) -> None:
    """Until the matcher is fitted anew, the one of the last release goes on."""
    before = library.published(matcher=b"in use")
    library.articles.publish([make_article("role")], NOW)
    latest = library.releases.latest()
    assert latest
    assert latest.matcher == before.matcher is not None


@pytest.mark.parametrize("state", ["draft", "reviewed", "scheduled"])
def test_a_draft_in_the_way_of_an_import_is_dropped(library: Library, make_article: Make, state: str) -> None:
    """A version in work whose article is imported anew is given up, stays in the history, and is never due."""
    if state == "draft":
        library.edited(audience=["media"])
    else:
        library.reviewed()
    if state == "scheduled":
        library.drafts.schedule("hours", NOW + timedelta(hours=1), None)
    library.articles.publish([make_article("hours", audience=["students"])], NOW)
    library.pass_by(hours=2)
    assert library.drafts.due() == []
    standing = library.standing()
    assert standing.published
    assert (standing.in_work, standing.published.number, standing.published.document["audience"]) == (
        None,
        3,
        ["students"],
    )
    assert [version.state for version in library.drafts.history("hours")] == ["published", "dropped", "published"]


def test_a_draft_stays_if_its_article_is_imported_as_it_was(library: Library, make_article: Make) -> None:
    """An import that does not change an article leaves the work on it alone."""
    draft = library.edited(audience=["media"])
    library.articles.publish([make_article("hours"), make_article("role")], NOW)
    assert library.standing().in_work == draft


def test_an_import_of_what_was_only_a_draft_publishes_it(library: Library, make_article: Make) -> None:
    """An article of which there was nothing but a draft is published by an import, under the next number."""
    library.drafts.save(article_document(make_article("role", audience=["media"])), "Ana", edits=0)
    library.articles.publish([make_article("role")], NOW)
    standing = library.standing("role")
    assert standing.published
    assert (standing.in_work, standing.published.number) == (None, 2)


def test_an_import_brings_an_archived_article_back(library: Library, make_article: Make) -> None:
    """An archived article that is imported is published again, also with the text that it had."""
    trial = library.releases.trials.ask(ARCHIVE, "Ana", article="hours", version=1)
    library.done(trial)
    library.releases.archive("hours", "Cleo", None)
    assert library.articles.get("hours") is None
    assert library.articles.publish([make_article("hours")], NOW) == ["hours"]
    assert library.articles.get("hours") == make_article("hours")


def test_what_was_read_before_is_not_shown_after(library: Library, make_article: Make) -> None:
    """An article read once is read anew after it was published again or archived."""
    assert library.articles.get("hours") == make_article("hours")
    library.published(audience=["media"])
    found = library.articles.get("hours")
    assert found
    assert found.audience == ("media",)
    trial = library.releases.trials.ask(ARCHIVE, "Ana", article="hours", version=2)
    library.done(trial)
    library.releases.archive("hours", "Cleo", None)
    assert library.articles.get("hours") is None

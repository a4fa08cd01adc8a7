"""Reads the published articles, and imports articles from files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.core.db import Database
from bot.knowledge.article import Article, article_document, parse_article
from bot.knowledge.editing import DROPPED, IN_WORK, PUBLISHED
from bot.knowledge.release import IMPORT
from bot.knowledge.releases import one_at_a_time
from bot.knowledge.tables import articles, releases, versions

_VERSION = sa.select(articles.c.version).where(articles.c.id == sa.bindparam("id"))


class ArticleStore:
    """Reads published articles, and publishes those of files."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: dict[str, tuple[int, Article]] = {}  # the version read last, which never changes

    def is_empty(self) -> bool:
        """Whether no article was ever published (drafts do not count, archived articles do)."""
        with self._database.reading() as connection:
            ever = sa.select(versions.c.article_id).where(versions.c.published_at.is_not(None))
            return connection.execute(ever.limit(1)).first() is None

    def publish(self, incoming: Iterable[Article], now: datetime) -> list[str]:
        """Publish each article whose text differs from the published one; return their ids.

        All or none: one transaction. An earlier version is kept under its number; a draft in the way is
        dropped. The matcher must be fitted anew afterwards, unless the trained model's own knows the articles.
        """
        changed = []
        with self._database.writing() as connection:
            one_at_a_time(connection)
            for article in incoming:
                document = article_document(article)
                row = connection.execute(self._current().where(articles.c.id == article.id)).first()
                if row is not None and row.document == document:
                    continue
                number = next_number(connection, article.id)
                if number == 1:
                    connection.execute(sa.insert(articles).values(id=article.id, version=number))
                else:
                    in_work = sa.and_(versions.c.article_id == article.id, versions.c.state.in_(IN_WORK))
                    connection.execute(sa.update(versions).where(in_work).values(state=DROPPED))
                connection.execute(
                    sa.insert(versions).values(
                        article_id=article.id,
                        version=number,
                        document=document,
                        state=PUBLISHED,
                        authors=[],
                        created_at=now,
                        edits=1,
                        published_at=now,
                        origin={},
                    )
                )
                connection.execute(sa.update(articles).where(articles.c.id == article.id).values(version=number))
                changed.append(article.id)
            if changed:
                last = sa.select(releases.c.matcher_id).order_by(releases.c.number.desc()).limit(1)
                matcher = connection.execute(last).scalar()
                connection.execute(sa.insert(releases).values(at=now, action=IMPORT, matcher_id=matcher))
        return changed

    def get(self, article_id: str) -> Article | None:
        """The published article with this id, in its present version."""
        held = self._read.get(article_id)
        with self._database.reading() as connection:
            if held and connection.execute(_VERSION, {"id": article_id}).scalar() == held[0]:
                return held[1]
            row = connection.execute(self._current().where(articles.c.id == article_id)).first()
        if row is None:
            return None
        article = parse_article(row.document, origin=article_id)
        self._read[article_id] = (row.version, article)
        return article

    def all(self) -> list[Article]:
        """Every published article, by id."""
        with self._database.reading() as connection:
            rows = connection.execute(self._current().order_by(articles.c.id)).all()
        return [parse_article(row.document, origin=row.document["id"]) for row in rows]

    @staticmethod
    def _current() -> sa.Select[tuple[int, dict[str, object]]]:
        return sa.select(articles.c.version, versions.c.document).join(
            versions, sa.and_(versions.c.article_id == articles.c.id, versions.c.version == articles.c.version)
        )


def next_number(connection: sa.Connection, article_id: str) -> int:
    """The number of an article's next version, from 1."""
    highest = sa.select(sa.func.coalesce(sa.func.max(versions.c.version), 0))
    return int(connection.execute(highest.where(versions.c.article_id == article_id)).scalar_one()) + 1

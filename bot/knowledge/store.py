"""Where the published knowledge base is kept, with every version that an article has had."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.db import Database, UTCDateTime, metadata
from bot.knowledge.article import Article, article_document, parse_article

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)
versions = sa.Table(
    "article_versions",
    metadata,
    sa.Column("article_id", sa.String(64), sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("published_at", UTCDateTime, nullable=False),
)
_VERSION = sa.select(articles.c.version).where(articles.c.id == sa.bindparam("id"))


class ArticleStore:
    """Reads and writes published articles."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: dict[str, tuple[int, Article]] = {}  # the version read last, which never changes

    def is_empty(self) -> bool:
        """Whether no article has been published yet."""
        with self._database.reading() as connection:
            return connection.execute(sa.select(articles.c.id).limit(1)).first() is None

    def publish(self, incoming: Iterable[Article], now: datetime) -> list[str]:
        """Publish each article whose text differs from the published one; return their ids.

        All or none: one transaction. An earlier version is kept under its number.
        """
        changed = []
        with self._database.writing() as connection:
            for article in incoming:
                document = article_document(article)
                row = connection.execute(self._current().where(articles.c.id == article.id)).first()
                if row is not None and row.document == document:
                    continue
                if row is None:
                    number = 1
                    connection.execute(sa.insert(articles).values(id=article.id, version=number))
                else:
                    number = row.version + 1
                    connection.execute(sa.update(articles).where(articles.c.id == article.id).values(version=number))
                connection.execute(
                    sa.insert(versions).values(
                        article_id=article.id, version=number, document=document, published_at=now
                    )
                )
                changed.append(article.id)
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

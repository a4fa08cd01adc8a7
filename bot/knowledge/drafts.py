"""Articles in work: their drafts, the review by a second person, and their earlier versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database
from bot.core.texts import LANGUAGES
from bot.knowledge.editing import (
    DRAFT,
    DROPPED,
    IN_WORK,
    REVIEWED,
    SCHEDULED,
    EditProblem,
    EditRefused,
    Version,
    may_review,
    problems,
    stale_language,
)
from bot.knowledge.store import next_number
from bot.knowledge.tables import articles, versions
from bot.matcher.text import skeleton
from bot.promises.calendar import Calendar

# Of published sample questions, of which there are thousands: a page of a draft asks for all of them.
_known_skeleton = lru_cache(maxsize=20_000)(skeleton)
_FIELDS = [column for column in versions.c if column.name not in ("article_id", "version", "authors")]
# Looked for every other second, also at rest: built once.
_DUE = sa.select(versions).where(versions.c.state == SCHEDULED, versions.c.publish_at <= sa.bindparam("now"))


@dataclass(frozen=True)
class Standing:
    """An article as a whole: the version that is published, the one in work, and the last that was ever published.

    If none ever was, `last` is the latest version.
    """

    article: str
    published: Version | None
    in_work: Version | None
    last: Version

    @property
    def archived(self) -> bool:
        """Whether the article was published once and is published no longer."""
        return self.published is None and self.last.published_at is not None

    @property
    def newest(self) -> Version:
        """The version that lists show."""
        return self.in_work or self.published or self.last


class Drafts:
    """Reads and writes versions."""

    def __init__(self, database: Database, calendar: Calendar, now: Callable[[], datetime]) -> None:
        self._database = database
        self._calendar = calendar
        self._now = now

    def standings(self) -> list[Standing]:
        """Every article, by id; an archived one with the version that was published last."""
        with self._database.reading() as connection:
            pairs = connection.execute(sa.select(articles.c.id, articles.c.version)).all()
            current: dict[str, int | None] = {row.id: row.version for row in pairs}
            rows = connection.execute(sa.select(versions).order_by(versions.c.article_id, versions.c.version)).all()
        found: dict[str, list[Version]] = {}
        for row in rows:
            found.setdefault(row.article_id, []).append(_version(row))
        return [_standing(article, mine, current.get(article)) for article, mine in sorted(found.items())]

    def standing(self, article: str) -> Standing | None:
        """An article as a whole."""
        history = self.history(article)
        with self._database.reading() as connection:
            current = connection.execute(sa.select(articles.c.version).where(articles.c.id == article)).scalar()
        return _standing(article, history[::-1], current) if history else None

    def history(self, article: str) -> list[Version]:
        """The versions of an article, newest first."""
        query = sa.select(versions).where(versions.c.article_id == article).order_by(versions.c.version.desc())
        with self._database.reading() as connection:
            return [_version(row) for row in connection.execute(query)]

    def get(self, article: str, number: int) -> Version | None:
        """One version."""
        return next((version for version in self.history(article) if version.number == number), None)

    def save(
        self,
        document: Mapping[str, Any],
        officer: str,
        *,
        edits: int,
        same_meaning: bool = False,
        origin: Mapping[str, Any] | None = None,
    ) -> Version:
        """Save an article's draft: the version in work, which becomes a draft again, or a new version.

        Args:
            document: the whole document.
            officer: who wrote it.
            edits: `Version.edits` of the draft that was shown; 0 if there was none.
            same_meaning: the language that was not changed still says the same as the other.
            origin: what a new draft is made from.

        Raises:
            EditRefused: "changed", somebody else has edited it meanwhile; nothing was saved.
        """
        article = str(document["id"])
        with self._database.writing() as connection:
            standing = self._locked(connection, article)
            work, published = (standing.in_work, standing.published) if standing else (None, None)
            if (work.edits if work else 0) != edits:
                raise EditRefused("changed")
            stale = None if same_meaning else stale_language(published.document if published else None, document)
            values: dict[str, Any] = {
                "document": dict(document),
                "state": DRAFT,
                "edits": edits + 1,
                "stale": stale,
                "reviewed_by": None,
                "reviewed_at": None,
                "publish_at": None,
            }
            if work:
                number = work.number
                values["authors"] = sorted({*work.authors, officer})
                this = sa.and_(versions.c.article_id == article, versions.c.version == number)
                connection.execute(sa.update(versions).where(this).values(values))
            else:
                number = next_number(connection, article)
                if standing is None:
                    self._begin(connection, article)
                values |= {"authors": [officer], "created_at": self._now(), "origin": dict(origin or {})}
                connection.execute(sa.insert(versions).values(article_id=article, version=number, **values))
        return self._must_get(article, number)

    def review(self, article: str, officer: str, *, edits: int) -> Version:
        """Record that a second person finds the draft right.

        Raises:
            LookupError: there is no draft.
            EditRefused: "changed", "not_draft", "own", or "problems": something grave stands in the way.
        """
        with self._database.writing() as connection:
            work = self._in_work(connection, article)
            if work.edits != edits:
                raise EditRefused("changed")
            may_review(work, officer)
            if any(problem.grave for problem in self.problems(work)):
                raise EditRefused("problems")
            self._set(connection, work, state=REVIEWED, reviewed_by=officer, reviewed_at=self._now())
        return self._must_get(article, work.number)

    def schedule(self, article: str, at: datetime, reason: str | None) -> Version:
        """Plan to publish a reviewed version at a future time; `reason` says why, if known answers break.

        Raises:
            LookupError: there is none in work.
            EditRefused: "not_reviewed", or "past".
        """
        if at <= self._now():
            raise EditRefused("past")
        return self._step(article, (REVIEWED, SCHEDULED), "not_reviewed", state=SCHEDULED, publish_at=at, reason=reason)

    def unschedule(self, article: str) -> Version:
        """Cancel the planned publication.

        Raises:
            LookupError, EditRefused: "not_scheduled".
        """
        return self._step(article, (SCHEDULED,), "not_scheduled", state=REVIEWED, publish_at=None, reason=None)

    def drop(self, article: str) -> Version:
        """Drop the version in work; it stays in the history.

        Raises:
            LookupError: there is none.
        """
        return self._step(article, IN_WORK, "not_draft", state=DROPPED, publish_at=None)

    def roll_back(self, article: str, number: int, officer: str) -> Version:
        """Make a new version like an earlier published one; it needs no second review.

        Raises:
            LookupError: there is no such version.
            EditRefused: "never_published", or "in_work": a draft is in the way.
        """
        with self._database.writing() as connection:
            standing = self._locked(connection, article)
            earlier = self.get(article, number)
            if standing is None or earlier is None:
                raise LookupError(article)
            if earlier.published_at is None:
                raise EditRefused("never_published")
            if standing.in_work:
                raise EditRefused("in_work")
            new = next_number(connection, article)
            connection.execute(
                sa.insert(versions).values(
                    article_id=article,
                    version=new,
                    document=earlier.document,
                    state=REVIEWED,
                    authors=[officer],
                    created_at=self._now(),
                    edits=1,
                    reviewed_by=earlier.reviewed_by,
                    reviewed_at=earlier.reviewed_at,
                    origin={"version": number},
                )
            )
        return self._must_get(article, new)

    def due(self) -> list[Version]:
        """The scheduled versions that are due."""
        with self._database.reading() as connection:
            return [_version(row) for row in connection.execute(_DUE, {"now": self._now()})]

    def is_flawed(self, article: str, number: int) -> bool:
        """Whether something grave forbids the version now.

        Raises:
            LookupError: there is no such version.
        """
        return any(problem.grave for problem in self.problems(self._must_get(article, number)))

    def problems(self, version: Version) -> list[EditProblem]:
        """What stands in the way of a version."""
        others: dict[tuple[str, str], str] = {}
        for standing in self.standings():
            if standing.article != version.article and standing.published:
                for lang in LANGUAGES:
                    for question in standing.published.document["questions"][lang]:
                        others[lang, _known_skeleton(question)] = standing.article
        today = self._calendar.local_date(self._now())
        return problems(version.document, stale=version.stale, others=others, today=today)

    def _step(self, article: str, states: tuple[str, ...], code: str, **values: Any) -> Version:
        with self._database.writing() as connection:
            work = self._in_work(connection, article)
            if work.state not in states:
                raise EditRefused(code)
            self._set(connection, work, **values)
        return self._must_get(article, work.number)

    def _locked(self, connection: sa.Connection, article: str) -> Standing | None:
        query = sa.select(articles.c.version).where(articles.c.id == article).with_for_update()
        current = connection.execute(query).scalar()
        rows = connection.execute(
            sa.select(versions).where(versions.c.article_id == article).order_by(versions.c.version)
        ).all()
        return _standing(article, [_version(row) for row in rows], current) if rows else None

    def _in_work(self, connection: sa.Connection, article: str) -> Version:
        standing = self._locked(connection, article)
        if standing is None or standing.in_work is None:
            raise LookupError(article)
        return standing.in_work

    @staticmethod
    def _begin(connection: sa.Connection, article: str) -> None:
        try:
            connection.execute(sa.insert(articles).values(id=article))
        except sa.exc.IntegrityError:
            raise EditRefused("changed") from None  # somebody else has begun it in this moment

    @staticmethod
    def _set(connection: sa.Connection, version: Version, **values: Any) -> None:
        this = sa.and_(versions.c.article_id == version.article, versions.c.version == version.number)
        connection.execute(sa.update(versions).where(this).values(**values))

    def _must_get(self, article: str, number: int) -> Version:
        found = self.get(article, number)
        if found is None:
            raise LookupError(article)
        return found


def _standing(article: str, mine: list[Version], current: int | None) -> Standing:
    published = next((version for version in mine if version.number == current), None)
    in_work = next((version for version in reversed(mine) if version.state in IN_WORK), None)
    ever = [version for version in mine if version.published_at]
    return Standing(article, published, in_work, (ever or mine)[-1])


def _version(row: Any) -> Version:
    values = {column.name: getattr(row, column.name) for column in _FIELDS}
    return Version(row.article_id, row.version, authors=tuple(row.authors), **values)

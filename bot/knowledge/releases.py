"""Publishes and archives articles after their trial, and knows the matcher in use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database
from bot.knowledge.editing import PUBLISHED, REVIEWED, SCHEDULED, EditRefused, same_questions
from bot.knowledge.release import ARCHIVE, IMPORT, PUBLISH, REFIT, Release, latest_release, matcher_code
from bot.knowledge.tables import articles, matchers, releases, trials, versions
from bot.knowledge.trials import READY, USED, Trial, Trials, drop_unused

_REJECTED = ""  # the code of a matcher that cannot be read


class Releases:
    """Publishes, archives, and knows the release and the matcher in use; `trials` keeps the trials."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], is_flawed: Callable[[str, int], bool] | None = None
    ) -> None:
        """`is_flawed(article, version)` says whether something grave forbids it; without, nothing is published."""
        self._database = database
        self._now = now
        self._is_flawed = is_flawed
        self.trials = Trials(database, now)

    def latest(self) -> Release | None:
        """The release in effect."""
        with self._database.reading() as connection:
            return latest_release(connection)

    def recent(self, limit: int = 50) -> list[Release]:
        """The last releases, newest first."""
        query = sa.select(releases).order_by(releases.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            return [Release(*row) for row in connection.execute(query)]

    def version(self) -> tuple[object, ...]:
        """A value that changes whenever a version, a trial or a release changes."""
        state = sa.select(sa.func.count(), sa.func.sum(versions.c.edits), sa.func.max(versions.c.reviewed_at))
        states = sa.select(versions.c.state, sa.func.count()).group_by(versions.c.state).order_by(versions.c.state)
        tried = sa.select(trials.c.id, trials.c.state).order_by(trials.c.id.desc()).limit(20)
        with self._database.reading() as connection:
            latest = latest_release(connection)
            return (
                tuple(connection.execute(state).one()),
                tuple(tuple(row) for row in connection.execute(states)),
                tuple(tuple(row) for row in connection.execute(tried)),
                latest.number if latest else 0,
            )

    def matcher(self, number: int) -> bytes | None:
        """A fitted matcher, if this code can read it."""
        query = sa.select(matchers.c.content).where(matchers.c.id == number, matchers.c.code == matcher_code())
        with self._database.reading() as connection:
            return connection.execute(query).scalar()

    def reject(self, number: int) -> None:
        """Mark a matcher that cannot be read, so that nobody reads it and it is fitted anew."""
        this = sa.and_(matchers.c.id == number, matchers.c.code == matcher_code())
        with self._database.writing() as connection:
            connection.execute(sa.update(matchers).where(this).values(code=_REJECTED))

    def is_rejected(self) -> bool:
        """Whether the matcher in use was found to be unreadable."""
        return self._code_in_use() == _REJECTED

    def needs_refit(self) -> bool:
        """Whether the matcher in use does not know what is published, or cannot be read.

        After an import it does not know the articles, unless the model was trained on them. A matcher that other code
        fitted cannot be read; the trained model's own always can.
        """
        latest = self.latest()
        if latest is None:
            return False
        return latest.action == IMPORT or (latest.matcher is not None and self._code_in_use() != matcher_code())

    def _code_in_use(self) -> str | None:
        latest = self.latest()
        query = sa.select(matchers.c.code).where(matchers.c.id == (latest.matcher if latest else None))
        with self._database.reading() as connection:
            return connection.execute(query).scalar()

    def use_own(self) -> None:
        """Put the trained model's own matcher into use: what is published is what it was trained on."""
        with self._database.writing() as connection:
            one_at_a_time(connection)
            latest = latest_release(connection)
            if latest is not None and (latest.matcher is not None or latest.action == IMPORT):
                _release(connection, self._now(), REFIT, None, None, None, None, None)

    def publish(self, article: str, officer: str, reason: str | None) -> Release:
        """Publish the reviewed version of an article: with the matcher of its trial, or at once if nothing is learnt.

        Raises:
            EditRefused: "not_reviewed"; "problems", something grave stands in the way, though nothing did when it was
                reviewed; "no_trial", none was done or something else was published since; "reason", known answers
                break and no reason is given.
        """
        with self._database.writing() as connection:
            one_at_a_time(connection)
            connection.execute(sa.select(articles.c.id).where(articles.c.id == article).with_for_update())
            version = connection.execute(
                sa.select(versions)
                .where(versions.c.article_id == article, versions.c.state.in_((REVIEWED, SCHEDULED)))
                .with_for_update()
            ).first()
            if version is None:
                raise EditRefused("not_reviewed")
            if self._is_flawed is None or self._is_flawed(article, version.version):
                raise EditRefused("problems")
            published = _published_document(connection, article)
            latest = latest_release(connection)
            if same_questions(published, version.document):
                matcher = latest.matcher if latest else None
            else:
                matcher = self._use_trial(connection, PUBLISH, article, version.version, version.edits, reason)
            now = self._now()
            this = sa.and_(versions.c.article_id == article, versions.c.version == version.version)
            done = {"state": PUBLISHED, "published_by": officer, "published_at": now, "publish_at": None}
            connection.execute(sa.update(versions).where(this).values(**done, reason=reason or version.reason))
            current = sa.update(articles).where(articles.c.id == article).values(version=version.version)
            connection.execute(current)
            return _release(connection, now, PUBLISH, article, version.version, officer, reason, matcher)

    def archive(self, article: str, officer: str, reason: str | None) -> Release:
        """Take an article out of what is published.

        Raises:
            EditRefused: "not_published", "no_trial" or "reason", as `publish`.
        """
        with self._database.writing() as connection:
            one_at_a_time(connection)
            query = sa.select(articles.c.version).where(articles.c.id == article).with_for_update()
            number = connection.execute(query).scalar()
            if number is None:
                raise EditRefused("not_published")
            matcher = self._use_trial(connection, ARCHIVE, article, number, None, reason)
            connection.execute(sa.update(articles).where(articles.c.id == article).values(version=None))
            return _release(connection, self._now(), ARCHIVE, article, number, officer, reason, matcher)

    def refitted(self, number: int) -> Release:
        """Put the matcher of a trial that changes nothing but the matcher into use.

        Raises:
            EditRefused: "no_trial", it was not done or something was published since.
        """
        with self._database.writing() as connection:
            one_at_a_time(connection)
            latest = latest_release(connection)
            trial = connection.execute(sa.select(trials).where(trials.c.id == number)).first()
            if trial is None or trial.state != READY or trial.base != (latest.number if latest else 0):
                raise EditRefused("no_trial")
            connection.execute(sa.update(trials).where(trials.c.id == number).values(state=USED))
            return _release(connection, self._now(), REFIT, None, None, None, None, trial.matcher_id)

    def needs_trial(self, article: str) -> bool:
        """Whether publishing the version in work teaches the matcher something."""
        query = sa.select(versions.c.document).where(
            versions.c.article_id == article, versions.c.state.in_((REVIEWED, SCHEDULED))
        )
        with self._database.reading() as connection:
            document = connection.execute(query).scalar()
            return document is None or not same_questions(_published_document(connection, article), document)

    @staticmethod
    def _use_trial(
        connection: sa.Connection, action: str, article: str, version: int, edits: int | None, reason: str | None
    ) -> int | None:
        row = connection.execute(
            sa.select(trials)
            .where(trials.c.article_id == article, trials.c.action == action, trials.c.state == READY)
            .order_by(trials.c.id.desc())
            .limit(1)
        ).first()
        latest = latest_release(connection)
        base = latest.number if latest else 0
        trial = Trial(*row) if row else None
        if trial is None or not trial.tells_of(action, version, edits, base):
            raise EditRefused("no_trial")
        if trial.broken and not (reason or "").strip():
            raise EditRefused("reason")
        connection.execute(sa.update(trials).where(trials.c.id == trial.id).values(state=USED))
        return trial.matcher


def one_at_a_time(connection: sa.Connection) -> None:
    """Wait until nobody else changes what is published: of two changes at once, the second sees the first."""
    if connection.dialect.name == "postgresql":  # SQLite lets one write at a time
        connection.execute(sa.text("LOCK TABLE releases IN EXCLUSIVE MODE"))


def _published_document(connection: sa.Connection, article: str) -> dict[str, Any] | None:
    query = (
        sa.select(versions.c.document)
        .join(articles, sa.and_(articles.c.id == versions.c.article_id, articles.c.version == versions.c.version))
        .where(articles.c.id == article)
    )
    return connection.execute(query).scalar()


def _release(
    connection: sa.Connection,
    now: datetime,
    action: str,
    article: str | None,
    version: int | None,
    officer: str | None,
    reason: str | None,
    matcher: int | None,
) -> Release:
    values = {
        "at": now,
        "action": action,
        "article_id": article,
        "version": version,
        "officer": officer,
        "reason": reason,
        "matcher_id": matcher,
    }
    connection.execute(sa.insert(releases).values(values))
    drop_unused(connection)
    found = latest_release(connection)
    if found is None:
        raise RuntimeError("the release was not kept")
    return found

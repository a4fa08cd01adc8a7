"""What is published: trials of a publication before it takes effect, releases, and the matcher in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database
from bot.core.imports import dependencies
from bot.knowledge.editing import PUBLISHED, REVIEWED, SCHEDULED, EditRefused, same_questions
from bot.knowledge.tables import articles, matchers, releases, trials, versions
from bot.knowledge.work import Failure

PUBLISH, ARCHIVE, IMPORT, REFIT = "publish", "archive", "import", "refit"
WAITING, RUNNING, READY, FAILED, USED = "waiting", "running", "ready", "failed", "used"
_REJECTED = ""  # the code of a matcher that cannot be read
_KEPT_RELEASES = 2  # whose matchers are kept
# Looked for every other second, also at rest: built once.
_LATEST = sa.select(releases).order_by(releases.c.number.desc()).limit(1)
_NEXT_TRIAL = sa.select(trials).where(trials.c.state == WAITING).order_by(trials.c.id).limit(1)
FITTING = "bot.knowledge.fitting"  # the module that fits and reads matchers; this one needs none of its libraries


@dataclass(frozen=True)
class Trial:
    """A publication as tried: `result` holds `changes` (see trial.py), how many questions there were, and an error.

    `base` is the release that it was tried on: after another one it says nothing any more.
    """

    id: int
    action: str
    article: str | None
    version: int | None
    edits: int | None
    base: int
    state: str
    asked_by: str
    asked_at: datetime
    done_at: datetime | None
    result: dict[str, Any]
    matcher: int | None

    @property
    def broken(self) -> list[dict[str, Any]]:
        """The evaluation questions that are answered well now and would not be."""
        return [change for change in self.result.get("changes") or () if change["kind"] == "broken"]


@dataclass(frozen=True)
class Release:
    """A change of what is published. `matcher` is the number of the matcher in use since, None for the model's own."""

    number: int
    at: datetime
    action: str
    article: str | None
    version: int | None
    officer: str | None
    reason: str | None
    matcher: int | None


class Releases:
    """Tries, publishes, and knows what is in use."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], is_flawed: Callable[[str, int], bool] | None = None
    ) -> None:
        """`is_flawed(article, version)`: something grave stands in its way. Without, nothing is published here."""
        self._database = database
        self._now = now
        self._is_flawed = is_flawed

    def latest(self) -> Release | None:
        """The release in effect."""
        with self._database.reading() as connection:
            return _latest(connection)

    def recent(self, limit: int = 50) -> list[Release]:
        """The last releases, newest first."""
        query = sa.select(releases).order_by(releases.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            return [Release(*row) for row in connection.execute(query)]

    def version(self) -> tuple[object, ...]:
        """Something that changes whenever a version, a trial or a release does."""
        state = sa.select(sa.func.count(), sa.func.sum(versions.c.edits), sa.func.max(versions.c.reviewed_at))
        states = sa.select(versions.c.state, sa.func.count()).group_by(versions.c.state).order_by(versions.c.state)
        tried = sa.select(trials.c.id, trials.c.state).order_by(trials.c.id.desc()).limit(20)
        with self._database.reading() as connection:
            latest = _latest(connection)
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
        """A matcher of this code cannot be read: mark it, so that nobody reads it and it is fitted anew."""
        this = sa.and_(matchers.c.id == number, matchers.c.code == matcher_code())
        with self._database.writing() as connection:
            connection.execute(sa.update(matchers).where(this).values(code=_REJECTED))

    def is_rejected(self) -> bool:
        """Whether the matcher in use was found to be unreadable."""
        return self._code_in_use() == _REJECTED

    def needs_refit(self) -> bool:
        """Whether the matcher in use does not know what is published, or cannot be read.

        After an import it does not, unless that is what the model was trained on; one that other code fitted cannot.
        The trained model's own can always be read.
        """
        latest = self.latest()
        if latest is None:
            return False
        return latest.action == IMPORT or (latest.matcher is not None and self._code_in_use() != matcher_code())

    def is_refitting(self, since: datetime) -> bool:
        """Whether somebody has asked for a refit since then, and it is not done."""
        query = sa.select(trials.c.id).where(
            trials.c.action == REFIT, trials.c.state == RUNNING, trials.c.asked_at >= since
        )
        with self._database.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def _code_in_use(self) -> str | None:
        latest = self.latest()
        query = sa.select(matchers.c.code).where(matchers.c.id == (latest.matcher if latest else None))
        with self._database.reading() as connection:
            return connection.execute(query).scalar()

    def ask(
        self,
        action: str,
        officer: str,
        *,
        article: str | None = None,
        version: int | None = None,
        edits: int | None = None,
    ) -> int:
        """Ask for a trial of a publication; its number. A former one of the same article is of no use any more.

        A refit is done by the one who asks for it, at once: it is never the librarian's.
        """
        with self._database.writing() as connection:
            latest = _latest(connection)
            former = sa.and_(trials.c.article_id == article, trials.c.state.in_((WAITING, RUNNING, READY, FAILED)))
            connection.execute(sa.update(trials).where(former).values(state=USED, matcher_id=None))
            values: dict[str, Any] = {
                "action": action,
                "article_id": article,
                "version": version,
                "edits": edits,
                "base": latest.number if latest else 0,
                "state": RUNNING if action == REFIT else WAITING,
                "asked_by": officer,
                "asked_at": self._now(),
                "result": {},
            }
            key = connection.execute(sa.insert(trials).values(values)).inserted_primary_key
        return int(key[0]) if key else 0

    def trial(self, number: int) -> Trial | None:
        """One trial."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(trials).where(trials.c.id == number)).first()
        return Trial(*row) if row else None

    def trial_of(self, article: str) -> Trial | None:
        """The trial of an article that still says something."""
        query = sa.select(trials).where(trials.c.article_id == article, trials.c.state != USED)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(trials.c.id.desc()).limit(1)).first()
        return Trial(*row) if row else None

    def next_trial(self) -> Trial | None:
        """Take the trial that has waited longest."""
        with self._database.reading() as connection:  # which takes no lock: mostly there is none
            if connection.execute(_NEXT_TRIAL).first() is None:
                return None
        with self._database.writing() as connection:
            row = connection.execute(_NEXT_TRIAL.with_for_update()).first()
            if row is None:
                return None
            connection.execute(sa.update(trials).where(trials.c.id == row.id).values(state=RUNNING))
        return Trial(*row)

    def use_own(self) -> None:
        """Put the trained model's own matcher into use: what is published is what it was trained on."""
        with self._database.writing() as connection:
            one_at_a_time(connection)
            latest = _latest(connection)
            if latest is not None and (latest.matcher is not None or latest.action == IMPORT):
                _release(connection, self._now(), REFIT, None, None, None, None, None)

    def forsake(self) -> None:
        """Let trials that a process left half done be done by another."""
        with self._database.writing() as connection:
            running = sa.and_(trials.c.state == RUNNING, trials.c.action != REFIT)
            connection.execute(sa.update(trials).where(running).values(state=WAITING))

    def fail(self, number: int, failure: Failure) -> None:
        """A trial could not be done."""
        result = {"error": failure.kind, "detail": failure.detail}
        values = {"state": FAILED, "done_at": self._now(), "result": result}
        with self._database.writing() as connection:
            running = sa.and_(trials.c.id == number, trials.c.state == RUNNING)
            connection.execute(sa.update(trials).where(running).values(values))

    def finish(self, number: int, result: dict[str, Any], content: bytes) -> None:
        """A trial is done: what would change, and the matcher that would be in use."""
        with self._database.writing() as connection:
            made = {"made_at": self._now(), "code": matcher_code(), "content": content}
            key = connection.execute(sa.insert(matchers).values(made)).inserted_primary_key
            values = {"state": READY, "done_at": self._now(), "result": result, "matcher_id": key[0] if key else None}
            running = sa.and_(trials.c.id == number, trials.c.state == RUNNING)
            connection.execute(sa.update(trials).where(running).values(values))
            _drop_unused(connection)

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
            latest = _latest(connection)
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
            latest = _latest(connection)
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
        latest = _latest(connection)
        base = latest.number if latest else 0
        if row is None or row.version != version or row.base != base or (edits is not None and row.edits != edits):
            raise EditRefused("no_trial")
        if Trial(*row).broken and not (reason or "").strip():
            raise EditRefused("reason")
        connection.execute(sa.update(trials).where(trials.c.id == row.id).values(state=USED))
        return int(row.matcher_id)


@lru_cache(maxsize=1)
def matcher_code() -> str:
    """A digest of the code and the libraries that a fitted matcher belongs to."""
    return dependencies([FITTING]).digest()


def give_up_trials(connection: sa.Connection, article: str, version: int) -> None:
    """Trials of a version say nothing any more, and the matchers that learnt from it are not kept."""
    these = sa.and_(trials.c.article_id == article, trials.c.version == version)
    connection.execute(sa.update(trials).where(these).values(state=USED, matcher_id=None))
    _drop_unused(connection)


def one_at_a_time(connection: sa.Connection) -> None:
    """Wait until nobody else changes what is published: of two at once, the second sees what the first did."""
    if connection.dialect.name == "postgresql":  # SQLite lets one write at a time
        connection.execute(sa.text("LOCK TABLE releases IN EXCLUSIVE MODE"))


def _latest(connection: sa.Connection) -> Release | None:
    row = connection.execute(_LATEST).first()
    return Release(*row) if row else None


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
    _drop_unused(connection)
    found = _latest(connection)
    if found is None:
        raise RuntimeError("the release was not kept")
    return found


def _drop_unused(connection: sa.Connection) -> None:
    """Matchers are large: those of releases and trials that are over are not kept."""
    kept = connection.execute(
        sa.select(releases.c.number).order_by(releases.c.number.desc()).limit(_KEPT_RELEASES)
    ).scalars()
    oldest = min(kept, default=0)
    connection.execute(sa.update(releases).where(releases.c.number < oldest).values(matcher_id=None))
    connection.execute(sa.update(trials).where(trials.c.state == USED).values(matcher_id=None))
    in_use = sa.union(
        sa.select(releases.c.matcher_id).where(releases.c.matcher_id.is_not(None)),
        sa.select(trials.c.matcher_id).where(trials.c.matcher_id.is_not(None)),
    )
    connection.execute(sa.delete(matchers).where(matchers.c.id.not_in(in_use)))

"""Warnings to staff of promises about to be broken: in the console, and by e-mail to officers with an address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.db import Database, UTCDateTime, metadata

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reference", sa.String(32), nullable=False),
    sa.Column("level", sa.String(16), nullable=False),
    sa.Column("officer", sa.String(40), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("seen_at", UTCDateTime),
    # The next try to mail it; None if it was mailed or need not be.
    sa.Column("mail_at", UTCDateTime, index=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.UniqueConstraint("reference", "level", "officer"),
)
sa.Index("ix_notices_officer", notices.c.officer, notices.c.seen_at)
_NOTICE = [notices.c[name] for name in ("id", "reference", "level", "officer", "at", "seen_at", "tries")]
_MOST_SHOWN = 200
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
_KEEP_TRYING = timedelta(days=2)


@dataclass(frozen=True)
class Notice:
    """A warning of a ticket to an officer. `level` is one of `bot.promises.warnings.LEVELS`."""

    id: int
    reference: str
    level: str
    officer: str
    at: datetime
    seen_at: datetime | None = None
    tries: int = 0


class NoticeStore:
    """Reads and writes notices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, officer: str) -> list[Notice]:
        """The latest notices of an officer, the unseen ones first."""
        query = sa.select(*_NOTICE).where(notices.c.officer == officer)
        query = query.order_by(notices.c.seen_at.is_not(None), notices.c.id.desc()).limit(_MOST_SHOWN)
        with self._database.reading() as connection:
            return [Notice(*row) for row in connection.execute(query)]

    def unseen(self, officer: str) -> int:
        """How many notices an officer has not seen."""
        mine = sa.and_(notices.c.officer == officer, notices.c.seen_at.is_(None))
        with self._database.reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(notices).where(mine)).scalar_one()

    def see(self, officer: str, now: datetime, reference: str | None = None) -> int:
        """Mark an officer's notices as seen, of one ticket or of all; return how many were new."""
        mine = sa.and_(notices.c.officer == officer, notices.c.seen_at.is_(None))
        if reference is not None:
            mine = sa.and_(mine, notices.c.reference == reference)
        with self._database.writing() as connection:
            return connection.execute(sa.update(notices).where(mine).values(seen_at=now)).rowcount

    def to_mail(self, now: datetime, limit: int = 20) -> list[Notice]:
        """The notices that are to be mailed now, the oldest first."""
        query = sa.select(*_NOTICE).where(notices.c.mail_at <= now).order_by(notices.c.id).limit(limit)
        with self._database.reading() as connection:
            return [Notice(*row) for row in connection.execute(query)]

    def mailed(self, notice: Notice) -> None:
        """Mark a notice as mailed, or as one that need not be mailed any more."""
        self._set(notice, mail_at=None)

    def not_mailed(self, notice: Notice, now: datetime) -> None:
        """Plan the next try of a notice that could not be mailed: after a growing wait, for two days."""
        again = now + min(_FIRST_WAIT * 2 ** min(notice.tries, 10), _LONGEST_WAIT)
        self._set(notice, mail_at=again if now - notice.at < _KEEP_TRYING else None, tries=notice.tries + 1)

    def erase(self, before: datetime) -> int:
        """Erase the warnings that were given before a moment; return how many."""
        with self._database.writing() as connection:
            return connection.execute(sa.delete(notices).where(notices.c.at <= before)).rowcount

    def _set(self, notice: Notice, **values: object) -> None:
        with self._database.writing() as connection:
            connection.execute(sa.update(notices).where(notices.c.id == notice.id).values(**values))


def notify(connection: sa.Connection, reference: str, level: str, officers: Iterable[str], now: datetime) -> None:
    """Warn officers of a ticket by console and e-mail, in the caller's transaction."""
    rows = [
        {"reference": reference, "level": level, "officer": officer, "at": now, "mail_at": now, "tries": 0}
        for officer in dict.fromkeys(officers)
    ]
    if rows:
        connection.execute(sa.insert(notices), rows)

"""The journal of the staff: who looked at what, and who changed what. The database allows additions only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.db import Database
from bot.staff.officer import Officer
from bot.staff.tables import journal

KINDS = ("conversation", "ticket", "article", "officer")


@dataclass(frozen=True)
class Entry:
    """An entry: `officer` did `action` to `subject` ("conversation 3f…", "ticket RI-…", "article qwb").

    `detail` holds nothing that a citizen wrote.
    """

    id: int
    at: datetime
    officer: str
    action: str
    subject: str
    detail: dict[str, Any]


class Journal:
    """Adds entries, and reads them."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def note(self, officer: Officer | str, action: str, subject: str, **detail: Any) -> None:
        """Add an entry; `officer` is a name where nobody has logged in (the command line, a failed login)."""
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(journal).values(
                    at=self._now(),
                    officer_id=officer.id if isinstance(officer, Officer) else None,
                    officer=officer.name if isinstance(officer, Officer) else str(officer)[:40],
                    action=action,
                    subject=subject[:120],
                    detail=detail,
                )
            )

    def read(self, *, before: int | None = None, subject: str = "", officer: str = "", limit: int = 100) -> list[Entry]:
        """Entries, the newest first, from number `before` down; of one subject or one officer, or of all.

        `subject`: as it is kept, or its name alone ("RI-…" for "ticket RI-…").
        """
        query = sa.select(journal).order_by(journal.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(journal.c.id < before)
        if subject:
            names = [subject, *(f"{kind} {subject}" for kind in KINDS)]
            query = query.where(journal.c.subject.in_(names))
        if officer:
            query = query.where(journal.c.officer == officer)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [Entry(row.id, row.at, row.officer, row.action, row.subject, row.detail) for row in rows]

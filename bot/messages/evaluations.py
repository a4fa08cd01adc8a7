"""Evaluations after missions: kept with their conversation; when that is erased, the rating alone stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.db import Database
from bot.messages.tables import evaluations

RATINGS = (1, 2, 3, 4, 5)
_MOST_COMMENTS = 200


@dataclass(frozen=True)
class Evaluation:
    """What a participant says of a mission. `rating` is one of RATINGS; the words are None once they are erased."""

    conversation: str | None
    mission: str | None
    rating: int
    comment: str | None
    at: datetime
    language: str


@dataclass(frozen=True)
class MonthOfRatings:
    """The ratings of a month ("2026-11"): how many of each."""

    month: str
    counts: dict[int, int]

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        """Their mean, None if there is none."""
        return sum(rating * n for rating, n in self.counts.items()) / self.count if self.count else None


class Evaluations:
    """Reads and writes evaluations."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        """`zone`: where the months begin."""
        self._database = database
        self._zone = zone

    def add(self, evaluation: Evaluation, message: int | None = None) -> None:
        """Keep an evaluation; `message`: the number of the citizen's message that confirms it, which keeps one only."""
        values = {
            "conversation": evaluation.conversation,
            "message": message,
            "mission": evaluation.mission,
            "rating": evaluation.rating,
            "comment": evaluation.comment,
            "at": evaluation.at,
            "language": evaluation.language,
        }
        with self._database.writing() as connection:
            known = sa.select(evaluations.c.id).where(evaluations.c.message == message)
            if message is None or connection.execute(known).first() is None:
                connection.execute(sa.insert(evaluations).values(values))

    def by_month(self, months: list[str]) -> list[MonthOfRatings]:
        """The ratings of these months, in their order."""
        counts: dict[str, Counter[int]] = {month: Counter() for month in months}
        with self._database.reading() as connection:
            for at, rating in connection.execute(sa.select(evaluations.c.at, evaluations.c.rating)):
                month = f"{at.astimezone(self._zone):%Y-%m}"
                if month in counts:
                    counts[month][rating] += 1
        return [MonthOfRatings(month, dict(counts[month])) for month in months]

    def latest(self, limit: int = _MOST_COMMENTS) -> list[Evaluation]:
        """The latest evaluations, newest first."""
        fields = (evaluations.c[name] for name in ("conversation", "mission", "rating", "comment", "at", "language"))
        query = sa.select(*fields).order_by(evaluations.c.at.desc(), evaluations.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [Evaluation(*row) for row in connection.execute(query)]


def make_nameless(connection: sa.Connection, conversation_id: str) -> None:
    """Of the evaluations of a conversation that is erased keep the rating, the day and the language only."""
    nameless = {"conversation": None, "message": None, "mission": None, "comment": None}
    connection.execute(sa.update(evaluations).where(evaluations.c.conversation == conversation_id).values(nameless))

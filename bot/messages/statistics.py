"""What the overview counts of conversations, by month, channel and language: nothing that anybody wrote.

A conversation is counted from its messages as long as it is kept. When it is erased, its counts are
added to the tallies in the same transaction, so that erasing never changes a figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.db import Database
from bot.messages.contract import CLOSED_NEWS
from bot.messages.conversation import ASSISTANT, CITIZEN, OFFICER
from bot.messages.tables import conversations, feedback, messages, tallies, waits

# The measures: conversations with a citizen's message; of these, those answered without a person, and those
# in which an officer spoke; the assistant's replies by what they were; what citizens said of them.
OPENED, ALONE, TAKEN = "conversations", "alone", "taken_over"
ANSWERED, CLARIFIED, UNANSWERED = "answered", "clarify", "unanswered"
TICKETS, HANDOFFS = "ticket", "handoff"
HELPFUL, UNHELPFUL = "helpful", "unhelpful"
MEASURES = (OPENED, ALONE, TAKEN, ANSWERED, CLARIFIED, UNANSWERED, TICKETS, HANDOFFS, HELPFUL, UNHELPFUL)
_OUTCOMES = {ANSWERED, CLARIFIED, UNANSWERED, TICKETS, HANDOFFS}

_Key = tuple[str, str, str, str]  # month ("2026-11"), channel, language, measure
_OUTCOME = messages.c.detail["custom"]["outcome"].as_string()
# The offer to those who wait when the offices close: they were put into the line by the reply before it.
_NEWS = sa.func.coalesce(messages.c.detail["custom"]["news"].as_string(), "")
_CLOSING = sa.and_(messages.c.reply_to.is_(None), _NEWS == CLOSED_NEWS)


@dataclass(frozen=True)
class Wait:
    """How long somebody waited for a person before one came."""

    at: datetime
    channel: str
    language: str
    seconds: int


class Statistics:
    """Reads the counts."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        """`zone`: where the months begin."""
        self._database = database
        self._zone = zone

    def counts(self) -> Counter[_Key]:
        """Every measure by month, channel and language."""
        with self._database.reading() as connection:
            found = _count(connection, sa.true(), self._zone)
            for row in connection.execute(sa.select(tallies)):
                found[row.month, row.channel, row.language, row.measure] += row._mapping["count"]
        return found

    def waits(self, since: datetime) -> list[Wait]:
        """The waits that ended after `since`."""
        query = sa.select(waits.c.at, waits.c.channel, waits.c.language, waits.c.seconds).where(waits.c.at >= since)
        with self._database.reading() as connection:
            return [Wait(*row) for row in connection.execute(query.order_by(waits.c.at))]


def tally(connection: sa.Connection, conversation_id: str, zone: ZoneInfo) -> None:
    """Add the counts of a conversation that is about to be erased to the tallies."""
    counted = _count(connection, conversations.c.id == conversation_id, zone)
    insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(tallies)
    add = insert.on_conflict_do_update(
        index_elements=list(tallies.primary_key.columns),
        set_={"count": tallies.c.count + insert.excluded.count},
    )
    for (month, channel, language, measure), count in sorted(counted.items()):
        values = {"month": month, "channel": channel, "language": language, "measure": measure, "count": count}
        connection.execute(add, values)


def _count(connection: sa.Connection, which: sa.ColumnElement[bool], zone: ZoneInfo) -> Counter[_Key]:
    """The counts of the conversations that are kept; each counts in the month in which it was opened."""
    spoke = (
        sa.select(messages.c.conversation_id, messages.c.author)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(which, messages.c.author.in_([CITIZEN, OFFICER]))
        .distinct()
    )
    replied = (
        sa.select(messages.c.conversation_id, messages.c.reply_to, _OUTCOME.label("outcome"))
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(which, messages.c.author == ASSISTANT, sa.not_(_CLOSING))
    )
    judged = (
        sa.select(feedback.c.conversation_id, feedback.c.helpful, sa.func.count().label("n"))
        .join(conversations, conversations.c.id == feedback.c.conversation_id)
        .where(which)
        .group_by(feedback.c.conversation_id, feedback.c.helpful)
    )
    of: dict[str, Counter[str]] = {}
    for row in connection.execute(spoke):
        of.setdefault(row.conversation_id, Counter())[f"by {row.author}"] += 1
    replies: dict[tuple[str, int | None], set[str]] = {}
    for row in connection.execute(replied):
        if row.outcome in _OUTCOMES:
            replies.setdefault((row.conversation_id, row.reply_to), set()).add(row.outcome)
    for (this, _), outcomes in replies.items():
        # An article with the offer of a ticket for one's own case is an answer.
        of.setdefault(this, Counter()).update(outcomes - {UNANSWERED} if ANSWERED in outcomes else outcomes)
    for row in connection.execute(judged):
        of.setdefault(row.conversation_id, Counter())[HELPFUL if row.helpful else UNHELPFUL] += row.n
    fields = (conversations.c[name] for name in ("id", "channel", "language", "opened_at"))
    found: Counter[_Key] = Counter()
    for row in connection.execute(sa.select(*fields).where(which)):
        month = f"{row.opened_at.astimezone(zone):%Y-%m}"
        for measure, count in _measures(of.get(row.id, Counter())):
            found[month, row.channel, row.language, measure] += count
    return found


def _measures(said: Counter[str]) -> Iterable[tuple[str, int]]:
    if not said[f"by {CITIZEN}"]:
        return
    yield OPENED, 1
    if said[f"by {OFFICER}"]:
        yield TAKEN, 1
    elif said[ANSWERED] and not said[TICKETS] and not said[HANDOFFS]:
        yield ALONE, 1
    for measure in (*sorted(_OUTCOMES), HELPFUL, UNHELPFUL):
        if said[measure]:
            yield measure, said[measure]


def as_rows(counts: Counter[_Key], months: Iterable[str]) -> list[dict[str, Any]]:
    """One row a month with every measure, all channels and languages together."""
    table = []
    for month in months:
        row: dict[str, Any] = {"month": month}
        for measure in MEASURES:
            row[measure] = sum(n for (m, _, _, what), n in counts.items() if m == month and what == measure)
        table.append(row)
    return table

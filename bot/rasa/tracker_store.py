"""Rasa's SQL tracker store with plain statements: the same table, a fraction of the time."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

EVENTS = SQLTrackerStore.SQLEvent.__table__
_NEWEST = sa.select(sa.func.max(EVENTS.c.id)).where(EVENTS.c.sender_id == sa.bindparam("sender"))
_INSERT = sa.insert(EVENTS)
_LOOK_BACK = 3  # user events among which a message that comes again is looked for
_REMEMBERED = 2000  # trackers kept in memory, a few kilobytes each


@dataclass(frozen=True)
class _Kept:
    """A tracker as last saved: `newest` is the id of its newest row (None: no row), `held` its number of events."""

    tracker: DialogueStateTracker
    newest: int | None
    held: int


class PlainSQLTrackerStore(SQLTrackerStore):
    """Reads and writes the events of `SQLTrackerStore` without building an object a row.

    The trackers of the latest conversations are kept in memory. One is used only if the table holds
    nothing newer, so another Rasa process may serve the same conversation. Rasa holds a lock of the
    conversation while it works on its tracker, which is taken out of memory meanwhile: what
    failed half-way is read anew.

    On SQLite the file is in WAL mode. A tracker is working memory, and the desk's own messages
    the record, so a commit here does not wait for the disk.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.engine.hide_parameters = True  # errors would hold what citizens write
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._at_work: dict[str, _Kept] = {}
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _prepare)
            self.engine.dispose()

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        self._at_work.pop(sender_id, None)
        kept = self._kept.pop(sender_id, None)
        with self.engine.connect() as connection:
            if (
                kept
                and not fetch_events_from_all_sessions
                and connection.execute(_NEWEST, {"sender": sender_id}).scalar_one() == kept.newest
            ):
                self._at_work[sender_id] = kept
                return kept.tracker
            query = sa.select(EVENTS.c.id, EVENTS.c.data).where(EVENTS.c.sender_id == sender_id).order_by(EVENTS.c.id)
            if not fetch_events_from_all_sessions:
                query = query.where(_in_latest_session(sender_id))
            rows = connection.execute(query).all()
        if not rows or self.domain is None:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, [json.loads(row.data) for row in rows], self.domain.slots)
        if not fetch_events_from_all_sessions:
            self._at_work[sender_id] = _Kept(tracker, rows[-1].id, len(rows))
        return tracker

    def rewind(self, sender_id: str, message: int) -> bool:
        """Take back what was saved of the turn of `message` (its number in the user event's metadata).

        For a message that comes again because nobody heard the replies to it. False if none was saved.
        """
        query = sa.select(EVENTS.c.id, EVENTS.c.data).where(
            EVENTS.c.sender_id == sender_id, EVENTS.c.type_name == UserUttered.type_name
        )
        with self.engine.begin() as connection:
            for row in connection.execute(query.order_by(EVENTS.c.id.desc()).limit(_LOOK_BACK)):
                if (json.loads(row.data).get("metadata") or {}).get("message") == message:
                    turn = sa.and_(EVENTS.c.sender_id == sender_id, EVENTS.c.id >= row.id)
                    connection.execute(sa.delete(EVENTS).where(turn))
                    self._kept.pop(sender_id, None)
                    return True
        return False

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that the table does not hold yet."""
        await self.stream_events(tracker)
        sender_id = tracker.sender_id
        if not tracker.events:  # a new conversation: nothing to write, and nothing was there to read
            self._kept[sender_id] = _Kept(tracker, None, 0)
            return
        work = self._at_work.pop(sender_id, None) or self._kept.pop(sender_id, None)
        with self.engine.begin() as connection:
            if work and work.tracker is tracker:
                held, newest = work.held, work.newest
            else:
                mine = sa.and_(EVENTS.c.sender_id == sender_id, _in_latest_session(sender_id))
                held = connection.execute(sa.select(sa.func.count()).select_from(EVENTS).where(mine)).scalar_one()
                newest = None
            rows = [_row(sender_id, event) for event in islice(tracker.events, held, None)]
            if rows:
                connection.execute(_INSERT, rows)
                newest = connection.execute(_NEWEST, {"sender": sender_id}).scalar_one()
        if held and any(row["type_name"] == SessionStarted.type_name for row in rows):
            return  # the next reading drops the events of the session that ended
        self._kept[sender_id] = _Kept(tracker, newest, held + len(rows))
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)


def _in_latest_session(sender_id: str) -> sa.ColumnElement[bool]:
    started = (
        sa.select(sa.func.max(EVENTS.c.timestamp))
        .where(EVENTS.c.sender_id == sender_id, EVENTS.c.type_name == SessionStarted.type_name)
        .scalar_subquery()
    )
    return EVENTS.c.timestamp >= sa.func.coalesce(started, 0)


def _row(sender_id: str, event: Any) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": ((data.get("parse_data") or {}).get("intent") or {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _prepare(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA secure_delete=ON")  # as the desk's own connections

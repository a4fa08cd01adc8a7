"""Evaluations after missions: kept, counted, and nameless once their conversation is erased."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from bot.bootstrap import Rooms
from bot.messages.evaluations import Evaluation


def evaluation(rating: int, at: datetime, conversation: str = "c1", **words: Any) -> Evaluation:
    """An evaluation, with words unless told otherwise."""
    return Evaluation(
        conversation,
        words.get("mission", "Lyon"),
        rating,
        words.get("comment", "Très bien."),
        at,
        words.get("lang", "fr"),
    )


def test_ratings_are_counted_by_the_months_of_the_place(rooms: Rooms) -> None:
    """A month is the place's: the first hours of the first of the month in UTC are of the month before."""
    rooms.evaluations.add(evaluation(5, datetime(2026, 11, 1, 3, tzinfo=timezone.utc)))
    rooms.evaluations.add(evaluation(4, datetime(2026, 11, 2, tzinfo=timezone.utc)))
    rooms.evaluations.add(evaluation(2, datetime(2026, 11, 30, tzinfo=timezone.utc)))
    october, november, december = rooms.evaluations.by_month(["2026-10", "2026-11", "2026-12"])
    assert (october.counts, october.mean) == ({5: 1}, 5.0)
    assert (november.counts, november.count, november.mean) == ({4: 1, 2: 1}, 2, 3.0)
    assert (december.count, december.mean) == (0, None)


def test_a_message_keeps_one_evaluation(rooms: Rooms) -> None:
    """The same message again is the same evaluation; without a message each is a new one."""
    at = datetime(2026, 11, 2, tzinfo=timezone.utc)
    for message in (7, 7, 8, None, None):
        rooms.evaluations.add(evaluation(3, at), message)
    assert len(rooms.evaluations.latest()) == 4


def test_erasing_a_conversation_keeps_the_rating_alone(rooms: Rooms) -> None:
    """The words and the conversation go, and the figures stay as they are; another's evaluation is not touched."""
    mine = rooms.conversations.open("web", "ana", "fr", rooms.now())
    rooms.evaluations.add(evaluation(1, rooms.now(), mine.id), 1)
    rooms.evaluations.add(evaluation(5, rooms.now(), "other"), 2)
    months = [f"{rooms.now():%Y-%m}"]
    before = rooms.evaluations.by_month(months)
    rooms.conversations.erase(mine.id, keep_address=False, farewell=None, now=rooms.now())
    assert rooms.evaluations.by_month(months) == before
    kept = {found.rating: (found.conversation, found.mission, found.comment) for found in rooms.evaluations.latest()}
    assert kept == {1: (None, None, None), 5: ("other", "Lyon", "Très bien.")}

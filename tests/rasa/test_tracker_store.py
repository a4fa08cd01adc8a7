"""The tracker store, beside Rasa's own on the same file: what one writes the other reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.core.folders import ROOT
from bot.rasa import tracker_store
from bot.rasa.tracker_store import PlainSQLTrackerStore

DOMAIN = Domain.from_file(str(ROOT / "domain.yml"))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Any]:
    """Makes stores on one file: ours, or Rasa's own."""

    def make(kind: type[SQLTrackerStore] = PlainSQLTrackerStore) -> Any:
        return kind(DOMAIN, host=f"sqlite:///{tmp_path / 'rasa.db'}")

    return make


def said(text: str) -> list[Any]:
    """A turn: the citizen speaks, the assistant listens again."""
    parsed = {"text": text, "intent": {"name": "inquiry"}, "entities": []}
    return [
        UserUttered(text, parsed["intent"], [], parsed),
        SlotSet("offer", "ticket"),
        ActionExecuted("action_listen"),
    ]


def turn(store: Any, *events: Any, sender: str = "c1") -> DialogueStateTracker:
    """Take the conversation's tracker, add events, save it; as Rasa does with a message."""

    async def run() -> DialogueStateTracker:
        found: DialogueStateTracker = await store.get_or_create_tracker(sender, append_action_listen=False)
        for event in events:
            found.update(event, DOMAIN)
        await store.save(found)
        return found

    return asyncio.run(run())


def read(store: Any, sender: str = "c1") -> DialogueStateTracker | None:
    """The conversation's tracker."""
    return asyncio.run(store.retrieve(sender))


def texts(tracker: DialogueStateTracker | None) -> list[str]:
    """What the citizen said."""
    return [event.text for event in tracker.events if isinstance(event, UserUttered)] if tracker else []


def test_what_is_saved_is_read_by_rasas_own_store(make: Callable[..., Any]) -> None:
    """Three turns through memory are three turns in the table, once each and in order."""
    ours = make()
    turn(ours, SessionStarted())
    for text in ("a", "b", "c"):
        turn(ours, *said(text))
    stock = read(make(SQLTrackerStore))
    assert texts(stock) == ["a", "b", "c"]
    assert stock is not None
    assert len(stock.events) == 10
    assert stock.get_slot("offer") == "ticket"


def test_memory_and_table_tell_the_same(make: Callable[..., Any]) -> None:
    """The tracker kept in memory equals the one that a new process reads."""
    ours = make()
    turn(ours, SessionStarted(), *said("a"))
    kept = turn(ours, *said("b"))
    fresh = read(make())
    assert fresh is not None
    assert fresh is not kept
    assert fresh.events == kept.events
    assert fresh.current_slot_values() == kept.current_slot_values()


def test_a_kept_tracker_is_used_while_nobody_else_wrote(make: Callable[..., Any]) -> None:
    """The next message gets the tracker of the last one, without reading its events again."""
    ours = make()
    kept = turn(ours, SessionStarted(), *said("a"))
    assert read(ours) is kept


def test_another_process_is_noticed(make: Callable[..., Any]) -> None:
    """When another process has served the conversation meanwhile, its turn is there."""
    one, other = make(), make()
    turn(one, SessionStarted(), *said("a"))
    turn(other, *said("b"))
    assert texts(turn(one, *said("c"))) == ["a", "b", "c"]
    assert texts(read(make(SQLTrackerStore))) == ["a", "b", "c"]


def test_what_failed_half_way_is_forgotten(make: Callable[..., Any]) -> None:
    """A tracker that was changed and not saved is read anew."""
    ours = make()
    turn(ours, SessionStarted(), *said("a"))
    half = read(ours)
    assert half is not None
    half.update(said("lost")[0], DOMAIN)
    assert texts(read(ours)) == ["a"]


def test_a_new_session_leaves_the_old_one_behind(make: Callable[..., Any]) -> None:
    """After a new session starts, the tracker holds that session alone, as Rasa's own store has it."""
    ours = make()
    turn(ours, SessionStarted(), *said("old"))
    turn(ours, SessionStarted(), *said("new"))
    turn(ours, *said("newer"))
    assert texts(read(ours)) == texts(read(make(SQLTrackerStore))) == ["new", "newer"]


def test_an_unknown_conversation_has_no_tracker(make: Callable[..., Any]) -> None:
    """Nothing was said, nothing is there, and asking leaves nothing behind."""
    ours = make()
    assert read(ours, "nobody") is None
    turn(ours, sender="silent")
    assert read(make(SQLTrackerStore), "silent") is None


def test_conversations_do_not_mix(make: Callable[..., Any]) -> None:
    """Each conversation gets its own turns."""
    ours = make()
    for sender in ("c1", "c2", "c1"):
        turn(ours, *said(f"{sender} speaks"), sender=sender)
    assert texts(read(ours, "c1")) == ["c1 speaks"] * 2
    assert texts(read(ours, "c2")) == ["c2 speaks"]


def test_memory_has_an_end(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many conversations the oldest tracker is read from the table again, and is the same."""
    monkeypatch.setattr(tracker_store, "_REMEMBERED", 2)
    ours = make()
    kept = {sender: turn(ours, *said("x"), sender=sender) for sender in ("a", "b", "c")}
    assert read(ours, "c") is kept["c"]
    again = read(ours, "a")
    assert again is not None
    assert again is not kept["a"]
    assert again.events == kept["a"].events


def said_as(text: str, message: int) -> list[Any]:
    """A turn whose words carry their number, as the desk gives it."""
    uttered, *others = said(text)
    return [UserUttered(text, uttered.intent, [], uttered.parse_data, metadata={"message": message}), *others]


def test_a_turn_that_comes_again_is_taken_back(make: Callable[..., Any]) -> None:
    """What was saved of a message nobody heard of is taken back, from its words on; what was before stays."""
    ours = make()
    turn(ours, SessionStarted(), *said_as("un", 1))
    before = read(ours)
    assert before is not None
    kept = list(before.events)
    turn(ours, *said_as("deux", 2))
    assert ours.rewind("c1", 2) is True
    again = read(ours)
    assert again is not None
    assert list(again.events) == kept
    assert texts(turn(ours, *said_as("deux", 2))) == ["un", "deux"]
    assert texts(read(make(SQLTrackerStore))) == ["un", "deux"]


def test_a_turn_that_was_never_saved_is_not_taken_back(make: Callable[..., Any]) -> None:
    """A message that Rasa never heard of changes nothing."""
    ours = make()
    turn(ours, SessionStarted(), *said_as("un", 1))
    assert ours.rewind("c1", 2) is False
    assert ours.rewind("nobody", 1) is False
    assert texts(read(ours)) == ["un"]

"""A database that fails at any statement, and processes that die at any moment, leave nothing half done."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms, wire
from bot.core.db import Database
from bot.core.settings import Settings
from bot.messages.claims import CLAIM_SECONDS, ClaimLost, Turn
from bot.messages.conversation import Incoming, Reply
from tests.databases import engine_of_one

TABLES = ("conversations", "messages", "inbox", "outbox", "feedback")


@contextmanager
def failing(engine: sa.Engine, step: int) -> Iterator[list[int]]:
    """The database fails at its statement number `step`; yields the number of statements left until then."""
    left = [step]

    def fail(*_arguments: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError("pulled")

    sa.event.listen(engine, "before_cursor_execute", fail)
    try:
        yield left
    finally:
        sa.event.remove(engine, "before_cursor_execute", fail)


def everything(rooms: Rooms) -> dict[str, list[tuple[Any, ...]]]:
    """All that the tables of conversations hold."""
    with rooms.database.reading() as connection:
        return {
            table: sorted(tuple(map(str, row)) for row in connection.execute(sa.text(f"SELECT * FROM {table}")))
            for table in TABLES
        }


@pytest.mark.parametrize("act", ["take", "reply", "give_back", "erase", "erase_and_say", "next_turn", "judge"])
def test_an_act_is_done_whole_or_not_at_all(rooms: Rooms, say: Any, act: str) -> None:
    """Whichever statement of an act fails, the tables hold what they held before, and then the act succeeds."""
    incoming = say(channel="telegram")
    turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, rooms.now()), incoming, rooms.now())
    rooms.inbox.complete(turn, [Reply("réponse", (), {})], rooms.now(), language="fr", wants=None)
    this, store, news = turn.conversation.id, rooms.conversations, Reply("effacé", (), {})
    answer = store.transcript(this)[-1]
    waiting = say("encore", channel="telegram")
    claim = rooms.inbox.accept(waiting, rooms.now()).claim
    assert claim is not None
    if act in ("reply", "give_back"):
        rooms.officer_actions.take(this, "Marie")
    acts: dict[str, Callable[[], Any]] = {
        "take": lambda: rooms.officer_actions.take(this, "Marie"),
        "reply": lambda: rooms.officer_actions.reply(this, "Marie", "Bonjour."),
        "give_back": lambda: rooms.officer_actions.give_back(this, "Marie"),
        "erase": lambda: store.erase(this, keep_address=False, farewell=None, now=rooms.now()),
        "erase_and_say": lambda: store.erase(this, keep_address=False, farewell=news, now=rooms.now()),
        "next_turn": lambda: rooms.inbox.next_turn(this, claim, rooms.now()),
        "judge": lambda: store.judge(answer, helpful=False, reason="other", comment="non", now=rooms.now()),
    }
    before, steps = everything(rooms), 0
    while True:
        steps += 1
        with failing(rooms.database.engine, steps) as left:
            try:
                acts[act]()
            except RuntimeError:
                assert left[0] == 0
            else:
                break
        assert everything(rooms) == before
    assert steps > 2  # something failed, more than once
    assert everything(rooms) != before


def test_processes_that_die_lose_nothing_and_answer_nothing_twice(
    rooms: Rooms, database_url: str, say: Any, now: Any
) -> None:
    """Processes die at random while messages come, some of them twice: each is answered once, in order."""
    citizens, each, workers = 6, 12, 4
    sent: dict[str, list[Incoming]] = {
        f"c{n}": [say(f"{n}-{m}", address=f"c{n}", channel="telegram") for m in range(each)] for n in range(citizens)
    }
    finished, faults = threading.Event(), []
    claims = sa.text("SELECT count(*) FROM conversations WHERE claim IS NOT NULL")
    clock = [now]  # moves on by itself, so that the claims of the dead run out

    def process(number: int) -> None:
        """One process: its own connections, and a seeded fate."""
        chance, database = random.Random(number), Database(engine_of_one(database_url))
        inbox = wire(Settings(), database=database).inbox

        def take(turn: Turn | None) -> None:
            try:
                while turn:
                    if chance.random() < 0.3:
                        return  # dies in the middle of the turn
                    text = f"re {turn.message.text}"
                    more = inbox.complete(turn, [Reply(text, (), {})], clock[0], language="fr", wants=None)[1]
                    if chance.random() < 0.2:
                        return  # dies between two turns
                    turn = inbox.next_turn(turn.conversation.id, turn.claim, clock[0]) if more else None
            except ClaimLost:
                pass  # another was faster

        def go_on(conversation_id: str) -> None:
            claim = inbox.take_over(conversation_id, clock[0])
            with suppress(ClaimLost):  # it ran out again before the turn began
                take(inbox.next_turn(conversation_id, claim, clock[0]) if claim else None)

        try:
            for address in [f"c{n}" for n in range(citizens) if n % workers == number]:
                for incoming in sent[address]:
                    accepted = inbox.accept(incoming, clock[0])
                    assert not accepted.duplicate
                    if chance.random() < 0.3:
                        assert inbox.accept(incoming, clock[0]).duplicate
                    take(inbox.first_turn(accepted, incoming, clock[0]) if accepted.claim else None)
            while not finished.is_set():
                clock[0] += timedelta(seconds=CLAIM_SECONDS / 2)
                for conversation_id in inbox.forsaken(clock[0], 10):
                    go_on(conversation_id)
                with database.reading() as connection:
                    if connection.execute(claims).scalar_one() == 0:
                        return
        except Exception as error:  # noqa: BLE001 - told by the test
            faults.append(error)
        finally:
            database.engine.dispose()

    threads = [threading.Thread(target=process, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    finished.set()
    assert faults == []
    for address, incoming in sent.items():
        found = rooms.conversations.find("telegram", address)
        assert found is not None
        said = rooms.conversations.transcript(found.id)
        words = [one.text for one in incoming]
        assert [m.text for m in said if m.author == "citizen"] == words
        assert [m.text for m in said if m.author == "bot"] == [f"re {text}" for text in words]
        assert [m.seq for m in said] == list(range(1, 2 * each + 1))
    assert rooms.outbox.counts() == {"waiting": citizens * each}
    assert rooms.inbox.forsaken(clock[0] + timedelta(days=1), 10) == []

"""Who holds a conversation: the rules, and the store held against a plain model of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings
from bot.messages import ownership
from bot.messages.claims import Turn
from bot.messages.conversation import BOT, CLOSED, OFFICER, QUEUE, Incoming, Reply
from bot.messages.ownership import Holder, NotAllowed
from bot.messages.tables import conversations as table
from tests.cast import NOW

HOLDERS = [Holder(BOT), Holder(QUEUE), Holder(OFFICER, "Marie"), Holder(CLOSED)]


@pytest.mark.parametrize("held_by, officer", [(BOT, "Marie"), (QUEUE, "Marie"), (CLOSED, "Marie"), (OFFICER, None)])
def test_an_officer_holds_it_or_nobody_does(held_by: str, officer: str | None) -> None:
    """A conversation has an officer if and only if an officer holds it."""
    with pytest.raises(ValueError):
        Holder(held_by, officer)


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_citizen_opens_what_is_closed_and_nothing_else(holder: Holder) -> None:
    """A message opens a closed conversation, with the assistant; any other stays where it is."""
    assert ownership.after_citizen(holder) == (Holder(BOT) if holder.held_by == CLOSED else holder)


@pytest.mark.parametrize("wanted", [None, BOT, QUEUE])
@pytest.mark.parametrize("holder", HOLDERS)
def test_a_reply_may_put_it_in_the_line(holder: Holder, wanted: str | None) -> None:
    """While an officer holds it nothing is said; otherwise it waits for a person if the reply wants so."""
    after = ownership.after_reply(holder, wanted)
    if holder.held_by == OFFICER:
        assert after is None
    else:
        assert after == (Holder(QUEUE) if wanted == QUEUE else holder)


@pytest.mark.parametrize(
    "holder, allowed", [(HOLDERS[0], True), (HOLDERS[1], True), (HOLDERS[2], False), (HOLDERS[3], False)]
)
def test_an_officer_takes_what_no_colleague_holds(holder: Holder, allowed: bool) -> None:
    """What a colleague holds, or what is closed, cannot be taken; one's own can, again."""
    if allowed:
        assert ownership.claimed(holder, "Paul") == Holder(OFFICER, "Paul")
    else:
        with pytest.raises(NotAllowed):
            ownership.claimed(holder, "Paul")
    assert ownership.claimed(Holder(OFFICER, "Paul"), "Paul") == Holder(OFFICER, "Paul")


@pytest.mark.parametrize("holder", [h for h in HOLDERS if h.officer is None] + [Holder(OFFICER, "Paul")])
def test_only_who_holds_it_gives_it_away(holder: Holder) -> None:
    """Giving back, handing over and closing are for the officer who holds it; a citizen may always leave."""
    acts: list[Callable[[], Holder]] = [
        lambda: ownership.given_back(holder, "Marie", BOT),
        lambda: ownership.handed_over(holder, "Marie", "Paul"),
        lambda: ownership.closed(holder, "Marie"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed, match="not_yours"):
            act()
    assert ownership.closed(holder) == Holder(CLOSED)


def test_who_holds_it_gives_it_away() -> None:
    """The officer who holds it may give it back, hand it over or close it, and nothing else."""
    mine = Holder(OFFICER, "Marie")
    assert ownership.given_back(mine, "Marie", BOT) == Holder(BOT)
    assert ownership.given_back(mine, "Marie", QUEUE) == Holder(QUEUE)
    assert ownership.handed_over(mine, "Marie", "Paul") == Holder(OFFICER, "Paul")
    assert ownership.closed(mine, "Marie") == Holder(CLOSED)
    with pytest.raises(ValueError):
        ownership.given_back(mine, "Marie", CLOSED)


OFFICERS = st.sampled_from(["Marie", "Paul"])


class WhoHolds(RuleBasedStateMachine):
    """Citizens, officers and the assistant do what they may, at any moment; the store is held against a model."""

    new_database: Callable[[], str]

    @initialize()
    def begin(self) -> None:
        """An empty database, and nobody yet."""
        self.now = NOW
        self.rooms: Rooms = wire(Settings(database_url=type(self).new_database()), now=lambda: self.now)
        self.waiting_since: datetime | None = None
        self.waits: list[int] = []
        self.numbers = itertools.count(1)
        self.holder: Holder | None = None  # None: there is no conversation
        self.said: list[tuple[str, str]] = []
        self.turn: Turn | None = None
        self.waiting: list[str] = []

    def teardown(self) -> None:
        """Close the connections."""
        if hasattr(self, "rooms"):
            self.rooms.close()

    def changes(self, holder: Holder | None) -> None:
        """Somebody else holds it from now on: one who waits waits on, and is written down when an officer comes."""
        held_by = holder.held_by if holder else None
        if held_by == QUEUE:
            self.waiting_since = self.waiting_since or self.now
        else:
            if held_by == OFFICER and self.waiting_since:
                self.waits.append(round((self.now - self.waiting_since).total_seconds()))
            self.waiting_since = None
        self.holder = holder

    @property
    def id(self) -> str:
        """The conversation's id."""
        found = self.rooms.conversations.find("rest", "ana")
        assert found is not None
        return found.id

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        """The clock goes on."""
        self.now += timedelta(seconds=seconds)

    @rule()
    def citizen_writes(self) -> None:
        """A message comes in."""
        text = f"message {next(self.numbers)}"
        incoming = Incoming("rest", text, "ana", text)
        accepted = self.rooms.inbox.accept(incoming, self.now)
        self.changes(ownership.after_citizen(self.holder or Holder(BOT)))
        assert (accepted.claim is not None) == (not self.waiting)
        if accepted.claim:
            self.turn = self.rooms.inbox.first_turn(accepted, incoming, self.now)
        self.waiting.append(text)
        self.said.append(("citizen", text))

    @precondition(lambda self: self.turn is not None)
    @rule(wants=st.sampled_from([None, QUEUE]), count=st.integers(0, 2))
    def assistant_replies(self, wants: str | None, count: int) -> None:
        """The assistant ends its turn, perhaps with the wish for a person."""
        assert self.turn is not None
        assert self.holder is not None
        assert self.turn.message.text == self.waiting[0]
        replies = [Reply(f"reply {next(self.numbers)}", (), {}) for _ in range(count)]
        said, more = self.rooms.inbox.complete(self.turn, replies, self.now, language="fr", wants=wants)
        after = ownership.after_reply(self.holder, wants)
        assert said == ([] if after is None else replies)
        self.changes(after or self.holder)
        self.said += [("bot", reply.text) for reply in said]
        self.waiting.pop(0)
        assert more == bool(self.waiting)
        self.turn = self.rooms.inbox.next_turn(self.turn.conversation.id, self.turn.claim, self.now) if more else None

    @precondition(lambda self: self.holder is not None)
    @rule(officer=OFFICERS, other=OFFICERS, to=st.sampled_from([BOT, QUEUE]), act=st.sampled_from(range(5)))
    def officer_acts(self, officer: str, other: str, to: str, act: int) -> None:
        """An officer takes, answers, gives back, hands over or closes, or is not allowed to."""
        assert self.holder is not None
        desk, holder = self.rooms.officer_actions, self.holder
        text = f"words {next(self.numbers)}"
        acts: list[tuple[Callable[[], Any], Callable[[], Holder]]] = [
            (lambda: desk.take(self.id, officer), lambda: ownership.claimed(holder, officer)),
            (lambda: desk.reply(self.id, officer, text), lambda: ownership.handed_over(holder, officer, officer)),
            (lambda: desk.give_back(self.id, officer, to), lambda: ownership.given_back(holder, officer, to)),
            (lambda: desk.hand_over(self.id, officer, other), lambda: ownership.handed_over(holder, officer, other)),
            (lambda: desk.close(self.id, officer), lambda: ownership.closed(holder, officer)),
        ]
        do, expected = acts[act]
        try:
            after = expected()
        except NotAllowed as refusal:
            with pytest.raises(NotAllowed, match=refusal.code):
                do()
            return
        do()
        if act == 1:
            self.said.append((OFFICER, text))
        elif after != holder:
            self.said.append(("system", self.rooms.conversations.transcript(self.id)[-1].text))
        self.changes(after)

    @precondition(lambda self: self.holder is not None)
    @rule()
    def citizen_leaves(self) -> None:
        """The citizen closes the conversation."""
        self.rooms.conversations.change_holder(self.id, ownership.closed, self.now)
        self.changes(Holder(CLOSED))

    @precondition(lambda self: self.holder is not None)
    @rule()
    def citizen_erases(self) -> None:
        """The citizen erases everything, also in the middle of a turn."""
        self.rooms.conversations.erase(self.id, keep_address=False, farewell=None, now=self.now)
        self.changes(None)
        self.turn, self.said, self.waiting = None, [], []

    @invariant()
    def the_store_agrees(self) -> None:
        """The store says what the model says: who holds it, what was said, in places without gaps."""
        if not hasattr(self, "rooms"):
            return
        found = self.rooms.conversations.find("rest", "ana")
        waits = self.rooms.statistics.waits(NOW - timedelta(days=1))
        assert [wait.seconds for wait in waits] == self.waits
        if self.holder is None:
            assert found is None
            return
        assert found is not None
        assert Holder(found.held_by, found.officer) == self.holder
        transcript = self.rooms.conversations.transcript(found.id)
        assert [(m.author, m.text) for m in transcript] == self.said
        assert [m.seq for m in transcript] == list(range(1, len(self.said) + 1))
        with self.rooms.database.reading() as connection:
            claim, waiting_since = connection.execute(sa.select(table.c.claim, table.c.waiting_since)).one()
            undone = connection.execute(sa.text("SELECT count(*) FROM inbox WHERE done_at IS NULL")).scalar_one()
        # One waits since a moment if and only if they wait, and then has a place in line.
        assert waiting_since == self.waiting_since
        assert (waiting_since is not None) == (self.holder.held_by == QUEUE)
        place = self.rooms.conversations.presences([found.id])[found.id].place
        assert place == (1 if waiting_since else None)
        # A message that waits has a claim, and there is no claim without one.
        assert undone == len(self.waiting)
        assert (claim is not None) == bool(self.waiting)


def test_who_holds_it_on_sqlite(sqlite_files: Any) -> None:
    """Whatever citizens, officers and the assistant do, in whatever order, the rules hold in the store."""
    machine = type("OnSqlite", (WhoHolds,), {"new_database": staticmethod(sqlite_files.new)})
    run_state_machine_as_test(machine, settings=_settings(40))


def test_who_holds_it_on_postgresql(postgres: Any) -> None:
    """The same on PostgreSQL."""
    machine = type("OnPostgres", (WhoHolds,), {"new_database": staticmethod(postgres.new)})
    run_state_machine_as_test(machine, settings=_settings(10))


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )

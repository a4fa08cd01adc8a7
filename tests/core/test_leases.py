"""Leases, the feed, retention and the desk's own replies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.assistant.builtin_replies import BuiltinReplies
from bot.bootstrap import Rooms
from bot.core import leases
from bot.core.db import make_engine
from bot.core.leases import Lease
from bot.messages import notifier as feed_module
from bot.messages import payloads
from bot.messages.claims import Turn
from bot.messages.conversation import CITIZEN, MEDIUM, PRESS, Conversation, Incoming, Message
from bot.messages.notifier import Notifier
from bot.messages.ownership import claimed

pytestmark = pytest.mark.anyio


async def test_one_holds_a_duty_until_it_runs_out(rooms: Rooms, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds a duty renews it; the next gets it when it ran out or was given up."""
    moment, monotonic = [now], [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: monotonic[0])

    def passes(seconds: float) -> None:
        moment[0] += timedelta(seconds=seconds)
        monotonic[0] += seconds

    first, second = (Lease(rooms.database, "duty", lambda: moment[0]) for _ in range(2))
    assert (await first.hold(), await second.hold()) == (True, False)
    passes(5)
    assert (await first.hold(), await second.hold()) == (True, False)
    passes(5)
    assert (first.held, second.held) == (True, False)
    passes(2)
    assert first.held is False
    assert (await second.hold(), await first.hold()) == (True, False)
    await second.give_up()
    assert (second.held, await first.hold()) == (False, True)
    assert await Lease(rooms.database, "another", lambda: moment[0]).hold()


async def test_of_many_who_ask_at_once_one_gets_the_duty(rooms: Rooms) -> None:
    """A duty has one holder, however many ask."""
    found = await asyncio.gather(*(Lease(rooms.database, "duty", rooms.now).hold() for _ in range(12)))
    assert found.count(True) == 1


async def test_a_duty_is_kept_while_the_database_is_away_no_longer_than_it_lasts(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder that cannot renew goes on trying, and gets the duty back."""
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.005)
    lease, told, failures = rooms.lease("duty"), asyncio.Event(), [3]
    take = rooms.together._take

    def fail(wishes: list[dict[str, Any]]) -> set[tuple[str, str]]:
        failures[0] -= 1
        if failures[0] >= 0:
            raise sa.exc.OperationalError("", {}, Exception("away"))
        return take(wishes)

    monkeypatch.setattr(rooms.together, "_take", fail)
    keeping = asyncio.create_task(lease.keep(lambda: told.set() if lease.held else None))
    await asyncio.wait([asyncio.create_task(told.wait())], timeout=5)
    keeping.cancel()
    assert lease.held


async def test_the_duties_of_a_process_are_taken_together(rooms: Rooms) -> None:
    """Many duties that one process asks for at once are one statement; one that another has is not its own."""
    other = Lease(rooms.database, "3", rooms.now)
    assert await other.hold()
    written: list[str] = []
    sa.event.listen(
        rooms.database.engine, "before_cursor_execute", lambda *event: written.append(event[2].partition("(")[0])
    )
    ours = [rooms.lease(str(number)) for number in range(9)]
    found = await asyncio.gather(*(lease.hold() for lease in ours))
    assert found == [lease.held for lease in ours] == [number != 3 for number in range(9)]
    assert [statement for statement in written if statement != "BEGIN IMMEDIATE"] == ["INSERT INTO leases "]


@pytest.mark.parametrize("turns", range(8))
async def test_a_duty_that_is_ended_as_it_is_taken_ends(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """At whichever turn of the loop it is cancelled: a desk that stops as it starts must not wait for ever."""
    lease = rooms.lease("duty")
    asked = asyncio.Event()

    async def take(*_arguments: Any) -> bool:
        asked.set()
        return True

    monkeypatch.setattr(rooms.together, "take", take)
    serving = asyncio.create_task(lease.serve(lambda: None, 600, "nothing is done"))
    await asked.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    serving.cancel()
    done, _ = await asyncio.wait([serving], timeout=10)
    assert done


async def test_a_kept_duty_is_left_to_others_at_once(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """A duty is renewed while its block lasts, also while that ends, and is then anybody's."""
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.005)
    lease, other, told = rooms.lease("duty"), rooms.lease("duty"), asyncio.Event()
    async with lease.kept(told.set):
        await asyncio.wait([asyncio.create_task(told.wait())], timeout=5)
        assert (lease.held, await other.hold()) == (True, False)
    assert (lease.held, await other.hold()) == (False, True)


async def test_onlookers_see_what_another_process_did(rooms: Rooms, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of any kind wakes those who look on at the conversation, and no others."""
    monkeypatch.setattr(feed_module, "LOOK_SECONDS", 0.005)
    notifier = Notifier(rooms.conversations)
    ids = [rooms.inbox.accept(say(address=name), rooms.now()).conversation.id for name in ("ana", "bob")]
    running = asyncio.create_task(notifier.run())
    async with notifier.watch(ids[0]) as ana, notifier.watch(ids[1]) as bob:
        assert notifier.watched == 2
        for event in (ana, bob):
            await asyncio.wait([asyncio.create_task(event.wait())], timeout=5)  # each is woken once at first
            event.clear()
        rooms.conversations.change_holder(ids[0], lambda holder: claimed(holder, "Marie"), rooms.now())
        await asyncio.wait([asyncio.create_task(ana.wait())], timeout=5)
        assert (ana.is_set(), bob.is_set()) == (True, False)
        bob.clear()
        rooms.conversations.erase(ids[1], keep_address=False, farewell=None, now=rooms.now())
        await asyncio.wait([asyncio.create_task(bob.wait())], timeout=5)
        assert bob.is_set()
    running.cancel()
    assert notifier.watched == 0


def at(rooms: Rooms, say: Any, address: str, days_ago: int) -> Conversation:
    """A conversation whose only message came so long ago, and was answered."""
    incoming, moment = say(f"canari {address}", address=address), rooms.now() - timedelta(days=days_ago)
    turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, moment), incoming, moment)
    rooms.inbox.complete(turn, [], moment, language="fr", wants=None)
    return turn.conversation


@pytest.fixture
def turn(rooms: Rooms) -> Callable[..., Turn]:
    """Makes turns of messages that are not kept."""

    def make(text: str = "", kind: str = PRESS, language: str | None = None, **detail: Any) -> Turn:
        conversation = Conversation("c", "telegram", "7", "fr", "bot")
        detail = {"language": language, **detail}
        return Turn(1, conversation, Message(1, "c", 1, CITIZEN, text, kind, detail, rooms.now()), "claim", 1)

    return make


@pytest.mark.parametrize(
    "text, language, start",
    [
        (payloads.HELP, "fr", "Posez-moi"),
        (payloads.HELP, "en", "Ask me"),
        (payloads.HELP, None, "Posez-moi"),
        (payloads.FORGET, "en", "Do you want to erase"),
        (payloads.FORGET_DECLINED, "fr", "Très bien, la conversation est gardée"),
    ],
)
def test_the_desk_answers_for_itself(
    builtin_replies: BuiltinReplies, turn: Callable[..., Turn], text: str, language: str | None, start: str
) -> None:
    """Help and erasing are the desk's own, in the language that is known."""
    replies = builtin_replies.replies(turn(text, language=language))
    assert replies is not None
    assert replies[0].text.startswith(start)


@pytest.mark.parametrize(
    "medium, start, told",
    [
        ("photo", "Je ne peux lire", False),
        ("too_long", "Votre message dépasse 2000", False),
        ("too_many", "Vous", False),
    ],
)
def test_what_cannot_be_read_is_told(
    builtin_replies: BuiltinReplies, turn: Callable[..., Turn], medium: str, start: str, told: bool
) -> None:
    """What is not text, or too long, or too much, is told so; of a flood only once."""
    (reply,) = builtin_replies.replies(turn(kind=MEDIUM, medium=medium, told=told)) or []
    assert reply.text.startswith(start)
    assert reply.custom["outcome"] == "refused"
    assert builtin_replies.replies(turn(kind=MEDIUM, medium="too_many", told=True)) == []


@pytest.mark.parametrize("text, kind", [("Bonjour", "words"), ("/help", "words"), (payloads.DENY, PRESS)])
def test_the_rest_is_the_assistants(
    builtin_replies: BuiltinReplies, turn: Callable[..., Turn], text: str, kind: str
) -> None:
    """Words and other presses are not the desk's to answer."""
    assert builtin_replies.replies(turn(text, kind)) is None


def test_forgetting_reaches_the_assistants_memory(rooms: Rooms, say: Any, builtin_replies: BuiltinReplies) -> None:
    """Rasa's own rows of the conversation are erased, and no other's."""
    conversation = at(rooms, say, "ana", 0)
    engine = make_engine(rooms.settings.tracker_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255))"))
        for number, sender in enumerate([conversation.id, "other", conversation.id]):
            connection.execute(sa.text("INSERT INTO events VALUES (:n, :s)"), {"n": number, "s": sender})
    reply = builtin_replies.forget(conversation, say_so=False)
    assert reply.text.startswith("C'est fait.")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT sender_id FROM events")).scalars().all() == ["other"]
    engine.dispose()
    assert rooms.conversations.get(conversation.id) is None


def test_forgetting_names_the_requests_that_stay(rooms: Rooms, say: Any, builtin_replies: BuiltinReplies) -> None:
    """A citizen hears which requests are still with the staff."""
    conversation = at(rooms, say, "ana", 0)
    ticket = rooms.tickets.open(conversation=conversation.id, question="?", language="fr", email=None)
    assert ticket.reference in builtin_replies.forget(conversation, say_so=False).text


def test_a_turn_taken_twice_opens_one_ticket(rooms: Rooms) -> None:
    """A message that is taken again, because nobody heard of the first time, gives the same ticket."""
    opened = [
        rooms.tickets.open(conversation="c", question="?", language="fr", email=None, message=number)
        for number in (7, 7, 8, None, None)
    ]
    assert opened[0].reference == opened[1].reference
    assert len({ticket.reference for ticket in opened}) == 4


def test_incoming_is_what_a_channel_hands_in() -> None:
    """A message is words unless its channel says otherwise."""
    assert Incoming("rest", "1", "ana", "Bonjour").kind == "words"

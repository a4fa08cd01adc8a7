"""What happens when something comes between: erasing while a message comes, while Rasa thinks, while one goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.pipeline import Pipeline
from bot.bootstrap import Rooms
from bot.core.db import make_engine
from bot.messages import dispatcher
from bot.messages.conversation import Conversation, Message, Reply
from bot.messages.dispatcher import Dispatcher
from tests.cast import until

pytestmark = pytest.mark.anyio


def answered(rooms: Rooms, say: Any, text: str, moment: datetime, **changes: Any) -> Conversation:
    """A conversation with one message that was answered at `moment`."""
    incoming = say(text, **changes)
    turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, moment), incoming, moment)
    rooms.inbox.complete(turn, [Reply("réponse", (), {})], moment, language="fr", wants=None)
    return turn.conversation


def test_a_citizen_who_comes_back_while_old_ones_are_erased_is_kept(
    rooms: Rooms, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that is accepted after its conversation was found to be old, and before it is erased, is not lost."""
    old = answered(rooms, say, "autrefois", rooms.now() - timedelta(days=91))
    look = rooms.conversations.silent_since

    def look_and_be_late(*arguments: Any) -> list[Conversation]:
        found = look(*arguments)
        if found:
            rooms.inbox.accept(say("me revoilà"), rooms.now())
        return found

    monkeypatch.setattr(rooms.conversations, "silent_since", look_and_be_late)
    assert rooms.forgetting.erase_silent(rooms.now() - timedelta(days=90)) == 0
    assert "me revoilà" in [message.text for message in rooms.conversations.transcript(old.id)]


async def test_what_rasa_writes_after_the_erasing_is_erased_too(
    rooms: Rooms, rasa: Any, say: Any, builtin_replies: BuiltinReplies, service: Pipeline
) -> None:
    """A citizen who erases everything while Rasa thinks leaves nothing in Rasa's memory either."""
    engine = make_engine(rooms.settings.tracker_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE events (sender_id VARCHAR(255))"))

    def forgotten_meanwhile(body: dict[str, Any]) -> Any:
        found = rooms.conversations.get(body["sender"])
        assert found is not None
        builtin_replies.forget(found, say_so=False)
        with engine.begin() as connection:  # Rasa writes its memory down at the end of a message
            connection.execute(sa.text("INSERT INTO events VALUES (:s)"), {"s": body["sender"]})
        return rasa.echo(body)

    rasa.answer = forgotten_meanwhile
    await service.accept(say("canari"))
    await until(lambda: not service._turns)
    with engine.connect() as connection:
        left = connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one()
    engine.dispose()
    assert left == 0


class SlowChannel:
    """A channel that takes a part a word, and holds the part that the test names."""

    name = "telegram"
    per_second = address_per_second = 10_000.0

    def __init__(self, held: str | None = None) -> None:
        self.sent: list[str] = []
        self.held = held
        self.reached = asyncio.Event()
        self.release = asyncio.Event()

    def parts(self, message: Message, _language: str) -> list[str]:
        """A part a word."""
        return message.text.split()

    async def send(self, _address: str, part: str) -> None:
        """Deliver; the held part only once it is released."""
        if part == self.held:
            self.reached.set()
            await self.release.wait()
        self.sent.append(part)

    async def probe(self) -> None:
        """A sign of life."""


@pytest.fixture
def outgoing(rooms: Rooms, say: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Conversation]:
    """Puts a reply into the outbox; dispatchers look for it without waiting."""
    monkeypatch.setattr(dispatcher, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(dispatcher, "_STOP_SECONDS", 0.02)
    monkeypatch.setattr("bot.core.leases.RENEW_SECONDS", 0.02)

    def put(text: str) -> Conversation:
        incoming = say(channel="telegram")
        turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, rooms.now()), incoming, rooms.now())
        rooms.inbox.complete(turn, [Reply(text, (), {})], rooms.now(), language="fr", wants=None)
        return turn.conversation

    return put


def make_dispatcher(rooms: Rooms, channel: SlowChannel) -> Dispatcher:
    """A dispatcher, as one process has it."""
    lease = rooms.lease("dispatch telegram")
    return Dispatcher(channel, rooms.outbox, rooms.conversations, lease, rooms.now, asyncio.Event())


async def end(task: asyncio.Task[None]) -> None:
    """End a duty as the desk does when it stops."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_desk_that_stops_does_not_repeat_the_parts_that_went_out(
    rooms: Rooms, outgoing: Callable[..., Conversation]
) -> None:
    """A stop in good order in the middle of a long message: the next process goes on at the part that is missing."""
    outgoing("un deux trois")
    first = SlowChannel(held="trois")
    task = asyncio.create_task(make_dispatcher(rooms, first).run())
    await asyncio.wait([asyncio.create_task(first.reached.wait())], timeout=5)
    await end(task)
    assert first.sent == ["un", "deux"]
    second = SlowChannel()
    task = asyncio.create_task(make_dispatcher(rooms, second).run())
    await until(lambda: rooms.outbox.counts() == {"sent": 1})
    await end(task)
    assert second.sent == ["trois"]


async def test_what_was_erased_goes_out_no_further(rooms: Rooms, outgoing: Callable[..., Conversation]) -> None:
    """A citizen who erases everything gets no more parts of an answer, least of all after the news that it is gone."""
    conversation = outgoing("un deux trois quatre")
    channel = SlowChannel(held="deux")
    task = asyncio.create_task(make_dispatcher(rooms, channel).run())
    await asyncio.wait([asyncio.create_task(channel.reached.wait())], timeout=5)
    farewell = Reply("effacé", (), {})
    rooms.conversations.erase(conversation.id, keep_address=False, farewell=farewell, now=rooms.now())
    await asyncio.sleep(0.03)
    channel.release.set()
    await until(lambda: rooms.conversations.get(conversation.id) is None)
    await asyncio.sleep(0.02)
    await end(task)
    assert channel.sent == ["un", "deux", "effacé"]


async def test_an_erased_row_does_not_settle_the_row_that_took_its_number(
    rooms: Rooms, outgoing: Callable[..., Conversation], say: Any
) -> None:
    """A reply written after an erasing is delivered, even if a message that was erased is just going out."""
    conversation = outgoing("un")
    channel = SlowChannel(held="un")
    task = asyncio.create_task(make_dispatcher(rooms, channel).run())
    await asyncio.wait([asyncio.create_task(channel.reached.wait())], timeout=5)
    rooms.conversations.erase(conversation.id, keep_address=False, farewell=None, now=rooms.now())
    answered(rooms, say, "Bonjour", rooms.now(), address="bob", channel="telegram")
    channel.release.set()
    await until(lambda: rooms.outbox.counts() == {"sent": 1})
    await end(task)
    assert channel.sent == ["un", "réponse"]

"""What goes out is delivered in order, at the channel's pace, and tried again as its failures ask for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms
from bot.core.leases import Lease
from bot.messages import dispatcher
from bot.messages.conversation import Message, Reply
from bot.messages.delivery import Permanent, Throttled, Transient, Uncertain
from bot.messages.dispatcher import Dispatcher, Pace
from bot.messages.outbox import Outbox
from tests.cast import Clock, until

pytestmark = pytest.mark.anyio


class FakeChannel:
    """A channel that notes what it is given, and fails as the test says."""

    name = "telegram"
    per_second = address_per_second = 10_000.0

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.failures: dict[str, list[Exception]] = {}
        self.probes: list[Exception | None] = []
        self.probed = 0
        self.hold: asyncio.Event | None = None

    def parts(self, message: Message, _language: str) -> list[str]:
        """A part a word."""
        return message.text.split()

    async def send(self, address: str, part: str) -> None:
        """Deliver, or fail once as told."""
        if self.hold:
            await self.hold.wait()
        failures = self.failures.get(part, [])
        failure = failures.pop(0) if failures else None
        if failure is None or isinstance(failure, Uncertain):
            self.sent.append((address, part))
        if failure:
            raise failure

    async def probe(self) -> None:
        """A sign of life, or none."""
        self.probed += 1
        failure = self.probes.pop(0) if self.probes else None
        if failure:
            raise failure


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits a second or more in earnest waits a moment here."""
    monkeypatch.setattr(dispatcher, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr("bot.core.leases.RENEW_SECONDS", 0.02)


@pytest.fixture
def channel() -> FakeChannel:
    """A channel that delivers."""
    return FakeChannel()


@pytest.fixture
def clock(now: datetime) -> Clock:
    """The dispatchers' present moment."""
    return Clock(now)


@pytest.fixture
def make_dispatcher(rooms: Rooms, clock: Clock) -> Callable[..., Dispatcher]:
    """Makes dispatchers, each as one process has it."""

    def make(channel: FakeChannel, outbox: Outbox | None = None) -> Dispatcher:
        lease = Lease(rooms.database, "dispatch telegram", clock)
        return Dispatcher(channel, outbox or rooms.outbox, rooms.conversations, lease, clock, asyncio.Event())

    return make


@pytest.fixture
def replies(rooms: Rooms, say: Any) -> Callable[..., None]:
    """Puts replies to a citizen into the outbox."""

    def put(address: str, *texts: str) -> None:
        incoming = say(address=address, channel="telegram")
        turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, rooms.now()), incoming, rooms.now())
        rooms.inbox.complete(turn, [Reply(text, (), {}) for text in texts], rooms.now(), language="fr", wants=None)

    return put


@asynccontextmanager
async def running(*dispatchers: Dispatcher) -> AsyncIterator[None]:
    """Dispatchers at work."""
    tasks = [asyncio.create_task(one.run()) for one in dispatchers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def to(channel: FakeChannel, address: str) -> list[str]:
    """What was sent to an address."""
    return [part for where, part in channel.sent if where == address]


async def test_messages_arrive_in_order_and_once(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any
) -> None:
    """Each citizen's messages arrive in the order in which they were said, each part once."""
    for name in ("ana", "bob"):
        replies(name, "un deux", "trois")
        replies(name, "quatre")
    async with running(make_dispatcher(channel)):
        await until(lambda: rooms.outbox.counts() == {"sent": 6})
    assert to(channel, "ana") == to(channel, "bob") == ["un", "deux", "trois", "quatre"]


@pytest.mark.parametrize("failure", [Transient("down"), Throttled("slowly", 0.01), Uncertain("silence")])
async def test_what_failed_holds_up_its_own_line_only(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any, clock: Clock, failure: Exception
) -> None:
    """A message that must wait keeps those behind it waiting, and goes on at the part that failed; others go out."""
    channel.failures["deux"] = [failure]
    replies("ana", "un deux", "trois")
    replies("bob", "quatre")
    async with running(make_dispatcher(channel)):
        await until(lambda: not channel.failures["deux"] and rooms.outbox.counts() == {"waiting": 2, "sent": 1})
        assert "trois" not in to(channel, "ana")
        clock.now += timedelta(seconds=2)
        await until(lambda: rooms.outbox.counts() == {"sent": 3})
    again = ["deux"] if isinstance(failure, Uncertain) else []
    assert to(channel, "ana") == ["un", "deux", *again, "trois"]


async def test_waits_grow_and_end_after_a_day(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any, clock: Clock
) -> None:
    """What fails again and again waits longer each time, five minutes at most, and is parked after a day."""
    channel.failures["un"] = [Transient("down")] * 1000
    replies("ana", "un")
    tries = 0
    async with running(make_dispatcher(channel)):
        await until(lambda: len(channel.failures["un"]) == 999)
        clock.now += timedelta(seconds=0.5)
        await asyncio.sleep(0.05)
        assert len(channel.failures["un"]) == 999  # the first wait is about a second
        while not rooms.outbox.parked():
            before = len(channel.failures["un"])
            clock.now += timedelta(seconds=361)  # longer than the longest wait
            await until(lambda before=before: len(channel.failures["un"]) < before or rooms.outbox.parked())
            tries += 1
    assert rooms.outbox.parked()[0].reason == "down: given up after a day"
    assert abs(tries - 86_400 / 361) < 3


async def test_what_cannot_be_delivered_is_parked_and_the_next_goes_on(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any
) -> None:
    """A permanent failure is parked with its reason, and does not hold up what comes after."""
    channel.failures["un"] = [Permanent("blocked")]
    replies("ana", "un", "deux")
    async with running(make_dispatcher(channel)):
        await until(lambda: rooms.outbox.counts() == {"parked": 1, "sent": 1})
        (row,) = rooms.outbox.parked()
        assert row.reason == "blocked"
        assert rooms.outbox.retry(row.id, rooms.now())
        await until(lambda: rooms.outbox.counts() == {"sent": 2})
    assert to(channel, "ana") == ["deux", "un"]


async def test_silence_is_probed_and_tried_once_more(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any, clock: Clock
) -> None:
    """What was sent without an answer is sent once more, after a sign of life, and then parked."""
    channel.failures["un"] = [Uncertain("silence"), Uncertain("silence")]
    channel.probes = [Transient("down"), Uncertain("silence"), None]
    replies("ana", "un")
    async with running(make_dispatcher(channel)):
        await until(lambda: channel.probed >= 3)
        assert to(channel, "ana") == ["un"]
        clock.now += timedelta(seconds=2)
        await until(rooms.outbox.parked)
    assert to(channel, "ana") == ["un", "un"]
    assert rooms.outbox.parked()[0].reason == "silence: sent twice without an answer"


async def test_a_fault_of_ours_is_parked(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any
) -> None:
    """A message that the channel cannot even take apart is parked, and the others go out."""
    channel.failures["un"] = [ZeroDivisionError("secret")]
    replies("ana", "un")
    replies("bob", "deux")
    async with running(make_dispatcher(channel)):
        await until(lambda: rooms.outbox.counts() == {"parked": 1, "sent": 1})
    assert rooms.outbox.parked()[0].reason == "fault: ZeroDivisionError"


async def test_one_process_at_a_time_delivers(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any
) -> None:
    """Two dispatchers on one database send everything once; when one stops the other goes on."""
    other = FakeChannel()
    for number in range(20):
        replies(f"c{number}", "un", "deux")
    first, second = make_dispatcher(channel), make_dispatcher(other)
    async with running(second):
        async with running(first):
            await until(lambda: rooms.outbox.counts() == {"sent": 40})
        replies("ana", "trois")
        await until(lambda: rooms.outbox.counts() == {"sent": 41})
    assert len(channel.sent) + len(other.sent) == 41


async def test_a_process_killed_after_sending_leaves_one_duplicate_at_most(
    rooms: Rooms,
    channel: FakeChannel,
    make_dispatcher: Any,
    replies: Any,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    """What was sent and not written down is sent again by the next process, once."""
    replies("ana", "un", "deux")
    monkeypatch.setattr(dispatcher, "_STOP_SECONDS", 0.01)

    class Dead(Outbox):
        def settle(self, *_arguments: Any) -> None:
            raise sa.exc.OperationalError("", {}, Exception("killed"))

    async with running(make_dispatcher(channel, Dead(rooms.database))):
        await until(lambda: channel.sent)
    assert rooms.outbox.counts() == {"waiting": 2}
    clock.now += timedelta(seconds=10)  # its lease runs out
    async with running(make_dispatcher(channel)):
        await until(lambda: rooms.outbox.counts() == {"sent": 2})
    assert to(channel, "ana") == ["un", "un", "deux"]


async def test_a_database_that_is_away_for_a_while_loses_nothing(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deliveries that could not be written down are written once the database is back, and not repeated."""
    settle, failures = rooms.outbox.settle, iter(range(5))

    def fail(*arguments: Any) -> None:
        if next(failures, None) is not None:
            raise sa.exc.OperationalError("", {}, Exception("away"))
        settle(*arguments)

    monkeypatch.setattr(rooms.outbox, "settle", fail)
    replies("ana", "un", "deux")
    async with running(make_dispatcher(channel)):
        await until(lambda: rooms.outbox.counts() == {"sent": 2})
    assert to(channel, "ana") == ["un", "deux"]


async def test_the_news_of_erasing_is_erased_once_it_is_delivered(
    rooms: Rooms, channel: FakeChannel, make_dispatcher: Any, replies: Any
) -> None:
    """The last thing that a citizen hears of an erased conversation leaves nothing behind."""
    replies("ana", "un")
    found = rooms.conversations.find("telegram", "ana")
    assert found is not None
    farewell = Reply("Effacé.", (), {})
    rooms.conversations.erase(found.id, keep_address=False, farewell=farewell, now=rooms.now())
    async with running(make_dispatcher(channel)):
        await until(lambda: rooms.conversations.find("telegram", "ana") is None)
    assert to(channel, "ana") == ["Effacé."]
    assert rooms.outbox.counts() == {}


async def test_the_pace_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most so many a second to all together, so many to one, and nothing while a pause lasts."""
    moment = [100.0]

    async def sleep(seconds: float) -> None:
        moment[0] += max(0.0, seconds)

    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    monkeypatch.setattr(asyncio, "sleep", sleep)
    pace, at = Pace(10.0, 1.0), []
    for address in ("a", "b", "c", "a", "a", "b"):
        await pace.turn(address)
        at.append(round(moment[0] - 100.0, 3))
    assert at == [0.0, 0.1, 0.2, 1.0, 2.0, 2.1]
    pace.pause(5.0)
    await pace.turn("d")
    assert round(moment[0] - 100.0, 3) == 7.1


async def test_addresses_are_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses that may be written to again take no memory."""
    monkeypatch.setattr(dispatcher, "_REMEMBERED", 100)
    pace = Pace(1e9, 1e9)
    for number in range(500):
        await pace.turn(str(number))
    assert len(pace._address_free_at) <= 101

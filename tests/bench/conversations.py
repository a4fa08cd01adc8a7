"""What the desk itself can take, with a Rasa that echoes: accepting, dispatching, streaming, coming back.

`python -m tests.bench.conversations`. Accepting is an open load: a message is due at its moment whether
or not the one before it was answered, and its time counts from that moment.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bot.bootstrap import wire
from bot.core.db import Database, make_engine
from bot.core.leases import Lease
from bot.core.settings import Settings
from bot.messages.conversation import Incoming, Message, Reply
from bot.messages.dispatcher import Dispatcher
from tests.databases import PostgresServer, SqliteFiles
from tests.desk_alone import DeskAlone, EchoRasa

RATE, SECONDS, CITIZENS = 200, 20, 100
ROWS = 5000
STREAMS = 1000


async def accepting(url: str) -> tuple[list[float], float]:
    """Seconds from the moment each message was due to its acknowledgement, and messages a second."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        tokens = [await _token(session, url) for _ in range(CITIZENS)]
        seconds: list[float] = []

        async def send(number: int, due: float) -> None:
            body = {"id": uuid.uuid4().hex, "text": f"message {number}", "language": "fr"}
            headers = {"Authorization": f"Bearer {tokens[number % CITIZENS]}"}
            async with session.post(f"{url}/chat/messages", json=body, headers=headers) as response:
                assert response.status == 202, await response.text()
            seconds.append(time.perf_counter() - due)

        started = time.perf_counter()
        sending = []
        for number in range(RATE * SECONDS):
            due = started + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sending.append(asyncio.create_task(send(number, due)))
        await asyncio.gather(*sending)
        return seconds, len(seconds) / (time.perf_counter() - started)


async def _token(session: aiohttp.ClientSession, url: str) -> str:
    async with session.post(f"{url}/chat/conversations", json={}) as response:
        return str((await response.json())["token"])


class Nowhere:
    """A channel that delivers at once to nobody."""

    name = "telegram"
    per_second = address_per_second = 1e9

    def __init__(self) -> None:
        self.sent = 0

    def parts(self, message: Message, _language: str) -> list[Any]:
        """The message in one piece."""
        return [message.text]

    async def send(self, _address: str, _part: Any) -> None:
        """Deliver."""
        self.sent += 1

    async def probe(self) -> None:
        """A sign of life."""


def fill_outbox(database: Database) -> None:
    """Put a message for each of many citizens into the outbox."""
    inbox, now = wire(Settings(), database=database).inbox, datetime.now(timezone.utc)
    for number in range(ROWS):
        incoming = Incoming("telegram", str(number), str(number), "question")
        turn = inbox.first_turn(inbox.accept(incoming, now), incoming, now)
        inbox.complete(turn, [Reply("réponse", (), {"outcome": "answered"})], now, language="fr", wants=None)


async def dispatching(database: Database) -> float:
    """Rows delivered and written down a second."""
    rooms, channel = wire(Settings(), database=database), Nowhere()
    outbox = rooms.outbox

    def now() -> datetime:
        return datetime.now(timezone.utc)

    dispatcher = Dispatcher(channel, outbox, rooms.conversations, Lease(database, "bench", now), now, asyncio.Event())
    started = time.perf_counter()
    running = asyncio.create_task(dispatcher.run())
    while outbox.counts().get("sent", 0) < ROWS:
        await asyncio.sleep(0.1)
    seconds = time.perf_counter() - started
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert channel.sent == ROWS
    return ROWS / seconds


async def streaming(url: str, process: psutil.Process) -> tuple[float, float, float]:
    """Megabytes of the desk before and with the streams, and seconds until a message reaches its own stream."""
    before = process.memory_info().rss / 2**20
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tokens = [await _token(session, url) for _ in range(STREAMS)]
        timeout = aiohttp.ClientTimeout(total=None)
        streams = []
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"}
            response = await session.get(f"{url}/chat/events", headers=headers, timeout=timeout)
            assert response.status == 200
            await response.content.readuntil(b"\r\n\r\n")
            streams.append(response)
        during = process.memory_info().rss / 2**20
        waits = []
        for number in range(0, STREAMS, STREAMS // 50):
            headers = {"Authorization": f"Bearer {tokens[number]}"}
            body = {"id": uuid.uuid4().hex, "text": "Bonjour", "language": "fr"}
            started = time.perf_counter()
            async with session.post(f"{url}/chat/messages", json=body, headers=headers) as answer:
                assert answer.status == 202
            seen = b""
            while b"echo: Bonjour" not in seen:
                seen += await streams[number].content.readuntil(b"\r\n\r\n")
            waits.append(time.perf_counter() - started)
        for response in streams:
            response.close()
    return before, during, statistics.median(waits)


async def coming_back(desk: DeskAlone) -> tuple[float, float]:
    """Seconds from the kill until the desk answers again, and until the message under way has its reply."""
    async with aiohttp.ClientSession() as session:
        token = await _token(session, desk.url)
        headers = {"Authorization": f"Bearer {token}"}
        body = {"id": uuid.uuid4().hex, "text": "Bonjour", "language": "fr"}
        async with session.post(f"{desk.url}/chat/messages", json=body, headers=headers) as answer:
            assert answer.status == 202
    desk.kill()
    killed = time.perf_counter()
    desk.start()
    answers = time.perf_counter() - killed
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{desk.url}/chat/events", headers=headers) as response:
            seen = b""
            while b"echo: Bonjour" not in seen:
                seen += await response.content.readuntil(b"\r\n\r\n")
        return answers, time.perf_counter() - killed


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgres = PostgresServer().start(fsync="on")
        try:
            databases = {"SQLite": SqliteFiles(folder).new, "PostgreSQL": postgres.new}
            for kind, new in databases.items():
                _measure(kind, folder, new())
            for kind, new in databases.items():
                database = Database(make_engine(new()))
                fill_outbox(database)
                print(f"{kind}: {asyncio.run(dispatching(database)):.0f} outbox rows/s", flush=True)
                database.engine.dispose()
        finally:
            postgres.stop()


def _measure(kind: str, folder: Path, database_url: str) -> None:
    rasa = EchoRasa(folder).start()
    desk = DeskAlone(folder, database_url, rasa).start()
    try:
        seconds, rate = asyncio.run(accepting(desk.url))
        ordered = sorted(1000 * second for second in seconds)
        p50, p99 = statistics.median(ordered), ordered[int(0.99 * len(ordered))]
        print(
            f"{kind}: {rate:.0f} messages accepted a second of {RATE} asked, for {SECONDS} s on {os.cpu_count()} cores "
            f"with the load's own work: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {ordered[-1]:.0f} ms",
            flush=True,
        )
        assert desk.process is not None
        before, during, wait = asyncio.run(streaming(desk.url, psutil.Process(desk.process.pid)))
        print(
            f"{kind}: {STREAMS} open streams in one process: {during:.0f} MB ({before:.0f} without), a message and its "
            f"reply on the stream after {1000 * wait:.0f} ms (median)",
            flush=True,
        )
    finally:
        desk.stop()
        rasa.stop()
    slow = EchoRasa(folder, 0.5).start()
    desk = DeskAlone(folder, database_url, slow).start()
    try:
        answers, replied = asyncio.run(coming_back(desk))
        print(
            f"{kind}: killed in the middle of a message: answers again after {answers:.1f} s, the message has its "
            f"reply after {replied:.1f} s",
            flush=True,
        )
    finally:
        desk.stop()
        slow.stop()


if __name__ == "__main__":
    main()

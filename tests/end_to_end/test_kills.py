"""Processes killed at random moments on the way of a message: nothing accepted is lost, order holds.

A real desk, and an echoing Rasa in the place of the trained one, so that hundreds of kills take minutes.
The moments come from a seed. `KILLS=200` in the environment asks for more than the few of a usual run.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.core.db import Database, make_engine
from tests.databases import PostgresServer, SqliteFiles
from tests.desk_alone import DeskAlone, EchoRasa
from tests.telegram_emulator import TOKEN, Emulator

KILLS = int(os.environ.get("KILLS", "12"))
CITIZENS = 4
SETTLE_SECONDS = 60.0
TIMEOUT = aiohttp.ClientTimeout(total=10)


class Citizen:
    """Somebody who writes numbered messages, and sends each again until it is acknowledged."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.token = ""
        self.acknowledged: list[str] = []

    async def begin(self, url: str) -> None:
        """Open a conversation."""
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, raise_for_status=True) as session,
            session.post(f"{url}/chat/conversations", json={"language": "fr"}) as response,
        ):
            self.token = (await response.json())["token"]

    async def write(self, urls: list[str], stop: asyncio.Event, chance: random.Random) -> None:
        """Write message after message, to any of the desks, until told to stop; finish the one under way."""
        number = 0
        while not stop.is_set():
            number += 1
            await self._send(urls, f"{self.name} {number}", chance)
            await asyncio.sleep(chance.uniform(0.0, 0.02))

    async def _send(self, urls: list[str], text: str, chance: random.Random) -> None:
        body = {"id": uuid.uuid4().hex, "text": text, "language": "fr"}
        headers = {"Authorization": f"Bearer {self.token}"}
        while True:
            url = f"{chance.choice(urls)}/chat/messages"
            try:
                async with (
                    # Not httpx: on uvloop a connection that is reset as it is made ends in an AttributeError there.
                    aiohttp.ClientSession(timeout=TIMEOUT) as session,
                    session.post(url, json=body, headers=headers) as response,
                ):
                    status, answer = response.status, await response.text()
            except (aiohttp.ClientError, asyncio.TimeoutError):
                await asyncio.sleep(0.02)
                continue
            if status in (503, 429):
                await asyncio.sleep(0.05)
                continue
            assert status == 202, answer
            self.acknowledged.append(text)
            return


def transcript(database: Database) -> dict[str, list[tuple[str, str, int | None, int]]]:
    """By conversation: author, text, what it replies to and its own number, in order."""
    query = sa.text("SELECT conversation_id, author, text, reply_to, id FROM messages ORDER BY conversation_id, seq")
    found: dict[str, list[tuple[str, str, int | None, int]]] = {}
    with database.reading() as connection:
        for row in connection.execute(query):
            found.setdefault(row[0], []).append(tuple(row)[1:])
    return found


def wait_until_settled(database: Database) -> None:
    """Wait until every message has its replies."""
    deadline = time.monotonic() + SETTLE_SECONDS
    query = sa.text("SELECT count(*) FROM inbox WHERE done_at IS NULL")
    while True:
        with database.reading() as connection:
            left = connection.execute(query).scalar_one()
        if not left:
            return
        assert time.monotonic() < deadline, f"{left} messages still wait"
        time.sleep(0.1)


def check(database: Database, citizens: list[Citizen]) -> None:
    """Nothing acknowledged is lost or doubled, every message has one reply, and both are in order."""
    said = list(transcript(database).values())
    for citizen in citizens:
        mine = [lines for lines in said if any(text.startswith(f"{citizen.name} ") for _, text, _, _ in lines)]
        assert len(mine) == 1
        asked = [(text, number) for author, text, _, number in mine[0] if author == "citizen"]
        replies = [(text, to) for author, text, to, _ in mine[0] if author == "bot"]
        assert [text for text, _ in asked] == citizen.acknowledged
        assert [to for _, to in replies] == [number for _, number in asked]
        for (question, _), (reply, _) in zip(asked, replies, strict=True):
            # While Rasa is dead, the fallback text answers.
            assert reply == f"echo: {question}" or reply.startswith("Je suis désolé")
    with database.reading() as connection:
        claims = connection.execute(sa.text("SELECT count(*) FROM conversations WHERE claim IS NOT NULL"))
        assert claims.scalar_one() == 0


@pytest.fixture
def rasa(tmp_path: Path) -> Iterator[EchoRasa]:
    """A Rasa that thinks for a moment, so that kills find messages under way."""
    running = EchoRasa(tmp_path, 0.02).start()
    yield running
    running.kill()


async def live(desks: list[DeskAlone], citizens: list[Citizen], kills: int, seed: int, hurt: Any) -> None:
    """Let the citizens write while `hurt` kills something, `kills` times, at moments drawn from the seed."""
    chance = random.Random(seed)
    for citizen in citizens:
        await citizen.begin(desks[0].url)
    urls = [desk.url for desk in desks]
    stop = asyncio.Event()
    writing = [
        asyncio.create_task(citizen.write(urls, stop, random.Random(seed + number)))
        for number, citizen in enumerate(citizens)
    ]
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        await asyncio.to_thread(hurt, chance)
    stop.set()
    await asyncio.gather(*writing)


def test_a_desk_killed_at_random_moments_loses_nothing(
    tmp_path: Path, sqlite_files: SqliteFiles, rasa: EchoRasa
) -> None:
    """The desk dies again and again in the middle of things and comes back; Rasa too, now and then."""
    url = sqlite_files.new()
    desk = DeskAlone(tmp_path, url, rasa).start()
    citizens = [Citizen(f"c{number}") for number in range(CITIZENS)]

    def hurt(chance: random.Random) -> None:
        victim = rasa if chance.random() < 0.2 else desk
        victim.kill()
        victim.start()

    asyncio.run(live([desk], citizens, KILLS, 20261125, hurt))
    database = Database(make_engine(url))
    wait_until_settled(database)
    desk.stop()
    check(database, citizens)
    database.engine.dispose()
    assert "Traceback" not in desk.log.read_text()


def test_two_desks_on_one_postgresql_share_the_work(tmp_path: Path, postgres: PostgresServer, rasa: EchoRasa) -> None:
    """Two desks serve the same citizens; either is killed, or held up for longer than its claims last."""
    url = postgres.new()
    desks = [DeskAlone(tmp_path, url, rasa).start() for _ in range(2)]
    citizens = [Citizen(f"c{number}") for number in range(CITIZENS)]

    def hurt(chance: random.Random) -> None:
        desk = chance.choice(desks)
        assert desk.process is not None
        if chance.random() < 0.25:  # held up: its turns are taken over, and void when it comes back
            desk.process.send_signal(signal.SIGSTOP)
            time.sleep(8.0)
            desk.process.send_signal(signal.SIGCONT)
            return
        desk.kill()
        desk.start()

    asyncio.run(live(desks, citizens, max(4, KILLS // 3), 7, hurt))
    database = Database(make_engine(url))
    wait_until_settled(database)
    for desk in desks:
        desk.stop()
    check(database, citizens)
    database.engine.dispose()


def test_telegram_hears_every_reply_in_order_and_twice_at_most(
    tmp_path: Path, sqlite_files: SqliteFiles, rasa: EchoRasa
) -> None:
    """The desk dies again and again between an update and the delivery of its reply."""
    chance = random.Random(42)
    with Emulator() as emulator:
        bot = {"telegram_token": TOKEN, "telegram_api_url": emulator.url}
        desk = DeskAlone(tmp_path, sqlite_files.new(), rasa, **bot).start()
        people = [emulator.citizen() for _ in range(CITIZENS)]
        written: dict[int, list[str]] = {person.chat_id: [] for person in people}
        for _ in range(max(4, KILLS // 3)):
            for person in people:
                text = f"question {len(written[person.chat_id])}"
                written[person.chat_id].append(text)
                emulator.hand_over(person.says(text))  # and a duplicate
            time.sleep(chance.uniform(0.0, 1.5))
            desk.kill()
            desk.start()
        for person in people:
            expected = [f"echo: {text}" for text in written[person.chat_id]]
            emulator.wait(lambda last=expected[-1], person=person: last in person.heard)
            assert list(dict.fromkeys(person.heard)) == expected
            assert max(person.heard.count(text) for text in expected) <= 2
        desk.stop()
        assert TOKEN not in desk.log.read_text()

"""Calls to a neighbour, over real HTTP on loopback: what is sent, and each way of not answering."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.http import Answer, HttpClient, NoAnswer

pytestmark = pytest.mark.anyio


class Neighbour:
    """A server of raw bytes: notes what it is sent, and says `answer` (None: nothing, ever)."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every request of one connection."""
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next((line for line in head.lower().split(b"\r\n") if b"content-length" in line), b":0")
                self.requests.append(head + await reader.readexactly(int(length.split(b":")[1])))
                if self.answer is None:
                    await asyncio.sleep(30)
                writer.write(self.answer or b"")
                if not (self.answer or b"").startswith(b"HTTP"):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def asking(neighbour: Neighbour, timeout: float = 5.0) -> AsyncIterator[HttpClient]:
    """A client of the neighbour, which listens on a free port."""
    server = await asyncio.start_server(neighbour.serve, "127.0.0.1", 0)
    client = HttpClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout)
    try:
        yield client
    finally:
        await client.close()
        server.close()


def response(status: str = "200 OK", body: bytes = b"[]") -> bytes:
    """A whole response."""
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


async def test_it_sends_json_and_gives_the_answer() -> None:
    """The body goes out as JSON, and the status and the bytes come back as they are."""
    neighbour = Neighbour(response(body=b'[{"text": "\xc3\xa9"}]'))
    async with asking(neighbour) as client:
        assert await client.post("/way", {"message": "a"}) == Answer(200, b'[{"text": "\xc3\xa9"}]')
    (request,) = neighbour.requests
    assert request.startswith(b"POST /way HTTP/1.1\r\n")
    assert b"application/json" in request
    assert request.endswith(b'{"message": "a"}')


async def test_the_connection_is_kept() -> None:
    """One request after another goes over one connection."""
    neighbour = Neighbour(response())
    async with asking(neighbour) as client:
        for _ in range(3):
            await client.get("/")
    assert (len(neighbour.requests), neighbour.connections) == (3, 1)


@pytest.mark.parametrize("status", ["301 Moved Permanently", "404 Not Found", "500 Internal Server Error"])
async def test_an_error_is_an_answer(status: str) -> None:
    """A status other than success is given as it is; nothing is followed."""
    async with asking(Neighbour(response(status))) as client:
        assert (await client.get("/")).status == int(status[:3])


async def test_silence_ends_in_time() -> None:
    """A neighbour that says nothing is given up after the time that it has."""
    async with asking(Neighbour(None), timeout=0.1) as client:
        with pytest.raises(NoAnswer, match="in time"):
            await client.post("/", {"message": "secret"})


@pytest.mark.parametrize(
    "answer", [b"", b"not HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
async def test_half_an_answer_is_none(answer: bytes) -> None:
    """A neighbour that hangs up, talks nonsense or stops half-way did not answer, and no word of ours is repeated."""
    async with asking(Neighbour(answer), timeout=0.5) as client:
        with pytest.raises(NoAnswer) as caught:
            await client.post("/", {"message": "secret"})
    assert "secret" not in str(caught.value)


async def test_nobody_there_is_no_answer() -> None:
    """A port on which nobody listens gives no answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        client = HttpClient(f"http://127.0.0.1:{probe.getsockname()[1]}", 1.0)
        with pytest.raises(NoAnswer):
            await client.get("/")
        await client.close()


async def test_a_closed_client_asks_nobody() -> None:
    """After closing, asking is an error."""
    client = HttpClient("http://127.0.0.1:9", 1.0)
    await client.close()
    with pytest.raises(RuntimeError, match="closed"):
        await client.get("/")

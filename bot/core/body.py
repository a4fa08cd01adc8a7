"""Reading what a request carries."""

from __future__ import annotations

from starlette.requests import Request


class TooLarge(ValueError):
    """The body holds more than is read."""


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The body of a request.

    Raises:
        TooLarge: it holds more than `max_bytes`; the rest is not read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge
    return bytes(body)

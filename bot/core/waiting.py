"""Waiting for something that may not come."""

from __future__ import annotations

import asyncio


async def wait_for_event(event: asyncio.Event, seconds: float) -> None:
    """Wait until `event` is set, for so long at most.

    Not `asyncio.wait_for`: in Python 3.10 it loses a cancellation that comes together with the event
    (https://github.com/python/cpython/issues/81839), and the task goes on forever.
    """
    waiter = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait([waiter], timeout=seconds)
    finally:
        waiter.cancel()

"""Debian's chromium, one for all tests of a process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

_PROGRAM = shutil.which("chromium")
expect.set_options(timeout=30_000)  # on a busy machine a page may be slow to change


class Chromium:
    """A chromium that runs, and Playwright with it.

    Playwright marks its loop as the running one of this thread until it stops, so that no other loop can start.
    Between the files that use it, the mark is taken away.
    """

    def __init__(self) -> None:
        assert _PROGRAM, "these tests need chromium (Debian: apt-get install chromium)"
        self._playwright = sync_playwright().start()
        self._loop = asyncio._get_running_loop()
        assert self._loop, "Playwright marks its loop no more"
        self.browser = self._playwright.chromium.launch(
            executable_path=_PROGRAM, args=["--no-sandbox", "--disable-gpu"]
        )
        self.rest()

    def work(self) -> Browser:
        """Let Playwright work in this thread."""
        asyncio._set_running_loop(self._loop)
        return self.browser

    def rest(self) -> None:
        """Let other loops run in this thread."""
        asyncio._set_running_loop(None)

    def stop(self) -> None:
        """End both."""
        self.work().close()
        self._playwright.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Started once."""
    running = Chromium()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser(chromium: Chromium) -> Iterator[Browser]:
    """It works for one file; what that leaves open is closed."""
    working = chromium.work()
    yield working
    for context in working.contexts:
        context.close()
    chromium.rest()

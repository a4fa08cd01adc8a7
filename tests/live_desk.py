"""A desk of a test's own that listens on loopback, in a thread."""

from __future__ import annotations

import threading
from typing import Any

import uvicorn

from tests.databases import free_port


class LiveDesk:
    """A desk that listens on loopback."""

    def __init__(self, desk: Any, port: int | None = None) -> None:
        self.desk = desk
        self.url = f"http://127.0.0.1:{port or free_port()}"
        config = uvicorn.Config(desk.client.app, port=int(self.url.rpartition(":")[2]), log_level="error", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> LiveDesk:
        self._thread.start()
        for _ in range(1000):
            if self._server.started:
                return self
            threading.Event().wait(0.01)
        raise AssertionError("the desk did not start")

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()

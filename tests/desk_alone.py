"""A desk process without its supervisor, and an echoing Rasa: to be killed at will."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.databases import free_port

_START_SECONDS = 60.0


class Killable:
    """A process that serves HTTP on loopback."""

    def __init__(self, command: list[str], url: str, log: Path, **env: str) -> None:
        self.url = url
        self._command = command
        self._env = {**os.environ, "OMP_NUM_THREADS": "1", **env}
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Any:
        """Start, and wait until it answers."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, env=self._env, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        with httpx.Client(timeout=2) as client:  # one: a client costs as much time as the process may have had
            while True:
                assert self.process.poll() is None, f"the process ended:\n{self._log.read_text()}"
                try:
                    client.get(f"{self.url}/healthz")
                    return self
                except httpx.HTTPError:
                    assert time.monotonic() < deadline, f"the process does not answer:\n{self._log.read_text()}"
                    time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a power failure would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._end(signal.SIGTERM)

    def _end(self, signum: int) -> None:
        assert self.process is not None
        self.process.send_signal(signum)
        self.process.wait(30)
        self.process = None


class EchoRasa(Killable):
    """A Rasa (and action server) that echoes."""

    def __init__(self, folder: Path, seconds: float = 0.0) -> None:
        """`seconds`: how long it thinks."""
        self.port = free_port()
        command = [sys.executable, "-m", "tests.echo_rasa", str(self.port), str(seconds)]
        super().__init__(command, f"http://127.0.0.1:{self.port}", folder / "rasa.log")


class DeskAlone(Killable):
    """A desk process."""

    def __init__(self, folder: Path, database_url: str, rasa: EchoRasa, **settings: object) -> None:
        self.port = free_port()
        self.log = folder / f"desk-{self.port}.log"
        command = [sys.executable, "-m", "uvicorn", "bot.app:app", "--factory", "--ws", "none", "--no-access-log"]
        command += ["--log-level", "warning", "--port", str(self.port), "--timeout-graceful-shutdown", "5"]
        env = {
            "database_url": database_url,
            "rasa_port": rasa.port,
            "actions_port": rasa.port,
            "mail_in_dir": folder / "mail-in",
            "sender_burst": 1_000_000,
            "address_burst": 1_000_000,
            **settings,
        }
        variables = {f"GUICHET_{name.upper()}": str(value) for name, value in env.items()}
        super().__init__(command, f"http://127.0.0.1:{self.port}", self.log, **variables)

"""A whole Guichet on loopback, as `guichet run` starts it, for tests and for the benchmark."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from bot.core.processes import ends_with_starter
from bot.messages import payloads
from tests.databases import free_port

START_SECONDS = 900.0  # patience, for a machine that others work on too
PATIENCE_SECONDS = 300.0
Found = TypeVar("Found")
Desk = TypeVar("Desk", bound="RunningDesk")


def until(look: Callable[[], Found]) -> Found:
    """Wait for something; what it is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


class RunningDesk:
    """The supervisor and its three processes, with a database and ports of their own."""

    def __init__(self, folder: Path, *, cpus: list[int] | None = None, **settings: object) -> None:
        """`folder`: for the database and the log; `cpus`: run on these processors only."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = folder / "guichet.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._cpus = cpus
        self.env = {
            **os.environ,
            "GUICHET_DATABASE_URL": f"sqlite:///{folder / 'guichet.db'}",
            "GUICHET_MAIL_DIR": str(folder / "mail"),
            "GUICHET_PORT": str(self.port),
            "GUICHET_RASA_PORT": str(free_port()),
            "GUICHET_ACTIONS_PORT": str(free_port()),
            "GUICHET_MAIL_IN_DIR": str(folder / "mail-in"),
            **{f"GUICHET_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self: Desk) -> Desk:
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def _end(self) -> None:
        if self.process and self.process.poll() is None:
            self.stop()

    def start(self: Desk) -> Desk:
        """Start, and wait until the desk says that it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "run"],
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=self._beginning(),
            )
        self.wait_until_ready()
        return self

    def _beginning(self) -> Callable[[], None]:
        """What the new process does first: it ends with the tests, however they end, and keeps to the processors."""
        ends_with_tests = ends_with_starter(signal.SIGTERM)

        def begin() -> None:
            ends_with_tests()
            if self._cpus:
                os.sched_setaffinity(0, self._cpus)

        return begin

    def wait_until_ready(self) -> None:
        """Wait until the database, Rasa and the actions answer."""
        deadline = time.monotonic() + START_SECONDS
        with httpx.Client(timeout=5) as client:
            while time.monotonic() < deadline:
                assert self.process is not None
                assert self.process.poll() is None, f"guichet ended:\n{self.log.read_text()}"
                try:
                    if client.get(f"{self.url}/readyz").status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                time.sleep(0.2)
        raise AssertionError(f"guichet is not ready:\n{self.log.read_text()}")

    def stop(self, signum: int = signal.SIGTERM) -> int:
        """Ask the supervisor to stop; its exit code."""
        assert self.process is not None
        self.process.send_signal(signum)
        return self.process.wait(30)

    def children(self) -> dict[str, psutil.Process]:
        """The three processes by name: "actions", "rasa", "desk"."""
        assert self.process is not None
        names = {"actions.server": "actions", "bot.rasa.server": "rasa", "uvicorn": "desk"}
        found = {}
        for child in psutil.Process(self.process.pid).children():
            command = " ".join(child.cmdline())
            found.update({short: child for long, short in names.items() if long in command})
        return found

    def receives(self, *letters: bytes) -> None:
        """Put e-mails among those that came, as a mail server does."""
        folder = self.folder / "mail-in"
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for letter in letters:
            name = f"{time.time_ns()}.{os.getpid()}.test"
            (folder / "tmp" / name).write_bytes(letter)
            (folder / "tmp" / name).rename(folder / "new" / name)

    def mailed(self) -> list[EmailMessage]:
        """The e-mails that went out, oldest first."""
        files = sorted((self.folder / "mail" / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes(), policy=default) for path in files]

    def mailed_to(self, address: str) -> list[EmailMessage]:
        """Those that went to an address."""
        return [mail for mail in self.mailed() if address in [to.addr_spec for to in mail["To"].addresses]]

    def page(self) -> Page:
        """A page with a new conversation."""
        return Page(self.url)

    def citizen(self) -> Citizen:
        """Somebody new who chats."""
        return Citizen(self.url)


class Citizen:
    """Somebody who chats over HTTP."""

    def __init__(self, url: str, sender: str | None = None) -> None:
        self.sender = sender or f"test-{uuid.uuid4().hex}"
        self._client = httpx.Client(base_url=url, timeout=30)

    def says(self, message: str, **metadata: Any) -> Replies:
        """Send words or a payload; the replies."""
        body = {"sender": self.sender, "message": message, "metadata": metadata}
        response = self._client.post("/webhooks/rest/webhook", json=body)
        assert response.status_code == 200, response.text
        return Replies(response.json())


class Page:
    """A page that chats by the desk's own interface (docs/chat-api.md)."""

    def __init__(self, url: str) -> None:
        self._url = url
        token = httpx.post(f"{url}/chat/conversations", json={"language": "fr"}, timeout=30).json()["token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def sends(self, text: str) -> int:
        """Send a message; its place in the conversation, once it is kept."""
        return self._post(text=text)

    def presses(self, message: dict[str, Any], choice: int) -> int:
        """Press a button of a message, counted from 0; the place of the press."""
        return self._post(press={"seq": message["seq"], "choice": choice})

    def hears(self, after: int) -> dict[str, Any]:
        """The assistant's first message after a place in the conversation."""
        return next(event for event in self.events() if event.get("author") == "bot" and event["seq"] > after)

    def _post(self, **said: Any) -> int:
        body = {"id": uuid.uuid4().hex, "language": "fr", **said}
        response = httpx.post(f"{self._url}/chat/messages", json=body, headers=self._headers, timeout=30)
        assert response.status_code == 202, response.text
        return int(response.json()["seq"])

    def events(self) -> Iterator[dict[str, Any]]:
        """What the stream says, from the beginning."""
        with httpx.stream("GET", f"{self._url}/chat/events", headers=self._headers, timeout=60) as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def reply(self) -> dict[str, Any]:
        """The first message of the assistant's."""
        return next(event for event in self.events() if event.get("author") == "bot")


class Replies(list[dict[str, Any]]):
    """The replies to one message."""

    @property
    def outcome(self) -> str:
        """The outcome of the last reply."""
        return str(self[-1]["custom"]["outcome"])

    @property
    def custom(self) -> dict[str, Any]:
        """The custom part of the last reply."""
        return dict(self[-1]["custom"])

    @property
    def text(self) -> str:
        """All texts together."""
        return "\n".join(reply["text"] for reply in self)

    @property
    def payloads(self) -> list[str]:
        """The payloads of the last reply's buttons, without the key of the message under which they stand."""
        found = (payloads.read(button["payload"]) for button in self[-1].get("buttons", []))
        return [payload.text for payload in found if payload]

    @property
    def reference(self) -> str:
        """The ticket's reference in the texts."""
        found = re.search(r"RI-\w{4}-\w{4}", self.text)
        assert found, self.text
        return found[0]

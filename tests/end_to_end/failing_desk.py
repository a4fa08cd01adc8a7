"""A Guichet whose parts fail when they are told to, and what its log and its console say of it."""

from __future__ import annotations

import re
import shutil
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.controller import Controller

from bot.bootstrap import wire
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.staff.officer import SUPERVISOR
from tests.cast import PASSWORD
from tests.databases import free_port
from tests.end_to_end.desk_process import RunningDesk

TELEGRAM_TOKEN = "7654321:AAF-nobody-is-to-read-this-token"
TELEGRAM_SECRET = "nobody-is-to-read-this-secret"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class RefusingExchange:
    """An SMTP server that knows nobody, and says whom."""

    def __init__(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_RCPT(self, _server: Any, _session: Any, _envelope: Any, address: str, _options: Any) -> str:
        """Refuse one recipient."""
        return f"550 5.1.1 <{address}>: user unknown"

    def __enter__(self) -> dict[str, object]:
        """The settings that lead here."""
        self._controller.start()
        return {"smtp_host": "127.0.0.1", "smtp_port": self._controller.port, "smtp_security": "none"}

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()


class FailingDesk(RunningDesk):
    """The real processes, with data of their own and with the parts of `faults/sitecustomize.py`."""

    def __init__(self, folder: Path, **settings: object) -> None:
        """`folder`: for the data, too."""
        self.data = folder / "data"
        shutil.copytree(ROOT / "data", self.data)
        super().__init__(folder, data_dir=self.data, **settings)
        self._faults = folder / "faults"
        self._faults.touch()
        self.env["FAULTS"] = str(self._faults)
        self.env["PYTHONPATH"] = str(Path(__file__).parent / "faults")

    @contextmanager
    def failing(self, *names: str) -> Iterator[None]:
        """These places and actions fail."""
        self._faults.write_text("\n".join(names))
        try:
            yield
        finally:
            self._faults.write_text("")

    def actions_run(self) -> list[str]:
        """The actions that ran since this was asked last, in order."""
        ran = self._faults.with_suffix(".ran")
        found = ran.read_text().split() if ran.exists() else []
        ran.unlink(missing_ok=True)
        return found

    def begin_anew(self, *names: str) -> None:
        """These processes die, and the supervisor starts them again."""
        children = self.children()
        for name in names:
            children[name].send_signal(signal.SIGKILL)
            children[name].wait(30)
        self.wait_until_ready()

    @contextmanager
    def officer(self, lang: str) -> Iterator[httpx.Client]:
        """Somebody new of the staff, logged in to the console."""
        login = f"marie-{uuid.uuid4().hex[:12]}"
        rooms = wire(Settings(database_url=self.env["GUICHET_DATABASE_URL"]))
        rooms.people.add(login=login, name=login.title(), role=SUPERVISOR, password=PASSWORD, language=lang)
        rooms.close()
        with httpx.Client(base_url=self.url, timeout=30, follow_redirects=True) as client:
            token = _TOKEN.search(client.get("/console/login").text)
            assert token
            fields = {"form_token": token[1], "login": login, "password": PASSWORD}
            logged_in = client.post("/console/login", data=fields, headers={"Origin": self.url})
            assert 'name="password"' not in logged_in.text
            yield client

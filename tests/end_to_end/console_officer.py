"""An officer of a running desk, who reads the console's pages and sends their forms as a browser does."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from typing import Any

import httpx

from tests.cast import PASSWORD
from tests.end_to_end.desk_process import RunningDesk


class Officer:
    """Added by the command that a desk's owner gives, then logged in on the console's own page."""

    def __init__(self, desk: RunningDesk, login: str, role: str = "officer") -> None:
        command = [sys.executable, "-m", "bot.cli", "staff", "add", login, "--name", login.title(), "--role", role]
        subprocess.run(
            [*command, "--password-stdin"], env=desk.env, input=PASSWORD.encode(), check=True, capture_output=True
        )
        self._http = httpx.Client(base_url=desk.url, follow_redirects=True, timeout=60)
        self.page = ""
        self.opens("login")
        self.sends("login", login=login, password=PASSWORD)

    def opens(self, path: str) -> str:
        """Open a page of the console; its text."""
        response = self._http.get(f"/console/{path}")
        assert response.status_code == 200, response.text
        self.page = html.unescape(response.text)
        self._forms = re.findall(r"<form.*?</form>", response.text, re.DOTALL)
        return self.page

    def sends(self, path: str, **fields: Any) -> str:
        """Send the form of the open page that goes to `path`, with what it holds already; the page that follows."""
        form = next(form for form in self._forms if f'action="/console/{path}"' in form)
        held: dict[str, Any] = {}
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form):
            held.setdefault(name, []).append(html.unescape(value))
        response = self._http.post(f"/console/{path}", data={**held, **fields})
        assert response.status_code == 200, response.text
        self.page = html.unescape(response.text)
        self._forms = re.findall(r"<form.*?</form>", response.text, re.DOTALL)
        return self.page

"""npm's `telegram-test-api`, a Bot API that nobody here wrote: a desk may talk to it as to Telegram.

Its server takes, numbers, keeps and hands over all messages. A proxy before it, `TelegramTestApi`, adds what
Telegram does and version 4.2.1 does not, and nothing else; each method says what. `citizen()` is somebody with
a Telegram, who speaks by the server's own interface for clients, past the proxy.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import time
from pathlib import Path
from typing import Any

import aiohttp
import httpx
from aiohttp import web

from bot.core.folders import ROOT
from tests.databases import free_port
from tests.live_app import LiveApp

TOKEN = "666:token-of-the-tests-for-npm"  # 666 is what the server calls every bot
INSTALLED = ROOT / "build" / "npm"
_SCRIPT = Path(__file__).with_suffix(".js")
_WAIT_SECONDS = 60.0
_LOOK_SECONDS = 0.05


class TelegramTestApi(LiveApp):
    """The server, in a process of its own, and the proxy, in a thread."""

    def __init__(self) -> None:
        super().__init__()
        assert (INSTALLED / "stamp").exists(), "telegram-test-api is not installed: run bin/npm-packages"
        self.blocked: set[int] = set()
        self._updates: list[dict[str, Any]] = []  # fetched from the server, not acknowledged by the bot
        self._people = itertools.count(7001)
        port = free_port()
        self._origin = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(["node", str(_SCRIPT), str(INSTALLED), str(port)])
        self.client = httpx.Client(base_url=self._origin, timeout=30)

    def __enter__(self) -> TelegramTestApi:
        def answers() -> bool:
            assert self._process.poll() is None, "telegram-test-api ended"
            try:
                return self.client.get(f"/bot{TOKEN}/getMe").is_success
            except httpx.TransportError:
                return False

        until(answers, "telegram-test-api does not answer")
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self.client.close()
        self._process.terminate()
        self._process.wait(30)

    def citizen(self, language_code: str) -> Person:
        """Somebody new with a Telegram in that language."""
        return Person(self, next(self._people), language_code)

    # What the bot calls.

    def routes(self) -> list[web.RouteDef]:
        """The Bot API's methods."""
        return [web.post(f"/bot{TOKEN}/{{method}}", self._call)]

    async def _call(self, request: web.Request) -> web.Response:
        method, given = request.match_info["method"], dict(await request.post())
        handle = getattr(self, f"_do_{method}", None)
        return await handle(given) if handle else _answer(await self._ask(method, given))

    async def _ask(self, method: str, given: dict[str, Any]) -> Any:
        """What the server answers. Its null, where a method has nothing to tell, is Telegram's true."""
        url = f"{self._origin}/bot{TOKEN}/{method}"
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.post(url, json=given) as response:
            body = await response.json()
        assert body["ok"], body
        return True if body["result"] is None else body["result"]

    async def _do_getMe(self, given: dict[str, Any]) -> web.Response:
        """The server does not say that a bot is one."""
        return _answer({**await self._ask("getMe", given), "is_bot": True})

    async def _do_setMyCommands(self, _given: dict[str, Any]) -> web.Response:
        """The server does not know it."""
        return _answer(True)

    async def _do_getUpdates(self, given: dict[str, Any]) -> web.Response:
        """The server tells each update once, and at once: here it waits for one, and tells it until acknowledged."""
        offset, until = int(given.get("offset", 0)), time.monotonic() + float(given.get("timeout", 0))
        while True:
            self._updates += await self._ask("getUpdates", {})
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
            if self._updates or time.monotonic() >= until:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        for update in self._updates:
            update.get("callback_query", {})["chat_instance"] = "1"  # the server leaves it out
        return _answer(self._updates)

    async def _do_sendMessage(self, given: dict[str, Any]) -> web.Response:
        """The server knows no blocking, counts milliseconds, and gives back as text what it does not know."""
        if int(given["chat_id"]) in self.blocked:
            refusal = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
            return web.json_response(refusal, status=403)
        sent = await self._ask("sendMessage", given)
        known = {name: sent[name] for name in ("message_id", "chat", "text", "reply_markup") if sent.get(name)}
        return _answer({**known, "date": sent["date"] // 1000})

    async def _do_editMessageReplyMarkup(self, given: dict[str, Any]) -> web.Response:
        """The server lets the buttons stand where it is told of none."""
        return _answer(await self._ask("editMessageReplyMarkup", {"reply_markup": '{"inline_keyboard": []}', **given}))


class Person:
    """Somebody with a Telegram."""

    def __init__(self, api: TelegramTestApi, number: int, language_code: str) -> None:
        self._api = api
        self.number = number
        self._user = {"id": number, "is_bot": False, "first_name": "Ana", "language_code": language_code}

    def says(self, text: str) -> None:
        """Write a message, or a command."""
        if text.startswith("/"):
            entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
            self._post("sendCommand", **self._message(text=text, entities=entities))
        else:
            self._post("sendMessage", **self._message(text=text))

    def shows(self, **medium: Any) -> None:
        """Send something that is not text, as Telegram describes it."""
        self._post("sendMessage", **self._message(**medium))

    def presses(self, title: str) -> None:
        """Press the button `title` under the latest message that has one."""
        for number, message in reversed(self._received()):
            for button in _buttons(message):
                if button["text"] == title:
                    shown = {**self._message(text=message["text"]), "message_id": number}
                    self._post(
                        "sendCallback", **{"from": self._user, "message": shown, "data": button["callback_data"]}
                    )
                    return
        raise AssertionError(f"there is no button {title!r} in {self.heard}")

    def blocks(self) -> None:
        """Block the bot."""
        self._api.blocked.add(self.number)

    @property
    def heard(self) -> list[str]:
        """What the bot said to them, oldest first."""
        return [message["text"] for _, message in self._received()]

    @property
    def offered(self) -> list[list[str]]:
        """The titles of the buttons that stand under each of these messages now."""
        return [[button["text"] for button in _buttons(message)] for _, message in self._received()]

    def hears(self, count: int) -> str:
        """Wait until the bot has said `count` things; the last of them."""
        until(lambda: len(self.heard) >= count, f"only {len(self.heard)} messages of {count} came")
        assert len(self.heard) == count, self.heard
        return self.heard[-1]

    def _received(self) -> list[tuple[int, dict[str, Any]]]:
        history = self._api.client.post("/getUpdatesHistory", json={"token": TOKEN}).json()["result"]
        mine = [kept for kept in history if kept.get("message", {}).get("chat_id") == str(self.number)]
        return [(kept["messageId"], kept["message"]) for kept in mine]

    def _message(self, **content: Any) -> dict[str, Any]:
        chat = {"id": self.number, "type": "private", "first_name": "Ana"}
        return {"from": self._user, "chat": chat, "date": int(time.time()), **content}

    def _post(self, what: str, **content: Any) -> None:
        answer = self._api.client.post(f"/{what}", json={"botToken": TOKEN, **content})
        assert answer.json() == {"ok": True, "result": None}


def until(condition: Any, what: str) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(_LOOK_SECONDS)


def _answer(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _buttons(message: dict[str, Any]) -> list[dict[str, str]]:
    markup = message.get("reply_markup") or {}
    return [button for row in markup.get("inline_keyboard", []) for button in row]

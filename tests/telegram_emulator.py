"""A Bot API server of the tests' own, over HTTP on loopback: a bot may talk to it as to Telegram.

`Emulator` serves; `emulator.citizen()` is somebody with a Telegram, who writes, presses and blocks. Updates
are fetched with getUpdates, or brought to the webhook that was set, with its secret, until it says 200.
Faults are put before a method with `emulator.fail("sendMessage", …)`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.live_app import LiveApp

TOKEN = "123456:emulated-token-of-the-tests"
USERNAME = "GuichetBot"
_WAIT_SECONDS = 30.0


@dataclass
class Fault:
    """What goes wrong at a call: an error answer, or `hang` seconds of silence before or after it took effect."""

    status: int = 0
    body: dict[str, Any] | str = ""
    hang: float = 0.0
    delivered: bool = False  # the call takes effect, and its answer never arrives
    drop: bool = False  # the connection is closed without an answer


@dataclass
class Sent:
    """A message that the bot sent, as Telegram keeps it. `at`: when, in seconds of a monotonic clock."""

    chat_id: int
    message_id: int
    text: str
    buttons: list[list[dict[str, str]]] = field(default_factory=list)
    at: float = 0.0


class Emulator(LiveApp):
    """The server, in a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self.commands: dict[str, list[str]] = {}
        self.documents: dict[str, bytes] = {}
        self.answered: dict[str, dict[str, Any]] = {}  # callback queries that the bot answered
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.webhook: dict[str, Any] = {}
        self.blocked: set[int] = set()
        self.chats: set[int] = set()
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._updates: list[dict[str, Any]] = []
        self._update_ids = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._people = itertools.count(7001)
        self._changed = threading.Condition()
        self._bringing: set[asyncio.Task[None]] = set()

    # What a test does.

    def citizen(self, language_code: str | None = "fr", chat_id: int | None = None, kind: str = "private") -> Person:
        """Somebody with a Telegram, in a chat with the bot (or in a group with it)."""
        number = next(self._people) if chat_id is None else chat_id
        self.chats.add(number)
        return Person(self, number, language_code, kind)

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next calls of `method` go wrong, one fault a call."""
        self._faults[method].extend(faults)

    def wait(self, condition: Callable[[], Any], what: str = "it did not come to that") -> Any:
        """Wait until `condition` holds; what it gave."""
        deadline = time.monotonic() + _WAIT_SECONDS
        with self._changed:
            while not (found := condition()):
                assert self._changed.wait(min(0.2, deadline - time.monotonic())) or time.monotonic() < deadline, what
        return found

    def update(self, **content: Any) -> dict[str, Any]:
        """Make an update of `content`, and have it fetched or brought."""
        update = {"update_id": next(self._update_ids), **content}
        self.hand_over(update)
        return update

    def hand_over(self, update: dict[str, Any]) -> None:
        """Have an update fetched or brought (again)."""

        def hand() -> None:
            if self.webhook.get("url"):
                task = self._loop.create_task(self._bring(update))
                self._bringing.add(task)
                task.add_done_callback(self._bringing.discard)
            else:
                self._updates.append(update)
                self._updates.sort(key=lambda u: int(u["update_id"]))

        self._loop.call_soon_threadsafe(hand)

    def pending(self) -> int:
        """How many updates are not acknowledged."""
        return len(self._updates) + len(self._bringing)

    # What the bot calls.

    def routes(self) -> list[web.RouteDef]:
        """The Bot API's methods."""
        return [web.route("*", "/bot{token}/{method}", self._call)]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return _error(401, "Unauthorized")
        method, given = request.match_info["method"], _parameters(await request.post())
        self.calls.append((method, given))
        fault = self._faults[method].popleft() if self._faults[method] else None
        if fault:
            answer = await self._go_wrong(fault, method, given, request)
            if answer is not None:
                return answer
        handler = getattr(self, f"_do_{method}", None)
        answer = await handler(given) if handler else _error(404, "Not Found: method not found")
        self._tell()
        return answer

    async def _go_wrong(self, fault: Fault, method: str, given: Any, request: web.Request) -> web.StreamResponse | None:
        if fault.delivered:
            await getattr(self, f"_do_{method}")(given)
            self._tell()
        if fault.hang:
            await asyncio.sleep(fault.hang)
        if fault.drop or fault.delivered:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if isinstance(fault.body, str):
            return web.Response(status=fault.status, text=fault.body) if fault.status else None
        return web.json_response(fault.body, status=fault.status)

    async def _do_getMe(self, _given: Any) -> web.Response:
        return _result({"id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "G", "username": USERNAME})

    async def _do_setMyCommands(self, given: Any) -> web.Response:
        self.commands[given.get("language_code", "")] = [command["command"] for command in given["commands"]]
        return _result(True)

    async def _do_setWebhook(self, given: Any) -> web.Response:
        self.webhook = given
        return _result(True)

    async def _do_deleteWebhook(self, _given: Any) -> web.Response:
        self.webhook = {}
        return _result(True)

    async def _do_getUpdates(self, given: Any) -> web.Response:
        if self.webhook.get("url"):
            return _error(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, until = given.get("offset", 0), time.monotonic() + given.get("timeout", 0)
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        while not self._updates and time.monotonic() < until:
            await asyncio.sleep(0.01)
        return _result(self._updates[:100])

    async def _do_sendMessage(self, given: Any) -> web.Response:
        chat_id, text = given["chat_id"], given["text"]
        if chat_id in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if chat_id not in self.chats:
            return _error(400, "Bad Request: chat not found")
        if not text.strip():
            return _error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return _error(400, "Bad Request: message is too long")
        rows = (given.get("reply_markup") or {}).get("inline_keyboard", [])
        if any(len(button["callback_data"].encode()) > 64 for row in rows for button in row):
            return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        sent = Sent(chat_id, next(self._message_ids), text, rows, time.monotonic())
        self.sent.append(sent)
        return _result(_message(sent.message_id, chat_id, text=text))

    async def _do_sendDocument(self, given: Any) -> web.Response:
        chat_id, file = given["chat_id"], given["document"]
        if chat_id not in self.chats:
            return _error(400, "Bad Request: chat not found")
        sent = Sent(chat_id, next(self._message_ids), file.filename, [], time.monotonic())
        self.sent.append(sent)
        self.documents[file.filename] = file.file.read()
        return _result(_message(sent.message_id, chat_id, text=file.filename))

    async def _do_answerCallbackQuery(self, given: Any) -> web.Response:
        self.answered[given["callback_query_id"]] = given
        return _result(True)

    async def _do_editMessageReplyMarkup(self, given: Any) -> web.Response:
        for sent in self.sent:
            if (sent.chat_id, sent.message_id) == (given["chat_id"], given["message_id"]):
                sent.buttons = (given.get("reply_markup") or {}).get("inline_keyboard", [])
        return _result(True)

    async def _bring(self, update: dict[str, Any]) -> None:
        headers = {}
        if secret := self.webhook.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        while True:
            try:
                async with (
                    aiohttp.ClientSession() as session,
                    session.post(self.webhook["url"], json=update, headers=headers) as response,
                ):
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass  # the desk is down: Telegram brings it again
            await asyncio.sleep(0.05)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


@dataclass
class Person:
    """Somebody with a Telegram."""

    emulator: Emulator
    chat_id: int
    language_code: str | None
    kind: str

    @property
    def heard(self) -> list[str]:
        """What the bot said to them, oldest first."""
        return [sent.text for sent in self.emulator.sent if sent.chat_id == self.chat_id]

    def says(self, text: str, **more: Any) -> dict[str, Any]:
        """Write a message; the update."""
        return self.emulator.update(message=self._message(text=text, **more))

    def shows(self, **medium: Any) -> dict[str, Any]:
        """Send something that is not text, as Telegram describes it."""
        return self.emulator.update(message=self._message(**medium))

    def edits(self, text: str) -> dict[str, Any]:
        """Change a message."""
        return self.emulator.update(edited_message={**self._message(text=text), "edit_date": 1_800_000_001})

    def presses(self, title: str) -> str:
        """Press the button `title` under the latest message that has one; the number of the press."""
        for sent in reversed(self.emulator.sent):
            for row in sent.buttons:
                for button in row:
                    if sent.chat_id == self.chat_id and button["text"] == title:
                        return self.presses_data(button["callback_data"], sent.message_id)
        raise AssertionError(f"there is no button {title!r}")

    def presses_data(self, data: str, message_id: int = 1) -> str:
        """Press a button that says `data`; the number of the press."""
        number = f"press-{next(self.emulator._message_ids)}"
        message = _message(message_id, self.chat_id, text="…")
        query = {"id": number, "from": self._user(), "chat_instance": "1", "message": message, "data": data}
        self.emulator.update(callback_query=query)
        return number

    def blocks(self) -> None:
        """Block the bot."""
        self.emulator.blocked.add(self.chat_id)
        self.emulator.update(my_chat_member=self._membership("kicked"))

    def adds_the_bot(self) -> None:
        """Add the bot to the group."""
        self.emulator.update(my_chat_member=self._membership("member"))

    def hears(self, count: int) -> list[str]:
        """Wait until the bot has said `count` things; all of them."""
        self.emulator.wait(lambda: len(self.heard) >= count, f"only {len(self.heard)} messages came")
        return self.heard

    def _message(self, **content: Any) -> dict[str, Any]:
        number = next(self.emulator._message_ids)
        return {**_message(number, self.chat_id, **content), "from": self._user(), "chat": self._chat()}

    def _chat(self) -> dict[str, Any]:
        return {"id": self.chat_id, "type": self.kind, "title": "Groupe"}

    def _user(self) -> dict[str, Any]:
        user = {"id": abs(self.chat_id), "is_bot": False, "first_name": "Ana"}
        return {**user, "language_code": self.language_code} if self.language_code else user

    def _membership(self, status: str) -> dict[str, Any]:
        bot = {"id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "G"}
        was, now = {"status": "left", "user": bot}, {"status": status, "user": bot, "until_date": 0}
        return {
            "chat": self._chat(),
            "from": self._user(),
            "date": 1_800_000_000,
            "old_chat_member": was,
            "new_chat_member": now,
        }


def too_many(seconds: int) -> Fault:
    """Telegram asks for patience."""
    description = f"Too Many Requests: retry after {seconds}"
    body = {"ok": False, "error_code": 429, "description": description, "parameters": {"retry_after": seconds}}
    return Fault(429, body)


def _message(number: int, chat_id: int, **content: Any) -> dict[str, Any]:
    return {"message_id": number, "date": 1_800_000_000, "chat": {"id": chat_id, "type": "private"}, **content}


def _result(value: Any) -> web.Response:
    return web.json_response({"ok": True, "result": value})


def _error(status: int, description: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": status, "description": description}, status=status)


def _parameters(form: Any) -> dict[str, Any]:
    """The parameters of a call: numbers and structures come as JSON."""
    given: dict[str, Any] = {}
    for name, value in form.items():
        try:
            given[name] = value if name in ("text", "url", "secret_token", "callback_query_id") else json.loads(value)
        except (ValueError, TypeError):  # words, or a file
            given[name] = value
    return given

"""Updates that Telegram brings to the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.channels.telegram.test_channel import SECRET
from tests.databases import free_port
from tests.live_desk import LiveDesk
from tests.telegram_emulator import Emulator

# By webhook.

pytestmark = pytest.mark.usefixtures("soon")


@pytest.fixture
def hooked(make_telegram_desk: Callable[..., Any], emulator: Emulator) -> Iterator[LiveDesk]:
    """A desk to which updates are brought."""
    port = free_port()
    desk = make_telegram_desk(
        started=False,
        telegram_mode="webhook",
        telegram_webhook_url=f"http://127.0.0.1:{port}",
        telegram_secret=SECRET,
    )
    with LiveDesk(desk, port) as live:
        emulator.wait(lambda: emulator.webhook)
        yield live


def test_updates_are_brought_to_the_webhook(hooked: LiveDesk, emulator: Emulator) -> None:
    """The desk sets its webhook with the secret, and what is brought there is answered."""
    assert emulator.webhook["url"] == f"{hooked.url}/webhooks/telegram"
    assert emulator.webhook["secret_token"] == SECRET
    assert "callback_query" in emulator.webhook["allowed_updates"]
    ana = emulator.citizen()
    ana.says("Bonjour")
    assert ana.hears(1) == ["Bonjour"]


@pytest.mark.parametrize(
    "headers, body, status",
    [
        ({}, b"{}", 403),
        ({"X-Telegram-Bot-Api-Secret-Token": ""}, b"{}", 403),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET[:-1]}, b"{}", 403),
        ({"X-Telegram-Bot-Api-Secret-Token": "é".encode()}, b"{}", 403),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b"{", 400),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b"[" * 100_000, 400),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b"x" * 1_100_000, 413),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b"{}", 200),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b"[1]", 200),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b'{"update_id": 1, "message": {"text": 4}}', 200),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b'{"update_id": 1, "news": {"of": "tomorrow"}}', 200),
    ],
)
def test_only_telegram_brings_updates(hooked: LiveDesk, headers: dict[str, Any], body: bytes, status: int) -> None:
    """Without the secret nothing is taken; what is no update is refused; what is unknown is let pass."""
    assert httpx.post(f"{hooked.url}/webhooks/telegram", content=body, headers=headers).status_code == status


def test_the_webhook_says_200_only_once_it_is_kept(hooked: LiveDesk, emulator: Emulator) -> None:
    """Without a database the update is to be brought again."""
    ana = emulator.citizen()
    update = {"update_id": 5, "message": ana._message(text="Bonjour")}
    hooked.desk.break_database()
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    refused = httpx.post(f"{hooked.url}/webhooks/telegram", json=update, headers=headers, timeout=60)
    assert refused.status_code == 503

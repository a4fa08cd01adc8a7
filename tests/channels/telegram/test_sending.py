"""Messages out to Telegram, over HTTP to an emulated Bot API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from telegram.error import NetworkError

from bot.channels.telegram.channel import make_bot
from bot.channels.telegram.sending import Part, TelegramSender, failure
from bot.core.folders import ROOT
from bot.core.organization import load_organization
from bot.core.settings import Settings
from bot.core.texts import load_texts
from bot.messages.conversation import ASSISTANT, OFFICER, SYSTEM, WORDS, Message
from bot.messages.delivery import DeliveryError, Permanent, Throttled, Transient, Uncertain
from tests.databases import free_port
from tests.telegram_emulator import TOKEN, Emulator, Fault, too_many

pytestmark = pytest.mark.anyio
SOURCE = {"title": "Déclaration", "section": "Joindre", "effective": "2001-04-01", "updated": "2006-09-29"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """A Bot API server."""
    with Emulator() as running:
        yield running


def sender_to(url: str) -> TelegramSender:
    """A sender to the Bot API at `url`, with little patience."""
    texts = load_texts(ROOT / "data" / "texts.yml", load_organization(ROOT / "data").values)
    settings = Settings(telegram_token=TOKEN, telegram_api_url=url, telegram_timeout=0.3)
    return TelegramSender(
        make_bot(settings), texts, ZoneInfo("America/Toronto"), lambda _conversation: {"messages": []}
    )


@pytest.fixture
def sender(emulator: Emulator) -> TelegramSender:
    """A sender to the emulator."""
    return sender_to(emulator.url)


def message(text: str, author: str = ASSISTANT, **detail: Any) -> Message:
    """A message as the desk keeps it."""
    return Message(41, "c", 2, author, text, WORDS, detail, datetime(2026, 11, 25, tzinfo=timezone.utc))


def test_an_answer_carries_its_source(sender: TelegramSender) -> None:
    """Under an approved text stands where it comes from, in its language, with the date in words."""
    custom = {"outcome": "answered", "language": "fr", "sources": [SOURCE]}
    (part,) = sender.parts(message("À Québec.", custom=custom), "en")
    assert part.text == "À Québec.\n\nSource : Déclaration, « Joindre » (mise à jour : vendredi 29 septembre 2006)"


def test_buttons_lead_back_to_the_message(sender: TelegramSender) -> None:
    """Each button says the desk's number of the message and its place; a question back can be declined."""
    buttons = [{"title": "Un", "payload": "/x"}, {"title": "Deux", "payload": "/y"}]
    custom = {"outcome": "clarify", "language": "en"}
    (part,) = sender.parts(message("Which?", custom=custom, buttons=buttons), "fr")
    assert part.buttons == (("Un", "41:0"), ("Deux", "41:1"), ("None of these", "41:2"))


def test_an_officer_speaks_by_name(sender: TelegramSender) -> None:
    """The citizen reads who is speaking."""
    assert sender.parts(message("Bonjour!", OFFICER, name="Marie"), "fr") == [Part("Marie :\n\nBonjour!")]
    assert sender.parts(message("Marie has left.", SYSTEM), "en") == [Part("Marie has left.")]


def test_a_long_answer_has_its_buttons_under_the_last_part(sender: TelegramSender) -> None:
    """A text too long for one message is several, each with what fits."""
    long = "\n\n".join(["x" * 3000, "y" * 3000])
    first, last = sender.parts(message(long, buttons=[{"title": "Un", "payload": "/x"}]), "fr")
    assert (first.text[0], first.buttons, last.text[0], last.buttons) == ("x", (), "y", (("Un", "41:0"),))


async def test_a_part_arrives_as_plain_text(sender: TelegramSender, emulator: Emulator) -> None:
    """What looks like markup stays what it is."""
    ana = emulator.citizen()
    await sender.send(str(ana.chat_id), Part("<b>*À*</b> _😀_ [x](http://y)", (("Oui", "41:0"),)))
    assert ana.heard == ["<b>*À*</b> _😀_ [x](http://y)"]
    assert emulator.sent[-1].buttons == [[{"text": "Oui", "callback_data": "41:0"}]]
    assert "parse_mode" not in emulator.calls[-1][1]


@pytest.mark.parametrize(
    "fault, kind, arrived",
    [
        (too_many(7), Throttled, False),
        (Fault(403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}), Permanent, False),
        (Fault(400, {"ok": False, "description": "Bad Request: strange"}), Permanent, False),
        (Fault(400, {"ok": False, "description": "m", "parameters": {"migrate_to_chat_id": 5}}), Permanent, False),
        (Fault(500, {"ok": False, "description": "Internal Server Error"}), Transient, False),
        (Fault(502, "<html>Bad Gateway</html>"), Transient, False),
        (Fault(401, {"ok": False, "description": "Unauthorized"}), Transient, False),
        (Fault(hang=0.6, drop=True), Uncertain, False),
        (Fault(hang=0.6, delivered=True), Uncertain, True),
        (Fault(delivered=True), Uncertain, True),
        (Fault(200, "<html>Sign in</html>"), Uncertain, False),
    ],
)
async def test_each_failure_says_whether_to_try_again(
    sender: TelegramSender, emulator: Emulator, fault: Fault, kind: type[DeliveryError], arrived: bool
) -> None:
    """Errors are told apart: asked for patience, surely not delivered, never to be delivered, or unknown."""
    ana = emulator.citizen()
    emulator.fail("sendMessage", fault)
    with pytest.raises(DeliveryError) as raised:
        await sender.send(str(ana.chat_id), Part("Bonjour"))
    assert type(raised.value) is kind
    assert bool(ana.heard) == arrived
    if isinstance(raised.value, Throttled):
        assert raised.value.retry_after == 7


async def test_an_unknown_chat_is_permanent(sender: TelegramSender) -> None:
    """A chat that does not exist will not exist later."""
    with pytest.raises(Permanent, match="chat_not_found"):
        await sender.send("424242", Part("Bonjour"))


async def test_no_connection_is_surely_not_delivered() -> None:
    """Where nobody listens nothing was sent."""
    with pytest.raises(Transient):
        await sender_to(f"http://127.0.0.1:{free_port()}").send("1", Part("Bonjour"))


def test_a_proxy_that_makes_no_connection_is_surely_not_delivered() -> None:
    """What a proxy refused to carry was not sent, and is tried for as long as anything else."""
    error = NetworkError("httpx.ProxyError")
    error.__cause__ = httpx.ProxyError("502 Bad Gateway")
    assert type(failure(error)) is Transient


async def test_a_probe_has_no_effect(sender: TelegramSender, emulator: Emulator) -> None:
    """A sign of life is asked for without a message to anyone."""
    before = len(emulator.sent)
    await sender.probe()
    assert (emulator.calls[-1][0], len(emulator.sent)) == ("getMe", before)
    emulator.fail("getMe", Fault(500, {"ok": False, "description": "x"}))
    with pytest.raises(Transient):
        await sender.probe()

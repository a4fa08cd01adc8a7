"""The assistant as the desk sees it: Rasa's items joined into replies, or the news that it does not answer."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.assistant.rasa_client import AssistantUnavailable, RasaClient, join_replies
from bot.messages.conversation import Reply
from tests.scripted_http import ScriptedHttp

pytestmark = pytest.mark.anyio
BUTTON = {"title": "Oui", "payload": "/open_ticket"}
OTHER = {"title": "Non", "payload": "/deny"}


def assistant_on(handler: Any) -> RasaClient:
    """An assistant whose Rasa is `handler`."""
    return RasaClient(ScriptedHttp(handler))


def test_paragraphs_and_buttons_join_the_custom_part() -> None:
    """The texts and buttons before a custom part make one reply with it."""
    items = [
        {"recipient_id": "x", "text": "Un."},
        {"recipient_id": "x", "text": "Deux.", "buttons": [BUTTON]},
        {"recipient_id": "x", "custom": {"outcome": "answered"}},
    ]
    assert join_replies(items) == [Reply("Un.\n\nDeux.", (BUTTON,), {"outcome": "answered"})]


def test_each_custom_part_ends_a_reply() -> None:
    """Two custom parts make two replies, each with its own texts and buttons."""
    items = [
        {"text": "A", "buttons": [BUTTON]},
        {"custom": {"n": 1}},
        {"text": "B", "buttons": [OTHER]},
        {"custom": {"n": 2}},
    ]
    assert join_replies(items) == [Reply("A", (BUTTON,), {"n": 1}), Reply("B", (OTHER,), {"n": 2})]


def test_texts_without_custom_are_a_reply() -> None:
    """Texts that no custom part follows are not lost."""
    items = [{"text": "A"}, {"custom": {"n": 1}}, {"text": "B"}, {"text": "C", "buttons": [BUTTON]}]
    assert join_replies(items) == [Reply("A", (), {"n": 1}), Reply("B\n\nC", (BUTTON,), {})]


def test_text_and_custom_in_one_item_are_one_reply() -> None:
    """An item that holds its text and its custom part is a reply by itself."""
    assert join_replies([{"text": "A", "custom": {"n": 1}}]) == [Reply("A", (), {"n": 1})]


@pytest.mark.parametrize("items", [[], {}, None, "text", 3, {"status": "failure"}])
def test_what_is_not_a_list_of_items_is_no_reply(items: Any) -> None:
    """Anything but a list with items gives no reply."""
    assert join_replies(items) == []


async def test_it_asks_rasa_by_the_rest_convention() -> None:
    """The conversation, the words and the metadata reach Rasa's REST channel."""
    seen: list[httpx.Request] = []

    def rasa(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[{"text": "Bonjour"}])

    replies = await assistant_on(rasa).replies("c1", "Où êtes-vous ?", {"language": "fr"})
    assert replies == [Reply("Bonjour", (), {})]
    assert [(r.method, str(r.url)) for r in seen] == [("POST", "http://neighbour.test/webhooks/rest/webhook")]
    assert json.loads(seen[0].content) == {"sender": "c1", "message": "Où êtes-vous ?", "metadata": {"language": "fr"}}


@pytest.mark.parametrize(
    "error",
    [httpx.ReadTimeout, httpx.ConnectTimeout, httpx.WriteTimeout, httpx.PoolTimeout],
)
async def test_a_timeout_is_unavailable(error: type[httpx.TimeoutException]) -> None:
    """A Rasa that does not answer in time is unavailable, and the reason says so."""

    def rasa(request: httpx.Request) -> httpx.Response:
        raise error("slow", request=request)

    with pytest.raises(AssistantUnavailable, match="in time"):
        await assistant_on(rasa).replies("c1", "secret words", {})


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError])
async def test_a_dead_rasa_is_unavailable(error: type[httpx.TransportError]) -> None:
    """A Rasa that cannot be reached is unavailable, and the reason holds nothing that was written."""

    def rasa(request: httpx.Request) -> httpx.Response:
        raise error("refused: secret words", request=request)

    with pytest.raises(AssistantUnavailable) as caught:
        await assistant_on(rasa).replies("c1", "secret words", {})
    assert str(caught.value) == error.__name__


@pytest.mark.parametrize("status", [301, 400, 404, 500, 502, 503])
async def test_an_error_status_is_unavailable(status: int) -> None:
    """A status other than success is unavailable, whatever the body."""
    assistant = assistant_on(lambda _request: httpx.Response(status, json=[{"text": "not for citizens"}]))
    with pytest.raises(AssistantUnavailable):
        await assistant.replies("c1", "x", {})


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b'"text"', b'[{"recipient_id": "c1"}]'])
async def test_an_empty_answer_is_unavailable(body: bytes) -> None:
    """An answer with nothing to say counts as no answer."""
    with pytest.raises(AssistantUnavailable, match="empty"):
        await assistant_on(lambda _request: httpx.Response(200, content=body)).replies("c1", "x", {})


@pytest.mark.parametrize("body", [b"", b"<html>", b'[{"text": ', b"\xff\xfe\xfa"])
async def test_invalid_json_is_unavailable(body: bytes) -> None:
    """An answer that is not JSON counts as no answer."""
    with pytest.raises(AssistantUnavailable):
        await assistant_on(lambda _request: httpx.Response(200, content=body)).replies("c1", "x", {})


@pytest.mark.parametrize("items", [[1], ["text"], [None], [{"text": 5}], [{"text": "a", "buttons": 7}]])
async def test_items_of_another_shape_are_unavailable(items: Any) -> None:
    """An answer whose items are not Rasa's counts as no answer, and breaks nothing."""
    with pytest.raises(AssistantUnavailable):
        await assistant_on(lambda _request: httpx.Response(200, json=items)).replies("c1", "x", {})


async def test_ready_asks_the_rest_channel() -> None:
    """Rasa is ready when its REST channel says so."""
    seen: list[str] = []

    def rasa(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, json={"status": "ok"})

    assert await assistant_on(rasa).ready() is True
    assert seen == ["GET /webhooks/rest/"]


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.ConnectError("dead"), httpx.ReadTimeout("slow")])
async def test_not_ready_is_told_without_an_error(answer: Any) -> None:
    """A failing, dead or slow Rasa is not ready, and asking raises nothing."""

    def rasa(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await assistant_on(rasa).ready() is False


async def test_close_ends_the_connections() -> None:
    """A closed assistant asks Rasa no more."""
    assistant = assistant_on(lambda _request: httpx.Response(200, json=[{"text": "x"}]))
    await assistant.close()
    with pytest.raises(RuntimeError, match="closed"):
        await assistant.replies("c1", "x", {})

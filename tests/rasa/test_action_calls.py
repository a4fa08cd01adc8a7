"""Calls to the action server, each part beside the stock part that it replaces."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import yaml
from aiohttp import web
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError

from bot.core.folders import ROOT
from bot.rasa.action_calls import KeptEndpoint, PatchedRemoteAction, response_check

DOMAIN = Domain.from_file(str(ROOT / "domain.yml"))
SLOT = {"event": "slot", "name": "offer", "value": "ticket", "timestamp": None}
RESPONSES = [
    ({"events": [], "responses": []}, True),
    ({"events": [SLOT], "responses": [{"text": "a", "buttons": []}]}, True),
    ({"events": [{"event": "followup", "name": "status_form", "timestamp": None}], "responses": []}, True),
    ({}, True),
    ({"events": "none"}, False),
    ({"events": [{"event": "slot"}]}, False),
    ({"events": [{"event": "no such event"}]}, False),
    ({"events": [7]}, False),
    ({"responses": ["text"]}, False),
    ([], False),
    ({"events": [{**SLOT, "name": 7}]}, False),
    ({"events": [{"event": ["slot"]}]}, False),
    ({"events": [SLOT, {**SLOT, "timestamp": "today"}]}, False),
]


def tracker(*events: Any) -> DialogueStateTracker:
    """A tracker with these events."""
    return DialogueStateTracker.from_events("c1", list(events), DOMAIN.slots)


@pytest.mark.parametrize("response, valid", RESPONSES)
def test_the_compiled_check_accepts_what_the_stock_check_accepts(response: Any, valid: bool) -> None:
    """A response is accepted or refused as by stock Rasa."""
    for check in (response_check(), RemoteAction("x", None)._validate_action_result):
        if valid:
            check(response)
        else:
            with pytest.raises(Exception, match="."):
                check(response)


def test_the_check_is_compiled_once() -> None:
    """Every action of the process uses one validator."""
    assert response_check() is response_check()


def test_an_action_is_told_the_state_and_what_came_since_the_message() -> None:
    """The state is stock Rasa's; of the events, those after the citizen's last message."""
    said = UserUttered("où", {"name": "inquiry"}, [], {"text": "où", "intent": {"name": "inquiry"}, "entities": []})
    told = tracker(
        SessionStarted(), ActionExecuted("action_listen"), said, SlotSet("language", "fr"), SlotSet("offer", None)
    )
    stock = RemoteAction("action_answer", None)._action_call_format(told, DOMAIN)
    ours = PatchedRemoteAction("action_answer", None)._action_call_format(told, DOMAIN)
    assert ours["tracker"]["events"] == stock["tracker"]["events"][-2:]
    stock["tracker"].pop("events"), ours["tracker"].pop("events")
    assert ours == stock
    json.dumps(ours)


@pytest.mark.parametrize("action, needs_it", [("action_answer", False), ("validate_ticket_form", True)])
def test_the_domain_goes_to_those_who_read_it(action: str, needs_it: bool) -> None:
    """Where the endpoint asks for it, only the forms' validation is told the domain, as by stock Rasa."""
    endpoint = KeptEndpoint("http://127.0.0.1:9/webhook", enable_selective_domain=True)
    for kind in (RemoteAction, PatchedRemoteAction):
        assert ("domain" in kind(action, endpoint)._action_call_format(tracker(SessionStarted()), DOMAIN)) is needs_it


def test_before_any_message_all_events_are_told() -> None:
    """Where the citizen has said nothing yet, every event is new."""
    told = tracker(SessionStarted(), ActionExecuted("action_listen"))
    assert len(PatchedRemoteAction("a", None)._action_call_format(told, DOMAIN)["tracker"]["events"]) == 2


class ActionServer:
    """A server on loopback that answers as told, and counts its connections."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.bodies: list[Any] = []
        self.peers: set[Any] = set()

    async def answer(self, request: web.Request) -> web.Response:
        """Note the body, and answer."""
        self.bodies.append(await request.json())
        self.peers.add(request.transport.get_extra_info("peername") if request.transport else None)
        return web.json_response({"events": [], "responses": []}, status=self.status)

    def call(self, times: int) -> list[Any]:
        """Call it through one endpoint, one call after another."""

        async def run() -> list[Any]:
            app = web.Application()
            app.router.add_post("/webhook", self.answer)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            endpoint = KeptEndpoint(f"http://127.0.0.1:{port}/webhook")
            try:
                return [await endpoint.request(json={"n": n}, method="post", timeout=5) for n in range(times)]
            finally:
                await endpoint.close()
                await runner.cleanup()

        return asyncio.run(run())


def test_the_connection_to_the_action_server_is_kept() -> None:
    """Call after call goes over one connection, and each gets its answer."""
    server = ActionServer()
    assert server.call(3) == [{"events": [], "responses": []}] * 3
    assert [body["n"] for body in server.bodies] == [0, 1, 2]
    assert len(server.peers) == 1


def test_an_error_of_the_action_server_is_rasas_error() -> None:
    """A status of 400 or more is the error that Rasa's actions know how to handle."""
    with pytest.raises(ClientResponseError) as caught:
        ActionServer(status=400).call(1)
    assert caught.value.status == 400


def test_every_intent_and_slot_value_that_is_trained_is_declared() -> None:
    """The domain names every intent of the training data and of the rules, and every entity that spaCy may name.

    Rasa's server would look for undeclared ones at every message; here it is done once.
    """
    from bot.rasa.components.spacy import MODELS, load_pipeline

    trained = {
        block["intent"]
        for path in (ROOT / "data" / "nlu").glob("*.yml")
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    }
    assert trained <= set(DOMAIN.intents)
    recognizers: list[Any] = [load_pipeline(lang).get_pipe("ner") for lang in MODELS]
    labels = {label for recognizer in recognizers for label in recognizer.labels}
    assert labels <= set(DOMAIN.entities)

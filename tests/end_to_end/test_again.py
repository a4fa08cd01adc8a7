"""A message that comes to Rasa again, because the desk died before it heard the replies."""

from __future__ import annotations

import os
import uuid
from typing import Any

import httpx

from tests.end_to_end.desk_process import RunningDesk


def rasa_hears(desk: RunningDesk, sender: str, text: str, message: int, attempt: int = 1) -> list[Any]:
    """Say something to Rasa as the desk does; its outcomes."""
    port = desk.env["GUICHET_RASA_PORT"]
    metadata = {"language": "en", "message": message, "attempt": attempt}
    body = {"sender": sender, "message": text, "metadata": metadata}
    response = httpx.post(f"http://127.0.0.1:{port}/webhooks/rest/webhook", json=body, timeout=30)
    assert response.status_code == 200
    return [item["custom"] for item in response.json() if "custom" in item]


def test_a_message_that_comes_again_has_the_same_effect_once(desk: RunningDesk) -> None:
    """The last answer of a form, heard twice, gives the same ticket; the conversation goes on as after once."""
    sender, number = uuid.uuid4().hex, int.from_bytes(os.urandom(3), "big")
    rasa_hears(desk, sender, "How much does the stipend pay?", number)
    rasa_hears(desk, sender, "yes", number + 1)
    (first,) = rasa_hears(desk, sender, "marie@example.com", number + 2)
    (second,) = rasa_hears(desk, sender, "marie@example.com", number + 2, attempt=2)
    assert first["outcome"] == second["outcome"] == "ticket"
    assert first["ticket"]["reference"] == second["ticket"]["reference"]
    (after,) = rasa_hears(desk, sender, "thanks", number + 3)
    assert (after["outcome"], after["intent"]) == ("smalltalk", "thanks")


def test_a_message_that_rasa_never_heard_is_new_to_it(desk: RunningDesk) -> None:
    """A second attempt at a message of which Rasa knows nothing is answered as a first."""
    (reply,) = rasa_hears(desk, uuid.uuid4().hex, "What is your address?", 1, attempt=2)
    assert reply["article"] == "address"

"""A button belongs to what it stood under, also when it is pressed later."""

from __future__ import annotations

from typing import Any

import pytest

from bot.assistant.pipeline import Pipeline
from bot.bootstrap import Rooms
from bot.messages import payloads
from bot.messages.conversation import Reply

pytestmark = pytest.mark.anyio
A, B = "Où garer mon vélo?", "Combien coûte un visa?"


def offers(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Rasa's part: a question that asks gets an offer, a question back, or is echoed."""
    said = body["message"]
    if said.endswith("?"):
        buttons = [{"title": "Oui", "payload": payloads.OPEN_TICKET}, {"title": "Non", "payload": payloads.DENY}]
        custom = {"outcome": "unanswered", "language": "fr", "ticket": {"reference": None, "question": said}}
        return [{"text": "?", "buttons": buttons}, {"custom": custom}]
    return [{"text": said}, {"custom": {"outcome": "smalltalk", "language": "fr"}}]


def payload(replies: list[Reply], place: int = 0) -> str:
    """What a client sends who presses a button under the last reply."""
    return replies[-1].buttons[place]["payload"]


async def press(service: Pipeline, say: Any, text: str) -> list[Reply]:
    """Press a button as the REST channel hands it in."""
    found = payloads.read(text)
    assert found
    return await service.handle(say(found.text, "ana", detail={"of": found.under} if found.under else {}))


def under(rasa: Any) -> dict[str, Any]:
    """What Rasa was last told of the message under which the button stood."""
    return dict(rasa.bodies[-1]["metadata"]["under"])


async def test_the_offer_under_a_passes_on_a(service: Pipeline, rasa: Any, say: Any) -> None:
    """A is offered, B is offered, and the button under A names A; without its key it is the latest's, B's."""
    rasa.answer = offers
    first = payload(await service.handle(say(A, "ana")))
    await service.handle(say(B, "ana"))
    await press(service, say, first)
    assert (under(rasa)["question"], under(rasa)["late"]) == (A, True)
    await press(service, say, payloads.OPEN_TICKET)
    assert under(rasa)["question"] == B


async def test_without_rasa_the_offer_opens_its_own_question(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """The fallback's own offers, too, pass on what they stood under, words as they were written."""
    rasa.answer = lambda _body: []
    written = "  3½ km à vélo,\n\noù?  "
    first = payload(await service.handle(say(written, "ana")))
    second = payload(await service.handle(say(B, "ana")))
    (opened,) = await press(service, say, first)
    assert opened.custom["outcome"] == "ticket"
    await press(service, say, second)
    conversation = rooms.conversations.find("rest", "ana")
    assert conversation
    asked = [ticket.question for ticket in rooms.tickets.store.of_conversation(conversation.id)]
    assert sorted(asked) == sorted([written, B])


async def test_what_was_erased_is_not_passed_on(service: Pipeline, rooms: Rooms, rasa: Any, say: Any) -> None:
    """The key of an erased message names nothing, not even in the conversation that begins after it."""
    rasa.answer = offers
    first = payload(await service.handle(say(A, "ana")))
    conversation = rooms.conversations.find("rest", "ana")
    assert conversation
    rooms.conversations.erase(conversation.id, keep_address=False, farewell=None, now=rooms.now())
    await service.handle(say(B, "ana"))
    before = len(rasa.bodies)
    (reply,) = await press(service, say, first)
    assert reply.text == rooms.texts.get("button_gone", "fr")
    assert len(rasa.bodies) == before


@pytest.mark.parametrize("said", ["Merci", None])
async def test_erasing_is_agreed_to_only_where_it_was_last_asked(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Any, said: str | None
) -> None:
    """An old "yes, erase" asks anew and erases nothing; so does one that nobody offered."""
    await service.handle(say("Bonjour", "ana"))
    cold = await press(service, say, payloads.FORGET_CONFIRMED)
    assert cold[-1].text == rooms.texts.get("forget_ask", "fr")
    asked = await service.handle(say(payloads.FORGET, "ana"))
    if said:
        await service.handle(say(said, "ana"))
        asked = await press(service, say, payload(asked))
        assert asked[-1].text == rooms.texts.get("forget_ask", "fr")
    (done,) = await press(service, say, payload(asked))
    assert done.text == rooms.texts.get("forgotten", "fr")
    assert rooms.conversations.find("rest", "ana") is None


async def test_a_key_that_names_another_button_is_nothing(service: Pipeline, rooms: Rooms, rasa: Any, say: Any) -> None:
    """A client cannot agree to what it was not asked by naming another message."""
    rasa.answer = offers
    found = payloads.read(payload(await service.handle(say(A, "ana"))))
    assert found
    reply = await service.handle(say(payloads.FORGET_CONFIRMED, "ana", detail={"of": found.under}))
    assert reply[-1].text == rooms.texts.get("forget_ask", "fr")
    (gone,) = await service.handle(say(payloads.RESUME, "ana", detail={"of": found.under}))
    assert gone.text == rooms.texts.get("button_gone", "fr")

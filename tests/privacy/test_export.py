"""What do you know about me: everything of every table, and nothing of anybody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from bot.assistant.builtin_replies import BuiltinReplies
from bot.assistant.pipeline import Pipeline
from bot.bootstrap import Rooms
from bot.core.db import metadata
from bot.messages.conversation import PRESS, Incoming
from bot.messages.evaluations import Evaluation
from bot.privacy.export import Export
from bot.privacy.rasa_trackers import Trackers

pytestmark = pytest.mark.anyio

# Tables of the desk that hold nothing of a single conversation, or hold it for staff alone (see export.py).
OF_NOBODY = {
    "articles", "article_versions", "matchers", "releases", "trials", "question_groups", "set_aside", "waits",
    "tallies", "leases", "officers", "sessions", "login_failures", "journal", "notes", "attendance",
    "mailboxes", "retention_runs", "login_places", "notices", "clock_events", "failed_work",
}  # fmt: skip


async def furnish(rooms: Rooms, service: Pipeline, say: Any) -> str:
    """A conversation with something in every table; its id."""
    await service.handle(say("canari-7F3A", "ana"))
    await service.handle(say("rossignol", "bob"))
    found = rooms.conversations.find("rest", "ana") or rooms.conversations.find("web", "ana")
    assert found
    rooms.tickets.open(conversation=found.id, question="Où?", language="fr", email="ana@example.com")
    rooms.evaluations.add(Evaluation(found.id, "Lyon", 4, "Bien.", rooms.now(), "fr"))
    reply = rooms.conversations.transcript(found.id)[1]
    rooms.conversations.judge(reply, helpful=False, reason="unclear", comment="pas clair", now=rooms.now())
    return found.id


async def test_everything_is_exported(service: Pipeline, rooms: Rooms, say: Any) -> None:
    """Messages, the request with its history, the opinion, the evaluation and the address are there, as JSON."""
    this = await furnish(rooms, service, say)
    kept = json.loads(json.dumps(rooms.export.of(this)))
    assert [message["text"] for message in kept["messages"]] == ["canari-7F3A", "echo: canari-7F3A"]
    (ticket,) = kept["tickets"]
    assert (ticket["question"], ticket["promise"]) == ("Où?", "email-reply")
    assert [event["kind"] for event in ticket["history"]] == ["opened"]
    assert ticket["proof"]
    assert kept["feedback"][0]["comment"] == "pas clair"
    assert kept["evaluations"][0]["comment"] == "Bien."
    assert kept["contacts"] == ["ana@example.com"]
    assert kept["conversation"][0]["address"] == "ana"
    assert "rossignol" not in json.dumps(kept)


def test_the_assistants_memory_is_exported(rooms: Rooms) -> None:
    """What Rasa remembers of the conversation comes with it; before Rasa's first start there is nothing."""
    export = Export(rooms.database, Trackers(rooms.database), rooms.now)
    assert export.of("c1")["assistant"] == []
    with rooms.database.writing() as connection:
        columns = "id INTEGER PRIMARY KEY, sender_id VARCHAR(255), timestamp FLOAT, data TEXT"
        connection.execute(sa.text(f"CREATE TABLE events ({columns})"))
        row = "INSERT INTO events (id, sender_id, timestamp, data) VALUES (:id, :sender, 1.0, :data)"
        for number, sender in ((1, "c1"), (2, "c2"), (3, "c1")):
            data = json.dumps({"event": "user", "n": number})
            connection.execute(sa.text(row), {"id": number, "sender": sender, "data": data})
    assert [event["n"] for event in export.of("c1")["assistant"]] == [1, 3]


def test_every_table_that_holds_something_of_a_conversation_is_exported(rooms: Rooms) -> None:
    """A table that is new is either exported by itself or named here as nobody's."""
    exported = set(rooms.export.of("c1"))
    for table in metadata.tables:
        assert table in exported or table in {*OF_NOBODY, "conversations", "ticket_events"}, table


async def test_staff_are_not_exported(service: Pipeline, rooms: Rooms, say: Any) -> None:
    """Notes between officers, who holds a request, and the desk's own marks are not the citizen's."""
    this = await furnish(rooms, service, say)
    rooms.officer_actions.note(this, "Marie", "note-interne")
    reference = rooms.export.of(this)["tickets"][0]["reference"]
    rooms.tickets.assign(reference, "Marie", "Marie")
    text = json.dumps(rooms.export.of(this))
    assert "note-interne" not in text
    assert "Marie" not in text
    assert "claim" not in rooms.export.of(this)["conversation"][0]


@pytest.mark.parametrize("lang, words", [("fr", "messages, 2; demandes"), ("en", "messages, 2; requests")])
async def test_what_is_kept_is_told_in_words(
    service: Pipeline, rooms: Rooms, builtin_replies: BuiltinReplies, say: Any, lang: str, words: str
) -> None:
    """The reply counts what is kept, says for how long, and offers to erase it."""
    this = await furnish(rooms, service, say)
    conversation = rooms.conversations.get(this)
    assert conversation
    reply = builtin_replies.my_data(conversation, lang)
    assert words in reply.text
    assert "90" in reply.text
    assert [button["payload"].partition("{")[0] for button in reply.buttons] == ["/forget"]
    assert reply.custom["export"] is True


async def test_asked_for_in_words_the_desk_tells_it(service: Pipeline, rooms: Rooms, rasa: Any, say: Any) -> None:
    """What the assistant leaves to the desk, the desk says; its own words are not said."""
    rasa.answer = lambda _body: [
        {"text": "x"},
        {"custom": {"outcome": "smalltalk", "language": "en", "desk": "/my_data"}},
    ]
    (reply,) = await service.handle(say("what do you know about me", "ana"))
    assert reply.text.startswith("Here is what I keep of you")


async def test_asked_for_in_words_and_confirmed_the_desk_forgets(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """A yes to being forgotten erases the conversation, its evaluation's words too."""
    this = await furnish(rooms, service, say)
    ask = [{"text": "Tout?", "buttons": [{"title": "Oui", "payload": "/forget_confirmed"}]}, {"custom": {}}]
    rasa.answer = lambda _body: ask
    await service.handle(say("oubliez-moi", "ana"))
    rasa.answer = lambda _body: [{"text": "x"}, {"custom": {"outcome": "smalltalk", "desk": "/forget_confirmed"}}]
    (reply,) = await service.handle(say("oui", "ana"))
    assert reply.text.startswith("C'est fait. Tout ce qui a été dit")
    kept = rooms.export.of(this)
    assert [message["author"] for message in kept["messages"]] == ["system"]  # that it is done
    assert kept["evaluations"] == kept["feedback"] == []


async def test_the_data_are_told_also_while_the_assistant_is_away(
    service: Pipeline, rooms: Rooms, rasa: Any, say: Any
) -> None:
    """By the press it needs no assistant."""
    rasa.answer = lambda _body: OSError("dead")
    incoming: Incoming = say("/my_data", "ana")
    assert incoming.kind == PRESS
    (reply,) = await service.handle(incoming)
    assert reply.custom["export"] is True

"""Conversations and parked messages from the command line."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.bootstrap import Rooms
from tests.cast import NOW
from tests.cli.conftest import Guichet


def test_conversations_list_shows_who_waits(guichet: Guichet, conversation: str) -> None:
    """Conversations that wait for a person are listed, without what was said and without the citizen's address."""
    result = guichet("conversations", "list")
    assert (result.exit_code, conversation in result.output, "queue" in result.output) == (0, True, True)
    assert "4242" not in result.output
    listed = json.loads(guichet("conversations", "list", "--json").output)
    assert [(c["id"], c["held_by"], c["officer"]) for c in listed] == [(conversation, "queue", None)]
    assert json.loads(guichet("conversations", "list", "--held-by", "closed", "--json").output) == []


def test_a_conversation_is_shown_with_who_said_what(guichet: Guichet, conversation: str, rooms: Rooms) -> None:
    """What was said is printed, an officer's words under their name; an unknown conversation is told."""
    rooms.officer_actions.take(conversation, "Marie")
    rooms.officer_actions.reply(conversation, "Marie", "Bonjour!")
    shown = guichet("conversations", "show", conversation).output.splitlines()
    assert [line.split(" ", 2)[2] for line in shown] == [
        "citizen: Bonjour",
        "bot: Un instant.",
        "system: Marie a rejoint la conversation.",
        "Marie: Bonjour!",
    ]
    unknown = guichet("conversations", "show", "nobody")
    assert (unknown.exit_code, unknown.output) == (1, "Error: there is no conversation nobody\n")


def test_parked_messages_are_shown_and_tried_again(guichet: Guichet, conversation: str, rooms: Rooms) -> None:
    """What could not be delivered is listed with its reason, and gets another chance on request."""
    (row,) = rooms.outbox.due("telegram", NOW, 10)
    rooms.outbox.settle([replace(row, state="parked", reason="blocked")], NOW)
    assert json.loads(guichet("outbox", "list", "--json").output) == {
        "parked": 1,
        "list": [{"id": row.id, "channel": "telegram", "reason": "blocked"}],
    }
    assert f"conversation {conversation}  blocked" in guichet("outbox", "list").output
    assert guichet("outbox", "retry", row.id).output == "The desk will try again.\n"
    assert guichet("outbox", "retry", row.id).output == f"Error: there is no parked message {row.id}\n"
    assert rooms.outbox.counts() == {"waiting": 1}

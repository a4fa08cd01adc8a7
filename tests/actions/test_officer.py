"""Asking for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actions.officer import RequestOfficer

TORONTO = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    "moment, is_open",
    [
        (datetime(2026, 12, 22, 8, 29, 59, tzinfo=TORONTO), False),
        (datetime(2026, 12, 22, 8, 30, tzinfo=TORONTO), True),
        (datetime(2026, 12, 22, 16, 59, 59, tzinfo=TORONTO), True),
        (datetime(2026, 12, 22, 17, 0, tzinfo=TORONTO), False),
        (datetime(2026, 12, 22, 14, 0, tzinfo=ZoneInfo("UTC")), True),
        (datetime(2026, 12, 22, 23, 0, tzinfo=ZoneInfo("UTC")), False),
        (datetime(2026, 12, 19, 12, 0, tzinfo=TORONTO), False),
        (datetime(2026, 12, 25, 12, 0, tzinfo=TORONTO), False),
    ],
    ids=["before", "opening", "last minute", "closing", "UTC open", "UTC closed", "Saturday", "Christmas"],
)
@pytest.mark.parametrize(
    "lang, now, later",
    [
        ("fr", "Vous pouvez parler à une personne maintenant", "Nos bureaux sont fermés en ce moment"),
        ("en", "You can talk to a person now", "Our offices are closed at the moment"),
    ],
)
def test_a_person_is_there_in_service_hours(
    act: Any, clock: Any, moment: datetime, is_open: bool, lang: str, now: str, later: str
) -> None:
    """In service hours a person can be reached by telephone now, else later; both ways the numbers are told."""
    clock.now = moment
    done = act(RequestOfficer(), "une personne", intent="request_officer", lang=lang)
    assert done.text.startswith(now if is_open else later)
    assert "(418) 649-2300" in done.text
    assert "(514) 873-6708" in done.text


def test_the_conversation_waits_for_a_person_and_a_ticket_is_offered(act: Any) -> None:
    """The reply marks the conversation as waiting for a person, and offers a ticket for the question asked before."""
    done = act(RequestOfficer(), "/request_officer", intent="request_officer", slots={"unanswered_question": "quoi"})
    assert (done.custom["outcome"], done.custom["held_by"]) == ("handoff", "queue")
    assert done.custom["ticket"] == {"reference": None, "due": "2026-12-30T22:00:00+00:00"}
    assert done.payloads == ["/open_ticket", "/deny"]
    assert "mercredi 30 décembre 2026, à 17 h" in done.text
    assert done.slots == {"language": "fr", "offer": "ticket"}

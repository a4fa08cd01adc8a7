"""Asking for a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actions.officer import RequestOfficer
from bot.bootstrap import Rooms
from bot.messages.contract import CLOSED_NEWS
from bot.messages.conversation import QUEUE
from bot.messages.ownership import Holder
from tests.cast import ZONE as TORONTO


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
        ("fr", "Une personne prendra la relève dans cette conversation", "Nos bureaux sont fermés en ce moment"),
        ("en", "A person will take over in this conversation", "Our offices are closed at the moment"),
    ],
)
def test_a_person_is_there_in_service_hours(
    act: Any, clock: Any, moment: datetime, is_open: bool, lang: str, now: str, later: str
) -> None:
    """In service hours a person comes into the conversation, else later; both ways the telephone numbers are told."""
    clock.now = moment
    done = act(RequestOfficer(), "une personne", intent="request_officer", lang=lang)
    assert done.text.startswith(now if is_open else later)
    assert "(418) 649-2300" in done.text
    assert "(514) 873-6708" in done.text


def wait(rooms: Rooms, address: str) -> str:
    """Let a citizen wait for a person; their conversation."""
    this = rooms.conversations.open("web", address, "fr", rooms.now()).id
    rooms.conversations.change_holder(this, lambda _holder: Holder(QUEUE), rooms.now())
    return this


@pytest.mark.parametrize(
    "lang, words", [("fr", "votre rang dans la file est {}."), ("en", "your place in line is {}.")]
)
def test_the_place_in_line_is_told(act: Any, rooms: Rooms, lang: str, words: str) -> None:
    """Who asks is told the place that they will have: behind those who wait, and not those whom officers hold."""
    for waiting in range(3):
        done = act(RequestOfficer(), "une personne", intent="request_officer", lang=lang)
        assert words.format(waiting + 1) in done.text
        assert (done.custom["place"], done.custom["held_by"]) == (waiting + 1, QUEUE)
        last = wait(rooms, f"c{waiting}")
    rooms.officer_actions.take(last, "Marie")
    assert act(RequestOfficer(), "une personne", intent="request_officer").custom["place"] == 3


def test_who_waits_already_keeps_their_place(act: Any, rooms: Rooms, clock: Any) -> None:
    """Asked for again, a person comes no later: the place is the one that the citizen has."""
    people = []
    for number in range(3):
        people.append(wait(rooms, f"c{number}"))
        clock.now += timedelta(seconds=1)
    for place, this in enumerate(people, 1):
        assert act(RequestOfficer(), "une personne", intent="request_officer", sender=this).custom["place"] == place


@pytest.mark.parametrize(
    "moment, fr, en",
    [
        ("2026-12-22 07:00", "mardi 22 décembre 2026, à 8 h 30", "8:30 a.m. on Tuesday, December 22, 2026"),
        ("2026-12-22 17:00", "mercredi 23 décembre 2026, à 8 h 30", "8:30 a.m. on Wednesday, December 23, 2026"),
        ("2026-12-23 20:00", "lundi 28 décembre 2026, à 8 h 30", "8:30 a.m. on Monday, December 28, 2026"),
        ("2026-12-19 12:00", "lundi 21 décembre 2026, à 8 h 30", "8:30 a.m. on Monday, December 21, 2026"),
    ],
)
def test_outside_service_hours_the_opening_is_told(act: Any, clock: Any, moment: str, fr: str, en: str) -> None:
    """When the offices open is told over nights, weekends and holidays; nobody is told a place in line then."""
    clock.now = datetime.fromisoformat(moment).replace(tzinfo=TORONTO)
    for lang, opens in (("fr", fr), ("en", en)):
        done = act(RequestOfficer(), "une personne", intent="request_officer", lang=lang)
        assert opens in done.text
        assert "place" not in done.custom
        # The desk itself does not tell once more that it is closed.
        assert (done.custom["held_by"], done.custom["news"]) == (QUEUE, CLOSED_NEWS)


def test_the_conversation_waits_for_a_person_and_a_ticket_is_offered(act: Any) -> None:
    """The reply marks the conversation as waiting for a person, and offers a ticket for the question asked before."""
    done = act(RequestOfficer(), "/request_officer", intent="request_officer", slots={"unanswered_question": "quoi"})
    assert (done.custom["outcome"], done.custom["held_by"]) == ("handoff", "queue")
    assert (done.custom["ticket"]["reference"], done.custom["ticket"]["question"]) == (None, "quoi")
    assert done.payloads == ["/open_ticket", "/deny"]
    assert "mercredi 30 décembre 2026, à 17 h" in done.text
    assert done.slots == {"language": "fr", "offer": "ticket"}

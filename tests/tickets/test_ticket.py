"""A ticket: how it is opened, when it is overdue, and the address in what a citizen writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from bot.promises.calendar import Calendar
from bot.promises.promise import Registry
from bot.tickets.ticket import (
    CLOSED,
    LATER,
    OPEN,
    OVERDUE,
    SOON,
    TODAY,
    ContactError,
    Ticket,
    find_email,
    soon_until,
)
from tests.cast import ZONE as TORONTO

UTC = timezone.utc


def test_an_opened_ticket_carries_its_clock(make_ticket: Callable[..., Ticket]) -> None:
    """Opened on Tuesday, November 24, 2026, a question is due four working days later, at 17:00."""
    ticket = make_ticket()
    assert ticket.state == OPEN
    assert ticket.promise == "email-reply"
    assert ticket.day_zero == date(2026, 11, 24)
    assert ticket.due_at == datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    assert [(day["date"], day["reason"], day["counted"]) for day in ticket.proof] == [
        ("2026-11-24", "day_zero", None),
        ("2026-11-25", "working_day", 1),
        ("2026-11-26", "working_day", 2),
        ("2026-11-27", "working_day", 3),
        ("2026-11-28", "weekend", None),
        ("2026-11-29", "weekend", None),
        ("2026-11-30", "working_day", 4),
    ]


def test_the_promise_decides_the_days(make_ticket: Callable[..., Ticket], registry: Registry) -> None:
    """A ticket under another promise has that promise's days."""
    ticket = make_ticket(promise=registry.get("complaint"))
    assert ticket.promise == "complaint"
    assert ticket.due_at == datetime(2026, 12, 15, 22, 0, tzinfo=UTC)


def test_a_ticket_keeps_what_was_asked(make_ticket: Callable[..., Ticket]) -> None:
    """The reference, conversation, question, language and address are kept as given."""
    ticket = make_ticket("RI-AAAA-1111", conversation="c", question="Q ?", language="en", email="a@example.org")
    assert (ticket.reference, ticket.conversation, ticket.question) == ("RI-AAAA-1111", "c", "Q ?")
    assert (ticket.language, ticket.email) == ("en", "a@example.org")


def test_a_ticket_is_not_opened_at_a_naive_moment(make_ticket: Callable[..., Ticket]) -> None:
    """A moment without a zone opens nothing."""
    with pytest.raises(ValueError, match="time zone"):
        make_ticket(now=datetime(2026, 11, 24, 10, 0))  # noqa: DTZ001 - the point of the test


def test_a_ticket_is_overdue_after_its_due_moment(make_ticket: Callable[..., Ticket]) -> None:
    """At the due moment a promise can still be kept; a second later it cannot."""
    ticket = make_ticket()
    assert not ticket.is_overdue(ticket.opened_at)
    assert not ticket.is_overdue(ticket.due_at)
    assert ticket.is_overdue(ticket.due_at + timedelta(seconds=1))


def test_a_closed_ticket_is_never_overdue(make_ticket: Callable[..., Ticket]) -> None:
    """What is closed is no longer late."""
    ticket = replace(make_ticket(), state=CLOSED)
    assert not ticket.is_overdue(ticket.due_at + timedelta(days=30))


@pytest.mark.parametrize(
    "text, address",
    [
        ("marie@example.org", "marie@example.org"),
        ("Mon courriel est marie@example.org", "marie@example.org"),
        ("marie@example.org.", "marie@example.org"),
        ("c'est marie.cote+stage@courriel.example.org, merci !", "marie.cote+stage@courriel.example.org"),
        ("<marie@example.org>", "marie@example.org"),
        ("«marie@example.org»", "marie@example.org"),
        ("(marie@example.org)?", "marie@example.org"),
        ("write to Marie@EXAMPLE.org", "Marie@example.org"),
        ("pas marie@ mais marie@example.org", "marie@example.org"),
        ("marie@example.org ou paul@example.org", "marie@example.org"),
    ],
)
def test_an_address_is_found_in_a_sentence(text: str, address: str) -> None:
    """The first valid address is found, without the punctuation around it, its domain in lower case."""
    assert find_email(text) == address


@pytest.mark.parametrize("text", ["", "non merci", "no e-mail, thanks", "418 649-2300", "marie at example.org"])
def test_a_text_without_an_address_gives_none(text: str) -> None:
    """Where nothing looks like an address there is none, and that is no error."""
    assert find_email(text) is None


@pytest.mark.parametrize("text", ["marie@", "marie@example", "marie@@example.org", "@marie", "marie@exa mple.org"])
def test_a_broken_address_is_an_error(text: str) -> None:
    """What looks like an address and is none is refused, so that the citizen is asked again."""
    with pytest.raises(ContactError):
        find_email(text)


# How near the due moment is


@pytest.mark.parametrize(
    "due, now, risk",
    [
        # An ordinary week: due on Thursday at 17:00.
        ("2026-11-26 17:00", "2026-11-24 10:00", LATER),
        ("2026-11-26 17:00", "2026-11-24 23:59:59", LATER),
        ("2026-11-26 17:00", "2026-11-25 00:00", SOON),
        ("2026-11-26 17:00", "2026-11-25 23:59:59", SOON),
        ("2026-11-26 17:00", "2026-11-26 00:00", TODAY),
        ("2026-11-26 17:00", "2026-11-26 17:00", TODAY),
        ("2026-11-26 17:00", "2026-11-26 17:00:00.000001", OVERDUE),
        ("2026-11-26 17:00", "2026-12-26 12:00", OVERDUE),
        # Over a weekend: on Friday, Saturday and Sunday the next working day is Monday.
        ("2026-11-30 17:00", "2026-11-26 23:59:59", LATER),
        ("2026-11-30 17:00", "2026-11-27 00:00", SOON),
        ("2026-11-30 17:00", "2026-11-28 12:00", SOON),
        ("2026-11-30 17:00", "2026-11-29 23:59:59", SOON),
        ("2026-11-30 17:00", "2026-11-30 00:00", TODAY),
        ("2026-12-01 17:00", "2026-11-29 23:59:59", LATER),
        ("2026-12-01 17:00", "2026-11-30 00:00", SOON),
        # Over Christmas: after Wednesday the 23rd the next working day is Monday the 28th.
        ("2026-12-28 17:00", "2026-12-22 23:59:59", LATER),
        ("2026-12-28 17:00", "2026-12-23 00:00", SOON),
        ("2026-12-28 17:00", "2026-12-25 12:00", SOON),
        ("2026-12-29 17:00", "2026-12-25 12:00", LATER),
        # In another hour than the zone's, and over the night in which clocks are set back.
        ("2026-11-02 17:00", "2026-10-30 23:59:59", SOON),
        ("2026-11-02 17:00", "2026-11-01 01:30", SOON),
        ("2026-11-02 17:00", "2026-11-02 00:00", TODAY),
    ],
)
def test_the_risk_at_the_edges_of_days(
    make_ticket: Callable[..., Ticket], calendar: Calendar, due: str, now: str, risk: str
) -> None:
    """Overdue, today, soon (the next working day) and later change at midnight and at the due moment of the desk."""
    due_at, moment = (datetime.fromisoformat(text).replace(tzinfo=TORONTO) for text in (due, now))
    ticket = replace(make_ticket(), due_at=due_at.astimezone(UTC))
    assert ticket.risk(moment, calendar) == ticket.risk(moment.astimezone(UTC), calendar) == risk


@pytest.mark.parametrize(
    "now, until",
    [
        ("2026-11-24 10:00", "2026-11-25 17:00"),
        ("2026-11-27 23:59", "2026-11-30 17:00"),
        ("2026-12-23 09:00", "2026-12-28 17:00"),
        ("2026-12-30 09:00", "2027-01-04 17:00"),
        ("2026-03-07 12:00", "2026-03-09 17:00"),
    ],
)
def test_soon_is_until_the_next_working_day_closes(calendar: Calendar, now: str, until: str) -> None:
    """What is soon ends with the service of the first working day after today, over holidays and weekends."""
    moment = datetime.fromisoformat(now).replace(tzinfo=TORONTO)
    assert soon_until(moment, calendar) == datetime.fromisoformat(until).replace(tzinfo=TORONTO)

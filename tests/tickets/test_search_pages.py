"""Lists of tickets: pages without gaps or doubles, filters, text as it is typed, counts and verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.db import Database
from bot.promises.calendar import parse_calendar
from bot.promises.store import ClockStore
from bot.tickets import store as stored
from bot.tickets.search import LONGEST, searchable
from bot.tickets.store import TicketFilter, TicketStore
from bot.tickets.tables import events, tickets
from bot.tickets.ticket import ANSWERED, CLOSED, OPEN, SOON, TODAY, WITHDRAWN, Ticket, TicketEvent
from tests.cast import NOVEMBER as NOW
from tests.databases import engine_of_one
from tests.tickets.conftest import read

Makes = Callable[..., Ticket]


def keep(store: TicketStore, *tickets: Ticket) -> list[str]:
    """Keep tickets; their references."""
    for ticket in tickets:
        store.add(ticket)
    return [ticket.reference for ticket in tickets]


def pages(store: TicketStore, wanted: TicketFilter, limit: int) -> list[list[Ticket]]:
    """Every page of a list, one after the other."""
    found, after = [], None
    while True:
        page = store.page(wanted, after=after, limit=limit)
        found.append(list(page.tickets))
        if page.more is None:
            return found
        after = page.more


def listed(store: TicketStore, **wanted: Any) -> list[str]:
    """The references that a filter lets through; the count must agree."""
    found = [ticket.reference for ticket in store.page(TicketFilter(**wanted), limit=1000).tickets]
    assert store.count(TicketFilter(**wanted)) == len(found)
    return found


# Pages


def test_pages_follow_each_other_among_equal_due_moments(store: TicketStore, make_ticket: Makes) -> None:
    """Forty tickets due at the same moment come once each, whatever the size of a page, in the same order."""
    references = keep(store, *(make_ticket(f"RI-0000-{number:04d}") for number in range(40)))
    for limit in (1, 7, 39, 40, 41):
        found = pages(store, TicketFilter(), limit)
        assert [ticket.reference for page in found for ticket in page] == references
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
        assert 0 < len(found[-1]) <= limit


def test_an_empty_list_is_one_empty_page(store: TicketStore) -> None:
    """Where there is nothing there is nothing more."""
    page = store.page(TicketFilter())
    assert (page.tickets, page.more, store.count(TicketFilter())) == ((), None, 0)


def test_a_ticket_that_comes_between_two_pages_moves_no_other(store: TicketStore, make_ticket: Makes) -> None:
    """What is opened or closed while somebody turns pages neither repeats nor hides a ticket that stays."""
    references = keep(store, *(make_ticket(f"RI-0000-{number:04d}") for number in range(6)))
    first = store.page(TicketFilter(state=OPEN), limit=3)
    store.add(make_ticket("RI-0000-EARL", now=NOW - timedelta(days=7)))
    close(store, first.tickets[0], NOW)
    second = store.page(TicketFilter(state=OPEN), after=first.more, limit=3)
    assert [ticket.reference for ticket in (*first.tickets, *second.tickets)] == references


class Kept:
    """Stores for property tests: one database of each kind, made once, emptied for each example."""

    def __init__(self, urls: list[str]) -> None:
        self.stores = [TicketStore(Database(engine_of_one(url))) for url in urls]

    def emptied(self) -> list[TicketStore]:
        """The stores, without tickets."""
        for store in self.stores:
            with store.database.writing() as connection:
                for table in (events, tickets):
                    connection.execute(table.delete())
        return self.stores


@pytest.fixture(scope="module")
def kept(sqlite_files: Any, postgres: Any) -> Any:
    """A store on SQLite and one on PostgreSQL."""
    both = Kept([sqlite_files.new(), postgres.new()])
    yield both
    for store in both.stores:
        store.database.engine.dispose()


KINDS = st.fixed_dictionaries(
    {
        "due": st.integers(0, 3),
        "micro": st.sampled_from([0, 1, 999_999]),
        "state": st.sampled_from([OPEN, CLOSED]),
        "language": st.sampled_from(["fr", "en"]),
        "officer": st.sampled_from([None, "Marie", "Paul"]),
        "program": st.sampled_from([None, "qwb"]),
        "channel": st.sampled_from(["web", "phone"]),
        "promise": st.sampled_from(["email-reply", "complaint"]),
        "merged_into": st.sampled_from([None, None, "RI-0000-0000"]),
    }
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from([OPEN, CLOSED]),
        "language": st.sampled_from(["fr", "en"]),
        "officer": st.sampled_from(["", "Marie", "Paul", "Eve"]),
        "program": st.sampled_from(["qwb", "missions"]),
        "channel": st.sampled_from(["web", "phone"]),
        "promise": st.sampled_from(["email-reply", "complaint"]),
        "due_from": st.integers(-1, 3),
        "due_until": st.integers(-1, 3),
        "due_before": st.integers(-1, 3),
    },
)


DUE = ("due_from", "due_until", "due_before")


def matches(ticket: Ticket, wanted: TicketFilter) -> bool:
    """Whether a ticket is one that a filter asks for, in plain words."""
    names = ("state", "language", "program", "channel", "promise")
    return (
        all(getattr(wanted, name) in (None, getattr(ticket, name)) for name in names)
        and wanted.officer in (None, ticket.officer or "")
        and (wanted.due_from is None or ticket.due_at >= wanted.due_from)
        and (wanted.due_until is None or ticket.due_at <= wanted.due_until)
        and (wanted.due_before is None or ticket.due_at < wanted.due_before)
        and ticket.merged_into is None
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(kinds=st.lists(KINDS, max_size=12), asked=FILTERS, limit=st.integers(1, 5))
def test_pages_of_any_tickets_under_any_filter(
    kept: Kept, make_ticket: Makes, kinds: list[dict[str, Any]], asked: dict[str, Any], limit: int
) -> None:
    """The pages hold exactly what the filter asks for, each ticket once, the soonest due first, on both databases."""
    moments = {name: NOW + timedelta(hours=asked[name]) for name in DUE if name in asked}
    wanted = TicketFilter(**{**asked, **moments})
    made = []
    for number, kind in enumerate(kinds):
        due = NOW + timedelta(hours=kind["due"], microseconds=kind["micro"])
        changes = {name: value for name, value in kind.items() if name not in ("due", "micro")}
        made.append(replace(make_ticket(f"RI-0000-{number:04d}"), due_at=due, **changes))
    expected = sorted((one for one in made if matches(one, wanted)), key=lambda one: (one.due_at, one.reference))
    for store in kept.emptied():
        keep(store, *made)
        found = pages(store, wanted, limit)
        assert [one.reference for page in found for one in page] == [one.reference for one in expected]
        assert store.count(wanted) == len(expected)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kinds=st.lists(KINDS, max_size=12),
    days=st.lists(st.integers(-2, 7), min_size=12, max_size=12),
    moment=st.tuples(st.integers(-2, 7), st.sampled_from([9, 17, 23]), st.sampled_from([-1, 0, 1])),
)
def test_lists_hold_what_the_rules_of_a_ticket_say(
    kept: Kept, make_ticket: Makes, kinds: list[dict[str, Any]], days: list[int], moment: tuple[int, int, int]
) -> None:
    """The lists of overdue tickets and of those at risk are those of `is_overdue` and `risk`, to the microsecond."""
    day, hour, tick = moment
    now = datetime.combine(NOW.date() + timedelta(days=day), time(hour), CALENDAR.zone) + timedelta(microseconds=tick)
    made = []
    for number, (kind, later) in enumerate(zip(kinds, days)):
        due = CALENDAR.close_of(NOW.date() + timedelta(days=later))
        changes = {name: value for name, value in kind.items() if name not in ("due", "micro")}
        made.append(replace(make_ticket(f"RI-0000-{number:04d}"), due_at=due, **changes))
    mine = [one for one in made if one.merged_into is None]
    overdue = [one.reference for one in mine if one.is_overdue(now)]
    at_risk = [one.reference for one in mine if one.state == OPEN and one.risk(now, CALENDAR) in (TODAY, SOON)]
    for store in kept.emptied():
        keep(store, *made)
        for wanted, expected in (
            (TicketFilter().overdue(now), overdue),
            (TicketFilter().at_risk(now, CALENDAR), at_risk),
        ):
            assert sorted(one.reference for one in store.page(wanted, limit=100).tickets) == expected
            assert store.count(wanted) == len(expected)


# Filters


def test_each_filter_lets_its_own_through(store: TicketStore, make_ticket: Makes) -> None:
    """State, promise, language, program, officer, channel and reference each narrow the list; together, all of them."""
    plain = make_ticket("RI-0000-0000")
    values = {
        "state": CLOSED,
        "promise": "complaint",
        "language": "en",
        "program": "qwb",
        "officer": "Marie",
        "channel": "phone",
        "reference": "RI-0000-0007",
    }
    store.add(plain)
    for number, (name, value) in enumerate(values.items(), 1):
        store.add(replace(make_ticket(f"RI-0000-{number:04d}"), **{name: value}))
    for number, (name, value) in enumerate(values.items(), 1):
        assert listed(store, **{name: value}) == [f"RI-0000-{number:04d}"]
    assert listed(store, **values) == []
    assert "RI-0000-0005" not in listed(store, officer="")
    assert len(listed(store, officer="")) == len(values)
    assert len(listed(store)) == len(values) + 1


def test_the_due_moment_is_bounded_after_and_until(store: TicketStore, make_ticket: Makes) -> None:
    """A ticket due exactly at a bound is within what is due until then, and not within what is due after."""
    ticket = make_ticket()
    store.add(ticket)
    moment, tick = ticket.due_at, timedelta(microseconds=1)
    for asked in ({"due_until": moment}, {"due_from": moment}, {"due_before": moment + tick}):
        assert listed(store, **asked) == [ticket.reference]
    for asked in ({"due_until": moment - tick}, {"due_from": moment + tick}, {"due_before": moment}):
        assert listed(store, **asked) == []


def test_merged_tickets_are_in_no_list(store: TicketStore, make_ticket: Makes) -> None:
    """A merged ticket is found by the one that it went into only."""
    keep(store, make_ticket("RI-0000-0001"), replace(make_ticket("RI-0000-0002"), merged_into="RI-0000-0001"))
    assert listed(store) == listed(store, state=OPEN) == ["RI-0000-0001"]
    assert [one.reference for one in store.merged_into("RI-0000-0001")] == ["RI-0000-0002"]


# Text


@pytest.fixture
def library(store: TicketStore, make_ticket: Makes) -> TicketStore:
    """Tickets with words that are hard to find."""
    questions = {
        "RI-0000-0001": "Où est l'École d'été? C'est à 100% gratuit",
        "RI-0000-0002": "Le formulaire form_7b, ou formA7b?",
        "RI-0000-0003": "L'œuvre de Zoë, la straße et le cœur",
        "RI-0000-0004": "formX7b et 1000 autres",
        "RI-0000-0005": "Un antislash \\ ici, 'guillemets' \"et\" tirets-bas",
    }
    emails = {"RI-0000-0004": "Jean.Untel+x@Example.org"}
    for reference, question in questions.items():
        store.add(make_ticket(reference, question=question, email=emails.get(reference)))
    return store


@pytest.mark.parametrize(
    "typed, found",
    [
        ("ecole", [1]),
        ("ÉCOLE ÉTÉ", [1]),
        ("ete ecole", [1]),
        ("e\u0301cole", [1]),
        ("école antislash", []),
        ("form_7b", [2]),
        ("form_", [2]),
        ("formA7b", [2]),
        ("100% gratuit", [1]),
        ("formx7b", [4]),
        ("oeuvre", [3]),
        ("œuvre CŒUR", [3]),
        ("ZOE", [3]),
        ("strasse", [3]),
        ("jean.untel+x@example.org", [4]),
        ("EXAMPLE.org", [4]),
        ("tirets-bas", [5]),
        ("l'ecole", [1]),
        ("RI-0000-0003", [3]),
        ("0000-0003", [3]),
        ("ri-0000", [1, 2, 3, 4, 5]),
        ("", [1, 2, 3, 4, 5]),
        ("   ", [1, 2, 3, 4, 5]),
        ("?!", []),
        ("% ' \\\\", []),
        ("zz' OR '1'='1", []),
    ],
)
def test_text_is_found_as_it_is_typed(library: TicketStore, typed: str, found: list[int]) -> None:
    """Accents, case and ligatures make no difference; every word must stand there, in any order; signs are no magic."""
    assert listed(library, text=typed) == [f"RI-0000-{number:04d}" for number in found]


@pytest.mark.parametrize(
    "typed, found",
    [("form%7b", [2, 4]), ("form*7b", [2, 4]), ("form?7b", [2, 4]), ("form\\_7b", [2]), ("%zzz", []), ("_zzz", [])],
)
def test_no_sign_stands_for_others(library: TicketStore, typed: str, found: list[int]) -> None:
    """A sign that databases or shells read as "anything" only ends a word; an underscore is a letter of one."""
    assert listed(library, text=typed) == [f"RI-0000-{number:04d}" for number in found]


def test_an_underscore_stands_for_itself(library: TicketStore) -> None:
    """Were "_" any letter, five tickets would be found by it."""
    assert listed(library, text="_") == ["RI-0000-0002"]


def test_the_telephone_number_is_found_too(store: TicketStore, make_ticket: Makes) -> None:
    """How else a citizen is reached is searched as well."""
    store.add(make_ticket(contact="Mme Côté, (418) 555-0199"))
    assert listed(store, text="cote 555-0199") == ["RI-7K3P-92QX"]


def test_a_very_long_question_is_kept_whole_and_searched_at_its_beginning(
    store: TicketStore, make_ticket: Makes
) -> None:
    """A question of many thousand letters comes back whole; its first words are found, on both databases."""
    question = "début " + "ß" * 20_000 + " fin"
    store.add(make_ticket(question=question))
    (found,) = store.page(TicketFilter(text="debut ssss")).tickets
    assert found.question == question
    assert listed(store, text="fin") == []
    assert len(searchable(question)) > LONGEST


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(question=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30))
def test_a_ticket_is_found_by_its_own_words(kept: Kept, make_ticket: Makes, question: str) -> None:
    """Whatever a question holds, its own words find it, on both databases; signs without a word find nothing."""
    found = ["RI-7K3P-92QX"] if searchable(question) or not question.strip() else []
    for store in kept.emptied():
        store.add(make_ticket(question=question))
        assert listed(store, text=question) == found


# Verdicts


CALENDAR = parse_calendar(read("holidays.yml"))


def close(store: TicketStore, ticket: Ticket, at: datetime, closed_as: str = ANSWERED) -> None:
    """Close a ticket at a moment."""
    with store.database.writing() as connection:
        stored.close(connection, ticket, TicketEvent(at, "closed"), closed_as=closed_as, at=at, calendar=CALENDAR)


def test_every_ticket_has_one_verdict(store: TicketStore, make_ticket: Makes) -> None:
    """Kept, broken, overdue or open; what was withdrawn in time is not judged. Ticket and clock say the same."""
    names = ("in time", "at the due moment", "late", "withdrawn", "withdrawn late", "open")
    tickets = {name: make_ticket(f"RI-0000-{number:04d}") for number, name in enumerate(names)}
    keep(store, *tickets.values())
    due, tick = tickets["open"].due_at, timedelta(microseconds=1)
    close(store, tickets["in time"], NOW)
    close(store, tickets["at the due moment"], due)
    close(store, tickets["late"], due + tick)
    close(store, tickets["withdrawn"], due, WITHDRAWN)
    close(store, tickets["withdrawn late"], due + tick, WITHDRAWN)
    clocks = ClockStore(store.database).of([ticket.reference for ticket in tickets.values()])
    verdicts = {name: clocks[ticket.reference].verdict(due + tick) for name, ticket in tickets.items()}
    assert verdicts == {
        "in time": "kept",
        "at the due moment": "kept",
        "late": "broken",
        "withdrawn": "not_owed",
        "withdrawn late": "broken",
        "open": "overdue",
    }
    assert clocks[tickets["open"].reference].verdict(due) == "open"
    kept = {name: found.kept for name, ticket in tickets.items() if (found := store.find(ticket.reference))}
    assert kept == {
        "in time": True,
        "at the due moment": True,
        "late": False,
        "withdrawn": None,
        "withdrawn late": False,
        "open": None,
    }


# The version


def test_the_version_grows_with_everything_that_happens(store: TicketStore, make_ticket: Makes) -> None:
    """Opening and every event of any ticket give another number; looking does not."""
    versions = [store.version()]
    ticket = make_ticket()
    store.add(ticket)
    versions.append(store.version())
    with store.database.writing() as connection:
        stored.change(connection, ticket.reference, TicketEvent(NOW, "assigned"), officer="Marie")
    versions.append(store.version())
    close(store, ticket, NOW)
    versions.append(store.version())
    assert versions == sorted(set(versions))
    store.page(TicketFilter())
    assert store.version() == versions[-1]


def test_the_address_given_last_is_a_conversations(store: TicketStore, make_ticket: Makes) -> None:
    """Of several tickets the address of the latest that has one counts, closed or open, of no other conversation."""
    assert store.address_of_conversation("marie") is None
    for number, email in enumerate(["a@example.org", "b@example.org", None]):
        store.add(make_ticket(f"RI-0000-{number:04d}", email=email))
    store.add(make_ticket("RI-0000-0009", conversation="paul", email="p@example.org"))
    assert store.address_of_conversation("marie") == "b@example.org"

"""What staff do with tickets: registered, assigned, sorted, merged, withdrawn and opened again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.core.db import Database
from bot.core.organization import Program, find_program, load_organization
from bot.promises.calendar import Calendar
from bot.promises.promise import PromiseError, Registry
from bot.promises.store import ClockStore
from bot.tickets import store as stored
from bot.tickets.service import TicketService
from bot.tickets.store import ReferenceTaken, TicketFilter, TicketStore
from bot.tickets.ticket import ANSWERED, CLOSED, OPEN, NotPossible, Ticket, TicketEvent, merge_order
from tests.cast import DATA
from tests.cast import NOVEMBER as NOW
from tests.databases import engine_of_one

UTC = timezone.utc
PROGRAMS = load_organization(Path(DATA)).programs


class Office:
    """A ticket desk with the programs of the organization, and a clock that a test turns."""

    def __init__(self, store: TicketStore, registry: Registry, calendar: Calendar) -> None:
        self.now = NOW
        self.store = store
        self.desk = TicketService(store, registry, calendar, "RI", lambda: self.now, lambda _: "web", PROGRAMS)

    def leave(self, question: str = "L'allocation?", **changes: Any) -> Ticket:
        """A question left with the assistant."""
        values = {"conversation": "marie", "question": question, "language": "fr", "email": None}
        return self.desk.open(**{**values, **changes})

    def register(self, **changes: Any) -> Ticket:
        """An inquiry that came by telephone the day before."""
        values = {
            "officer": "Marie",
            "conversation": "c",
            "channel": "phone",
            "received_on": date(2026, 11, 23),
            "promise": "email-reply",
            "question": "Où êtes-vous?",
            "language": "fr",
            "email": None,
            "contact": None,
            "program": None,
        }
        return self.desk.register(**{**values, **changes})

    def close(self, ticket: Ticket, closed_as: str = ANSWERED) -> Ticket:
        """The ticket is answered now."""
        with self.store.database.writing() as connection:
            event = TicketEvent(self.now, "closed")
            stored.close(connection, ticket, event, closed_as=closed_as, at=self.now, calendar=self.desk.calendar)
        return self.look(ticket)

    def look(self, ticket: Ticket) -> Ticket:
        """The ticket as it is now."""
        return self.desk.get(ticket.reference)

    def history(self, ticket: Ticket) -> list[tuple[str, str | None, dict[str, Any]]]:
        """What happened to a ticket: what, by whom, and what more is known."""
        return [(event.kind, event.officer, event.detail) for event in self.store.history(ticket.reference)]


@pytest.fixture
def office(store: TicketStore, registry: Registry, calendar: Calendar) -> Office:
    """An office without tickets, at ten in the morning of Tuesday, November 24, 2026."""
    return Office(store, registry, calendar)


# Assigning and sorting


def test_a_ticket_is_given_to_an_officer_and_taken_back(office: Office) -> None:
    """Each change of hands stands in the history with who did it; the same again is no change."""
    ticket = office.leave()
    assert office.desk.assign(ticket.reference, "Marie", "Paul").officer == "Paul"
    office.desk.assign(ticket.reference, "Eve", "Paul")
    assert office.desk.assign(ticket.reference, "Paul", None).officer is None
    assert office.history(ticket)[1:] == [("assigned", "Marie", {"to": "Paul"}), ("assigned", "Paul", {"to": None})]


def test_a_closed_ticket_is_given_to_nobody(office: Office) -> None:
    """Who answered it stays its officer."""
    ticket = office.close(office.leave())
    with pytest.raises(NotPossible, match="closed"):
        office.desk.assign(ticket.reference, "Marie", "Paul")
    assert office.look(ticket) == ticket


def test_the_program_is_changed_by_hand(office: Office) -> None:
    """Staff may sort a ticket otherwise, closed or not, and the history says so once."""
    ticket = office.close(office.leave("Un stage à l'ONU?"))
    assert ticket.program == "internship"
    for program in ("missions", "missions", None):
        found = office.desk.set_program(ticket.reference, "Marie", program)
        assert found.program == program
    assert office.history(ticket)[2:] == [
        ("program", "Marie", {"program": "missions"}),
        ("program", "Marie", {"program": None}),
    ]


@pytest.mark.parametrize(
    "question, program",
    [
        ("Combien gagne un stagiaire?", "internship"),
        ("Combien gagne un STAGIAIRE?", "internship"),
        ("How do I apply for an internship?", "internship"),
        ("Québec sans frontières, c'est quoi?", "qwb"),
        ("quebec   sans\nfrontieres", "qwb"),
        ("What is Quebec Without Borders?", "qwb"),
        ("QSF/QWB", "qwb"),
        ("L'aide humanitaire, l'humanitaire", "humanitarian"),
        ("les missions du Québec", "missions"),
        ("la coopération bilatérale", "cooperation"),
        ("un stage humanitaire", None),
        ("Où êtes-vous?", None),
        ("", None),
        ("le stagiairez", None),
        ("sans frontières", None),
        ("une permission", None),
    ],
)
def test_a_ticket_is_sorted_by_the_program_it_names(office: Office, question: str, program: str | None) -> None:
    """A question that names exactly one program is sorted by itself; of two, or of parts of words, nobody guesses."""
    assert office.leave(question).program == program
    assert find_program(question, PROGRAMS) == program


def test_without_programs_nothing_is_sorted() -> None:
    """An organization that names none sorts nothing; a name in composed or decomposed letters is the same name."""
    assert find_program("un stage", ()) is None
    program = Program("x", {"fr": "É", "en": "E"}, ("ecole",))
    assert find_program("l'e\u0301cole", [program]) == find_program("l'\u00e9cole", [program]) == "x"


# Registering


def test_the_day_of_receipt_is_day_zero(office: Office) -> None:
    """The clock of an inquiry that came days ago began then; that it was registered today changes nothing."""
    ticket = office.register(received_on=date(2026, 11, 20), contact="418 555-0199", officer="Marie")
    assert (ticket.day_zero, ticket.opened_at) == (date(2026, 11, 20), NOW)
    assert ticket.due_at == datetime(2026, 11, 26, 22, 0, tzinfo=UTC)
    assert (ticket.officer, ticket.contact, ticket.channel) == ("Marie", "418 555-0199", "phone")
    assert office.look(ticket) == ticket
    assert office.history(ticket) == [("opened", "Marie", {"channel": "phone", "received_on": "2026-11-20"})]


def test_what_is_left_with_the_assistant_may_have_begun_before(office: Office) -> None:
    """An interview of ten days ago runs under its own promise from its own day, and none is of tomorrow."""
    ticket = office.leave(promise="internship-interview", started_on=date(2026, 11, 13))
    assert (ticket.promise, ticket.day_zero, ticket.opened_at) == ("internship-interview", date(2026, 11, 13), NOW)
    assert ticket.due_at == datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
    with pytest.raises(NotPossible, match="future"):
        office.leave(promise="internship-interview", started_on=date(2026, 11, 25))
    with pytest.raises(PromiseError):
        office.leave(promise="pizza")


@pytest.mark.parametrize("hour", [4, 5, 15, 23])
def test_today_is_the_day_of_the_desk(office: Office, hour: int) -> None:
    """At any hour what came today counts from today, where the desk is, and what comes tomorrow is refused."""
    office.now = datetime(2026, 11, 24, hour, 59, tzinfo=UTC)
    today = date(2026, 11, 23) if hour == 4 else date(2026, 11, 24)
    assert office.register(received_on=today).day_zero == today
    with pytest.raises(NotPossible, match="future"):
        office.register(received_on=today + timedelta(days=1))


def test_an_inquiry_that_came_long_ago_is_overdue_at_once(office: Office) -> None:
    """Registered after its due moment it is late, and answered it is a broken promise."""
    ticket = office.register(received_on=date(2026, 11, 2))
    assert ticket.is_overdue(NOW)
    assert office.close(ticket).kept is False


@pytest.mark.parametrize("promise, due", [("complaint", "2026-12-14"), ("internship-eligibility", "2026-11-30")])
def test_the_promise_is_chosen(office: Office, promise: str, due: str) -> None:
    """An inquiry is registered under any promise of the organization, with that promise's days."""
    ticket = office.register(promise=promise)
    assert (ticket.promise, ticket.due_at.date().isoformat()) == (promise, due)


@pytest.mark.parametrize(
    "changes, refusal",
    [
        ({"received_on": date(2026, 11, 25)}, NotPossible("future")),
        ({"received_on": date(9999, 1, 1)}, NotPossible("future")),
        ({"channel": "web"}, NotPossible("channel")),
        ({"channel": "email"}, NotPossible("channel")),
        ({"channel": ""}, NotPossible("channel")),
        ({"question": " \n\t"}, NotPossible("question")),
        ({"promise": "tomorrow"}, PromiseError("tomorrow")),
    ],
)
def test_what_cannot_be_registered_is_refused(office: Office, changes: dict[str, Any], refusal: Exception) -> None:
    """A day to come, a channel that citizens use themselves, no question and an unknown promise: nothing is kept."""
    with pytest.raises(type(refusal), match=str(refusal)):
        office.register(**changes)
    assert (office.store.by_due_moment(), office.store.version()) == ([], 0)


def test_a_registered_question_is_kept_as_written_and_sorted(office: Office) -> None:
    """The question is kept letter for letter, and sorted unless the officer chose a program."""
    ticket = office.register(question="  Un stage?\n")
    assert (ticket.question, ticket.program) == ("  Un stage?\n", "internship")
    assert office.register(question="Un stage?", program="missions").program == "missions"


# Opening again


def test_a_reopened_ticket_keeps_its_clock(office: Office) -> None:
    """Opened again, a ticket is due when it was due: the time between was not a pause."""
    ticket = office.leave()
    office.close(ticket)
    office.now += timedelta(days=20)
    again = office.desk.reopen(ticket.reference, "Marie", "  Il manque l'adresse. ")
    assert again == ticket
    assert again.is_overdue(office.now)
    assert office.history(ticket)[-1] == ("reopened", "Marie", {"reason": "Il manque l'adresse."})
    assert office.close(ticket).kept is False


def test_only_a_closed_ticket_is_reopened_and_for_a_reason(office: Office) -> None:
    """An open ticket, and a reopening without a reason, are refused."""
    ticket = office.leave()
    with pytest.raises(NotPossible, match="open"):
        office.desk.reopen(ticket.reference, "Marie", "pourquoi pas")
    office.close(ticket)
    with pytest.raises(NotPossible, match="reason"):
        office.desk.reopen(ticket.reference, "Marie", " ")
    assert office.look(ticket).state == CLOSED


def test_a_merged_ticket_that_is_reopened_stands_by_itself(office: Office) -> None:
    """One that was answered with another and is opened again is answered by itself."""
    first, second = office.leave("un"), office.leave("deux")
    stays = office.desk.groups.merge(first.reference, second.reference, "Marie")
    goes = second if stays.reference == first.reference else first
    for ticket in (stays, goes):
        office.close(ticket)
    assert office.desk.reopen(goes.reference, "Marie", "autre question").merged_into is None
    assert [one.reference for one in office.store.by_due_moment(OPEN)] == [goes.reference]


# Withdrawing


@pytest.mark.parametrize(
    "late, kept", [(timedelta(days=-1), None), (timedelta(0), None), (timedelta(seconds=1), False)]
)
def test_a_withdrawn_ticket_is_judged_only_when_it_was_late(office: Office, late: timedelta, kept: bool | None) -> None:
    """Withdrawn in time no promise is judged; withdrawn late it was broken: withdrawing hides no delay."""
    ticket = office.leave()
    office.now = ticket.due_at + late
    found = office.desk.groups.withdraw(ticket.reference, "Marie", " essai ")
    assert (found.state, found.closed_as, found.closed_at, found.kept) == (CLOSED, "withdrawn", office.now, kept)
    assert office.history(ticket)[-1] == ("withdrawn", "Marie", {"reason": "essai"})


def test_withdrawing_needs_a_reason_and_an_open_ticket(office: Office) -> None:
    """Without a reason, or twice, it is refused."""
    ticket = office.leave()
    with pytest.raises(NotPossible, match="reason"):
        office.desk.groups.withdraw(ticket.reference, "Marie", "\n")
    office.desk.groups.withdraw(ticket.reference, "Marie", "essai")
    with pytest.raises(NotPossible, match="closed"):
        office.desk.groups.withdraw(ticket.reference, "Marie", "encore")
    assert [kind for kind, *_ in office.history(ticket)] == ["opened", "withdrawn"]


def test_what_was_merged_into_a_withdrawn_ticket_is_withdrawn_with_it(office: Office) -> None:
    """No ticket stays open behind one that is closed; each is judged by its own due moment."""
    first = office.leave("un")
    office.now += timedelta(days=1)
    second, third = office.leave("deux"), office.leave("trois")
    for other in (second, third):
        office.desk.groups.merge(first.reference, other.reference, "Marie")
    office.now = first.due_at + timedelta(minutes=1)
    office.desk.groups.withdraw(first.reference, "Marie", "réglé au téléphone", [second.reference, third.reference])
    found = [office.look(one) for one in (first, second, third)]
    assert [(one.closed_as, one.kept) for one in found] == [
        ("withdrawn", False),
        ("withdrawn", None),
        ("withdrawn", None),
    ]
    assert office.history(first)[-1] == ("withdrawn", "Marie", {"reason": "réglé au téléphone"})
    assert office.history(third)[-1] == ("withdrawn", "Marie", {"merged_into": first.reference})


# Merging


def test_of_two_that_ask_the_same_the_one_due_first_stays(office: Office) -> None:
    """Whichever is merged into which, the earlier promise leads; both histories say what happened."""
    first = office.leave("un")
    office.now += timedelta(days=1)
    second, third = office.leave("deux"), office.leave("trois")
    assert office.desk.groups.merge(second.reference, first.reference, "Marie").reference == first.reference
    assert office.desk.groups.merge(first.reference, third.reference, "Paul").reference == first.reference
    assert [one.reference for one in office.store.merged_into(first.reference)] == [third.reference, second.reference]
    assert [one.reference for one in office.store.by_due_moment()] == [first.reference]
    assert office.history(first)[1:] == [
        ("absorbed", "Marie", {"reference": second.reference}),
        ("absorbed", "Paul", {"reference": third.reference}),
    ]
    assert office.history(second)[1:] == [("merged", "Marie", {"merged_into": first.reference})]


def test_merging_changes_no_clock(office: Office) -> None:
    """Both tickets keep their due moments, and are counted by them."""
    first = office.leave("un")
    office.now += timedelta(days=1)
    second = office.leave("deux")
    office.desk.groups.merge(first.reference, second.reference, "Marie")
    assert [office.look(one).due_at for one in (first, second)] == [first.due_at, second.due_at]
    late = second.due_at - timedelta(minutes=1)
    clocks = ClockStore(office.store.database).of([first.reference, second.reference])
    assert [clocks[one.reference].verdict(late) for one in (first, second)] == ["overdue", "open"]


def test_a_group_is_merged_whole(office: Office) -> None:
    """When the one that stayed is merged itself, those merged into it go along."""
    first = office.leave("un")
    office.now += timedelta(days=1)
    second, third = office.leave("deux"), office.leave("trois")
    office.desk.groups.merge(second.reference, third.reference, "Marie")
    office.desk.groups.merge(
        first.reference, next(one.reference for one in office.store.by_due_moment() if one != first), "Marie"
    )
    assert {one.reference for one in office.store.merged_into(first.reference)} == {second.reference, third.reference}
    assert office.store.count(TicketFilter(state=OPEN)) == 1


def test_a_reference_that_is_taken_is_drawn_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Registering an inquiry does not fail for a number that another ticket has; one that was given stays as given."""
    taken = office.register().reference
    drawn = iter([taken, taken, "RI-FREE-0001"])
    monkeypatch.setattr("bot.tickets.service.new_reference", lambda _prefix: next(drawn))
    assert office.register().reference == "RI-FREE-0001"
    monkeypatch.setattr("bot.tickets.service.new_reference", lambda _prefix: taken)
    for given in (None, taken):
        with pytest.raises(ReferenceTaken):
            office.register(reference=given)


def test_a_group_has_no_limit(office: Office) -> None:
    """However many were merged into one, all go along and all are found."""
    first = office.leave("un")
    office.now += timedelta(days=1)
    for number in range(101):
        office.desk.groups.merge(first.reference, office.leave(str(number)).reference, "Marie")
    assert len(office.store.merged_into(first.reference)) == 101
    office.desk.groups.withdraw(
        first.reference, "Marie", "un essai", [one.reference for one in office.desk.groups.members(first.reference)]
    )
    assert office.store.count(TicketFilter(state=OPEN)) == 0
    assert {one.state for one in office.store.merged_into(first.reference)} == {"closed"}


def test_equally_due_the_first_opened_stays(make_ticket: Callable[..., Ticket]) -> None:
    """Of two due at the same moment the older stays, and of two as old the order is still the same both ways."""
    old = make_ticket("RI-BBBB-0001", now=NOW - timedelta(hours=1))
    new, twin = make_ticket("RI-AAAA-0001"), make_ticket("RI-AAAA-0002")
    assert merge_order(new, old) == merge_order(old, new) == (old, new)
    assert merge_order(twin, new) == merge_order(new, twin) == (new, twin)


@pytest.mark.parametrize("what, code", [("itself", "same"), ("closed", "closed"), ("merged", "merged")])
def test_what_cannot_be_merged_is_refused(office: Office, what: str, code: str) -> None:
    """Neither with itself, nor with one that is closed or merged already, and nothing changes."""
    ticket, other, leading = office.leave("un"), office.leave("deux"), office.leave("trois")
    if what == "itself":
        other = ticket
    elif what == "closed":
        office.close(other)
    else:
        stays = office.desk.groups.merge(other.reference, leading.reference, "Marie")
        other = leading if stays.reference == other.reference else other
    version = office.store.version()
    for pair in ((ticket, other), (other, ticket)):
        with pytest.raises(NotPossible, match=code):
            office.desk.groups.merge(pair[0].reference, pair[1].reference, "Marie")
    assert office.store.version() == version


def test_merging_both_ways_at_once_merges_once(office: Office, database_url: str) -> None:
    """Two officers who merge the same two tickets, each the other way round, end with one that stays."""
    store = TicketStore(Database(engine_of_one(database_url)))
    other = TicketService(store, office.desk.registry, office.desk.calendar, "RI", lambda: NOW, lambda _: "web")
    pairs = [(office.leave(f"{number}a").reference, office.leave(f"{number}b").reference) for number in range(8)]

    def merge(desk: TicketService, one: str, two: str) -> str:
        try:
            return desk.groups.merge(one, two, "Marie").reference
        except NotPossible as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        ours = [pool.submit(merge, office.desk, one, two) for one, two in pairs]
        theirs = [pool.submit(merge, other, two, one) for one, two in pairs]
        found = [(mine.result(30), yours.result(30)) for mine, yours in zip(ours, theirs, strict=True)]
    other.store.database.engine.dispose()
    assert [answers.count("merged") for answers in found] == [1] * len(pairs)
    assert office.store.count(TicketFilter(state=OPEN)) == len(pairs)


ACTS: list[Callable[[TicketService], Any]] = [
    lambda desk: desk.get("RI-0000-0000"),
    lambda desk: desk.assign("RI-0000-0000", "Marie", "Paul"),
    lambda desk: desk.set_program("RI-0000-0000", "Marie", "missions"),
    lambda desk: desk.reopen("RI-0000-0000", "Marie", "x"),
    lambda desk: desk.groups.withdraw("RI-0000-0000", "Marie", "x"),
    lambda desk: desk.groups.merge("RI-0000-0000", "RI-0000-0001", "Marie"),
    lambda desk: desk.groups.separate("RI-0000-0000", "Marie"),
    lambda desk: desk.groups.members("RI-0000-0000"),
    lambda desk: desk.groups.add_message("RI-0000-0000", 1),
    lambda desk: desk.groups.satisfy("RI-0000-0000", 1),
]


@pytest.mark.parametrize("act", ACTS)
def test_an_unknown_reference_is_told_so(office: Office, act: Callable[[TicketService], Any]) -> None:
    """Whatever is done with a ticket that does not exist is a LookupError."""
    office.leave()
    with pytest.raises(LookupError):
        act(office.desk)
    assert office.store.version() == 1


def test_the_history_begins_with_the_opening(office: Office) -> None:
    """Every ticket's history begins when it was opened, and only grows; each ticket has its own."""
    ticket, other = office.leave(), office.leave()
    office.now += timedelta(minutes=1)
    office.desk.assign(ticket.reference, "Marie", "Paul")
    events = office.store.history(ticket.reference)
    assert [(event.kind, event.at) for event in events] == [("opened", NOW), ("assigned", office.now)]
    assert [event.kind for event in office.store.history(other.reference)] == ["opened"]

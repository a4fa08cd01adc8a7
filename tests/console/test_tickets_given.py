"""An answer given otherwise is registered on a request's page with its day, and the report is judged by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bot.tickets.answers import Inquiry
from bot.tickets.ticket import Ticket
from tests.console.conftest import Browser, Desk
from tests.console.test_merging import says, shown
from tests.console.test_promises import table

TEXT = "Elle est de 800 $."


@pytest.fixture
def desk(make_desk: Callable[..., Desk], database_url: str) -> Desk:
    """A desk on each database."""
    return make_desk(database_url=database_url)


@pytest.fixture
def late(desk: Desk) -> Ticket:
    """A request from the website of which the promise was broken yesterday (due on December 30)."""
    this = says(desk, "web", "ana", "Et ma bourse?", "fr")
    ticket = desk.rooms.tickets.open(conversation=this.id, question="Et ma bourse?", language="fr", email=None)
    desk.moment = ticket.due_at + timedelta(days=1)
    desk.rooms.clock_monitor.look()
    return ticket


@pytest.fixture
def marie(desk: Desk, late: Ticket) -> Browser:
    """An officer before the request."""
    browser = desk.as_("marie")
    browser.get(f"/console/tickets/{late.reference}")
    return browser


def give(browser: Browser, ticket: Ticket, day: str, by: str = "phone", text: str = TEXT) -> int:
    """Send the form; the status."""
    response = browser.post(f"/console/tickets/{ticket.reference}/give", given_on=day, given_by=by, given_text=text)
    if response.status_code == 303:
        browser.follow(response)
    return response.status_code


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_verdict_is_revised(desk: Desk, marie: Browser, late: Ticket, lang: str) -> None:
    """The page, the history, the journal, the report and its files say so, with the day; nobody is written to."""
    desk.rooms.people.set_language(desk.officer("marie"), lang)
    marie.get(f"/console/tickets/{late.reference}")
    assert {"fr": "Inscrire une réponse donnée autrement", "en": "Register an answer given otherwise"}[lang] in shown(
        marie
    )
    assert give(marie, late, "2026-12-30") == 303
    found = desk.rooms.tickets.get(late.reference)
    assert (found.closed_as, found.kept, found.closed_at) == ("answered", True, late.due_at)
    for part in {
        "fr": (
            "l'engagement est jugé selon le jour où elle a été donnée",
            "Verdict révisé : en retard → tenu (réponse donnée le mercredi 30 décembre 2026)",
            "par téléphone, mercredi 30 décembre 2026",
            TEXT,
        ),
        "en": (
            "the promise is judged by the day on which it was given",
            "Verdict revised: overdue → kept (answer given on Wednesday, December 30, 2026)",
            "by telephone, Wednesday, December 30, 2026",
            TEXT,
        ),
    }[lang]:
        assert part in shown(marie), part
    entries = {entry.action: entry.detail for entry in desk.rooms.journal.read(subject=late.reference)}
    assert entries["given"] == {"by": "phone", "given_on": "2026-12-30"}
    assert entries["revised"] == {"was": "overdue", "verdict": "kept"}
    chef = desk.as_("chef")
    chef.get("/console/journal")
    assert "verdict précédent : en retard; verdict révisé : tenu" in shown(chef)
    marie.get("/console/promises")
    titles = {"fr": "Verdicts révisés par une réponse", "en": "Verdicts revised by an answer"}
    assert titles[lang] in shown(marie)
    (_, row) = table(marie.get("/console/promises/revised.csv").text, {"fr": ";", "en": ","}[lang])
    assert row[2] == late.reference
    assert row[5:] == ["2026-12-30", "4", *{"fr": ("en retard", "tenu"), "en": ("overdue", "kept")}[lang]]
    report = json.loads(marie.get("/console/promises/report.json").text)["promises"]
    (one,) = next(row for row in report if row["promise"] == "email-reply")["revised_ones"]
    assert (one["reference"], one["given_on"]) == (late.reference, "2026-12-30")
    emile = desk.as_("emile")
    assert late.reference not in emile.get("/console/promises").text
    for name in ("revised.csv", "report.json"):
        assert late.reference not in emile.get(f"/console/promises/{name}").text
    assert [m.author for m in desk.rooms.conversations.transcript(late.conversation)] == ["citizen"]


def test_an_answer_after_the_due_day_breaks_the_promise(desk: Desk, marie: Browser, late: Ticket) -> None:
    """The broken ones of the report have the day; no verdict was revised."""
    assert give(marie, late, "2026-12-31", "letter") == 303
    assert desk.rooms.tickets.get(late.reference).kept is False
    head, line = table(marie.get("/console/promises/broken.csv").text)
    assert line[head.index("Jour où la réponse a été donnée")] == "2026-12-31"
    assert "Verdicts révisés par" not in marie.get("/console/promises").text
    assert "revised" not in {entry.action for entry in desk.rooms.journal.read(subject=late.reference)}


@pytest.mark.parametrize(
    "day, said",
    [
        ("2026-12-21", "La réponse ne peut pas avoir été donnée avant le jour où le délai a commencé."),
        ("2027-01-01", "La réponse ne peut pas avoir été donnée après aujourd'hui."),
        ("", "Cette date n'est pas complète."),
    ],
)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_day_that_cannot_be_is_refused(
    desk: Desk, marie: Browser, late: Ticket, day: str, said: str, lang: str
) -> None:
    """Said in the officer's language, in the form that keeps everything that was typed."""
    desk.rooms.people.set_language(desk.officer("marie"), lang)
    assert give(marie, late, day, "letter") == 409
    english = {
        "2026-12-21": "before the day on which the clock started",
        "2027-01-01": "after today",
        "": "date is not",
    }
    assert (said if lang == "fr" else english[day]) in shown(marie)
    assert marie.page is not None
    assert TEXT in marie.page.text
    assert f'value="{day}"' in marie.page.text
    assert '<option value="letter" selected>' in marie.page.text
    assert desk.rooms.tickets.get(late.reference).state == "open"


def test_a_registered_inquiry_is_answered_with_its_day(desk: Desk, marie: Browser) -> None:
    """The form in which an officer records their answer asks for its day, and keeps what was typed if it is refused."""
    inquiry = Inquiry("phone", date(2026, 12, 22), "email-reply", "Et ma bourse?", "fr", contact="555")
    ticket = desk.rooms.answers.register(inquiry, "Marie")
    page = marie.get(f"/console/tickets/{ticket.reference}")
    assert 'name="given_on" type="date"' in page.text
    assert f'action="/console/tickets/{ticket.reference}/give"' not in page.text  # one form is enough
    path = f"/console/tickets/{ticket.reference}/answer"
    refused = marie.post(path, text=TEXT, given_on="2026-12-21")
    assert refused.status_code == 409
    assert f">{TEXT}</textarea>" in refused.text
    assert 'value="2026-12-21"' in refused.text
    marie.follow(marie.post(path, text=TEXT, given_on="2026-12-29"))
    assert desk.rooms.tickets.get(ticket.reference).kept is True
    assert TEXT in shown(marie)

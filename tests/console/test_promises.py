"""The report of promises with its files, what is promised, and the calendar; and the clocks started in the console."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest

from bot.console.period import Period, period_asked
from bot.console.promise_outcome import versions_in
from bot.promises.calendar import Calendar, Holiday
from bot.promises.report import figures, year_of
from bot.tickets.answers import Inquiry
from bot.tickets.ticket import Ticket
from tests.cast import ZONE
from tests.console.conftest import Browser, Desk, open_desk
from tests.databases import SqliteFiles

YEAR = year_of(2026)
PROMISES = ("email-reply", "internship-eligibility", "internship-interview", "cooperation-analysis", "complaint")
COLUMNS = ("opened", "kept", "broken", "open", "overdue", "share", "median", "p90", "not_owed")


def plain(page: str) -> str:
    """What a page says, without tags, its spaces single."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page))).strip()


def rows(page: str, table: int = 0) -> list[list[str]]:
    """The cells of the rows of a table, in its body."""
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)[table]
    lines = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line, re.S) for line in body.split("</tr>")]
    return [[plain(cell) for cell in line] for line in lines if line]


def table(text: str, delimiter: str = ";") -> list[list[str]]:
    """The rows of a CSV file, a French one unless told."""
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=delimiter))


def put(desk: Desk, promise: str, started_on: date, **given: Any) -> Ticket:
    """A request whose clock started on a day."""
    inquiry = Inquiry("letter", started_on, promise, "Où en est mon dossier?", "fr", **given)
    return desk.rooms.answers.register(inquiry, "Marie")


def furnish(desk: Desk) -> dict[str, Ticket]:
    """A clock of each verdict, of the same promise, and some of others."""
    made = {
        "kept": put(desk, "email-reply", date(2026, 12, 21)),
        "broken": put(desk, "email-reply", date(2026, 11, 2)),
        "delayed": put(desk, "email-reply", date(2026, 12, 1)),
        "open": put(desk, "email-reply", date(2026, 12, 22)),
        "withdrawn": put(desk, "email-reply", date(2026, 12, 22)),
        "last year": put(desk, "complaint", date(2025, 12, 30)),
        "complaint": put(desk, "complaint", date(2026, 12, 10)),
    }
    for name in ("kept", "broken", "complaint", "last year"):
        desk.rooms.answers.answer(made[name].reference, "Marie", "Il est accepté.")
    desk.rooms.tickets.groups.withdraw(made["withdrawn"].reference, "Marie", "Un essai.")
    desk.rooms.answers.delay(made["delayed"].reference, "Marie", date(2027, 1, 12), "=Le dossier est aux archives.")
    desk.rooms.clock_monitor.look()
    return made


@pytest.fixture(scope="module")
def full(sqlite_files: SqliteFiles) -> Desk:
    """A desk with clocks of every verdict."""
    desk = open_desk(database_url=sqlite_files.new())
    furnish(desk)
    return desk


def figures_of(desk: Desk, period: tuple[date, date] = YEAR) -> list[Any]:
    """The figures as they are worked out from the events."""
    return figures(desk.rooms.ledger.started(*period), list(desk.rooms.registry.promises), desk.moment)


# The report


def test_the_report_shows_the_figures(full: Desk) -> None:
    """Each promise with its counts, the share kept of those judged or overdue, median and 90th percentile."""
    page = full.as_("marie").get("/console/promises").text
    assert "Résultats de 2026" in page
    found = {row[0]: row[1:] for row in rows(page)}
    assert found["Réponse à un courriel"] == ["4", "1", "1", "1", "1", "33 %", "18,5", "36", "1"]
    assert found["Plainte"] == ["1", "1", "0", "0", "0", "100 %", "8", "8", "0"]
    assert found["Suite de l'entrevue"] == ["0", "0", "0", "0", "0", "–", "–", "–", "0"]
    assert "Tous les engagements 5 2 1 1 1 50 % 8 36 1" in plain(page)


def test_the_report_lists_what_was_broken(full: Desk) -> None:
    """With its number, due moment, end, days and reason, and a link to the request."""
    page = full.as_("marie").get("/console/promises").text
    late, delayed = (rows(page, 2)[place] for place in (1, 0))
    assert late[1:] == ["Réponse à un courriel", "2026-11-06, 17 h", "mardi 22 décembre 2026", "36", "–"]
    assert delayed[1:4] == ["Réponse à un courriel", "2026-12-07, 17 h", "en retard"]
    assert delayed[4:] == ["–", "=Le dossier est aux archives."]
    assert f'href="/console/tickets/{late[0]}"' in page


def test_the_report_of_another_period(full: Desk) -> None:
    """A year, or from one day to another, by day zero."""
    browser = full.as_("marie")
    last = {row[0]: row[1:7] for row in rows(browser.get("/console/promises?year=2025").text)}
    assert last["Plainte"] == ["1", "0", "1", "0", "0", "0 %"]
    page = browser.get("/console/promises?from=2026-12-01&to=2026-12-10").text
    assert "Résultats du 1er décembre 2026 au 10 décembre 2026" in plain(page)
    assert {row[0]: row[1] for row in rows(page)}["Réponse à un courriel"] == "1"
    assert "Aucun délai n'a commencé" in plain(browser.get("/console/promises?year=1999").text)


@pytest.mark.parametrize(
    "query", ["year=x", "year=0", "year=9999", "year=20261", "from=2026-01-01", "from=2026-02-01&to=2026-01-01", "to=x"]
)
def test_a_period_that_is_none(full: Desk, query: str) -> None:
    """Said in words; the files are refused."""
    browser = full.as_("marie")
    page = browser.get(f"/console/promises?{query}")
    assert (page.status_code, "Choisissez une période" in page.text) == (422, True)
    for path in ("figures.csv", "report.json", "plot/share.svg"):
        assert browser.http.get(f"/console/promises/{path}?{query}").status_code == 422


def test_the_report_in_english(full: Desk) -> None:
    """Every word of it."""
    full.rooms.people.set_language(full.officer("marie"), "en")
    try:
        page = full.as_("marie").get("/console/promises").text
    finally:
        full.rooms.people.set_language(full.officer("marie"), "fr")
    assert {row[0]: row[6] for row in rows(page)}["Answer to an e-mail"] == "33%"
    assert "Figures as of 4:40 p.m. on Tuesday, December 22, 2026." in plain(page)


def test_many_broken_ones_are_shown_when_asked_for(desk: Desk) -> None:
    """The latest first; the others with one press."""
    for day in range(1, 29):
        put(desk, "email-reply", date(2026, 10, day))
    browser = desk.as_("marie")
    page = browser.get("/console/promises").text
    assert len(rows(page, 2)) == 25
    assert "Montrer les 3 autres" in page
    link = re.search(r'href="(/console/promises\?[^"]+broken=all)', page)
    assert link
    assert len(rows(browser.get(html.unescape(link[1])).text, 2)) == 28


def test_an_editor_sees_figures_and_no_request(full: Desk) -> None:
    """Neither numbers nor what was written, on the page and in the files."""
    browser = full.as_("emile")
    assert "33 %" in plain(browser.get("/console/promises").text)
    for path in ("", "/broken.csv", "/report.json", "/annual", "/registry", "/calendar"):
        found = browser.http.get(f"/console/promises{path}")
        assert found.status_code == 200
        assert "RI-" not in found.text
        assert "archives" not in found.text
        assert "/console/tickets" not in found.text
    assert browser.http.get("/console/notices").status_code == 403


# Its files


def test_the_figures_as_csv(full: Desk) -> None:
    """What the report works out, promise by promise."""
    head, *lines = table(full.as_("marie").http.get("/console/promises/figures.csv?year=2026").text)
    assert head[:4] == ["Nom de l'engagement", "Engagement", "Ouvertes", "Tenues"]
    assert [line[0] for line in lines] == list(PROMISES)
    for line, row in zip(lines, figures_of(full)):
        for name, cell in zip(COLUMNS, line[2:]):
            value = getattr(row, name)
            assert (float(cell.replace(",", ".")) if cell else None) == (
                None if value is None else pytest.approx(value, abs=0.001)
            )


def test_the_months_as_csv(full: Desk) -> None:
    """The counts of the months add up to those of the year."""
    _, *lines = table(full.as_("marie").http.get("/console/promises/months.csv").text)
    assert {line[0] for line in lines} == {"2026-11", "2026-12"}
    total = sum(row.opened for row in figures_of(full))
    assert sum(int(line[3]) for line in lines) == total


def test_the_broken_ones_as_csv(full: Desk) -> None:
    """Each as the report has it, its moments where the service is; no cell is a formula."""
    head, *lines = table(full.as_("marie").http.get("/console/promises/broken.csv").text)
    assert head[2:] == [
        "Numéro",
        "jour zéro",
        "Échéance",
        "Fin",
        "Jour où la réponse a été donnée",
        "Jours ouvrables",
        "Raison",
    ]
    expected = [one for row in figures_of(full) for one in row.as_dict()["broken_ones"]]
    assert len(lines) == len(expected) == 2
    for line, one in zip(lines, expected):
        assert line[2:4] == [one["reference"], one["day_zero"]]
        assert line[4].endswith(" 17:00")  # as Excel reads a moment, by the desk's clock
        assert datetime.fromisoformat(line[4]).replace(tzinfo=ZONE) == datetime.fromisoformat(one["due"])
        assert bool(line[5]) == bool(one["ended"])
        assert line[6:8] == [one["given_on"] or "", str(one["days"] or "")]
    assert lines[1][8] == "'=Le dossier est aux archives."


def test_the_report_as_json(full: Desk) -> None:
    """The same figures for programs."""
    response = full.as_("marie").http.get("/console/promises/report.json?from=2026-01-01&to=2026-12-31")
    name = response.headers["content-disposition"].removeprefix("attachment; filename=").strip('"')
    assert name.startswith("guichet-engagements-rapport-complet_2026_fr_")
    found = json.loads(response.text)
    assert (found["from"], found["to"]) == ("2026-01-01", "2026-12-31")
    assert found["promises"] == json.loads(json.dumps([row.as_dict() for row in figures_of(full)]))
    assert sum(row["opened"] for rows in found["months"].values() for row in rows) == 5


@pytest.mark.parametrize("dark, narrow", [("", ""), ("1", "1")])
@pytest.mark.parametrize("name, said", [("share", "Plainte"), ("counts", "Tenues")])
def test_the_plots(full: Desk, name: str, said: str, dark: str, narrow: str) -> None:
    """SVG with words as words; nothing else is drawn, and a period without clocks can be."""
    browser = full.as_("marie")
    found = browser.http.get(f"/console/promises/plot/{name}.svg?dark={dark}&narrow={narrow}")
    assert found.headers["content-type"].startswith("image/svg+xml")
    assert said in found.text
    assert browser.http.get(f"/console/promises/plot/{name}.svg?year=1999").status_code == 200
    assert browser.http.get(f"/console/promises/plot/{name}.svg?from=1990-01-01&to=2190-01-01").status_code == 200
    assert browser.http.get("/console/promises/plot/other.svg").status_code == 404
    assert browser.http.get("/console/promises/other.csv").status_code == 404


@pytest.mark.parametrize(
    "lang, said",
    [
        ("fr", ["Une plainte est traitée", "Déclaration de services du ministère", "33 %", "Tenues"]),
        ("en", ["A complaint is processed", "Declaration of services of the Ministère", "33%", "Kept"]),
    ],
)
@pytest.mark.parametrize("own", ["fr", "en"])
def test_the_table_of_the_annual_report(full: Desk, lang: str, said: list[str], own: str) -> None:
    """In the language asked for, whichever the officer's is; with the promises' texts and their source."""
    full.rooms.people.set_language(full.officer("marie"), own)
    browser = full.as_("marie")
    page = browser.get(f"/console/promises/annual?year=2026&lang={lang}")
    file = browser.http.get(f"/console/promises/annual.csv?year=2026&lang={lang}")
    own_page = browser.get("/console/promises/annual").text
    full.rooms.people.set_language(full.officer("marie"), "fr")
    assert page.headers["content-language"] == lang
    assert f'<html lang="{lang}">' in page.text
    for words in said:
        assert words in plain(page.text)
    assert f'<html lang="{own}">' in own_page
    _, *lines = table(file.text, {"fr": ";", "en": ","}[lang])
    assert said[0] in lines[4][0]
    for line, row in zip(lines, figures_of(full)):
        assert [int(cell) for cell in line[3:8]] == [row.opened, row.kept, row.broken, row.open, row.overdue]
    assert browser.get("/console/promises/annual?year=x").status_code == 422


# What is promised, and the calendar


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_is_promised(desk: Desk, lang: str) -> None:
    """Every promise with all that the registry knows of it; those without a clock with what is done for them."""
    desk.rooms.people.set_language(desk.officer("marie"), lang)
    page = plain(desk.as_("marie").get("/console/promises/registry").text)
    registry = desk.rooms.registry
    assert registry.source
    assert registry.source[lang] in page
    for promise in registry.promises.values():
        version = promise.versions[-1]
        for words in (version.text, version.section, version.starts, version.kept):
            assert re.sub(r"\s+", " ", words[lang]) in page
        assert promise.article in page
    assert len(registry.without_clock) == 8
    for one in registry.without_clock:
        assert re.sub(r"\s+", " ", one.text[lang]) in page
        assert re.sub(r"\s+", " ", one.upheld[lang]) in page


def test_a_promise_that_changed_shows_its_versions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one in force first, the others below; the annual table says which text held when."""
    promise = desk.rooms.registry.promises["complaint"]
    new = replace(promise.versions[0], number=2, since=date(2026, 7, 1), working_days=12)
    changed = replace(promise, versions=(*promise.versions, new))
    monkeypatch.setitem(desk.rooms.registry.promises, "complaint", changed)
    browser = desk.as_("marie")
    page = plain(browser.get("/console/promises/registry").text)
    assert "12 jours ouvrables" in page
    assert "Autres versions Version 1" in page
    assert "depuis le mercredi 1er juillet 2026" in plain(browser.get("/console/promises/annual?year=2026").text)
    assert [version.number for version in versions_in(changed, Period(*year_of(2025)))] == [1]
    assert [version.number for version in versions_in(changed, Period(*year_of(2026)))] == [1, 2]
    assert [version.number for version in versions_in(changed, Period(*year_of(2027)))] == [2]


def test_the_calendar(desk: Desk) -> None:
    """Holidays with their names; those on weekends may be moved, and nobody has confirmed the year."""
    page = desk.as_("marie").get("/console/promises/calendar?year=2026").text
    found = {row[1]: (row[0], row[2]) for row in rows(page)}
    assert found["Lundi de Pâques"] == ("lundi 6 avril 2026", "")
    assert found["Lendemain de Noël"] == ("samedi 26 décembre 2026", "fin de semaine : à confirmer, peut être déplacé")
    assert len(found) == 13
    assert "Personne n'a encore confirmé le calendrier de 2026." in plain(page)
    assert "249 jours ouvrables" in plain(page)


@pytest.mark.parametrize("lang, said", [("fr", "a été comparé à la liste officielle"), ("en", "was checked against")])
def test_a_confirmed_calendar_with_exceptions(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    """What was moved is shown where it is observed, and where it is not; the confirmation is told."""
    desk = make_desk()
    moved: Calendar = replace(
        desk.rooms.calendar,
        exceptions={date(2026, 12, 26): None, date(2026, 12, 28): Holiday("x", "Lendemain de Noël", "Day after")},
        confirmed_years=frozenset({2026}),
    )
    for name, value in vars(moved).items():
        monkeypatch.setitem(desk.rooms.calendar.__dict__, name, value)
    desk.rooms.people.set_language(desk.officer("marie"), lang)
    browser = desk.as_("marie")
    page = plain(browser.get("/console/promises/calendar").text)
    assert said in page
    assert {"fr": "lundi 28 décembre 2026", "en": "Monday, December 28, 2026"}[lang] in page
    assert {"fr": "ajouté pour cette année", "en": "added for this year"}[lang] in page
    assert {"fr": "par exception samedi 26", "en": "by exception Saturday, December 26"}[lang] in page
    # A request of this year has nothing to flag; one that reaches into the next has.
    for started_on, flagged in ((date(2026, 12, 14), False), (date(2026, 12, 22), True)):
        ticket = put(desk, "email-reply", started_on)
        note = {"fr": "le calendrier de 2027", "en": "the calendar of 2027"}[lang]
        assert (note in plain(browser.get(f"/console/tickets/{ticket.reference}").text)) == flagged
        assert (note in plain(browser.get("/console/tickets").text)) == flagged


@pytest.mark.parametrize("year", ["x", "1989", "2200", "99999"])
def test_a_year_that_is_none(desk: Desk, year: str) -> None:
    """Said in words, over the calendar of this year."""
    page = desk.as_("marie").get(f"/console/promises/calendar?year={year}")
    assert (page.status_code, "entre 1990 et 2199" in page.text) == (422, True)
    assert "Jours fériés de 2026" in page.text


def test_periods() -> None:
    """A year, or from one day to another; what is a year is told as one."""
    assert period_asked("", "", "", 2026) == Period(*year_of(2026))
    assert period_asked("2025", "2026-01-01", "2026-12-31", 2030) == Period(*year_of(2026))
    assert Period(*year_of(2026)).query == "year=2026"
    some = Period(date(2026, 11, 15), date(2027, 1, 2))
    assert (some.query, some.name) == ("from=2026-11-15&to=2027-01-02", "2026-11-15_2027-01-02")
    assert some.months(date(2027, 6, 1)) == ("2026-11", "2026-12", "2027-01")
    assert some.months(date(2026, 12, 1)) == ("2026-11", "2026-12")
    assert some.months(date(2020, 1, 1)) == ("2026-11",)


# Clocks from beginning to end, in the console


def register(browser: Browser, promise: str, started_on: date) -> str:
    """Register what starts a clock, by letter; the request's number."""
    browser.get("/console/tickets/new")
    response = browser.post(
        "/console/tickets/new",
        channel="letter",
        received_on=started_on.isoformat(),
        promise=promise,
        question="Où en est mon dossier?",
        language="fr",
    )
    assert response.status_code == 303, response.text
    return response.headers["location"].partition("?")[0].rpartition("/")[2]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_form_says_what_starts_each_clock(desk: Desk, lang: str) -> None:
    """All of it is in the page, without any script."""
    desk.rooms.people.set_language(desk.officer("marie"), lang)
    page = desk.as_("marie").get("/console/tickets/new").text
    for promise in desk.rooms.registry.promises.values():
        assert f'type="radio" name="promise" value="{promise.id}"' in page
        assert promise.versions[-1].starts[lang] in plain(page)
    assert re.search(r'value="email-reply" checked', page)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_clock_that_is_kept(desk: Desk, promise: str) -> None:
    """Registered with the day that starts it, answered on its last day: the report shows that it was kept."""
    browser = desk.as_("marie")
    reference = register(browser, promise, date(2026, 12, 1))
    ticket = desk.rooms.tickets.get(reference)
    days = desk.rooms.registry.promises[promise].versions[-1].working_days
    assert (ticket.promise, ticket.day_zero) == (promise, date(2026, 12, 1))
    assert ticket.proof[-1]["counted"] == days
    if desk.moment > ticket.due_at:  # it was answered then
        desk.moment = datetime.combine(
            desk.rooms.calendar.local_date(ticket.due_at), time(16), desk.rooms.calendar.zone
        )
        browser = desk.as_("marie")
    browser.get(f"/console/tickets/{reference}")
    browser.follow(browser.post(f"/console/tickets/{reference}/answer", text="Oui."))
    page = plain(browser.page.text)
    assert "Engagement tenu, en jours ouvrables :" in page
    (row,) = [row for row in rows(browser.get("/console/promises").text) if row[1] == "1"]
    assert row[2:7] == ["1", "0", "0", "0", "100 %"]
    assert row[7:9] == [str(desk.rooms.ledger.of([reference])[reference].took)] * 2


@pytest.mark.parametrize("promise", PROMISES)
def test_a_clock_that_is_broken(desk: Desk, promise: str) -> None:
    """Answered after its last day: broken, in the request's history, and in the report with its number."""
    browser = desk.as_("marie")
    reference = register(browser, promise, date(2026, 11, 2))
    assert "En retard, ouvertes" in browser.get("/console/promises").text
    browser.get(f"/console/tickets/{reference}")
    browser.follow(browser.post(f"/console/tickets/{reference}/answer", text="Oui."))
    page = plain(browser.page.text)
    assert "Échéance passée sans réponse; engagement non tenu" in page
    assert "Réponse en retard, en jours ouvrables : 36" in page
    assert page.index("Ouverte · Marie") < page.index("Échéance passée")
    desk.pass_by(minutes=1)
    shown = browser.get("/console/promises").text
    (row,) = [row for row in rows(shown) if row[1] == "1"]
    assert row[2:] == ["0", "1", "0", "0", "0 %", "36", "36", "0"]
    assert rows(shown, 2)[0][0] == reference

"""An officer's alerts: counted in the bar, listed, seen; and where they are mailed to."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from bot.tickets.answers import Inquiry
from bot.tickets.notices import notify
from tests.console.conftest import Browser, Desk


def count(page: str) -> str:
    """The number in the bar; empty if there is none."""
    found = re.search(r'<span data-live id="notices">(.*?)</span>\s*<a href="/console/account"', page, re.S)
    assert found
    number = re.search(r'class="count[^"]*">(\d+)<', found[1])
    return number[1] if number else ""


def warn(desk: Desk, officer: str, *levels: str) -> str:
    """A request of which an officer is warned; its number."""
    ticket = desk.rooms.answers.register(Inquiry("phone", date(2026, 12, 21), "email-reply", "Q?", "fr"), officer)
    for level in levels:
        with desk.rooms.database.writing() as connection:
            notify(connection, ticket.reference, level, [officer], desk.moment)
    return ticket.reference


def words(browser: Browser, path: str) -> str:
    """What a page says."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", browser.get(path).text)))


def test_new_alerts_are_counted_on_every_page(desk: Desk) -> None:
    """One's own only, and none of an editor, who works on no request."""
    warn(desk, "Marie", "half", "one_day")
    marie = desk.as_("marie")
    for path in ("/console/account", "/console/overview", "/console/tickets", "/console/nothing"):
        assert count(marie.get(path).text) == "2"
    assert count(desk.as_("chef").get("/console/account").text) == ""
    assert "/console/notices" not in desk.as_("emile").get("/console/account").text


@pytest.mark.parametrize(
    "lang, said",
    [
        (
            "fr",
            [
                "La moitié du délai est passée",
                "Il reste un jour ouvrable",
                "La réponse est due aujourd'hui",
                "L'échéance est passée",
            ],
        ),  # fmt: skip
        (
            "en",
            ["Half of the time is gone", "One working day is left", "The answer is due today", "The due time is past"],
        ),
    ],
)
def test_the_page_of_alerts(desk: Desk, lang: str, said: list[str]) -> None:
    """Levels in words, with the request and its due moment; to open the page is to have seen them."""
    desk.rooms.people.set_language(desk.officer("marie"), lang)
    reference = warn(desk, "Marie", "half", "one_day", "today", "late")
    marie = desk.as_("marie")
    page = marie.get("/console/notices")
    shown = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.text)))
    for level in said:
        assert level in shown
    assert f'href="/console/tickets/{reference}"' in page.text
    assert "2026-12-29, " in shown
    new = {"fr": "nouvelle", "en": "new"}[lang]
    assert page.text.count(f"<strong>{new}</strong>") == 4
    assert count(page.text) == ""
    assert desk.rooms.notices.unseen("Marie") == 0
    assert "<strong>" not in marie.get("/console/notices").text


def test_no_alerts(desk: Desk) -> None:
    """Said in words, with the way to have them by e-mail."""
    shown = words(desk.as_("marie"), "/console/notices")
    assert "Aucune alerte." in shown
    assert "donnez une adresse dans votre compte" in shown


def test_to_look_at_a_request_is_to_have_seen_its_alerts(desk: Desk) -> None:
    """Those of other requests stay; a page that fetches itself anew sees nothing for anybody."""
    one, other = warn(desk, "Marie", "half", "today"), warn(desk, "Marie", "half")
    marie = desk.as_("marie")
    marie.get(f"/console/tickets/{one}", **{"X-Live": "1"})
    assert desk.rooms.notices.unseen("Marie") == 3
    assert count(marie.get(f"/console/tickets/{one}").text) == "1"
    assert count(marie.get(f"/console/tickets/{other}").text) == ""


def test_the_watch_warns_and_the_request_tells(desk: Desk) -> None:
    """What the watch gives is counted, and stands in the request's history with whom it went to."""
    ticket = desk.rooms.answers.register(Inquiry("phone", date(2026, 12, 1), "email-reply", "Q?", "fr"), "Marie")
    assert desk.rooms.clock_monitor.look() > 0
    marie, chef = desk.as_("marie"), desk.as_("chef")
    assert count(marie.get("/console/account").text) == count(chef.get("/console/account").text) == "1"
    shown = words(marie, f"/console/tickets/{ticket.reference}")
    assert "Alerte au personnel : l'échéance est passée (Marie, Chantal)" in shown
    assert shown.count("engagement non tenu") == 1


# Where they are mailed to


def test_an_officer_says_where_alerts_are_mailed_to(desk: Desk) -> None:
    """Shown in their account, changed and taken away; the journal says that it was, not what it is."""
    marie = desk.as_("marie")
    marie.follow(marie.post("/console/account/email", email=" Marie@Example.org "))
    assert "L'adresse est enregistrée." in html.unescape(marie.page.text)
    assert desk.officer("marie").email == "Marie@example.org"
    assert 'value="Marie@example.org"' in marie.page.text
    assert "Elles vous sont aussi envoyées à Marie@example.org" in words(marie, "/console/notices")
    entry = desk.rooms.journal.read(limit=1)[0]
    assert (entry.action, entry.subject, entry.detail) == ("email_set", "officer marie", {})
    marie.get("/console/account")
    marie.post("/console/account/email", email="")
    assert desk.officer("marie").email is None


def test_an_address_that_is_none(desk: Desk) -> None:
    """Said in words; what was typed stays in the form."""
    marie = desk.as_("marie")
    page = marie.post("/console/account/email", email="marie@")
    assert page.status_code == 422
    assert "Cette adresse électronique n&#39;est pas complète." in page.text
    assert 'value="marie@"' in page.text
    assert desk.officer("marie").email is None


def test_a_supervisor_gives_a_new_officer_an_address(desk: Desk) -> None:
    """Among the people it stands beside the login; one that is none is refused in words."""
    chef = desk.as_("chef")
    chef.get("/console/staff")
    fields = {"login": "luc", "name": "Luc", "role": "officer", "language": "fr"}
    page = chef.post("/console/staff", **fields, email="luc@")
    assert (page.status_code, 'name="email" type="email" value="luc@"' in page.text) == (422, True)
    page = chef.post("/console/staff", **fields, email="luc@example.org")
    assert page.status_code == 200
    assert "luc@example.org" in page.text
    assert desk.officer("luc").email == "luc@example.org"

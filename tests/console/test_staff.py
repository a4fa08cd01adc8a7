"""The pages of supervisors: the people, and the journal."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from bot.core.folders import ROOT
from tests.cast import PASSWORD
from tests.console.conftest import Browser, Desk


@pytest.fixture
def chef(desk: Desk) -> Browser:
    """A browser in which the supervisor is in, with the page of the staff before them."""
    browser = desk.as_("chef")
    assert browser.get("/console/staff").status_code == 200
    return browser


def told(browser: Browser) -> str:
    """The first password that the page shows."""
    found = re.search(r'<code class="letters">([^<]+)</code>', browser.page.text)
    assert found
    return found[1]


def last(desk: Desk) -> tuple[str, str, str, dict[str, Any]]:
    """The last line of the journal."""
    entry = desk.rooms.journal.read(limit=1)[0]
    return entry.officer, entry.action, entry.subject, entry.detail


def test_an_officer_is_added(desk: Desk, chef: Browser) -> None:
    """A first password is shown once; the new officer logs in with it and must change it."""
    response = chef.post("/console/staff", login="Luc.Roy", name="Luc", role="editor", language="en")
    assert response.status_code == 200
    password = told(chef)
    assert len(set(password.replace("-", ""))) > 4
    assert len(password) == 19
    assert password not in chef.get("/console/staff").text
    luc = desk.officer("luc.roy")
    assert (luc.name, luc.role, luc.language, luc.must_change) == ("Luc", "editor", "en", True)
    browser = desk.browser()
    browser.follow(browser.log_in("luc.roy", password))
    assert browser.page.headers["location"] == "/console/password"
    assert ("Chantal", "staff_added", "officer luc.roy", {"role": "editor"}) in [
        (entry.officer, entry.action, entry.subject, entry.detail) for entry in desk.rooms.journal.read()
    ]
    assert password not in str(desk.kept())


def test_two_first_passwords_differ(desk: Desk, chef: Browser) -> None:
    """Nobody knows another's from their own."""
    found = set()
    for _ in range(5):
        chef.post(f"/console/staff/{desk.officer('marie').id}/password")
        found.add(told(chef))
    assert len(found) == 5


@pytest.mark.parametrize(
    "given, said",
    [
        ({"login": "a b"}, "Un identifiant compte de 3 à 64"),
        ({"name": "<b>"}, "Un nom est en lettres latines"),
        ({"name": "MARIE"}, "Une autre personne a déjà cet identifiant ou ce nom"),
        ({"login": "marie"}, "Une autre personne a déjà cet identifiant ou ce nom"),
        ({"role": "minister"}, "Choisissez un rôle de la liste."),
        ({"language": "de"}, "Choisissez le français ou l'anglais."),
    ],
)
def test_an_officer_who_is_not_added(desk: Desk, chef: Browser, given: dict[str, str], said: str) -> None:
    """The page says why, and what was typed stays in the form."""
    before = desk.kept()
    fields = {"login": "luc", "name": "Luc", "role": "officer", "language": "fr", **given}
    response = chef.post("/console/staff", **fields)
    assert response.status_code == 422
    assert said in html.unescape(response.text)
    assert f'name="login" value="{fields["login"]}"' in response.text
    assert "<b>" not in response.text
    assert desk.kept() == before


def test_a_password_is_given_anew(desk: Desk, chef: Browser) -> None:
    """To one who has forgotten theirs: their sessions end, the old one opens no more, the new one must be changed."""
    marie = desk.as_("marie")
    chef.post(f"/console/staff/{desk.officer('marie').id}/password")
    assert marie.get("/console/account").status_code == 303
    assert desk.browser().log_in("marie").status_code == 403
    assert desk.browser().log_in("marie", told(chef)).status_code == 303
    assert desk.officer("marie").must_change
    assert ("Chantal", "password_reset", "officer marie", {}) in [
        (entry.officer, entry.action, entry.subject, entry.detail) for entry in desk.rooms.journal.read()
    ]


def test_codes_of_a_lost_device_are_ended(desk: Desk, chef: Browser) -> None:
    """The officer gets in without a code, and may set up another device."""
    desk.give_device("marie")
    response = chef.post(f"/console/staff/{desk.officer('marie').id}/code")
    assert response.status_code == 303
    assert last(desk) == ("Chantal", "code_ended", "officer marie", {})
    assert desk.browser().log_in("marie").headers["location"] == "/console"


def test_an_officer_is_shut_out_and_let_in(desk: Desk, chef: Browser) -> None:
    """At once: their sessions end and their password opens no more; let in again, they log in anew."""
    marie, number = desk.as_("marie"), desk.officer("marie").id
    assert "ne peut plus ouvrir de session" in chef.follow(chef.post(f"/console/staff/{number}/shut-out")).text
    assert last(desk) == ("Chantal", "staff_shut_out", "officer marie", {})
    assert marie.get("/console/account").status_code == 303
    assert desk.browser().log_in("marie").status_code == 403
    assert "peut ouvrir une session" in chef.follow(chef.post(f"/console/staff/{number}/let-in")).text
    assert last(desk) == ("Chantal", "staff_let_in", "officer marie", {})
    assert marie.get("/console/account").status_code == 303
    assert desk.browser().log_in("marie").status_code == 303


def test_a_role_is_changed(desk: Desk, chef: Browser) -> None:
    """And the journal says to which."""
    chef.post(f"/console/staff/{desk.officer('marie').id}/role", role="editor")
    assert desk.officer("marie").role == "editor"
    assert last(desk) == ("Chantal", "staff_role", "officer marie", {"role": "editor"})


@pytest.mark.parametrize("what, given", [("role", {"role": "officer"}), ("shut-out", {})])
def test_the_last_supervisor_stays(desk: Desk, chef: Browser, what: str, given: dict[str, str]) -> None:
    """422 in words: somebody must be able to add people."""
    response = chef.post(f"/console/staff/{desk.officer('chef').id}/{what}", **given)
    assert response.status_code == 422
    assert "Il doit rester un superviseur" in response.text
    assert (desk.officer("chef").role, desk.officer("chef").active) == ("supervisor", True)


@pytest.mark.parametrize("what", ["role", "password", "code", "shut-out", "let-in"])
def test_an_officer_who_is_not_there(desk: Desk, chef: Browser, what: str) -> None:
    """404 in words, and the journal says nothing."""
    before = desk.kept()
    response = chef.post(f"/console/staff/4711/{what}", role="editor")
    assert (response.status_code, "n&#39;existe pas" in response.text) == (404, True)
    assert desk.kept() == before


# The journal


def rows(page: str) -> list[list[str]]:
    """The cells of the journal's table, without tags."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in body.split("</tr>") if "<td" in line]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in line] for line in lines]


def test_the_journal_tells_who_did_what(desk: Desk, chef: Browser) -> None:
    """In words, the newest first, with the time."""
    desk.rooms.journal.note("-", "login_failed", "officer unknown")
    desk.rooms.journal.note(desk.officer("marie"), "assigned", "ticket RI-1", to="Zoé <3")
    found = rows(chef.get("/console/journal").text)
    assert found[:2] == [
        ["2026-12-22, 16\u00a0h\u00a040", "Marie", "a attribué", "demande RI-1", "à\u00a0: Zoé <3"],
        ["2026-12-22, 16\u00a0h\u00a040", "-", "ouverture de session refusée", "compte inconnu", ""],
    ]


def test_the_journal_is_searched(desk: Desk, chef: Browser) -> None:
    """By subject, by officer, or both; what is not there is said."""
    for officer in ("marie", "emile"):
        for subject in ("ticket RI-1", "ticket RI-2"):
            desk.rooms.journal.note(desk.officer(officer), "looked", subject)

    def found(query: str) -> list[tuple[str, str]]:
        return [(row[1], row[3]) for row in rows(chef.get(f"/console/journal?{query}").text)]

    assert found("subject=+ticket+RI-1+") == [("Émile", "demande RI-1"), ("Marie", "demande RI-1")]
    assert found("subject=RI-1") == [("Émile", "demande RI-1"), ("Marie", "demande RI-1")]
    assert found("officer=Marie") == [("Marie", "demande RI-2"), ("Marie", "demande RI-1")]
    assert found("officer=Marie&subject=ticket+RI-2") == [("Marie", "demande RI-2")]
    assert found("subject=nothing") == []
    assert "Rien à montrer." in chef.page.text


def test_the_journal_is_read_page_by_page(desk: Desk, chef: Browser) -> None:
    """The link to the next page keeps what was searched for, and no line is shown twice or left out."""
    for number in range(205):
        desk.rooms.journal.note("guichet & fils", "looked", "ticket é+1", version=number)
    path, seen = "/console/journal?subject=ticket+%C3%A9%2B1&officer=guichet+%26+fils", []
    for _ in range(3):
        page = chef.get(path).text
        seen += [row[4] for row in rows(page)]
        link = re.search(r'href="(/console/journal\?before=[^"]+)"', page)
        path = html.unescape(link[1]) if link else ""
    assert path == ""
    assert seen == [f"version\u00a0: {number}" for number in reversed(range(205))]


def test_looking_is_written_down(desk: Desk) -> None:
    """Who opened a citizen's conversation or request is in the journal; what a page fetches by itself is not."""
    marie = desk.as_("marie")
    subjects = [f"conversation {desk.waiting.id}", f"ticket {desk.ticket.reference}"]
    for subject in subjects:
        path = f"/console/{subject.replace('conversation ', 'conversations/').replace('ticket ', 'tickets/')}"
        assert marie.get(path).status_code == 200
        assert marie.get(path, **{"X-Live": "1"}).status_code == 200
    found = [(e.officer, e.subject) for e in desk.rooms.journal.read() if e.action == "looked"]
    assert found == [("Marie", subject) for subject in reversed(subjects)]


def test_the_journal_holds_no_password(make_desk: Callable[..., Desk]) -> None:
    """Whatever was typed where."""
    desk = make_desk()
    desk.browser().log_in(PASSWORD, "marie")
    desk.browser().log_in("marie", "Mon Secret Bien Garde")
    everything = str(desk.kept())
    assert PASSWORD not in everything
    assert "mon secret" not in everything.lower()


def test_what_was_erased_is_seen_by_supervisors(desk: Desk, chef: Browser) -> None:
    """How long each thing is kept, and what each night erased: in words, in both languages, and nothing of anybody."""
    page = chef.get("/console/journal/erasing").text
    assert "Rien n'a encore été effacé." in html.unescape(page)
    assert desk.waiting
    desk.pass_by(days=91)
    desk.rooms.retention.look()
    chef = desk.as_("chef")
    page = html.unescape(chef.get("/console/journal/erasing").text)
    assert "Conversations après leur dernier message" in page
    assert 'data-label="Effacés">1<' in page
    assert "/console/journal/erasing" in chef.get("/console/journal").text
    desk.rooms.people.set_language(desk.officer("chef"), "en")
    assert "Conversations after their last message" in chef.get("/console/journal/erasing").text
    assert desk.as_("marie").get("/console/journal/erasing").status_code == 403


def test_every_step_of_the_erasing_has_words(desk: Desk) -> None:
    """A step that is added is named in both languages."""
    words = yaml.safe_load((ROOT / "bot" / "console" / "words.yml").read_text(encoding="utf-8"))
    names = {step.name for step in desk.rooms.retention.run_now()}
    assert len(names) > 12
    assert {name for name in names if f"erased_{name}" not in words} == set()

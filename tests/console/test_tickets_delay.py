"""A delay is announced from a request's page: told to the citizen, and to colleagues in its history."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

import pytest

from bot.promises.calendar import Holiday
from bot.tickets.ticket import Ticket
from tests.console.conftest import CITIZEN, Browser, Desk


def shown(browser: Browser) -> str:
    """What the page before one's eyes says."""
    assert browser.page is not None
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", browser.page.text)))


@pytest.fixture
def marie(desk: Desk) -> Browser:
    """An officer before an open request."""
    browser = desk.as_("marie")
    browser.get(f"/console/tickets/{desk.ticket.reference}")
    return browser


def on_telegram(desk: Desk, conversation: str = "") -> Ticket:
    """An open request left on Telegram, without an address."""
    return desk.rooms.tickets.open(
        conversation=conversation or desk.waiting.id,
        question="Et ma bourse?",
        language="en",
        email=None,
        channel="telegram",
    )


@pytest.mark.parametrize(
    "lang, told, kept",
    [
        (
            "fr",
            "Retard annoncé, réponse au plus tard le mardi 12 janvier 2027 – Aux archives.",
            "L'engagement ne change pas",
        ),
        (
            "en",
            "Delay announced, answer by Tuesday, January 12, 2027 – Aux archives.",
            "The promise itself does not change",
        ),
    ],
)
def test_a_delay_is_announced(desk: Desk, marie: Browser, lang: str, told: str, kept: str) -> None:
    """The citizen is written to, the due moment stays, and the history and the journal say so."""
    desk.rooms.people.set_language(desk.officer("marie"), lang)
    reference, due = desk.ticket.reference, desk.ticket.due_at
    marie.get(f"/console/tickets/{reference}")
    assert kept in shown(marie)
    assert CITIZEN["email"] in shown(marie)
    assert re.search(r'name="until" type="date" min="2027-01-04"', marie.page.text)
    marie.follow(marie.post(f"/console/tickets/{reference}/delay", until="2027-01-12", reason=" Aux archives. "))
    assert told in shown(marie)
    assert {"fr": "Le retard est annoncé.", "en": "The delay is announced."}[lang] in shown(marie)
    assert desk.rooms.tickets.get(reference).due_at == due
    (row,) = desk.rooms.outbox.due("email", desk.moment, 10)
    assert row.address == CITIZEN["email"]
    assert "Voici pourquoi : Aux archives." in desk.rooms.conversations.transcript(desk.ticket.conversation)[-1].text
    entry = desk.rooms.journal.read(subject=reference)[0]
    last = [entry for entry in desk.rooms.journal.read(subject=reference) if entry.action == "delayed"]
    assert entry
    assert [(one.officer, one.detail) for one in last] == [("Marie", {"until": "2027-01-12"})]


@pytest.mark.parametrize(
    "until, reason, said",
    [
        ("2026-12-30", "Aux archives.", "Choisissez un jour ouvrable après l'échéance"),  # the due date itself
        ("2027-01-02", "Aux archives.", "Choisissez un jour ouvrable après l'échéance"),  # a holiday
        ("", "Aux archives.", "Choisissez un jour ouvrable après l'échéance"),
        ("2027-01-12", " ", "Dites pourquoi."),
        ("2027-01-12", "x" * 501, "Le texte dépasse 500 caractères."),
    ],
)
def test_a_delay_that_cannot_be_announced(desk: Desk, marie: Browser, until: str, reason: str, said: str) -> None:
    """Said in words beside the form, which keeps what was typed; nobody is told anything."""
    before = desk.rooms.outbox.counts()
    page = marie.post(f"/console/tickets/{desk.ticket.reference}/delay", until=until, reason=reason)
    assert page.status_code == 409
    assert said in shown(marie)
    assert f'name="until" type="date" min="2027-01-04" value="{until}"' in page.text
    assert reason.strip() in page.text
    assert '<details class="card" open>' in page.text
    assert desk.rooms.outbox.counts() == before


def test_a_citizen_who_cannot_be_reached(desk: Desk) -> None:
    """Whose conversation is gone and who left no address: said in words."""
    ticket = on_telegram(desk, "erased")
    marie = desk.as_("marie")
    marie.get(f"/console/tickets/{ticket.reference}")
    page = marie.post(f"/console/tickets/{ticket.reference}/delay", until="2027-01-12", reason="Aux archives.")
    assert page.status_code == 409
    assert "La conversation n'existe plus et aucune adresse n'a été donnée" in shown(marie)


def test_where_the_citizen_will_read_it(desk: Desk) -> None:
    """In the conversation, or by the officer where an inquiry was registered without an address."""
    marie, ticket = desk.as_("marie"), on_telegram(desk)
    marie.get(f"/console/tickets/{ticket.reference}")
    assert "La personne en sera informée dans la conversation (Telegram)." in shown(marie)
    assert "telle que la personne la lira (en anglais)" in shown(marie)
    assert "Aucun renseignement personnel" in shown(marie)


def test_only_an_open_request_is_delayed(desk: Desk, marie: Browser) -> None:
    """Once it is closed there is no form, and one that was open in another window is refused in words."""
    desk.rooms.tickets.groups.withdraw(desk.ticket.reference, "Marie", "Un essai.")
    page = marie.post(f"/console/tickets/{desk.ticket.reference}/delay", until="2027-01-12", reason="x")
    assert page.status_code == 409
    assert "C'est déjà fermé." in shown(marie)
    path = f"/console/tickets/{desk.ticket.reference}"
    assert f'action="{path}/delay"' not in marie.get(path).text


def test_a_clock_that_the_calendar_moves(desk: Desk, marie: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The history says to which date, and which days are judged otherwise."""
    moved = replace(desk.rooms.calendar, exceptions={date(2026, 12, 28): Holiday("x", "Fermeture", "Closed")})
    monkeypatch.setitem(desk.rooms.calendar.__dict__, "exceptions", moved.exceptions)
    assert desk.rooms.clock_monitor.move() == 1
    marie.get(f"/console/tickets/{desk.ticket.reference}")
    assert "Échéance déplacée par le calendrier au lundi 4 janvier 2027" in shown(marie)
    assert "(jours jugés autrement : lundi 28 décembre 2026)" in shown(marie)

"""When the offices are closed, or close while somebody waits: a written answer by a date is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

import actions.turn
from tests.browser.acting_rasa import ActingRasa
from tests.browser.chat import Chat
from tests.browser.conftest import Clock, MakeOfficer, Site
from tests.cast import ZONE

BEFORE_CLOSING = datetime(2026, 12, 22, 16, 50, tzinfo=ZONE)
CLOSING = datetime(2026, 12, 22, 17, 0, tzinfo=ZONE)
# Four working days (email-reply) from Tuesday, December 22; 24, 25 and 26 are holidays.
PROOF = {
    "fr": [
        "0 mardi 22 décembre 2026 jour zéro",
        "1 mercredi 23 décembre 2026 jour ouvrable",
        "– jeudi 24 décembre 2026 Veille de Noël",
        "– vendredi 25 décembre 2026 Jour de Noël",
        "– samedi 26 décembre 2026 fin de semaine",
        "– dimanche 27 décembre 2026 fin de semaine",
        "2 lundi 28 décembre 2026 jour ouvrable",
        "3 mardi 29 décembre 2026 jour ouvrable",
        "4 mercredi 30 décembre 2026 jour ouvrable",
    ],
    "en": [
        "0 Saturday, December 19, 2026 day zero",
        "– Sunday, December 20, 2026 weekend",
        "1 Monday, December 21, 2026 working day",
        "2 Tuesday, December 22, 2026 working day",
        "3 Wednesday, December 23, 2026 working day",
        "– Thursday, December 24, 2026 Christmas Eve",
        "– Friday, December 25, 2026 Christmas Day",
        "– Saturday, December 26, 2026 weekend",
        "– Sunday, December 27, 2026 weekend",
        "4 Monday, December 28, 2026 working day",
    ],
}


@pytest.fixture
def clock() -> Clock:
    """The clock of the desk."""
    return Clock(BEFORE_CLOSING)


@pytest.fixture
def own_site(make_site: Callable[..., Site], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A desk whose clock the test turns, and whose assistant acts as in earnest; it looks often who waits."""
    monkeypatch.setattr("bot.handover.absence.LOOK_SECONDS", 0.05)
    site = make_site(clock=clock, answer=ActingRasa())
    monkeypatch.setattr(actions.turn, "wire", lambda _settings: site.rooms)
    actions.turn.rooms.cache_clear()
    yield site
    actions.turn.rooms.cache_clear()


def plain(texts: list[str]) -> list[str]:
    """Texts with every run of white space told as one space."""
    return [" ".join(text.split()) for text in texts]


def ask_for_a_person(chat: Chat, question: str) -> None:
    """The citizen asks something, and then for a person."""
    chat.asks(question)
    chat.part("person").click()


def accept(chat: Chat, yes: str, here: str | None = None) -> str:
    """The citizen accepts the offer of a written answer and says where it goes; the reply."""
    chat.messages.last.get_by_role("button", name=yes).click()
    if here:
        chat.messages.last.get_by_role("button", name=here).click()
    else:
        expect(chat.messages.last).to_contain_text("e-mail address")
        chat.says("ana@example.org")
    expect(chat.messages.last).to_contain_text("RI-")
    return chat.texts[-1]


def find_request(officer: Page, site: Site, question: str, due: str) -> None:
    """The officer finds the request among the open ones by its question, with its due date, and opens it."""
    officer.goto(f"{site.url}/console/tickets")
    row = officer.locator("#list tbody tr")
    expect(row.locator(".words")).to_have_text([question])
    expect(row.locator("time")).to_have_text(due)
    row.locator("a").click()
    expect(officer.locator(".said").first).to_have_text(question)


def test_in_the_evening_in_french(
    own_site: Site, clock: Clock, make_chat: Callable[..., Chat], make_officer: MakeOfficer
) -> None:
    """After 17:00 a citizen reads when the offices open and by when they are answered; the request has its proof."""
    clock.turn_to(datetime(2026, 12, 22, 17, 30, tzinfo=ZONE))
    chat = make_chat(at=own_site).opened()
    ask_for_a_person(chat, "Ma question sur le passeport jaune")
    expect(chat.messages.last).to_contain_text("Nos bureaux sont fermés en ce moment")
    offer = chat.texts[-1]
    assert "ils ouvriront le mercredi 23 décembre 2026, à 8 h 30" in offer
    assert "vous répondra par écrit au plus tard le mercredi 30 décembre 2026, à 17 h" in offer
    expect(chat.status).to_contain_text("Nos bureaux sont fermés.")
    opened = accept(chat, "Oui, transmettre ma question", here="Recevoir la réponse ici")
    assert "au plus tard le mercredi 30 décembre 2026, à 17 h" in opened

    marie = make_officer("marie", at=own_site)
    expect(marie.locator("#queue > .note")).to_contain_text("Les bureaux sont fermés (ouverture")
    find_request(marie, own_site, "Ma question sur le passeport jaune", "2026-12-30")
    assert (marie.locator("h1").text_content() or "") in opened
    proof = marie.locator("ol.proof")
    assert plain(proof.locator("li").all_inner_texts()) == PROOF["fr"]
    expect(marie.locator("section[aria-labelledby=proof]")).to_contain_text("mercredi 30 décembre 2026, à 17 h")


def test_on_a_weekend_in_english(
    own_site: Site, clock: Clock, make_chat: Callable[..., Chat], make_officer: MakeOfficer
) -> None:
    """On a Saturday the same in English, with the answer by e-mail; and the officer's pages in English."""
    clock.turn_to(datetime(2026, 12, 19, 11, 0, tzinfo=ZONE))
    chat = make_chat("en", at=own_site).opened()
    ask_for_a_person(chat, "My question about the yellow passport")
    expect(chat.messages.last).to_contain_text("Our offices are closed at the moment")
    offer = chat.texts[-1]
    assert "they open at 8:30 a.m. on Monday, December 21, 2026" in offer
    assert "will answer you in writing by 5:00 p.m. on Monday, December 28, 2026" in offer
    expect(chat.status).to_contain_text("Our offices are closed.")
    opened = accept(chat, "Yes, pass my question on")
    assert "answer you at ana@example.org by 5:00 p.m. on Monday, December 28, 2026" in opened

    marie = make_officer("marie", at=own_site)
    marie.get_by_role("button", name="English").click()
    expect(marie.locator("#queue > .note")).to_contain_text("The offices are closed (they open")
    find_request(marie, own_site, "My question about the yellow passport", "2026-12-28")
    assert (marie.locator("h1").text_content() or "") in opened
    assert plain(marie.locator("ol.proof li").all_inner_texts()) == PROOF["en"]
    expect(marie.locator(".side .facts")).to_contain_text("ana@example.org")


def test_who_is_in_line_when_the_offices_close(
    own_site: Site, clock: Clock, make_chat: Callable[..., Chat], make_officer: MakeOfficer
) -> None:
    """Two who wait are offered a written answer at 17:00, in their languages; one accepts, one goes on waiting."""
    ana, bob = make_chat(at=own_site).opened(), make_chat("en", at=own_site).opened()
    ask_for_a_person(ana, "Ma question sur le timbre bleu")
    expect(ana.status).to_contain_text("rang dans la file : 1")
    ask_for_a_person(bob, "My question about the blue stamp")
    expect(bob.status).to_contain_text("place in line: 2")
    assert "bureaux" not in ana.texts[-1]

    clock.turn_to(CLOSING)
    expect(ana.messages.last).to_contain_text("Nos bureaux viennent de fermer")
    assert "au plus tard le mercredi 30 décembre 2026, à 17 h" in ana.texts[-1]
    expect(bob.messages.last).to_contain_text("Our offices have just closed")
    assert "by 5:00 p.m. on Wednesday, December 30, 2026" in bob.texts[-1]
    expect(ana.status).to_contain_text("Nos bureaux sont fermés.")
    opened = accept(ana, "Oui, transmettre ma question", here="Recevoir la réponse ici")
    bob.messages.last.get_by_role("button", name="No, thank you").click()
    expect(bob.messages.last).to_contain_text("Very well.")

    marie = make_officer("marie", at=own_site)
    expect(marie.locator(".entry", has_text="My question about the blue stamp")).to_be_visible()
    find_request(marie, own_site, "Ma question sur le timbre bleu", "2026-12-30")
    assert (marie.locator("h1").text_content() or "") in opened
    assert plain(marie.locator("ol.proof li").all_inner_texts()) == PROOF["fr"]

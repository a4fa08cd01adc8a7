"""What could not be delivered is seen at the message itself, as soon as it is known, by who has the page open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from bot.messages.conversation import Incoming
from bot.messages.outbox import PARKED
from tests.browser.conftest import MakeOfficer, Site
from tests.browser.test_live_forms import has_stayed, stays
from tests.telegram_emulator import TOKEN, Emulator


@pytest.mark.parametrize("width", [1280, 390])
def test_an_officer_sees_that_a_citizen_has_blocked_the_bot(
    make_site: Callable[..., Site], make_officer: MakeOfficer, width: int
) -> None:
    """Marie replies on Telegram to one who has gone: her message says so, without a reload; a later one arrives."""
    with Emulator() as telegram:
        site = make_site(telegram_token=TOKEN, telegram_api_url=telegram.url)
        telegram.wait(lambda: len(telegram.commands) == 3)
        ana = telegram.citizen()
        ana.says("personne")
        ana.hears(1)
        (waiting,) = site.rooms.conversations.held("queue")
        page = make_officer("marie", site, viewport={"width": width, "height": 800})
        page.goto(f"{site.url}/console/conversations/{waiting.id}")
        page.click("#owner button")
        stays_at = page.locator("#log .message.officer").last
        ana.blocks()
        page.fill("#text", "Bonjour Ana")
        page.click(".composer button.main")
        expect(stays_at).to_contain_text("Bonjour Ana")
        stays(page)
        expect(stays_at.locator(".undelivered")).to_have_text(
            "Non remis (Telegram). La personne a bloqué l’assistant. Voir les messages non remis"
        )
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        telegram.blocked.clear()
        for rows in site.rooms.outbox.undelivered(waiting.id).values():
            assert [site.rooms.outbox.retry(row.id, site.rooms.now()) for row in rows] == [True]
        expect(stays_at.locator(".undelivered")).to_have_count(0)
        assert has_stayed(page)
        telegram.wait(lambda: "Bonjour Ana" in ana.heard[-1])


def test_a_message_that_grows_is_seen_whole(make_site: Callable[..., Site], make_officer: MakeOfficer) -> None:
    """The caption of an album comes after its first photo, which an officer has seen already."""
    with Emulator() as telegram:
        site = make_site(telegram_token=TOKEN, telegram_api_url=telegram.url)
        telegram.wait(lambda: len(telegram.commands) == 3)
        ana = telegram.citizen()
        ana.says("personne")
        ana.hears(1)
        (waiting,) = site.rooms.conversations.held("queue")
        site.rooms.officer_actions.take(waiting.id, "Marie")
        page = make_officer("marie", site)
        page.goto(f"{site.url}/console/conversations/{waiting.id}")
        album = {
            "photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}],
            "media_group_id": "8",
        }
        ana.shows(**album)
        expect(page.locator("#log .message.citizen")).to_have_count(2)
        ana.shows(**album, caption="Voici ma carte")
        expect(page.locator("#log .message.citizen").last).to_contain_text("Voici ma carte")
        expect(page.locator("#log .message.citizen")).to_have_count(2)


def test_an_email_that_was_refused_is_seen_at_its_message(
    make_site: Callable[..., Site], make_officer: MakeOfficer
) -> None:
    """Whatever the channel: an answer that the mail server refuses says so in English, with what the server said."""
    site = make_site(mail_from="guichet@desk.example")
    rooms = site.rooms
    accepted = rooms.inbox.accept(Incoming("rest", "1", "ana", "Hello"), rooms.now())
    ticket = rooms.tickets.open(
        conversation=accepted.conversation.id, question="Hello", language="en", email="a@example.org"
    )
    marie = rooms.people.by_login("marie")
    assert marie
    rooms.people.set_language(marie, "en")
    page = make_officer("marie", site)
    page.goto(f"{site.url}/console/conversations/{accepted.conversation.id}")
    rooms.answers.answer(ticket.reference, "Marie", "At the office.")
    rows = rooms.outbox.due("email", rooms.now(), 10)
    rooms.outbox.settle([replace(row, state=PARKED, reason="550 no such user") for row in rows], rooms.now())
    said = page.locator("#log .message.officer").last
    expect(said.locator(".undelivered")).to_contain_text("Not delivered (E-mail). The channel refused the message. 550")
    page.click(".undelivered a")
    expect(page.locator(f"#row-{rows[0].id}")).to_contain_text("550 no such user")

"""Pages that come alive, forms that are refused, and texts that outlive a session, with two officers at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from bot.staff.tables import sessions
from bot.tickets.answers import Inquiry
from bot.tickets.ticket import Ticket
from tests.browser.chat import Chat
from tests.browser.conftest import MakeOfficer, Site
from tests.browser.test_at_once import entry, replies
from tests.cast import PASSWORD

SIZES = pytest.mark.parametrize(
    "size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["desktop", "phone"]
)


def inquiry(site: Site, **other: Any) -> Ticket:
    """A request that came today by telephone."""
    today = site.rooms.calendar.local_date(site.rooms.now())
    given = {"channel": "phone", "question": "Où est la carte?", "language": "fr", "contact": "418 555-0199", **other}
    return site.rooms.answers.register(Inquiry(received_on=today, promise="email-reply", **given), "Marie")


def waits(chat: Chat, question: str) -> None:
    """A citizen asks, and then for a person."""
    chat.asks(question)
    chat.part("person").click()
    expect(chat.status).to_contain_text("rang dans la file")


def stays(page: Page) -> None:
    """Mark the page, so that a reload would be seen."""
    page.evaluate("window.stays = true")


def has_stayed(page: Page) -> bool:
    """Whether the page was not loaded anew since."""
    return bool(page.evaluate("window.stays === true"))


def log_in(page: Page, login: str) -> None:
    """From the login that a page leads to."""
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.main")


def end_sessions(site: Site) -> None:
    """Every session is idle for too long."""
    with site.rooms.database.writing() as connection:
        connection.execute(sa.update(sessions).values(seen_at=site.rooms.now() - timedelta(days=1)))


def in_view(page: Page, selector: str) -> bool:
    """Whether an element stands within the window, and within what scrolls around it."""
    script = """(node) => { const box = node.getBoundingClientRect();
      const hit = document.elementFromPoint(box.left + box.width / 2, box.bottom - 3);
      return hit !== null && (node === hit || node.contains(hit)); }"""
    return bool(page.locator(selector).last.evaluate(script))


def test_a_conversation_comes_alive_with_whom_it_is_handed_to(
    make_site: Callable[..., Site], make_chat: Callable[..., Chat], make_officer: MakeOfficer
) -> None:
    """Paul has Marie's conversation open: handed to him, he can answer at once; her other tab keeps what she wrote."""
    site = make_site()
    chat = make_chat(at=site).opened()
    marie, paul = make_officer("marie", at=site), make_officer("paul", at=site)
    waits(chat, "Ma question sur le passeport jaune")
    entry(marie, "waiting", "passeport jaune").locator("button.main").click()
    expect(marie.locator("#text")).to_be_visible()
    paul.goto(marie.url.partition("#")[0])
    expect(paul.locator("#owner")).to_contain_text("Marie tient cette conversation")
    expect(paul.locator("#text")).to_have_count(0)
    expect(paul.locator("#leave-box button")).to_have_count(0)
    stays(paul)
    tab = marie.context.new_page()
    tab.goto(marie.url)
    tab.fill("#text", "Je vous réponds ce")
    tab.locator("#text").focus()

    marie.select_option("#to", "Paul")
    marie.get_by_role("button", name="Confier").click()
    expect(paul.locator("#text")).to_be_visible()
    expect(paul.locator("#facts")).to_contain_text("Paul")
    expect(paul.locator("#leave-box")).to_contain_text("Rendre à l'assistant")
    assert has_stayed(paul)
    expect(tab.locator("#text")).to_have_count(0)
    expect(tab.locator(".unsent textarea")).to_have_value("Je vous réponds ce")
    expect(tab.locator(".unsent textarea")).to_be_focused()
    expect(tab.locator("#owner")).to_contain_text("Paul tient cette conversation")

    paul.fill("#text", "Le passeport jaune est bleu.")
    paul.locator("form.composer button.main").click()
    expect(chat.messages.last).to_contain_text("Le passeport jaune est bleu.")
    paul.get_by_role("button", name="Remettre dans la file").click()
    expect(paul).to_have_url(f"{site.url}/console/conversations?done=to_line")
    tab.get_by_role("button", name="Prendre").click()
    expect(tab.locator("#text")).to_have_value("Je vous réponds ce")
    expect(tab.locator(".unsent")).to_have_count(0)


def test_a_request_that_a_colleague_answered_loses_its_composer(
    make_site: Callable[..., Site], make_officer: MakeOfficer
) -> None:
    """What was being written stays beside, to be copied or erased."""
    site = make_site()
    ticket = inquiry(site)
    marie, paul = make_officer("marie", at=site), make_officer("paul", at=site)
    for page in (marie, paul):
        page.goto(f"{site.url}/console/tickets/{ticket.reference}")
    stays(paul)
    paul.locator("#text").press_sequentially("La carte est")
    marie.fill("#text", "Au premier étage.")
    marie.locator("form.composer button.main").click()
    expect(marie.locator(".done")).to_contain_text("La réponse est partie.")

    expect(paul.locator("#text")).to_have_count(0)
    expect(paul.locator("#answers")).to_contain_text("Au premier étage.")
    assert has_stayed(paul)
    kept = paul.locator(".unsent")
    expect(kept.locator("textarea")).to_have_value("La carte est")
    expect(kept.locator("textarea")).to_be_focused()
    paul.context.grant_permissions(["clipboard-read", "clipboard-write"])
    kept.get_by_role("button", name="Copier").click()
    expect(kept.locator("[data-copied]")).to_be_visible()
    assert paul.evaluate("navigator.clipboard.readText()") == "La carte est"
    paul.reload()
    expect(kept.locator("textarea")).to_have_value("La carte est")
    kept.get_by_role("button", name="Effacer ce texte").click()
    expect(kept).to_have_count(0)
    paul.reload()
    expect(paul.locator("#answers")).to_be_visible()
    expect(kept).to_have_count(0)


@SIZES
def test_a_refused_form_stays_with_its_message(
    make_site: Callable[..., Site], make_officer: MakeOfficer, size: dict[str, int]
) -> None:
    """The page stays, and live; the message has the focus and is in view, and what was typed is still there."""
    site = make_site()
    ticket, other = inquiry(site), inquiry(site)
    marie = make_officer("marie", at=site, viewport=size)
    address = f"{site.url}/console/tickets/{ticket.reference}"
    marie.goto(address)
    stays(marie)
    marie.fill("#text", "   \n ")
    marie.locator("form.composer button.main").click()
    problem = marie.locator(".problem")
    expect(problem).to_have_text("Il n'y a rien à envoyer.")
    expect(problem).to_be_focused()
    assert in_view(marie, ".problem")
    marie.locator("details", has_text="Fermer sans réponse").locator("summary").click()
    marie.fill("#why-withdraw", "  ")
    marie.locator("#why-withdraw").press("Enter")
    expect(problem).to_have_text("Dites pourquoi.")
    expect(problem).to_be_focused()
    assert in_view(marie, ".problem")
    expect(marie.locator("#why-withdraw")).to_have_value("  ")
    assert marie.url == address
    assert has_stayed(marie)
    site.rooms.answers.answer(ticket.reference, "Paul", "Au premier étage.")
    expect(marie.locator("#answers")).to_contain_text("Au premier étage.")
    assert has_stayed(marie)
    assert site.rooms.tickets.get(other.reference).state == "open"


@SIZES
def test_after_a_reply_the_page_stands_at_the_last_message(
    make_site: Callable[..., Site], make_chat: Callable[..., Chat], make_officer: MakeOfficer, size: dict[str, int]
) -> None:
    """However long the conversation is, one sees what one has just said, and may go on writing."""
    site = make_site()
    chat = make_chat(at=site).opened()
    waits(chat, "Ma question sur le passeport jaune")
    this = site.conversation(chat.token).id
    site.rooms.officer_actions.take(this, "Marie")
    for number in range(30):
        site.rooms.officer_actions.reply(this, "Marie", f"Ligne {number}. " + "Une longue phrase. " * 12)
    marie = make_officer("marie", at=site, viewport=size)
    marie.goto(f"{site.url}/console/conversations/{this}")
    for text in ("Voici la dernière.", "Et voici la toute dernière."):
        marie.fill("#text", text)
        marie.locator("#text").press("Control+Enter")
        expect(marie.locator("#log .message").last).to_contain_text(text)
        expect(marie.locator("#text")).to_be_focused()
        expect(marie.locator("#text")).to_have_value("")
        assert in_view(marie, "#log .message")
    expect(chat.messages.last).to_contain_text("Et voici la toute dernière.")


def test_what_is_written_outlives_the_session(
    make_site: Callable[..., Site], make_chat: Callable[..., Chat], make_officer: MakeOfficer
) -> None:
    """The session ends before the reply is sent: after the login the same page comes back with the text, to be sent."""
    site = make_site()
    chat = make_chat(at=site).opened()
    waits(chat, "Ma question sur le passeport jaune")
    marie = make_officer("marie", at=site)
    entry(marie, "waiting", "passeport jaune").locator("button.main").click()
    marie.fill("#text", "Une réponse longuement pesée.")
    page = marie.url.partition("#")[0]
    end_sessions(site)
    marie.locator("form.composer button.main").click()
    expect(marie.locator(".problem")).to_contain_text("Votre session est terminée.")
    expect(marie.locator("#text")).to_have_value("Une réponse longuement pesée.")
    marie.locator(".live a").click()
    log_in(marie, "marie")
    expect(marie).to_have_url(page)
    expect(marie.locator("#text")).to_have_value("Une réponse longuement pesée.")
    expect(marie.locator(".put-back")).to_be_visible()
    replies(marie, "Une réponse longuement pesée.")
    expect(chat.messages.last).to_contain_text("Une réponse longuement pesée.")
    expect(marie.locator("#text")).to_have_value("")
    assert kept(marie) == []


def kept(page: Page) -> list[str]:
    """What the tab keeps of texts."""
    script = "Object.entries(sessionStorage).filter(([key]) => key.startsWith('guichet.')).map((entry) => entry.join())"
    found: list[str] = page.evaluate(script)
    return found


def test_nobody_else_gets_a_text(make_site: Callable[..., Site], make_officer: MakeOfficer) -> None:
    """Who logs out leaves nothing, in no tab; who logs in where another's session ended finds nothing of theirs."""
    site = make_site()
    ticket = inquiry(site)
    address = f"{site.url}/console/tickets/{ticket.reference}"
    marie = make_officer("marie", at=site)
    tab = marie.context.new_page()
    for page in (marie, tab):
        page.goto(address)
        page.fill("#text", "Un secret de Marie.")
        assert len(kept(page)) == 1
    marie.get_by_role("button", name="Fermer la session").click()
    expect(marie.locator(".done")).to_contain_text("Votre session est fermée.")
    expect(tab.locator("#login")).to_be_visible()
    assert kept(marie) == kept(tab) == []

    log_in(marie, "marie")
    expect(marie).to_have_url(f"{site.url}/console/conversations")
    marie.goto(address)
    expect(marie.locator("#text")).to_have_value("")
    marie.fill("#text", "Un secret de Marie.")
    end_sessions(site)
    marie.goto(address)
    log_in(marie, "paul")
    expect(marie).to_have_url(address)
    expect(marie.locator("#text")).to_have_value("")
    assert kept(marie) == []

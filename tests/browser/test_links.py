"""What can be pressed in what the assistant and the officers say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.conftest import Site

CASES = json.loads((Path(__file__).parents[1] / "channels" / "web" / "links.json").read_text(encoding="utf-8"))
PIECES = """async ([address, texts]) => {
  const { pieces } = await import(address);
  return texts.map((text) => pieces(text).map(({ shown, href }) => [shown.whole ?? shown, Boolean(shown.whole), href]));
}"""
SAID = (
    "Téléphonez au (418) 649-2300 ou au 1 800 267-8376. Votre demande : RI-7K3P-92QX. "
    "Voir www.quebec.ca/sante, ou info@mri.gouv.qc.ca. <b>www.a.example/<script></b> javascript:alert(1)"
)


def officer_says(chat: Chat, site: Site, text: str) -> None:
    """Marie takes the conversation and says something."""
    chat.asks("un")
    conversation = site.conversation(chat.token).id
    site.rooms.officer_actions.take(conversation, "Marie")
    site.rooms.officer_actions.reply(conversation, "Marie", text)
    expect(chat.panel.locator(".message.officer")).to_be_visible()


def test_the_same_is_found_as_on_the_page(chat: Chat) -> None:
    """The chat finds what the desk's own page finds (see test_linking.py), and loses nothing of the text."""
    folder = chat.page.locator("link[rel=stylesheet]").get_attribute("href")
    assert folder
    address = folder.replace("page.css", "links.js")
    texts = [text for text, _ in CASES]
    found: Any = chat.page.evaluate(PIECES, [address, texts])
    for (text, expected), pieces in zip(CASES, found, strict=True):
        assert "".join(shown for shown, _, _ in pieces) == text
        whole = [f"{shown} → {(href or '').rstrip('/')}".removesuffix(" → ") for shown, whole, href in pieces if whole]
        assert whole == [one.rstrip("/") for one in expected], text


def test_what_an_officer_says_can_be_pressed(chat: Chat, site: Site) -> None:
    """Numbers are called, addresses opened in a tab that learns nothing of this one, and texts stay texts."""
    officer_says(chat, site, SAID)
    links = chat.panel.locator(".message.officer .text a")
    assert links.evaluate_all("all => all.map((link) => link.getAttribute('href'))") == [
        "tel:+14186492300",
        "tel:+18002678376",
        "https://www.quebec.ca/sante",
        "mailto:info@mri.gouv.qc.ca",
        "https://www.a.example/",
    ]
    expect(links.nth(2)).to_have_attribute("rel", "noopener noreferrer")
    expect(links.nth(2)).to_have_attribute("target", "_blank")
    expect(links.nth(2)).to_have_accessible_name("www.quebec.ca/sante (nouvel onglet)")
    assert chat.panel.locator(".message b, .message script").count() == 0
    assert chat.complaints() == []
    chat.page.context.route("https://www.quebec.ca/**", lambda route: route.fulfill(body="là"))
    with chat.page.context.expect_page() as opened:
        links.nth(2).click()
    assert opened.value.evaluate("window.opener") is None
    expect(chat.panel).to_be_visible()


def test_what_a_citizen_writes_is_shown_as_written(chat: Chat) -> None:
    """One's own words hold no links."""
    chat.asks("Voir www.quebec.ca/sante")
    expect(chat.messages.first.locator("a")).to_have_count(0)


def test_numbers_and_references_do_not_break(make_chat: Callable[..., Chat], site: Site) -> None:
    """On the narrowest phone every number, reference and time stands in one line."""
    chat = make_chat(viewport={"width": 320, "height": 640}).opened()
    officer_says(chat, site, SAID * 3 + " Ouvert de 8 h 30 à 17 h au (418) 649-2300, poste 123.")
    wholes = chat.panel.locator(".message.officer .whole")
    assert wholes.count() == 3 * 4 + 3
    lines = wholes.evaluate_all("all => all.map((whole) => whole.getClientRects().length)")
    assert set(lines) == {1}
    assert chat.log.evaluate("(node) => node.scrollWidth <= node.clientWidth")

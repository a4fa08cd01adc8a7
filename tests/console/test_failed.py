"""What the system could not answer: counted where officers begin, listed with its conversation, and dealt with."""

from __future__ import annotations

import html

import pytest

from tests.console.conftest import Browser, Desk


def words(browser: Browser, path: str) -> str:
    """A page's text, its spaces all alike."""
    return html.unescape(browser.get(path).text).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    "lang, link, told",
    [
        ("fr", "Messages auxquels le système n’a pas su répondre : 1", "Le guichet n’a pas pu traiter le message."),
        ("en", "Messages that the system could not answer: 1", "The desk could not process the message."),
    ],
)
def test_an_officer_finds_what_failed_and_says_that_it_is_dealt_with(
    desk: Desk, lang: str, link: str, told: str
) -> None:
    """From the alert to the conversation, with what failed; afterwards neither stands there, and the journal tells."""
    assert desk.failed
    marie = desk.as_("marie")
    marie.post("/console/language", language=lang)
    assert link in words(marie, "/console/conversations")
    page = words(marie, "/console/failed")
    assert told in page
    assert "<code>desk: OSError</code>" in page
    assert f'href="/console/conversations/{desk.waiting.id}"' in page
    assert marie.post(f"/console/failed/{desk.failed}/settle").headers["location"] == "/console/failed?done=settled"
    assert "/console/failed" not in marie.get("/console/conversations").text
    assert "OSError" not in marie.get("/console/failed").text
    assert desk.rooms.journal.read(subject="failures")[0].action == "settled"
    assert marie.post(f"/console/failed/{desk.failed}/settle").status_code == 404


def test_all_that_stand_on_the_page_are_dealt_with_at_once(desk: Desk) -> None:
    """After an outage nobody presses a hundred times."""
    marie = desk.as_("marie")
    marie.post("/console/failed/settle", newest=str(desk.failed - 1))
    assert desk.rooms.failures.count() == 1
    marie.post("/console/failed/settle", newest=str(desk.failed))
    assert desk.rooms.failures.count() == 0

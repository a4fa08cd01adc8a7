"""What is folded away for the eye is searched and matched all the same, unless we wrote it ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.tickets.store import TicketFilter
from tests.channels.email.conftest import Post, answering, publish

pytestmark = pytest.mark.anyio
ASKS = "Where is your office in Quebec City?"
DIVIDER = "----- Original Message -----"
NOTHING = {"intent": {"name": "inquiry"}, "knowledge": {"outcome": "unanswered"}}


def found(post: Post, text: str) -> int:
    """How many requests an officer's search shows."""
    return len(post.rooms.tickets.store.page(TicketFilter(text=text)).tickets)


def where_asked(text: str) -> Mapping[str, Any]:
    """Rasa: an article answers one question."""
    return answering() if ASKS in text else NOTHING


@pytest.mark.parametrize(
    "body",
    [
        f"Please see below.\n\n{DIVIDER}\n\nThe zeppelin has landed.",
        "Please see below.\n\n> The zeppelin has landed.",
        "Please see below.\n-- \nAna Tremblay\nThe zeppelin has landed.",
        "Please see below.\n-- \nAna Tremblay\nZeppelin Works\n418 555-0199",
        "word " * 400 + "\n\n> The zeppelin has landed.",
    ],
    ids=["divider", "mark", "signature", "contact", "long"],
)
async def test_folded_words_are_found(post: Post, body: str) -> None:
    """In the request that the e-mail opens, and in the one that it is added to."""
    await post.comes(body=body, more=["In-Reply-To: <0@example.org>"])
    assert found(post, "zeppelin") == 1
    await post.carry()
    await post.comes(body="Bonjour, une question.", sender="Bob <bob@example.org>", name="<b@b>")
    await post.comes(body=body, sender="Bob <bob@example.org>", name="<c@b>", more=["In-Reply-To: <b@b>"])
    assert found(post, "zeppelin") == 2
    assert found(post, "zeppelin bob@example.org") == 1


async def test_what_we_wrote_is_not_found(post: Post) -> None:
    """Only what the citizen put between the lines of our acknowledgement."""
    await post.comes(body="Hello, which internships do you offer?")
    _, mail = await post.one()
    lines = mail.get_content().replace("\r\n", "\n").splitlines()
    quoted = [*lines[:3], "The zeppelin has landed.", *lines[3:]]
    body = "\n".join(["Thank you.", "", DIVIDER, "", *quoted])
    await post.comes(body=body, name="<2@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    assert len(post.tickets()) == found(post, "zeppelin") == 1
    assert found(post, "acknowledgement") == 0


@pytest.mark.parametrize("said, words", [("Please see below.", "It is not certain"), ("", "may already answer")])
async def test_an_article_is_looked_for_below(post: Post, said: str, words: str) -> None:
    """Where what is seen asks nothing; it may be another's question, unless nothing else is said."""
    publish(post.rooms)
    post.reading = where_asked
    await post.comes(body=f"{said}\n\n> {ASKS}", more=["In-Reply-To: <0@example.org>"])
    assert words in (await post.one())[1].get_content()


async def test_who_asks_for_a_person_gets_no_article_from_below(post: Post) -> None:
    """As where it stands in sight."""
    publish(post.rooms)
    post.reading = lambda text: (
        where_asked(text) if ASKS in text else {**NOTHING, "intent": {"name": "request_officer"}}
    )
    await post.comes(body=f"I want to speak to somebody.\n\n> {ASKS}", more=["In-Reply-To: <0@example.org>"])
    assert "Source" not in (await post.one())[1].get_content()


async def test_a_question_in_sight_comes_first(post: Post) -> None:
    """What is quoted is not asked about where what is seen has its answer."""
    publish(post.rooms)
    post.reading = answering()
    await post.comes(body=f"What is the role of the ministry?\n\n> {ASKS}", more=["In-Reply-To: <0@example.org>"])
    assert "may already answer" in (await post.one())[1].get_content()
    assert not any(ASKS in asked["text"] for asked in post.asked)

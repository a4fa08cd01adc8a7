"""What a machine sends is never answered: away notices, bounces of answers and of acknowledgements."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cast import NOW
from tests.channels.email.conftest import Post, answering, publish
from tests.channels.email.letters import returned
from tests.channels.email.test_turn import ENGLISH, MACHINES, answered

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("raw", MACHINES)
async def test_machines_are_never_answered(post: Post, raw: bytes) -> None:
    """What they write is kept where staff see it."""
    await post.comes(raw)
    assert post.tickets() == []
    assert await post.carry() == []
    assert len(post.rooms.email_threads.aside()) == 1


async def test_an_away_notice_stands_in_its_thread(post: Post) -> None:
    """Below the e-mail that it answers, and closes nothing."""
    publish(post.rooms)
    post.reading = answering()
    await post.comes(body=ENGLISH)
    _, mail = await post.one()
    away = ["Auto-Submitted: auto-replied", f"In-Reply-To: {mail['Message-ID']}"]
    await post.comes(body="yes", name="<2@b>", more=away)
    (ticket,) = post.tickets()
    assert ticket.state == "open"
    assert post.said(ticket)[-1].text == "yes"
    assert await post.carry() == []


@pytest.mark.parametrize("style", ["postfix", "exchange", "gmail", "plain"])
async def test_a_bounced_answer_opens_its_ticket_again(post: Post, style: str) -> None:
    """It never arrived: the clock goes on as if it had never stopped, and the history says why."""
    reference, name = await answered(post)
    assert post.rooms.tickets.get(reference).state == "closed"
    await post.comes(returned(name, style=style))
    ticket = post.rooms.tickets.get(reference)
    assert (ticket.state, ticket.kept, ticket.pending, ticket.closed_at) == ("open", None, None, None)
    last = post.rooms.tickets.store.history(reference)[-1]
    assert last.kind == "undelivered"
    assert last.detail["reason"].startswith("5.1.1")
    assert await post.carry() == []
    # The same news by another way, with another name: nothing changes any more.
    post.rooms.answers.answer(reference, "Marie", "Encore.")
    await post.comes(returned(name, style=style).replace(b"16:39", b"16:45"))
    assert post.rooms.tickets.get(reference).pending


async def test_a_bounce_while_an_officer_holds_the_conversation(post: Post) -> None:
    """The ticket is open again all the same."""
    reference, name = await answered(post)
    post.rooms.officer_actions.take(post.rooms.tickets.get(reference).conversation, "Paul")
    await post.comes(returned(name))
    assert post.rooms.tickets.get(reference).state == "open"


async def test_a_bounce_before_the_delivery_was_written_down(post: Post) -> None:
    """An answer on its way that comes back at once is not taken for delivered."""
    await post.comes()
    await post.carry()
    (ticket,) = post.tickets()
    post.rooms.answers.answer(ticket.reference, "Marie", "Voici.")
    _, mail = await post.one()
    await post.comes(returned(mail["Message-ID"]))
    post.rooms.answers.settle()
    assert (post.tickets()[0].state, post.tickets()[0].pending) == ("open", None)


async def test_a_delay_is_no_failure(post: Post) -> None:
    """What may still arrive leaves everything as it is."""
    reference, name = await answered(post)
    await post.comes(returned(name, "4.4.1", "delayed"))
    assert post.rooms.tickets.get(reference).state == "closed"


async def test_a_bounced_acknowledgement_is_noted(post: Post) -> None:
    """Staff see that the citizen does not know of the reference."""
    await post.comes()
    _, mail = await post.one()
    await post.comes(returned(mail["Message-ID"]))
    (ticket,) = post.tickets()
    assert ticket.state == "open"
    assert post.history(ticket) == ["opened", "ack_returned"]


async def test_a_bounce_of_the_page_s_answer(post: Post) -> None:
    """It opens the ticket of the page's conversation again."""
    page = post.rooms.conversations.open("web", "a", "fr", NOW)
    ticket = post.rooms.tickets.open(conversation=page.id, question="Où?", language="fr", email="ana@example.org")
    post.rooms.answers.answer(ticket.reference, "Marie", "Ici.")
    _, mail = await post.one()
    post.rooms.answers.settle()
    await post.comes(returned(mail["Message-ID"]))
    assert post.rooms.tickets.get(ticket.reference).state == "open"


async def test_a_machine_that_hides_gets_no_more_acknowledgements(make_post: Callable[..., Post]) -> None:
    """Beyond some an hour there are none, but every e-mail has its ticket; an hour later there are some again."""
    post = make_post(mail_acknowledged=3)
    for n in range(5):
        await post.comes(name=f"<{n}@loop>")
    assert len(post.tickets()) == 5
    assert len(await post.carry()) == 3
    post.pass_by(hours=2)
    await post.comes(name="<6@loop>")
    assert len(await post.carry()) == 1

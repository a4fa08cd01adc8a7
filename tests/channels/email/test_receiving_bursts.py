"""Five hundred e-mails at once: each is read at its own pace, opens one request, and is acknowledged once."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.channels.email.mailboxes import Letter
from tests.channels.email.bursts import ACKNOWLEDGED, ANSWERED, ASIDE, JOINED, UNSIGNED, Sent, burst
from tests.channels.email.conftest import Post, answering, publish

pytestmark = pytest.mark.anyio
_KNOWN = {question for asked in ANSWERED.values() for question in asked}


def reads(text: str) -> Mapping[str, Any]:
    """Rasa: finds an article in the questions that one answers."""
    found = any(question.rstrip(" ?") in text for question in _KNOWN)
    return answering() if found else {"intent": {"name": "inquiry"}, "knowledge": {"outcome": "unanswered"}}


async def take_in(post: Post, mails: list[Sent]) -> None:
    """Hand them in one after the other, while their turns are being taken."""
    for mail in mails:
        await post.channel.receive(Letter(mail.raw, post.moment, whole=True))


async def again(post: Post) -> None:
    """A process takes up what another left: it has died, and its claims have run out."""
    for turn in post.service._turns:
        turn.cancel()
    await asyncio.gather(*post.service._turns, return_exceptions=True)
    post.pass_by(seconds=10)
    await post.service._tend()


async def unread(post: Post, mails: list[Sent]) -> set[str | None]:
    """Each has become what it must, once; whose question got no article though one answers it."""
    fates = Counter(mail.fate for mail in mails)
    asked = [mail for mail in mails if mail.fate == ACKNOWLEDGED]
    tickets = post.rooms.tickets.store.by_due_moment(limit=1000)
    opened = Counter(ticket.email for ticket in tickets)
    assert opened.pop(None) == fates[UNSIGNED]
    assert opened == {mail.sender: 1 for mail in asked}
    assert len(post.rooms.email_threads.aside()) == fates[ASIDE]
    assert sum(post.history(ticket).count("wrote") for ticket in tickets) == fates[JOINED]
    went = await post.carry()
    assert Counter(to for to, _ in went) == {mail.sender: 1 for mail in asked}
    given = {to for to, mail in went if "Source" in mail.get_content()}
    assert given <= {one.sender for one in asked if one.answered}
    return {one.sender for one in asked if one.answered} - given


async def test_five_hundred_at_once(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """Questions, replies, duplicates, machines and broken ones; of nothing is there anything to warn."""
    publish(post.rooms)
    post.reading = reads
    mails = burst(500)
    with caplog.at_level(logging.WARNING, "bot"):
        await take_in(post, mails)
        await post.turns()
    assert caplog.messages == []
    assert await unread(post, mails) == set()


async def test_an_assistant_that_starts_is_waited_for(make_post: Callable[..., Post]) -> None:
    """What lay in the mailbox when the desk was started is read once the assistant is there."""
    post = make_post(silence=60.0)
    publish(post.rooms)
    post.reading, post.there = reads, False
    mails = burst(40)
    await take_in(post, mails)
    await asyncio.sleep(0)
    assert await post.carry() == []
    post.there = True
    await post.turns()
    assert await unread(post, mails) == set()


async def test_an_assistant_that_stays_away_is_not_waited_for_again(
    make_post: Callable[..., Post], caplog: pytest.LogCaptureFixture
) -> None:
    """All wait for it together, once; then each is acknowledged without an article, and the log says so."""
    post = make_post(silence=0.5)
    publish(post.rooms)
    post.there = False
    mails = burst(20)
    await take_in(post, mails)
    await post.turns()
    asked = [mail for mail in mails if mail.fate == ACKNOWLEDGED]
    assert Counter(to for to, _ in await post.carry()) == {mail.sender: 1 for mail in asked}
    told = [line for line in caplog.messages if line.startswith("the assistant did not read an e-mail")]
    assert len(told) == len(asked) + 2  # those in its thread might have held a wish


async def test_a_process_that_dies_has_not_tried_what_waits(post: Post) -> None:
    """However often the desk is killed in the middle of a burst, those that only waited are read."""
    publish(post.rooms)
    never = asyncio.Event()

    async def hangs(_text: str) -> Any:
        await never.wait()

    mails = burst(40)
    post.reading = hangs
    await take_in(post, mails)
    for _ in range(2):
        await asyncio.sleep(0.2)
        await again(post)
    await asyncio.sleep(0.2)
    post.reading = reads
    await again(post)
    await post.turns()
    assert len(await unread(post, mails)) <= 2, "those that were being read when it died, each time"

"""An e-mail goes on with a request that its sender left on the website or on Telegram, and stays among e-mails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.messages.conversation import WORDS, Incoming
from bot.tickets.ticket import Ticket
from tests.channels.email.conftest import Post
from tests.channels.email.letters import PDF, attached, multipart, part

pytestmark = pytest.mark.anyio
ADDRESS = "ana@example.org"


def leave(post: Post, channel: str = "web", email: str | None = ADDRESS) -> Ticket:
    """A request that was left in a conversation of another channel."""
    said = Incoming(channel, f"{channel}-1", f"{channel}-citizen", "Quels stages?", WORDS, "fr", {})
    accepted = post.rooms.inbox.accept(said, post.moment)
    return post.rooms.tickets.open(
        conversation=accepted.conversation.id, question="Quels stages?", language="fr", email=email
    )


def follows(post: Post, ticket: Ticket) -> list[str]:
    """The closed requests that a request goes on from, as its history has it."""
    history = post.rooms.tickets.store.history(ticket.reference)
    return [event.detail["reference"] for event in history if event.kind == "follows"]


async def write(post: Post, ticket: Ticket, name: str = "<2@b>", **more: str) -> None:
    """A new e-mail that names a request."""
    body = f"Hello, this is about {ticket.reference.lower()}: I leave in May and would like to know more."
    await post.comes(body=body, name=name, subject="More", **more)


@pytest.mark.parametrize("channel", ["web", "telegram", "rest"])
async def test_it_joins_the_open_request(post: Post, channel: str) -> None:
    """The officer sees it there and answers below it; who wrote hears, in the e-mail's language, that it was added."""
    ticket = leave(post, channel)
    await write(post, ticket)
    assert [found.reference for found in post.tickets()] == [ticket.reference]
    assert post.history(ticket) == ["opened", "wrote"]
    to, told = await post.one()
    assert (to, told["In-Reply-To"]) == (ADDRESS, "<2@b>")
    assert f"has been added to your request {ticket.reference}" in told.get_content()
    (added,) = post.rooms.email_threads.added_to(ticket.reference)
    assert added.conversation_id != ticket.conversation, "who has the page does not read e-mails there"
    assert len(post.said(ticket)) == 1

    post.rooms.answers.answer(ticket.reference, "Marie", "Voici les stages.")
    to, answer = await post.one()
    assert (to, answer["In-Reply-To"], answer["Subject"]) == (ADDRESS, "<2@b>", "Re: More")


async def test_its_thread_goes_on_there(post: Post) -> None:
    """What is added below the acknowledgement, or below an officer's news, needs no number, and no word more."""
    ticket = leave(post)
    await write(post, ticket)
    _, told = await post.one()
    await post.comes(body="And in June?", name="<3@b>", more=[f"In-Reply-To: {told['Message-ID']}"])
    day = post.rooms.calendar.local_date(ticket.due_at) + timedelta(days=7)
    post.rooms.answers.delay(ticket.reference, "Marie", day, "Il manque une pièce.")
    _, news = await post.one()
    more = [f"In-Reply-To: {news['Message-ID']}", f"References: <2@b> {news['Message-ID']}"]
    await post.comes(body="I understand. What is missing?", name="<4@b>", more=more)
    assert [found.reference for found in post.tickets()] == [ticket.reference]
    added = post.rooms.email_threads.added_to(ticket.reference)
    assert [message.text for message in added[1:]] == ["And in June?", "I understand. What is missing?"]
    assert len({message.conversation_id for message in added}) == 1
    assert await post.carry() == []


async def test_an_answer_to_our_first_e_mail_about_it_joins_it(post: Post) -> None:
    """Nobody wrote by e-mail before: the news of a delay went to the address, and is answered from there."""
    ticket = leave(post)
    day = post.rooms.calendar.local_date(ticket.due_at) + timedelta(days=7)
    post.rooms.answers.delay(ticket.reference, "Marie", day, "Il manque une pièce.")
    _, news = await post.one()
    await post.comes(body="Which one?", name="<2@b>", more=[f"In-Reply-To: {news['Message-ID']}"])
    assert post.history(ticket) == ["opened", "delayed", "wrote"]
    assert await post.carry() == []


@pytest.mark.parametrize("email", ["eve@example.org", None])
async def test_only_from_the_address_at_which_it_is_answered(post: Post, email: str | None) -> None:
    """A number alone opens nothing, and a request without an address is answered where it was left."""
    ticket = leave(post, email=email)
    await write(post, ticket)
    assert post.history(ticket) == ["opened"]
    (new,) = (found for found in post.tickets() if found.reference != ticket.reference)
    assert (new.email, follows(post, new)) == (ADDRESS, [])
    assert new.reference in (await post.one())[1].get_content()


async def test_one_that_is_closed_is_followed_by_a_new_one(post: Post) -> None:
    """As below an answer: what comes after it waits for a person, who sees what it goes on from."""
    ticket = leave(post)
    post.rooms.tickets.groups.withdraw(ticket.reference, "Marie", "essai")
    await write(post, ticket)
    (new,) = post.tickets("open")
    assert follows(post, new) == [ticket.reference]
    assert new.reference in (await post.one())[1].get_content()


async def test_one_that_is_answered_meanwhile_is_followed_too(post: Post) -> None:
    """The thread that joined it goes on with a new one; thanks alone do not."""
    ticket = leave(post)
    await write(post, ticket)
    await post.carry()
    post.rooms.answers.answer(ticket.reference, "Marie", "Voici les stages.")
    _, answer = await post.one()
    post.rooms.answers.settle()
    below = [f"In-Reply-To: {answer['Message-ID']}"]
    await post.comes(body="Merci beaucoup!", name="<3@b>", more=below)
    assert post.tickets("open") == []
    await post.comes(body="Et en hiver, y a-t-il des stages?", name="<4@b>", more=below)
    (new,) = post.tickets("open")
    assert follows(post, new) == [ticket.reference]


async def test_one_that_was_merged_tells_the_one_that_leads(post: Post) -> None:
    """Both histories say that the citizen wrote."""
    other = leave(post, "telegram", "bob@example.org")
    post.pass_by(days=3)
    ticket = leave(post)
    references = {ticket.reference, other.reference}
    post.rooms.tickets.groups.merge(ticket.reference, other.reference, "Marie", references)
    await write(post, ticket)
    assert post.history(ticket)[-1] == post.history(other)[-1] == "wrote"
    assert len(post.tickets("open")) == 1


async def test_one_that_is_erased_is_nobodys(post: Post) -> None:
    """Nobody knows any more whose it was: a new one is opened."""
    ticket = leave(post)
    post.rooms.tickets.groups.withdraw(ticket.reference, "Marie", "essai")
    post.rooms.forgetting.erase_requests(post.moment)
    await write(post, ticket)
    (new,) = post.tickets("open")
    assert follows(post, new) == []


async def test_it_stays_as_long_as_the_request_is_open(post: Post) -> None:
    """Words and files are kept until it is answered, as those of its own conversation are."""
    ticket = leave(post)
    await post.comes(multipart(part(f"Voir {ticket.reference}, svp."), attached(PDF, "filename=cv.pdf"), name="<2@b>"))
    await post.carry()
    post.pass_by(days=200)
    (added,) = post.rooms.email_threads.added_to(ticket.reference)

    def night() -> None:
        post.rooms.forgetting.erase_silent(post.moment)
        post.rooms.files.erase_old(post.moment)

    night()
    assert post.rooms.email_threads.added_to(ticket.reference) == [added]
    assert post.rooms.files.of_conversation(added.conversation_id)
    post.rooms.tickets.groups.withdraw(ticket.reference, "Marie", "essai")
    post.pass_by(days=1)
    night()
    assert post.rooms.email_threads.added_to(ticket.reference) == []

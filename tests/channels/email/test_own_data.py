"""What do you know about me, and forget me, by e-mail: told to the address that it is of, erased if it confirms."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.channels.email.tables import emails
from bot.messages.tables import conversations, messages
from tests.cast import NOW
from tests.channels.email.conftest import Post, answering
from tests.channels.email.letters import ANA, PDF, attached, letter, multipart, part

pytestmark = pytest.mark.anyio
QUESTION = "Hello, which internships do you offer to students who live in Montréal?"
ASKS = "Bonjour, quels renseignements gardez-vous à mon sujet?"
FORGET = "Bonjour, effacez toutes les données que vous avez sur moi."
LUC = "luc@example.org"


def wishing(act: str, confidence: float = 0.97) -> dict[str, Any]:
    """A reading of one of the two wishes; an article is near, too."""
    return {**answering(), "intent": {"name": act, "confidence": confidence}}


def kept_of(mail: EmailMessage) -> Any:
    """The file of an e-mail."""
    (file,) = mail.iter_attachments()
    return json.loads(file.get_content())


def words_of(mail: EmailMessage) -> str:
    """The words of an e-mail, on one line."""
    body = mail.get_body()
    assert body
    return " ".join(body.get_content().split())


def left_in(post: Post) -> str:
    """Everything that stands in the tables of e-mails and messages."""
    with post.rooms.database.reading() as connection:
        return str([list(connection.execute(sa.select(table))) for table in (messages, emails, conversations)])


async def asks(post: Post, act: str, body: str, **changes: Any) -> EmailMessage:
    """An e-mail with a wish; what it is answered."""
    post.reading = wishing(act)
    await post.comes(body=body, name=changes.pop("name", "<wish@b>"), **changes)
    post.reading = {"intent": {"name": "affirm", "confidence": 0.9}, "knowledge": {}}
    _, mail = await post.one()
    return mail


async def replies(post: Post, mail: EmailMessage, body: str, **changes: Any) -> None:
    """An e-mail in answer to one of ours."""
    name = changes.pop("name", "<reply@b>")
    await post.comes(body=body, name=name, more=[f"In-Reply-To: {mail['Message-ID']}"], **changes)


async def test_all_that_came_from_an_address_is_told_to_it(post: Post) -> None:
    """Every conversation of its e-mails, with the requests; the request for it has its ticket like any e-mail."""
    await post.comes(multipart(part(QUESTION), attached(PDF, "filename=cv.pdf")))
    await post.comes(body="Something of Luc's", sender=LUC, name="<luc@b>")
    await post.carry()
    mail = await asks(post, "my_data", ASKS)
    assert "Si nous comprenons bien, vous demandez ce que nous gardons de vous" in words_of(mail)
    assert "90 jours" in words_of(mail)
    assert post.tickets()[-1].reference in words_of(mail)
    kept = kept_of(mail)
    assert kept["address"] == "ana@example.org"
    said = [message["text"] for one in kept["conversations"] for message in one["messages"]]
    assert QUESTION in said
    assert ASKS in said
    assert [file["name"] for one in kept["conversations"] for file in one["attachments"]] == ["cv.pdf"]
    assert len([ticket for one in kept["conversations"] for ticket in one["tickets"]]) == 2
    assert "Luc" not in json.dumps(kept)


async def test_a_yes_to_it_closes_the_request(post: Post) -> None:
    """As after an article."""
    mail = await asks(post, "my_data", ASKS)
    await replies(post, mail, "oui merci")
    (ticket,) = post.tickets()
    assert ticket.closed_as == "satisfied"


async def test_an_exchange_of_several_people_is_not_told(post: Post) -> None:
    """Who was let into a thread of ours does not get the words of the others, nor erases them."""
    await post.comes(body=QUESTION)
    _, acknowledgement = await post.one()
    await replies(post, acknowledgement, "I am Ana's teacher", sender=LUC)
    await post.comes(body="Luc alone", sender=LUC, name="<2@b>")
    await post.carry()
    mail = await asks(post, "my_data", ASKS, sender=LUC)
    said = json.dumps(kept_of(mail))
    assert "Luc alone" in said
    assert "internships" not in said
    again = await asks(post, "forget_me", FORGET, sender=LUC, name="<3@b>")
    await replies(post, again, "oui", sender=LUC, name="<4@b>")
    assert "internships" in left_in(post)
    assert "Luc alone" not in left_in(post)


async def test_nobody_erases_the_words_of_others(post: Post) -> None:
    """One let into a thread is not asked to confirm; nor is one obeyed whose thread another has written in since."""
    await post.comes(body=QUESTION)
    _, acknowledgement = await post.one()
    post.reading = wishing("forget_me")
    await replies(post, acknowledgement, FORGET, sender=LUC)
    assert await post.carry() == []
    assert post.history(post.tickets()[0]) == ["opened", "wrote"]
    mail = await asks(post, "forget_me", FORGET, name="<2@b>")
    await replies(post, mail, "I am Ana's teacher", sender=LUC, name="<3@b>")
    await replies(post, mail, "oui", name="<4@b>")
    assert await post.carry() == []
    assert "internships" in left_in(post)
    assert "teacher" in left_in(post)
    assert {ticket.state for ticket in post.tickets()} == {"open"}


async def test_what_was_left_elsewhere_with_the_address_is_not_its_own(post: Post) -> None:
    """Anybody can give an address to the assistant."""
    post.rooms.tickets.open(
        conversation="c" * 32, question="Something private", language="fr", email="ana@example.org", channel="web"
    )
    assert "Something private" not in json.dumps(kept_of(await asks(post, "my_data", ASKS)))


async def test_nothing_is_erased_without_a_confirmation(post: Post) -> None:
    """An address is easily forged: the answer to our e-mail shows that it is the owner who asks."""
    await post.comes(body=QUESTION)
    await post.carry()
    mail = await asks(post, "forget_me", FORGET)
    assert "nous n'effaçons rien sans confirmation" in words_of(mail)
    assert not list(mail.iter_attachments())
    await post.comes(body="oui", name="<2@b>")
    await replies(post, mail, "oui", sender="eve@example.org", name="<3@b>")
    await replies(post, mail, "oui, mais quand?", name="<4@b>")
    assert "internships" in left_in(post)
    assert [ticket.state for ticket in post.tickets()].count("open") == len(post.tickets())


@pytest.mark.parametrize("words", ["oui", "Oui, merci!\nAna Tremblay", "Oui, effacez tout, s'il vous plaît."])
async def test_a_confirmation_erases_everything(post: Post, words: str) -> None:
    """A plain yes, or the wish again; what is still to be answered stays, without its conversation's words."""
    await post.comes(body=QUESTION)
    (first,) = post.tickets()
    _, acknowledgement = await post.one()
    await replies(post, acknowledgement, "One thing more: I am 19.", name="<2@b>")
    mail = await asks(post, "forget_me", FORGET)
    if "effacez" in words:
        post.reading = wishing("forget_me")
    await replies(post, mail, words)
    to, told = await post.one()
    assert to == "ana@example.org"
    assert "C'est fait." in words_of(told)
    assert first.reference in words_of(told)
    assert (told["In-Reply-To"], told["Subject"]) == ("<reply@b>", "Re: Question")
    assert "internships" not in left_in(post)
    assert "effacez" not in left_in(post)
    states = {ticket.reference: (ticket.state, ticket.closed_as) for ticket in post.tickets()}
    assert states.pop(first.reference) == ("open", None)
    assert list(states.values()) == [("closed", "satisfied")]
    # The answer that is owed finds its way, and then the last words go.
    post.rooms.answers.answer(first.reference, "Marie", "Here are the internships.")
    assert (await post.one())[0] == "ana@example.org"
    post.rooms.answers.settle()
    assert post.rooms.forgetting.erase_wished(post.moment) == 1


async def test_where_nothing_is_owed_nothing_stays(post: Post) -> None:
    """The last e-mail tells that it is done, and then the conversation is gone, too."""
    mail = await asks(post, "forget_me", FORGET)
    await replies(post, mail, "oui")
    rows = post.rooms.outbox.due("email", post.moment, 10)
    assert [row.message.beside.farewell for row in rows] == [True]
    _, told = await post.one()
    assert "C'est fait." in words_of(told)
    assert "ouvertes" not in words_of(told)
    post.rooms.conversations.erase_farewell(rows[0].message)
    with post.rooms.database.reading() as connection:
        assert not connection.execute(sa.select(conversations)).all()


async def test_a_wish_in_an_open_thread(post: Post) -> None:
    """It is answered in the thread, opens no second ticket, and a yes leaves the first question to be answered."""
    await post.comes(body=QUESTION)
    _, acknowledgement = await post.one()
    mail = await asks(post, "forget_me", FORGET, more=[f"In-Reply-To: {acknowledgement['Message-ID']}"])
    (ticket,) = post.tickets()
    assert post.history(ticket) == ["opened", "wrote"]
    await replies(post, mail, "oui")
    (ticket,) = post.tickets()
    assert ticket.state == "open"
    assert ticket.forget_at == NOW
    assert ticket.reference in words_of((await post.one())[1])


async def test_a_confirmation_after_the_answer(post: Post) -> None:
    """A person has answered meanwhile: what is kept is erased all the same."""
    mail = await asks(post, "forget_me", FORGET)
    (ticket,) = post.tickets()
    post.rooms.answers.answer(ticket.reference, "Marie", "Tout est effacé à votre demande.")
    await post.carry()
    post.rooms.answers.settle()
    await replies(post, mail, "oui")
    assert "C'est fait." in words_of((await post.one())[1])
    assert post.tickets()[0].closed_as == "answered"
    assert "effacez" not in left_in(post)


@pytest.mark.parametrize(
    "reading, body",
    [
        (wishing("my_data", 0.6), ASKS),
        (wishing("my_data"), f"{ASKS} " + "Je vous écris pour un stage. " * 20),
        (httpx.ReadTimeout("slow"), ASKS),
    ],
)
async def test_what_is_not_sure_goes_to_a_person(post: Post, reading: Any, body: str) -> None:
    """A doubtful reading, a long e-mail that also asks for it, no assistant: an acknowledgement like any other."""
    post.reading = reading
    await post.comes(body=body)
    _, mail = await post.one()
    assert not list(mail.iter_attachments())
    assert "gardons de vous" not in words_of(mail)
    assert len(post.tickets("open")) == 1


async def test_a_language_that_cannot_be_told(post: Post) -> None:
    """Both, one after the other, and the file once."""
    mail = await asks(post, "my_data", "日本から", subject="日本")
    assert "what we keep about you" in words_of(mail)
    assert "ce que nous gardons de vous" in words_of(mail)
    assert kept_of(mail)


async def test_english(post: Post) -> None:
    """The same in English."""
    mail = await asks(post, "my_data", "Good morning, what do you know about me? Please send me all of my data.")
    assert "you ask what we keep about you" in words_of(mail)
    mail = await asks(post, "forget_me", "Please erase everything that you have about me, I insist.", name="<2@b>")
    await replies(post, mail, "Yes, thank you")
    assert "It is done." in words_of((await post.one())[1])


async def test_the_sender_is_where_an_answer_goes(post: Post) -> None:
    """One who writes in another's name, and has the answers sent to themselves, learns nothing of the other."""
    await post.comes(body=QUESTION)
    await post.carry()
    post.reading = wishing("my_data")
    await post.comes(letter(ASKS, sender=ANA, name="<2@b>", more=["Reply-To: eve@example.org"]))
    to, mail = await post.one()
    assert to == "eve@example.org"
    assert "internships" not in json.dumps(kept_of(mail))

"""What becomes of an e-mail: a ticket and one acknowledgement, or a place in its thread. No machine is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import date, timedelta

import httpx
import pytest
import sqlalchemy as sa

from bot.channels.email.mailboxes import Letter
from bot.channels.email.tables import attachments, emails
from bot.channels.email.threads import our_name
from bot.messages.claims import ClaimLost
from bot.messages.tables import inbox, messages
from tests.cast import NOW
from tests.channels.email.conftest import Post, answering, publish
from tests.channels.email.letters import ANA, PDF, attached, letter, multipart, part, returned

pytestmark = pytest.mark.anyio
ENGLISH = "Hello, which internships do you offer to students who live in Montréal?"


async def test_an_e_mail_opens_a_ticket_and_is_acknowledged(post: Post) -> None:
    """Under the four-working-day promise, with reference and due date, in its thread, clearly automatic."""
    await post.comes(letter("Bonjour, quels stages offrez-vous aux étudiants?", more=["References: <0@example.org>"]))
    (ticket,) = post.tickets()
    assert (ticket.channel, ticket.email, ticket.language, ticket.promise) == (
        "email",
        "ana@example.org",
        "fr",
        "email-reply",
    )
    assert ticket.question == "Question\n\nBonjour, quels stages offrez-vous aux étudiants?"
    assert ticket.day_zero == date(2026, 12, 22)
    to, mail = await post.one()
    assert to == "ana@example.org"
    assert mail["Subject"] == "Re: Question"
    assert mail["In-Reply-To"] == "<1@example.org>"
    assert mail["References"] == "<0@example.org> <1@example.org>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    body = mail.get_content()
    assert "accusé de réception automatique" in body
    assert ticket.reference in body
    assert "mercredi 30 décembre 2026, à 17 h" in body
    assert "«" not in body, "no article was likely"


async def test_the_language_is_the_e_mail_s(post: Post) -> None:
    """English is answered in English; an e-mail whose language cannot be told, in both."""
    await post.comes(body=ENGLISH)
    _, mail = await post.one()
    assert "automatic acknowledgement" in mail.get_content()
    assert "by 5:00 p.m. on Wednesday, December 30, 2026" in mail.get_content()
    await post.comes(body="日本から", name="<2@example.org>", subject="日本")
    _, mail = await post.one()
    assert "accusé de réception automatique" in mail.get_content()
    assert "automatic acknowledgement" in mail.get_content()


@pytest.mark.parametrize("outcome, words", [("answered", "may already answer"), ("clarify", "It is not certain")])
async def test_the_article_that_may_answer(post: Post, outcome: str, words: str) -> None:
    """It comes word for word with its source, and how to say that it was enough."""
    publish(post.rooms)
    post.reading = answering(outcome=outcome)
    await post.comes(body=ENGLISH)
    article = post.rooms.articles.get("address")
    assert article
    _, mail = await post.one()
    body = mail.get_content().replace("\n", " ")
    assert words in body
    assert article.title["en"] in body
    assert " ".join(article.answer["en"].split()) in " ".join(body.split())
    assert "Source: " in body
    assert 'reply "yes"' in body


async def test_the_question_within_a_long_e_mail_is_read(post: Post) -> None:
    """If the whole says nothing to the matcher, the sentences that ask are tried, and then the subject."""
    publish(post.rooms)
    post.reading = lambda text: answering() if text == "Where is your office?" else {"knowledge": {}}
    await post.comes(body="Hello there. My name is Ana and I write for my class. Where is your office? Thank you")
    whole = "Hello there. My name is Ana and I write for my class. Where is your office? Thank you"
    assert [body["text"] for body in post.asked][-2:] == [whole, "Where is your office?"]
    assert "may already answer" in (await post.one())[1].get_content()


@pytest.mark.parametrize("act", ["ticket_status", "request_officer"])
async def test_to_some_acts_no_article_is_an_answer(post: Post, act: str) -> None:
    """One who asks for a person, or after a request, gets no article."""
    publish(post.rooms)
    post.reading = {**answering(), "intent": {"name": act}}
    await post.comes(body=ENGLISH)
    assert "Source" not in (await post.one())[1].get_content()


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("slow"), httpx.ConnectError("dead")])
async def test_without_rasa_there_is_an_acknowledgement_without_an_article(post: Post, trouble: Exception) -> None:
    """The promise does not wait for ever for the assistant."""
    post.reading = trouble
    await post.comes()
    assert post.tickets()[0].reference in (await post.one())[1].get_content()
    assert len(post.asked) == 3


async def test_the_clock_starts_on_the_day_of_receipt(post: Post) -> None:
    """A desk that was down does not move the due date; one that was down too long says that it is late."""
    await post.comes(body=ENGLISH, at=NOW - timedelta(days=4))
    (ticket,) = post.tickets()
    assert ticket.day_zero == date(2026, 12, 18)
    await post.carry()
    await post.comes(body=ENGLISH, name="<2@example.org>", at=NOW - timedelta(days=30))
    assert "it reached us late" in (await post.one())[1].get_content()
    await post.comes(body=ENGLISH, name="<3@example.org>", at=NOW + timedelta(days=3))
    assert max(ticket.day_zero for ticket in post.tickets()) == date(2026, 12, 22)


async def test_the_same_e_mail_is_taken_once(post: Post) -> None:
    """However often it is brought, and by whichever way."""
    await post.comes()
    await post.comes(b"Received: from mx2\r\n" + letter())
    assert len(post.tickets()) == 1
    assert len(await post.carry()) == 1


async def test_different_e_mails_of_one_name_are_all_taken(post: Post) -> None:
    """Some machines name all that they send alike."""
    await post.comes()
    await post.comes(letter("Autre chose").replace(b"16:39", b"16:41"))
    assert len(post.tickets()) + len([e for e in post.history(post.tickets()[0]) if e == "wrote"]) == 2


async def test_yes_closes_the_ticket(post: Post) -> None:
    """The citizen says that the article was enough: closed as such, not judged as kept, and told so."""
    publish(post.rooms)
    post.reading = answering()
    await post.comes(body=ENGLISH)
    _, acknowledgement = await post.one()
    body = "Yes, thank you!\nAna\n\nOn Tue, Dec 22, 2026 at 4:40 PM Desk <guichet@desk.example> wrote:\n> Hello"
    await post.comes(body=body, name="<2@b>", more=[f"In-Reply-To: {acknowledgement['Message-ID']}"])
    (ticket,) = post.tickets()
    assert (ticket.state, ticket.closed_as, ticket.kept, ticket.closed_at) == ("closed", "satisfied", None, NOW)
    assert post.history(ticket) == ["opened", "satisfied"]
    _, mail = await post.one()
    assert "is closed" in mail.get_content()
    assert mail["In-Reply-To"] == "<2@b>"
    # A second yes asks nothing; a question opens a new ticket in the same thread.
    await post.comes(body="yes", name="<3@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    assert len(post.tickets()) == 1
    await post.comes(body="And in Québec City?", name="<4@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    assert [t.conversation for t in post.tickets()] == [ticket.conversation] * 2
    assert len(await post.carry()) == 1


async def test_yes_too_late_leaves_the_promise_broken(post: Post) -> None:
    """The due moment had passed without an answer."""
    publish(post.rooms)
    post.reading = answering()
    await post.comes(body=ENGLISH)
    _, mail = await post.one()
    post.pass_by(days=30)
    await post.comes(body="Yes", name="<2@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    assert (post.tickets()[0].closed_as, post.tickets()[0].kept) == ("satisfied", False)


@pytest.mark.parametrize(
    "body, sender, answers",
    [
        ("Yes, but when?", ANA, True),
        ("No, it does not", ANA, True),
        ("yes", "luc@example.org", True),
        ("yes", ANA, False),
    ],
)
async def test_what_is_no_plain_yes_goes_to_a_person(post: Post, body: str, sender: str, answers: bool) -> None:
    """More words, somebody else's yes, or a yes to nothing: the ticket stays open, and nobody is acknowledged twice."""
    publish(post.rooms)
    post.reading = answering()
    await post.comes(body=ENGLISH)
    _, mail = await post.one()
    name = mail["Message-ID"] if answers else "<1@example.org>"
    await post.comes(body=body, sender=sender, name="<2@b>", more=[f"In-Reply-To: {name}"])
    (ticket,) = post.tickets()
    assert ticket.state == "open"
    assert post.history(ticket) == ["opened", "wrote"]
    assert await post.carry() == []


async def test_a_yes_to_an_acknowledgement_without_an_article_closes_nothing(post: Post) -> None:
    """There was nothing to say yes to."""
    await post.comes(body=ENGLISH)
    _, mail = await post.one()
    await post.comes(body="yes", name="<2@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    assert post.tickets()[0].state == "open"


async def test_more_in_an_open_thread_is_added(post: Post) -> None:
    """To the conversation and the ticket's history, without a second acknowledgement, by any name in References."""
    await post.comes()
    await post.carry()
    await post.comes(body="J'oubliais : pour l'été.", name="<2@b>", more=["References: <0@x> <1@example.org>"])
    (ticket,) = post.tickets()
    assert [m.text for m in post.said(ticket) if m.author == "citizen"][-1] == "J'oubliais : pour l'été."
    assert post.history(ticket) == ["opened", "wrote"]
    assert await post.carry() == []


async def test_nobody_gets_into_a_thread_by_a_name_alone(post: Post) -> None:
    """A name that others may have seen leads only who wrote there before; ours holds a sign that nobody guesses."""
    await post.comes()
    (ticket,) = post.tickets()
    (acknowledgement,) = [m for m in post.said(ticket) if m.author == "bot"]
    guess = f"<guichet-{acknowledgement.id}.0123456789abcdef@desk.example>"
    await post.comes(body="oui", sender="eve@example.org", name="<2@e>", more=["In-Reply-To: <1@example.org>"])
    await post.comes(body="oui", sender=ANA, name="<3@e>", more=[f"In-Reply-To: {guess}"])
    assert len({t.conversation for t in post.tickets()}) == 3
    right = our_name(acknowledgement.id, ticket.conversation, "desk.example")
    await post.comes(body="encore", sender="ana@elsewhere.example", name="<4@e>", more=[f"In-Reply-To: {right}"])
    assert post.said(ticket)[-1].text == "encore"


async def answered(post: Post) -> tuple[str, str]:
    """A ticket that was answered, and its answer delivered: its reference, and the name of the answer."""
    await post.comes(body="Bonjour, quels stages offrez-vous aux étudiants?")
    await post.carry()
    (ticket,) = post.tickets()
    post.rooms.answers.answer(ticket.reference, "Marie", "Voici les stages.")
    _, mail = await post.one()
    post.rooms.answers.settle()
    return ticket.reference, mail["Message-ID"]


async def test_the_answer_goes_out_in_the_thread(post: Post) -> None:
    """An officer's answer stands below the citizen's last e-mail, and stops the clock once it was taken."""
    await post.comes(more=["References: <0@example.org>"])
    await post.comes(body="Encore une chose.", name="<2@b>", more=["In-Reply-To: <1@example.org>"])
    await post.carry()
    (ticket,) = post.tickets()
    post.rooms.answers.answer(ticket.reference, "Marie", "Voici les stages.")
    to, mail = await post.one()
    assert (to, mail["Subject"], mail["In-Reply-To"]) == ("ana@example.org", "Re: Question", "<2@b>")
    assert mail["Auto-Submitted"] is None
    assert "Voici les stages.\n\nMarie" in mail.get_content().replace("\r\n", "\n")
    assert post.tickets("open") == [post.rooms.tickets.get(ticket.reference)]
    post.rooms.answers.settle()
    assert post.rooms.tickets.get(ticket.reference).kept


@pytest.mark.parametrize("body", ["Merci beaucoup!", "Parfait, merci.\nAna", "Merci, bonne journée", ""])
async def test_thanks_in_a_closed_thread_ask_nothing(post: Post, body: str) -> None:
    """They are kept, and that is all."""
    reference, name = await answered(post)
    await post.comes(body=body, name="<2@b>", more=[f"In-Reply-To: {name}"])
    assert [t.reference for t in post.tickets()] == [reference]
    assert await post.carry() == []


async def test_a_question_in_a_closed_thread_opens_a_new_ticket(post: Post) -> None:
    """And is acknowledged."""
    _, name = await answered(post)
    await post.comes(body="Merci. Et pour les travailleurs?", name="<2@b>", more=[f"In-Reply-To: {name}"])
    assert [t.state for t in post.tickets()].count("open") == 1
    assert len(await post.carry()) == 1


async def test_an_answer_to_a_ticket_of_the_page(post: Post) -> None:
    """Who replies to the e-mail that answered a question of the page begins a thread of e-mails; thanks ask nothing."""
    page = post.rooms.conversations.open("web", "a", "fr", NOW)
    ticket = post.rooms.tickets.open(conversation=page.id, question="Où?", language="fr", email="ana@example.org")
    post.rooms.answers.answer(ticket.reference, "Marie", "Ici.")
    _, mail = await post.one()
    post.rooms.answers.settle()
    await post.comes(body="Merci!", name="<2@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    assert len(post.tickets()) == 1
    await post.comes(body="Et quand ouvrez-vous?", name="<3@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    assert [t.channel for t in post.tickets("open")] == ["email"]


MACHINES = [
    letter("Je suis absente.", subject="Réponse automatique : Question", name="<9@m>"),
    letter("I am away.", more=["Auto-Submitted: auto-replied"], name="<9@m>"),
    letter("Nouvelles", more=["List-Unsubscribe: <mailto:x@example.org>", "Precedence: bulk"], name="<9@m>"),
    letter("x", sender="guichet@desk.example", name="<9@m>"),
    returned("<somebody-else@example.org>"),
    returned("<guichet-1.0123456789abcdef@desk.example>", style="plain"),
]


async def test_without_a_sender_there_is_a_ticket_all_the_same(post: Post) -> None:
    """Nobody can be written to; staff see it, and cannot believe that they answered."""
    await post.comes(sender=None)
    (ticket,) = post.tickets()
    assert ticket.email is None
    assert await post.carry() == []
    with pytest.raises(Exception, match="unreachable"):
        post.rooms.answers.answer(ticket.reference, "Marie", "Voici.")


async def test_an_e_mail_without_words(post: Post) -> None:
    """A file alone is a question for a person."""
    await post.comes(multipart(part(" "), attached(PDF, "filename=cv.pdf"), subject=None))
    (ticket,) = post.tickets()
    assert ticket.question == "(courriel sans texte)"


async def test_files_are_kept_and_refused_ones_named(make_post: Callable[..., Post]) -> None:
    """With the message and its conversation; the acknowledgement says what was not kept, and why."""
    post = make_post(attachment_bytes=1000)
    raw = multipart(
        part("Voici mon curriculum vitae, pouvez-vous me répondre?"),
        attached(PDF, "filename=cv.pdf"),
        attached(b"MZ\0\0", "filename=cv.pdf.exe"),
        attached(b"x" * 1001, "filename=long.txt"),
    )
    await post.comes(raw)
    (ticket,) = post.tickets()
    (found,) = post.rooms.files.of_conversation(ticket.conversation).values()
    assert [(f.name, f.kind, f.size) for f in found] == [("cv.pdf", "application/pdf", len(PDF))]
    kept = post.rooms.files.get(found[0].id)
    assert kept
    assert kept[0].content == PDF
    body = (await post.one())[1].get_content()
    assert "- cv.pdf.exe : ce type de fichier n'est pas accepté" in body
    assert "- long.txt : le fichier est trop volumineux" in body


async def test_what_is_encrypted_is_said_to_be(post: Post) -> None:
    """The acknowledgement asks for it without."""
    raw = multipart(part("Version: 1", "application/pgp-encrypted"), part("x"), kind="encrypted")
    await post.comes(raw)
    assert "chiffré" in (await post.one())[1].get_content()


async def test_one_that_breaks_us_is_set_aside(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it came, where staff see it: neither lost nor fetched for ever."""

    def breaks(*_args: object, **_named: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("bot.channels.email.receiving.read_email", breaks)
    assert not await post.channel.receive(Letter(letter(), NOW, whole=True))
    await post.turns()
    (aside,) = post.rooms.email_threads.aside()
    assert aside.why == "unreadable"
    (files,) = post.rooms.files.of_conversation(aside.message.conversation_id).values()
    kept = post.rooms.files.get(files[0].id)
    assert kept
    assert kept[0].content == letter()


async def test_a_turn_that_is_taken_again_does_nothing_twice(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies between ticket and acknowledgement leaves one ticket and one acknowledgement."""
    publish(post.rooms)
    post.reading = answering()
    real = post.rooms.inbox.complete
    lost = [0]

    def dies(*args: object, **named: object) -> object:
        lost[0] += 1
        if lost[0] % 2:
            raise ClaimLost
        return real(*args, **named)

    monkeypatch.setattr(post.rooms.inbox, "complete", dies)

    async def again() -> None:
        post.pass_by(seconds=10)
        await post.service._tend()
        await post.turns()

    await post.comes(body=ENGLISH)
    await again()
    assert len(post.tickets()) == 1
    _, mail = await post.one()
    await post.comes(body="More on that.", name="<2@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    await again()
    assert post.history(post.tickets()[0]) == ["opened", "wrote"]
    await post.comes(body="yes", name="<3@b>", more=[f"In-Reply-To: {mail['Message-ID']}"])
    await again()
    assert post.history(post.tickets()[0]) == ["opened", "wrote", "satisfied"]
    assert len(await post.carry()) == 1
    assert len(post.tickets()) == 1


async def test_an_officer_who_holds_the_conversation_reads_it(post: Post) -> None:
    """The desk is silent then; the officer's words go out in the thread."""
    await post.comes()
    await post.carry()
    (ticket,) = post.tickets()
    post.rooms.officer_actions.take(ticket.conversation, "Marie")
    await post.comes(body="Encore ceci.", name="<2@b>", more=["In-Reply-To: <1@example.org>"])
    post.rooms.officer_actions.reply(ticket.conversation, "Marie", "Je regarde.")
    to, mail = await post.one()
    assert (to, mail["In-Reply-To"], mail["Subject"]) == ("ana@example.org", "<2@b>", "Re: Question")


async def test_erasing_takes_everything(post: Post) -> None:
    """Words, names and files go with the conversation; that an e-mail came once stays, so that it comes no more."""
    await post.comes(multipart(part("Bonjour, voici ma question"), attached(PDF, "filename=cv.pdf")))
    (ticket,) = post.tickets()
    post.rooms.tickets.groups.withdraw(ticket.reference, "Marie", "essai")
    post.rooms.conversations.erase(ticket.conversation, keep_address=False, farewell=None, now=NOW)
    with post.rooms.database.reading() as connection:
        for table in (messages, emails, attachments):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0
        assert connection.execute(sa.select(sa.func.count()).select_from(inbox)).scalar_one() == 1
    await post.comes(multipart(part("Bonjour, voici ma question"), attached(PDF, "filename=cv.pdf")))
    assert len(post.tickets()) == 1


async def test_no_words_in_the_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """Neither words nor addresses nor names of files stand in the log."""
    with caplog.at_level(logging.DEBUG):
        await post.comes(
            multipart(part("Ophélie"), attached(b"MZ", "filename=Ophélie.exe"), sender="Ophélie <ophelie@example.org>")
        )
        await post.comes(returned("<x@y>"))
    assert "phélie" not in caplog.text
    assert "ophelie" not in caplog.text


async def test_many_at_once(post: Post) -> None:
    """Each e-mail has its own ticket and acknowledgement."""
    await asyncio.gather(
        *(
            post.channel.receive(Letter(letter(name=f"<{n}@x>", sender=f"a{n}@b.ca"), NOW, whole=True))
            for n in range(20)
        )
    )
    await post.turns()
    assert len(post.tickets()) == 20
    assert sorted(to for to, _ in await post.carry()) == sorted(f"a{n}@b.ca" for n in range(20))


async def test_who_begins_anew_and_tells_the_number_goes_on_with_their_request(post: Post) -> None:
    """From the address that left it only: a number that others may have seen leads nobody into a thread."""
    await post.comes()
    (ticket,) = post.tickets()
    await post.carry()
    body = f"Bonjour, j'ajoute à ma demande {ticket.reference.lower()} que je pars en mai."
    await post.comes(body=body, name="<2@b>", subject="Précision")
    assert [found.reference for found in post.tickets()] == [ticket.reference]
    assert post.history(ticket) == ["opened", "wrote"]
    assert post.said(ticket)[-2].text == body
    _, told = await post.one()
    assert f"ajouté à votre demande {ticket.reference}" in told.get_content()
    assert told["In-Reply-To"] == "<2@b>"
    await post.comes(body=body, name="<3@b>", sender="eve@example.org")
    assert len({found.conversation for found in post.tickets()}) == 2


async def test_many_at_once_are_all_read(post: Post) -> None:
    """Each is read at the desk's pace, two at a time, and none is acknowledged as unread for the others' sake."""
    publish(post.rooms)
    post.reading = answering()
    letters = [
        letter(ENGLISH, sender=f"ana{n}@example.org", name=f"<{n}@burst>").replace(b"16:39", b"16:%02d" % (n % 60))
        for n in range(60)
    ]
    await asyncio.gather(*(post.channel.receive(Letter(raw, NOW, whole=True)) for raw in letters))
    await post.turns()
    assert len(post.tickets()) == 60
    mails = await post.carry()
    assert len({to for to, _ in mails}) == len(mails) == 60
    assert all("may already answer" in mail.get_content() for _, mail in mails)


async def test_an_answer_without_words_is_answered_in_the_threads_language(post: Post) -> None:
    """Not in that of "Re:", which looks English."""
    await post.comes(body="Bonjour, je voudrais savoir où se trouve le consulat. Merci beaucoup!", subject="Question")
    _, acknowledgement = await post.one()
    answers = [f"In-Reply-To: {acknowledgement['Message-ID']}"]
    post.rooms.answers.answer(post.tickets()[0].reference, "Marie", "Il se trouve à Lyon.")
    await post.carry()
    post.rooms.answers.settle()
    sent = multipart(part(""), attached(b"MZ\x90\x00", "filename=photos.exe"), subject="Re: Question", name="<2@b>")
    await post.comes(sent.replace(b"\r\nMessage-ID", f"\r\n{answers[0]}\r\nMessage-ID".encode(), 1))
    _, mail = await post.one()
    assert "Ceci est un accusé de réception automatique" in mail.get_content()

"""Two citizens' requests are merged by an officer who sees both, and each is answered alone, in their language."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.messages.conversation import OFFICER, Conversation, Incoming
from bot.messages.outbox import SENT
from bot.tickets.tables import tickets
from bot.tickets.ticket import Ticket
from tests.console.conftest import Browser, Desk

ANA, BOB = "Où est ma bourse?", "Where is my grant?"


@pytest.fixture
def desk(make_desk: Callable[..., Desk], database_url: str) -> Desk:
    """A desk on each database."""
    return make_desk(database_url=database_url)


def says(desk: Desk, channel: str, address: str, text: str, language: str) -> Conversation:
    """A citizen who writes on a channel."""
    incoming = Incoming(channel, f"{address}-{text}", address, text)
    turn = desk.rooms.inbox.first_turn(desk.rooms.inbox.accept(incoming, desk.moment), incoming, desk.moment)
    desk.rooms.inbox.complete(turn, [], desk.moment, language=language, wants=None)
    return turn.conversation


@pytest.fixture
def ana(desk: Desk) -> Ticket:
    """A request in French, whose answer stays in the conversation with a program."""
    this = says(desk, "rest", "ana", ANA, "fr")
    return desk.rooms.tickets.open(conversation=this.id, question=ANA, language="fr", email=None)


@pytest.fixture
def bob(desk: Desk, ana: Ticket) -> Ticket:
    """A request in English by e-mail, due a day later."""
    desk.pass_by(days=1)
    this = says(desk, "email", "bob@example.org", BOB, "en")
    return desk.rooms.tickets.open(conversation=this.id, question=BOB, language="en", email="bob@example.org")


@pytest.fixture
def marie(desk: Desk, ana: Ticket, bob: Ticket) -> Browser:
    """An officer before the first request."""
    browser = desk.as_("marie")
    browser.get(f"/console/tickets/{ana.reference}")
    return browser


def shown(browser: Browser) -> str:
    """What the page before one's eyes says."""
    assert browser.page is not None
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", browser.page.text)))


def seen(browser: Browser, path: str) -> list[str]:
    """Those whose requests the form for `path` of this page says that the officer has seen."""
    assert browser.page is not None
    (form,) = re.findall(rf'<form[^>]* action="/console/tickets/{path}".*?</form>', browser.page.text, re.DOTALL)
    return re.findall(r'name="seen" value="([^"]+)"', form)


def confirm(browser: Browser, one: Ticket, other: Ticket) -> httpx.Response:
    """Ask to merge two requests, look at the page that asks, and confirm; where that leads."""
    browser.follow(browser.post(f"/console/tickets/{one.reference}/merge", other=other.reference))
    path = f"{one.reference}/merge"
    return browser.post(f"/console/tickets/{path}", other=other.reference, seen=seen(browser, path))


def answers(browser: Browser, ticket: Ticket, **texts: str) -> httpx.Response:
    """Answer from the page that is shown."""
    path = f"{ticket.reference}/answer"
    fields = {name.replace("_", "-"): text for name, text in texts.items()}
    return browser.post(f"/console/tickets/{path}", seen=seen(browser, path), **fields)


def told(desk: Desk, ticket: Ticket) -> list[str]:
    """What officers said to the citizen of a request."""
    transcript = desk.rooms.conversations.transcript(ticket.conversation)
    return [message.text for message in transcript if message.author == OFFICER]


def mailed(desk: Desk) -> list[tuple[str, str]]:
    """To whom what goes by e-mail now; it is taken."""
    rows = desk.rooms.outbox.due("email", desk.moment, 10)
    desk.rooms.outbox.settle([replace(row, state=SENT) for row in rows], desk.moment)
    return [(row.address, row.message.text) for row in rows]


def kinds(desk: Desk, ticket: Ticket) -> list[tuple[str, str | None]]:
    """What happened to a request after it was opened, and by whom."""
    return [(event.kind, event.officer) for event in desk.rooms.tickets.store.history(ticket.reference)[1:]]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_both_are_shown_before_they_are_merged(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket, lang: str) -> None:
    """The page has both citizens' words, contacts, channels, languages and clocks, and says who receives what."""
    desk.rooms.people.set_language(desk.officer("marie"), lang)
    response = marie.post(f"/console/tickets/{ana.reference}/merge", other=bob.reference)
    assert desk.rooms.tickets.get(bob.reference).merged_into is None
    marie.follow(response)
    text = shown(marie)
    for part in (ANA, BOB, ana.reference, bob.reference, "bob@example.org"):
        assert part in text
    expected = {
        "fr": (
            "Réunir ces deux demandes?",
            f"{ana.reference} : dans sa conversation (Logiciel), en français",
            f"{bob.reference} : par courriel à bob@example.org, en anglais",
            "vous écrirez la réponse dans chacune",
            "mercredi 30 décembre 2026",
            "lundi 4 janvier 2027",
            "Réponse à un courriel",
        ),
        "en": (
            "Merge these two requests?",
            f"{ana.reference} : in their conversation (Software), in French",
            f"{bob.reference} : by e-mail to bob@example.org, in English",
            "you will write the answer in each",
            "Wednesday, December 30, 2026",
            "Monday, January 4, 2027",
            "Answer to an e-mail",
        ),
    }
    for part in expected[lang]:
        assert part in text, part
    assert kinds(desk, ana) == kinds(desk, bob) == []


def test_each_gets_their_own_answer(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket) -> None:
    """Merged and answered, each citizen reads their language on their channel; each promise is kept when theirs is."""
    marie.follow(confirm(marie, bob, ana))
    assert "Les demandes sont réunies" in shown(marie)
    assert BOB in shown(marie)
    refused = answers(marie, ana, text="Elle arrive.")
    assert refused.status_code == 409
    assert "Écrivez la réponse dans chacune des langues demandées" in shown(marie)
    assert ">Elle arrive.</textarea>" in refused.text
    assert (told(desk, ana), told(desk, bob), mailed(desk)) == ([], [], [])
    marie.follow(answers(marie, ana, text="Elle arrive.", text_en="It is coming."))
    assert (told(desk, ana), told(desk, bob)) == (["Elle arrive."], ["It is coming."])
    first, second = (desk.rooms.tickets.get(one.reference) for one in (ana, bob))
    assert (first.state, first.kept, second.state, second.kept) == ("closed", True, "open", None)
    desk.moment = bob.due_at  # the mail server takes it at last
    assert mailed(desk) == [("bob@example.org", "It is coming.")]
    desk.rooms.answers.settle()
    second = desk.rooms.tickets.get(bob.reference)
    assert (second.closed_as, second.kept, second.closed_at) == ("answered", True, bob.due_at)


def test_one_text_is_enough_where_all_read_one_language(desk: Desk, marie: Browser, ana: Ticket) -> None:
    """Two citizens of one language get the same words, each on their own way."""
    this = says(desk, "email", "eva@example.org", "Et ma bourse?", "fr")
    eva = desk.rooms.tickets.open(conversation=this.id, question="?", language="fr", email="eva@example.org")
    marie.follow(confirm(marie, ana, eva))
    assert marie.page is not None
    assert marie.page.text.count('<textarea id="text') == 1
    marie.follow(answers(marie, ana, text="Elle arrive."))
    assert (told(desk, ana), mailed(desk)) == (["Elle arrive."], [("eva@example.org", "Elle arrive.")])


def test_one_citizens_requests_are_merged_at_once(desk: Desk, marie: Browser, ana: Ticket) -> None:
    """The same conversation and place for the answer: nothing is asked, and it can be undone."""
    again = desk.rooms.tickets.open(conversation=ana.conversation, question="Alors?", language="fr", email=None)
    marie.follow(marie.post(f"/console/tickets/{again.reference}/merge", other=ana.reference))
    assert "Les demandes sont réunies" in shown(marie)
    assert desk.rooms.tickets.get(again.reference).merged_into == ana.reference
    marie.follow(marie.post(f"/console/tickets/{again.reference}/separate"))
    assert "Les demandes sont séparées, chacune avec son propre délai." in shown(marie)
    assert desk.rooms.tickets.get(again.reference) == again


def test_another_address_is_another_citizen(desk: Desk, marie: Browser, ana: Ticket) -> None:
    """In one conversation two addresses may be two people's: the officer is asked."""
    other = desk.rooms.tickets.open(
        conversation=ana.conversation, question="Alors?", language="fr", email="eva@example.org"
    )
    response = marie.post(f"/console/tickets/{ana.reference}/merge", other=other.reference)
    assert response.headers["location"].endswith(f"/merge?other={other.reference}")
    assert desk.rooms.tickets.get(other.reference).merged_into is None


def test_a_merging_is_undone_until_it_is_answered(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket) -> None:
    """Both are as before, with clocks that never stopped; the histories and the journal say so; then it is late."""
    before = desk.rooms.ledger.of([ana.reference, bob.reference])
    marie.follow(confirm(marie, ana, bob))
    marie.follow(marie.post(f"/console/tickets/{bob.reference}/separate"))
    assert [desk.rooms.tickets.get(one.reference) for one in (ana, bob)] == [ana, bob]
    assert desk.rooms.ledger.of([ana.reference, bob.reference]) == before
    assert kinds(desk, ana) == [("absorbed", "Marie"), ("released", "Marie")]
    assert kinds(desk, bob) == [("merged", "Marie"), ("separated", "Marie")]
    entries = [entry for entry in desk.rooms.journal.read(subject=bob.reference) if entry.action == "separated"]
    assert [(entry.officer, entry.detail) for entry in entries] == [("Marie", {"other": ana.reference})]
    assert marie.post(f"/console/tickets/{bob.reference}/separate").status_code == 409
    assert "Cette demande n'est réunie à aucune autre." in shown(marie)
    marie.get(f"/console/tickets/{ana.reference}")
    marie.follow(confirm(marie, ana, bob))
    answers(marie, ana, text="Elle arrive.", text_en="It is coming.")
    marie.get(f"/console/tickets/{bob.reference}")
    assert marie.post(f"/console/tickets/{bob.reference}/separate").status_code == 409
    assert "Une réponse est déjà en route." in shown(marie)


def test_who_came_while_one_wrote_is_seen_first(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket) -> None:
    """A request that a colleague merges in meanwhile gets no answer unseen; what was typed stays."""
    paul = desk.as_("chef")
    paul.get(f"/console/tickets/{bob.reference}")
    confirm(paul, ana, bob)
    late = marie.post(f"/console/tickets/{ana.reference}/answer", seen=[ana.reference], text="Elle arrive.")
    assert late.status_code == 409
    assert "Les personnes qui recevraient la réponse ont changé entre-temps." in shown(marie)
    assert ">Elle arrive.</textarea>" in late.text
    assert seen(marie, f"{ana.reference}/answer") == [ana.reference, bob.reference]
    assert (told(desk, ana), told(desk, bob)) == ([], [])


def test_what_was_confirmed_is_what_was_seen(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket) -> None:
    """If another comes into one of the groups before the officer confirms, the page is shown again."""
    desk.pass_by(minutes=1)
    this = says(desk, "telegram", "77", "Ma bourse?", "fr")
    eva = desk.rooms.tickets.open(conversation=this.id, question="Ma bourse?", language="fr", email=None)
    marie.follow(marie.post(f"/console/tickets/{ana.reference}/merge", other=bob.reference))
    chef = desk.as_("chef")
    chef.get(f"/console/tickets/{bob.reference}")
    confirm(chef, bob, eva)
    path = f"{ana.reference}/merge"
    again = marie.post(f"/console/tickets/{path}", other=bob.reference, seen=seen(marie, path))
    assert again.status_code == 409
    assert "Les personnes qui recevraient la réponse ont changé" in shown(marie)
    assert len(seen(marie, path)) == 3
    marie.follow(marie.post(f"/console/tickets/{path}", other=bob.reference, seen=seen(marie, path)))
    assert len(desk.rooms.tickets.groups.members(ana.reference)) == 3


def test_what_a_merged_citizen_adds_reaches_the_officer(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket) -> None:
    """It stands on the page of the request that is answered, and in its history."""
    letter = desk.rooms.conversations.transcript(bob.conversation)[0]
    with desk.rooms.database.writing() as connection:
        connection.execute(tickets.update().where(tickets.c.reference == bob.reference).values(message=letter.id))
    confirm(marie, ana, bob)
    says(desk, "email", "bob@example.org", "My number is 12.", "en")
    message = desk.rooms.conversations.transcript(bob.conversation)[-1]
    for _ in range(2):  # a turn that is taken again says it once
        desk.rooms.tickets.groups.add_message(bob.reference, message.id)
    marie.get(f"/console/tickets/{ana.reference}")
    assert "My number is 12." in shown(marie)
    assert [kind for kind, _ in kinds(desk, ana)] == ["absorbed", "wrote"]
    assert [kind for kind, _ in kinds(desk, bob)] == ["merged", "wrote"]


def test_withdrawing_says_whose_requests_it_closes(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket) -> None:
    """Nobody's request is closed unseen, and what was said of one citizen stays out of the other's history."""
    confirm(marie, ana, bob)
    blind = marie.post(f"/console/tickets/{ana.reference}/withdraw", reason="Réglé avec Ana.")
    assert blind.status_code == 409
    marie.get(f"/console/tickets/{ana.reference}")
    assert "Ferme aussi, sans réponse" in shown(marie)
    path = f"{ana.reference}/withdraw"
    marie.post(f"/console/tickets/{path}", reason="Réglé avec Ana.", seen=seen(marie, path))
    last = [desk.rooms.tickets.store.history(one.reference)[-1] for one in (ana, bob)]
    assert [(event.kind, event.detail) for event in last] == [
        ("withdrawn", {"reason": "Réglé avec Ana."}),
        ("withdrawn", {"merged_into": ana.reference}),
    ]


def test_a_merged_request_is_found_by_its_number(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket) -> None:
    """A citizen who calls has the number of their own request: the list finds it, and its page leads to the other."""
    confirm(marie, ana, bob)
    marie.get(f"/console/tickets?text={bob.reference}")
    assert BOB in shown(marie)
    marie.get(f"/console/tickets/{bob.reference}")
    assert f'href="/console/tickets/{ana.reference}"' in marie.page.text


@pytest.mark.parametrize("other", ["RI-0000-0000", "", "x"])
def test_what_does_not_exist_is_not_merged(marie: Browser, ana: Ticket, other: str) -> None:
    """Said in words, whether by the form or by the page's address."""
    for response in (
        marie.post(f"/console/tickets/{ana.reference}/merge", other=other),
        marie.get(f"/console/tickets/{ana.reference}/merge?other={other}"),
    ):
        assert response.status_code == 404
        assert "Il n'y a pas de demande portant ce numéro." in html.unescape(response.text)


def test_an_article_may_help_in_each_language(desk: Desk, marie: Browser, ana: Ticket, bob: Ticket) -> None:
    """Approved articles are at hand for both texts."""
    desk.publish()
    confirm(marie, ana, bob)
    page = marie.get(f"/console/tickets/{ana.reference}")
    places: Any = re.findall(r'data-into="([^"]+)"', page.text)
    assert sorted(set(places)) == ["text", "text-en"]

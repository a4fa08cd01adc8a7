"""What the desk says by itself when the assistant does not answer."""

from __future__ import annotations

import pytest

from bot.assistant.fallback import Fallback
from bot.bootstrap import Rooms
from bot.messages.conversation import Conversation
from bot.tickets.store import TicketFilter
from tests.cast import Says

DUE = "2026-12-30T22:00:00+00:00"
EXPECTED = {
    "fr": ("Je suis désolé", "mercredi 30 décembre 2026, à 17 h", ["Oui, transmettre ma question", "Non, merci"]),
    "en": ("I am sorry", "5:00 p.m. on Wednesday, December 30, 2026", ["Yes, pass my question on", "No, thank you"]),
}


def conversation_in(lang: str) -> Conversation:
    """A conversation whose language is `lang`."""
    return Conversation("c1", "web", "ana", lang, "bot")


@pytest.mark.parametrize(
    "text, held_in, lang",
    [
        ("Bonjour", "fr", "fr"),
        ("Hello", "fr", "en"),
        ("Bonjour", "en", "fr"),
        ("QSF", "fr", "fr"),
        ("QSF", "en", "en"),
        ("/request_officer", "en", "en"),
        ("/request_officer", "fr", "fr"),
        ("/resume", "en", "en"),
        ("/reply_date", "fr", "fr"),
        ('/choose{"choice": "complaint"}', "en", "en"),
    ],
)
def test_the_text_is_in_the_citizens_language(fallback: Fallback, text: str, held_in: str, lang: str) -> None:
    """The text follows the message's language, or the conversation's where the words do not tell."""
    (reply,) = fallback.replies(conversation_in(held_in), text, None)
    start, due, titles = EXPECTED[lang]
    assert reply.text.startswith(start)
    assert due in reply.text
    assert [button["title"] for button in reply.buttons] == titles
    assert reply.custom["language"] == lang


def test_the_offer_names_the_due_moment(fallback: Fallback) -> None:
    """The reply is marked as unanswered, with two buttons and the due moment of a ticket not yet opened."""
    (reply,) = fallback.replies(conversation_in("fr"), "Bonjour", None)
    assert [button["payload"] for button in reply.buttons] == ["/open_ticket", "/deny"]
    assert reply.custom["outcome"] == "unanswered"
    assert reply.custom["ticket"] == {"reference": None, "due": DUE, "question": "Bonjour"}


def test_an_offer_opens_no_ticket(rooms: Rooms, fallback: Fallback) -> None:
    """Offering a ticket does not open one."""
    fallback.replies(conversation_in("fr"), "Bonjour", None)
    assert rooms.tickets.store.by_due_moment() == []


@pytest.mark.parametrize("lang, words", [("fr", "C'est fait"), ("en", "It is done")])
def test_the_pressed_offer_opens_a_ticket_with_the_question(
    rooms: Rooms, fallback: Fallback, lang: str, words: str
) -> None:
    """Pressing the offer opens a real ticket that holds the question, and tells its reference and due date."""
    (reply,) = fallback.replies(conversation_in(lang), "/open_ticket", "Où êtes-vous?")
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert (ticket.question, ticket.conversation, ticket.language) == ("Où êtes-vous?", "c1", lang)
    assert (ticket.email, ticket.state, ticket.promise) == (None, "open", "email-reply")
    assert (ticket.opened_at, ticket.due_at.isoformat()) == (rooms.now(), DUE)
    assert reply.text.startswith(words)
    assert ticket.reference in reply.text
    assert EXPECTED[lang][1] in reply.text
    assert reply.custom["outcome"] == "ticket"
    assert reply.custom["ticket"] == {"reference": ticket.reference, "due": DUE, "proof": list(ticket.proof)}


@pytest.mark.parametrize("channel", ["web", "rest", "telegram"])
def test_the_ticket_bears_the_channel_of_its_conversation(
    rooms: Rooms, fallback: Fallback, says: Says, channel: str
) -> None:
    """What the desk opens while the assistant is away is counted and filtered by the way in which it came."""
    fallback.replies(says(channel=channel), "/open_ticket", "Où?")
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert ticket.channel == channel
    found = {other: rooms.tickets.store.count(TicketFilter(channel=other)) for other in ("web", "rest", "telegram")}
    assert found == {**dict.fromkeys(found, 0), channel: 1}


def test_a_press_without_a_question_offers_again(rooms: Rooms, fallback: Fallback) -> None:
    """With nothing to pass on no ticket is opened, and there is still a reply."""
    (reply,) = fallback.replies(conversation_in("en"), "/open_ticket", None)
    assert reply.text.startswith("I am sorry")
    assert rooms.tickets.store.by_due_moment() == []


@pytest.mark.parametrize("lang, words", [("fr", "Très bien."), ("en", "Very well.")])
def test_the_declined_offer_is_left_aside(rooms: Rooms, fallback: Fallback, lang: str, words: str) -> None:
    """Declining is acknowledged in the conversation's language and opens nothing."""
    (reply,) = fallback.replies(conversation_in(lang), "/deny", "Où?")
    assert reply.text.startswith(words)
    assert reply.buttons == ()
    assert reply.custom["outcome"] == "smalltalk"
    assert rooms.tickets.store.by_due_moment() == []

"""Opening a ticket."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.complaints import PassComplaintOn
from actions.counter import Leave
from actions.tickets import AskTicketContact, AskTicketQuestion, OpenTicket, ValidateTicketForm
from bot.messages.conversation import Incoming
from bot.tickets.store import TicketFilter

FORM = "ticket_form"


def form(act: Any, text: str, **more: Any) -> Any:
    """One message in the ticket form."""
    return act(ValidateTicketForm(), text, loop=FORM, **more)


def test_the_unanswered_question_is_the_tickets(act: Any) -> None:
    """Whoever accepts the offer does not write the question again."""
    done = form(act, "/open_ticket", intent="open_ticket", slots={"unanswered_question": "Où est mon dossier?"})
    assert done.slots["ticket_question"] == "Où est mon dossier?"
    assert done.replies == []


def test_the_question_that_the_channel_kept_is_the_tickets(act: Any) -> None:
    """A question asked while the assistant was away comes with the press as metadata."""
    done = form(act, "/open_ticket", intent="open_ticket", metadata={"question": "Where is it?"})
    assert done.slots["ticket_question"] == "Where is it?"


def test_the_assistants_question_goes_before_the_channels(act: Any) -> None:
    """The question that the offer was about counts, not what was written after it."""
    done = form(act, "oui", intent="affirm", slots={"unanswered_question": "ma question"}, metadata={"question": "oui"})
    assert done.slots["ticket_question"] == "ma question"


def test_without_a_question_none_is_made_up(act: Any) -> None:
    """Words that open the form are not themselves the question."""
    done = form(act, "je veux ouvrir un billet", intent="open_ticket")
    assert done.slots.get("ticket_question") is None


def test_the_words_written_are_the_question(act: Any) -> None:
    """Asked for the question, the next words are it."""
    done = form(act, "Puis-je visiter?", slots={"requested_slot": "ticket_question"})
    assert done.slots["ticket_question"] == "Puis-je visiter?"


@pytest.mark.parametrize("lang, words", [("fr", "Je n'ai pas trouvé de question"), ("en", "I found no question")])
def test_a_question_has_words(act: Any, lang: str, words: str) -> None:
    """Signs without words are no question, and the citizen hears so."""
    done = form(act, "?!", lang=lang, slots={"requested_slot": "ticket_question"})
    assert done.text.startswith(words)
    assert done.slots["ticket_question"] is None


def test_a_press_is_no_question(act: Any) -> None:
    """The payload of a button is not taken for the question."""
    done = form(act, "/keep_here", intent="keep_here", slots={"requested_slot": "ticket_question"})
    assert done.slots.get("ticket_question") is None


@pytest.mark.parametrize(
    "text, address",
    [
        ("zoe@example.com", "zoe@example.com"),
        ("C'est zoe.tremblay@example.com.", "zoe.tremblay@example.com"),
        ("écrivez à <zoe@EXAMPLE.com>, merci", "zoe@example.com"),
    ],
)
def test_an_address_is_found_in_the_words(act: Any, text: str, address: str) -> None:
    """The e-mail address is taken wherever it stands in the message."""
    slots = {"requested_slot": "ticket_contact", "ticket_question": "Où?"}
    done = form(act, text, slots=slots)
    assert done.slots["ticket_contact"] == address
    assert done.replies == []


@pytest.mark.parametrize("lang, words", [("fr", "Cette adresse électronique ne semble"), ("en", "This e-mail address")])
@pytest.mark.parametrize("text", ["zoe@", "@example.com", "zoe@@example.com", "zoe@example", "a b@c d"])
def test_an_invalid_address_is_told(act: Any, text: str, lang: str, words: str) -> None:
    """Something like an address that is not one is not taken, and the citizen hears so."""
    slots = {"requested_slot": "ticket_contact", "ticket_question": "Où?"}
    done = form(act, text, lang=lang, slots=slots)
    assert done.text.startswith(words)
    assert done.slots["ticket_contact"] is None


@pytest.mark.parametrize("intent", ["keep_here", "deny"])
def test_the_answer_may_stay_here(act: Any, intent: str) -> None:
    """Whoever gives no address is answered in the conversation."""
    slots = {"requested_slot": "ticket_contact", "ticket_question": "Où?"}
    assert form(act, "ici", intent=intent, slots=slots).slots["ticket_contact"] == "conversation"


def test_other_words_are_no_contact(act: Any) -> None:
    """Words that are neither an address nor the wish to stay here leave the contact open."""
    slots = {"requested_slot": "ticket_contact", "ticket_question": "Où?"}
    assert form(act, "demain", intent="inquiry", slots=slots).slots.get("ticket_contact") is None


def test_an_address_written_unasked_is_no_contact(act: Any) -> None:
    """An address inside the question itself is not taken as where the answer goes."""
    done = form(act, "Qui est a@example.com?", slots={"requested_slot": "ticket_question"})
    assert done.slots["ticket_question"] == "Qui est a@example.com?"
    assert done.slots.get("ticket_contact") is None


@pytest.mark.parametrize("text, intent", [("oui, zoe@example.com", "affirm"), ("Zoé Roy, zoe@example.com", "inquiry")])
def test_an_address_that_comes_with_the_yes_is_not_asked_for(act: Any, text: str, intent: str) -> None:
    """Whoever accepts the offer and says where the answer goes has said all."""
    done = form(act, text, intent=intent, slots={"unanswered_question": "Où?"})
    assert (done.slots["ticket_question"], done.slots["ticket_contact"]) == ("Où?", "zoe@example.com")
    assert done.replies == []


def test_an_invalid_address_that_comes_with_the_yes_is_asked_for(act: Any) -> None:
    """It is told at once that it is none, and asked for."""
    done = form(act, "oui, zoe@example", intent="affirm", slots={"unanswered_question": "Où?"})
    assert done.text.startswith("Cette adresse électronique ne semble pas complète")
    assert done.slots["ticket_contact"] is None


@pytest.mark.parametrize(
    "text", ["oui, et demandez à luc@example.com ce qu'il en pense", "oui, est-ce que luc@example.com est le bon?"]
)
def test_the_address_of_somebody_else_is_no_contact(act: Any, text: str) -> None:
    """An address in a sentence of its own may be anybody's: where the answer goes is asked."""
    done = form(act, text, intent="affirm", slots={"unanswered_question": "Où?"})
    assert done.slots.get("ticket_contact") is None


@pytest.mark.parametrize("lang, words", [("fr", "Quelle question"), ("en", "What question")])
def test_the_question_is_asked_with_a_way_out(act: Any, lang: str, words: str) -> None:
    """Asking for the question comes with a button to cancel."""
    done = act(AskTicketQuestion(), lang=lang)
    assert done.text.startswith(words)
    assert done.payloads == ["/cancel"]
    assert done.custom["outcome"] == "form"


@pytest.mark.parametrize(
    "lang, words, titles",
    [
        ("fr", "À quelle adresse", ["Recevoir la réponse ici", "Annuler"]),
        ("en", "At which e-mail", ["Receive the answer here", "Cancel"]),
    ],
)
def test_the_contact_is_asked_with_a_choice(act: Any, lang: str, words: str, titles: list[str]) -> None:
    """Asking for an address comes with buttons to stay here and to cancel."""
    done = act(AskTicketContact(), lang=lang)
    assert done.text.startswith(words)
    assert done.payloads == ["/keep_here", "/cancel"]
    assert [button["title"] for button in done.reply["buttons"]] == titles


FORGOTTEN = dict.fromkeys(["ticket_question", "ticket_contact", "unanswered_question", "ticket_clock", "form_run"])


@pytest.mark.parametrize(
    "lang, due", [("fr", "le mercredi 30 décembre 2026, à 17 h"), ("en", "5:00 p.m. on Wednesday, December 30, 2026")]
)
@pytest.mark.parametrize("contact, email", [("conversation", None), ("zoe@example.com", "zoe@example.com")])
def test_the_ticket_is_opened(act: Any, rooms: Any, lang: str, due: str, contact: str, email: str | None) -> None:
    """The ticket is in the database as asked, and the citizen reads its reference and due date."""
    done = act(OpenTicket(), "x", lang=lang, slots={"ticket_question": "Où?", "ticket_contact": contact}, sender="c7")
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert (ticket.question, ticket.conversation, ticket.email, ticket.language) == ("Où?", "c7", email, lang)
    assert (ticket.state, ticket.due_at.isoformat()) == ("open", "2026-12-30T22:00:00+00:00")
    assert ticket.reference in done.text
    assert due in done.text
    assert ("zoe@example.com" in done.text) is bool(email)
    assert done.custom["outcome"] == "ticket"
    assert done.custom["ticket"] == {
        "reference": ticket.reference,
        "due": "2026-12-30T22:00:00+00:00",
        "state": "open",
        "proof": list(ticket.proof),
        "question": "Où?",
    }
    assert done.slots == {"language": lang, **FORGOTTEN}


@pytest.mark.parametrize("channel", ["web", "rest", "telegram"])
@pytest.mark.parametrize("passes_on", ["question", "complaint"])
def test_a_ticket_bears_the_channel_of_its_conversation(act: Any, rooms: Any, channel: str, passes_on: str) -> None:
    """Whatever the assistant passes on, lists are filtered by the channel on which it was said."""
    this = rooms.inbox.accept(Incoming(channel, "1", "ana", "Où?"), rooms.now()).conversation
    if passes_on == "question":
        act(OpenTicket(), slots={"ticket_question": "Où?", "ticket_contact": "conversation"}, sender=this.id)
    else:
        said = {"complaint_subject": "le site", "complaint_text": "Rien.", "complaint_contact": "conversation"}
        act(PassComplaintOn(), "oui", intent="affirm", slots=said, sender=this.id)
    (ticket,) = rooms.tickets.store.page(TicketFilter(channel=channel)).tickets
    assert (ticket.conversation, ticket.channel) == (this.id, channel)


def test_the_offer_is_taken_off_the_counter(act: Any) -> None:
    """After a ticket is opened, "yes" does not open another."""
    slots = {"ticket_question": "Où?", "ticket_contact": "conversation", "offer": "ticket"}
    assert act(OpenTicket(), "x", slots=slots).slots["offer"] is None


@pytest.mark.parametrize("lang, words", [("fr", "était attendue au plus tard"), ("en", "The answer was due by")])
@pytest.mark.parametrize("contact", ["conversation", "zoe@example.com"])
def test_a_ticket_may_run_under_another_promise_since_another_day(
    act: Any, rooms: Any, lang: str, words: str, contact: str
) -> None:
    """The clock of what took place runs on the ticket; one that is overdue at once promises no date gone by."""
    clock = {"promise": "internship-eligibility", "started_on": "2026-11-03"}
    slots = {"ticket_question": "Où?", "ticket_contact": contact, "ticket_clock": clock}
    done = act(OpenTicket(), "x", lang=lang, slots=slots)
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert (ticket.promise, ticket.day_zero) == ("internship-eligibility", date(2026, 11, 3))
    assert ticket.is_overdue(rooms.now())
    assert words in done.text
    assert done.slots["ticket_clock"] is None


def test_cancelling_opens_nothing_and_says_so(act: Any, rooms: Any) -> None:
    """Whoever cancels is told that nothing was passed on, and may take it up again."""
    slots = {"ticket_question": "Où?", "unanswered_question": "Où?"}
    done = act(Leave(), "/cancel", intent="cancel", lang="en", loop=FORM, slots=slots)
    assert done.text.startswith("It is cancelled: nothing was passed on.")
    assert done.payloads == ["/resume"]
    assert done.slots["ticket_question"] is None
    assert done.slots["unanswered_question"] is None
    assert done.slots["paused"] == {
        "form": FORM,
        "run": None,
        "slots": {"ticket_question": "Où?", "ticket_contact": None, "ticket_clock": None},
    }
    assert {"event": "active_loop", "name": None, "timestamp": None} in done.events
    assert rooms.tickets.store.by_due_moment() == []

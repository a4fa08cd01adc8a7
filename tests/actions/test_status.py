"""Where is my request: by its number, to those who may know."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from actions.counter import Choose, Correct, Decline, Leave, Resume
from actions.knowledge import AnswerInquiry
from actions.status import AskStatusEmail, AskStatusReference, Status, TellStatus, ValidateStatusForm

FORM = "status_form"
FORGOTTEN = {"status_reference": None, "status_email": None, "form_run": None}
UNKNOWN = {"fr": "Je ne trouve pas de demande", "en": "I find no request"}


@pytest.fixture
def ticket(rooms: Any) -> Any:
    """A ticket that conversation "c1" opened with an address."""
    return rooms.tickets.open(conversation="c1", question="Où?", language="fr", email="Zoe@example.com")


def form(act: Any, text: str, **more: Any) -> Any:
    """One message in the status form."""
    return act(ValidateStatusForm(), text, intent="ticket_status", loop=FORM, **more)


def tell(act: Any, reference: str | None, email: str | None = None, **more: Any) -> Any:
    """The end of the status form."""
    return act(TellStatus(), "x", slots={"status_reference": reference, "status_email": email}, **more)


@pytest.mark.parametrize(
    "lang, opened, due",
    [
        ("fr", "est ouverte depuis le mardi 22 décembre 2026", "le mercredi 30 décembre 2026, à 17 h"),
        ("en", "has been open since Tuesday, December 22, 2026", "5:00 p.m. on Wednesday, December 30, 2026"),
    ],
)
def test_the_same_conversation_is_told(act: Any, ticket: Any, lang: str, opened: str, due: str) -> None:
    """Whoever opened the ticket hears its state and due date from its number alone."""
    done = tell(act, ticket.reference, lang=lang)
    assert ticket.reference in done.text
    assert opened in done.text
    assert due in done.text
    assert done.custom["outcome"] == "ticket"
    assert done.custom["ticket"]["reference"] == ticket.reference
    assert done.custom["ticket"]["state"] == "open"
    assert done.slots == {"language": lang, **FORGOTTEN}


@pytest.mark.parametrize("named, held, begins", [("en", "fr", "What is"), ("fr", "en", "Quel est")])
def test_a_command_asks_in_the_language_of_its_name(act: Any, named: str, held: str, begins: str) -> None:
    """/status is English in a French conversation too, which goes on in English."""
    more = {"lang": held, "slots": {"language": held}, "metadata": {"language": named, "answer_in": named}}
    done = act(AskStatusReference(), "/ticket_status", intent="ticket_status", **more)
    assert (done.custom["language"], done.slots["language"]) == (named, named)
    assert done.text.startswith(begins)


@pytest.mark.parametrize("email", ["Zoe@example.com", "zoe@example.com", "ZOE@EXAMPLE.COM"])
def test_another_conversation_needs_the_address(act: Any, ticket: Any, email: str) -> None:
    """From elsewhere the ticket is told to whoever knows its number and its address."""
    assert ticket.reference in tell(act, ticket.reference, email, sender="elsewhere").text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_wrong_address_and_an_unknown_number_sound_the_same(act: Any, ticket: Any, lang: str) -> None:
    """Nobody learns from the words, buttons, custom part or slots whether a ticket exists."""
    answers = [
        tell(act, ticket.reference, "bob@example.com", sender="elsewhere", lang=lang),
        tell(act, ticket.reference, None, sender="elsewhere", lang=lang),
        tell(act, "RI-0000-0000", "Zoe@example.com", sender="elsewhere", lang=lang),
        tell(act, "RI-0000-0000", None, sender="elsewhere", lang=lang),
    ]
    assert answers[0].text.startswith(UNKNOWN[lang])
    assert [(a.replies, a.events) for a in answers] == [(answers[0].replies, answers[0].events)] * 4


def test_the_form_asks_the_same_of_both(act: Any, ticket: Any) -> None:
    """From elsewhere an existing number and an unknown one are both asked for the address, in the same way."""
    known = form(act, ticket.reference, sender="elsewhere")
    unknown = form(act, "RI-0000-0000", sender="elsewhere")
    assert known.slots["status_reference"] == ticket.reference
    assert unknown.slots["status_reference"] == "RI-0000-0000"
    for done in (known, unknown):
        assert done.replies == []
        assert done.slots.get("requested_slot", "status_email") == "status_email"


def test_a_ticket_without_an_address_stays_in_its_conversation(act: Any, rooms: Any) -> None:
    """A ticket opened without an address is told to no one elsewhere, also not to one who gives none."""
    ticket = rooms.tickets.open(conversation="c1", question="Où?", language="fr", email=None)
    for email in (None, "", "zoe@example.com"):
        assert tell(act, ticket.reference, email, sender="elsewhere").text.startswith(UNKNOWN["fr"])
    assert ticket.reference in tell(act, ticket.reference).text


@pytest.mark.parametrize("lang, words", [("fr", "nous nous en excusons"), ("en", "we apologize")])
def test_an_overdue_ticket_is_owned_up_to(act: Any, ticket: Any, clock: Any, lang: str, words: str) -> None:
    """After the due moment the citizen hears that it has passed, with an apology."""
    clock.now = datetime(2026, 12, 30, 22, 0, tzinfo=timezone.utc)
    assert words not in tell(act, ticket.reference, lang=lang).text
    clock.now = datetime(2026, 12, 30, 22, 0, 1, tzinfo=timezone.utc)
    assert words in tell(act, ticket.reference, lang=lang).text


@pytest.mark.parametrize("lang, words", [("fr", "est fermée"), ("en", "is closed")])
def test_a_closed_ticket_is_told_closed(act: Any, rooms: Any, ticket: Any, clock: Any, lang: str, words: str) -> None:
    """A closed ticket is told as closed, however late it is."""
    with rooms.database.writing() as connection:
        connection.execute(sa.text("UPDATE tickets SET state = 'closed'"))
    clock.now = datetime(2027, 6, 1, tzinfo=timezone.utc)
    assert words in tell(act, ticket.reference, lang=lang).text


def test_without_a_number_ones_own_tickets_are_told(act: Any, rooms: Any) -> None:
    """Whoever has tickets in this conversation hears of the latest three, newest first, and of no one else's."""
    mine = [rooms.tickets.open(conversation="c1", question=f"q{n}", language="fr", email=None) for n in range(4)]
    rooms.tickets.open(conversation="c2", question="not mine", language="fr", email=None)
    done = tell(act, None)
    told = [reply["custom"]["ticket"]["reference"] for reply in done.replies]
    assert told == [ticket.reference for ticket in reversed(mine[1:])]


def test_without_number_and_tickets_nothing_is_found(act: Any) -> None:
    """With neither a number nor tickets of one's own there is nothing to tell, and that is said."""
    assert tell(act, None).text.startswith(UNKNOWN["fr"])


def test_ones_own_tickets_need_no_questions(act: Any, ticket: Any) -> None:
    """In a conversation with tickets the form asks nothing."""
    done = form(act, "où en est ma demande?")
    assert done.slots == {"form_run": "", "requested_slot": None}
    assert done.replies == []


def test_ones_own_number_needs_no_address(act: Any, ticket: Any) -> None:
    """A number of this conversation's own ticket is enough, and a misread one is understood."""
    done = form(act, f"et {ticket.reference.lower().replace('-', ' - ')} ?")
    assert done.slots == {"form_run": "", "status_reference": ticket.reference, "requested_slot": None}


def test_without_tickets_the_number_is_asked_for(act: Any) -> None:
    """In a conversation without tickets the form begins with the number."""
    done = form(act, "où en est ma demande?")
    assert done.slots.get("status_reference") is None
    assert done.slots.get("requested_slot", "status_reference") == "status_reference"


def test_number_and_address_may_come_together(act: Any, ticket: Any) -> None:
    """A message that holds both leaves nothing to ask."""
    done = form(act, f"{ticket.reference}, Zoe@example.com", sender="elsewhere")
    assert done.slots["status_reference"] == ticket.reference
    assert done.slots["status_email"] == "Zoe@example.com"


@pytest.mark.parametrize("lang, words", [("fr", "Cette adresse électronique ne semble"), ("en", "This e-mail address")])
def test_an_invalid_address_is_told(act: Any, lang: str, words: str) -> None:
    """Something like an address that is not one is not taken, and the citizen hears so."""
    slots = {"status_reference": "RI-0000-0000", "requested_slot": "status_email"}
    done = form(act, "zoe@", lang=lang, slots=slots)
    assert done.text.startswith(words)
    assert done.slots["status_email"] is None


@pytest.mark.parametrize("lang, words", [("fr", "Quel est le numéro"), ("en", "What is the number")])
def test_the_number_is_asked_with_an_example(act: Any, lang: str, words: str) -> None:
    """Asking for the number shows what one looks like, and ways out."""
    done = act(AskStatusReference(), lang=lang)
    assert done.text.startswith(words)
    assert "RI-7K3P-92QX" in done.text
    assert done.payloads == ['/choose{"choice": "no-number"}', "/cancel"]


@pytest.mark.parametrize(
    "lang, text, intent, action",
    [
        ("fr", "je n'ai pas de numéro", "inquiry", AnswerInquiry()),
        ("fr", "je l'ai perdu", "inquiry", AnswerInquiry()),
        ("fr", "je ne m'en souviens plus, de ma demande", "ticket_status", Status()),
        ("en", "I don't remember the number", "inquiry", AnswerInquiry()),
        ("en", "no, I don't have it", "deny", Decline()),
        ("en", "I lost it", "correct", Correct()),
        ("en", "/choose", "choose", Choose()),
    ],
)
def test_one_without_the_number_is_led_further(act: Any, lang: str, text: str, intent: str, action: Any) -> None:
    """The form is left, with a person in its place, and the way to one's own due date."""
    pressed = [{"entity": "choice", "value": "no-number"}] if text.startswith("/") else []
    slots = {"requested_slot": "status_reference"}
    done = act(action, text, intent=intent, lang=lang, loop=FORM, slots=slots, entities=pressed)
    assert done.text.startswith("Sans le numéro" if lang == "fr" else "Without the number")
    assert done.payloads == ["/open_ticket", "/deny", "/reply_date"]
    assert done.slots["offer"] == "ticket"
    assert {"event": "active_loop", "timestamp": None, "name": None} in done.events


@pytest.mark.parametrize(
    "lang, text, intent, action",
    [
        ("fr", "je ne sais plus", "inquiry", AnswerInquiry()),
        ("fr", "je m'en souviens pas", "deny", Decline()),
        ("en", "I don't know exactly", "deny", Decline()),
    ],
)
def test_one_without_the_day_is_led_further(act: Any, lang: str, text: str, intent: str, action: Any) -> None:
    """What was told of the case is kept, to go on when the day is found."""
    slots = {"requested_slot": "date_day", "date_promise": "email-reply"}
    done = act(action, text, intent=intent, lang=lang, loop="date_form", slots=slots)
    assert done.text.startswith("Sans le jour exact" if lang == "fr" else "Without the exact day")
    assert done.payloads == ["/open_ticket", "/deny", "/resume"]
    assert done.slots["paused"] == {
        "form": "date_form",
        "run": None,
        "slots": {"date_promise": "email-reply", "date_day": None},
    }


def test_other_answers_stay_in_the_form(act: Any) -> None:
    """The same words elsewhere, or when the address is asked for, lead nowhere else."""
    asked = {"requested_slot": "status_email", "status_reference": "RI-0000-0000"}
    assert act(Status(), "je l'ai perdu", intent="ticket_status", loop=FORM, slots=asked).replies == []
    lost = act(AnswerInquiry(), "j'ai perdu mon passeport", knowledge={"outcome": "unanswered"})
    assert "numéro" not in lost.text
    answer = {"outcome": "answered", "matches": [{"article": "address", "probability": 0.9}]}
    number = {"requested_slot": "status_reference"}
    asks = act(AnswerInquiry(), "j'ai oublié votre adresse, où êtes-vous?", loop=FORM, slots=number, knowledge=answer)
    assert asks.custom["article"] == "address"


@pytest.mark.parametrize(
    "text, promise, day",
    [
        ("je vous ai écrit un courriel le 14 décembre et toujours rien", "email-reply", "2026-12-14"),
        ("I sent you an e-mail on December 14 and still no answer", "email-reply", "2026-12-14"),
        ("ma candidature du 1er décembre, des nouvelles?", "internship-eligibility", "2026-12-01"),
        ("I wrote to you by e-mail last week, any news?", "email-reply", None),
    ],
)
def test_one_who_tells_the_day_is_told_the_due_date(
    act: Any, ticket: Any, text: str, promise: str, day: str | None
) -> None:
    """What was sent elsewhere has no number here: its date says when the answer is due."""
    begun = act(Status(), text, intent="ticket_status", sender="elsewhere")
    assert begun.events[-1]["name"] == "date_form"
    assert (begun.slots["date_promise"], begun.slots["date_day"]) == (promise, day)
    # Who has left a request here hears of that one, and a number is looked for.
    assert act(Status(), text, intent="ticket_status").events[-1]["name"] == FORM
    named = act(Status(), f"{ticket.reference}: {text}", intent="ticket_status", sender="elsewhere")
    assert named.events[-1]["name"] == FORM


@pytest.mark.parametrize("lang, words", [("fr", "Pour protéger vos"), ("en", "To protect your")])
def test_the_address_is_asked_with_the_reason(act: Any, lang: str, words: str) -> None:
    """Asking for the address says why, and shows a way out."""
    done = act(AskStatusEmail(), lang=lang)
    assert done.text.startswith(words)
    assert done.payloads == ["/cancel"]


def test_the_form_can_be_left_and_taken_up_again(act: Any) -> None:
    """Whoever leaves the form hears so, and goes on later with the number that they gave."""
    slots = {"status_reference": "RI-0000-0000"}
    left = act(Leave(), "/cancel", intent="cancel", lang="en", loop=FORM, slots=slots)
    assert left.text.startswith("Very well, I will leave that aside.")
    assert left.payloads == ["/resume"]
    assert {name: left.slots[name] for name in FORGOTTEN} == FORGOTTEN
    resumed = act(Resume(), "resume", intent="resume", lang="en", slots={"paused": left.slots["paused"]})
    assert resumed.slots["status_reference"] == "RI-0000-0000"
    assert resumed.events[-1]["name"] == FORM


def test_a_number_given_later_is_taken_instead(act: Any) -> None:
    """Asked for the address, one who has mistaken the number may give the right one, or is asked for it again."""
    slots = {"status_reference": "RI-0000-0000", "requested_slot": "status_email"}
    assert form(act, "non, RI-7K3P-92QX", slots=slots).slots["status_reference"] == "RI-7K3P-92QX"
    wrong = act(ValidateStatusForm(), "je me suis trompé", intent="correct", loop=FORM, slots=slots)
    assert wrong.slots["status_reference"] is None


def test_where_is_my_request_begins_the_form(act: Any) -> None:
    """Outside of a form it begins, and what else is under way can be taken up again."""
    assert act(Status(), "où en est ma demande?", intent="ticket_status").events[-1]["name"] == FORM
    left = act(Status(), "où en est ma demande?", intent="ticket_status", loop="date_form")
    assert left.slots["paused"]["form"] == "date_form"
    assert left.events[-1]["name"] == FORM


def test_in_a_question_for_a_person_what_is_known_is_told(act: Any, ticket: Any) -> None:
    """There the requests of the conversation are told, and the question for a person goes on."""
    done = act(Status(), "où en est ma demande?", intent="ticket_status", loop="ticket_form")
    assert ticket.reference in done.text
    assert done.events[-1]["name"] == "ticket_form"

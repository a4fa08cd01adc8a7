"""A complaint or a suggestion, taken down and passed on to the Secretary General."""

from __future__ import annotations

from typing import Any

import pytest

from actions.complaints import (
    AskComplaintConfirmed,
    AskComplaintContact,
    AskComplaintSubject,
    AskComplaintText,
    PassComplaintOn,
    ValidateComplaintForm,
)

FORM = "complaint_form"
STORY = {
    "fr": "Votre agent a raccroché au milieu de ma phrase hier",
    "en": "Your officer hung up on me yesterday at noon",
}
FULL = {
    "complaint_kind": "complaint",
    "complaint_subject": "Un délai",
    "complaint_text": "Personne n'a répondu.",
    "complaint_contact": "zoe@example.com",
}


def hear(act: Any, text: str, asked: str | None = None, intent: str = "file_complaint", **more: Any) -> Any:
    """One message to the form."""
    slots = {"requested_slot": asked, **more.pop("slots", {})}
    return act(ValidateComplaintForm(), text, intent=intent, loop=FORM, slots=slots, **more)


@pytest.mark.parametrize(
    "text, kind",
    [
        ("je veux porter plainte", "complaint"),
        ("I want to file a complaint", "complaint"),
        ("votre employé a été impoli", "complaint"),
        ("j'ai une suggestion à faire", "suggestion"),
        ("I have a comment for the Secretary General", "suggestion"),
        ("plainte ou suggestion", "complaint"),
    ],
)
def test_a_complaint_is_told_from_a_suggestion(act: Any, text: str, kind: str) -> None:
    """What wants to be a complaint is one; a suggestion or a comment is the other."""
    done = hear(act, text)
    assert done.slots["complaint_kind"] == kind
    assert done.slots["requested_slot"] == ("complaint_subject" if kind == "complaint" else "complaint_text")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_happened_may_stand_in_the_first_message(act: Any, lang: str) -> None:
    """Who tells at once what happened is not asked for it again; the mere wish to complain tells nothing."""
    assert hear(act, STORY[lang], lang=lang).slots["complaint_text"] == STORY[lang]
    suggestion = "Une suggestion : ouvrez le samedi" if lang == "fr" else "A suggestion: please open on Saturdays"
    assert hear(act, suggestion, lang=lang).slots["complaint_text"] == suggestion
    for wish in (
        "Bonjour, je voudrais déposer une plainte svp",
        "hello I would like to make a formal complaint please",
    ):
        assert "complaint_text" not in hear(act, wish).slots


def test_the_subject_is_chosen_or_said(act: Any) -> None:
    """A press gives the subject its name; other words are taken as they are; nonsense is not."""
    known = {"complaint_kind": "complaint"}
    entities = [{"entity": "choice", "value": "delay"}]
    pressed = hear(act, "/choose", "complaint_subject", intent="choose", entities=entities, lang="en", slots=known)
    assert pressed.slots["complaint_subject"] == "A delay"
    said = hear(act, "le délai de réponse", "complaint_subject", intent="inquiry", slots=known)
    assert said.slots["complaint_subject"] == "le délai de réponse"
    for nonsense in ("qsdfgh", "???", "xxxxxx", "zzz"):
        assert hear(act, nonsense, "complaint_subject", intent="inquiry", slots=known).events == []


@pytest.mark.parametrize(
    "text, intent, knowledge",
    [
        ("quelles sont vos heures?", "inquiry", {"outcome": "answered"}),
        ("annuler", "cancel", None),
        ("une personne svp", "request_officer", None),
        ("merci", "thanks", None),
        ("english please", "change_language", None),
    ],
)
@pytest.mark.parametrize("asked", ["complaint_subject", "complaint_text"])
def test_what_is_no_answer_is_left_to_the_acts(act: Any, asked: str, text: str, intent: str, knowledge: Any) -> None:
    """A question in the middle, a way out, a wish for a person: none of them fills a slot."""
    assert (
        hear(act, text, asked, intent=intent, knowledge=knowledge, slots={"complaint_kind": "complaint"}).events == []
    )


def test_a_long_story_is_one_whatever_act_it_sounds_like(act: Any) -> None:
    """A story that mentions a wish for a person is still the story."""
    story = "J'ai demandé trois fois de parler à une personne au téléphone et on m'a raccroché au nez chaque fois"
    done = hear(act, story, "complaint_text", intent="request_officer", slots={"complaint_kind": "complaint"})
    assert done.slots["complaint_text"] == story


@pytest.mark.parametrize(
    "text, intent, contact",
    [
        ("zoe@example.com", "inquiry", "zoe@example.com"),
        ("ici", "keep_here", "conversation"),
        ("non", "deny", "conversation"),
    ],
)
def test_the_contact_is_an_address_or_here(act: Any, text: str, intent: str, contact: str) -> None:
    """The answer goes to an address, or stays in the conversation."""
    slots = {**FULL, "complaint_contact": None}
    done = hear(act, text, "complaint_contact", intent=intent, slots=slots)
    assert done.slots["complaint_contact"] == contact
    assert done.slots["requested_slot"] == "complaint_confirmed"


@pytest.mark.parametrize("lang, words", [("fr", "Cette adresse électronique"), ("en", "This e-mail address")])
def test_an_invalid_address_is_told(act: Any, lang: str, words: str) -> None:
    """Something like an address that is not one is asked for again."""
    done = hear(act, "zoe@", "complaint_contact", lang=lang, slots={**FULL, "complaint_contact": None})
    assert done.text.startswith(words)
    assert done.slots["requested_slot"] == "complaint_contact"


@pytest.mark.parametrize("lang, words", [("fr", "Est-ce exact?"), ("en", "Is this right?")])
def test_all_is_read_back(act: Any, lang: str, words: str) -> None:
    """Before it goes, the citizen reads what would be passed on, and may confirm, correct or leave it."""
    done = act(AskComplaintConfirmed(), "mot", lang=lang, loop=FORM, slots=FULL)
    assert done.text.endswith(words)
    assert all(FULL[name] in done.text for name in ("complaint_subject", "complaint_text", "complaint_contact"))
    assert done.payloads == ["/affirm", "/correct", "/cancel"]


@pytest.mark.parametrize("text, intent", [("je me suis trompé", "correct"), ("non", "deny"), ("/correct", "correct")])
def test_what_is_not_right_is_asked_for(act: Any, text: str, intent: str) -> None:
    """Who does not confirm is asked what to correct, and asked for that again."""
    done = hear(act, text, "complaint_confirmed", intent=intent, slots=FULL)
    assert done.slots["correcting"] is True
    asked = act(AskComplaintConfirmed(), text, loop=FORM, slots={**FULL, "correcting": True})
    assert asked.text == "Que voulez-vous corriger?"
    assert len(asked.payloads) == 4
    entities = [{"entity": "choice", "value": "correct-complaint_text"}]
    chosen = hear(act, "/choose", "complaint_confirmed", intent="choose", entities=entities, slots=FULL)
    assert chosen.slots["complaint_text"] is None
    assert chosen.slots["requested_slot"] == "complaint_text"


@pytest.mark.parametrize("text, field", [("le sujet", "complaint_subject"), ("the address", "complaint_contact")])
def test_a_field_can_be_named(act: Any, text: str, field: str) -> None:
    """At the confirmation the field to correct may be named in words."""
    done = hear(act, text, "complaint_confirmed", intent="correct", slots=FULL)
    assert done.slots[field] is None
    assert done.slots["requested_slot"] == field


def test_another_address_at_the_confirmation_is_taken(act: Any) -> None:
    """An address given at the end takes the place of the former, and all is read back again."""
    done = hear(act, "non, zed@example.com", "complaint_confirmed", intent="deny", slots=FULL)
    assert done.slots["complaint_contact"] == "zed@example.com"
    assert done.slots["requested_slot"] == "complaint_confirmed"


def test_at_the_earlier_steps_the_last_answer_is_asked_for_again(act: Any) -> None:
    """Asked for the contact, one who was wrong is asked again what happened."""
    slots = {**FULL, "complaint_contact": None}
    done = hear(act, "je me suis trompé", "complaint_contact", intent="correct", slots=slots)
    assert done.slots["complaint_text"] is None
    assert done.slots["requested_slot"] == "complaint_text"


@pytest.mark.parametrize("lang, letter", [("fr", "de votre lettre"), ("en", "of your letter")])
def test_a_complaint_is_passed_on_today(act: Any, rooms: Any, lang: str, letter: str) -> None:
    """The ticket runs under the promise of complaints from today; where a letter goes, and its clock, are told."""
    done = act(PassComplaintOn(), "oui", intent="affirm", lang=lang, slots={**FULL, "complaint_confirmed": "yes"})
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert (ticket.promise, ticket.email, ticket.day_zero.isoformat()) == ("complaint", "zoe@example.com", "2026-12-22")
    assert "Personne n'a répondu." in ticket.question
    assert letter in done.replies[0]["text"]
    assert [reply["custom"].get("article") for reply in done.replies[1:3]] == ["address", "phone-complaints"]
    assert done.replies[-1]["custom"]["outcome"] == "ticket"
    assert done.replies[-1]["custom"]["ticket"]["reference"] == ticket.reference
    assert ticket.reference in done.replies[-1]["text"]
    assert done.slots["complaint_text"] is None


@pytest.mark.parametrize("lang, thanks", [("fr", "Merci!"), ("en", "Thank you!")])
def test_a_suggestion_is_passed_on_with_thanks(act: Any, rooms: Any, lang: str, thanks: str) -> None:
    """A suggestion goes the same way, without an address asked for."""
    slots = {"complaint_kind": "suggestion", "complaint_text": "Ouvrez le samedi."}
    done = act(PassComplaintOn(), "oui", intent="affirm", lang=lang, slots=slots)
    (ticket,) = rooms.tickets.store.by_due_moment()
    assert ticket.promise == "email-reply"
    assert done.text.startswith(thanks)


@pytest.mark.parametrize("lang, line", [("fr", "Réponse : zoe@example.com"), ("en", "Answer: zoe@example.com")])
def test_an_address_given_unasked_with_a_suggestion_is_kept_and_read_back(act: Any, lang: str, line: str) -> None:
    """Whoever adds an address to a suggestion hears that the answer goes there, and may correct it."""
    slots = {"complaint_kind": "suggestion", "complaint_text": "Ouvrez le samedi.", "complaint_contact": "conversation"}
    heard = hear(act, "Zoé Roy, zoe@example.com", "complaint_confirmed", lang=lang, slots=slots)
    assert heard.slots["complaint_contact"] == "zoe@example.com"
    slots["complaint_contact"] = "zoe@example.com"
    assert line in act(AskComplaintConfirmed(), "x", lang=lang, loop=FORM, slots=slots).text
    asked = act(AskComplaintConfirmed(), "x", lang=lang, loop=FORM, slots={**slots, "correcting": True})
    assert [payload for payload in asked.payloads if "contact" in payload]


@pytest.mark.parametrize(
    "text, knowledge, heard",
    [
        ("How long will it take?", {"outcome": "clarify", "options": ["complaint"]}, False),
        ("Why was I told to wait?", {"outcome": "unanswered"}, True),
        ("The clerk hung up on me. Is that how you treat people who call from abroad?", {"outcome": "clarify"}, True),
    ],
)
def test_a_question_in_the_middle_is_not_taken_down(act: Any, text: str, knowledge: Any, heard: bool) -> None:
    """A few words that ask what an article may answer are no complaint; indignation is, and so is a story."""
    slots = {"complaint_kind": "complaint", "complaint_subject": "Un délai"}
    done = hear(act, text, "complaint_text", intent="inquiry", knowledge=knowledge, slots=slots)
    assert (done.slots.get("complaint_text") == text) is heard


def test_the_same_message_opens_one_ticket(act: Any, rooms: Any) -> None:
    """A turn that is taken again after a fault passes nothing on twice."""
    for _ in range(2):
        act(PassComplaintOn(), "oui", intent="affirm", slots=FULL, metadata={"message": 7})
    assert len(rooms.tickets.store.by_due_moment()) == 1


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_question_has_a_way_out(act: Any, lang: str) -> None:
    """Every step offers to leave it; a suggestion is asked for in its own words."""
    for action in (AskComplaintSubject(), AskComplaintText(), AskComplaintContact()):
        assert act(action, "mot", lang=lang, loop=FORM).payloads[-1] == "/cancel"
    suggested = act(AskComplaintText(), "mot", lang=lang, loop=FORM, slots={"complaint_kind": "suggestion"})
    assert ("commentaire" if lang == "fr" else "comment") in suggested.text

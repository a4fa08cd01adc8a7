"""Yes, no, leave it, that was wrong, go on: by what lies on the counter."""

from __future__ import annotations

from typing import Any

import pytest

from actions.counter import Accept, Choose, Correct, Decline, Leave, PassOn, Resume
from actions.data import ForgetMe
from actions.form import MEMORY

TOLD = {"form": "date_form", "slots": {"date_promise": "internship-interview", "date_day": "2026-11-03"}}


@pytest.mark.parametrize("intent", ["affirm", "keep_here"])
def test_an_offered_ticket_is_accepted(act: Any, intent: str) -> None:
    """Yes to the offer of a ticket begins its form."""
    done = act(Accept(), "oui", intent=intent, slots={"offer": "ticket"})
    assert done.events[-1]["name"] == "ticket_form"


@pytest.mark.parametrize(
    "lang, yes, no", [("fr", "Très bien. Quelle", "Très bien. Si"), ("en", "Very well. What", "Very well. If")]
)
def test_yes_and_no_to_nothing_are_polite(act: Any, lang: str, yes: str, no: str) -> None:
    """Where nothing is offered, yes asks for the question, and no says that one is there."""
    assert act(Accept(), "oui", intent="affirm", lang=lang).text.startswith(yes)
    assert act(Decline(), "non", intent="deny", lang=lang).text.startswith(no)


def test_forgetting_is_left_to_the_desk(act: Any) -> None:
    """Yes to being forgotten asks the desk to do it; no keeps the conversation."""
    assert act(Accept(), "oui", intent="affirm", slots={"offer": "forget"}).custom["desk"] == "/forget_confirmed"
    assert "gardée" in act(Decline(), "non", intent="deny", slots={"offer": "forget"}).text


def test_to_ask_again_to_be_forgotten_is_to_agree(act: Any) -> None:
    """Who says "yes, erase everything" is taken to ask for it once more, and was asked back already."""
    agreed = act(ForgetMe(), "oui, effacez tout", intent="forget_me", slots={"offer": "forget"})
    assert agreed.custom["desk"] == "/forget_confirmed"
    asked = act(ForgetMe(), "effacez tout", intent="forget_me")
    assert "desk" not in asked.custom
    assert asked.slots["offer"] == "forget"


def test_yes_in_a_form_that_does_not_ask_for_it_goes_on(act: Any) -> None:
    """What is no answer to the form's question changes nothing, and the form asks again."""
    done = act(Accept(), "oui", intent="affirm", loop="date_form")
    assert done.replies == []
    assert done.events[-1]["name"] == "date_form"


@pytest.mark.parametrize("form", sorted(MEMORY))
@pytest.mark.parametrize("lang, words", [("fr", "Très bien"), ("en", "Very well")])
def test_every_form_can_be_left_and_taken_up_again(act: Any, form: str, lang: str, words: str) -> None:
    """Leaving says so and keeps what was said; resuming restores it and goes on with the form."""
    said = {name: f"a value of {name}" for name in MEMORY[form]}
    left = act(Leave(), "annuler", intent="cancel", lang=lang, loop=form, slots=said)
    assert left.custom["outcome"] == "form"
    assert left.payloads == ["/resume"]
    assert form == "ticket_form" or left.text.startswith(words)
    assert all(left.slots[name] is None for name in MEMORY[form])
    assert any(event["event"] == "active_loop" and event["name"] is None for event in left.events)
    assert not any(event["event"] == "followup" for event in left.events)
    resumed = act(Resume(), "reprendre", intent="resume", lang=lang, slots={"paused": left.slots["paused"]})
    assert {name: resumed.slots[name] for name in MEMORY[form]} == said
    assert resumed.slots["paused"] is None
    assert resumed.events[-1]["name"] == form


@pytest.mark.parametrize("lang, words", [("fr", "Il n'y a rien à reprendre"), ("en", "There is nothing to resume")])
def test_nothing_left_nothing_resumed(act: Any, lang: str, words: str) -> None:
    """Without something left aside that is said."""
    assert act(Resume(), "reprendre", intent="resume", lang=lang).text.startswith(words)


@pytest.mark.parametrize(
    "intent, slots, start",
    [
        ("goodbye", {}, "Au revoir"),
        ("cancel", {}, "Rien n'est en cours"),
        ("cancel", {"offer": "ticket"}, "Très bien"),
    ],
)
def test_leaving_nothing(act: Any, intent: str, slots: dict[str, str], start: str) -> None:
    """A farewell is returned; with nothing under way a cancel says so, and takes an offer off the counter."""
    assert act(Leave(), "mot", intent=intent, slots=slots).text.startswith(start)


@pytest.mark.parametrize("action, intent", [(Correct(), "correct"), (Decline(), "deny")], ids=["correct", "deny"])
@pytest.mark.parametrize(
    "text, slots",
    [
        ("non, le 4 novembre", {"date_promise": "internship-interview", "date_day": "2026-11-04"}),
        ("no, November 4", {"date_promise": "internship-interview", "date_day": "2026-11-04"}),
        ("en fait c'était un courriel", {"date_promise": "email-reply", "date_day": "2026-11-03"}),
        ("actually it was a complaint", {"date_promise": "complaint", "date_day": "2026-11-03"}),
        ("non, la semaine passée", {"date_promise": "internship-interview", "date_day": None}),
    ],
)
def test_what_was_told_is_put_right(act: Any, action: Any, intent: str, text: str, slots: dict[str, Any]) -> None:
    """After the date was told, another date or another event is taken instead, and it is told anew."""
    done = act(action, text, intent=intent, slots={"told": TOLD, "offer": "ticket"})
    assert {name: done.slots[name] for name in slots} == slots
    assert done.events[-1]["name"] == "date_form"


@pytest.mark.parametrize("text", ["je me suis trompé", "I made a mistake", "/correct"])
def test_without_the_right_answer_it_is_asked_again(act: Any, text: str) -> None:
    """One who only says that it was wrong is asked for it again."""
    done = act(Correct(), text, intent="correct", slots={"told": TOLD})
    assert done.slots["date_promise"] == "internship-interview"
    assert done.slots["date_day"] is None
    assert done.events[-1]["name"] == "date_form"


def test_with_nothing_told_nothing_is_corrected(act: Any) -> None:
    """Then one is asked to say what one is looking for."""
    assert act(Correct(), "je me suis trompé", intent="correct").text.startswith("Je ne vois pas")


@pytest.mark.parametrize("text", ["j'ai écrit un courriel", "I wrote you an e-mail"])
def test_what_took_place_is_no_correction_where_nothing_was_told(act: Any, text: str) -> None:
    """It begins the dialogue about one's own date."""
    begun = act(Correct(), text, intent="correct")
    assert begun.events[-1]["name"] == "date_form"
    assert (begun.slots["date_promise"], begun.slots["date_day"]) == ("email-reply", None)


def test_a_plain_no_after_the_date_declines_the_offer(act: Any) -> None:
    """No alone changes nothing of what was told."""
    done = act(Decline(), "non merci", intent="deny", slots={"told": TOLD, "offer": "ticket"})
    assert done.text.startswith("Très bien. Si")
    assert done.slots["offer"] is None


def test_a_question_for_a_person_leaves_what_is_under_way(act: Any) -> None:
    """It begins its form; another that was under way can be taken up again."""
    done = act(PassOn(), "/open_ticket", intent="open_ticket", loop="date_form", slots={"date_day": "2026-11-03"})
    assert done.slots["paused"]["slots"]["date_day"] == "2026-11-03"
    assert done.events[-1]["name"] == "ticket_form"
    assert act(PassOn(), "mot", intent="open_ticket", loop="ticket_form").events[-1]["name"] == "ticket_form"


def test_a_button_of_a_question_no_longer_asked_is_told_so(act: Any) -> None:
    """Outside of its form a choice means nothing."""
    assert act(Choose(), '/choose{"choice": "x"}', intent="choose").text.startswith("Ce choix ne sert plus")

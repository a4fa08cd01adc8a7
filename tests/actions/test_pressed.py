"""Buttons pressed late: what each does when its step is over, or another dialogue is under way."""

from __future__ import annotations

from typing import Any

import pytest

from actions.complaints import AskComplaintConfirmed, ValidateComplaintForm
from actions.counter import Accept, Choose, Correct, Decline, Leave, PassOn, Resume
from actions.dates import TellDate, ValidateDateForm
from actions.knowledge import ChooseArticle, Guide
from actions.tickets import AskTicketContact, ValidateTicketForm

ASKED = {"form": "ticket_form", "run": "7", "slot": "ticket_contact"}
COMPLAINT = {"form_run": "9", "requested_slot": "complaint_contact", "complaint_text": "Trois heures."}


def press(act: Any, action: Any, payload: str, intent: str, under: dict[str, Any], **more: Any) -> Any:
    """A button pressed after the citizen has spoken since."""
    return act(action, payload, intent=intent, metadata={"message": 30, "under": {"late": True, **under}}, **more)


@pytest.mark.parametrize("lang, words", [("fr", "Cette étape est terminée"), ("en", "That step is over")])
@pytest.mark.parametrize(
    ("action", "payload", "intent"),
    [
        (Accept(), "/keep_here", "keep_here"),
        (Accept(), "/affirm", "affirm"),
        (Leave(), "/cancel", "cancel"),
        (Correct(), "/correct", "correct"),
        (Choose(), '/choose{"choice": "a"}', "choose"),
    ],
)
def test_a_step_that_is_over_is_said_to_be(
    act: Any, action: Any, payload: str, intent: str, lang: str, words: str
) -> None:
    """Outside of a dialogue and in another, the button does nothing to it; a way to begin again stands there."""
    alone = press(act, action, payload, intent, {"step": ASKED}, lang=lang, slots={"offer": "ticket", "language": lang})
    assert alone.text.startswith(words)
    assert alone.payloads == ["/open_ticket"]
    assert "offer" not in alone.slots  # what lies on the counter stays
    inside = press(act, action, payload, intent, {"step": ASKED}, lang=lang, slots=COMPLAINT, loop="complaint_form")
    assert inside.text.startswith(words)
    assert inside.events[-1]["name"] == "complaint_form"
    assert not {"complaint_text", "complaint_contact", "complaint_confirmed"} & set(inside.slots)


def test_what_was_left_can_be_resumed_from_its_buttons(act: Any) -> None:
    """Under a step of what was left, the way on is shown."""
    paused = {"form": "ticket_form", "run": "7", "slots": {"ticket_question": "Où?"}}
    done = press(act, Accept(), "/keep_here", "keep_here", {"step": ASKED}, slots={"paused": paused})
    assert done.payloads == ["/resume"]
    assert done.custom["step"] == {"form": "ticket_form", "run": "7"}


@pytest.mark.parametrize(
    ("form", "asked"), [(ValidateTicketForm(), "ticket_contact"), (ValidateComplaintForm(), "complaint_contact")]
)
def test_a_form_hears_no_button_of_another_time(act: Any, form: Any, asked: str) -> None:
    """ "Receive it here" of an earlier time, or of another form, gives this one no address."""
    slots = {"form_run": "9", "requested_slot": asked, "ticket_question": "Où?", "complaint_text": "Trois heures."}
    name = form.name().removeprefix("validate_")
    for step in ({**ASKED, "form": name}, {"form": "evaluation_form", "run": "9", "slot": "x"}, {}):
        heard = press(act, form, "/keep_here", "keep_here", {"step": step}, slots=slots, loop=name)
        assert asked not in heard.slots
    mine = {"form": name, "run": "9", "slot": asked}
    heard = press(act, form, "/keep_here", "keep_here", {"step": mine}, slots=slots, loop=name)
    assert heard.slots[asked] == "conversation"


def test_a_choice_of_an_earlier_step_puts_it_right(act: Any) -> None:
    """In a form that goes on, a choice counts for the step under which it stood, and what is read back has changed."""
    slots = {
        "form_run": "9", "requested_slot": "complaint_confirmed", "complaint_subject": "Autre", "complaint_text": "Ah.",
        "complaint_contact": "conversation", "complaint_kind": "complaint",
    }  # fmt: skip
    step = {"form": "complaint_form", "run": "9", "slot": "complaint_contact"}
    slots["complaint_contact"] = "ana@example.org"
    heard = press(
        act, ValidateComplaintForm(), "/keep_here", "keep_here", {"step": step}, slots=slots, loop="complaint_form"
    )
    assert heard.slots["complaint_contact"] == "conversation"
    assert heard.slots["complaint_confirmed"] is None


def test_what_was_confirmed_is_what_stands_there(act: Any) -> None:
    """A "yes" under the read-back counts as long as nothing of it has changed."""
    slots = {
        "form_run": "9", "requested_slot": "complaint_confirmed", "complaint_subject": "Autre", "complaint_text": "Ah.",
        "complaint_contact": "conversation", "complaint_kind": "complaint",
    }  # fmt: skip
    step = act(AskComplaintConfirmed(), slots=slots, loop="complaint_form").custom["step"]
    form, more = ValidateComplaintForm(), {"loop": "complaint_form", "confidence": 1.0}
    assert press(act, form, "/affirm", "affirm", {"step": step}, slots=slots, **more).slots["complaint_confirmed"]
    changed = {**slots, "complaint_text": "Oh."}
    assert press(act, form, "/affirm", "affirm", {"step": step}, slots=changed, **more).events == []
    said = press(act, Accept(), "/affirm", "affirm", {"step": step}, slots=changed, **more)
    assert said.text.startswith("Le texte a changé")
    assert said.events[-1]["name"] == "complaint_form"


@pytest.mark.parametrize("lang, words", [("fr", "Très bien, cette question"), ("en", "Very well, that question")])
def test_a_late_no_declines_its_own_question_only(act: Any, lang: str, words: str) -> None:
    """ "No, thank you" under A leaves the offer for B, and the dialogue that is under way, as they are."""
    done = press(act, Decline(), "/deny", "deny", {"question": "A"}, lang=lang, slots={"offer": "ticket"})
    assert done.text.startswith(words)
    assert "offer" not in done.slots
    inside = press(
        act, Decline(), "/deny", "deny", {"question": "A"}, lang=lang, slots=COMPLAINT, loop="complaint_form"
    )
    assert "paused" not in inside.slots
    assert inside.events[-1]["name"] == "complaint_form"


def test_none_of_these_is_about_the_question_that_was_asked_back(act: Any) -> None:
    """A person is offered for A, also after B."""
    done = press(
        act, Decline(), "/none_of_these", "none_of_these", {"question": "A"}, slots={"unanswered_question": "B"}
    )
    assert done.custom["ticket"]["question"] == "A"
    assert done.slots["unanswered_question"] == "A"


def test_passed_on_is_what_the_offer_stood_under(act: Any) -> None:
    """The question and the clock of A are taken, whatever was offered since; another dialogue is left."""
    clock = {"promise": "internship-interview", "started_on": "2026-11-03"}
    done = press(
        act, PassOn(), "/open_ticket", "open_ticket", {"question": "A", "clock": clock},
        slots={**COMPLAINT, "unanswered_question": "B"}, loop="complaint_form",
    )  # fmt: skip
    assert (done.slots["unanswered_question"], done.slots["ticket_clock"]) == ("A", clock)
    assert done.slots["paused"]["form"] == "complaint_form"
    assert done.events[-1]["name"] == "ticket_form"
    other = {"ticket_question": "B", "form_run": "9", "requested_slot": "ticket_contact"}
    asked = press(act, PassOn(), "/open_ticket", "open_ticket", {"question": "A"}, slots=other, loop="ticket_form")
    assert (asked.slots["unanswered_question"], asked.slots["ticket_question"]) == ("A", None)
    same = press(act, PassOn(), "/open_ticket", "open_ticket", {"question": "B"}, slots=other, loop="ticket_form")
    assert "paused" not in same.slots


def test_passed_on_twice_is_one_request(act: Any, rooms: Any) -> None:
    """One that is open for these words is told of instead of opened again."""
    ticket = rooms.tickets.open(conversation="c1", question="A", language="fr", email=None)
    done = press(act, PassOn(), "/open_ticket", "open_ticket", {"question": "A"}, slots={"language": "fr"})
    assert ticket.reference in done.text
    assert done.events == []
    kept = press(act, Accept(), "/keep_here", "keep_here", {"question": "A", "step": ASKED})
    assert ticket.reference in kept.text


def test_resume_takes_up_what_it_stood_under(act: Any) -> None:
    """Only what was left there; what is under way then can be resumed in its turn."""
    paused = {"form": "date_form", "run": "5", "slots": {"date_promise": "email-reply"}}
    step = {"form": "date_form", "run": "5"}
    done = press(
        act, Resume(), "/resume", "resume", {"step": step}, slots={**COMPLAINT, "paused": paused}, loop="complaint_form"
    )
    assert (done.slots["date_promise"], done.slots["form_run"]) == ("email-reply", "5")
    assert done.slots["paused"]["form"] == "complaint_form"
    assert done.events[-1]["name"] == "date_form"
    gone = press(act, Resume(), "/resume", "resume", {"step": {**step, "run": "4"}}, slots={"paused": paused})
    assert gone.payloads == ["/reply_date"]


def test_correct_is_about_what_was_told_there(act: Any) -> None:
    """Under an older telling, that one is put right, whatever was told since."""
    told = act(TellDate(), slots={"date_promise": "email-reply", "date_day": "2026-12-01"})
    since = {"told": {"form": "program_form", "slots": {}}}
    done = press(act, Correct(), "/correct", "correct", {"step": told.custom["step"]}, slots=since)
    assert (done.slots["date_promise"], done.slots["date_day"]) == ("email-reply", None)
    assert done.events[-1]["name"] == "date_form"
    heard = press(
        act, ValidateDateForm(), "/correct", "correct", {"step": told.custom["step"]}, loop="date_form",
        slots={"requested_slot": "date_day", "form_run": "9"},
    )  # fmt: skip
    assert heard.events == []


def test_the_date_is_worked_out_for_the_article_under_which_the_button_stood(act: Any) -> None:
    """Not for the one given last; nor does another dialogue answer in its place."""
    under = {"article": "internship-interview-reply"}
    slots = {"given_article": "email-standard"}
    begun = press(act, Guide(), "/reply_date", "reply_date", under, slots=slots)
    assert begun.slots["date_promise"] == "internship-interview"
    asked = {"date_promise": "email-reply", "requested_slot": "date_day"}
    anew = press(act, Guide(), "/reply_date", "reply_date", under, slots=asked, loop="date_form")
    assert anew.slots["date_promise"] == "internship-interview"


def test_an_article_that_is_gone_is_offered_for_its_own_question(act: Any) -> None:
    """A choice of long ago whose article was withdrawn passes on the question that was asked back."""
    done = press(
        act, ChooseArticle(), '/choose_article{"article": "gone"}', "choose_article", {"question": "A"},
        entities=[{"entity": "article", "value": "gone"}], slots={"unanswered_question": "B"},
    )  # fmt: skip
    assert done.custom["ticket"]["question"] == "A"


def test_the_message_that_asks_for_the_contact_says_what_is_passed_on(act: Any) -> None:
    """Programs read the question there, and what the buttons stand under."""
    slots = {"ticket_question": "Où?", "form_run": "7"}
    custom = act(AskTicketContact(), slots=slots, loop="ticket_form").custom
    assert custom["ticket"]["question"] == "Où?"
    assert custom["step"] == ASKED

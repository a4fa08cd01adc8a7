"""When will I hear: understanding what took place and when, and telling the due date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.dates import AskDateDay, AskDatePromise, TellDate, ValidateDateForm

# Today is Tuesday, December 22, 2026.
FORM = "date_form"


def hear(act: Any, text: str, asked: str | None = None, intent: str = "reply_date", **more: Any) -> Any:
    """One message to the form."""
    slots = {"requested_slot": asked, **more.pop("slots", {})}
    return act(ValidateDateForm(), text, intent=intent, loop=FORM, slots=slots, **more)


def press(choice: str) -> dict[str, Any]:
    """The entities of a press."""
    return {"entities": [{"entity": "choice", "value": choice}], "intent": "choose"}


@pytest.mark.parametrize(
    "text, promise, day",
    [
        ("J'ai déposé ma candidature le 3 novembre", "internship-eligibility", "2026-11-03"),
        ("I filed my application on November 3", "internship-eligibility", "2026-11-03"),
        ("j'ai postulé pour un stage hier", "internship-eligibility", "2026-12-21"),
        ("mon entrevue était mardi passé", "internship-interview", "2026-12-15"),
        ("my internship interview was last Tuesday", "internship-interview", "2026-12-15"),
        ("nos négociations ont pris fin le 30 novembre", "cooperation-analysis", "2026-11-30"),
        ("talks with our foreign partners ended 2 weeks ago", "cooperation-analysis", "2026-12-08"),
        ("vous avez reçu ma lettre de plainte le 1er décembre", "complaint", "2026-12-01"),
        ("you received my complaint on Dec 1st", "complaint", "2026-12-01"),
        ("je vous ai écrit un courriel avant-hier", "email-reply", "2026-12-20"),
        ("I e-mailed you yesterday", "email-reply", "2026-12-21"),
        ("emailed u guys 3 days ago", "email-reply", "2026-12-19"),
        ("c'était le 3", None, "2026-12-03"),
        ("j'attends ma réponse pour l'entrevue", "internship-interview", None),
    ],
)
def test_what_took_place_and_when_are_understood(act: Any, text: str, promise: str | None, day: str | None) -> None:
    """The event and the day are found in either language, wherever they stand."""
    done = hear(act, text)
    assert done.slots.get("date_promise") == promise
    assert done.slots.get("date_day") == day
    following = "date_promise" if promise is None else "date_day" if day is None else None
    assert done.slots["requested_slot"] == following


def test_a_press_answers(act: Any) -> None:
    """The buttons of both questions are understood; a day to come is not taken."""
    done = hear(act, "/choose", "date_promise", **press("complaint"))
    assert done.slots == {"date_promise": "complaint", "requested_slot": "date_day"}
    slots = {"date_promise": "complaint"}
    assert hear(act, "/choose", "date_day", slots=slots, **press("2026-11-03")).slots["date_day"] == "2026-11-03"
    assert hear(act, "/choose", "date_day", slots=slots, **press("2027-11-03")).slots["date_day"] is None


@pytest.mark.parametrize("text", ["3", "le 3", "le 3 stp", "mardi passé", "Nov 3rd"])
def test_asked_for_the_day_a_few_words_are_it(act: Any, text: str) -> None:
    """The answer may be no more than a number."""
    done = hear(act, text, "date_day", intent="inquiry", slots={"date_promise": "complaint"})
    assert done.slots["date_day"] is not None
    assert done.slots["requested_slot"] is None


@pytest.mark.parametrize(
    "text, intent, knowledge",
    [
        ("quel est votre courriel?", "inquiry", {"outcome": "answered"}),
        ("êtes-vous ouverts demain?", "inquiry", {"outcome": "answered"}),
        ("je veux parler à quelqu'un de ma plainte", "request_officer", None),
        ("annuler", "cancel", None),
        ("asdf qwer", "inquiry", None),
        ("english please", "change_language", None),
    ],
)
def test_what_is_no_answer_is_left_to_the_acts(act: Any, text: str, intent: str, knowledge: Any) -> None:
    """A question, a wish for a person and nonsense fill nothing: the form hears nothing."""
    slots = {"date_promise": "internship-interview"}
    assert hear(act, text, "date_day", intent=intent, knowledge=knowledge, slots=slots).events == []


@pytest.mark.parametrize("text", ["en fait c'était une entrevue", "actually it was an interview"])
def test_the_event_is_put_right_at_the_next_step(act: Any, text: str) -> None:
    """Asked for the day, one may still say that something else took place."""
    done = hear(act, text, "date_day", intent="correct", slots={"date_promise": "complaint"})
    assert done.slots["date_promise"] == "internship-interview"
    assert done.slots["requested_slot"] == "date_day"


@pytest.mark.parametrize("lang, words", [("fr", "D'accord, corrigeons"), ("en", "All right, let us correct")])
def test_without_the_right_event_it_is_asked_again(act: Any, lang: str, words: str) -> None:
    """One who only says that it was wrong goes back to the question before."""
    done = hear(act, "oups", "date_day", intent="correct", lang=lang, slots={"date_promise": "complaint"})
    assert done.text.startswith(words)
    assert done.slots["date_promise"] is None
    assert done.slots["requested_slot"] == "date_promise"


@pytest.mark.parametrize(
    "text, lang, start, titles",
    [
        ("03/11/2026", "fr", "Cette date peut se lire", ["mardi 3 novembre 2026", "mercredi 11 mars 2026"]),
        ("03/11/2026", "en", "This date can be read", ["Wednesday, March 11, 2026", "Tuesday, November 3, 2026"]),
        ("la semaine passée", "fr", "J'ai besoin du jour exact", ["lundi 14 décembre 2026"]),
        ("last week", "en", "I need the exact day", ["Monday, December 14, 2026"]),
        ("au début du mois", "fr", "J'ai besoin du jour exact", []),
        ("le 3 ou le 5", "fr", "Je lis plus d'une date", ["jeudi 3 décembre 2026", "samedi 5 décembre 2026"]),
        ("hm", "fr", "À quelle date votre entrevue", []),
        ("hm", "en", "On which date did your interview", []),
    ],
)
def test_the_day_is_asked_with_its_readings(act: Any, text: str, lang: str, start: str, titles: list[str]) -> None:
    """What can be read in more than one way, or is no day, is asked back with the days that it may be."""
    slots = {"date_promise": "internship-interview", "requested_slot": "date_day"}
    done = act(AskDateDay(), text, lang=lang, loop=FORM, slots=slots)
    assert done.text.startswith(start)
    assert [button["title"] for button in done.reply["buttons"]][: len(titles)] == titles
    assert done.payloads[-1] == "/cancel"
    assert not any(event["event"] == "followup" for event in done.events)


@pytest.mark.parametrize(
    "text, lang, start",
    [
        ("le 31 novembre", "fr", "Cette date n'existe pas"),
        ("November 31", "en", "There is no such date"),
        ("demain", "fr", "Cette date est à venir"),
        ("January 5, 2027", "en", "This date is still to come"),
    ],
)
def test_impossible_days_and_days_to_come_are_told(act: Any, text: str, lang: str, start: str) -> None:
    """They are refused in words, and the day is asked for again."""
    slots = {"date_promise": "complaint"}
    assert hear(act, text, "date_day", lang=lang, slots=slots).slots["date_day"] is None
    done = act(AskDateDay(), text, lang=lang, loop=FORM, slots=slots)
    assert [reply["text"].startswith(start) for reply in done.replies] == [True, False]


@pytest.mark.parametrize("lang, words", [("fr", "Qu'est-ce qui a eu lieu?"), ("en", "What has taken place?")])
def test_what_took_place_is_asked_with_the_promises(act: Any, rooms: Any, lang: str, words: str) -> None:
    """Every promise of the registry can be chosen."""
    done = act(AskDatePromise(), "quand?", lang=lang, loop=FORM)
    assert words in done.text
    chosen = {payload for payload in done.payloads if payload != "/cancel"}
    assert chosen == {f'/choose{{"choice": "{promise}"}}' for promise in rooms.registry.promises}


@pytest.mark.parametrize(
    "lang, words, due, proof",
    [
        (
            "fr",
            "une candidature de stage déposée, le vendredi 18 décembre 2026",
            "au plus tard le mardi 29 décembre 2026, à 17 h",
            "jour férié, non compté : jeudi 24 décembre 2026 (",
        ),
        (
            "en",
            "an internship application filed, on Friday, December 18, 2026",
            "due by 5:00 p.m. on Tuesday, December 29, 2026",
            "holiday, not counted: Thursday, December 24, 2026 (",
        ),
    ],
)
def test_the_due_date_is_told_with_its_proof(act: Any, rooms: Any, lang: str, words: str, due: str, proof: str) -> None:
    """The event, the promise, the due date and the count are read back, and a request under it is offered."""
    slots = {"date_promise": "internship-eligibility", "date_day": "2026-12-18"}
    done = act(TellDate(), "x", intent="reply_date", lang=lang, slots=slots)
    expected = rooms.tickets.due_since("internship-eligibility", date(2026, 12, 18))
    assert words in done.text
    assert due in done.text
    assert proof in done.text
    assert rooms.registry.get("internship-eligibility").on(date(2026, 12, 18)).text[lang] in done.text
    assert done.custom["outcome"] == "answered"
    assert done.custom["article"] == "internship-eligibility-reply"
    assert done.custom["promise"] == "internship-eligibility"
    assert done.custom["passed"] is False
    assert done.custom["ticket"]["due"] == expected.due_at.isoformat()
    assert done.custom["ticket"]["proof"] == [entry.as_dict() for entry in expected.proof]
    assert done.payloads == ["/open_ticket", "/correct", "/deny"]
    assert done.slots["ticket_clock"] == {"promise": "internship-eligibility", "started_on": "2026-12-18"}
    assert done.slots["offer"] == "ticket"
    assert done.slots["told"] == {"form": FORM, "slots": slots}
    assert done.slots["date_day"] is None


@pytest.mark.parametrize("lang, words", [("fr", "Cette date est passée"), ("en", "That date has passed")])
def test_of_a_date_gone_by_that_is_said_and_a_complaint_offered(act: Any, lang: str, words: str) -> None:
    """A broken promise is owned up to; the citizen may complain or open a request."""
    slots = {"date_promise": "internship-interview", "date_day": "2026-11-03"}
    done = act(TellDate(), "x", intent="reply_date", lang=lang, slots=slots)
    assert words in done.text
    assert done.custom["passed"] is True
    assert done.payloads == ["/open_ticket", "/file_complaint", "/correct", "/deny"]

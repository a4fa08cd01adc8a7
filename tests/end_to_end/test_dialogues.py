"""The assistant's dialogues as citizens have them, in both languages, over HTTP."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.core.documents import read_data
from bot.core.folders import ROOT
from bot.promises.calendar import parse_calendar
from tests.cast import ZONE as TORONTO
from tests.end_to_end.desk_process import Citizen, Replies, RunningDesk

CALENDAR = parse_calendar(read_data(ROOT / "data" / "holidays.yml"))
MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "en": "January February March April May June July August September October November December".split(),
}


def past(days: int) -> date:
    """The day so many days before today, where the desk is."""
    return datetime.now(TORONTO).date() - timedelta(days=days)


def written(day: date, lang: str) -> str:
    """A day with its year, as people write it."""
    month = MONTHS[lang][day.month - 1]
    return f"le {day.day} {month} {day.year}" if lang == "fr" else f"{month} {day.day}, {day.year}"


def due(day: date, working_days: int) -> date:
    """The n-th working day after `day`, counted here anew."""
    while working_days:
        day += timedelta(days=1)
        working_days -= CALENDAR.is_working_day(day)
    return day


def due_of(custom: dict[str, Any]) -> date:
    """The local date on which the ticket of a reply is due."""
    return datetime.fromisoformat(custom["ticket"]["due"]).astimezone(TORONTO).date()


CASES = [
    ("J'ai déposé ma candidature {day}", "fr", "internship-eligibility", 5),
    ("I filed my application on {day}", "en", "internship-eligibility", 5),
    ("mon entrevue était {day}, quand aurai-je une réponse?", "fr", "internship-interview", 10),
    ("my interview was on {day}, when will I hear?", "en", "internship-interview", 10),
    ("nos négociations ont pris fin {day}, quand saurons-nous?", "fr", "cooperation-analysis", 15),
    ("our negotiations ended on {day}, when will we know?", "en", "cooperation-analysis", 15),
    ("vous avez reçu ma lettre de plainte {day}, vous me répondez quand?", "fr", "complaint", 15),
    ("you received my complaint letter on {day}, when do you answer?", "en", "complaint", 15),
    ("je vous ai écrit un courriel {day}, quand répondez-vous?", "fr", "email-reply", 4),
    ("I sent you an email on {day}, when will you answer?", "en", "email-reply", 4),
]


@pytest.mark.parametrize(("sentence", "lang", "promise", "days"), CASES)
@pytest.mark.parametrize("ago", [1, 60])
def test_the_due_date_of_ones_own_case_is_told(
    citizen: Citizen, sentence: str, lang: str, promise: str, days: int, ago: int
) -> None:
    """What took place and when is understood; the due date has its proof, and a complaint is offered if it is past."""
    day = past(ago)
    told = citizen.says(sentence.format(day=written(day, lang)))
    custom = told.custom
    assert (custom["outcome"], custom["promise"], custom["language"]) == ("answered", promise, lang)
    assert custom["day_zero"] == day.isoformat()
    assert due_of(custom) == due(day, days)
    assert custom["ticket"]["proof"][0] == {
        **custom["ticket"]["proof"][0],
        "date": day.isoformat(),
        "reason": "day_zero",
    }
    assert custom["passed"] is (ago == 60)
    assert ("/file_complaint" in told.payloads) is (ago == 60)
    assert custom["sources"]


@pytest.mark.parametrize(
    ("sentence", "wrong", "lang", "here"),
    [
        ("mon entrevue était {day}", "non, {other}", "fr", "ici"),
        ("my interview was on {day}", "no, {other}", "en", "here is fine"),
    ],
)
def test_the_date_is_put_right_and_a_request_opened_that_is_overdue(
    citizen: Citizen, sentence: str, wrong: str, lang: str, here: str
) -> None:
    """After the telling another date is taken; the request runs under the promise since that day."""
    day, other = past(90), past(80)
    citizen.says(sentence.format(day=written(day, lang)))
    told = citizen.says(wrong.format(other=written(other, lang)))
    assert told.custom["day_zero"] == other.isoformat()
    assert citizen.says("oui" if lang == "fr" else "yes please").outcome == "form"
    opened = citizen.says(here)
    assert opened.outcome == "ticket"
    assert due_of(opened.custom) == due(other, 10)
    assert opened.reference
    status = citizen.says("où en est ma demande?" if lang == "fr" else "where is my request?")
    assert ("nous nous en excusons" if lang == "fr" else "we apologize") in status.text


@pytest.mark.parametrize(
    ("first", "event", "middle", "answer", "cancel", "hello", "resume", "lang"),
    [
        (
            "quand vais-je avoir ma réponse?",
            "une entrevue",
            "quelles sont vos heures au téléphone?",
            "hier",
            "annuler",
            "bonjour",
            "reprendre",
            "fr",
        ),
        (
            "when will I get my answer?",
            "an interview",
            "what are your phone hours?",
            "yesterday",
            "cancel",
            "hello",
            "resume",
            "en",
        ),
    ],
)
def test_the_form_for_the_date_is_left_answered_in_its_middle_and_resumed(
    citizen: Citizen, first: str, event: str, middle: str, answer: str, cancel: str, hello: str, resume: str, lang: str
) -> None:
    """A question in the middle is answered and the form asks again; left, it goes on later with what was said."""
    assert citizen.says(first).outcome == "form"
    asked = citizen.says(event)
    assert asked.outcome == "form"
    between = citizen.says(middle)
    assert between[0]["custom"]["article"] == "phone-hours"
    assert between[-1]["text"] == asked.text
    left = citizen.says(cancel)
    assert left.payloads == ["/resume"]
    assert citizen.says(hello).payloads == ["/resume"]
    again = citizen.says(resume)
    assert again[-1]["text"] == asked.text
    told = citizen.says(answer)
    assert told.custom["promise"] == "internship-interview"
    assert told.custom["day_zero"] == past(1).isoformat()
    assert told.custom["language"] == lang


@pytest.mark.parametrize(
    ("question", "lang"),
    [
        ("quel est le délai de réponse après une entrevue?", "fr"),
        ("what is the delay after an interview?", "en"),
        ("Combien de temps après l'entrevue donnez-vous une réponse ?", "fr"),
    ],
)
def test_how_it_is_in_general_gets_the_article(citizen: Citizen, question: str, lang: str) -> None:
    """The form begins only with the press under the article."""
    answer = citizen.says(question)
    assert answer[0]["custom"]["outcome"] == "answered"
    assert answer[0]["custom"]["article"] == "internship-interview-reply"
    assert "/reply_date" in Replies(answer[:1]).payloads
    assert citizen.says("/reply_date").outcome == "form"


@pytest.mark.parametrize(
    ("lang", "person"), [("fr", "je veux parler à une personne"), ("en", "I want to talk to a person")]
)
def test_a_wish_for_a_person_in_the_middle_is_honoured(citizen: Citizen, lang: str, person: str) -> None:
    """The form is left, and the conversation waits for a person; the form can be taken up again."""
    citizen.says("when will I get my answer?" if lang == "en" else "quand vais-je avoir ma réponse?")
    reply = citizen.says(person)
    assert (reply.outcome, reply.custom["held_by"]) == ("handoff", "queue")
    assert "/resume" in reply.payloads


def test_the_language_is_followed_in_the_middle(citizen: Citizen) -> None:
    """Who changes the language is asked the same question in the other."""
    citizen.says("quand vais-je avoir ma réponse?")
    asked = citizen.says("english please")
    assert asked.custom["language"] == "en"
    assert asked[-1]["text"].startswith("I can work out the date")


@pytest.mark.parametrize(
    ("lines", "articles", "unknown"),
    [
        (
            [
                "quel programme est fait pour moi?",
                "étudiante à la maîtrise",
                "un stage dans une organisation internationale",
            ],
            ["internship-who", "internship-what"],
            "ne figurent pas dans ma base de connaissances",
        ),
        (
            ["which program is for me?", "we are a non-profit", "humanitarian aid"],
            ["humanitarian"],
            "are not in my knowledge base",
        ),
    ],
)
def test_the_program_is_found(citizen: Citizen, lines: list[str], articles: list[str], unknown: str) -> None:
    """Two questions lead to the programs that are stated, and what is not known is said."""
    for line in lines[:-1]:
        assert citizen.says(line).outcome == "form"
    told = citizen.says(lines[-1])
    assert [part["custom"]["article"] for part in told if "article" in part["custom"]] == articles
    assert unknown in told[-1]["text"]
    assert "/open_ticket" in told.payloads


@pytest.mark.parametrize(
    ("wish", "subject", "story", "question", "wrong", "lang"),
    [
        (
            "je veux porter plainte",
            "le délai",
            "J'ai attendu trois semaines sans aucune réponse de votre bureau",
            "quelle est votre adresse?",
            "le sujet",
            "fr",
        ),
        (
            "I want to file a complaint",
            "a delay",
            "I waited for three weeks without any answer from your office",
            "what is your address?",
            "the subject",
            "en",
        ),
    ],
)
def test_a_complaint_is_taken_down_put_right_and_passed_on(
    citizen: Citizen, wish: str, subject: str, story: str, question: str, wrong: str, lang: str
) -> None:
    """Subject, story and contact are read back and put right; the ticket is due in 15 working days from today."""
    assert citizen.says(wish)[0]["custom"]["article"] == "complaint"
    assert citizen.says(subject).outcome == "form"
    between = citizen.says(question)
    assert between[0]["custom"]["article"] == "address"
    assert citizen.says(story).outcome == "form"
    read = citizen.says("ana@example.com")
    assert story in read.text
    citizen.says("/correct")
    citizen.says(wrong)
    read = citizen.says("autre chose" if lang == "fr" else "something else")
    assert "ana@example.com" in read.text
    done = citizen.says("oui" if lang == "fr" else "yes")
    assert [part["custom"].get("article") for part in done] == [None, "address", "phone-complaints", None]
    assert done.outcome == "ticket"
    assert due_of(done.custom) == due(past(0), 15)


@pytest.mark.parametrize(
    ("wish", "question", "lang"),
    [
        ("je veux porter plainte", "ça prend combien de temps?", "fr"),
        ("I want to file a complaint", "how long will it take?", "en"),
    ],
)
def test_a_question_about_the_dialogue_is_not_taken_down(citizen: Citizen, wish: str, question: str, lang: str) -> None:
    """Asked what happened, one who asks how long it takes is answered or asked back, and then asked again."""
    citizen.says(wish)
    asked = citizen.says("le service" if lang == "fr" else "the service")
    between = citizen.says(question)
    told = between[0]["custom"]
    assert "complaint" in (told.get("article"), *told.get("options", ()))
    assert between[-1]["text"] == asked[-1]["text"]


@pytest.mark.parametrize(
    ("wish", "words", "yes", "thanks"),
    [
        ("j'ai une suggestion à faire", "Vous pourriez ouvrir aussi le samedi matin", "oui", "Merci!"),
        ("I have a suggestion", "You could open on Saturday mornings as well", "yes", "Thank you!"),
    ],
)
def test_a_suggestion_is_passed_on_with_thanks(citizen: Citizen, wish: str, words: str, yes: str, thanks: str) -> None:
    """A suggestion needs its words and a yes."""
    assert citizen.says(wish).outcome == "form"
    assert words in citizen.says(words).text
    done = citizen.says(yes)
    assert done.text.startswith(thanks)
    assert done.reference


@pytest.mark.parametrize(
    ("wish", "mission", "rating", "comment", "better", "yes", "lang"),
    [
        (
            "je veux évaluer la mission",
            "la mission à Lyon",
            "très bien",
            "Le transport était parfait",
            "non, 5",
            "oui",
            "fr",
        ),
        (
            "I want to evaluate the mission",
            "the trip to Chicago",
            "4 out of 5",
            "Transport was perfect",
            "no, 5",
            "yes",
            "en",
        ),
    ],
)
def test_a_mission_is_evaluated(
    citizen: Citizen, wish: str, mission: str, rating: str, comment: str, better: str, yes: str, lang: str
) -> None:
    """Mission, rating and comments are asked for, read back, put right, and kept."""
    assert citizen.says(wish).outcome == "form"
    asked = citizen.says(mission)
    assert len([p for p in asked.payloads if p.startswith("/choose")]) == 5
    citizen.says(rating)
    read = citizen.says(comment)
    assert comment in read.text
    assert ("4 sur 5" if lang == "fr" else "4 out of 5") in read.text
    assert ("5 sur 5" if lang == "fr" else "5 out of 5") in citizen.says(better).text
    assert citizen.says(yes).custom["rating"] == 5


@pytest.mark.parametrize(
    ("question", "words"),
    [("que savez-vous de moi?", "Voici ce que je garde"), ("what do you know about me", "Here is what I keep")],
)
def test_what_is_kept_is_told_and_given(citizen: Citizen, question: str, words: str) -> None:
    """The reply tells in words what is kept, and carries all of it, the assistant's memory included."""
    citizen.says("canari-7F3A")
    told = citizen.says(question)
    assert told.text.startswith(words)
    data = told.custom["data"]
    assert "canari-7F3A" in [message["text"] for message in data["messages"]]
    assert data["assistant"]


@pytest.mark.parametrize(("wish", "yes", "no"), [("oubliez-moi", "oui", "non"), ("forget me", "yes", "no")])
def test_one_is_forgotten_after_a_yes(desk: RunningDesk, wish: str, yes: str, no: str) -> None:
    """Asked for in words and confirmed in words, everything is erased; a no keeps it."""
    citizen = desk.citizen()
    citizen.says("canari-7F3A")
    assert "/forget_confirmed" in citizen.says(wish).payloads
    citizen.says(no)
    assert "canari-7F3A" in str(citizen.says("/my_data").custom["data"])
    citizen.says(wish)
    assert citizen.says(yes).text.startswith(("C'est fait.", "It is done."))
    assert "canari-7F3A" not in str(citizen.says("/my_data").custom["data"])


def test_the_log_tells_nothing_of_what_was_said(desk: RunningDesk) -> None:
    """After all this no word of a citizen is in the log, and no traceback."""
    desk.citizen().says("my interview was on November 3, I am Zébulon Canari")
    log = desk.log.read_text()
    for private in ("Zébulon", "Canari", "canari-7F3A", "ana@example.com", "three weeks", "trois semaines"):
        assert private not in log
    assert "Traceback" not in log

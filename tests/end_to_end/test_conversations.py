"""Conversations as citizens have them, in both languages, over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.desk_process import Citizen, RunningDesk


@pytest.mark.parametrize(
    ("question", "article", "language"),
    [
        ("Combien de temps pour répondre à mon courriel?", "email-standard", "fr"),
        ("who can apply for the igo internship", "internship-who", "en"),
        ("c koi le numero a montreal", "phone-montreal", "fr"),
        ("What is the phone number in Quebec City?", "phone-quebec", "en"),
    ],
)
def test_a_question_gets_the_approved_article(citizen: Citizen, question: str, article: str, language: str) -> None:
    """A question that an article answers gets it in its language, with its source."""
    reply = citizen.says(question)
    assert reply.outcome == "answered"
    assert reply.custom["article"] == article
    assert reply.custom["language"] == language
    assert reply.custom["intent"] == "inquiry"
    assert 0 < reply.custom["probability"] <= 1
    source = reply.custom["sources"][0]
    assert source["effective"] == "2001-04-01"
    assert source["updated"] == "2006-09-29"
    assert source["title"]
    assert source["section"]


@pytest.mark.parametrize(
    ("question", "yes", "email_asked", "language"),
    [
        ("How much does the stipend pay?", "yes please", "e-mail address", "en"),
        ("Combien est payé un stagiaire?", "oui svp", "adresse électronique", "fr"),
    ],
)
def test_an_unanswered_question_becomes_a_ticket(
    citizen: Citizen, question: str, yes: str, email_asked: str, language: str
) -> None:
    """What no article answers is offered a person by a date, and becomes a ticket once accepted."""
    offer = citizen.says(question)
    assert offer.outcome == "unanswered"
    assert offer.custom["ticket"]["due"]
    assert offer.payloads == ["/open_ticket", "/deny"]
    asked = citizen.says(yes)
    assert asked.outcome == "form"
    assert email_asked in asked.text
    opened = citizen.says("jeanne.tremblay@example.com")
    assert opened.outcome == "ticket"
    assert opened.custom["language"] == language
    assert opened.custom["ticket"]["reference"] == opened.reference
    assert opened.custom["ticket"]["due"] == offer.custom["ticket"]["due"]
    assert opened.custom["ticket"]["proof"][0]["reason"] == "day_zero"
    assert "jeanne.tremblay@example.com" in opened.text


@pytest.mark.parametrize(
    ("question", "answer", "language"),
    [
        ("How much does the stipend pay?", "yes, jeanne.tremblay@example.com", "en"),
        ("Combien est payé un stagiaire?", "Jeanne Tremblay, jeanne.tremblay@example.com", "fr"),
        ("Combien est payé un stagiaire?", "jeanne.tremblay@example.com", "fr"),
    ],
)
def test_an_address_in_answer_to_the_offer_is_a_yes(
    citizen: Citizen, question: str, answer: str, language: str
) -> None:
    """Whoever says at once where the answer goes is asked nothing more."""
    assert citizen.says(question).payloads == ["/open_ticket", "/deny"]
    opened = citizen.says(answer)
    assert opened.outcome == "ticket"
    assert opened.custom["language"] == language
    assert "jeanne.tremblay@example.com" in opened.text


def test_a_ticket_can_stay_in_the_conversation_and_be_followed(citizen: Citizen) -> None:
    """Without an address the answer stays here, and the same conversation may ask where it is."""
    citizen.says("Quel est le montant de la bourse du stage?")
    citizen.says("/open_ticket")
    opened = citizen.says("/keep_here")
    assert opened.outcome == "ticket"
    status = citizen.says("où en est ma demande?")
    assert status.outcome == "ticket"
    assert status.custom["ticket"]["reference"] == opened.reference
    assert status.custom["ticket"]["state"] == "open"


def test_a_ticket_is_kept_under_the_channel_by_which_it_came(desk: RunningDesk, citizen: Citizen) -> None:
    """A program's request and one from the website, opened by the assistant, are told apart in lists."""
    citizen.says("Quel est le montant de la bourse du stage?")
    citizen.says("/open_ticket")
    page = desk.page()
    offer = page.hears(page.sends("Quel est le montant de la bourse du stage?"))
    where = page.hears(page.presses(offer, 0))
    opened = page.hears(page.presses(where, 0))
    by_program, on_page = citizen.says("/keep_here").reference, opened["ticket"]["reference"]
    for reference, channel in ((by_program, "rest"), (on_page, "web")):
        shown = subprocess.run(
            [sys.executable, "-m", "bot.cli", "tickets", "show", reference, "--json"],
            env=desk.env,
            check=True,
            capture_output=True,
        )
        assert json.loads(shown.stdout)["channel"] == channel


def test_a_ticket_is_told_only_to_those_who_may_know(desk: RunningDesk) -> None:
    """Another conversation needs the address given at opening; a wrong one learns nothing."""
    owner = desk.citizen()
    owner.says("How much does the stipend pay?")
    owner.says("yes")
    reference = owner.says("owner@example.com").reference
    stranger = desk.citizen()
    asked = stranger.says(f"what is the status of {reference.lower()}")
    assert asked.outcome == "form"
    assert "ticket" not in asked.custom
    refused = stranger.says("someone.else@example.com")
    assert refused.outcome == "ticket"
    assert "ticket" not in refused.custom
    stranger.says("where is my request?")
    stranger.says("RI-0000-0000")
    unknown = stranger.says("owner@example.com")
    assert unknown.text == refused.text
    told = stranger.says(f"status of {reference}, my address is owner@example.com")
    assert told.custom["ticket"]["reference"] == reference


@pytest.mark.parametrize(("step", "leave"), [(1, "annuler"), (1, "/cancel"), (2, "laisse faire"), (2, "/cancel")])
def test_the_ticket_form_can_be_left_at_each_step(citizen: Citizen, step: int, leave: str) -> None:
    """Cancelling says that nothing was passed on, and nothing was."""
    citizen.says("je veux laisser une question à quelqu'un")
    if step == 2:
        assert citizen.says("Est-ce que le ministère finance les échanges scolaires?").outcome == "form"
    left = citizen.says(leave)
    assert "rien n'a été transmis" in left.text
    status = citizen.says("où en est ma demande?")
    assert "numéro de votre demande" in status.text
    citizen.says("annuler")


def test_a_question_in_the_middle_of_the_form_is_answered_and_the_form_goes_on(citizen: Citizen) -> None:
    """An inquiry inside the form gets its article, then the form asks again and can be finished."""
    citizen.says("How much does the stipend pay?")
    citizen.says("yes")
    middle = citizen.says("what are your phone hours?")
    assert middle[0]["custom"]["article"] == "phone-hours"
    assert middle[-1]["custom"]["outcome"] == "form"
    bad = citizen.says("it is marie@example")
    assert bad.outcome == "form"
    assert "complete" in bad.text
    assert citizen.says("marie@example.com").outcome == "ticket"


def test_a_question_back_offers_at_most_three_articles(desk: RunningDesk) -> None:
    """A vague message is asked back; a press gives the article; "none" leads to a person."""
    for vague in ("stage", "internship", "téléphone", "phone", "délai", "réponse", "missions info", "numéro"):
        citizen = desk.citizen()
        asked = citizen.says(vague)
        if asked.outcome == "clarify":
            break
    assert asked.outcome == "clarify"
    options = asked.custom["options"]
    assert 1 <= len(options) <= 3
    assert [json.loads(p.removeprefix("/choose_article"))["article"] for p in asked.payloads] == options
    chosen = citizen.says(asked.payloads[0])
    assert chosen.outcome == "answered"
    assert chosen.custom["article"] == options[0]
    other = desk.citizen()
    assert other.says(vague).outcome == "clarify"
    none = other.says("/none_of_these")
    assert none.outcome == "unanswered"
    assert none.custom["ticket"]["due"]


@pytest.mark.parametrize(
    ("message", "intent", "outcome", "language"),
    [
        ("bonjour", "greet", "smalltalk", "fr"),
        ("hello there", "greet", "smalltalk", "en"),
        ("merci beaucoup", "thanks", "smalltalk", "fr"),
        ("thank you so much", "thanks", "smalltalk", "en"),
        ("au revoir", "goodbye", "smalltalk", "fr"),
        ("goodbye", "goodbye", "smalltalk", "en"),
        ("je veux parler à une vraie personne", "request_officer", "handoff", "fr"),
        ("I want to talk to a real person", "request_officer", "handoff", "en"),
        ("es-tu un robot?", "about_assistant", "smalltalk", "fr"),
        ("is this chat recorded?", "about_privacy", "smalltalk", "en"),
    ],
)
def test_acts_are_recognised(citizen: Citizen, message: str, intent: str, outcome: str, language: str) -> None:
    """What a citizen does, not what they ask, gets its approved text in its language."""
    reply = citizen.says(message)
    assert reply.custom["intent"] == intent
    assert reply.outcome == outcome
    assert reply.custom["language"] == language


def test_the_language_can_be_changed(citizen: Citizen) -> None:
    """Asking for English goes on in English, also where a message does not tell its language."""
    assert citizen.says("bonjour").custom["language"] == "fr"
    assert citizen.says("english please").custom["language"] == "en"
    assert citizen.says("12345").custom["language"] == "en"
    assert citizen.says("en français s'il vous plaît").custom["language"] == "fr"


def test_a_message_that_does_not_tell_its_language_takes_the_pages(desk: RunningDesk) -> None:
    """The first language is French, unless the page from which the citizen writes is English."""
    assert desk.citizen().says("😀").custom["language"] == "fr"
    assert desk.citizen().says("😀", language="en").custom["language"] == "en"


@pytest.mark.parametrize(
    "message",
    [
        "😀😀😀",
        "مرحبا، كيف أتواصل معكم؟",
        "¿Cuándo abren las oficinas del ministerio?",
        "<script>alert(1)</script>",
        "'; DROP TABLE tickets; --",
        "/restart",
        "/session_start",
        "/ticket_form{}",
        "a" * 2000,
        "{{7*7}} ${jndi:ldap://x}",
        "\u202eabc\u200b def",
    ],
)
def test_strange_messages_get_a_polite_reply(citizen: Citizen, message: str) -> None:
    """Whatever is written, the reply is an approved text and the conversation goes on."""
    reply = citizen.says(message)
    assert reply
    assert all(part["text"] for part in reply)
    assert reply.outcome in {"unanswered", "clarify", "smalltalk", "answered", "form"}
    assert "address" in [part["custom"].get("article") for part in citizen.says("quelle est votre adresse?")]


def test_one_senders_messages_are_answered_in_order_while_others_write(desk: RunningDesk) -> None:
    """Twenty citizens at once each get the answer to their own question."""
    questions = {"what is the phone number in Montreal": "phone-montreal", "quelle est votre adresse": "address"}

    def ask(item: tuple[int, str]) -> str:
        return str(desk.citizen().says(item[1]).custom["article"])

    work = [(i, question) for i in range(10) for question in questions]
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(ask, work)) == [questions[question] for _, question in work]


def test_the_log_tells_nothing_of_what_citizens_wrote(desk: RunningDesk) -> None:
    """After all this, no word, address or reference of a citizen is in the log, and no traceback."""
    citizen = desk.citizen()
    citizen.says("my name is Zébulon Canari and my dog is unwell, canari@example.com")
    log = desk.log.read_text()
    for private in ("Zébulon", "Canari", "canari@example.com", "jeanne.tremblay", "stipend", "owner@example"):
        assert private not in log
    assert "Traceback" not in log
    assert "Warning" not in log


@pytest.mark.parametrize(
    ("question", "goes_on", "article", "language"),
    [
        ("Quel est votre numéro de téléphone à Québec?", "et à Montréal?", "phone-montreal", "fr"),
        (
            "When do you tell interns if they are eligible?",
            "and after the interview?",
            "internship-interview-reply",
            "en",
        ),
    ],
)
def test_a_question_that_goes_on_is_understood(
    citizen: Citizen, question: str, goes_on: str, article: str, language: str
) -> None:
    """After an answer, a few words that name what is new get the article that they mean, or are asked about it."""
    assert citizen.says(question).outcome == "answered"
    reply = citizen.says(goes_on)
    assert reply.custom["language"] == language
    assert article in (reply.custom.get("article"), *reply.custom.get("options", []))


@pytest.mark.parametrize(
    ("message", "article"),
    [
        ("bonjour, c'est quoi votre numéro à Montréal?", "phone-montreal"),
        ("merci! et vous répondez aux courriels en combien de jours ouvrables?", "email-standard"),
        ("Hi there, what hours can I phone you? Thanks, bye!", "phone-hours"),
    ],
)
def test_a_courtesy_beside_a_question_does_not_hide_it(citizen: Citizen, message: str, article: str) -> None:
    """A greeting, thanks or a farewell in the same message as a question: the question is answered."""
    reply = citizen.says(message)
    assert (reply.outcome, reply.custom["article"]) == ("answered", article)


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("je veux parler à un être humain", "request_officer"),
        ("where is my request?", "ticket_status"),
        ("merci beaucoup, bonne journée", "thanks"),
        ("good evening", "greet"),
    ],
)
def test_an_act_is_told_by_its_name(citizen: Citizen, message: str, intent: str) -> None:
    """What a citizen does is recognised, and stands in the reply."""
    assert citizen.says(message).custom["intent"] == intent

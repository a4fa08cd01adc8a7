"""Answering from the knowledge base."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from actions.counter import Decline
from actions.knowledge import DIALOGUES, GUIDES, AnswerInquiry, ChooseArticle, Guide

DUE = "2026-12-30T22:00:00+00:00"
SAYS_DUE = {
    "fr": "au plus tard le mercredi 30 décembre 2026, à 17 h",
    "en": "by 5:00 p.m. on Wednesday, December 30, 2026",
}
OFFER = ["/open_ticket", "/deny"]


def ranking(outcome: str, *articles: str, options: list[str] | None = None) -> dict[str, Any]:
    """What the matcher says: an outcome, and articles from the likeliest down."""
    matches = [{"article": id, "probability": round(0.9 - 0.2 * n, 2)} for n, id in enumerate(articles)]
    return {"outcome": outcome, "matches": matches, "options": list(articles[:3]) if options is None else options}


def withdraw(rooms: Any, article: str) -> None:
    """Take an article out of the published knowledge base."""
    with rooms.database.writing() as connection:
        for table, column in (("article_versions", "article_id"), ("articles", "id")):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE {column} = :id"), {"id": article})


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_sure_match_gives_the_article_word_for_word(act: Any, rooms: Any, lang: str) -> None:
    """With a high probability the citizen reads the approved answer in their language, with its sources."""
    done = act(AnswerInquiry(), "heures", lang=lang, knowledge=ranking("answered", "phone-hours", "address"))
    article = rooms.articles.get("phone-hours")
    assert done.text == article.answer[lang]
    assert done.reply["buttons"] == []
    assert done.custom == {
        "outcome": "answered",
        "language": lang,
        "intent": "inquiry",
        "article": "phone-hours",
        "title": article.title[lang],
        "probability": 0.9,
        "sources": [source.as_dict(lang) for source in article.sources],
    }
    assert set(done.custom["sources"][0]) == {"title", "section", "effective", "updated"}


def test_an_answer_leaves_no_offer_and_keeps_the_question(act: Any) -> None:
    """After an answer nothing lies on the counter, and the question is known if a person is wanted next."""
    done = act(AnswerInquiry(), "vos heures?", knowledge=ranking("answered", "phone-hours"), slots={"offer": "ticket"})
    assert done.slots == {
        "language": "fr", "offer": None, "unanswered_question": "vos heures?", "given_article": "phone-hours"
    }  # fmt: skip


@pytest.mark.parametrize("lang, start", [("fr", "Je veux être certain"), ("en", "I want to be sure")])
def test_a_middling_match_asks_back(act: Any, rooms: Any, lang: str, start: str) -> None:
    """With a middling probability the citizen chooses among up to three titles in their language."""
    ids = ["phone-hours", "phone-reply", "address"]
    done = act(AnswerInquiry(), "téléphone", lang=lang, knowledge=ranking("clarify", *ids, "role"))
    assert done.text.startswith(start)
    assert done.reply["buttons"] == [
        {"title": rooms.articles.get(id).title[lang], "payload": f'/choose_article{{"article": "{id}"}}'} for id in ids
    ]
    assert (done.custom["outcome"], done.custom["options"]) == ("clarify", ids)
    assert done.slots == {"language": lang, "offer": "articles", "unanswered_question": "téléphone"}


def test_withdrawn_articles_are_not_offered(act: Any, rooms: Any) -> None:
    """An article that is no longer published gets no button."""
    withdraw(rooms, "phone-reply")
    done = act(AnswerInquiry(), "téléphone", knowledge=ranking("clarify", "phone-hours", "phone-reply", "address"))
    assert done.custom["options"] == ["phone-hours", "address"]
    assert len(done.reply["buttons"]) == 2


@pytest.mark.parametrize("outcome", ["answered", "clarify"])
def test_if_all_that_matches_is_withdrawn_a_ticket_is_offered(act: Any, rooms: Any, outcome: str) -> None:
    """A match that is no longer published is not shown: a ticket is offered instead."""
    withdraw(rooms, "phone-hours")
    done = act(AnswerInquiry(), "heures", knowledge=ranking(outcome, "phone-hours"))
    assert done.custom["outcome"] == "unanswered"
    assert done.payloads == OFFER


@pytest.mark.parametrize("knowledge", [ranking("unanswered", "address"), ranking("unanswered"), {}, {"matches": []}])
@pytest.mark.parametrize("lang, start", [("fr", "Je n'ai pas de réponse approuvée"), ("en", "I have no approved")])
def test_what_is_not_known_is_said_with_a_due_date(act: Any, lang: str, start: str, knowledge: Any) -> None:
    """Without a likely article the citizen hears so, and is offered a ticket with the date of its answer."""
    done = act(AnswerInquiry(), "un passeport", lang=lang, knowledge=knowledge)
    assert done.text.startswith(start)
    assert SAYS_DUE[lang] in done.text
    assert done.payloads == OFFER
    assert done.custom["outcome"] == "unanswered"
    assert done.custom["ticket"] == {"reference": None, "due": DUE, "question": "un passeport"}
    assert done.slots == {"language": lang, "offer": "ticket", "unanswered_question": "un passeport"}


def test_an_offer_opens_no_ticket(act: Any, rooms: Any) -> None:
    """Offering a ticket does not open one."""
    act(AnswerInquiry(), "un passeport")
    assert rooms.tickets.store.by_due_moment() == []


@pytest.mark.parametrize("lang, first", [("fr", "Je réponds en français"), ("en", "I answer in English")])
def test_a_third_language_is_told_so_in_both(act: Any, lang: str, first: str) -> None:
    """A message in another language gets both languages' notice and the offer to pass it on as it is."""
    done = act(AnswerInquiry(), "¿Dónde está?", lang=lang, detected="es", knowledge=ranking("answered", "address"))
    assert done.text.startswith(first)
    assert "French" in done.text
    assert "français" in done.text
    assert SAYS_DUE[lang] in done.text
    assert done.payloads == OFFER
    assert done.slots["unanswered_question"] == "¿Dónde está?"


def test_an_act_in_a_third_language_begins_no_dialogue(act: Any) -> None:
    """What would be asked in it could not be read."""
    done = act(Guide(), "Wann bekomme ich eine Antwort?", intent="reply_date", detected="de")
    assert done.text.startswith("Je réponds en français")
    assert done.payloads == OFFER


@pytest.mark.parametrize("text", ["", "?", "…", "!!!", "😀👍", "— ,;"])
def test_a_message_without_words_is_asked_again(act: Any, text: str) -> None:
    """Signs alone are no question: the citizen is asked to write one, and none is kept."""
    done = act(AnswerInquiry(), text, knowledge=ranking("answered", "address"))
    assert done.text.startswith("Je n'ai pas trouvé de mots")
    assert done.custom["outcome"] == "clarify"
    assert "unanswered_question" not in done.slots


@pytest.mark.parametrize("text", ["RI-7K3P-92QX", "et ri 7k3p 92qx ?", "Where is RI7K3P92QX?"])
def test_a_reference_leads_to_the_status_form(act: Any, text: str) -> None:
    """A message that holds a ticket's reference asks for its status, whatever the matcher says."""
    done = act(AnswerInquiry(), text, knowledge=ranking("answered", "address"))
    assert done.replies == []
    assert [(event["event"], event["name"]) for event in done.events] == [("followup", "status_form")]


@pytest.mark.parametrize(
    "text, offer, begun",
    [
        ("Zoé Roy, zoe@example.com", "ticket", True),
        ("zoe@example.com", "ticket", True),
        ("zoe@example.com", None, False),
        ("zoe@example.com", "articles", False),
        ("Est-ce que zoe@example.com est une adresse du ministère?", "ticket", False),
        ("Je veux savoir si luc@example.com travaille encore chez vous", "ticket", False),
    ],
)
def test_an_address_says_yes_to_an_offer(act: Any, text: str, offer: str | None, begun: bool) -> None:
    """Whoever is offered a ticket and says where the answer goes wants one; a question is one."""
    done = act(AnswerInquiry(), text, slots={"offer": offer})
    assert (("followup", "ticket_form") in [(event["event"], event.get("name")) for event in done.events]) is begun


@pytest.mark.parametrize(
    "loop, options, before, told",
    [
        ("complaint_form", ["email-standard", "complaint"], None, "complaint"),
        (
            "date_form",
            ["internship-eligibility-reply", "address", "internship-interview-reply"],
            None,
            ["internship-eligibility-reply", "internship-interview-reply"],
        ),
        ("complaint_form", ["email-standard", "address"], None, ["email-standard", "address"]),
        ("complaint_form", ["email-standard", "address"], "complaint", ["complaint", "email-standard", "address"]),
        ("complaint_form", ["email-standard", "address"], "hours", ["email-standard", "address"]),
        ("ticket_form", ["email-standard", "complaint"], "complaint", ["email-standard", "complaint"]),
        (None, ["email-standard", "complaint"], "complaint", ["email-standard", "complaint"]),
    ],
)
def test_a_question_in_the_middle_is_about_the_dialogue(
    act: Any, loop: str | None, options: list[str], before: str | None, told: str | list[str]
) -> None:
    """The dialogue's own article is given, or is among what the citizen is asked about if it was given just before."""
    knowledge = {"outcome": "clarify", "options": options, "matches": []}
    done = act(AnswerInquiry(), "C'est long?", knowledge=knowledge, loop=loop, slots={"given_article": before})
    if isinstance(told, str):
        assert (done.custom["outcome"], done.custom["article"]) == ("answered", told)
    else:
        assert (done.custom["outcome"], done.custom["options"]) == ("clarify", told)


def test_without_a_language_the_conversations_is_spoken(act: Any) -> None:
    """A message whose language cannot be told is answered in the conversation's."""
    done = act(AnswerInquiry(), "QSF", lang=None, knowledge=ranking("answered", "qwb"), slots={"language": "en"})
    assert done.custom["language"] == "en"
    assert "language" not in done.slots


def test_the_first_language_is_french(act: Any) -> None:
    """Where neither the message nor the conversation tells, the reply is French."""
    assert act(AnswerInquiry(), "QSF", lang=None).custom["language"] == "fr"


def pressed(act: Any, article: str, **more: Any) -> Any:
    """The press on an article's button."""
    entities = [{"entity": "article", "value": article}]
    return act(
        ChooseArticle(),
        f'/choose_article{{"article": "{article}"}}',
        intent="choose_article",
        entities=entities,
        **more,
    )


def test_the_chosen_article_is_given(act: Any, rooms: Any) -> None:
    """The pressed article is given word for word, without a probability, and nothing more is offered."""
    done = pressed(act, "address", lang="en", slots={"offer": "articles", "unanswered_question": "where"})
    assert done.text == rooms.articles.get("address").answer["en"]
    assert (done.custom["outcome"], done.custom["article"]) == ("answered", "address")
    assert "probability" not in done.custom
    assert done.slots == {"language": "en", "offer": None, "given_article": done.custom["article"]}


@pytest.mark.parametrize("article", ["withdrawn-article", ""])
def test_a_withdrawn_article_leads_to_a_ticket(act: Any, article: str) -> None:
    """A press on an article that is no longer published is told so, and the kept question can be passed on."""
    done = pressed(act, article, slots={"offer": "articles", "unanswered_question": "ma question"})
    assert done.text.startswith("Ce texte n'est plus en vigueur")
    assert SAYS_DUE["fr"] in done.text
    assert done.payloads == OFFER
    assert done.slots == {"language": "fr", "offer": "ticket"}


def test_none_of_these_offers_a_ticket_for_the_question(act: Any) -> None:
    """If none of the articles fits, the question asked before (not the press) would be passed on."""
    done = act(
        Decline(),
        "/none_of_these",
        intent="none_of_these",
        lang="en",
        slots={"offer": "articles", "unanswered_question": "my question"},
    )
    assert done.text.startswith("I have no approved answer")
    assert done.payloads == OFFER
    assert done.slots == {"language": "en", "offer": "ticket"}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_how_it_is_in_general_gets_the_article_and_the_way_to_ones_own_date(act: Any, rooms: Any, lang: str) -> None:
    """Who speaks of no case of their own gets the article, a button for their date, and the offer of a person."""
    text = {"fr": "délai de réponse après une entrevue", "en": "time to reply after an interview"}[lang]
    done = act(Guide(), text, intent="reply_date", lang=lang)
    article, offer = done.replies
    assert article["text"] == rooms.articles.get(GUIDES["reply_date"][0]).answer[lang]
    assert [button["payload"] for button in article["buttons"]] == ["/reply_date"]
    assert SAYS_DUE[lang] in offer["text"]
    assert [button["payload"] for button in offer["buttons"]] == OFFER
    assert done.slots["offer"] == "ticket"
    assert done.slots["unanswered_question"] == text


def test_a_guide_gives_the_likeliest_of_its_articles(act: Any) -> None:
    """Among the articles that speak to the act, the matcher's likeliest is given, not one that does not."""
    knowledge = ranking("answered", "address", "internship-interview-reply", "email-standard")
    done = act(Guide(), "entrevue", intent="reply_date", knowledge=knowledge)
    assert done.replies[0]["custom"]["article"] == "internship-interview-reply"


@pytest.mark.parametrize("intent", ["evaluate_mission", "file_complaint", "find_program"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_act_with_a_dialogue_begins_it_after_its_article(act: Any, rooms: Any, intent: str, lang: str) -> None:
    """The article that speaks to the act comes first, then the dialogue asks its first question."""
    done = act(Guide(), "mot", intent=intent, lang=lang)
    assert done.replies[0]["text"] == rooms.articles.get(GUIDES[intent][0]).answer[lang]
    assert done.events[-1]["name"] == DIALOGUES[intent]


@pytest.mark.parametrize(
    "text, form",
    [
        ("je suis une PME et je voudrais participer à une mission", "program_form"),
        ("our company would like to join a mission", "program_form"),
        ("notre entreprise veut évaluer la mission", "evaluation_form"),
        ("my company would rate the mission 4/5", "evaluation_form"),
        ("la mission à Lyon", "evaluation_form"),
    ],
)
def test_who_would_like_to_go_on_a_mission_is_not_asked_to_evaluate_one(act: Any, text: str, form: str) -> None:
    """Somebody who says who they are and evaluates nothing looks for a program."""
    assert act(Guide(), text, intent="evaluate_mission").events[-1]["name"] == form


def test_a_dialogue_whose_article_is_withdrawn_begins_all_the_same(act: Any, rooms: Any) -> None:
    """Without its article the dialogue still begins: never silence."""
    withdraw(rooms, "missions-evaluation")
    done = act(Guide(), "évaluer", intent="evaluate_mission")
    assert done.replies == []
    assert done.events[-1]["name"] == "evaluation_form"


@pytest.mark.parametrize("form", ["ticket_form", "status_form"])
def test_in_a_question_for_a_person_the_article_is_given_and_the_form_goes_on(act: Any, form: str) -> None:
    """There no other dialogue begins."""
    done = act(Guide(), "mon entrevue était hier, quand?", intent="reply_date", loop=form)
    assert done.custom["outcome"] == "answered"
    assert done.events[-1] == {"event": "followup", "name": form, "timestamp": None}


def test_another_dialogue_that_is_under_way_can_be_taken_up_again(act: Any) -> None:
    """Who begins another thing leaves the first, with what was said in it."""
    done = act(
        Guide(), "je veux porter plainte", intent="file_complaint", loop="date_form", slots={"date_day": "2026-11-03"}
    )
    assert done.slots["paused"] == {
        "form": "date_form",
        "run": None,
        "slots": {"date_promise": None, "date_day": "2026-11-03"},
    }
    assert done.events[-1]["name"] == "complaint_form"


def test_under_an_article_that_states_a_promise_stands_the_way_to_ones_own_date(act: Any) -> None:
    """The form for the date begins with a press, not with the question what the delay is."""
    knowledge = ranking("answered", "internship-interview-reply")
    done = act(AnswerInquiry(), "quel est le délai après une entrevue?", knowledge=knowledge)
    assert done.payloads == ["/reply_date"]
    assert done.custom["article"] == "internship-interview-reply"
    slots = {"given_article": "internship-interview-reply"}
    pressed = act(Guide(), "/reply_date", intent="reply_date", slots=slots)
    assert pressed.slots["date_promise"] == "internship-interview"
    assert pressed.events[-1]["name"] == "date_form"


@pytest.mark.parametrize(
    "text", ["J'ai passé mon entrevue le 3 novembre.", "my interview was on November 3, when do I hear?"]
)
def test_what_is_taken_for_a_question_but_tells_a_day_of_ones_own_begins_the_date(act: Any, text: str) -> None:
    """Somebody who tells what took place, and when, hears their own date."""
    done = act(AnswerInquiry(), text, knowledge=ranking("answered", "internship-interview-reply"))
    assert done.slots["date_promise"] == "internship-interview"
    assert done.slots["date_day"] == "2026-11-03"
    assert done.events[-1]["name"] == "date_form"


def test_every_guide_names_published_articles(rooms: Any) -> None:
    """The articles that guides name exist in the knowledge base."""
    named = {id for ids in GUIDES.values() for id in ids}
    assert named <= {article.id for article in rooms.articles.all()}

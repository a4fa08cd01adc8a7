"""Answering from the knowledge base: answer, ask back, or say that it is not known."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import QUESTION, Turn, rooms
from bot.conversations import payloads
from bot.knowledge.text import skeleton
from bot.tickets.reference import find_reference

# Acts that an article speaks to; a case of one's own still needs a person, so a ticket is offered.
GUIDES = {
    "reply_date": (
        "email-standard",
        "internship-eligibility-reply",
        "internship-interview-reply",
        "cooperation-notice",
    ),
    "find_program": ("audiences",),
    "evaluate_mission": ("missions-evaluation",),
    "file_complaint": ("complaint",),
}


class AnswerInquiry(Action):
    """Gives the article, asks back with up to three, or offers a ticket, as the matcher's ranking says."""

    def name(self) -> str:
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        if find_reference(turn.text, rooms().organization.reference_prefix):
            return [FollowupAction("status_form")]
        if not skeleton(turn.text):
            turn.say("no_words", "clarify")
            return turn.done()
        if turn.is_foreign:
            return turn.offer_ticket("third_language", "unanswered", question=turn.text)
        outcome = turn.knowledge.get("outcome", "unanswered")
        matches = turn.knowledge.get("matches") or []
        if outcome == "answered" and give_article(turn, matches[0]["article"], matches[0]["probability"]):
            return turn.done(question=turn.text)
        if outcome == "clarify" and ask_back(turn, turn.knowledge["options"]):
            return turn.done(offer="articles", question=turn.text)
        return turn.offer_ticket("unanswered", "unanswered", question=turn.text)


class ChooseArticle(Action):
    """The citizen pressed one of the articles of a question back."""

    def name(self) -> str:
        return "action_choose_article"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        if give_article(turn, turn.entity("article") or "", None):
            return turn.done()
        return turn.offer_ticket("article_withdrawn", "unanswered")


class NoneOfThese(Action):
    """None of the offered articles answers: the question goes to a person, if the citizen wants."""

    def name(self) -> str:
        return "action_none_of_these"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        return turn.offer_ticket("unanswered", "unanswered", question=turn.slot(QUESTION))


class Guide(Action):
    """An act that an article speaks to: the article, then the offer of a person for one's own case."""

    def name(self) -> str:
        return "action_guide"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn(dispatcher, tracker)
        candidates = GUIDES.get(turn.intent or "", ())
        ranked = [m["article"] for m in turn.knowledge.get("matches") or () if m["article"] in candidates]
        best = ranked[0] if ranked else next(iter(candidates), "")
        if best:
            give_article(turn, best, None)
        if turn.in_form:
            return turn.done()
        return turn.offer_ticket("offer_more", "unanswered", question=turn.text)


def give_article(turn: Turn, article_id: str, probability: float | None) -> bool:
    """Reply with the published article, word for word, with its sources; False if it is not published."""
    article = rooms().articles.get(article_id)
    if article is None:
        return False
    custom: dict[str, Any] = {
        "article": article.id,
        "title": article.title[turn.language],
        "sources": [source.as_dict(turn.language) for source in article.sources],
    }
    if probability is not None:
        custom["probability"] = probability
    turn.reply(article.answer[turn.language], "answered", **custom)
    return True


def ask_back(turn: Turn, options: list[str]) -> bool:
    """Ask which of the published `options` is meant; False if none of them is published."""
    found = [article for option in options if (article := rooms().articles.get(option))]
    if not found:
        return False
    buttons = tuple({"title": a.title[turn.language], "payload": payloads.choose(a.id)} for a in found)
    turn.say("clarify", "clarify", buttons=buttons, options=[article.id for article in found])
    return True

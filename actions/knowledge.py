"""Answering from the knowledge base: answer, ask back, or say that it is not known."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions import complaints, corrections, dates, evaluations, programs, unknown
from actions.form import MEMORY, begin, dialogues
from actions.replies import give_article
from actions.turn import GIVEN, OFFER, ActionTurn, rooms
from actions.words import gives_address
from bot.dialogues.words import find_choice
from bot.matcher.text import skeleton
from bot.messages import payloads
from bot.tickets.reference import find_reference

# Acts that an article speaks to; a case of one's own has its dialogue.
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
DIALOGUES = {
    "reply_date": dates.FORM,
    "find_program": programs.FORM,
    "evaluate_mission": evaluations.FORM,
    "file_complaint": complaints.FORM,
}
# The articles that each dialogue is about.
_OWN = {DIALOGUES[act]: articles for act, articles in GUIDES.items()}
_MOST_OPTIONS = 3  # as many as the matcher offers itself


class AnswerInquiry(Action):
    """Gives the article, asks back with up to three, or offers a ticket, as the matcher's ranking says."""

    def name(self) -> str:
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if gone_on := unknown.led_further(turn):
            return gone_on
        if turn.own and _answer(turn, turn.own, turn.knowledge["matches"][0]["probability"]):
            return turn.done(question=turn.written)
        if not turn.in_form:
            if find_reference(turn.text, rooms().organization.reference_prefix):
                return [FollowupAction("status_form")]
            if turn.slot(OFFER) == "ticket" and gives_address(turn):
                return [FollowupAction("ticket_form")]  # who says where the answer goes wants one
            if case := dates.asked_case(turn):
                return begin(dates.FORM, **case)
            if corrected := corrections.of_few_words(turn):
                return corrected
        if not skeleton(turn.text):
            turn.say("no_words", "clarify")
            return turn.done()
        if turn.is_foreign:
            return turn.offer_ticket("third_language", "unanswered", question=turn.written)
        outcome = turn.knowledge.get("outcome", "unanswered")
        matches = turn.knowledge.get("matches") or []
        if outcome == "answered" and _answer(turn, matches[0]["article"], matches[0]["probability"]):
            return turn.done(question=turn.written)
        if outcome == "clarify":
            options = _options(turn)
            if len(options) == 1 and options[0] in _OWN.get(turn.form or "", ()) and _answer(turn, options[0], None):
                return turn.done()
            if ask_back(turn, options):
                return turn.done(offer="articles", question=turn.written)
        return turn.offer_ticket("unanswered", "unanswered", question=turn.written)


class ChooseArticle(Action):
    """The citizen pressed one of the articles of a question back."""

    def name(self) -> str:
        return "action_choose_article"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if _answer(turn, turn.entity("article") or "", None):
            return turn.done()
        question = turn.under.question if turn.under else None
        return turn.offer_ticket("article_withdrawn", "unanswered", question=question)


class Guide(Action):
    """An act that an article speaks to: a case of one's own begins its dialogue, else the article and an offer.

    In the middle of a question for a person, or of a request's number, only the article is given. Another
    dialogue that is under way is left, to be taken up again.
    """

    def name(self) -> str:
        return "action_guide"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = ActionTurn(dispatcher, tracker)
        if turn.is_foreign and not turn.in_form:
            return turn.offer_ticket("third_language", "unanswered", question=turn.written)
        act = _act(turn)
        form = DIALOGUES[act]
        if (own := turn.own) and own not in GUIDES[act] and _answer(turn, own, None):
            return turn.done(question=turn.written)
        pressed_for = _promise_pressed_for(turn) if turn.text == payloads.REPLY_DATE else None
        other_date = pressed_for not in (None, turn.slot(dates.PROMISE))
        if not other_date and (turn.form == form or turn.form in ("ticket_form", "status_form")):
            give_article(turn, _best(turn, act), None)
            return turn.done()
        # "The 4th", after a date was told, is that of the same case.
        goes_on = act == "reply_date" and not turn.form and find_choice(turn.text, dialogues().occasions) is None
        if goes_on and (corrected := corrections.of_few_words(turn)):
            return corrected
        left = turn.leave(MEMORY[turn.form]) if turn.form else []
        case = _case(turn, act)
        if case is None:
            give_article(turn, _best(turn, act), None, buttons=_date_button(turn))
            return [*left, *turn.offer_ticket("offer_more", "unanswered", question=turn.written)]
        before = _beforehand(turn, act, case)
        for article in before if not own or own in before else (own, *before):
            give_article(turn, article, None)
        if act == "file_complaint":
            suggests = complaints.kind_of(turn) == complaints.SUGGESTION
            turn.say("suggestion_intro" if suggests else "complaint_intro", "form")
        return [*left, *turn.done(), *begin(form, **case)]


def _act(turn: ActionTurn) -> str:
    """The act; somebody who says who they are and evaluates nothing asks for a mission, and not to evaluate one."""
    asks_for_one = (
        turn.intent == "evaluate_mission"
        and not turn.text.startswith("/")
        and not dialogues().evaluating.found_in(turn.text)
        and find_choice(turn.text, dialogues().roles) is not None
    )
    return "find_program" if asks_for_one else turn.intent or ""


def _case(turn: ActionTurn, act: str) -> dict[str, Any] | None:
    """What is known already of a case of one's own; None where the message asks how it is in general."""
    if act != "reply_date":
        return {}
    if turn.text == payloads.REPLY_DATE:
        return {dates.PROMISE: _promise_pressed_for(turn)}
    return dates.of_own_case(turn)


def _promise_pressed_for(turn: ActionTurn) -> str | None:
    """The promise that the article states under which the button stood."""
    by_article = {promise.article: promise.id for promise in rooms().registry.promises.values()}
    article = turn.under.article if turn.under else turn.slot(GIVEN)
    return by_article.get(article or "")


def _beforehand(turn: ActionTurn, act: str, case: dict[str, Any]) -> tuple[str, ...]:
    """The articles that are given before a dialogue asks its first question."""
    if act == "reply_date":
        asked_in_words = not turn.text.startswith("/")
        known = asked_in_words and case[dates.PROMISE] and not case[dates.DAY]
        return (rooms().registry.get(case[dates.PROMISE]).article,) if known else ()
    if act == "find_program":
        found = [find_choice(turn.text, choices) for choices in (dialogues().roles, dialogues().aims)]
        return () if any(found) else GUIDES[act]
    return GUIDES[act]


def _options(turn: ActionTurn) -> list[str]:
    """What a question may be about: in the middle of a dialogue rather the dialogue's own articles.

    The one given last, which the matcher leaves out because a question goes on from it to another, is what one asks
    about who is in the midst of it ("How long will it take?").
    """
    options, own = list(turn.knowledge["options"]), _OWN.get(turn.form or "", ())
    if about := [option for option in options if option in own]:
        return about
    given = turn.slot(GIVEN)
    return [given, *options][:_MOST_OPTIONS] if given in own else options


def _best(turn: ActionTurn, act: str) -> str:
    candidates = GUIDES[act]
    ranked = [m["article"] for m in turn.knowledge.get("matches") or () if m["article"] in candidates]
    return ranked[0] if ranked else candidates[0]


def _answer(turn: ActionTurn, article: str, probability: float | None) -> bool:
    """Give an article; under one that states a promise stands the way to one's own date."""
    stated = {promise.article for promise in rooms().registry.promises.values()}
    buttons = _date_button(turn) if article in stated and not turn.in_form else ()
    return give_article(turn, article, probability, buttons=buttons)


def _date_button(turn: ActionTurn) -> tuple[dict[str, str], ...]:
    return (turn.button("button_reply_date", payloads.REPLY_DATE),)


def ask_back(turn: ActionTurn, options: list[str]) -> bool:
    """Ask which of the published `options` is meant; False if none of them is published."""
    found = [article for option in options if (article := rooms().articles.get(option))]
    if not found:
        return False
    buttons = tuple({"title": a.title[turn.language], "payload": payloads.choose(a.id)} for a in found)
    turn.say("clarify", "clarify", buttons=buttons, options=tuple(article.id for article in found))
    return True

"""The evaluation after a mission."""

from __future__ import annotations

from typing import Any

import pytest

from actions.evaluations import (
    AskEvaluationComment,
    AskEvaluationConfirmed,
    AskEvaluationMission,
    AskEvaluationRating,
    KeepEvaluation,
    ValidateEvaluationForm,
)

FORM = "evaluation_form"
FULL = {"evaluation_mission": "la mission à Lyon", "evaluation_rating": "4", "evaluation_comment": "Très bien."}


def hear(act: Any, text: str, asked: str | None = None, intent: str = "inquiry", **more: Any) -> Any:
    """One message to the form."""
    slots = {"requested_slot": asked, **more.pop("slots", {})}
    return act(ValidateEvaluationForm(), text, intent=intent, loop=FORM, slots=slots, **more)


@pytest.mark.parametrize(
    "text, mission, rating",
    [
        ("je veux évaluer la mission à Shanghai, 4 sur 5", "mission à Shanghai", "4"),
        ("I'd like to rate the mission to Buenos Aires", "mission to Buenos Aires", None),
        ("the mission: 9/10", None, "4"),
        ("évaluer la mission", None, None),
    ],
)
def test_what_the_first_message_tells_is_not_asked_for(
    act: Any, text: str, mission: str | None, rating: str | None
) -> None:
    """A mission named by its place, and a rating out of five or ten, are understood at once."""
    done = hear(act, text, intent="evaluate_mission")
    assert done.slots.get("evaluation_mission") == mission
    assert done.slots.get("evaluation_rating") == rating


@pytest.mark.parametrize(
    "text, rating",
    [
        ("4", "4"),
        ("4 sur 5", "4"),
        ("8/10", "4"),
        ("cinq", "5"),
        ("five stars", "5"),
        ("3 étoiles", "3"),
        ("très bien", "4"),
        ("excellent", "5"),
        ("Excellent!", "5"),
        ("very good", "4"),
        ("not bad", "3"),
        ("moyen", "3"),
        ("mauvais", "2"),
        ("terrible", "1"),
        ("très mauvais", "1"),
        ("je dirais 5", "5"),
    ],
)
def test_a_rating_is_understood_in_figures_and_words(act: Any, text: str, rating: str) -> None:
    """Figures, shares and words of either language are ratings."""
    slots = {"evaluation_mission": "Lyon"}
    assert hear(act, text, "evaluation_rating", slots=slots).slots["evaluation_rating"] == rating


@pytest.mark.parametrize("text, intent", [("non, 4", "deny"), ("plutôt 4 sur 5", "correct")])
def test_a_rating_is_put_right_at_the_comments(act: Any, text: str, intent: str) -> None:
    """It is heard, and the comments are asked for again."""
    slots = {"evaluation_mission": "Lyon", "evaluation_rating": "5"}
    done = hear(act, text, "evaluation_comment", intent=intent, slots=slots)
    assert done.text == "C'est compris : 4 sur 5."
    assert (done.slots["evaluation_rating"], done.slots["requested_slot"]) == ("4", "evaluation_comment")
    assert "evaluation_comment" not in done.slots


def test_a_figure_in_a_comment_is_no_rating(act: Any) -> None:
    """What tells more than a rating leaves it as it was."""
    slots = {"evaluation_mission": "Lyon", "evaluation_rating": "5"}
    text = "non rien sauf que le bus numéro 4 était toujours en retard le matin"
    done = hear(act, text, "evaluation_comment", intent="correct", confidence=0.5, slots=slots)
    assert done.slots["evaluation_comment"] == text
    assert "evaluation_rating" not in done.slots


def test_a_mission_named_by_its_place_and_day_is_one(act: Any) -> None:
    """Few words that sound like a correction answer the question all the same."""
    text = "Chicago, in October"
    done = hear(act, text, "evaluation_mission", intent="correct", confidence=0.6, lang="en")
    assert done.slots["evaluation_mission"] == text


@pytest.mark.parametrize("lang, words", [("fr", "C'est compris : 4 sur 5."), ("en", "Understood: 4 out of 5.")])
def test_a_rating_before_its_turn_is_kept(act: Any, lang: str, words: str) -> None:
    """Who answers the question for the mission with a figure is heard, and asked for the mission again."""
    done = hear(act, "4", "evaluation_mission", intent="correct", lang=lang)
    assert done.text == words
    assert done.slots["evaluation_rating"] == "4"
    assert done.slots["requested_slot"] == "evaluation_mission"


@pytest.mark.parametrize("text", ["7", "0", "12 sur 5", "2 ou 3"])
@pytest.mark.parametrize(
    "lang, words", [("fr", "Je n'ai pas compris la note"), ("en", "I did not understand the rating")]
)
def test_another_figure_is_no_rating(act: Any, text: str, lang: str, words: str) -> None:
    """What is not from 1 to 5 is asked for again, and said so."""
    done = hear(act, text, "evaluation_rating", lang=lang, slots={"evaluation_mission": "Lyon"})
    assert done.text.startswith(words)
    assert done.slots["requested_slot"] == "evaluation_rating"


def test_the_rating_is_five_buttons(act: Any) -> None:
    """A press rates; one that was made up does not."""
    done = act(AskEvaluationRating(), "mot", loop=FORM)
    assert [button["title"] for button in done.reply["buttons"]] == ["1", "2", "3", "4", "5", "Annuler"]
    for choice, rating in (("rated-3", "3"), ("rated-9", None)):
        entities = [{"entity": "choice", "value": choice}]
        heard = hear(act, "/choose", "evaluation_rating", intent="choose", entities=entities)
        assert heard.slots["evaluation_rating"] == rating


@pytest.mark.parametrize(
    "text, intent, comment",
    [
        ("L'hôtel était loin", "inquiry", "L'hôtel était loin"),
        ("The bus never showed up", "file_complaint", "The bus never showed up"),
        ("non", "deny", ""),
        ("rien à ajouter", "inquiry", ""),
        ("nothing", "inquiry", ""),
    ],
)
def test_a_comment_is_free_or_none(act: Any, text: str, intent: str, comment: str) -> None:
    """Whatever is said is the comment; who has none goes on without."""
    slots = {**FULL, "evaluation_comment": None}
    done = hear(act, text, "evaluation_comment", intent=intent, slots=slots)
    assert done.slots["evaluation_comment"] == comment
    assert done.slots["requested_slot"] == "evaluation_confirmed"


@pytest.mark.parametrize("asked", ["evaluation_mission", "evaluation_rating", "evaluation_comment"])
@pytest.mark.parametrize(
    "text, intent, knowledge",
    [
        ("quelle est votre adresse?", "inquiry", {"outcome": "answered"}),
        ("annuler", "cancel", None),
        ("une personne", "request_officer", None),
        ("qsdfgh", "inquiry", None),
    ],
)
def test_what_is_no_answer_is_left_to_the_acts(act: Any, asked: str, text: str, intent: str, knowledge: Any) -> None:
    """A question, a way out, a wish for a person and nonsense fill nothing, at each step."""
    assert hear(act, text, asked, intent=intent, knowledge=knowledge).events == []


@pytest.mark.parametrize("lang, words", [("fr", "Note : 4 sur 5"), ("en", "Rating: 4 out of 5")])
def test_it_is_read_back_and_can_be_put_right(act: Any, lang: str, words: str) -> None:
    """The confirmation reads all of it; another rating said there is taken, another field asked for again."""
    assert words in act(AskEvaluationConfirmed(), "mot", lang=lang, loop=FORM, slots=FULL).text
    other = hear(act, "non, 2", "evaluation_confirmed", intent="deny", slots=FULL)
    assert other.slots["evaluation_rating"] == "2"
    assert other.slots["requested_slot"] == "evaluation_confirmed"
    named = hear(act, "la mission", "evaluation_confirmed", intent="correct", slots=FULL)
    assert named.slots["requested_slot"] == "evaluation_mission"
    assert hear(act, "oui", "evaluation_confirmed", intent="affirm", slots=FULL).slots["requested_slot"] is None


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_it_is_kept_once(act: Any, rooms: Any, lang: str) -> None:
    """The evaluation is in the database, once however often its message is taken, and the citizen is thanked."""
    for _ in range(2):
        done = act(
            KeepEvaluation(), "oui", intent="affirm", lang=lang, slots=FULL, sender="c7", metadata={"message": 3}
        )
    (kept,) = rooms.evaluations.latest()
    assert (kept.conversation, kept.mission, kept.rating, kept.comment) == ("c7", "la mission à Lyon", 4, "Très bien.")
    assert (kept.language, kept.at) == (lang, rooms.now())
    assert done.custom["rating"] == 4
    assert done.slots["evaluation_rating"] is None


def test_each_question_has_a_way_out(act: Any) -> None:
    """Every step offers to leave it."""
    for action in (AskEvaluationMission(), AskEvaluationComment()):
        assert act(action, "mot", loop=FORM).payloads[-1] == "/cancel"

"""Which program is for me: two questions, and what the declaration states."""

from __future__ import annotations

from typing import Any

import pytest

from actions.form import dialogues
from actions.programs import AskProgramAim, AskProgramRole, TellPrograms, ValidateProgramForm, put_right
from actions.turn import ActionTurn

FORM = "program_form"


def hear(act: Any, text: str, asked: str | None = None, intent: str = "find_program", **more: Any) -> Any:
    """One message to the form."""
    slots = {"requested_slot": asked, **more.pop("slots", {})}
    return act(ValidateProgramForm(), text, intent=intent, loop=FORM, slots=slots, **more)


@pytest.mark.parametrize(
    "text, role, aim",
    [
        ("je suis étudiante à la maîtrise, quel programme pour moi?", "student", None),
        ("I'm a PhD student looking for an internship at UNESCO", "student", "internship"),
        ("j'ai 22 ans pis j'ai le goût d'aller aider dans un pays pauvre", "youth", "fieldwork"),
        ("we are a non-profit working on disaster relief", "organization", "humanitarian"),
        ("notre cégep a un projet avec des partenaires allemands", "institution", "cooperation"),
        ("ma PME veut aller en mission avec le premier ministre", "company", "mission"),
        ("quel programme me conviendrait?", None, None),
        ("which program is for me?", None, None),
    ],
)
def test_who_and_what_are_understood(act: Any, text: str, role: str | None, aim: str | None) -> None:
    """What the first message tells already is not asked for."""
    done = hear(act, text)
    assert (done.slots.get("program_role"), done.slots.get("program_aim")) == (role, aim)
    assert done.slots["requested_slot"] == ("program_role" if not role else None if aim else "program_aim")


@pytest.mark.parametrize("intent", ["correct", "deny"])
def test_who_one_is_can_be_put_right_at_the_next_step(act: Any, intent: str) -> None:
    """Asked what one seeks, one may say that one is somebody else."""
    done = hear(act, "non, je suis une entreprise", "program_aim", intent=intent, slots={"program_role": "student"})
    assert done.slots["program_role"] == "company"
    assert done.slots["requested_slot"] == "program_aim"


@pytest.mark.parametrize(
    "text, intent, knowledge",
    [
        ("quel est le téléphone du bureau des missions?", "inquiry", {"outcome": "answered"}),
        ("asdf", "inquiry", None),
        ("je veux parler à quelqu'un de votre organisme", "request_officer", None),
    ],
)
def test_what_is_no_answer_is_left_to_the_acts(act: Any, text: str, intent: str, knowledge: Any) -> None:
    """A question, nonsense and the wish for a person fill nothing."""
    assert hear(act, text, "program_role", intent=intent, knowledge=knowledge).events == []


def test_the_questions_have_their_choices(act: Any) -> None:
    """Every role and every aim is a button, and there is a way out."""
    for action, choices in ((AskProgramRole(), dialogues().roles), (AskProgramAim(), dialogues().aims)):
        done = act(action, "mot", loop=FORM)
        assert done.payloads == [*(f'/choose{{"choice": "{choice.id}"}}' for choice in choices), "/cancel"]
        assert done.custom["outcome"] == "form"


@pytest.mark.parametrize("asked, slot", [("program_role", "program_role"), ("program_aim", "program_aim")])
def test_a_press_answers_the_question_that_is_asked(act: Any, asked: str, slot: str) -> None:
    """A choice fills the slot that it was offered for."""
    choice = "company" if asked == "program_role" else "mission"
    entities = [{"entity": "choice", "value": choice}]
    assert hear(act, "/choose", asked, intent="choose", entities=entities).slots[slot] == choice


@pytest.mark.parametrize(
    "lang, known, unknown", [("fr", "J'ai compris", "ne figurent pas"), ("en", "I understood", "are not in")]
)
@pytest.mark.parametrize(
    "role, aim, articles",
    [
        ("student", "internship", ["internship-who", "internship-what"]),
        ("youth", "fieldwork", ["qwb"]),
        ("organization", "humanitarian", ["humanitarian"]),
        ("institution", "cooperation", ["cooperation"]),
        ("company", "mission", ["missions"]),
        ("citizen", "mission", ["audiences"]),
    ],
)
def test_what_is_stated_is_given_and_what_is_not_is_said(
    act: Any, rooms: Any, role: str, aim: str, articles: list[str], lang: str, known: str, unknown: str
) -> None:
    """The answers are read back, the articles given word for word, and a person offered for what is not known."""
    done = act(TellPrograms(), "x", intent="find_program", lang=lang, slots={"program_role": role, "program_aim": aim})
    assert done.replies[0]["text"].startswith(known)
    given = [reply for reply in done.replies if "article" in reply["custom"]]
    assert [reply["custom"]["article"] for reply in given] == articles
    assert given[0]["text"] == rooms.articles.get(articles[0]).answer[lang]
    assert unknown in done.replies[-1]["text"]
    assert [button["payload"] for button in done.replies[-1]["buttons"]] == ["/open_ticket", "/deny", "/correct"]
    assert done.slots["offer"] == "ticket"
    assert done.slots["told"] == {"form": FORM, "slots": {"program_role": role, "program_aim": aim}}


def test_every_program_of_the_organization_can_be_found(act: Any, rooms: Any) -> None:
    """Each program that staff sort by is stated for somebody who seeks it, with published articles."""
    found = {
        program.id
        for role in dialogues().roles
        for aim in dialogues().aims
        for program in dialogues().programs_for(role.id, aim.id)
    }
    assert found == {program.id for program in rooms.organization.programs}
    named = {article for program in dialogues().programs for article in program.articles}
    assert {*named, dialogues().otherwise} <= {article.id for article in rooms.articles.all()}


def test_what_was_told_is_put_right(rooms: Any) -> None:
    """Afterwards another role or aim takes the place of the one told; words that name none change nothing."""

    class Said:
        text = "en fait on est une entreprise"

    said = {"program_role": "institution", "program_aim": "mission"}
    turn: ActionTurn = Said()  # type: ignore[assignment]
    assert put_right(turn, said) == {"program_role": "company", "program_aim": "mission"}
    Said.text = "merci bien"
    assert put_right(turn, said) is None

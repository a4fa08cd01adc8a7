"""What the dialogues recognise in citizens' words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import read_data
from bot.core.organization import load_organization
from bot.core.texts import LANGUAGES
from bot.dialogues.words import DialogueError, Dialogues, find_choice, load_dialogues, read_rating
from bot.promises.promise import parse_registry
from tests.cast import DATA


@pytest.fixture(scope="module")
def known() -> Dialogues:
    """The committed data."""
    return load_dialogues(DATA)


def test_every_promise_has_its_occasion(known: Dialogues) -> None:
    """What starts each clock can be said and chosen, and nothing else; the programs are the organization's."""
    registry = parse_registry(read_data(DATA / "promises.yml"))
    assert {occasion.id for occasion in known.occasions} == set(registry.promises)
    assert {program.id for program in known.programs} == {p.id for p in load_organization(DATA).programs}


def test_every_choice_speaks_both_languages(known: Dialogues) -> None:
    """Names, and how a choice is read back, stand in both languages, and no two choices share an id."""
    choices = [*known.occasions, *known.roles, *known.aims, *known.subjects]
    for choice in choices:
        assert all(choice.name[lang] and choice.told[lang] for lang in LANGUAGES)
    for group in (known.occasions, known.roles, known.aims, known.subjects):
        assert len({choice.id for choice in group}) == len(group)


@pytest.mark.parametrize(
    ("text", "promise"),
    [
        ("mon entrevue de stage", "internship-interview"),
        ("my intervew for the internship application", "internship-interview"),
        ("l'entretien s'est tenu", "internship-interview"),
        ("j'ai postulé", "internship-eligibility"),
        ("application filed", "internship-eligibility"),
        ("ma candidatur est déposée", "internship-eligibility"),
        ("les négociasions sont finies", "cooperation-analysis"),
        ("talks with Bavaria ended", "cooperation-analysis"),
        ("ma plainte par courriel", "complaint"),
        ("e-mail sent", "email-reply"),
        ("mon couriel", "email-reply"),
        ("quelles sont vos heures", None),
        ("", None),
    ],
)
def test_what_took_place_is_recognised(known: Dialogues, text: str, promise: str | None) -> None:
    """Words of either language, with a typo or an elided article, name the event; the most particular one counts."""
    found = find_choice(text, known.occasions)
    assert (found and found.id) == promise


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("j'attends ma réponse", True),
        ("when will I hear", True),
        ("i've had my interview", True),
        ("on saura quand pour notre projet", True),
        ("quand vais-je avoir une réponse?", True),
        ("quand aurons-nous le résultat?", True),
        ("dites-moi quand", True),
        ("quel est le délai après une entrevue", False),
        ("prenez-vous des rendez-vous?", False),
        ("what is the delay after an interview?", False),
        ("combien de jours après l'entrevue", False),
    ],
)
def test_who_speaks_of_themselves_is_told_from_who_asks_in_general(known: Dialogues, text: str, own: bool) -> None:
    """The first person tells a case of one's own."""
    assert known.own.found_in(text) is own


@pytest.mark.parametrize(
    ("text", "rating"), [("4/5", 4), ("8 sur 10", 4), ("5 stars", 5), ("90 / 100", 4), ("excellent", None), ("4", None)]
)
def test_a_rating_beside_other_words_needs_its_scale(known: Dialogues, text: str, rating: int | None) -> None:
    """Where it was not asked for, only a share or stars are a rating."""
    assert read_rating(text, known, alone=False) == rating


@given(
    rating=st.integers(1, 5),
    scale=st.sampled_from([5, 10, 100]),
    way=st.sampled_from(["{}/{}", "{} sur {}", "{} out of {}"]),
)
def test_a_share_is_its_rating(rating: int, scale: int, way: str) -> None:
    """A rating on a scale of 5, 10 or 100 is the same out of five."""
    assert read_rating(way.format(rating * scale // 5, scale), load_dialogues(DATA)) == rating


@given(st.text(max_size=60))
def test_nonsense_is_read_without_a_fault(text: str) -> None:
    """Whatever is written, a rating is from 1 to 5 or none, and a choice is one of ours or none."""
    known = load_dialogues(DATA)
    assert read_rating(text, known) in (None, 1, 2, 3, 4, 5)
    assert find_choice(text, known.roles) in (None, *known.roles)


@pytest.mark.parametrize("content", ["", "[]", "occasions: []", "own: {"])
def test_data_that_cannot_be_read_is_named(tmp_path: Path, content: str) -> None:
    """A file of another form stops with its name."""
    (tmp_path / "dialogues.yml").write_text(content)
    with pytest.raises(DialogueError, match=r"dialogues\.yml"):
        load_dialogues(tmp_path)


def test_a_program_for_an_unknown_role_is_named(tmp_path: Path) -> None:
    """A slip in the data is found at the start."""
    text = (DATA / "dialogues.yml").read_text().replace("roles: [company, institution]", "roles: [compagny]")
    (tmp_path / "dialogues.yml").write_text(text)
    with pytest.raises(DialogueError, match="missions"):
        load_dialogues(tmp_path)

"""The facts of a text: what must be the same in both languages."""

from __future__ import annotations

import pytest

from bot.knowledge.facts import facts


@pytest.mark.parametrize(
    "text, expected",
    [
        ("(418) 649-2300", {"tel:4186492300"}),
        ("418 649-2300", {"tel:4186492300"}),
        ("418-649-2300", {"tel:4186492300"}),
        ("(418)\u00a0649-2300.", {"tel:4186492300"}),
        ("G1R 5R9", {"post:G1R5R9"}),
        ("G1R5R9", {"post:G1R5R9"}),
        ("G1R\u00a05R9", {"post:G1R5R9"}),
        ("le 1er avril 2001", {"date:2001-04-01"}),
        ("April 1, 2001", {"date:2001-04-01"}),
        ("le 29 septembre 2006", {"date:2006-09-29"}),
        ("September 29, 2006", {"date:2006-09-29"}),
        ("8 h 30", {"time:08:30"}),
        ("8\u00a0h\u00a030", {"time:08:30"}),
        ("8:30 a.m.", {"time:08:30"}),
        ("17 h", {"time:17:00"}),
        ("5:00 p.m.", {"time:17:00"}),
        ("12:15 p.m.", {"time:12:15"}),
        ("12:15 a.m.", {"time:00:15"}),
        ("15 jours", {"n:15"}),
        ("quinze jours", {"n:15"}),
        ("fifteen days", {"n:15"}),
        ("Quatre jours", {"n:4"}),
        ("four days", {"n:4"}),
        ("cinq, dix", {"n:5", "n:10"}),
        ("five, ten", {"n:5", "n:10"}),
        ("", set()),
        ("du lundi au vendredi", set()),
        ("un attendant, une dixième fois, often", set()),
    ],
)
def test_a_fact_has_one_form_in_both_languages(text: str, expected: set[str]) -> None:
    """Numbers, telephone numbers, dates, times and postal codes are found, however they are written."""
    assert facts(text) == expected


@pytest.mark.parametrize(
    "fr, en",
    [
        ("De 8 h 30 à 17 h, au (418) 649-2300.", "From 8:30 a.m. to 5:00 p.m., at (418) 649-2300."),
        ("En vigueur depuis le 1er avril 2001.", "In effect since April 1, 2001."),
        ("Dans un délai de 15 jours ouvrables.", "Within fifteen working days."),
        ("525, boulevard René-Lévesque Est, 3e étage, G1R 5R9", "525, boulevard René-Lévesque Est, 3e étage, G1R 5R9"),
    ],
)
def test_a_right_translation_states_the_same_facts(fr: str, en: str) -> None:
    """A sentence and its translation have one set of facts, and it is not empty."""
    assert facts(fr) == facts(en) != set()


@pytest.mark.parametrize(
    "fr, en",
    [
        ("au (418) 649-2300", "at (418) 649-2335"),
        ("au (418) 649-2300", "at (514) 649-2300"),
        ("15 jours", "10 days"),
        ("quatre jours", "five days"),
        ("le 1er avril 2001", "April 2, 2001"),
        ("le 1er avril 2001", "May 1, 2001"),
        ("le 1er avril 2001", "April 1, 2011"),
        ("8 h 30", "8:30 p.m."),
        ("G1R 5R9", "G1R 5R8"),
        ("3 projets", "several projects"),
    ],
)
def test_a_wrong_translation_states_other_facts(fr: str, en: str) -> None:
    """One digit, month or half of the day that differs is another fact."""
    assert facts(fr) != facts(en)


def test_the_parts_of_a_fact_are_no_facts_of_their_own() -> None:
    """The digits of a telephone number, a date or a time do not count as numbers too."""
    assert facts("Au (418) 649-2300, le 29 septembre 2006 à 8 h 30, pour 4 jours") == {
        "tel:4186492300",
        "date:2006-09-29",
        "time:08:30",
        "n:4",
    }

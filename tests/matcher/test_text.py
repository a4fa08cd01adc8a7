"""How the matcher sees text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matcher.text import clean, normalize, skeleton

properties = settings(max_examples=200, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    "text, cleaned",
    [
        ("  deux   espaces ", "deux espaces"),
        ("une\nligne\r\net\tune autre", "une ligne et une autre"),
        ("8\u00a0h\u202f30", "8 h 30"),
        ("zéro\u200bespace", "zéroespace"),
        ("co\u00adopération", "coopération"),
        ("\ufeffdébut", "début"),
        ("nul\x00\x07", "nul"),
        ("ligne\x85suivante\x0bet\u2028encore", "ligne suivante et encore"),
        ("e\u0301tudiant", "étudiant"),
        ("ﬁn", "fin"),
        ("ＱＳＦ", "QSF"),
        ("", ""),
        ("\n\t ", ""),
        ("Garde LA casse, l’apostrophe et l'accent !", "Garde LA casse, l’apostrophe et l'accent !"),
        ("merci 🙂", "merci 🙂"),
    ],
)
def test_clean_leaves_what_can_be_read(text: str, cleaned: str) -> None:
    """Cleaning composes signs, drops what is invisible and makes every gap one space."""
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "text, folded",
    [
        ("À quelle HEURE fermez-vous ?", "a quelle heure fermez-vous ?"),
        ("l’adresse", "l'adresse"),
        ("l‘adresse", "l'adresse"),
        ("lʼadresse", "l'adresse"),
        ("l`adresse", "l'adresse"),
        ("Œuvre et cœur, ex æquo", "oeuvre et coeur, ex aequo"),
        ("çà où naïf Noël", "ca ou naif noel"),
        ("STRASSE straße", "strasse strasse"),
        ("e\u0301te\u0301", "ete"),
    ],
)
def test_fold_drops_case_accents_and_kinds_of_apostrophe(text: str, folded: str) -> None:
    """Folded text is lower-case, without accents, with straight apostrophes and its punctuation."""
    assert normalize(text) == folded


def test_an_acute_accent_typed_for_an_apostrophe_is_one() -> None:
    """The sign ´, which keyboards give for an apostrophe, folds to an apostrophe like the others."""
    assert normalize("l´adresse") == "l'adresse"


@pytest.mark.parametrize(
    "text, bare",
    [
        ("À quelle heure fermez-vous ?", "a quelle heure fermez vous"),
        ("a quelle heure fermez vous", "a quelle heure fermez vous"),
        ("A QUELLE HEURE... fermez-vous?!", "a quelle heure fermez vous"),
        ("l'adresse_postale", "l adresse postale"),
        ("(418) 649-2300", "418 649 2300"),
        ("?!…", ""),
        ("🙂", ""),
    ],
)
def test_skeleton_holds_letters_and_digits_alone(text: str, bare: str) -> None:
    """Two messages that differ in case, accents, punctuation or spaces have one skeleton."""
    assert skeleton(text) == bare


@properties
@given(text=st.text(max_size=80))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Clean text is clean."""
    assert clean(clean(text)) == clean(text)


@properties
@given(text=st.text(max_size=80))
def test_a_skeleton_is_words_and_single_spaces(text: str) -> None:
    """No message, however odd, leaves punctuation or double spaces in its skeleton."""
    bare = skeleton(text)
    assert bare == " ".join(bare.split())
    assert "_" not in bare
    assert all(ch.isalnum() or ch == " " for ch in bare)


@properties
@given(text=st.text(st.sampled_from("abcéèàçœÉÀŒ '’-?!1 "), max_size=60))
def test_case_and_apostrophes_never_matter(text: str) -> None:
    """A message in capitals, or with typographic apostrophes, folds to the same text."""
    assert normalize(text.upper()) == normalize(text) == normalize(text.replace("'", "’"))

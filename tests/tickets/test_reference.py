"""References of tickets: drawn, and found again in what citizens type."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tickets.reference import ALPHABET, find_reference, new_reference

properties = settings(max_examples=200, deadline=None, derandomize=True)
bodies = st.text(ALPHABET, min_size=8, max_size=8)


def test_the_alphabet_holds_nothing_to_misread() -> None:
    """A reference uses 32 signs, without I, L, O and U."""
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_a_new_reference_has_the_prefix_and_two_groups() -> None:
    """A reference reads PREFIX-XXXX-XXXX in the alphabet."""
    for prefix in ("RI", "MIN"):
        assert re.fullmatch(rf"{prefix}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_reference(prefix))


def test_references_do_not_repeat() -> None:
    """A thousand references drawn in a row are all different."""
    assert len({new_reference("RI") for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "typed",
    [
        "RI-7K3P-92QX",
        "ri-7k3p-92qx",
        "Ri-7k3P-92Qx",
        "RI 7K3P 92QX",
        "RI7K3P92QX",
        "ri7k3p92qx",
        "RI-7K3P92QX",
        "RI 7K3P-92QX",
        "RI - 7K3P - 92QX",
        "RI–7K3P–92QX",
        "RI—7K3P—92QX",
        "RI.7K3P.92QX",
        "RI-7K3P-\n92QX",
        "Où en est ma demande RI-7K3P-92QX ?",
        "my ticket is ri-7k3p-92qx.",
        "(RI-7K3P-92QX)",
        "Référence:RI-7K3P-92QX, merci",
    ],
)
def test_a_reference_is_found_however_it_was_typed(typed: str) -> None:
    """Case, separators and the words around a reference do not matter."""
    assert find_reference(typed, "RI") == "RI-7K3P-92QX"


@pytest.mark.parametrize(
    "typed, issued",
    [
        ("RI-OO12-34AB", "RI-0012-34AB"),
        ("RI-I1L1-34AB", "RI-1111-34AB"),
        ("ri-o0il-9uvx", "RI-0011-9VVX"),
    ],
)
def test_misread_signs_are_understood(typed: str, issued: str) -> None:
    """O is read as 0, I and L as 1, U as V."""
    assert find_reference(typed, "RI") == issued


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Quelle est votre adresse ?",
        "RI",
        "RI-7K3P",
        "RI-7K3P-92Q",
        "RI-7K3P-92QXY",
        "XRI-7K3P-92QX",
        "SP-7K3P-92QX",
        "7K3P-92QX",
        "(418) 649-2300",
        "le MRI a quatre bureaux",
        "https://www.mri.gouv.qc.ca/",
    ],
)
def test_what_is_no_reference_is_not_taken_for_one(text: str) -> None:
    """Too short, too long, another prefix, or no reference at all gives None."""
    assert find_reference(text, "RI") is None


@pytest.mark.parametrize(
    "text",
    ["this is ridiculous", "une sélection rigoureuse", "riposterez-vous ?", "au RI vous avez dit lundi"],
)
def test_a_word_is_not_taken_for_a_reference(text: str) -> None:
    """A word or words that begin with the prefix's letters are words, although O, I and L look like digits."""
    assert find_reference(text, "RI") is None


def test_the_first_of_two_references_is_found() -> None:
    """Of several references the first counts."""
    assert find_reference("RI-7K3P-92QX ou RI-1111-2222", "RI") == "RI-7K3P-92QX"


def test_a_prefix_is_taken_literally() -> None:
    """Signs of the prefix that mean something in a pattern are only signs."""
    assert find_reference("A.B-7K3P-92QX", "A.B") == "A.B-7K3P-92QX"
    assert find_reference("AXB-7K3P-92QX", "A.B") is None


@properties
@given(body=bodies)
def test_every_issued_reference_is_found_as_issued(body: str) -> None:
    """What the desk issues, the desk understands, in either case and within a sentence."""
    issued = f"RI-{body[:4]}-{body[4:]}"
    assert find_reference(issued, "RI") == issued
    assert find_reference(f"bonjour, {issued.lower()} svp", "RI") == issued


@properties
@given(text=st.text(max_size=60))
def test_what_is_found_is_always_of_the_issued_form(text: str) -> None:
    """Whatever is typed, the result is None or a well-formed reference."""
    found = find_reference(text, "RI")
    assert found is None or re.fullmatch(rf"RI-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", found)

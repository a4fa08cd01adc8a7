"""What changed between two texts."""

from __future__ import annotations

import time

import pytest

from bot.console.differences import GONE, NEW, SAME, Piece, differences


@pytest.mark.parametrize(
    "before, after, pieces",
    [
        ("", "", []),
        ("", "Un mot", [Piece(NEW, "Un mot")]),
        ("Un mot", "", [Piece(GONE, "Un mot")]),
        ("De 8 h.", "De 9 h.", [Piece(SAME, "De "), Piece(GONE, "8"), Piece(NEW, "9"), Piece(SAME, " h.")]),
        ("a\nb", "a\nb\nc", [Piece(SAME, "a\n"), Piece(SAME, "b"), Piece(NEW, "\nc")]),
        ("a\nb\nc", "a\nc", [Piece(SAME, "a\n"), Piece(GONE, "b\n"), Piece(SAME, "c")]),
    ],
)
def test_what_stayed_went_and_came(before: str, after: str, pieces: list[Piece]) -> None:
    """Lines that stayed are left alone; in those that did not, the words that changed are marked."""
    assert differences(before, after) == pieces


def test_long_lists_are_compared_at_once() -> None:
    """Two hundred questions of which one is new, and two hundred that are all new, take no time to compare."""
    old = [f"Est-ce que la question numéro {n} est, elle aussi, dans la liste que voici?" for n in range(200)]
    new = [f"Would question {n} be in this list as well, or in none of them at all?" for n in range(200)]
    began = time.perf_counter()
    one_more = differences("\n".join(old), "\n".join([*old[:90], "Et moi?", *old[90:]]))
    others = differences("\n".join(old), "\n".join(new))
    assert time.perf_counter() - began < 0.5
    assert [piece.text for piece in one_more if piece.kind == NEW] == ["Et moi?\n"]
    assert [piece.kind for piece in others] == [GONE, NEW]

"""Long texts in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.splitting import split, units


@pytest.mark.parametrize(
    "text, pieces",
    [
        ("court", ["court"]),
        ("", []),
        ("un deux\n\ntrois", ["un deux", "trois"]),
        ("un deux\ntrois quatre", ["un deux", "trois", "quatre"]),
        ("Un. Deux trois", ["Un.", "Deux trois"]),
        ("un deux trois", ["un deux", "trois"]),
        ("abcdefghijklmno", ["abcdefghij", "klmno"]),
        ("dix lettre suite", ["dix lettre", "suite"]),
        ("😀😀😀😀😀😀", ["😀😀😀😀😀", "😀"]),
        ("abcdefgh👩‍👩‍👧", ["abcdefgh", "👩‍👩‍👧"]),
        ("abcdefghie\u0301x", ["abcdefghi", "e\u0301x"]),
    ],
)
def test_a_text_is_cut_where_it_hurts_least(text: str, pieces: list[str]) -> None:
    """Between paragraphs, else lines, sentences, words; never inside a character that is made of several."""
    assert split(text, 10) == pieces


@given(st.text(), st.integers(2, 40))
def test_nothing_is_lost_and_every_piece_fits(text: str, limit: int) -> None:
    """All but white space comes through in order, in pieces that are never empty and never too long."""
    pieces = split(text, limit)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece.strip() and units(piece) <= limit for piece in pieces)


@given(st.text())
def test_units_are_those_of_utf16(text: str) -> None:
    """Telegram's way of counting."""
    assert units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2

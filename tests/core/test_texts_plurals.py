"""Counts in texts: one function for both languages."""

from __future__ import annotations

import pytest

from bot.core.texts import Texts, singular

TEXTS = Texts(
    {
        "n": {
            "fr": "{count} {count:question|questions} ({what})",
            "en": "{count} {count:question|questions} ({what})",
        }
    },
    {},
)


@pytest.mark.parametrize(
    "lang, count, said",
    [
        ("fr", 0, "0 question"),
        ("fr", 1, "1 question"),
        ("fr", 2, "2 questions"),
        ("en", 0, "0 questions"),
        ("en", 1, "1 question"),
        ("en", 2, "2 questions"),
    ],
)
def test_none_and_one_are_singular_in_french(lang: str, count: int, said: str) -> None:
    """In French 0 and 1 are one thing, in English only 1."""
    assert TEXTS.get("n", lang, count=count, what="x") == f"{said} (x)"


def test_one_and_a_half() -> None:
    """A fraction below two is singular in French only."""
    assert singular(1.5, "fr")
    assert not singular(1.5, "en")

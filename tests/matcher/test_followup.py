"""Which messages go on from the answer before them."""

from __future__ import annotations

import pytest

from bot.matcher.followup import is_connected, is_short


@pytest.mark.parametrize(
    "text",
    [
        "et à Montréal?",
        "Et après l'entrevue ?",
        "pis à québec",
        "ok merci, et pour une plainte?",
        "What about Montréal?",
        "and after the interview?",
        "Thanks! And by phone?",
        "même chose pour Montréal?",
        "OR BY E-MAIL",
    ],
)
def test_messages_that_begin_as_one_goes_on(text: str) -> None:
    """A connecting word at the beginning, courtesies before it or not, in both languages."""
    assert is_connected(text)


@pytest.mark.parametrize(
    "text",
    [
        "Quelle est votre adresse?",
        "Andrew est-il là?",
        "étudiant à la maîtrise, puis-je m'inscrire?",
        "What is the number?",
        "",
        "Et voilà que ma fille, qui étudie à Laval depuis deux ans, voudrait partir en stage l'été prochain, alors?",
    ],
)
def test_messages_that_begin_anew(text: str) -> None:
    """A word that only looks like a connecting one, none at all, or a story of its own."""
    assert not is_connected(text)


@pytest.mark.parametrize("text, short", [("par courriel?", True), ("one two three four five six seven eight", False)])
def test_short_messages_may_lean_on_what_was_said(text: str, short: bool) -> None:
    """Up to seven words."""
    assert is_short(text) is short

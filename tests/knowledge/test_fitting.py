"""A matcher fitted on articles: what it learns, how it is kept, and which code it depends on."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from bot.core.imports import dependencies
from bot.knowledge.article import Article
from bot.knowledge.files import Corpus
from bot.knowledge.fitting import bytes_of, examples_of, matcher_of_bytes, matcher_of_model
from bot.knowledge.release import FITTING
from bot.matcher.matcher import Example, Matcher
from tests.pickled import pickled_modules

Make = Callable[..., Article]


def test_what_an_article_claims_is_no_longer_unanswered(make_article: Make) -> None:
    """A message listed as unanswered is dropped once an article has it as its question, however it is written."""
    unanswered = {"near": {"fr": ("Où est la tour?", "Autre chose?"), "en": ("Où est la tour?",)}}
    article = make_article("tower", questions={"fr": ["OU EST LA TOUR"], "en": ["Where is the tower?"]})
    found = examples_of([article], Corpus((), unanswered))
    assert found == [
        Example("tower", "fr", "OU EST LA TOUR"),
        Example("tower", "en", "Where is the tower?"),
        Example(None, "fr", "Autre chose?"),
        Example(None, "en", "Où est la tour?"),
    ]


def test_the_articles_are_the_published_ones(make_article: Make) -> None:
    """What is learnt are the articles given, not those of the files."""
    corpus = Corpus((make_article("of-the-files"),), {})
    assert {example.article for example in examples_of([make_article("hours")], corpus)} == {"hours"}


@pytest.fixture(scope="module")
def fitted() -> Matcher:
    """A small fitted matcher, of made-up vectors, with all that one may hold: one article is a newcomer."""
    texts = [f"{article} {number}" for article in ("hours", "role", "hours", "role") for number in range(6)]
    texts += ["parking 1", "parking 2"]
    vectors = np.random.default_rng(1).normal(size=(len(texts), 1024)).astype(np.float32)
    return Matcher().fit([Example(text.split()[0], "fr", text) for text in texts], vectors)


def ranks_like(one: Matcher, other: Matcher) -> bool:
    """Whether two matchers make the same of a message."""
    vector = np.ones(1024, dtype=np.float32)
    return one.rank("hours 3", "fr", vector) == other.rank("hours 3", "fr", vector)


def test_a_matcher_comes_back_from_its_bytes(fitted: Matcher) -> None:
    """What is kept in the database is the matcher that was fitted."""
    assert ranks_like(matcher_of_bytes(bytes_of(fitted)), fitted)


def model_with(path: Path, files: Mapping[str, bytes]) -> Path:
    """A model as Rasa packs it, with these files."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_the_trained_models_own_matcher_is_found(fitted: Matcher, tmp_path: Path) -> None:
    """The matcher lies in its component's folder inside the model."""
    content = io.BytesIO()
    fitted.save(content)
    model = model_with(
        tmp_path / "m.tar.gz", {"metadata.json": b"{}", "components/train_9/matcher.joblib": content.getvalue()}
    )
    assert ranks_like(matcher_of_model(model), fitted)


def test_a_model_without_a_matcher_is_told(tmp_path: Path) -> None:
    """A model that holds none, or that is not there, is an error of its own kind."""
    with pytest.raises(FileNotFoundError, match="holds no matcher"):
        matcher_of_model(model_with(tmp_path / "m.tar.gz", {"metadata.json": b"{}"}))
    with pytest.raises(FileNotFoundError):
        matcher_of_model(tmp_path / "nowhere.tar.gz")


def pickled(matcher: Matcher) -> set[str]:
    """The modules whose objects a saved matcher holds."""
    content = io.BytesIO()
    matcher.save(content)
    return pickled_modules(content.getvalue())


def test_all_that_a_fitted_matcher_holds_is_in_its_digest(fitted: Matcher) -> None:
    """Every module of ours whose objects are pickled counts, and every library's distribution."""
    code = dependencies([FITTING])
    ours = {module for module in pickled(fitted) if module.startswith("bot.")}
    assert {"bot.matcher.newcomers", "bot.matcher.linear", "bot.matcher.features"} <= ours
    assert ours <= set(code.modules)
    libraries = {module.partition(".")[0] for module in pickled(fitted)} - {"bot", "builtins", "copyreg"}
    assert {"joblib", "numpy"} <= libraries <= set(code.libraries)


@pytest.mark.parametrize("omitted", ["newcomers", "linear", "features", "ngrams", "matcher"])
def test_one_module_less_would_be_noticed(fitted: Matcher, omitted: str) -> None:
    """A digest without a module whose objects are pickled does not cover what a matcher holds."""
    code = dependencies([FITTING], without=[f"bot.matcher.{omitted}"])
    ours = {module for module in pickled(fitted) if module.startswith("bot.")}
    assert ours - set(code.modules)

"""The registry of promises, and the promises of the declaration."""

from __future__ import annotations

from typing import Any

import pytest

from bot.promises.promise import PromiseError, Registry, parse_registry

# Typed from the table of service standards of the declaration.
DECLARED = {
    "email-reply": (4, "email-standard"),
    "internship-eligibility": (5, "internship-eligibility-reply"),
    "internship-interview": (10, "internship-interview-reply"),
    "cooperation-analysis": (15, "cooperation-notice"),
    "complaint": (15, "complaint"),
}


def entry(**changes: Any) -> dict[str, Any]:
    """One entry of the registry, with `changes`."""
    both = {"fr": "en quatre jours", "en": "in four days"}
    return {"id": "p", "working_days": 4, "article": "a", "text": both, "starts": both, "kept": both, **changes}


def test_the_promises_are_those_of_the_declaration(registry: Registry) -> None:
    """The registry holds the five standards of the declaration with their days and articles, and no other."""
    assert {id: (promise.working_days, promise.article) for id, promise in registry.promises.items()} == DECLARED


@pytest.mark.parametrize(
    "promise_id, fr, en",
    [
        ("email-reply", "quatre jours ouvrables", "four working days"),
        ("internship-eligibility", "cinq jours ouvrables", "five working days"),
        ("internship-interview", "dix jours ouvrables", "ten working days"),
        ("cooperation-analysis", "quinze jours ouvrables", "15 working days"),
        ("complaint", "quinze jours ouvrables", "15 working days"),
    ],
)
def test_a_promise_tells_its_days_in_both_languages(registry: Registry, promise_id: str, fr: str, en: str) -> None:
    """The published text of a promise names its number of working days in French and in English."""
    text = registry.get(promise_id).text
    assert fr in text["fr"]
    assert en in text["en"]


def test_an_unknown_promise_is_an_error_that_names_the_known_ones(registry: Registry) -> None:
    """Asking for a promise that does not exist tells which do."""
    with pytest.raises(PromiseError, match="unknown promise 'nope'; known: complaint, .*email-reply"):
        registry.get("nope")


def test_an_entry_is_read_whole() -> None:
    """Every field of an entry reaches the promise."""
    promise = parse_registry({"promises": [entry(kept={"fr": "tenue", "en": "kept"})]}).get("p")
    assert (promise.id, promise.working_days, promise.article) == ("p", 4, "a")
    assert promise.text == promise.starts == {"fr": "en quatre jours", "en": "in four days"}
    assert promise.kept == {"fr": "tenue", "en": "kept"}


@pytest.mark.parametrize("key", ["id", "working_days", "article", "text", "starts", "kept"])
def test_an_entry_that_lacks_a_key_is_an_error(key: str) -> None:
    """No field of a promise may be left out."""
    incomplete = entry()
    del incomplete[key]
    with pytest.raises(PromiseError, match=key):
        parse_registry({"promises": [incomplete]})


@pytest.mark.parametrize("key", ["text", "starts", "kept"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_text_in_one_language_is_an_error(key: str, lang: str) -> None:
    """What a promise says, it says in both languages."""
    with pytest.raises(PromiseError):
        parse_registry({"promises": [entry(**{key: {lang: "seul"}})]})


@pytest.mark.parametrize("days", [0, -4, "four", None])
def test_days_that_are_no_positive_number_are_an_error(days: Any) -> None:
    """A promise takes at least one working day."""
    with pytest.raises(PromiseError):
        parse_registry({"promises": [entry(working_days=days)]})


def test_a_promise_that_stands_twice_is_an_error() -> None:
    """Two entries with one id are refused, rather than the second winning."""
    with pytest.raises(PromiseError, match="stands twice"):
        parse_registry({"promises": [entry(), entry(working_days=5)]})


@pytest.mark.parametrize("data", [{}, {"promises": []}, {"promises": None}], ids=repr)
def test_a_registry_without_promises_is_an_error(data: dict[str, Any]) -> None:
    """A file without a promise is not taken for a ministry that promises nothing."""
    with pytest.raises(PromiseError, match="no promise"):
        parse_registry(data)

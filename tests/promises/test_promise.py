"""The registry of promises, and the promises of the declaration."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
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


BOTH = {"fr": "en quatre jours", "en": "in four days"}
TODAY = date(2026, 11, 24)


def version(**changes: Any) -> dict[str, Any]:
    """One version of a promise, with `changes`."""
    texts = {"section": BOTH, "text": BOTH, "starts": BOTH, "kept": BOTH}
    return {"since": date(2001, 4, 1), "working_days": 4, **texts, **changes}


def registry_of(*versions: Any, **changes: Any) -> dict[str, Any]:
    """The content of a registry whose one promise has these versions; `changes` are the file's."""
    entry = {"id": "p", "article": "a", "versions": list(versions)}
    return {"source": BOTH, "promises": [entry], "without_clock": [], **changes}


def test_the_promises_are_those_of_the_declaration(registry: Registry) -> None:
    """The registry holds the five standards of the declaration with their days and articles, and no other."""
    found = {id: (promise.on(TODAY).working_days, promise.article) for id, promise in registry.promises.items()}
    assert found == DECLARED


def test_the_promises_without_a_clock_are_those_of_the_declaration(registry: Registry) -> None:
    """What it promises beside the clocks is listed, each with what the system does for it in both languages."""
    assert {promise.id: promise.articles for promise in registry.without_clock} == {
        "courtesy": ("courtesy",),
        "confidentiality": ("confidentiality",),
        "telephone-hours": ("phone-hours",),
        "telephone-answer": ("phone-reply",),
        "full-information": ("access-info",),
        "mission-evaluation": ("missions-evaluation",),
        "fair-selection": ("selection", "internship-what"),
        "yearly-update": ("declaration-date",),
    }
    for promise in registry.without_clock:
        assert all(promise.upheld[lang] for lang in ("fr", "en"))


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
    text = registry.get(promise_id).on(TODAY).text
    assert fr in text["fr"]
    assert en in text["en"]


def test_an_unknown_promise_is_an_error_that_names_the_known_ones(registry: Registry) -> None:
    """Asking for a promise that does not exist tells which do."""
    with pytest.raises(PromiseError, match="unknown promise 'nope'; known: complaint, .*email-reply"):
        registry.get("nope")


def test_a_version_is_read_whole() -> None:
    """Every field of a version reaches the promise."""
    promise = parse_registry(registry_of(version(kept={"fr": "tenue", "en": "kept"}))).get("p")
    assert (promise.id, promise.article) == ("p", "a")
    found = promise.on(TODAY)
    assert (found.number, found.since, found.working_days) == (1, date(2001, 4, 1), 4)
    assert found.text == found.starts == found.section == BOTH
    assert found.kept == {"fr": "tenue", "en": "kept"}


@pytest.mark.parametrize(
    "day, number, days",
    [
        (date(1999, 1, 1), 1, 4),
        (date(2001, 4, 1), 1, 4),
        (date(2026, 12, 31), 1, 4),
        (date(2027, 1, 1), 2, 3),
        (date(2028, 6, 30), 2, 3),
        (date(2028, 7, 1), 3, 5),
        (date(2099, 1, 1), 3, 5),
    ],
)
def test_a_clock_has_the_version_of_its_first_day(day: date, number: int, days: int) -> None:
    """A changed promise applies to the clocks that start on its day or later; the others keep theirs."""
    versions = (
        version(),
        version(since=date(2027, 1, 1), working_days=3),
        version(since=date(2028, 7, 1), working_days=5),
    )
    found = parse_registry(registry_of(*versions)).get("p").on(day)
    assert (found.number, found.working_days) == (number, days)


@pytest.mark.parametrize("step", [timedelta(0), timedelta(days=-1)])
def test_versions_stand_in_order(step: timedelta) -> None:
    """A version that does not begin after the one before it is refused."""
    with pytest.raises(PromiseError, match="order"):
        parse_registry(registry_of(version(), version(since=date(2001, 4, 1) + step)))


@pytest.mark.parametrize("key", ["since", "working_days", "section", "text", "starts", "kept"])
def test_a_version_that_lacks_a_key_is_an_error(key: str) -> None:
    """No field of a version may be left out; the error names it."""
    incomplete = version()
    del incomplete[key]
    with pytest.raises(PromiseError, match=key):
        parse_registry(registry_of(incomplete))


def test_an_unknown_key_is_an_error() -> None:
    """A misspelt field is told, rather than passed over."""
    with pytest.raises(PromiseError, match="versions"):
        parse_registry(registry_of(version(workingdays=5)))


@pytest.mark.parametrize("key", ["section", "text", "starts", "kept"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_text_in_one_language_is_an_error(key: str, lang: str) -> None:
    """What a promise says, it says in both languages."""
    with pytest.raises(PromiseError):
        parse_registry(registry_of(version(**{key: {lang: "seul"}})))


@pytest.mark.parametrize("days", [0, -4, "four", None, 4.5, True])
def test_days_that_are_no_positive_number_are_an_error(days: Any) -> None:
    """A promise takes at least one working day."""
    with pytest.raises(PromiseError):
        parse_registry(registry_of(version(working_days=days)))


@pytest.mark.parametrize("since", ["2001-04-01", None, 2001, datetime(2001, 4, 1, tzinfo=timezone.utc)])
def test_a_day_that_is_no_date_is_an_error(since: Any) -> None:
    """A version begins on a date."""
    with pytest.raises(PromiseError, match="since"):
        parse_registry(registry_of(version(since=since)))


def test_a_promise_that_stands_twice_is_an_error() -> None:
    """Two entries with one id are refused, with a clock or without, rather than the second winning."""
    data = registry_of(version())
    with pytest.raises(PromiseError, match="stands twice"):
        parse_registry({**data, "promises": data["promises"] * 2})
    without = {"id": "p", "articles": [], "text": BOTH, "upheld": BOTH}
    with pytest.raises(PromiseError, match="stands twice"):
        parse_registry({**data, "without_clock": [without]})


@pytest.mark.parametrize("data", [{}, [], None, "text", registry_of(promises=None)], ids=repr)
def test_what_is_no_registry_is_an_error(data: Any) -> None:
    """A file of another form is refused with what is missing."""
    with pytest.raises(PromiseError, match="the registry of promises"):
        parse_registry(data)


def test_a_registry_without_promises_is_an_error() -> None:
    """A file without a promise is not taken for a ministry that promises nothing."""
    with pytest.raises(PromiseError, match="no promise"):
        parse_registry(registry_of(promises=[]))

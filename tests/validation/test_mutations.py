"""Data that was changed in any way is reported with file and place, or can be read; a traceback never comes of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.documents import Place, read_data, read_document
from bot.core.organization import load_organization
from bot.core.texts import load_texts
from bot.dialogues.words import load_dialogues
from bot.knowledge.files import load_corpus
from bot.promises.calendar import parse_calendar
from bot.promises.promise import parse_registry
from bot.validation.check import check_data
from bot.validation.problem import Problem
from tests.validation.conftest import NOW, dump

FILES = [
    "organization.yml",
    "promises.yml",
    "holidays.yml",
    "dialogues.yml",
    "texts.yml",
    "knowledge/address.yml",
    "knowledge/unanswered/near.yml",
    "nlu/greet.yml",
    "stories/acts.yml",
    "stories/forms.yml",
]
# What may be left out, or stand empty.
OPTIONAL: dict[str, set[Place]] = {
    "organization.yml": {("programs",), ("front_page",), ("front_page", "articles"), ("front_page", "starters")},
    "holidays.yml": {("exceptions",), ("confirmed_years",)},
    "stories/forms.yml": {("rules", number, "condition") for number in range(20)},
}
OTHER_VALUES = [None, 7, True, " ", ["x"], {"x": 1}, datetime(2026, 2, 3, 4, 5)]  # noqa: DTZ001


def places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every place of a document, from the top."""
    yield place, value
    if isinstance(value, dict):
        for key, child in value.items():
            yield from places(child, (*place, key))
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from places(child, (*place, number))


def leaves(value: Any) -> list[tuple[Place, Any]]:
    """The places that hold no others."""
    return [(place, found) for place, found in places(value) if not isinstance(found, (dict, list))]


def changed(value: Any, change: Callable[[Place, Any], Any], place: Place = ()) -> Any:
    """A copy of a document in which `change` has made each leaf another."""
    if isinstance(value, dict):
        return {key: changed(child, change, (*place, key)) for key, child in value.items()}
    if isinstance(value, list):
        return [changed(child, change, (*place, number)) for number, child in enumerate(value)]
    return change(place, value)


def told(data: Path, name: str) -> dict[Place, Problem]:
    """What the check tells of a file, by place; each line lies in the file."""
    found = [problem for problem in check_data(data, NOW) if problem.path == data / name]
    lines = len((data / name).read_text(encoding="utf-8").splitlines()) or 1
    assert all(1 <= problem.line <= lines for problem in found)
    return {problem.place: problem for problem in found}


def stands_on(data: Path, name: str, problem: Problem) -> bool:
    """Whether the line of a problem is the one of its place, as the file itself shows."""
    line = (data / name).read_text(encoding="utf-8").splitlines()[problem.line - 1]
    last = problem.place[-1]
    return f"{last}:" in line if isinstance(last, str) else line.lstrip().startswith("- ")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("value", OTHER_VALUES, ids=repr)
def test_a_value_of_another_kind_is_told_at_its_place(data: Path, name: str, value: Any) -> None:
    """Every value of a file is made nothing, a number, a list, …: each is told, with its line."""
    content = read_data(data / name)
    # A copy for each place: YAML writes a value that stands twice as a reference to the first.
    (data / name).write_text(dump(changed(content, lambda *_: deepcopy(value))), encoding="utf-8")
    found = told(data, name)
    for place, before in leaves(content):
        if not may_be(name, place, before, value):
            assert place in found, place
            assert stands_on(data, name, found[place])


def may_be(name: str, place: Place, before: Any, value: Any) -> bool:
    """Whether `value` may stand at `place` as well: one of the same kind, or a slot's or loop's that is empty."""
    if type(before) is type(value) and str(value).strip():
        return True
    return name.startswith("stories/") and (
        place[-1] == "requested_slot" or (place[-1] == "active_loop" and value is None)
    )


@pytest.mark.parametrize("name", FILES)
def test_a_key_that_is_missing_or_misspelt_is_told(data: Path, small_data: Path, name: str) -> None:
    """Each key of a file in turn, wherever it stands, is left out, and then misspelt."""
    content = read_data(data / name)
    usual = {(problem.place, problem.what) for problem in check_data(small_data, NOW)}
    keys = {place[-1] for place, _ in places(content) if place and isinstance(place[-1], str)}
    if name == "texts.yml":  # three hundred texts have the same form
        keys = {"fr", "en", "greet", "trouble_offer", "button_cancel"}
    for key in sorted(keys):
        for new in (None, f"{key}x"):
            (data / name).write_text(dump(renamed(content, key, new)), encoding="utf-8")
            problems = [p for p in check_data(data, NOW) if (p.place, p.what) not in usual]
            if name == "organization.yml" and ("values", key) in dict(places(content)):
                assert {p.path.name for p in problems} == {"texts.yml"}  # which take the value
                continue
            found = {problem.place for problem in problems if problem.path == data / name}
            for place, _ in places(content):
                if place and place[-1] == key and not (new is None and place in OPTIONAL.get(name, ())):
                    parts = {place[:length] for length in range(len(place))}
                    assert found & {*parts, (*place[:-1], new)}, (place, new)


def renamed(value: Any, key: str, new: str | None) -> Any:
    """A copy of a document in which `key` is left out everywhere, or has a new name."""
    if isinstance(value, dict):
        kept = {(new if name == key else name): renamed(child, key, new) for name, child in value.items()}
        return {name: child for name, child in kept.items() if name is not None}
    return [renamed(child, key, new) for child in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith("near.yml")])
def test_a_key_that_stands_twice_is_told_on_its_line(data: Path, name: str) -> None:
    """Each key whose value stands on one line of its own is written again after it."""
    (data / name).write_text(dump(read_data(data / name)), encoding="utf-8")
    document = read_document(data / name)
    short = {document.line(place) for place, value in leaves(document.data) if "\n" not in str(value)}
    lines, twice = [], set()
    for number, line in enumerate((data / name).read_text(encoding="utf-8").splitlines(), 1):
        lines.append(line)
        if number in short and not line.lstrip().startswith("- "):
            lines.append(line)
            twice.add(len(lines))
    (data / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert twice
    assert {p.line for p in check_data(data, NOW) if p.path == data / name and "stands twice" in p.what} == twice


def load_all(data: Path) -> None:
    """Read the data as the processes do."""
    organization = load_organization(data)
    parse_calendar(read_data(data / "holidays.yml"))
    parse_registry(read_data(data / "promises.yml"))
    load_dialogues(data)
    texts = load_texts(data / "texts.yml", organization.values)
    load_corpus(data / "knowledge")
    for lang in ("fr", "en"):
        texts.get("greet", lang)


ALL = [*FILES, "evaluation/look.jsonl", "evaluation/followups.jsonl", "evaluation/figures.json"]


def cut_at_random(draw: Callable[..., Any], text: str) -> str:
    """A text with a line left out, moved, doubled, a sign changed, or its end cut off."""
    lines = text.splitlines(keepends=True)
    number = draw(st.integers(0, len(lines) - 1))
    at = draw(st.integers(0, len(text) - 1))
    sign = draw(st.sampled_from("\"'{}[](),:#-&*!|>%@` \n\t0é«»\x00\x85"))
    return str(
        draw(
            st.sampled_from(
                [
                    "".join(lines[:number] + lines[number + 1 :]),
                    "".join(lines[: number + 1] + lines[number:]),
                    "".join(lines[number:] + lines[:number]),
                    text[:at],
                    text[:at] + sign + text[at:],
                    text[:at] + sign + text[at + 1 :],
                    "".join(lines[:number] + ["  " + lines[number]] + lines[number + 1 :]),
                    "".join(lines[:number] + [lines[number].lstrip()] + lines[number + 1 :]),
                ]
            )
        )
    )


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(draws=st.data(), name=st.sampled_from(ALL))
def test_whatever_is_cut_is_told_or_can_be_read(small_data: Path, tmp_path: Path, draws: Any, name: str) -> None:
    """A file cut or changed anywhere: what the check lets pass, every process reads."""
    data = tmp_path / "data"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(small_data, data)
    text = (data / name).read_text(encoding="utf-8")
    (data / name).write_text(cut_at_random(draws.draw, text), encoding="utf-8", newline="")
    problems = check_data(data, NOW)
    assert all(problem.line >= 1 and str(problem.path).startswith(str(data)) for problem in problems)
    if not any(problem.stops for problem in problems):
        load_all(data)


def test_the_small_copy_is_whole(small_data: Path) -> None:
    """Nothing but the number of sample questions is wrong with the data that the tests change."""
    assert {problem.what.split(" in ")[0] for problem in check_data(small_data, NOW)} == {"3 sample questions"}
    load_all(small_data)
    assert all(yaml.safe_load((small_data / name).read_text(encoding="utf-8")) for name in FILES)

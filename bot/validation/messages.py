"""The messages that the matcher is measured with (`evaluation/`): one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.validation import schemas
from bot.validation.problem import Problem
from bot.validation.shape import shape_problems

_FIGURES = "figures.json"
_FORMS = {"followups.jsonl": schemas.FOLLOWUP}


def check_evaluation(folder: Path, articles: set[str]) -> Iterator[Problem]:
    """Everything that is wrong with the files of `folder`, where there is one; `articles` are the known ids."""
    for path in sorted(folder.glob("*.jsonl")):
        yield from _check_messages(path, articles)
    figures = folder / _FIGURES
    if figures.exists():
        found, what = _read_json(figures)
        if what is None and not isinstance(found, dict):
            what = "expected a mapping"
        if what:
            yield Problem(figures, 1, (), what)


def _check_messages(path: Path, articles: set[str]) -> Iterator[Problem]:
    schema = _FORMS.get(path.name, schemas.MESSAGE)
    text, what = _read_text(path)
    if what:
        yield Problem(path, 1, (), what)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines and not what:
        yield Problem(path, 1, (), "holds no messages")
    for number, line in lines:
        row, what = _parse(line)
        if what:
            yield Problem(path, number, (), what)
            continue
        wrong = list(shape_problems(row, schema))
        for place, told in wrong:
            yield Problem(path, number, place, told)
        if wrong:
            continue
        named = [row["article"], row.get("after"), *row.get("also", ())]
        for article in named:
            if article is not None and article not in articles:
                yield Problem(path, number, (), f"there is no article {article!r}", stops=False)
        if (row.get("kind") == "act") != ("act" in row):
            yield Problem(path, number, (), 'a message of the kind "act", and no other, names its act')
        if row.get("kind") == "article" and row["article"] is None:
            yield Problem(path, number, ("article",), 'a message of the kind "article" has one')


def _read_text(path: Path) -> tuple[str, str | None]:
    try:
        return path.read_text(encoding="utf-8"), None
    except OSError as error:
        return "", f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return "", "is not written in UTF-8"


def _read_json(path: Path) -> tuple[Any, str | None]:
    text, what = _read_text(path)
    return (None, what) if what else _parse(text)


def _parse(text: str) -> tuple[Any, str | None]:
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        return None, f"is not JSON: {error}"
    return found, f"the key {twice[0]!r} stands twice" if twice else None

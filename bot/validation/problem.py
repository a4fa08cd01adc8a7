"""What a check tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.documents import Place
from bot.core.folders import ROOT


@dataclass(frozen=True)
class Problem:
    """Something wrong, and where: `line` counts from 1, `place` is the way to the value in the file.

    `stops`: the desk could not read it, or citizens would read a broken text. The desk serves with the others,
    and somebody should look at them.
    """

    path: Path
    line: int
    place: Place
    what: str
    stops: bool = True

    def as_dict(self) -> dict[str, Any]:
        """A form that JSON can carry."""
        return {
            "file": show_path(self.path),
            "line": self.line,
            "place": show_place(self.place),
            "what": self.what,
            "stops": self.stops,
        }

    def __str__(self) -> str:
        place = show_place(self.place)
        return f"{show_path(self.path)}:{self.line}: {place + ': ' if place else ''}{self.what}"


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """By file and line, each once."""
    return sorted(set(problems), key=lambda problem: (str(problem.path), problem.line, problem.what))


def show_path(path: Path) -> str:
    """A path as people know it: from the project's folder where it lies in it."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def show_place(place: Place) -> str:
    """A place as people write it: `holidays[2].rule`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")

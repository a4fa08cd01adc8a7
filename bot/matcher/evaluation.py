"""How good a matcher is: figures of its rankings of messages whose right article is known. Plain functions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.core.texts import LANGUAGES
from bot.matcher.matcher import ANSWERED, CLARIFY, Example, Ranking

_BINS = 10
_SHOWN = 15  # confusion pairs and misses in a report


class EvaluationError(ValueError):
    """A file of messages cannot be read; the message names the line and what is wrong."""


@dataclass(frozen=True)
class Judged:
    """A message, what is right for it, and what the matcher made of it.

    `kind` is "article", or of a message without one what it is ("near", "far"); `register` how it
    is written; `routed` whether the message reaches the matcher at all (an act does not).
    """

    example: Example
    ranking: Ranking
    kind: str
    register: str = ""
    routed: bool = True

    @property
    def right(self) -> set[str]:
        """The articles that answer the message."""
        return {self.example.article, *self.example.also} if self.example.article else set()

    @property
    def first(self) -> float:
        """The probability of the first match."""
        return self.ranking.matches[0].probability if self.ranking.matches else 0.0

    @property
    def answered(self) -> bool:
        """Whether the first match is given as the answer."""
        return self.routed and self.ranking.outcome == ANSWERED

    def is_right(self, places: int = 1) -> bool:
        """Whether a right article is among the first `places`."""
        return any(match.article in self.right for match in self.ranking.matches[:places])


def read_messages(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSONL file of messages: `article` (id or null), `lang`, `text`, `also`?.

    Raises:
        EvaluationError: a line is not of that form.
        OSError: the file cannot be read.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise EvaluationError(f"{path.name}, line {number}: not JSON") from None
        problem = _problem(row)
        if problem:
            raise EvaluationError(f"{path.name}, line {number}: {problem}")
        found.append(row)
    if not found:
        raise EvaluationError(f"{path.name} holds no messages")
    return found


def as_example(row: dict[str, Any]) -> Example:
    """A row of `read_messages` as the matcher takes it."""
    return Example(row["article"], row["lang"], row["text"], tuple(row.get("also") or ()))


def _problem(row: Any) -> str | None:
    if not isinstance(row, dict):
        return "not an object"
    if "article" not in row or not isinstance(row["article"], (str, type(None))) or row["article"] == "":
        return '"article" is an id or null'
    if row.get("lang") not in LANGUAGES:
        return f'"lang" is one of {", ".join(LANGUAGES)}'
    if not isinstance(row.get("text"), str) or not row["text"].strip():
        return '"text" is empty or missing'
    also = row.get("also") or []
    if not isinstance(also, list) or not all(isinstance(entry, str) for entry in also):
        return '"also" is a list of ids'
    return None


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """The figures of the contract: shares of the messages with an article, `false_answers` of those without.

    A figure without a message to stand on is None.
    """
    answerable = [item for item in judged if item.example.article]
    others = [item for item in judged if not item.example.article]
    right = [item.answered and item.is_right() for item in answerable]
    wrong = [item.answered and not item.is_right() for item in answerable]
    clarified = [
        item.routed
        and item.ranking.outcome == CLARIFY
        and any(option.article in item.right for option in item.ranking.options)
        for item in answerable
    ]
    kinds = {item.kind for item in others}
    return {
        "n": len(judged),
        "n_answerable": len(answerable),
        **{f"top{places}": share(item.is_right(places) for item in answerable) for places in (1, 2, 3)},
        "answered_right": share(right),
        "answered_wrong": share(wrong),
        "clarified_right": share(clarified),
        "missed": share(not (a or b or c) for a, b, c in zip(right, wrong, clarified)),
        "false_answers": share(item.answered for item in others),
        "false_answers_by_kind": {
            kind: share(item.answered for item in others if item.kind == kind) for kind in sorted(kinds) if kind
        },
        "auroc": _auroc([item.first for item in answerable], [item.first for item in others]),
        "calibration_error": calibration_error(judged),
    }


def by_language(judged: Sequence[Judged]) -> dict[str, Any]:
    """`figures` of all, with those of each language under its name."""
    return {
        **figures(judged),
        **{lang: figures([item for item in judged if item.example.lang == lang]) for lang in LANGUAGES},
    }


def by_register(judged: Sequence[Judged]) -> dict[str, Any]:
    """`figures` by the way in which the messages are written."""
    registers = Counter(item.register for item in judged if item.register)
    return {name: figures([item for item in judged if item.register == name]) for name, _ in registers.most_common()}


def reliability(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Stated against observed: of the messages whose first match has a probability in each tenth,
    how many there are, the mean of what was stated, and the share that was right."""
    table = []
    for place in range(_BINS):
        low, high = place / _BINS, (place + 1) / _BINS
        mine = [item for item in judged if low <= item.first < high or (place == _BINS - 1 and item.first == 1.0)]
        table.append(
            {
                "from": low,
                "to": high,
                "n": len(mine),
                "stated": float(np.mean([item.first for item in mine])) if mine else None,
                "observed": share(item.is_right() for item in mine),
            }
        )
    return table


def calibration_error(judged: Sequence[Judged]) -> float | None:
    """The expected calibration error over ten bins (Naeini, Cooper and Hauskrecht, 2015)."""
    if not judged:
        return None
    gaps = [row["n"] * abs(row["stated"] - row["observed"]) for row in reliability(judged) if row["n"]]
    return float(sum(gaps) / len(judged))


def confusions(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The most frequent pairs of a right article and another that was ranked first or answered."""
    pairs = Counter(
        (item.example.article or item.kind or "none", item.ranking.matches[0].article)
        for item in judged
        if item.ranking.matches and not item.is_right() and (item.example.article or item.answered)
    )
    return [{"right": right, "given": given, "n": n} for (right, given), n in pairs.most_common(_SHOWN)]


def worst_misses(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The messages whose wrong first match was surest."""
    wrong = sorted((item for item in judged if not item.is_right()), key=lambda item: -item.first)
    return [
        {
            "text": item.example.text,
            "lang": item.example.lang,
            "right": item.example.article or item.kind or None,
            "given": item.ranking.matches[0].article,
            "probability": round(item.first, 3),
        }
        for item in wrong[:_SHOWN]
        if item.ranking.matches
    ]


def trade_off(judged: Sequence[Judged], points: int = 99) -> list[dict[str, Any]]:
    """For each threshold of answering: the shares answered right, answered wrong, and falsely answered."""
    answerable = [item for item in judged if item.example.article]
    others = [item for item in judged if not item.example.article]

    def above(items: Iterable[Judged], threshold: float, keep: Callable[[Judged], bool]) -> float | None:
        return share(item.routed and item.first >= threshold and keep(item) for item in items)

    return [
        {
            "threshold": round(threshold, 3),
            "right": above(answerable, threshold, lambda item: item.is_right()),
            "wrong": above(answerable, threshold, lambda item: not item.is_right()),
            "false": above(others, threshold, lambda _item: True),
        }
        for threshold in np.linspace(0.01, 0.99, points)
    ]


def share(flags: Iterable[bool]) -> float | None:
    """How many of the flags are set, from 0 to 1; None if there are none."""
    found = list(flags)
    return float(np.mean(found)) if found else None


def _auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The chance that a message with an article has a surer first match than one without (ties count half)."""
    if not positive or not negative:
        return None
    order = np.sort(negative)
    below = np.searchsorted(order, positive, side="left")
    equal = np.searchsorted(order, positive, side="right") - below
    return float((below + equal / 2).sum() / (len(positive) * len(negative)))

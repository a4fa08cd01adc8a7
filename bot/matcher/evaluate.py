"""`guichet evaluate`: a matcher or the trained model put to the messages whose right article is known."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from bot.core.settings import Settings
from bot.core.texts import LANGUAGES
from bot.matcher import evaluation
from bot.matcher.encoder import shared_encoder
from bot.matcher.evaluation import Judged, share
from bot.matcher.matcher import Match, Matcher, Ranking, Thresholds

_EVERY = 200  # messages between two words of progress
INQUIRY = "inquiry"
# The acts on which a conversation turns; of the others an article says the same (when shall I hear, which program).
ACTS = {"greet", "thanks", "goodbye", "request_officer", "ticket_status", "file_complaint"}


class Model(Protocol):
    """A trained model, as it understands messages; it took `fit_seconds` to train."""

    @property
    def fit_seconds(self) -> float:
        """Seconds."""

    def parse(self, text: str, language: str | None = None, given: str | None = None) -> dict[str, Any]:
        """What it reads in a message: `intent`, `language`, `knowledge`; `given`: the article that was given last."""


def evaluate_files(train: Path, test: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Fit a fresh matcher on `train`, thresholds and all, and measure it on `test`.

    Raises:
        EvaluationError: a file is not of the form (see `evaluation.read_messages`).
        ValueError: the matcher cannot be fitted on `train`.
    """
    examples = [evaluation.as_example(row) for row in evaluation.read_messages(train)]
    rows = evaluation.read_messages(test)
    say("loading the sentence encoder…")
    shared_encoder().encode(["bonjour"])
    say(f"fitting on {len(examples)} messages…")
    started = time.perf_counter()
    matcher = Matcher().fit(examples)
    fit_seconds = time.perf_counter() - started
    judged, milliseconds = [], []
    for number, row in enumerate(rows):
        if number % _EVERY == 0:
            say(f"ranking {number + 1} to {min(number + _EVERY, len(rows))} of {len(rows)}…")
        started = time.perf_counter()
        ranking = matcher.rank(row["text"], row["lang"])
        milliseconds.append(1000 * (time.perf_counter() - started))
        kind = "article" if row["article"] else str(row.get("kind") or "")
        judged.append(Judged(evaluation.as_example(row), ranking, kind, str(row.get("register") or "")))
    return _result(judged, matcher.thresholds, fit_seconds, milliseconds, show_texts=True)


def evaluate_model(
    settings: Settings, part: str, load: Callable[[], Model], say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure the trained model on a part of `data/evaluation`: articles, acts and languages.

    An inquiry that is taken for an act is not answered, whatever the matcher makes of it.

    `load`: loads the model.

    Raises:
        FileNotFoundError: there is no trained model, or no such part.
        EvaluationError: the part is not of the form.
    """
    rows = evaluation.read_messages(settings.data_dir / "evaluation" / f"{part}.jsonl")
    say("loading the trained model…")
    model = load()
    judged: list[Judged] = []
    acts: list[tuple[str, bool]] = []
    others: list[tuple[str, bool]] = []
    languages: list[tuple[str, bool]] = []
    milliseconds = []
    for number, row in enumerate(rows):
        if number % _EVERY == 0:
            say(f"understanding {number + 1} to {min(number + _EVERY, len(rows))} of {len(rows)}…")
        started = time.perf_counter()
        parsed = model.parse(row["text"])
        milliseconds.append(1000 * (time.perf_counter() - started))
        languages.append((row["lang"], parsed["language"]["code"] == row["lang"]))
        intent = parsed["intent"]["name"]
        if row["kind"] == "act":
            (acts if row["act"] in ACTS else others).append((row["lang"], intent == row["act"]))
            continue
        judged.append(judge(row, parsed, row["kind"]))
    thresholds = judged[0].ranking.thresholds
    result = _result(judged, thresholds, model.fit_seconds, milliseconds, show_texts=part != "kept")
    routed_as = [(item.example.lang, item.routed) for item in judged if item.example.article]
    found_of = {"acts": acts, "other_acts": others, "language": languages, "routed": routed_as}
    for key, flags in found_of.items():
        result[key] = share(right for _, right in flags)
        for lang in LANGUAGES:
            result[lang][key] = share(right for mine, right in flags if mine == lang)
    return result


def judge(row: dict[str, Any], parsed: dict[str, Any], kind: str) -> Judged:
    """A message of the evaluation (`row`, of this `kind`) as the trained model understood it (`parsed`)."""
    knowledge = parsed["knowledge"]
    matches = tuple(Match(match["article"], match["probability"]) for match in knowledge["matches"])
    ranking = Ranking(matches, Thresholds(**knowledge["thresholds"]))
    routed = parsed["intent"]["name"] == INQUIRY
    return Judged(evaluation.as_example(row), ranking, kind, str(row.get("register") or ""), routed)


def _result(
    judged: Sequence[Judged],
    thresholds: Thresholds,
    fit_seconds: float,
    milliseconds: Sequence[float],
    *,
    show_texts: bool,
) -> dict[str, Any]:
    return {
        **evaluation.by_language(judged),
        "thresholds": {"answer": thresholds.answer, "clarify": thresholds.clarify},
        "fit_seconds": round(fit_seconds, 2),
        "rank_ms_p50": round(statistics.median(milliseconds), 3),
        "by_register": evaluation.by_register(judged),
        "reliability": evaluation.reliability(judged),
        "trade_off": evaluation.trade_off(judged),
        "confusions": evaluation.confusions(judged),
        # Of the part kept apart nobody reads the messages, the report's reader neither.
        "worst_misses": evaluation.worst_misses(judged) if show_texts else [],
    }

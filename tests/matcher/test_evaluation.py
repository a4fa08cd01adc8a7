"""The figures of an evaluation, on rankings made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.matcher import evaluation
from bot.matcher.evaluation import EvaluationError, Judged
from bot.matcher.matcher import Example, Match, Ranking, Thresholds
from bot.matcher.report import as_lines, write_html


def judged(article: str | None, *ranked: tuple[str, float], kind: str = "", lang: str = "fr", **more: Any) -> Judged:
    """A message with its right article, and a ranking answered from .6 and asked back from .3."""
    ranking = Ranking(tuple(Match(*match) for match in ranked), Thresholds(0.6, 0.3))
    also = more.pop("also", ())
    example = Example(article, lang, "<b>texte</b>", also)
    return Judged(example, ranking, kind or ("article" if article else "near"), **more)


MESSAGES = [
    judged("a", ("a", 0.9), ("b", 0.1)),  # answered right
    judged("a", ("b", 0.8), ("a", 0.2)),  # answered wrong, right second
    judged("b", ("c", 0.4), ("d", 0.3), ("b", 0.2)),  # asked back with the right one third
    judged("b", ("a", 0.2), lang="en"),  # missed
    judged("c", ("d", 0.7), also=("d",)),  # answered right: another right article
    judged(None, ("a", 0.7)),  # falsely answered
    judged(None, ("a", 0.1), kind="far", lang="en"),
]


def test_shares_are_of_their_kind() -> None:
    """Of five messages with an article two are answered right, one wrong, one asked back; of two without, one."""
    found = evaluation.figures(MESSAGES)
    assert (found["n"], found["n_answerable"]) == (7, 5)
    assert [found[key] for key in ("answered_right", "answered_wrong", "clarified_right", "missed")] == [
        0.4,
        0.2,
        0.2,
        0.2,
    ]
    assert [found[f"top{n}"] for n in (1, 2, 3)] == [0.4, 0.6, 0.8]
    assert found["false_answers"] == 0.5
    assert found["false_answers_by_kind"] == {"far": 0.0, "near": 1.0}


def test_the_auroc_counts_pairs() -> None:
    """Of ten pairs of an answerable and another message, six and a half have the first surer (a tie is a half)."""
    assert evaluation.figures(MESSAGES)["auroc"] == pytest.approx((5 + 2 + 0.5) / 10)


def test_a_figure_without_messages_is_none() -> None:
    """Where no message has no article, nothing can be falsely answered."""
    found = evaluation.figures([MESSAGES[0]])
    assert found["false_answers"] is found["auroc"] is None
    assert evaluation.figures([])["top1"] is None


def test_a_message_taken_for_an_act_is_missed() -> None:
    """What does not reach the matcher is not answered, however sure the matcher would have been."""
    found = evaluation.figures([judged("a", ("a", 0.9), routed=False)])
    assert (found["answered_right"], found["missed"], found["top1"]) == (0.0, 1.0, 1.0)


def test_languages_stand_beside_the_whole() -> None:
    """Each language has the same figures under its name."""
    found = evaluation.by_language(MESSAGES)
    assert (found["fr"]["n"], found["en"]["n"], found["n"]) == (5, 2, 7)
    assert found["en"]["answered_right"] == 0.0


def test_calibration_is_the_mean_gap_weighted() -> None:
    """Four of five right at a stated .9 are a gap of .1."""
    told = [judged("a", ("a" if n else "b", 0.9)) for n in range(5)]
    assert evaluation.calibration_error(told) == pytest.approx(0.1)
    (row,) = (row for row in evaluation.reliability(told) if row["n"])
    assert (row["n"], row["stated"], row["observed"]) == (5, pytest.approx(0.9), 0.8)


def test_confusions_and_misses_are_the_wrong_ones_by_weight() -> None:
    """A pair is the right and the given article; a miss without an article counts if it was answered."""
    pairs = {(pair["right"], pair["given"]) for pair in evaluation.confusions(MESSAGES)}
    assert pairs == {("a", "b"), ("b", "c"), ("b", "a"), ("near", "a")}
    assert [miss["probability"] for miss in evaluation.worst_misses(MESSAGES)] == [0.8, 0.7, 0.4, 0.2, 0.1]


def test_the_trade_off_falls_with_the_threshold() -> None:
    """The higher the threshold, the fewer are answered, right or wrong."""
    table = evaluation.trade_off(MESSAGES)
    for key in ("right", "wrong", "false"):
        values = [row[key] for row in table]
        assert values == sorted(values, reverse=True)
    assert table[0] == {"threshold": 0.01, "right": 0.4, "wrong": 0.6, "false": 1.0}


@pytest.mark.parametrize(
    "line, what",
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ('{"lang": "fr", "text": "a"}', "article"),
        ('{"article": "", "lang": "fr", "text": "a"}', "article"),
        ('{"article": null, "lang": "es", "text": "a"}', "lang"),
        ('{"article": null, "lang": "fr", "text": " "}', "text"),
        ('{"article": "a", "lang": "fr", "text": "a", "also": "b"}', "also"),
    ],
)
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str, what: str) -> None:
    """The error says which line and what is wrong with it."""
    path = tmp_path / "test.jsonl"
    path.write_text('{"article": null, "lang": "fr", "text": "a"}\n\n' + line, encoding="utf-8")
    with pytest.raises(EvaluationError, match=f"test.jsonl, line 3: .*{what}"):
        evaluation.read_messages(path)


def test_a_file_without_messages_is_an_error(tmp_path: Path) -> None:
    """Nothing to measure on is no measurement."""
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="no messages"):
        evaluation.read_messages(tmp_path / "empty.jsonl")


@pytest.fixture
def result() -> dict[str, Any]:
    """What `guichet evaluate` hands to its report."""
    return {
        **evaluation.by_language(MESSAGES),
        "thresholds": {"answer": 0.6, "clarify": 0.3},
        "fit_seconds": 1.0,
        "rank_ms_p50": 2.0,
        "by_register": evaluation.by_register([judged("a", ("a", 0.9), register="sms")]),
        "reliability": evaluation.reliability(MESSAGES),
        "trade_off": evaluation.trade_off(MESSAGES),
        "confusions": evaluation.confusions(MESSAGES),
        "worst_misses": evaluation.worst_misses(MESSAGES),
    }


def test_the_report_holds_every_figure(result: dict[str, Any]) -> None:
    """In the terminal: the figures of the whole and of each language, reliability, registers and mistakes."""
    text = "\n".join(as_lines(result))
    for part in (
        "answered right",
        "40.0 %",
        "false answers",
        "50.0 %",
        "AUROC",
        "sms",
        "surest mistakes",
        "answer from 0.60",
    ):
        assert part in text
    json.dumps(result)


def test_the_page_has_plots_and_escapes_what_citizens_wrote(result: dict[str, Any], tmp_path: Path) -> None:
    """One file with pictures in it, nothing from elsewhere, and text is text."""
    path = tmp_path / "new" / "report.html"
    write_html(result, path, "Evaluation")
    page = path.read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert "<b>texte</b>" not in page
    assert "&lt;b&gt;texte&lt;/b&gt;" in page
    assert "<script" not in page
    assert 'src="' not in page

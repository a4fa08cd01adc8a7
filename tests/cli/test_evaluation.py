"""The evaluation from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Guichet

# Evaluation

TRAIN = [
    *(("address", "fr", text) for text in ("Quelle est votre adresse ?", "Où êtes-vous situés ?", "Adresse postale")),
    *(("address", "en", text) for text in ("What is your address?", "Where are you located?", "Mailing address")),
    *(
        ("hours", "fr", text)
        for text in ("Quelles sont vos heures ?", "À quelle heure fermez-vous ?", "Ouvert lundi ?")
    ),
    *(("hours", "en", text) for text in ("What are your hours?", "At what time do you close?", "Open on Monday?")),
    *((None, "fr", text) for text in ("Quel temps fait-il ?", "Recette de pouding", "Qui a gagné le match ?")),
    *((None, "en", text) for text in ("What is the weather like?", "Pudding recipe", "Who won the game?")),
    ("fax", "en", "Do you have a fax number?"),
]


TEST = [
    ("address", "fr", "votre adresse svp"),
    ("hours", "en", "when do you close on mondays"),
    ("fax", "en", "fax number please"),
    (None, "fr", "une recette de gâteau"),
]


FIGURES = {f"top{n}" for n in (1, 2, 3)} | {
    "n", "answered_right", "answered_wrong", "clarified_right", "missed", "false_answers", "auroc"
}  # fmt: skip


@pytest.fixture
def messages(tmp_path: Path) -> Callable[[str, Any], Path]:
    """Writes messages as a JSONL file."""

    def write(name: str, rows: Any) -> Path:
        lines = [json.dumps({"article": a, "lang": lang, "text": text}, ensure_ascii=False) for a, lang, text in rows]
        path: Path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_evaluate_fits_on_one_file_and_measures_on_another(guichet: Guichet, messages: Any, tmp_path: Path) -> None:
    """As JSON: every figure of the contract, overall and by language, and the report as a page beside it."""
    page = tmp_path / "report.html"
    result = guichet(
        "evaluate", "--train", messages("a.jsonl", TRAIN), "--test", messages("b.jsonl", TEST), "--json", "--html", page
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {*FIGURES, "thresholds", "fit_seconds", "rank_ms_p50"} <= set(found)
    for lang, count in (("fr", 2), ("en", 2)):
        assert set(found[lang]) >= FIGURES
        assert found[lang]["n"] == count
    assert found["top1"] == 1.0
    assert 0 < found["thresholds"]["clarify"] <= found["thresholds"]["answer"] < 1
    assert found["answered_right"] + found["answered_wrong"] + found["clarified_right"] + found["missed"] == 1
    assert "fitting on 19 messages" in result.stderr
    assert "<svg" in page.read_text(encoding="utf-8")


def test_evaluate_tells_a_person(guichet: Guichet, messages: Any) -> None:
    """Without --json the report is lines to read, with the surest mistakes."""
    result = guichet("evaluate", "--train", messages("a.jsonl", TRAIN), "--test", messages("b.jsonl", TEST))
    assert result.exit_code == 0
    for part in ("b.jsonl, fitted on a.jsonl", "answered right", "thresholds", "surest mistakes", "une recette"):
        assert part in result.stdout


def test_evaluate_can_do_without_messages_that_no_article_answers(guichet: Guichet, messages: Any) -> None:
    """Where every message has its article, what would be falsely answered is not known, and that is said."""
    train, test = ([row for row in rows if row[0]] for rows in (TRAIN, TEST))
    result = guichet("evaluate", "--train", messages("a.jsonl", train), "--test", messages("b.jsonl", test), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["false_answers"] is None


@pytest.mark.parametrize(
    "train, test, what",
    [
        (TRAIN, None, "go together"),
        ([("a", "fr", "une"), ("a", "fr", "deux")], TEST, "two classes"),
        ([], TEST, "no messages"),
        (TRAIN, [("a", "es", "hola")], "line 1"),
    ],
)
def test_evaluate_says_what_is_wrong(guichet: Guichet, messages: Any, train: Any, test: Any, what: str) -> None:
    """A file missing, too little to learn from, or a line of another form: a clear error, no trace."""
    arguments = ["evaluate", "--train", messages("a.jsonl", train)]
    result = guichet(*arguments, *(["--test", messages("b.jsonl", test)] if test is not None else []))
    assert result.exit_code != 0
    assert what in result.stderr
    assert "Traceback" not in result.output

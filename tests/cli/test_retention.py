"""The command line's part for retention."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import bot.cli
from bot.privacy.forgetting import Forgetting


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not exist yet, and mail beside it."""
    monkeypatch.setenv("GUICHET_DATABASE_URL", f"sqlite:///{tmp_path / 'guichet.db'}")
    monkeypatch.setenv("GUICHET_MAIL_DIR", str(tmp_path / "mail"))
    monkeypatch.setenv("GUICHET_CONTACT_DAYS", "200")


def guichet(*arguments: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(bot.cli.main, ["retention", *arguments])


def test_a_run_tells_what_it_erased() -> None:
    """Step by step, in words or as JSON; and it is kept."""
    first = guichet("run")
    assert first.exit_code == 0, first.output
    assert "transcripts" in first.output
    steps = json.loads(guichet("run", "--json").output)["steps"]
    assert steps["requests"] == 0
    assert steps["run"] == 0
    shown = json.loads(guichet("show", "--json").output)
    assert shown["days"]["requests"] == 200
    assert [run["steps"] for run in shown["runs"]] == [steps, steps]
    assert "requests          200 days" in guichet("show").output
    assert len(json.loads(guichet("show", "--limit", "1", "--json").output)["runs"]) == 1


def test_a_run_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its exit code too."""

    def fail(*_: object) -> int:
        raise ValueError

    monkeypatch.setattr(Forgetting, "erase_requests", fail)
    result = guichet("run")
    assert result.exit_code == 1
    assert "requests       failed" in result.output
    assert "requests       failed" in guichet("show").output

"""The command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

import bot.cli
import bot.supervisor
from bot.bootstrap import Rooms, wire
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.release import REFIT
from bot.knowledge.work import KILLED, Cause, WorkFailed
from tests.cli.conftest import Guichet


def refused(result: Result, *words: str) -> None:
    """Check that a command ended with a sentence that holds `words`, not with a traceback."""
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Error:" in result.output
    for word in words:
        assert word in result.output


@pytest.mark.parametrize("command", [(), ("knowledge",), ("tickets",), ("promises",)])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_explains_itself(guichet: Guichet, command: tuple[str, ...], flag: str) -> None:
    """Each group explains its commands."""
    result = guichet(*command, flag)
    assert result.exit_code == 0
    assert "Commands:" in result.output


@pytest.mark.parametrize("command", [("nothing",), ("tickets", "nothing"), ("promises", "due"), ("tickets", "show")])
def test_a_wrong_command_is_told(guichet: Guichet, command: tuple[str, ...]) -> None:
    """An unknown command or a missing argument is told with how to get help."""
    refused(guichet(*command), "Usage:", "--help")


def test_a_bad_setting_is_named(guichet: Guichet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad setting is told as one sentence that names the variable."""
    monkeypatch.setenv("GUICHET_PORT", "eighty")
    refused(guichet("tickets", "list"), "GUICHET_PORT='eighty'")


def test_an_unknown_setting_is_named(guichet: Guichet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt setting is told as one sentence that names it."""
    monkeypatch.setenv("GUICHET_PROT", "80")
    refused(guichet("promises", "due", "--from", "2026-12-22"), "unknown setting GUICHET_PROT")


def test_a_missing_data_folder_is_told(guichet: Guichet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A data folder that is not there is told as a sentence, not as a traceback."""
    monkeypatch.setenv("GUICHET_DATA_DIR", str(tmp_path / "nowhere"))
    refused(guichet("tickets", "list"), "nowhere")


def test_a_database_address_that_is_none_is_told(guichet: Guichet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database address that cannot be read is told as a sentence, not as a traceback."""
    monkeypatch.setenv("GUICHET_DATABASE_URL", "nothing")
    refused(guichet("tickets", "list"))


def test_migrate_makes_the_tables(guichet: Guichet, database: str) -> None:
    """A new database gets its tables, and a second run changes nothing."""
    for _ in range(2):
        result = guichet("migrate")
        assert (result.exit_code, result.output) == (0, "The database is up to date.\n")
    assert wire(Settings(database_url=database)).tickets.store.by_due_moment() == []


def test_check_finds_nothing_in_the_committed_data(guichet: Guichet) -> None:
    """The committed data passes its own checks."""
    result = guichet("check")
    assert (result.output, result.exit_code) == ("0 problems in the data.\n", 0)


def test_check_tells_what_is_wrong_and_where(guichet: Guichet, folder: Path) -> None:
    """A knowledge base with faults is told each of them, with file and line, and the exit code says so."""
    path = folder / "address.yml"
    path.write_text(path.read_text().replace("2027-03-31", "2020-12-21"))
    line = path.read_text().splitlines().index("review_by: '2020-12-21'") + 1
    result = guichet("check", "--knowledge", folder)
    assert result.exit_code == 1
    assert f"{path}:{line}: review_by: past its review date, 2020-12-21\n" in result.output
    assert "promise email-reply: its article email-standard does not exist" in result.output


def test_check_prints_json(guichet: Guichet, folder: Path) -> None:
    """With --json a program can read the problems."""
    result = guichet("check", "--knowledge", folder, "--json")
    assert result.exit_code == 1
    (found,) = [problem for problem in json.loads(result.output) if "article complaint does" in problem["what"]]
    lines = (ROOT / "data" / "promises.yml").read_text(encoding="utf-8").splitlines()
    assert found == {
        "file": "data/promises.yml",
        "line": lines.index("    article: complaint") + 1,
        "place": "promises[4].article",
        "what": "promise complaint: its article complaint does not exist",
        "stops": False,
    }


BROKEN = ["a: [", "id: address\n", "- 1\n"]


@pytest.mark.parametrize("content", BROKEN)
def test_an_article_that_cannot_be_read_is_named(guichet: Guichet, folder: Path, content: str) -> None:
    """A broken file is told by name, not as a traceback."""
    (folder / "address.yml").write_text(content)
    refused(guichet("knowledge", "import", folder), "address.yml")


@pytest.mark.parametrize("content", BROKEN)
def test_check_names_an_article_that_cannot_be_read(guichet: Guichet, folder: Path, content: str) -> None:
    """A broken file is told with its line."""
    (folder / "address.yml").write_text(content)
    result = guichet("check", "--knowledge", folder)
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
    assert f"{folder / 'address.yml'}:1: " in result.output


@pytest.mark.parametrize("command", [("check", "--knowledge"), ("knowledge", "import")])
def test_a_folder_that_does_not_exist_is_named(guichet: Guichet, tmp_path: Path, command: tuple[str, ...]) -> None:
    """A folder that is not there is told."""
    refused(guichet(*command, tmp_path / "nowhere"), "nowhere", "does not exist")


def test_import_publishes_what_changed(guichet: Guichet, folder: Path, database: str, fits: list[int]) -> None:
    """The first import publishes all, the second none, and after an edit the one that was edited; each is learnt."""
    assert guichet("knowledge", "import", folder).output.splitlines()[0] == "2 of 2 articles published."
    assert fits == [2]
    assert guichet("knowledge", "import", folder).output == "0 of 2 articles published.\n"
    assert fits == [2]
    path = folder / "role.yml"
    path.write_text(path.read_text().replace("2027-03-31", "2027-04-30"))
    assert guichet("knowledge", "import", folder).output.splitlines()[0] == "1 of 2 articles published."
    assert fits == [2, 2]
    published = wire(Settings(database_url=database)).articles.get("role")
    assert published is not None
    assert published.review_by.isoformat() == "2027-04-30"


def test_import_of_what_the_model_was_trained_on_fits_nothing(
    guichet: Guichet, rooms: Rooms, folder: Path, fits: list[int]
) -> None:
    """The trained model's own matcher knows the articles of the data: it is put into use instead of another."""
    guichet("knowledge", "import")
    assert fits == []
    trial = rooms.releases.trials.ask(REFIT, "guichet")
    rooms.releases.trials.finish(trial, {}, b"fitted")
    rooms.releases.refitted(trial)
    path = folder / "role.yml"
    path.write_text(path.read_text().replace("2027-03-31", "2027-04-30"))
    guichet("knowledge", "import", folder)
    latest = rooms.releases.latest()
    assert latest
    assert (len(fits), latest.matcher is None) == (1, False)
    assert "1 of " in guichet("knowledge", "import").output
    latest = rooms.releases.latest()
    assert latest
    assert (len(fits), latest.matcher) == (1, None)


def test_import_tells_if_the_matcher_could_not_be_fitted(
    guichet: Guichet, rooms: Rooms, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The articles are published all the same, and the command says that the assistant does not know them yet."""

    def fail(_rooms: Rooms) -> None:
        raise WorkFailed(Cause(KILLED, "9"))

    monkeypatch.setattr(bot.supervisor, "refit", fail)
    refused(
        guichet("knowledge", "import", folder),
        "2 of 2 articles published.",
        "could not fit the matcher: something killed it",
    )
    assert len(rooms.articles.all()) == 2


def test_export_gives_back_what_was_imported(guichet: Guichet, folder: Path, tmp_path: Path) -> None:
    """Exported articles, imported again, change nothing."""
    guichet("knowledge", "import", folder)
    result = guichet("knowledge", "export", tmp_path / "out")
    assert result.output == f"2 articles written to {tmp_path / 'out'}.\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["address.yml", "role.yml"]
    assert guichet("knowledge", "import", tmp_path / "out").output == "0 of 2 articles published.\n"

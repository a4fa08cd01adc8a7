"""Whether the model must be trained again: on folders of their own, without training."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.release import matcher_code
from bot.rasa.train import fingerprint, is_trained, model_path, training_code, training_inputs

INPUTS = {
    "organization.yml": "first_language: fr\n",
    "nlu/greet.yml": "nlu: []\n",
    "stories/rules.yml": "rules: []\n",
    "knowledge/address.yml": "id: address\n",
    "knowledge/unanswered/near.yml": "fr: []\n",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with data of its own and no model."""
    for name, content in INPUTS.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (tmp_path / "models").mkdir()
    return Settings(data_dir=tmp_path / "data", models_dir=tmp_path / "models")


def pretend_trained(settings: Settings) -> None:
    """Leave a model and its record, as training does."""
    model_path(settings).write_bytes(b"a model")
    record = model_path(settings).parent / "guichet.json"
    record.write_text(json.dumps({"inputs": fingerprint(settings), "seconds": 1.0}))


def test_the_fingerprint_is_of_the_content(settings: Settings) -> None:
    """The same files give the same fingerprint, and their dates do not matter."""
    before = fingerprint(settings)
    for name in INPUTS:
        os.utime(settings.data_dir / name, (0, 0))
    assert fingerprint(settings) == before


def test_the_same_data_in_another_folder_is_trained_already(settings: Settings, tmp_path: Path) -> None:
    """Moving the folder of data changes nothing that training reads; it is not a reason to train again."""
    pretend_trained(settings)
    moved = replace(settings, data_dir=tmp_path / "elsewhere" / "data of the desk")
    shutil.copytree(settings.data_dir, moved.data_dir)
    assert is_trained(moved)
    (moved.data_dir / "knowledge" / "address.yml").write_text("id: other\n", encoding="utf-8")
    assert not is_trained(moved)


@pytest.mark.parametrize("name", INPUTS)
def test_every_input_counts(settings: Settings, name: str) -> None:
    """One sign more in any file that training reads changes the fingerprint, and one less restores it."""
    before = fingerprint(settings)
    (settings.data_dir / name).write_text(INPUTS[name] + "#", encoding="utf-8")
    assert fingerprint(settings) != before
    (settings.data_dir / name).write_text(INPUTS[name], encoding="utf-8")
    assert fingerprint(settings) == before


@pytest.mark.parametrize("folder", ["nlu", "stories", "knowledge", "knowledge/unanswered"])
def test_a_file_added_taken_away_or_renamed_counts(settings: Settings, folder: str) -> None:
    """Another file, and the same content under another name, give other fingerprints."""
    seen = [fingerprint(settings)]
    new, renamed = settings.data_dir / folder / "new.yml", settings.data_dir / folder / "renamed.yml"
    new.write_text("x: 1\n", encoding="utf-8")
    seen.append(fingerprint(settings))
    new.rename(renamed)
    seen.append(fingerprint(settings))
    assert len(set(seen)) == 3
    renamed.unlink()
    assert fingerprint(settings) == seen[0]


@pytest.mark.parametrize("name", ["holidays.yml", "texts.yml", "evaluation/test.jsonl", "knowledge/notes.txt"])
def test_what_training_does_not_read_does_not_count(settings: Settings, name: str) -> None:
    """Holidays, texts and other files may change without training again."""
    before = fingerprint(settings)
    (settings.data_dir / name).parent.mkdir(exist_ok=True)
    (settings.data_dir / name).write_text("x: 1\n", encoding="utf-8")
    assert fingerprint(settings) == before


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "domain.yml",
        "requirements/run.txt",
        "bot/rasa/components/intent.py",
        "bot/rasa/importer.py",
        "bot/matcher/matcher.py",
        "bot/matcher/linear.py",
        "bot/matcher/text.py",
        "bot/matcher/newcomers.py",
        "bot/knowledge/files.py",
        "bot/core/organization.py",
        "bot/core/folders.py",
        "bot/rasa/training.py",
    ],
)
def test_the_code_of_the_model_counts(settings: Settings, name: str) -> None:
    """The configuration, the locked versions and the code of engine and matcher are inputs too."""
    assert ROOT / name in training_inputs(settings)


@pytest.mark.parametrize(
    "name",
    [
        "bot/knowledge/drafts.py",
        "bot/knowledge/librarian.py",
        "bot/knowledge/releases.py",
        "bot/rasa/matcher_reload.py",
        "bot/rasa/server.py",
        "bot/rasa/train.py",
        "bot/rasa/logging.py",
        "bot/core/settings.py",
        "bot/core/db.py",
    ],
)
def test_code_from_which_nothing_is_learnt_does_not_count(settings: Settings, name: str) -> None:
    """What edits, publishes and serves may change without training again."""
    assert (ROOT / name).exists()
    assert ROOT / name not in training_inputs(settings)


def test_every_component_of_the_pipeline_counts() -> None:
    """The code of the importer and of each component of ours that config.yml names is an input."""
    config = (ROOT / "config.yml").read_text(encoding="utf-8")
    named = {name.rpartition(".")[0] for name in re.findall(r"name: (bot\.[\w.]+)", config)}
    assert {"bot.rasa.importer", "bot.rasa.components.intent", "bot.rasa.components.knowledge"} <= named
    assert named <= set(training_code().modules)


def digests(project: Path) -> list[str]:
    """What a copy of the project asks for: the fingerprint of its training, and the code of its matchers."""
    code = (
        "from bot.core.settings import Settings; from bot.rasa.train import fingerprint; "
        "from bot.knowledge.release import matcher_code; print(fingerprint(Settings()), matcher_code())"
    )
    env = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=project, env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_commit_asks_for_training_only_where_training_reads(tmp_path: Path) -> None:
    """Another line in any room that neither the matcher nor Rasa's components import: no training, no refit.

    A line more in the matcher asks for both, and one in a component for training alone.
    """
    for name in ("bot", "data", "config.yml", "domain.yml", "requirements/run.txt"):
        kind = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(exist_ok=True)
        kind(ROOT / name, tmp_path / name)

    def change(*places: str) -> list[str]:
        for path in [path for place in places for path in (tmp_path / "bot").glob(place)]:
            path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
        return digests(tmp_path)

    before = digests(tmp_path)
    assert before == [fingerprint(Settings()), matcher_code()]
    rooms = {path.name for path in (tmp_path / "bot").iterdir() if path.is_dir()}
    learnt = {module.split(".")[1] for module in training_code().modules if "." in module}
    untouched = rooms - learnt
    assert {"console", "tickets", "messages", "channels", "handover", "staff", "privacy", "promises"} <= untouched
    assert change("[a-z]*.py", *(f"{room}/**/*.py" for room in untouched)) == before
    training, matcher = change("rasa/components/tfidf.py")
    assert (training != before[0], matcher) == (True, before[1])
    again = change("matcher/linear.py")
    assert again[0] not in (training, before[0])
    assert again[1] != matcher


def test_without_a_model_nothing_is_trained(settings: Settings) -> None:
    """A new installation has to train."""
    assert not is_trained(settings)


def test_a_model_of_the_present_inputs_is_trained(settings: Settings) -> None:
    """With the model and the record of its inputs there is nothing to do."""
    pretend_trained(settings)
    assert is_trained(settings)


def test_a_change_asks_for_training(settings: Settings) -> None:
    """After a change of a sample question the model is no longer up to date."""
    pretend_trained(settings)
    (settings.data_dir / "knowledge" / "address.yml").write_text("id: other\n", encoding="utf-8")
    assert not is_trained(settings)


@pytest.mark.parametrize("name", ["guichet.tar.gz", "guichet.json"])
def test_half_a_model_is_none(settings: Settings, name: str) -> None:
    """The model without its record, or the record without the model, asks for training."""
    pretend_trained(settings)
    (settings.models_dir / name).unlink()
    assert not is_trained(settings)


def test_the_committed_data_can_be_fingerprinted() -> None:
    """Every input of the real installation exists, each once, and the fingerprint is a SHA-256."""
    inputs = training_inputs(Settings())
    assert len(set(inputs)) == len(inputs)
    assert ROOT / "data" / "knowledge" / "phone-hours.yml" in inputs
    assert len(fingerprint(Settings())) == 64

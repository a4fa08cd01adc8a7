"""What the tests of the check share: a small copy of the committed data, whole in its forms."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.texts import LANGUAGES
from tests.cast import DATA

NOW = datetime(2026, 11, 30, 17, tzinfo=timezone.utc)
_KEPT = 3  # questions of an article in a language, and examples of an act: what is checked of one is checked of all


def dump(content: Any) -> str:
    """YAML as people write it, in the order of the keys, a line a value."""
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)


def make_small_copy(folder: Path) -> None:
    """The committed data with few questions, examples and messages."""
    for name in ("organization", "promises", "holidays", "dialogues", "texts"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(DATA / f"{name}.yml", folder)
    shutil.copytree(DATA / "stories", folder / "stories")
    for path in (DATA / "knowledge").rglob("*.yml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        questions = content.get("questions", content)
        for lang in LANGUAGES:
            questions[lang] = questions[lang][:_KEPT]
        _write(folder / path.relative_to(DATA), dump(content))
    for path in (DATA / "nlu").glob("*.yml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for block in content["nlu"]:
            block["examples"] = "\n".join(block["examples"].splitlines()[:_KEPT]) + "\n"
        _write(folder / "nlu" / path.name, dump(content))
    for path in (DATA / "evaluation").glob("*.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        _write(folder / "evaluation" / path.name, "".join(lines[:: len(lines) // 20]))
    shutil.copy(DATA / "evaluation" / "figures.json", folder / "evaluation")


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small copy of the data, which tests leave as it is."""
    folder = tmp_path_factory.mktemp("small") / "data"
    make_small_copy(folder)
    return folder


@pytest.fixture
def data(small_data: Path, tmp_path: Path) -> Path:
    """A small copy of the data of the test's own."""
    return Path(shutil.copytree(small_data, tmp_path / "data"))

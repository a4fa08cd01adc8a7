"""Which part may know which (the rooms of the design)."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache

import pytest

from bot.core.imports import imports_of
from bot.core.settings import ROOT

ROOMS = {"channels", "console", "conversations", "engine", "knowledge", "promises", "staff", "tickets"}
SHARED = {
    "assets",
    "body",
    "dates",
    "db",
    "dialogues",
    "documents",
    "folding",
    "http",
    "imports",
    "logs",
    "organization",
    "processes",
    "settings",
    "schema",
    "streams",
    "texts",
    "written",
}
TOP = {"actions", "cli", "desk", "evaluate", "supervisor", "validation", "wiring", "workroom"}
BELOW = {
    "promises": set(),
    "staff": set(),
    "knowledge": {"promises"},
    "tickets": {"promises"},
    "conversations": {"knowledge", "promises", "tickets"},
    "engine": {"knowledge"},
    "channels": ROOMS - {"channels", "console", "staff"},
    "console": ROOMS - {"channels", "console"},
    # Migrations know the tables, which are the stores'.
    "migrations": {"conversations", "knowledge", "promises", "staff", "tickets"},
}


def part_of(module: str) -> str | None:
    """The part of the project to which a module belongs, None if it is not ours."""
    names = module.split(".")
    if names[0] == "actions":
        return "actions"
    return names[1] if names[0] == "bot" and len(names) > 1 else None


@lru_cache(maxsize=1)
def known_by() -> dict[str, dict[str, set[str]]]:
    """Part → the other parts that it imports → the files that do so."""
    found: dict[str, dict[str, set[str]]] = {}
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        part = part_of(name)
        if part is None or part == "__init__":
            continue
        for module in imports_of(path):
            other = part_of(module)
            if other and other != part:
                found.setdefault(part, {}).setdefault(other, set()).add(name)
    return found


def test_every_part_is_a_known_one() -> None:
    """Whatever lies in bot/ is a room, a shared module or a process: a new one is placed here first."""
    parts = {path.stem for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts - {"__init__"} <= ROOMS | SHARED | TOP | {"migrations"}


@pytest.mark.parametrize("room", sorted(BELOW))
def test_a_room_knows_only_rooms_below_it(room: str) -> None:
    """A room imports shared modules and the rooms below it, and no process and no room above."""
    known = known_by().get(room, {})
    assert {part: files for part, files in known.items() if part not in BELOW[room] | SHARED} == {}


@pytest.mark.parametrize("module", sorted(SHARED))
def test_a_shared_module_knows_no_room(module: str) -> None:
    """What all may import imports no room and no process."""
    assert set(known_by().get(module, {})) <= SHARED


def test_the_wiring_knows_no_process() -> None:
    """The composition root of the rooms imports rooms and shared modules only."""
    assert set(known_by()["wiring"]) <= ROOMS | SHARED


def test_the_check_of_the_data_knows_no_process() -> None:
    """It reads files: of the rooms it imports what reads them too."""
    assert set(known_by()["validation"]) <= {"knowledge", "promises", "tickets"} | SHARED


def test_no_process_imports_another() -> None:
    """The desk, the actions and the supervisor meet over the network and the database, not by import."""
    known = known_by()
    for part in ("desk", "actions", "supervisor"):
        assert set(known[part]) <= ROOMS | SHARED | {"validation", "wiring"}, part
    assert set(known["cli"]) <= ROOMS | SHARED | {"validation", "wiring", "supervisor", "evaluate"}


def test_the_search_sees_imports() -> None:
    """The search for imports sees both forms, at the top of a file and inside a function."""
    known = known_by()
    assert "bot.assistant.fallback" in known["conversations"]["tickets"]
    assert "bot.cli.serving" in known["cli"]["engine"]
    assert "knowledge" in known["engine"]


def loaded_by(module: str) -> set[str]:
    """The top-level modules that importing `module` brings into a fresh process."""
    code = f"import json, sys, {module}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    command = [sys.executable, "-W", "ignore", "-c", code]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["bot.app", "bot.supervisor"])
def test_the_process_never_imports_rasa(module: str) -> None:
    """Neither the desk nor the supervisor brings Rasa or TensorFlow into its process."""
    loaded = loaded_by(module)
    assert "bot" in loaded
    assert loaded & {"rasa", "rasa_sdk", "tensorflow", "keras"} == set()

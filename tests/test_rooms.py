"""Which room may know which, and where the tests of each lie: the floors of the house (docs/architecture.md)."""

from __future__ import annotations

import ast
import json
import statistics
import subprocess
import sys
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from bot.bootstrap import wire
from bot.core.folders import ROOT
from bot.core.imports import dependencies, imports_of
from bot.core.settings import Settings

TESTS = Path(__file__).parent

# From the ground. A room imports from the floors below its own, and none from its own floor.
FLOORS = (
    {"core"},
    {"dialogues", "matcher", "promises", "staff"},
    {"messages"},
    {"knowledge", "tickets"},
    {"privacy", "rasa"},
    {"assistant"},
    {"channels"},
    {"handover"},
    # Migrations know the tables, which are the stores'.
    {"bootstrap", "migrations", "validation"},
    {"console"},
    {"actions", "app", "supervisor", "worker"},
    {"cli"},
)
# Folders of tests that cross rooms or look at something else than modules: whole processes, pages in a real browser,
# speed, the committed data, and the scripts in bin/.
ACROSS = {"bench", "bin", "browser", "end_to_end", "validation"}
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

# Lines that a file may have.
MODULE, TEST, MEDIAN = 350, 500, 100


def room_of(module: str) -> str | None:
    """The room to which a module belongs, None if it is not ours."""
    names = module.split(".")
    if names[0] == "actions":
        return "actions"
    return names[1] if names[0] == "bot" and len(names) > 1 else None


@lru_cache(maxsize=1)
def our_modules() -> dict[str, Path]:
    """Every module of ours and its file; a package has the name of its folder."""
    paths = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


@lru_cache(maxsize=1)
def known_by() -> dict[str, set[str]]:
    """Module → the other rooms that it imports."""
    found: dict[str, set[str]] = {}
    for name, path in our_modules().items():
        own = room_of(name)
        if own is not None:
            found[name] = {other for module in imports_of(path) if (other := room_of(module)) and other != own}
    return found


def module_of(name: str) -> str | None:
    """The module of ours that an imported name is, or is taken from."""
    while name and name not in our_modules():
        name = name.rpartition(".")[0]
    return name or None


def circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """The groups of modules each of which imports all the others, directly or through one another."""
    reached: dict[str, set[str]] = {}
    for module in imports:
        seen: set[str] = set()
        waiting = [module]
        while waiting:
            new = imports[waiting.pop()] - seen
            seen |= new
            waiting += new
        reached[module] = seen
    found = [
        {other for other in seen if module in reached[other]} for module, seen in reached.items() if module in seen
    ]
    return [group for place, group in enumerate(found) if group not in found[:place]]


def test_every_room_has_a_floor() -> None:
    """Whatever lies in bot/ is a room or a process: a new one is placed here first."""
    rooms = {path.stem for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    assert rooms - {"__init__"} == set(FLOOR_OF) - {"actions"}


def test_a_room_knows_only_the_floors_below_it() -> None:
    """Module by module: none imports a room of its own floor or of one above."""
    up = {}
    for module, rooms in known_by().items():
        own = FLOOR_OF[room_of(module) or ""]
        if above := {room for room in rooms if FLOOR_OF[room] >= own}:
            up[module] = above
    assert up == {}


def test_the_search_sees_imports() -> None:
    """The search for imports sees both forms, at the top of a file and inside a function."""
    assert "tickets" in known_by()["bot.assistant.fallback"]
    assert "rasa" in known_by()["bot.cli.serving"]
    assert "knowledge" in known_by()["bot.rasa.server"]


def test_no_modules_import_each_other() -> None:
    """No circle of imports, in whichever room: also none that is only closed for types, or inside a function."""
    imports = {
        name: {other for found in imports_of(path) if (other := module_of(found)) and other != name}
        for name, path in our_modules().items()
    }
    assert "bot.core.db" in imports["bot.messages.store"]
    assert circles(imports) == []


def test_circles_are_found() -> None:
    """A circle of two, and one that goes through a third; what only leads into a circle is not of it."""
    assert circles({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == [{"a", "b"}]
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()}) == [{"a", "b", "c"}]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def lines_of(folder: str, *endings: str) -> dict[str, int]:
    """How many lines each file of a folder has that ends so, by its path."""
    return {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for ending in endings
        for path in (ROOT / folder).rglob(f"*.{ending}")
    }


def test_files_fit_in_the_head() -> None:
    """No module, script or style sheet is over 350 lines and no test over 500, but those of the list."""
    ours = {**lines_of("bot", "py", "js", "css"), **lines_of("actions", "py", "js", "css")}
    tests = lines_of("tests", "py", "js")
    assert len(ours) > 200
    assert len(tests) > 100
    long = {path for path, lines in ours.items() if lines > MODULE} | {
        path for path, lines in tests.items() if lines > TEST
    }
    assert long == set()


def test_most_modules_are_short() -> None:
    """Half of the modules have fewer than 100 lines."""
    assert statistics.median([*lines_of("bot", "py").values(), *lines_of("actions", "py").values()]) < MEDIAN


def test_the_matcher_knows_neither_rasa_nor_the_database() -> None:
    """Nothing that a module of the matcher imports, however far down, is Rasa, its room, or the database."""
    modules = [f"bot.matcher.{path.stem}" for path in (ROOT / "bot" / "matcher").glob("[a-z]*.py")]
    assert "bot.matcher.matcher" in modules
    known = dependencies(modules)
    assert {room_of(module) for module in known.modules} - {None} == {"core", "matcher"}
    assert "bot.core.db" not in known.modules
    assert {"numpy", "scikit-learn"} <= set(known.libraries)
    assert not {"rasa", "rasa-sdk", "tensorflow", "SQLAlchemy", "alembic"} & set(known.libraries)


def tells_of(path: Path) -> set[str]:
    """What a file of tests in this folder may be named after: the modules and packages of its room, and the room."""
    room = path.parent.relative_to(TESTS)
    if not room.parts:
        return {"rooms", "documents", *(module.stem for module in (ROOT / "bot").glob("*.py"))}
    code = ROOT / room if room.parts[0] == "actions" else ROOT / "bot" / room
    names = {found.stem for found in code.iterdir() if found.suffix == ".py" or (found / "__init__.py").is_file()}
    return {room.name, *names} - {"__init__", "__main__"}


def test_tests_lie_where_what_they_test_lies() -> None:
    """`tests/<room>/test_<module>.py`, or `test_<module>_<aspect>.py`; an aspect of a whole room bears its name."""
    strangers = []
    for path in TESTS.rglob("test_*.py"):
        if path.relative_to(TESTS).parts[0] in ACROSS:
            continue
        told = path.stem.removeprefix("test_")
        if not any(told == name or told.startswith(f"{name}_") for name in tells_of(path)):
            strangers.append(str(path.relative_to(TESTS)))
    assert strangers == []


def test_no_folder_of_tests_is_without_its_room() -> None:
    """A room that moved or went takes its tests along."""
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    rooms = {folder for folder in folders if folder.parts and folder.parts[0] not in ACROSS | {"actions"}}
    assert {str(room) for room in rooms if not any((ROOT / "bot" / room).glob("*.py"))} == set()
    assert {room.parts[0] for room in folders if room.parts} - {"actions"} - ACROSS <= set(FLOOR_OF)


def loaded_by(module: str) -> set[str]:
    """The top-level modules that importing `module` brings into a fresh process."""
    code = f"import json, sys, {module}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    command = [sys.executable, "-W", "ignore", "-c", code]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["bot.app", "bot.supervisor"])
def test_the_process_never_imports_rasa(module: str) -> None:
    """Neither the web app nor the supervisor brings Rasa or TensorFlow into its process."""
    loaded = loaded_by(module)
    assert "bot" in loaded
    assert loaded & {"rasa", "rasa_sdk", "tensorflow", "keras"} == set()


# Where a channel is known by no name: what these rooms need of one they are handed.
BELOW_CHANNELS = (
    "core",
    "promises",
    "dialogues",
    "matcher",
    "staff",
    "messages",
    "tickets",
    "knowledge",
    "privacy",
    "assistant",
)


# There it names an address that may be wrong, and a library that logs; not the channel.
NOT_THE_CHANNEL = {("officer.py", "email"), ("people.py", "email"), ("logs.py", "telegram")}


def names_as_values(source: str, names: Collection[str]) -> Iterator[tuple[int, str]]:
    """Where code holds one of some names as a value: not as a key of something, nor as the name of a column."""
    tree = ast.parse(source)
    keys = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys if key}
    keys |= {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "Column"):
            keys |= {id(argument) for argument in node.args[:1]}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in names and id(node) not in keys:
            yield node.lineno, node.value


def test_no_room_below_the_channels_knows_one_by_name() -> None:
    """Nor do those that put all together: a channel says of itself what they need (`bot.channels.channel`)."""
    names = {channel.name for channel in wire(Settings()).channels}
    assert names == {"web", "rest", "telegram", "email"}
    paths = [path for room in BELOW_CHANNELS for path in (ROOT / "bot" / room).rglob("*.py")]
    paths += [ROOT / "bot" / "app.py", *(ROOT / "bot" / "bootstrap").iterdir(), *(ROOT / "bot" / "handover").iterdir()]
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in paths
        if path.suffix == ".py"
        for line, name in names_as_values(path.read_text(encoding="utf-8"), names)
        if (path.name, name) not in NOT_THE_CHANNEL
    ]
    assert found == []


def test_the_search_sees_names_of_channels() -> None:
    """A comparison, an argument and a list hold a name; a key and a column do not."""
    source = 'x == "web"; f("rest"); y = ["telegram"]; z["email"]; {"email": 1}; d.get("web"); sa.Column("email")'
    assert [name for _, name in names_as_values(source, {"web", "rest", "telegram", "email"})] == [
        "web",
        "rest",
        "telegram",
    ]

"""What a module depends on is found by its imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from bot.core import imports
from bot.core.imports import Dependencies, dependencies

SOURCES = {
    "bot/__init__.py": "",
    "bot/room/__init__.py": "",
    "bot/room/top.py": "import json\nfrom bot.room.low import thing\n",
    "bot/room/low.py": "def thing():\n    import numpy.linalg\n    from bot.room import lowest\n",
    "bot/room/lowest.py": "from ..room.top import round_again\nimport scipy, yaml\n",
    "bot/room/beside.py": "import bot.other\n",
    "bot/other.py": "import sqlalchemy\n",
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of its own."""
    for name, source in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    monkeypatch.setattr(imports, "ROOT", tmp_path)
    return tmp_path


def test_all_that_is_imported_is_found_and_nothing_else(house: Path) -> None:
    """Imports are followed wherever they stand, round and round, with the packages in which modules lie."""
    found = dependencies(["bot.room.top"])
    assert list(found.modules) == ["bot", "bot.room", "bot.room.low", "bot.room.lowest", "bot.room.top"]
    assert found.modules["bot.room.low"] == house / "bot" / "room" / "low.py"
    assert found.libraries == ("PyYAML", "numpy", "scipy")
    assert dependencies(["bot.room.top", "bot.room.beside"]).libraries == ("PyYAML", "SQLAlchemy", "numpy", "scipy")


@pytest.mark.usefixtures("house")
def test_what_is_left_out_is_not_looked_into() -> None:
    """A module left out brings nothing with it."""
    found = dependencies(["bot.room.top", "bot.room.beside"], without=["bot.room.lowest", "bot.other"])
    assert list(found.modules) == ["bot", "bot.room", "bot.room.beside", "bot.room.low", "bot.room.top"]
    assert found.libraries == ("numpy",)


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("root", ["bot.room.gone", "numpy"])
def test_a_root_that_is_no_module_of_ours_is_an_error(root: str) -> None:
    """A root that was renamed is not passed over in silence."""
    with pytest.raises(ModuleNotFoundError, match=root):
        dependencies([root])


def test_each_module_and_each_library_counts(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest is another once any module, its name, or the version of any library is another."""
    versions = {"PyYAML": "1", "numpy": "1", "scipy": "1"}
    monkeypatch.setattr(imports, "version_of", versions.__getitem__)
    code = dependencies(["bot.room.top"])
    seen = [code.digest(), renamed(code, {"bot.room.low": "bot.room.lower"}).digest()]
    for name in versions:
        versions[name] = "2"
        seen.append(code.digest())
    for path in code.modules.values():
        path.write_text(path.read_text(encoding="utf-8") + "#", encoding="utf-8")
        seen.append(code.digest())
    assert len(set(seen)) == len(seen) == 10
    assert code.digest() == seen[-1]


def renamed(code: Dependencies, names: Mapping[str, str]) -> Dependencies:
    """The same files under other names."""
    return replace(code, modules={names.get(name, name): path for name, path in code.modules.items()})


def test_a_library_that_is_not_installed_is_an_error(house: Path) -> None:
    """What is imported and not there is not passed over in silence."""
    (house / "bot" / "other.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    with pytest.raises(PackageNotFoundError):
        dependencies(["bot.room.beside"]).digest()

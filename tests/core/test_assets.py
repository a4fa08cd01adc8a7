"""Files that browsers load: a style sheet comes whole, whatever parts it is kept in."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.assets import read_assets
from bot.core.folders import ROOT

COLOURS = (ROOT / "bot/core/colours.css").read_text(encoding="utf-8")
FOLDERS = {"console": "bot/console/static", "chat": "bot/channels/web/static"}


def test_parts_stand_where_they_are_imported(tmp_path: Path) -> None:
    """The parts follow the shared colours in the order of the imports, and are no files of their own."""
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "first.css").write_text("a { top: 1px; }\n")
    (tmp_path / "page" / "second.css").write_text("a { top: 2px; }\n")
    (tmp_path / "page.css").write_text('@import "page/second.css";\n@import "page/first.css";\n')
    assets = read_assets(tmp_path)
    assert list(assets) == ["page.css"]
    sheet = assets["page.css"].plain.decode()
    assert sheet.startswith(COLOURS)
    assert sheet.split()[-10:] == "a { top: 2px; } a { top: 1px; }".split()


@pytest.mark.parametrize("name", FOLDERS)
def test_every_part_is_in_its_sheet_once(name: str) -> None:
    """A part that nobody imports would style nothing."""
    folder = ROOT / FOLDERS[name]
    sheet = read_assets(folder)[f"{name}.css"].plain.decode()
    for part in (folder / name).iterdir():
        assert sheet.count(part.read_text(encoding="utf-8")) == 1, part.name
    assert "@import" not in sheet

"""The launcher is one script, made of the modules that it imports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bot.channels.web.launcher import launcher_script
from bot.channels.web.page import FOLDER


def test_modules_are_joined_once_and_before_what_needs_them(tmp_path: Path) -> None:
    """Two modules import a third: it stands first, once; nothing is imported or exported, no name is the page's."""
    (tmp_path / "widget.js").write_text('import { b } from "./a/b.js";\nimport { c } from "./a/c.js";\n\nb(c, IT);\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.js").write_text('import { c } from "./c.js";\n\nexport function b() {\n  return c;\n}\n')
    (tmp_path / "a" / "c.js").write_text("export const c = 1; // export\n")
    script = launcher_script(tmp_path, "2").split()
    assert script[:4] == ["(()", "=>", "{", '"use']
    assert " ".join(script[5:]) == "const c = 1; // export function b() { return c; } b(c, IT); })();"


def test_settings_stand_in_their_place(tmp_path: Path) -> None:
    """What the desk tells the launcher is put in once."""
    (tmp_path / "widget.js").write_text("begin(GUICHET_SETTINGS);\n")
    assert 'begin({"version":"1"});' in launcher_script(tmp_path, '{"version":"1"}')


def test_the_whole_launcher_is_served(desk: Any) -> None:
    """Every module of the folder comes with it, and no line is left that a plain script cannot have."""
    script = desk.client.get("/widget.js").text
    for path in (FOLDER / "static" / "launcher").iterdir():
        assert path.read_text(encoding="utf-8").splitlines()[0] in script
    assert re.findall(r"^(?:import|export) .*", script, re.MULTILINE) == []

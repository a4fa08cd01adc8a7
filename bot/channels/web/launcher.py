"""The launcher as one script: pages of the ministry name it in a plain <script>, which can import no modules."""

from __future__ import annotations

import re
from pathlib import Path

LAUNCHER = "widget.js"
_SETTINGS = "GUICHET_SETTINGS"  # stands in the launcher where its settings go
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\./[a-z/]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |function |async function |class )", re.MULTILINE)


def launcher_script(folder: Path, settings: str) -> str:
    """The launcher and all that it imports as one function, so that no name of theirs is the page's.

    Args:
        folder: where the launcher lies.
        settings: what it is told, as an expression of JavaScript.
    """
    code = "\n".join(_modules(folder / LAUNCHER, set()))
    return '(() => {\n"use strict";\n' + code.replace(_SETTINGS, settings, 1) + "})();\n"


def _modules(path: Path, taken: set[Path]) -> list[str]:
    """The module after all that it imports, each of them once."""
    if path in taken:
        return []
    taken.add(path)
    code = path.read_text(encoding="utf-8")
    found = [module for name in _IMPORT.findall(code) for module in _modules((path.parent / name).resolve(), taken)]
    return [*found, _EXPORT.sub("", _IMPORT.sub("", code))]

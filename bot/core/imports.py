"""What a module depends on, found by its imports: a list by hand forgets some."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import packages_distributions
from importlib.metadata import version as version_of
from pathlib import Path

from bot.core.folders import ROOT

_OURS = ("bot", "actions")


@dataclass(frozen=True)
class Dependencies:
    """Our modules and their files, and the distributions of the libraries that they import, each sorted by name."""

    modules: Mapping[str, Path]
    libraries: tuple[str, ...]

    def digest(self) -> str:
        """Changes with every name and content of a module, and with every library's version.

        Raises:
            PackageNotFoundError: a library is not installed.
        """
        digest = sha256()
        for name, path in self.modules.items():
            digest.update(f"{name} {sha256(path.read_bytes()).hexdigest()}\n".encode())
        for library in self.libraries:
            digest.update(f"{library} {version_of(library)}\n".encode())
        return digest.hexdigest()


def dependencies(roots: Iterable[str], without: Iterable[str] = ()) -> Dependencies:
    """What the modules `roots` are made of: themselves, all that they import, and all that those import.

    Args:
        roots: names of our modules.
        without: modules that are not looked at, nor what they import.

    Raises:
        ModuleNotFoundError: a root is no module of ours.
    """
    left_out = set(without)
    modules: dict[str, Path] = {}
    others: set[str] = set()
    waiting = list(roots)
    for root in waiting:
        if root not in _modules_of(root):
            raise ModuleNotFoundError(f"{root} is no module of ours")
    while waiting:
        name = waiting.pop()
        if name.partition(".")[0] not in _OURS:
            others.add(name.partition(".")[0])
            continue
        for module, path in _modules_of(name).items():
            if module not in modules and module not in left_out:
                modules[module] = path
                waiting += imports_of(path)
    known = packages_distributions()
    # Some distributions name no packages: they hold the one of their own name.
    libraries = {library for name in others - sys.stdlib_module_names for library in known.get(name, (name,))}
    return Dependencies(dict(sorted(modules.items())), tuple(sorted(libraries)))


def imports_of(path: Path) -> set[str]:
    """Every name that the file imports, at its top or inside a function: modules, and what is taken from them."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (start, node.module) if part)
            # "from bot import db" imports bot.core.db.
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return found


def _modules_of(name: str) -> dict[str, Path]:
    """The modules of ours that importing `name` runs: the packages that it lies in, and itself."""
    parts = name.split(".")
    found = {}
    for length in range(1, len(parts) + 1):
        place = ROOT.joinpath(*parts[:length])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                found[".".join(parts[:length])] = path
    return found

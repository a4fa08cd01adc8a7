"""Makes parts of the desk's real processes fail while a file names them; Python imports this at each start.

The file stands in the environment (FAULTS). A line of it is a place of `PLACES`, or the name of an action. What is
raised says what the part was given: what citizens wrote. The actions that ran are told beside it (`.ran`).
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

FAULTS = Path(os.environ["FAULTS"])
ACTIONS = "rasa_sdk.executor:ActionExecutor.run"
PLACES = (
    ACTIONS,
    "rasa.core.processor:MessageProcessor.parse_message",
    "bot.assistant.rasa_client:RasaClient.replies",
    "bot.messages.failures:Failures.latest",
    "bot.channels.web.incoming:parse_incoming",
    "bot.channels.email.reading:read_email",
)


def named(place: str, args: tuple[Any, ...]) -> bool:
    """Whether the file names this place, or the action that it is to run."""
    if place == ACTIONS:
        place = args[1]["next_action"] or ""
        with FAULTS.with_suffix(".ran").open("a") as ran:
            ran.write(f"{place}\n")
    return place in FAULTS.read_text().split("\n")


def failing(place: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, which fails while it is named."""

    @functools.wraps(call)
    async def later(*args: Any, **more: Any) -> Any:
        if named(place, args):
            raise RuntimeError(f"{args} {more}")
        return await call(*args, **more)

    @functools.wraps(call)
    def now(*args: Any, **more: Any) -> Any:
        if named(place, args):
            raise RuntimeError(f"{args} {more}")
        return call(*args, **more)

    return later if inspect.iscoroutinefunction(call) else now


class Loader(importlib.abc.Loader):
    """Loads a module as it is, and then puts failing parts in their places."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """As it is."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """As it is, and then with failing parts."""
        self._loader.exec_module(module)
        for place in PLACES:
            name, _, path = place.partition(":")
            if name == module.__name__:
                *within, last = path.split(".")
                holder: Any = functools.reduce(getattr, within, module)
                setattr(holder, last, failing(place, getattr(holder, last)))


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of `PLACES`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's own, with our loader."""
        if not any(place.startswith(f"{name}:") for place in PLACES):
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path, target)
        if found and found.loader:
            found.loader = Loader(found.loader)
        return found


sys.meta_path.insert(0, Finder())

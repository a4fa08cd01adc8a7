"""What the documents name is there: modules, folders, links; and the drawing of the floors is the one that holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.core.folders import ROOT
from tests.test_rooms import FLOOR_OF, FLOORS

# The changelog tells of what was, too.
PAGES = sorted(
    [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    + [ROOT / "data" / "evaluation" / "README.md", *(ROOT / "docs").rglob("*.md")]
)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# What is committed. `var/`, `models/` and `build/` are made.
_PATH = re.compile(r"(?:bot|actions|data|tests|docs|bin|requirements|\.ci)/[\w./-]*|[\w-]+\.(?:yml|toml)")
_MODULE = re.compile(r"(?:bot|actions)(?:\.[a-z_]+)+")
MOST_LINES = 150  # of the README: what a newcomer reads in a few minutes


def named_in(text: str) -> set[str]:
    """The paths of the repository, and the modules, that a page names as code."""
    found = {name.strip() for name in _CODE.findall(text)}
    paths = {name for name in found if _PATH.fullmatch(name)}
    return paths | {name for name in found if _MODULE.fullmatch(name)}


def is_there(name: str) -> bool:
    """Whether a path, or a module by its dotted name, is in the repository."""
    if _PATH.fullmatch(name):
        return (ROOT / name).exists()
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links_of(page: Path) -> list[tuple[Path, str]]:
    """The files of ours that a page links to, each with the anchor."""
    found = [link.partition("#") for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    """Every module, file and folder that a page names as code exists."""
    assert sorted(name for name in named_in(page.read_text(encoding="utf-8")) if not is_there(name)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a page of ours leads to a file, and its anchor to a heading."""
    for path, anchor in links_of(page):
        assert path.exists(), path
        assert not anchor or anchor in anchors_of(path), f"{path.name}#{anchor}"


def test_the_search_sees_what_is_gone() -> None:
    """The search finds paths and modules in a text, and tells those that are not there."""
    text = "`bot/core/db.py`, `bot/core/nowhere.py`, `bot.core.db`, `bot.core.nowhere`, `config.yml`, `var/x`, bot/x.py"
    names = named_in(text)
    assert names == {"bot/core/db.py", "bot/core/nowhere.py", "bot.core.db", "bot.core.nowhere", "config.yml"}
    assert {name for name in names if not is_there(name)} == {"bot/core/nowhere.py", "bot.core.nowhere"}


def test_every_page_is_reached_from_the_readme() -> None:
    """Whoever starts at the README reaches every page of docs/ by links."""
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [path for path, _ in links_of(page)]
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - reached == set()


def test_the_drawing_shows_the_floors() -> None:
    """docs/architecture.md draws the floors that the rooms' test holds, from the roof to the ground."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawing = page.partition("## The rooms and their floors")[2].split("```")[1]
    floors = re.split(r"^ ─+$", drawing, flags=re.MULTILINE)
    drawn = [{word for word in re.split(r"\s{2,}|\n", floor) if word.strip() in FLOOR_OF} for floor in floors]
    assert [{word.strip() for word in words} for words in reversed(drawn)] == [set(rooms) for rooms in FLOORS]


def steps_of_walks() -> list[list[tuple[str, list[str]]]]:
    """The walks of docs/architecture.md: of each step what it says, and the paths of the program that it names."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    walks = page.partition("## Four walks")[2].split("### ")[1:]
    return [
        [
            (said, [name for name in _CODE.findall(paths) if name.startswith(("bot/", "actions/"))])
            for said, paths in re.findall(r"^\| \d+ \| (.+) \| (.+) \|$", walk, re.MULTILINE)
        ]
        for walk in walks
    ]


def floor_of(path: str) -> int:
    """The floor of the room in which a file lies."""
    top, name, *_ = path.removesuffix(".py").split("/")
    return FLOOR_OF["actions" if top == "actions" else name]


def test_no_step_of_a_walk_goes_up() -> None:
    """A step goes down from its first module, unless it says which other way it takes: port, HTTP, waits."""
    walks = steps_of_walks()
    assert len(walks) == 4
    assert min(map(len, walks)) >= 7
    up = [
        (said, path)
        for walk in walks
        for said, paths in walk
        if not re.search(r"\*\*(port|HTTP|waits)\*\*", said)
        for path in paths
        if floor_of(path) > floor_of(paths[0])
    ]
    assert up == []


def test_every_room_is_described() -> None:
    """docs/architecture.md says of every room and process what it does."""
    named = named_in((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    told = {room for room in FLOOR_OF if any(name.startswith((f"bot/{room}", f"{room}/")) for name in named)}
    assert set(FLOOR_OF) - told == set()


def test_every_dependency_has_its_reason() -> None:
    """docs/dependencies.md names what pyproject.toml declares, for running and for developing, and nothing else."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.uv]")[0].splitlines()
    declared = {found[1].lower() for line in lines if (found := re.match(r'  "([A-Za-z0-9-]+)', line))}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (?:\*developing:\* )?([a-z][^|*]+) \|", page, re.MULTILINE)
    assert {name for cell in cells if cell != "package" for name in cell.split(", ")} == declared


def test_the_readme_is_short() -> None:
    """A newcomer reads the README to its end; everything else is in docs/."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES

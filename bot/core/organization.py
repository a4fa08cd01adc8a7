"""Who the desk serves for: names, language and references of the organization (`data/organization.yml`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.core.documents import read_data
from bot.core.text_folding import fold
from bot.core.texts import LANGUAGES

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Program:
    """What an inquiry may be about, for staff to sort by. `words`: skeletons of what names it, in either language."""

    id: str
    name: Mapping[str, str]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Starter:
    """A question for those who come to the desk's page for the first time; the article that answers it."""

    article: str
    question: Mapping[str, str]


@dataclass(frozen=True)
class FrontPage:
    """What the desk's own page shows beside the assistant: articles, by their ids, and questions to begin with."""

    articles: tuple[str, ...] = ()
    starters: tuple[Starter, ...] = ()


class OrganizationError(ValueError):
    """`data/organization.yml` cannot be read."""

    log_safe = True  # nothing that a citizen wrote is in its words


@dataclass(frozen=True)
class Organization:
    """The organization whose declaration of services this desk keeps.

    `values` are placeholders that every approved text may use, by name and language; `names` are
    names that citizens quote in either language, which do not tell what language they write.
    """

    values: Mapping[str, Mapping[str, str]]
    reference_prefix: str
    first_language: str
    names: tuple[str, ...]
    programs: tuple[Program, ...] = ()
    front_page: FrontPage = FrontPage()


@lru_cache(maxsize=8)
def load_organization(data_dir: Path) -> Organization:
    """Read `organization.yml` in `data_dir`.

    Raises:
        OrganizationError: a key is missing or a value lacks a language.
        DataError: it is no YAML.
    """
    path = data_dir / "organization.yml"
    data: Any = read_data(path)
    try:
        values = {name: {lang: str(both[lang]) for lang in LANGUAGES} for name, both in data["values"].items()}
        first = data["first_language"]
        if first not in LANGUAGES:
            raise OrganizationError(f"first_language is {first!r}; expected one of {', '.join(LANGUAGES)}")
        programs = tuple(_program(entry) for entry in data.get("programs") or ())
        front = _front_page(data.get("front_page") or {})
        return Organization(values, str(data["reference_prefix"]).upper(), first, tuple(data["names"]), programs, front)
    except (KeyError, TypeError, AttributeError) as error:
        raise OrganizationError(f"{path.name} cannot be read: {error!r}") from error


def find_program(text: str, programs: Iterable[Program]) -> str | None:
    """The id of the program that `text` names, if it names exactly one."""
    plain = f" {_plain(text)} "
    named = [program.id for program in programs if any(f" {word} " in plain for word in program.words)]
    return named[0] if len(named) == 1 else None


def _program(entry: Mapping[str, Any]) -> Program:
    name = {lang: str(entry["name"][lang]) for lang in LANGUAGES}
    return Program(str(entry["id"]), name, tuple(_plain(str(word)) for word in entry["words"]))


def _front_page(entry: Mapping[str, Any]) -> FrontPage:
    starters = tuple(
        Starter(str(one["article"]), {lang: str(one[lang]) for lang in LANGUAGES})
        for one in entry.get("starters") or ()
    )
    return FrontPage(tuple(map(str, entry.get("articles") or ())), starters)


def _plain(text: str) -> str:
    """Folded, words apart by one space."""
    return " ".join(_WORD.findall(fold(text)))

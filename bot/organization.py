"""Who the desk serves for: names, language and references of the organization (`data/organization.yml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.texts import LANGUAGES


class OrganizationError(ValueError):
    """`data/organization.yml` cannot be read."""


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


@lru_cache(maxsize=8)
def load_organization(data_dir: Path) -> Organization:
    """Read `organization.yml` in `data_dir`.

    Raises:
        OrganizationError: a key is missing or a value lacks a language.
    """
    path = data_dir / "organization.yml"
    data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        values = {name: {lang: str(both[lang]) for lang in LANGUAGES} for name, both in data["values"].items()}
        first = data["first_language"]
        if first not in LANGUAGES:
            raise OrganizationError(f"first_language is {first!r}; expected one of {', '.join(LANGUAGES)}")
        return Organization(values, str(data["reference_prefix"]).upper(), first, tuple(data["names"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise OrganizationError(f"{path.name} cannot be read: {error!r}") from error

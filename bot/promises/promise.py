"""The promises themselves: what starts a clock, how many working days, what keeps it, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import fastjsonschema

from bot.core.schema import BOTH, ID, listing, mapping

_VERSION = mapping(
    since={"kind": "date"},  # JSON knows no dates, and its validators pass the word over
    working_days={"type": "integer", "minimum": 1, "maximum": 250},
    section=BOTH,
    text=BOTH,
    starts=BOTH,
    kept=BOTH,
)
SCHEMA = mapping(
    source=BOTH,
    promises=listing(mapping(id=ID, article=ID, versions=listing(_VERSION, minItems=1))),
    without_clock=listing(mapping(id=ID, articles=listing(ID), text=BOTH, upheld=BOTH)),
)
_check = fastjsonschema.compile(SCHEMA)


class PromiseError(ValueError):
    """The registry of promises cannot be read, or a promise is unknown."""


@dataclass(frozen=True)
class PromiseVersion:
    """What a promise says for the clocks that start on `since` or later. Texts are by language: {"fr": …, "en": …}.

    `number` counts from 1; `section` is the part of the declaration that says so.
    """

    number: int
    since: date
    working_days: int
    section: Mapping[str, str]
    text: Mapping[str, str]
    starts: Mapping[str, str]
    kept: Mapping[str, str]


@dataclass(frozen=True)
class Promise:
    """A published service standard with a clock, and the article that states it to citizens."""

    id: str
    article: str
    versions: tuple[PromiseVersion, ...]

    def on(self, day: date) -> PromiseVersion:
        """The version for a clock that starts on `day`.

        The first holds for what started before it, too: late registration of an old inquiry finds a promise.
        """
        return next((version for version in reversed(self.versions) if version.since <= day), self.versions[0])


@dataclass(frozen=True)
class Unclocked:
    """A promise of the declaration that no clock can judge, and what the system does for it."""

    id: str
    articles: tuple[str, ...]
    text: Mapping[str, str]
    upheld: Mapping[str, str]


@dataclass(frozen=True)
class Registry:
    """All promises of the organization, by id, and those that have no clock; `source` names the declaration."""

    promises: Mapping[str, Promise]
    without_clock: tuple[Unclocked, ...] = ()
    source: Mapping[str, str] | None = None

    def get(self, promise_id: str) -> Promise:
        """The promise `promise_id`.

        Raises:
            PromiseError: there is no such promise.
        """
        try:
            return self.promises[promise_id]
        except KeyError:
            known = ", ".join(sorted(self.promises))
            raise PromiseError(f"unknown promise {promise_id!r}; known: {known}") from None


def parse_registry(data: Any) -> Registry:
    """Build the registry from the content of `data/promises.yml`.

    Raises:
        PromiseError: it has not the form of a registry (the place is named), or an id or a day stands twice.
    """
    try:
        _check(data)
    except fastjsonschema.JsonSchemaException as error:
        raise PromiseError(f"the registry of promises: {error}") from None
    promises: dict[str, Promise] = {}
    for entry in data["promises"]:
        promise = Promise(entry["id"], entry["article"], _versions(entry))
        if promise.id in promises:
            raise PromiseError(f"promise {promise.id} stands twice")
        promises[promise.id] = promise
    if not promises:
        raise PromiseError("the registry holds no promise")
    without = tuple(
        Unclocked(entry["id"], tuple(entry["articles"]), entry["text"], entry["upheld"])
        for entry in data["without_clock"]
    )
    ids = [*promises, *(entry.id for entry in without)]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise PromiseError(f"promise {twice[0]} stands twice")
    return Registry(promises, without, data["source"])


def _versions(entry: Mapping[str, Any]) -> tuple[PromiseVersion, ...]:
    found: list[PromiseVersion] = []
    for number, version in enumerate(entry["versions"], 1):
        if type(version["since"]) is not date:
            raise PromiseError(f"promise {entry['id']}: since is not a date: {version['since']!r}")
        if found and version["since"] <= found[-1].since:
            raise PromiseError(f"promise {entry['id']}: versions stand in the order of their days, the oldest first")
        found.append(PromiseVersion(number=number, **version))
    return tuple(found)

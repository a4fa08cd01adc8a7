"""The promises themselves: what starts a clock, how many working days, what keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class PromiseError(ValueError):
    """The registry of promises cannot be read, or a promise is unknown."""


@dataclass(frozen=True)
class Promise:
    """A published service standard with a clock. Texts are by language: {"fr": …, "en": …}."""

    id: str
    working_days: int
    article: str
    text: Mapping[str, str]
    starts: Mapping[str, str]
    kept: Mapping[str, str]


@dataclass(frozen=True)
class Registry:
    """All promises of the organization, by id."""

    promises: Mapping[str, Promise]

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


def parse_registry(data: Mapping[str, Any]) -> Registry:
    """Build the registry from the content of `data/promises.yml`.

    Raises:
        PromiseError: an entry lacks a key, a language, or a positive number of days.
    """
    promises: dict[str, Promise] = {}
    if not isinstance(data, Mapping):
        raise PromiseError("the registry is not a mapping")
    for entry in data.get("promises") or ():
        try:
            promise = Promise(
                id=entry["id"],
                working_days=int(entry["working_days"]),
                article=entry["article"],
                text=_both(entry, "text"),
                starts=_both(entry, "starts"),
                kept=_both(entry, "kept"),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PromiseError(f"a promise cannot be read ({error!r}): {entry!r}") from error
        if promise.working_days < 1:
            raise PromiseError(f"promise {promise.id}: working_days must be at least 1")
        if promise.id in promises:
            raise PromiseError(f"promise {promise.id} stands twice")
        promises[promise.id] = promise
    if not promises:
        raise PromiseError("the registry holds no promise")
    return Registry(promises)


def _both(entry: Mapping[str, Any], key: str) -> dict[str, str]:
    return {"fr": str(entry[key]["fr"]), "en": str(entry[key]["en"])}

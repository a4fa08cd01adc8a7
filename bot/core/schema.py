"""The words in which the form of data is described (JSON Schema)."""

from __future__ import annotations

from typing import Any


def mapping(**properties: Any) -> dict[str, Any]:
    """The schema of a mapping that has these keys, all of them, and no others."""
    keys = list(properties)
    return {"type": "object", "properties": properties, "required": keys, "additionalProperties": False}


def optional(*keys: str, of: dict[str, Any]) -> dict[str, Any]:
    """The schema of a mapping such as `of` that may lack these keys."""
    return {**of, "required": [key for key in of["required"] if key not in keys]}


def listing(items: Any, **more: Any) -> dict[str, Any]:
    """The schema of a list of `items`."""
    return {"type": "array", "items": items, **more}


# "wording" asks `bot.validation.wording` whether a text is whole; validators that do not know the word pass it over.
TEXT = {"type": "string", "pattern": r"\S", "wording": True}
BOTH = mapping(fr=TEXT, en=TEXT)
ID = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64}

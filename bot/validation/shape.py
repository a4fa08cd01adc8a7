"""Whether a document has its form, by its schema: everything that is wrong, in words for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from bot.core.documents import Place
from bot.validation.wording import find_broken

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
    "date": "a date such as 2026-12-29",
}
_Errors = Iterator[ValidationError]


def shape_problems(data: Any, schema: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """What is wrong with the form of `data`, each with its place."""
    for error in _Validator(schema).iter_errors(data):
        yield tuple(error.absolute_path), error.message


def _type(_validator: Any, kinds: Any, value: Any, _schema: Any) -> _Errors:
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(_Validator.TYPE_CHECKER.is_type(value, kind) for kind in kinds):
        said = f"expected {' or '.join(_KINDS[kind] for kind in kinds)}, found {_kind_of(value)}"
        if "string" in kinds and isinstance(value, (bool, int, float, date)):
            said += " (put it in quotes: YAML takes words such as on and no, numbers and dates for no texts)"
        elif "string" in kinds:
            said += " (put the whole text in quotes: a comma, a colon or a # may have cut it)"
        yield ValidationError(said)


def _kind_of(value: Any) -> str:
    if isinstance(value, date):  # a moment too
        return f"the date {value}"
    kind = next((kind for kind in _KINDS if kind != "date" and _Validator.TYPE_CHECKER.is_type(value, kind)), "")
    return f"{_KINDS[kind]}: {value!r}" if kind in ("string", "integer", "number", "boolean") else _KINDS.get(kind, "")


def _required(_validator: Any, names: Any, value: Any, _schema: Any) -> _Errors:
    if isinstance(value, Mapping):
        yield from (ValidationError(f"lacks {name!r}") for name in names if name not in value)


def _additional(_validator: Any, allowed: Any, value: Any, schema: Any) -> _Errors:
    if not isinstance(value, Mapping) or allowed:
        return
    patterns = schema.get("patternProperties", {})
    for name in value:
        if name not in schema.get("properties", {}) and not any(re.search(pattern, name) for pattern in patterns):
            hint = " (is a comma unquoted?)" if value[name] is None else ""
            known = ", ".join(schema.get("properties", {}))
            yield ValidationError(f"unknown key{hint}" + (f"; known: {known}" if known else ""), path=[name])


def _pattern(_validator: Any, pattern: str, value: Any, schema: Any) -> _Errors:
    # "$" is the end of the text, and not a line's before it.
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} is not {schema.get('description', 'a text with words')}")


def _enum(_validator: Any, allowed: Any, value: Any, _schema: Any) -> _Errors:
    if value not in allowed:
        yield ValidationError(f"{value!r} is none of {', '.join(map(str, allowed))}")


def _min_items(_validator: Any, least: int, value: Any, _schema: Any) -> _Errors:
    if isinstance(value, list) and len(value) < least:
        yield ValidationError("the list is empty" if least == 1 else f"the list has fewer than {least} entries")


def _wording(_validator: Any, asked: bool, value: Any, _schema: Any) -> _Errors:
    if asked and isinstance(value, str) and (broken := find_broken(value)):
        yield ValidationError(broken)


def _distinct(_validator: Any, key: str, value: Any, _schema: Any) -> _Errors:
    """No two entries of a list have the same `key`."""
    if not isinstance(value, list):
        return
    seen: list[Any] = []
    for number, entry in enumerate(value):
        name = entry.get(key) if isinstance(entry, Mapping) else None
        if name is not None and name in seen:
            yield ValidationError(f"{key} {name!r} stands twice", path=[number, key])
        seen.append(name)


def _day(_validator: Any, asked: bool, value: Any, _schema: Any) -> _Errors:
    """A date, or a text that is one: JSON and the export of articles know texts only."""
    if not asked or type(value) is date:
        return
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        found = repr(value) if isinstance(value, str) else _kind_of(value)
        yield ValidationError(f"expected {_KINDS['date']}, found {found}")


def _one_form(validator: Any, forms: Any, value: Any, _schema: Any) -> _Errors:
    """A mapping that has one of several forms, told apart by their keys."""
    if not isinstance(value, Mapping):
        yield ValidationError(f"expected a mapping, found {_kind_of(value)}")
        return
    form = next((form for form in forms if set(form["required"]) == set(value)), None)
    if form is None:
        known = " or ".join("{" + ", ".join(form["required"]) + "}" for form in forms)
        yield ValidationError(f"has the keys {', '.join(value) or 'none'}; expected {known}")
    else:
        yield from validator.descend(value, form)


_Validator = extend(
    Draft7Validator,
    {
        "type": _type,
        "kind": _type,  # of what JSON does not know
        "required": _required,
        "additionalProperties": _additional,
        "pattern": _pattern,
        "enum": _enum,
        "minItems": _min_items,
        "wording": _wording,
        "distinct": _distinct,
        "day": _day,
        "oneForm": _one_form,
    },
    type_checker=Draft7Validator.TYPE_CHECKER.redefine("date", lambda _checker, value: type(value) is date),
)

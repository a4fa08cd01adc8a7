"""The form of each file of data."""

from __future__ import annotations

from typing import Any

from bot.core.schema import BOTH, ID, TEXT, listing, mapping, optional
from bot.core.texts import LANGUAGES
from bot.promises.calendar import WEEKDAYS

# Citizens' own words: typed as they type, so brackets and quotation marks may stand alone.
_SAID = {"type": "string", "pattern": r"\S"}
_LANGUAGE = {"enum": list(LANGUAGES)}
_NAME = {"type": "string", "pattern": r"^\w+$", "description": "a name"}


def _empty_too(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


_FRONT_PAGE = optional(
    "articles",
    "starters",
    of=mapping(articles=listing(ID), starters=listing(mapping(article=ID, fr=TEXT, en=TEXT))),
)
ORGANIZATION = optional(
    "programs",
    "front_page",
    of=mapping(
        first_language=_LANGUAGE,
        reference_prefix={
            "type": "string",
            "pattern": "^[A-Za-z0-9]{1,10}$",
            "description": "1 to 10 letters or digits",
        },
        values={"type": "object", "patternProperties": {"^[a-z][a-z0-9_]*$": BOTH}, "additionalProperties": False},
        names=listing(TEXT),
        programs=_empty_too(listing(mapping(id=ID, name=BOTH, words=listing(TEXT, minItems=1)), distinct="id")),
        front_page=_FRONT_PAGE,
    ),
)

_TIME = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "description": 'a time such as "08:30"'}
_DAY_OF_YEAR = {"type": "string", "pattern": r"^\d\d-\d\d$", "description": 'a day of the year such as "12-25"'}
_WEEKDAY = {"enum": list(WEEKDAYS)}
_RULE = {
    "oneForm": [
        mapping(fixed=_DAY_OF_YEAR),
        mapping(easter={"type": "integer"}),
        mapping(weekday=_WEEKDAY, before=_DAY_OF_YEAR),
        mapping(
            weekday=_WEEKDAY,
            nth={"type": "integer", "minimum": 1, "maximum": 5},
            month={"type": "integer", "minimum": 1, "maximum": 12},
        ),
    ]
}
_EXCEPTION = optional("id", "name", of=mapping(date={"kind": "date"}, closed={"type": "boolean"}, id=ID, name=BOTH))
HOLIDAYS = optional(
    "exceptions",
    "confirmed_years",
    of=mapping(
        timezone=TEXT,
        service_hours=mapping(opens=_TIME, closes=_TIME),
        holidays=listing(mapping(id=ID, name=BOTH, rule=_RULE), distinct="id"),
        exceptions=_empty_too(listing(_EXCEPTION, distinct="date")),
        confirmed_years=_empty_too(listing({"type": "integer", "minimum": 1583, "maximum": 9998})),
    ),
)

_WORDS = listing(TEXT, minItems=1)
_CHOICE: dict[str, Any] = {"id": ID, "name": BOTH, "words": _WORDS}


def _choices(**more: Any) -> dict[str, Any]:
    return listing(mapping(**_CHOICE, **more), minItems=1, distinct="id")


def dialogues(fields: list[str]) -> dict[str, Any]:
    """The form of `dialogues.yml`; `fields` are what the dialogues can correct."""
    program = mapping(id=ID, articles=listing(ID, minItems=1), roles=listing(ID), aims=listing(ID))
    return mapping(
        occasions=_choices(),
        own=_WORDS,
        not_known=_WORDS,
        roles=_choices(**{"is": BOTH}),
        aims=_choices(seeks=BOTH),
        programs=listing(program, distinct="id"),
        otherwise=ID,
        suggestion=_WORDS,
        subjects=_choices(),
        complaining=_WORDS,
        evaluating=_WORDS,
        ratings=listing(mapping(rating={"type": "integer", "minimum": 1, "maximum": 5}, words=_WORDS), minItems=1),
        fields=mapping(**dict.fromkeys(fields, _WORDS)),
    )


# The values that a text takes are checked by `bot.validation.check`, key by key.
TEXTS = {"type": "object", "patternProperties": {r"^[a-z][a-z0-9_]*$": BOTH}, "additionalProperties": False}

_DAY = {"day": True}
ARTICLE = mapping(
    id=ID,
    title=BOTH,
    answer=BOTH,
    sources=listing(mapping(document=BOTH, section=BOTH, effective=_DAY, updated=_DAY), minItems=1),
    audience=listing(TEXT, minItems=1),
    review_by=_DAY,
    questions=mapping(**{lang: listing(_SAID, minItems=1) for lang in LANGUAGES}),
)
UNANSWERED = mapping(**{lang: _empty_too(listing(_SAID)) for lang in LANGUAGES})

# Rasa passes over files of another version without a word.
_VERSION = {"enum": ["3.1"]}
NLU = mapping(
    version=_VERSION,
    nlu=listing(mapping(intent=_NAME, metadata=mapping(language=_LANGUAGE), examples=_SAID), minItems=1),
)
_SLOTS = listing({"type": "object", "minProperties": 1}, minItems=1)
_LOOP = _empty_too(_NAME)
_ACT = mapping(intent=_NAME)
_RULES = listing(
    optional(
        "condition",
        of=mapping(
            rule=TEXT,
            condition=listing({"oneForm": [mapping(active_loop=_LOOP), mapping(slot_was_set=_SLOTS)]}, minItems=1),
            steps=listing(
                {
                    "oneForm": [
                        _ACT,
                        mapping(action=_NAME),
                        mapping(active_loop=_LOOP),
                        mapping(slot_was_set=_SLOTS),
                        mapping(**{"or": listing({"oneForm": [_ACT]}, minItems=1)}),
                    ]
                },
                minItems=1,
            ),
        ),
    ),
    minItems=1,
    distinct="rule",
)
STORIES = mapping(version=_VERSION, rules=_RULES)

_ARTICLE_OR_NONE = {"type": ["string", "null"]}
MESSAGE = optional(
    "act",
    "register",
    "also",
    of=mapping(
        article=_ARTICLE_OR_NONE,
        kind={"enum": ["article", "near", "far", "act"]},
        act=_NAME,
        lang=_LANGUAGE,
        text=_SAID,
        register=TEXT,
        also=listing(ID),
    ),
)
FOLLOWUP = optional(
    "also",
    of=mapping(
        after=ID,
        article=_ARTICLE_OR_NONE,
        lang=_LANGUAGE,
        text=_SAID,
        also=listing(ID),
    ),
)

"""What training reads beside the articles: the acts' examples and the rules, against the domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.core.documents import Document, Place, read_data
from bot.core.folders import ROOT
from bot.core.texts import LANGUAGES
from bot.validation import schemas
from bot.validation.problem import Problem

# Learnt from the articles, and pressed but never typed: these have no examples of their own.
_WITHOUT_EXAMPLES = {"inquiry", "choose_article", "choose"}
_OF_RASA = {"action_listen", "action_restart", "action_session_start", "action_deactivate_loop"}
Read = Callable[[Path, Mapping[str, Any]], Document | None]


def check_training(data: Path, read: Read) -> Iterator[Problem]:
    """Everything that is wrong with the files of `nlu/` and `stories/`.

    Args:
        data: the folder of data.
        read: gives the document at a path if it is of the form of a schema, and tells where it is not.
    """
    domain = read_data(ROOT / "domain.yml")
    intents = _names(domain["intents"])
    yield from _check_examples(data / "nlu", intents, read)
    yield from _check_rules(data / "stories", intents, domain, read)


def _check_examples(folder: Path, intents: set[str], read: Read) -> Iterator[Problem]:
    spoken: set[tuple[str, str]] = set()
    paths = sorted(folder.rglob("*.yml"))
    if not paths:
        yield Problem(folder, 1, (), "holds no examples of acts")
        return
    documents = {path: read(path, schemas.NLU) for path in paths}
    for path, document in documents.items():
        for number, block in enumerate(document.data["nlu"] if document else ()):
            place: Place = ("nlu", number)
            spoken.add((block["intent"], block["metadata"]["language"]))
            if document and block["intent"] not in intents:
                what = f"there is no intent {block['intent']!r} in domain.yml"
                yield Problem(path, document.line((*place, "intent")), (*place, "intent"), what)
            if document:
                yield from _check_lines(path, document.line((*place, "examples")), place, block["examples"])
    if all(documents.values()):  # of a file that cannot be read nobody knows whose examples it holds
        for intent in sorted(intents - _WITHOUT_EXAMPLES):
            if missing := [lang for lang in LANGUAGES if (intent, lang) not in spoken]:
                yield Problem(folder, 1, (), f"the intent {intent!r} has no examples in {' and '.join(missing)}")


def _check_lines(path: Path, first: int, place: Place, examples: str) -> Iterator[Problem]:
    """Each example stands on a line of its own after "- "; the lines after `first` are the examples'."""
    for number, line in enumerate(examples.splitlines(), first + 1):
        if not line.startswith("- ") or not line[2:].strip():
            yield Problem(path, number, (*place, "examples"), f'{line!r} is no example such as "- hello"')


def _check_rules(folder: Path, intents: set[str], domain: Any, read: Read) -> Iterator[Problem]:
    known = {
        "intent": intents,
        "action": {*_names(domain["actions"]), *domain["forms"], *_OF_RASA},
        "active_loop": {*domain["forms"], None},
        "slot_was_set": {*domain["slots"], "requested_slot"},
    }
    paths = sorted(folder.rglob("*.yml"))
    if not paths:
        yield Problem(folder, 1, (), "holds no rules")
        return
    documents = {path: read(path, schemas.STORIES) for path in paths}
    begun: set[str] = set()
    for path, document in documents.items():
        for place, kind, name in _steps(document.data) if document else ():
            if document and name not in known[kind]:
                what = f"there is no {kind.replace('_', ' ')} {name!r} in domain.yml"
                yield Problem(path, document.line(place), place, what)
            begun.add(str(name))
    if all(documents.values()):
        for name in sorted({*intents, *domain["forms"]} - begun):
            yield Problem(folder, 1, (), f"no rule says what {name!r} leads to")


def _steps(data: Any) -> Iterator[tuple[Place, str, str | None]]:
    """What the rules name: place, kind and name."""
    for number, rule in enumerate(data["rules"]):
        for part in ("condition", "steps"):
            for count, step in enumerate(rule.get(part) or ()):
                place = ("rules", number, part, count)
                for kind, value in step.items():
                    if kind == "or":
                        yield from (((*place, "or", n, "intent"), "intent", e["intent"]) for n, e in enumerate(value))
                    elif kind == "slot_was_set":
                        yield from (((*place, kind, n, name), kind, name) for n, e in enumerate(value) for name in e)
                    else:
                        yield (*place, kind), kind, value


def _names(entries: Any) -> set[str]:
    """The names of a list of the domain, whose entries may carry more."""
    return {name for entry in entries for name in ([entry] if isinstance(entry, str) else entry)}

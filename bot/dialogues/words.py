"""What the dialogues recognise in citizens' words and what they lead to (`data/dialogues.yml`). Plain functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.core.documents import read_data
from bot.core.texts import LANGUAGES
from bot.dialogues.dates import fold_message, one_slip

_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*'?")
_CLITIC = re.compile(r"^(?:[ldjcnsmt]|qu)'")
_INVERTED = re.compile(r"-(je|nous|moi)\b")  # "vais-je", "aurons-nous", "dites-moi": two words
_FUZZY_FROM = 6  # letters of a word from which one typo is forgiven
_OF_TEN = re.compile(r"\b(\d{1,3}(?:[.,]\d)?) ?(?:/|sur|out of|on|de) ?(5|10|100|cinq|five|dix|ten)\b")
_BARE = re.compile(r"(?<![\d/.,:$-])([1-5])(?![\d/:%$]|[.,]\d)(?: ?(?:etoiles?|stars?))?")
_SCALES = {"cinq": 5, "five": 5, "dix": 10, "ten": 10}


class DialogueError(ValueError):
    """`data/dialogues.yml` cannot be read."""


@dataclass(frozen=True)
class Words:
    """Words and phrases to look for; one that ends in `*` has any ending."""

    phrases: tuple[tuple[str, ...], ...]

    def found_in(self, text: str) -> bool:
        """Whether one of them stands in `text`."""
        words = _words_of(text)
        # "l'entrevue" is the word after its article; "j'*" asks for the pronoun itself.
        bare = [_CLITIC.sub("", word) if len(word) > 2 else word for word in words]
        return any(
            all(_like(part, word) for part, word in zip(phrase, tokens[start : start + len(phrase)]))
            for phrase in self.phrases
            for tokens in ((words if "'" in phrase[0] else bare),)
            for start in range(len(tokens) - len(phrase) + 1)
        )

    def count_others(self, text: str) -> int:
        """How many words of `text` are none of them."""
        return sum(1 for word in _words_of(text) if not any(len(p) == 1 and _like(p[0], word) for p in self.phrases))


@dataclass(frozen=True)
class Choice:
    """One of the answers to a question: its id, how a button names it, and the words that mean it.

    `told` is how it is read back, by language; the name where that is the same.
    """

    id: str
    name: Mapping[str, str]
    words: Words
    told: Mapping[str, str]


@dataclass(frozen=True)
class StatedProgram:
    """A program of the declaration: the articles that state it, and by the ids of choices for whom and what it is."""

    id: str
    articles: tuple[str, ...]
    roles: frozenset[str]
    aims: frozenset[str]


@dataclass(frozen=True)
class Dialogues:
    """All of it."""

    occasions: tuple[Choice, ...]
    own: Words
    not_known: Words
    roles: tuple[Choice, ...]
    aims: tuple[Choice, ...]
    programs: tuple[StatedProgram, ...]
    otherwise: str
    suggestion: Words
    subjects: tuple[Choice, ...]
    complaining: Words
    evaluating: Words
    ratings: tuple[tuple[int, Words], ...]
    fields: Mapping[str, Words]

    def programs_for(self, role: str, aim: str) -> tuple[StatedProgram, ...]:
        """The programs that are stated for both; none where the declaration states none."""
        return tuple(program for program in self.programs if role in program.roles and aim in program.aims)


def find_choice(text: str, choices: Iterable[Choice]) -> Choice | None:
    """The first of `choices` that `text` names; None if it names none."""
    return next((choice for choice in choices if choice.words.found_in(text)), None)


def read_rating(text: str, dialogues: Dialogues, *, alone: bool = True) -> int | None:
    """The rating from 1 to 5 that `text` gives: "4 sur 5", "8/10", "très bien", "excellent"; None if none.

    `alone`: the message answers the question for it, so a bare number or a word of praise is one.
    """
    plain = fold_message(text)
    if of := _OF_TEN.search(plain):
        scale = int(_SCALES.get(of[2], 0) or of[2])
        share = float(of[1].replace(",", ".")) / scale
        return max(1, min(5, round(5 * share))) if share <= 1 else None
    starred = re.search(r"\b([1-5]) ?(?:etoiles?|stars?)\b", plain)
    if starred:
        return int(starred[1])
    if not alone:
        return None
    bare = {int(number) for number in _BARE.findall(plain)}
    if len(bare) == 1:
        return bare.pop()
    if bare or re.search(r"\d", plain):
        return None
    return next((rating for rating, words in dialogues.ratings if words.found_in(text)), None)


@lru_cache(maxsize=8)
def load_dialogues(data_dir: Path) -> Dialogues:
    """Read `dialogues.yml` in `data_dir`.

    Raises:
        DialogueError: a key is missing, a name lacks a language, or a program names an unknown choice.
    """
    path = data_dir / "dialogues.yml"
    try:
        data: Any = read_data(path)
        found = Dialogues(
            occasions=_choices(data["occasions"]),
            own=_words(data["own"]),
            not_known=_words(data["not_known"]),
            roles=_choices(data["roles"], "is"),
            aims=_choices(data["aims"], "seeks"),
            programs=tuple(
                StatedProgram(p["id"], tuple(p["articles"]), frozenset(p["roles"]), frozenset(p["aims"]))
                for p in data["programs"]
            ),
            otherwise=str(data["otherwise"]),
            suggestion=_words(data["suggestion"]),
            subjects=_choices(data["subjects"]),
            complaining=_words(data["complaining"]),
            evaluating=_words(data["evaluating"]),
            ratings=tuple((int(entry["rating"]), _words(entry["words"])) for entry in data["ratings"]),
            fields={name: _words(words) for name, words in data["fields"].items()},
        )
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise DialogueError(f"{path.name} cannot be read: {error!r}") from error
    known = {choice.id for choice in (*found.roles, *found.aims)}
    for program in found.programs:
        if not program.roles | program.aims <= known:
            raise DialogueError(f"{path.name}: program {program.id} names an unknown role or aim")
    return found


def _choices(entries: Any, told: str = "name") -> tuple[Choice, ...]:
    return tuple(Choice(str(e["id"]), _both(e["name"]), _words(e["words"]), _both(e[told])) for e in entries)


def _both(entry: Mapping[str, Any]) -> dict[str, str]:
    return {lang: str(entry[lang]) for lang in LANGUAGES}


def _words_of(text: str) -> list[str]:
    return _WORD.findall(_INVERTED.sub(r" \1", fold_message(text)))


def _words(entries: Iterable[Any]) -> Words:
    return Words(tuple(tuple(fold_message(str(entry)).split()) for entry in entries))


@lru_cache(maxsize=100_000)
def _like(part: str, token: str) -> bool:
    if part.endswith("*"):
        stem = part[:-1]
        if token.startswith(stem):
            return True
        # A letter too many or too few moves the end of what is compared.
        starts = (token[: len(stem) + more] for more in (-1, 0, 1))
        return len(stem) >= _FUZZY_FROM and any(one_slip(start, stem) for start in starts)
    return part == token or (len(part) >= _FUZZY_FROM and one_slip(token, part))

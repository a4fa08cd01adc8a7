"""The heavy work of the knowledge base, in a process of its own: `python -m bot.worker trial 7`.

The desk stays small and quick: it starts this process, which loads the sentence encoder, works, and ends.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.exc import SQLAlchemyError

from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings, load_settings
from bot.knowledge.article import Article, ArticleError, parse_article
from bot.knowledge.drafts import Drafts
from bot.knowledge.files import load_corpus
from bot.knowledge.fitting import bytes_of, examples_of, fit, matcher_of_model
from bot.knowledge.kept_matcher import kept_matcher
from bot.knowledge.release import ARCHIVE, PUBLISH, REFIT
from bot.knowledge.releases import Releases
from bot.knowledge.trial import close_unanswered, compare, reads_acts, taken_by_acts
from bot.knowledge.trials import Trial
from bot.knowledge.work import DATA_CODE, DATABASE_CODE, FAULT_CODE, GONE_CODE, MEMORY_CODE, USAGE_CODE
from bot.matcher.encoder import shared_encoder
from bot.matcher.likeness import group
from bot.matcher.matcher import Matcher
from bot.matcher.vectors import VECTORS, VectorCache

MODEL = "guichet.tar.gz"
EVALUATION = Path("evaluation") / "look.jsonl"


def do_trial(rooms: Rooms, number: int) -> None:
    """Fit the matcher of a trial, compare it with the one in use, and keep both results.

    Raises:
        LookupError: there is no such trial, or its version is gone.
        ArticleError: the version lacks something.
    """
    settings = rooms.settings
    trial = rooms.releases.trials.find(number)
    if trial is None:
        raise _Gone(f"the trial {number}")
    corpus = load_corpus(settings.data_dir / "knowledge")
    articles = {article.id: article for article in rooms.articles.all()}
    mine = _change(articles, trial, rooms.drafts)
    cache = VectorCache(settings.models_dir / VECTORS)
    after = fit(examples_of(articles.values(), corpus), cache)
    result: dict[str, Any] = {}
    if trial.action != REFIT:  # which nobody waits to look at
        before = _in_use(rooms.releases, settings)
        result = compare(before, after, settings.data_dir / EVALUATION, mine.id if mine else None)
        result["close"] = close_unanswered(mine, corpus, cache) if mine else []
        result["acts"] = taken_by_acts(mine, _acts(settings)) if mine else []
    rooms.releases.trials.finish(number, result, bytes_of(after))


def do_groups(rooms: Rooms) -> list[list[int]]:
    """Group the unanswered questions by likeness: the numbers of their messages, the largest group first."""
    questions = rooms.unanswered.latest()
    vectors = shared_encoder().encode_messages([question.text for question in questions])
    return [[questions[row].message for row in rows] for rows in group(vectors)]


def _change(articles: dict[str, Article], trial: Trial, drafts: Drafts) -> Article | None:
    """Change `articles` as the trial's publication would; the article that it would publish."""
    if trial.action == ARCHIVE and trial.article:
        articles.pop(trial.article, None)
        return None
    if trial.action != PUBLISH or trial.article is None or trial.version is None:
        return None
    version = drafts.get(trial.article, trial.version)
    if version is None:
        raise _Gone(f"version {trial.version} of {trial.article}")
    articles[trial.article] = parse_article(version.document, origin=trial.article)
    return articles[trial.article]


def _acts(settings: Settings) -> Callable[[str, str], str | None]:
    """The act that the trained model reads in a message of a language; none where the model knows no acts."""
    if not reads_acts(settings.models_dir / MODEL):
        return lambda _text, _lang: None
    # Rasa is loaded for nothing else here.
    from bot.rasa.understanding import Understanding

    understanding = Understanding(settings)
    return lambda text, lang: understanding.act(text, lang)


def _in_use(releases: Releases, settings: Settings) -> Matcher:
    latest = releases.latest()
    matcher = kept_matcher(releases, latest.matcher) if latest and latest.matcher else None
    return matcher or matcher_of_model(settings.models_dir / MODEL)


class _Gone(LookupError):
    """What was to be tried is not there any more."""


class _Unreadable(ValueError):
    """The settings or the organization's data cannot be read; the message says what is wrong."""


def _rooms() -> Rooms:
    try:
        return wire(load_settings())
    except (ValueError, yaml.YAMLError) as error:
        raise _Unreadable(str(error)) from error


def main(arguments: list[str]) -> int:
    """`trial NUMBER`, or `groups`, which prints them as JSON; the exit code (see `bot.knowledge.work`)."""
    if not (arguments == ["groups"] or (len(arguments) == 2 and arguments[0] == "trial" and arguments[1].isdecimal())):
        print("usage: python -m bot.worker groups | trial NUMBER", file=sys.stderr)
        return USAGE_CODE
    try:
        rooms = _rooms()
        os.nice(rooms.settings.work_niceness)  # citizens come first
        if arguments == ["groups"]:
            json.dump(do_groups(rooms), sys.stdout)
        else:
            do_trial(rooms, int(arguments[1]))
    except Exception as error:  # noqa: BLE001 - whatever it is, who asked must know what went wrong
        return _tell(error)
    return 0


def _tell(error: Exception) -> int:
    """Say on the last line of the standard error what went wrong, in words that no citizen wrote; the exit code."""
    if isinstance(error, _Gone):
        code, what = GONE_CODE, str(error)
    elif isinstance(error, SQLAlchemyError):
        code, what = DATABASE_CODE, type(error).__name__  # its message holds what was written
    elif isinstance(error, (_Unreadable, ArticleError, OSError)):
        code, what = DATA_CODE, " ".join(str(error).split())
    elif isinstance(error, MemoryError):
        code, what = MEMORY_CODE, "MemoryError"
    else:  # the message may hold what was worked on; the places in the code do not
        print("".join(traceback.format_tb(error.__traceback__)), file=sys.stderr)
        code, what = FAULT_CODE, type(error).__name__
    print(what, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The heavy work of the knowledge base, in a process of its own: `python -m bot.workroom trial 7`.

The desk stays small and quick: it starts this process, which loads the sentence encoder, works, and ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.knowledge.article import Article, parse_article
from bot.knowledge.drafts import Drafts
from bot.knowledge.encoder import shared_encoder
from bot.knowledge.files import load_corpus
from bot.knowledge.fitting import bytes_of, examples_of, fit, matcher_of_bytes, matcher_of_model
from bot.knowledge.likeness import group
from bot.knowledge.matcher import Matcher
from bot.knowledge.releases import ARCHIVE, PUBLISH, REFIT, Releases, Trial
from bot.knowledge.trial import close_unanswered, compare
from bot.knowledge.vectors import VECTORS, VectorCache
from bot.settings import Settings, load_settings
from bot.wiring import Rooms, wire

MODEL = "guichet.tar.gz"
EVALUATION = Path("evaluation") / "look.jsonl"
_NICE = 10  # citizens come first


def do_trial(rooms: Rooms, number: int) -> None:
    """Fit the matcher of a trial, compare it with the one in use, and keep both results.

    Raises:
        LookupError: there is no such trial, or its version is gone.
        ArticleError: the version lacks something.
    """
    settings = rooms.settings
    trial = rooms.releases.trial(number)
    if trial is None:
        raise LookupError(f"trial {number}")
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
    rooms.releases.finish(number, result, bytes_of(after))


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
        raise LookupError(f"{trial.article} {trial.version}")
    articles[trial.article] = parse_article(version.document, origin=trial.article)
    return articles[trial.article]


def _in_use(releases: Releases, settings: Settings) -> Matcher:
    latest = releases.latest()
    content = releases.matcher(latest.matcher) if latest and latest.matcher else None
    return matcher_of_bytes(content) if content else matcher_of_model(settings.models_dir / MODEL)


def main(arguments: list[str]) -> None:
    """`trial NUMBER`, or `groups`, which prints them as JSON."""
    os.nice(_NICE)
    rooms = wire(load_settings())
    if arguments == ["groups"]:
        json.dump(do_groups(rooms), sys.stdout)
        return
    do_trial(rooms, int(arguments[1]))


def end_together() -> subprocess.Popen[bytes]:
    """Have the processes that help this one end with it, also if it is killed: else they would wait for it for ever.

    What is returned must be kept as long as they may work.
    """
    os.setpgid(0, 0)
    # Its input ends when this process is gone, however that came about.
    return subprocess.Popen(
        ["/bin/sh", "-c", "read _; kill -KILL 0"],  # 0: the group of processes, itself too
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    watcher = end_together()
    main(sys.argv[1:])

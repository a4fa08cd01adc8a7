"""Tries a publication before it takes effect: which answers would a matcher change that is fitted on it?"""

from __future__ import annotations

import logging
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.core.texts import LANGUAGES
from bot.knowledge.article import Article
from bot.knowledge.files import Corpus
from bot.matcher.evaluation import EvaluationError, as_example, read_messages
from bot.matcher.likeness import nearest
from bot.matcher.matcher import ANSWERED, Example, Matcher, Ranking
from bot.matcher.text import skeleton
from bot.matcher.vectors import VectorCache

log = logging.getLogger(__name__)

# A question that is answered well now and would not be; the other way round; one that no article was known to
# answer and that the article in trial would; any other difference in what is answered.
_MOST_CLOSE, _CLOSE = 40, 0.55
BROKEN, MENDED, TAKEN, MOVED = "broken", "mended", "taken", "moved"


def compare(before: Matcher, after: Matcher, questions: Path, article: str | None) -> dict[str, Any]:
    """What two matchers make of the evaluation questions differently.

    Args:
        before: the one in use.
        after: the one in trial.
        questions: a JSONL file of messages whose right article is known.
        article: the article whose publication is tried (None: there is none).

    Returns:
        `n` questions, how many of them are answered well `before` and `after`, and the `changes`, each with its
        `kind`, `text`, `lang`, `right` article, and outcome and article `before` and `after`.
    """
    try:
        rows = read_messages(questions)
    except (EvaluationError, OSError) as error:
        log.warning("there are no evaluation questions (%s)", error)
        return {"n": 0, "before": 0, "after": 0, "changes": []}
    rows = [row for row in rows if row.get("kind") != "act"]
    good_before = good_after = 0
    changes = []
    for row in rows:
        example = as_example(row)
        first, second = before.rank(example.text, example.lang), after.rank(example.text, example.lang)
        was, is_now = _is_good(example, first), _is_good(example, second)
        good_before, good_after = good_before + was, good_after + is_now
        if (kind := _kind(example, first, second, article)) is not None:
            changes.append(
                {
                    "kind": kind,
                    "text": example.text,
                    "lang": example.lang,
                    "right": example.article,
                    "before": _said(first),
                    "after": _said(second),
                }
            )
    order = (BROKEN, TAKEN, MENDED, MOVED)
    changes.sort(key=lambda change: order.index(change["kind"]))
    return {"n": len(rows), "before": good_before, "after": good_after, "changes": changes}


def close_unanswered(article: Article, corpus: Corpus, cache: VectorCache) -> list[dict[str, str]]:
    """Messages that the corpus lists as unanswered and that lie close to an article's sample questions.

    As long as they are listed so, the matcher learns not to answer what is like them.
    """
    claimed = {(lang, skeleton(text)) for lang in LANGUAGES for text in article.questions[lang]}
    listed = [
        example
        for example in corpus.examples()
        if example.article is None and (example.lang, skeleton(example.text)) not in claimed
    ]
    asked = [text for lang in LANGUAGES for text in article.questions[lang]]
    vectors = cache.vectors([*asked, *(example.text for example in listed)], keep=False)
    found = nearest(vectors[: len(asked)], vectors[len(asked) :], _MOST_CLOSE, _CLOSE)
    return [{"lang": listed[row].lang, "text": listed[row].text} for row in found]


def taken_by_acts(article: Article, act_of: Callable[[str, str], str | None]) -> list[dict[str, str]]:
    """The article's sample questions that read like an act: what is only like them is taken for it.

    Word for word they get the article. `act_of(text, language)`: the act, None for a question.
    """
    return [
        {"lang": lang, "text": text, "act": act}
        for lang in LANGUAGES
        for text in article.questions[lang]
        if (act := act_of(text, lang)) is not None
    ]


def reads_acts(model: Path) -> bool:
    """Whether a trained model of Rasa's holds what tells acts from questions."""
    with tarfile.open(model) as archive:
        return any(name.endswith("/classifier.joblib") for name in archive.getnames())


def _kind(example: Example, first: Ranking, second: Ranking, article: str | None) -> str | None:
    if _said(first) == _said(second):
        return None
    was, is_now = _is_good(example, first), _is_good(example, second)
    if example.article is None and second.outcome == ANSWERED and second.matches[0].article == article:
        return TAKEN
    if was != is_now:
        return BROKEN if was else MENDED
    return None if not was and ANSWERED not in (first.outcome, second.outcome) else MOVED


def _is_good(example: Example, ranking: Ranking) -> bool:
    """Whether the right article is given; of a message without one, whether none is."""
    if example.article is None:
        return ranking.outcome != ANSWERED
    return ranking.outcome == ANSWERED and ranking.matches[0].article in {example.article, *example.also}


def _said(ranking: Ranking) -> dict[str, str | None]:
    """What a citizen gets: the outcome, and the article if one is given."""
    given = ranking.matches[0].article if ranking.outcome == ANSWERED and ranking.matches else None
    return {"outcome": ranking.outcome, "article": given}

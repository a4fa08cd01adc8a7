"""Checks of the knowledge base: both languages equal, sample questions clean, nothing overdue unnoticed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.core.texts import LANGUAGES, Texts
from bot.knowledge.article import Article
from bot.knowledge.facts import facts
from bot.knowledge.files import UNANSWERED, Corpus
from bot.matcher.text import skeleton
from bot.promises.promise import Registry

MIN_QUESTIONS = 50
# A number of working days, with the word before them.
_WORKING_DAYS = {
    "fr": re.compile(r"(\w+) jours? ouvrables?", re.IGNORECASE),
    "en": re.compile(r"(\w+) (?:working|business) days?", re.IGNORECASE),
}


@dataclass(frozen=True)
class Finding:
    """Something that a person should look at: the file of data, the way to the place in it, and what it is."""

    file: str
    place: tuple[str | int, ...]
    what: str
    in_knowledge: bool = True  # the file lies in the folder of articles


def check_corpus(corpus: Corpus, registry: Registry, today: date) -> list[Finding]:
    """Everything wrong with the articles, their sample questions, and the promises that they state."""
    findings: list[Finding] = []
    for article in corpus.articles:
        findings += _check_article(article, today)
    findings += _check_questions(corpus)
    return [*findings, *_check_promises(corpus.articles, registry, today)]


def check_texts(texts: Texts) -> list[Finding]:
    """Fixed texts whose languages do not state the same facts."""
    return [
        Finding("texts.yml", (key,), _differ(entry["fr"], entry["en"]), in_knowledge=False)
        for key, entry in texts.items()
        if facts(entry["fr"]) != facts(entry["en"])
    ]


def _check_article(article: Article, today: date) -> Iterable[Finding]:
    file = f"{article.id}.yml"
    for name, both in (("title", article.title), ("answer", article.answer)):
        if facts(both["fr"]) != facts(both["en"]):
            yield Finding(file, (name,), _differ(both["fr"], both["en"]))
    for lang in LANGUAGES:
        if (count := len(article.questions[lang])) < MIN_QUESTIONS:
            yield Finding(file, ("questions", lang), f"{count} sample questions in {lang}, fewer than {MIN_QUESTIONS}")
    if article.review_by < today:
        yield Finding(file, ("review_by",), f"past its review date, {article.review_by}")


def _check_promises(articles: Iterable[Article], registry: Registry, today: date) -> Iterable[Finding]:
    """A clock without an article that states it, an article that states a number of days without such a clock."""
    by_id = {article.id: article for article in articles}
    clocks: dict[str, set[int]] = defaultdict(set)
    for number, promise in enumerate(registry.promises.values()):
        days = promise.on(today).working_days
        clocks[promise.article].add(days)
        if promise.article not in by_id:
            what = f"its article {promise.article} does not exist"
        elif days not in promised_days(by_id[promise.article].answer):
            what = f"its article {promise.article} does not state {days} working days"
        else:
            continue
        yield _of_promise(promise.id, ("promises", number, "article"), what)
    for number, other in enumerate(registry.without_clock):
        for count, article_id in enumerate(other.articles):
            if article_id not in by_id:
                place = ("without_clock", number, "articles", count)
                yield _of_promise(other.id, place, f"its article {article_id} does not exist")
    for article in by_id.values():
        for days in sorted(promised_days(article.answer) - clocks[article.id]):
            what = f"states {days} working days, and no promise has such a clock"
            yield Finding(f"{article.id}.yml", ("answer",), what)


def _of_promise(promise: str, place: tuple[str | int, ...], what: str) -> Finding:
    return Finding("promises.yml", place, f"promise {promise}: {what}", in_knowledge=False)


def promised_days(answer: Mapping[str, str]) -> set[int]:
    """The numbers of working days that an answer states, in either language."""
    found: set[int] = set()
    for lang, text in answer.items():
        for match in _WORKING_DAYS[lang].finditer(" ".join(text.split())):
            numbers = [fact for fact in facts(match[1]) if fact.startswith("n:")]
            found.update(int(number.partition(":")[2]) for number in numbers)
    return found


def _check_questions(corpus: Corpus) -> Iterable[Finding]:
    """A finding for each question that stands more than once, at its second place."""
    places: dict[tuple[str, str], list[tuple[str, tuple[str | int, ...], str]]] = defaultdict(list)
    labelled: list[tuple[str, tuple[str, ...], Mapping[str, Iterable[str]]]]
    labelled = [(f"{a.id}.yml", ("questions",), a.questions) for a in corpus.articles]
    labelled += [(f"{UNANSWERED}/{kind}.yml", (), texts) for kind, texts in corpus.unanswered.items()]
    for file, above, questions in labelled:
        for lang in LANGUAGES:
            for number, text in enumerate(questions[lang]):
                places[lang, skeleton(text) or text.strip()].append((file, (*above, lang, number), text))
    for (lang, _), found in places.items():
        if len(found) > 1:
            files = sorted({file for file, _, _ in found})
            kind = "duplicate" if len(files) == 1 else f"contradictory ({', '.join(files)})"
            file, place, text = found[1]
            yield Finding(file, place, f"{kind} sample question ({lang}): {text!r}")


def _differ(fr: str, en: str) -> str:
    only = [f"{lang} {sorted(mine - other)}" for lang, mine, other in
            (("fr", facts(fr), facts(en)), ("en", facts(en), facts(fr))) if mine - other]  # fmt: skip
    return f"facts differ between languages: {', '.join(only)}"

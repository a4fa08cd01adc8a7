"""Checks of the knowledge base: both languages equal, sample questions clean, nothing overdue unnoticed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.knowledge.article import Article
from bot.knowledge.facts import facts
from bot.knowledge.files import Corpus
from bot.knowledge.text import skeleton
from bot.promises.promise import Registry
from bot.texts import LANGUAGES, Texts

MIN_QUESTIONS = 50
# A number of working days, with the word before them.
_WORKING_DAYS = {
    "fr": re.compile(r"(\w+) jours? ouvrables?", re.IGNORECASE),
    "en": re.compile(r"(\w+) (?:working|business) days?", re.IGNORECASE),
}


@dataclass(frozen=True)
class Finding:
    """Something wrong, and where."""

    where: str
    what: str

    def as_dict(self) -> dict[str, str]:
        """A form that JSON can carry."""
        return {"where": self.where, "what": self.what}


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
        Finding(f"text {key}", f"facts differ between languages: {_difference(entry['fr'], entry['en'])}")
        for key, entry in texts.items()
        if facts(entry["fr"]) != facts(entry["en"])
    ]


def _check_article(article: Article, today: date) -> Iterable[Finding]:
    for name, both in (("title", article.title), ("answer", article.answer)):
        if facts(both["fr"]) != facts(both["en"]):
            yield Finding(article.id, f"{name}: facts differ between languages: {_difference(both['fr'], both['en'])}")
    for lang in LANGUAGES:
        if len(article.questions[lang]) < MIN_QUESTIONS:
            yield Finding(
                article.id, f"{len(article.questions[lang])} sample questions in {lang}, fewer than {MIN_QUESTIONS}"
            )
    if article.review_by < today:
        yield Finding(article.id, f"past its review date, {article.review_by}")


def _check_promises(articles: Iterable[Article], registry: Registry, today: date) -> Iterable[Finding]:
    """A clock without an article that states it, an article that states a number of days without such a clock."""
    by_id = {article.id: article for article in articles}
    clocks: dict[str, set[int]] = defaultdict(set)
    for promise in registry.promises.values():
        days = promise.on(today).working_days
        clocks[promise.article].add(days)
        if promise.article not in by_id:
            yield Finding(f"promise {promise.id}", f"its article {promise.article} does not exist")
        elif days not in promised_days(by_id[promise.article].answer):
            yield Finding(f"promise {promise.id}", f"its article {promise.article} does not state {days} working days")
    for other in registry.without_clock:
        for article_id in other.articles:
            if article_id not in by_id:
                yield Finding(f"promise {other.id}", f"its article {article_id} does not exist")
    for article in by_id.values():
        for days in sorted(promised_days(article.answer) - clocks[article.id]):
            yield Finding(article.id, f"states {days} working days, and no promise has such a clock")


def promised_days(answer: Mapping[str, str]) -> set[int]:
    """The numbers of working days that an answer states, in either language."""
    found: set[int] = set()
    for lang, text in answer.items():
        for match in _WORKING_DAYS[lang].finditer(" ".join(text.split())):
            numbers = [fact for fact in facts(match[1]) if fact.startswith("n:")]
            found.update(int(number.partition(":")[2]) for number in numbers)
    return found


def _check_questions(corpus: Corpus) -> Iterable[Finding]:
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    shown: dict[tuple[str, str], str] = {}
    labelled = [(a.id, a.questions) for a in corpus.articles]
    labelled += [(f"unanswered/{kind}", texts) for kind, texts in corpus.unanswered.items()]
    for label, questions in labelled:
        for lang in LANGUAGES:
            for text in questions[lang]:
                key = (lang, skeleton(text) or text.strip())
                places[key].append(label)
                shown[key] = text
    for key, labels in places.items():
        if len(labels) > 1:
            kind = "duplicate" if len(set(labels)) == 1 else "contradictory"
            yield Finding(", ".join(sorted(set(labels))), f"{kind} sample question ({key[0]}): {shown[key]!r}")


def _difference(fr: str, en: str) -> str:
    only = [f"{lang} {sorted(mine - other)}" for lang, mine, other in
            (("fr", facts(fr), facts(en)), ("en", facts(en), facts(fr))) if mine - other]  # fmt: skip
    return ", ".join(only)

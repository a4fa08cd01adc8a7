"""Checks of the knowledge base: both languages equal, sample questions clean, nothing overdue unnoticed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.knowledge.article import Article
from bot.knowledge.facts import facts
from bot.knowledge.files import Corpus
from bot.knowledge.text import skeleton
from bot.promises.promise import Registry
from bot.texts import LANGUAGES, Texts

MIN_QUESTIONS = 50


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
    ids = {article.id for article in corpus.articles}
    for promise in registry.promises.values():
        if promise.article not in ids:
            findings.append(Finding(f"promise {promise.id}", f"its article {promise.article} does not exist"))
    return findings


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

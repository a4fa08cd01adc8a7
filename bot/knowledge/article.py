"""An article: one approved answer in French and English, with its sources and sample questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.core.texts import LANGUAGES

ID_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


class ArticleError(ValueError):
    """An article cannot be read; the message names the article and what is wrong."""


@dataclass(frozen=True)
class Source:
    """Where an article's facts stand. Texts are by language; dates are those of the document."""

    document: Mapping[str, str]
    section: Mapping[str, str]
    effective: date
    updated: date

    def as_dict(self, lang: str) -> dict[str, str]:
        """The source as a reply carries it: title, section, effective, updated."""
        return {
            "title": self.document[lang],
            "section": self.section[lang],
            "effective": self.effective.isoformat(),
            "updated": self.updated.isoformat(),
        }


@dataclass(frozen=True)
class Article:
    """One approved answer. `title`, `answer` and `questions` are by language ("fr", "en")."""

    id: str
    title: Mapping[str, str]
    answer: Mapping[str, str]
    sources: tuple[Source, ...]
    audience: tuple[str, ...]
    review_by: date
    questions: Mapping[str, tuple[str, ...]]


def parse_article(data: Any, *, origin: str = "article") -> Article:
    """Build an article from its document (the content of one YAML file).

    Args:
        data: the document.
        origin: named in errors, for example the file's name.

    Raises:
        ArticleError: a field is missing, empty, or of the wrong kind.
    """
    if not isinstance(data, Mapping):
        raise ArticleError(f"{origin}: expected a mapping")
    fields = {"id", "title", "answer", "sources", "audience", "review_by", "questions"}
    unknown, missing = set(data) - fields, fields - set(data)
    if unknown or missing:
        raise ArticleError(f"{origin}: unknown {sorted(map(str, unknown))}, missing {sorted(missing)}")
    audience = data["audience"]
    if not isinstance(audience, list) or not audience or not all(isinstance(entry, str) for entry in audience):
        raise ArticleError(f"{origin}: audience is a list of names, not {audience!r}")
    if not isinstance(data["id"], str) or not ID_PATTERN.match(data["id"]):
        raise ArticleError(f"{origin}: the id {data['id']!r} is not of the form some-words")
    if not isinstance(data["sources"], list) or not data["sources"]:
        raise ArticleError(f"{origin}: an article needs at least one source")
    questions = _by_language(data["questions"], origin, "questions", list)
    for lang, entries in questions.items():
        for entry in entries:
            if not isinstance(entry, str) or not entry.strip():
                raise ArticleError(f"{origin}: questions.{lang}: {entry!r} is not a question (quote it?)")
    return Article(
        id=data["id"],
        title=_by_language(data["title"], origin, "title", str),
        answer={lang: text.strip() for lang, text in _by_language(data["answer"], origin, "answer", str).items()},
        sources=tuple(_source(entry, origin) for entry in data["sources"]),
        audience=tuple(audience),
        review_by=_date(data["review_by"], origin, "review_by"),
        questions={lang: tuple(entries) for lang, entries in questions.items()},
    )


def article_document(article: Article) -> dict[str, Any]:
    """The document of `article`: what `parse_article` reads, with dates as ISO text."""
    return {
        "id": article.id,
        "title": dict(article.title),
        "answer": dict(article.answer),
        "sources": [
            {
                "document": dict(source.document),
                "section": dict(source.section),
                "effective": source.effective.isoformat(),
                "updated": source.updated.isoformat(),
            }
            for source in article.sources
        ],
        "audience": list(article.audience),
        "review_by": article.review_by.isoformat(),
        "questions": {lang: list(article.questions[lang]) for lang in LANGUAGES},
    }


def _source(entry: Any, origin: str) -> Source:
    if not isinstance(entry, Mapping):
        raise ArticleError(f"{origin}: a source is a mapping, not {entry!r}")
    try:
        return Source(
            document=_by_language(entry["document"], origin, "sources.document", str),
            section=_by_language(entry["section"], origin, "sources.section", str),
            effective=_date(entry["effective"], origin, "sources.effective"),
            updated=_date(entry["updated"], origin, "sources.updated"),
        )
    except KeyError as error:
        raise ArticleError(f"{origin}: a source lacks {error.args[0]!r}") from None


def _by_language(value: Any, origin: str, name: str, kind: type) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
        raise ArticleError(f"{origin}: {name} needs fr and en, and nothing else")
    for lang in LANGUAGES:
        if not isinstance(value[lang], kind) or not value[lang] or (kind is str and not value[lang].strip()):
            raise ArticleError(f"{origin}: {name}.{lang} is empty or not a {kind.__name__}")
    return {lang: value[lang] for lang in LANGUAGES}


def _date(value: Any, origin: str, name: str) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ArticleError(f"{origin}: {name}: {value!r} is not a date") from None

"""The knowledge base as files: one YAML file an article, and the questions no article answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.core.documents import DataError, read_data
from bot.core.texts import LANGUAGES
from bot.knowledge.article import Article, ArticleError, article_document, parse_article
from bot.matcher.matcher import Example

UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Corpus:
    """What the matcher learns from: the articles, and messages that none of them answers.

    `unanswered` maps a kind ("near": the ministry's business; "far": nobody's here) to messages
    by language.
    """

    articles: tuple[Article, ...]
    unanswered: dict[str, dict[str, tuple[str, ...]]]

    def examples(self) -> list[Example]:
        """Every sample question with its article, and every unanswered message with None."""
        found = [
            Example(article.id, lang, text)
            for article in self.articles
            for lang in LANGUAGES
            for text in article.questions[lang]
        ]
        found += [
            Example(None, lang, text)
            for kind in sorted(self.unanswered)
            for lang in LANGUAGES
            for text in self.unanswered[kind][lang]
        ]
        return found


def load_corpus(folder: Path) -> Corpus:
    """Read `folder`: `*.yml` are articles, `unanswered/*.yml` the messages without an answer.

    Raises:
        ArticleError: a file cannot be read, or an id stands twice or differs from its file's name.
    """
    articles = tuple(_load_article(path) for path in sorted(folder.glob("*.yml")))
    unanswered: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted((folder / UNANSWERED).glob("*.yml")):
        data = _read(path)
        if not isinstance(data, dict) or set(data) != set(LANGUAGES):
            raise ArticleError(f"{path.name}: needs fr and en, and nothing else")
        for lang in LANGUAGES:
            entries = data[lang] or []
            if not isinstance(entries, list) or not all(isinstance(text, str) and text.strip() for text in entries):
                raise ArticleError(f"{path.name}: {lang} holds an entry that is not a text (quote it?)")
        unanswered[path.stem] = {lang: tuple(data[lang] or ()) for lang in LANGUAGES}
    return Corpus(articles, unanswered)


def export_articles(articles: Iterable[Article], folder: Path) -> int:
    """Write each article to `folder/<id>.yml`, in the form that `load_corpus` reads; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for article in articles:
        text = yaml.safe_dump(article_document(article), allow_unicode=True, sort_keys=False, width=10_000)
        (folder / f"{article.id}.yml").write_text(text, encoding="utf-8")
        count += 1
    return count


def _load_article(path: Path) -> Article:
    article = parse_article(_read(path), origin=path.name)
    if article.id != path.stem:
        raise ArticleError(f"{path.name}: holds the article {article.id!r}; the file is named after its id")
    return article


def _read(path: Path) -> Any:
    try:
        return read_data(path)
    except DataError as error:
        raise ArticleError(str(error)) from None

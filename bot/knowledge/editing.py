"""The life of an article's version, and what still stands in the way of publishing it. No IO.

draft ──review by a second person──► reviewed ──publish──► published
  ▲                                    │    └─at a time──► scheduled ──► published
  └───────────── any edit ◄────────────┴────────────────────┘
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.core.texts import LANGUAGES
from bot.knowledge.article import ID_PATTERN, ArticleError, parse_article
from bot.knowledge.facts import facts
from bot.matcher.text import skeleton

DRAFT, REVIEWED, SCHEDULED, PUBLISHED, DROPPED = "draft", "reviewed", "scheduled", "published", "dropped"
IN_WORK = (DRAFT, REVIEWED, SCHEDULED)
ENOUGH_QUESTIONS = 5  # in each language; fewer are seldom recognised
_LINES = re.compile(r"\r?\n")


class EditRefused(RuntimeError):
    """The step is not allowed now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Version:
    """One version of an article. `document` is what `parse_article` reads; a draft's may still lack parts.

    `authors` wrote it; somebody else reviews it. `edits` grows with each edit, so that two who edit at once
    do not overwrite each other. `stale` is the language whose texts did not follow a change of the other's.
    `origin` says what it was made from: {"messages": [numbers]}, {"ticket": reference} or {"version": number}.
    """

    article: str
    number: int
    document: dict[str, Any]
    state: str
    authors: tuple[str, ...]
    created_at: datetime
    edits: int = 1
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    published_by: str | None = None
    published_at: datetime | None = None
    publish_at: datetime | None = None
    reason: str | None = None
    stale: str | None = None
    origin: dict[str, Any] = field(default_factory=dict)

    def title(self, lang: str) -> str:
        """The title in a language, or else in the other language, or else the id."""
        titles = self.document.get("title") or {}
        return titles.get(lang) or next((text for text in titles.values() if text), self.article)


@dataclass(frozen=True)
class EditProblem:
    """What stands in the way; `code` names a text, `values` fill it. `grave`: it forbids the review."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    grave: bool = True


def stale_language(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str | None:
    """The language that stayed as it was while the other's title or answer changed; None if none did."""
    if before is None:
        return None
    changed = {
        lang
        for lang in LANGUAGES
        for part in ("title", "answer")
        if _text(before, part, lang) != _text(after, part, lang)
    }
    return next(lang for lang in LANGUAGES if lang not in changed) if len(changed) == 1 else None


def problems(
    document: Mapping[str, Any], *, stale: str | None, others: Mapping[tuple[str, str], str], today: date
) -> list[EditProblem]:
    """What still stands in the way of a version.

    Args:
        document: its document.
        stale: the language that was left behind.
        others: (language, skeleton of a sample question) → the other published article that has it.
        today: the date where the service is.
    """
    found: list[EditProblem] = []
    for lang in LANGUAGES:
        found += [
            EditProblem(f"missing_{part}", {"language": lang})
            for part in ("title", "answer")
            if not _text(document, part, lang)
        ]
    if not any(problem.code.startswith("missing") for problem in found):
        for part in ("title", "answer"):
            fr, en = (facts(_text(document, part, lang)) for lang in LANGUAGES)
            if fr != en:
                apart = ", ".join(sorted(entry.partition(":")[2] for entry in fr ^ en))
                found.append(EditProblem("facts_differ", {"part": part, "facts": apart}))
    if stale:
        found.append(EditProblem("stale", {"language": stale}))
    found += _problems_of_questions(document, others)
    try:
        article = parse_article(dict(document), origin=str(document.get("id", "")))
    except ArticleError as error:
        if not found or not any(problem.grave for problem in found):
            found.append(EditProblem("unreadable", {"why": str(error)}))
    else:
        if article.review_by < today:
            found.append(EditProblem("review_date_past", {"date": article.review_by.isoformat()}))
    return found


def _problems_of_questions(document: Mapping[str, Any], others: Mapping[tuple[str, str], str]) -> list[EditProblem]:
    found: list[EditProblem] = []
    for lang in LANGUAGES:
        questions = (document.get("questions") or {}).get(lang) or []
        if not questions:
            found.append(EditProblem("missing_questions", {"language": lang}))
        elif len(questions) < ENOUGH_QUESTIONS:
            values = {"language": lang, "count": str(len(questions)), "enough": str(ENOUGH_QUESTIONS)}
            found.append(EditProblem("few_questions", values, grave=False))
        for question in questions:
            if owner := others.get((lang, skeleton(question))):
                found.append(EditProblem("question_of_another", {"question": question, "article": owner}))
    return found


def clean_document(fields: Mapping[str, str], sources: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The document that a form's fields describe.

    Args:
        fields: "id", "title_fr", "answer_fr", "questions_fr" (one a line), …, "audience" (with commas), "review_by".
        sources: "document_fr", "section_fr", …, "effective", "updated" of each; those without any text are left out.

    Raises:
        EditRefused: "id", it is not of the form some-words.
    """
    article_id = fields.get("id", "").strip()
    if not ID_PATTERN.match(article_id) or len(article_id) > 64:
        raise EditRefused("id")
    return {
        "id": article_id,
        "title": {lang: " ".join(fields.get(f"title_{lang}", "").split()) for lang in LANGUAGES},
        "answer": {lang: "\n".join(_LINES.split(fields.get(f"answer_{lang}", "").strip())) for lang in LANGUAGES},
        "sources": [
            {
                "document": {lang: source.get(f"document_{lang}", "").strip() for lang in LANGUAGES},
                "section": {lang: source.get(f"section_{lang}", "").strip() for lang in LANGUAGES},
                "effective": source.get("effective", "").strip(),
                "updated": source.get("updated", "").strip(),
            }
            for source in sources
            if any(value.strip() for value in source.values())
        ],
        "audience": [part.strip() for part in fields.get("audience", "").split(",") if part.strip()],
        "review_by": fields.get("review_by", "").strip(),
        "questions": {lang: _distinct(_LINES.split(fields.get(f"questions_{lang}", ""))) for lang in LANGUAGES},
    }


def may_review(version: Version, officer: str) -> None:
    """A second person reviews.

    Raises:
        EditRefused: "not_draft", or "own": `officer` wrote it.
    """
    if version.state != DRAFT:
        raise EditRefused("not_draft")
    if officer in version.authors:
        raise EditRefused("own")


def same_questions(one: Mapping[str, Any] | None, other: Mapping[str, Any]) -> bool:
    """Whether two documents teach the matcher the same."""
    return one is not None and one.get("questions") == other.get("questions")


def _distinct(lines: Sequence[str]) -> list[str]:
    """The lines with words, each once."""
    found: dict[str, str] = {}
    for line in lines:
        text = " ".join(line.split())
        if text:
            found.setdefault(skeleton(text) or text, text)
    return list(found.values())


def _text(document: Mapping[str, Any], part: str, lang: str) -> str:
    return str((document.get(part) or {}).get(lang) or "").strip()

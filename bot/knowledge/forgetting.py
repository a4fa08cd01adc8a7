"""Drafts made from what citizens wrote lose their words when those are erased where they were kept.

A draft is its editors' text. Sample questions, answers and titles that are still, word for word, what a citizen
wrote or was answered are taken out of it; what editors have made of them stays. What a second person found right, or
was published, is the ministry's own text and stays as it is: that person makes sure that it names nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.texts import LANGUAGES
from bot.knowledge.editing import DRAFT, DROPPED
from bot.knowledge.tables import versions
from bot.knowledge.trials import give_up_trials
from bot.matcher.text import skeleton

_UNSEEN = sa.and_(versions.c.state.in_((DRAFT, DROPPED)), versions.c.published_at.is_(None))
_NOTHING = {"title": dict.fromkeys(LANGUAGES, ""), "answer": dict.fromkeys(LANGUAGES, "")}


def forget_words(
    connection: sa.Connection, words: Collection[str], *, references: Collection[str], messages: Collection[int]
) -> int:
    """Take `words` out of the drafts that were made from these tickets or messages; return how many changed."""
    found = []
    for row in connection.execute(sa.select(*_NAME, versions.c.origin).where(_UNSEEN)).all():
        origin = row.origin
        if origin.get("ticket") in references or not set(messages).isdisjoint(origin.get("messages") or ()):
            found.append((row.article_id, row.version))
    erased = {skeleton(text) for text in words} - {""} if found else set()
    return sum(_change(connection, *name, erased) for name in found)


def empty_dropped(connection: sa.Connection, before: datetime) -> int:
    """Empty the abandoned drafts made from citizens' words before a moment; return how many."""
    query = sa.select(*_NAME, versions.c.document, versions.c.origin).where(
        versions.c.state == DROPPED, versions.c.published_at.is_(None), versions.c.created_at <= before
    )
    emptied = 0
    for row in connection.execute(query.with_for_update()).all():
        empty = {**row.document, **_NOTHING, "questions": {lang: [] for lang in LANGUAGES}}
        if ("ticket" in row.origin or "messages" in row.origin) and empty != row.document:
            _save(connection, row.article_id, row.version, empty)
            emptied += 1
    return emptied


_NAME = (versions.c.article_id, versions.c.version)


def _change(connection: sa.Connection, article: str, number: int, erased: Collection[str]) -> bool:
    this = sa.and_(versions.c.article_id == article, versions.c.version == number, _UNSEEN)
    row = connection.execute(sa.select(versions.c.document).where(this).with_for_update()).first()
    if row is None:
        return False
    document = without(row.document, erased)
    if document == row.document:
        return False
    _save(connection, article, number, document)
    return True


def _save(connection: sa.Connection, article: str, number: int, document: Mapping[str, Any]) -> None:
    this = sa.and_(versions.c.article_id == article, versions.c.version == number)
    # Another edit: a form that was opened before would bring the words back.
    connection.execute(sa.update(versions).where(this).values(document=dict(document), edits=versions.c.edits + 1))
    give_up_trials(connection, article, number)


def without(document: Mapping[str, Any], erased: Collection[str]) -> dict[str, Any]:
    """A document without the texts whose skeletons are `erased`."""

    def kept(text: str) -> str:
        return "" if skeleton(text) in erased else text

    return {
        **document,
        **{part: {lang: kept(text) for lang, text in document[part].items()} for part in ("title", "answer")},
        "questions": {
            lang: [text for text in texts if skeleton(text) not in erased]
            for lang, texts in document["questions"].items()
        },
    }

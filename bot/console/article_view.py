"""What pages of articles show: which article, its marks, how versions differ, and what forms hold of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from bot.console.context import HOME, Context
from bot.console.differences import Piece, differences
from bot.core.texts import LANGUAGES
from bot.knowledge.drafts import Drafts, Standing
from bot.knowledge.editing import Version, clean_document
from bot.knowledge.release import ARCHIVE, PUBLISH
from bot.knowledge.trials import Trial
from bot.staff.journal import Journal

SOURCE_FIELDS = ("document_fr", "section_fr", "document_en", "section_en", "effective", "updated")
_YEAR = timedelta(days=365)
_REVIEW_SOON = timedelta(days=60)


def address_of(context: Context) -> str:
    """Where the article's page is."""
    return f"{HOME}/knowledge/{context.path['id']}"


def did(context: Context, journal: Journal, action: str, **detail: Any) -> Response:
    """Note in the journal what was done with the article, and go back to its page."""
    journal.note(context.officer, action, f"article {context.path['id']}", **detail)
    return context.to(address_of(context), done=action)


def standing_of(context: Context, drafts: Drafts) -> Standing:
    """How the article stands that the address names.

    Raises:
        LookupError: there is none.
    """
    found = drafts.standing(context.path["id"])
    if found is None:
        raise LookupError("no such article")
    return found


def titles_of(context: Context, drafts: Drafts) -> dict[str, str]:
    """What each article is called on the page."""
    return {one.article: one.newest.title(context.lang) for one in drafts.standings()}


def marks_of(standing: Standing, today: date) -> list[str]:
    """What is to be said of an article in a list."""
    found = []
    if standing.in_work:
        found.append(standing.in_work.state)
        if standing.in_work.stale:
            found.append("stale")
    if standing.archived:
        found.append("archived")
    if standing.published:
        review_by = date.fromisoformat(standing.published.document["review_by"])
        if review_by < today:
            found.append("review_late")
        elif review_by - today <= _REVIEW_SOON:
            found.append("review_soon")
    return found


def trial_fits(trial: Trial, standing: Standing, base: int) -> bool:
    """Whether a trial still says what publishing or archiving would change now."""
    if trial.action == ARCHIVE:
        return standing.published is not None and trial.tells_of(ARCHIVE, standing.published.number, None, base)
    work = standing.in_work
    return work is not None and trial.tells_of(PUBLISH, work.number, work.edits, base)


def diffs_of(before: Version | None, after: Version) -> dict[str, dict[str, Sequence[Piece]]]:
    """By part and language, the pieces of text that stayed, went and came."""
    return {
        part: {
            lang: differences(_part(before.document if before else {}, part, lang), _part(after.document, part, lang))
            for lang in LANGUAGES
        }
        for part in ("title", "answer", "questions")
    }


def empty_document(drafts: Drafts, today: date) -> dict[str, Any]:
    """A document to begin with: the source that most articles have, and a year until its review."""
    sources: Counter[str] = Counter()
    known: dict[str, dict[str, Any]] = {}
    for standing in drafts.standings():
        for source in (standing.published.document["sources"] if standing.published else ())[:1]:
            key = str(source["document"])
            sources[key] += 1
            known[key] = {**source, "section": dict.fromkeys(LANGUAGES, "")}
    usual = [known[key] for key, _ in sources.most_common(1)]
    return {
        "id": "",
        "title": dict.fromkeys(LANGUAGES, ""),
        "answer": dict.fromkeys(LANGUAGES, ""),
        "sources": usual,
        "audience": ["everyone"],
        "review_by": (today + _YEAR).isoformat(),
        "questions": {lang: [] for lang in LANGUAGES},
    }


def document_of(context: Context) -> dict[str, Any]:
    """The document that a form holds."""
    form = context.form
    columns = [form.all(f"source_{name}") for name in SOURCE_FIELDS]
    sources = [dict(zip(SOURCE_FIELDS, values)) for values in zip(*columns)]
    fields = {**form.as_dict(), "audience": ", ".join(form.all("audience"))}
    if "id" in context.path:
        fields["id"] = context.path["id"]
    return clean_document(fields, sources)


def fields_of(source: Mapping[str, Any]) -> dict[str, str]:
    """A source as the fields of a form."""
    return {
        **{f"{part}_{lang}": source[part][lang] for part in ("document", "section") for lang in LANGUAGES},
        "effective": source["effective"],
        "updated": source["updated"],
    }


def _part(document: Mapping[str, Any], part: str, lang: str) -> str:
    value = (document.get(part) or {}).get(lang) or ""
    return "\n".join(value) if isinstance(value, list) else str(value)

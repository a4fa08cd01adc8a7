"""Articles: both languages side by side, as they are published and as they are in work, and their versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.article_origins import ArticleOrigins
from bot.console.article_view import (
    SOURCE_FIELDS,
    diffs_of,
    document_of,
    empty_document,
    fields_of,
    marks_of,
    standing_of,
    titles_of,
    trial_fits,
)
from bot.console.context import HOME, Context, number
from bot.knowledge.drafts import Drafts
from bot.knowledge.editing import REVIEWED, SCHEDULED, EditRefused
from bot.knowledge.librarian import Librarian
from bot.knowledge.release import REFIT
from bot.knowledge.releases import Releases
from bot.promises.calendar import Calendar
from bot.staff.journal import Journal
from bot.staff.officer import KNOWLEDGE

# Whom an article may be for; one that an organization's own articles name besides stays as it is.
_AUDIENCES = ("everyone", "student", "youth", "organization", "institution", "company", "media")


class ArticlePages:
    """The pages of the knowledge base."""

    def __init__(
        self,
        access: Access,
        drafts: Drafts,
        releases: Releases,
        librarian: Librarian,
        origins: ArticleOrigins,
        calendar: Calendar,
        journal: Journal,
    ) -> None:
        self._access = access
        self._drafts = drafts
        self._releases = releases
        self._librarian = librarian
        self._origins = origins
        self._calendar = calendar
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work on the knowledge base. One of a fixed name stands before `/{id}`."""
        one = "/knowledge/{id}"
        return [
            self._access.get("/knowledge", self.show_list, KNOWLEDGE),
            self._access.get("/knowledge/new", self.show_new, KNOWLEDGE),
            self._access.post("/knowledge/new", self.create, KNOWLEDGE),
            self._access.get("/knowledge/releases", self.show_releases, KNOWLEDGE),
            self._access.get(one, self.show, KNOWLEDGE),
            self._access.get(f"{one}/edit", self.edit, KNOWLEDGE),
            self._access.post(f"{one}/edit", self.save, KNOWLEDGE),
            self._access.get(f"{one}/versions/{{number:int}}", self.show_version, KNOWLEDGE),
        ]

    def show_list(self, context: Context) -> Response:
        """Every article, with what is in work, out of date or due for review."""
        today = self._calendar.local_date(context.pages.now())
        found = [(standing, marks_of(standing, today)) for standing in self._drafts.standings()]
        wanted = context.asked("only")
        counts = Counter(mark for _, marks in found for mark in marks)
        shown = [entry for entry in found if not wanted or wanted in entry[1]]
        return context.page(
            "articles.html",
            articles=shown,
            only=wanted,
            counts=counts,
            total=len(found),
            failed=self._librarian.failed(REFIT),
        )

    def show_new(self, context: Context) -> Response:
        """An empty form."""
        return self._form(
            context, empty_document(self._drafts, self._calendar.local_date(context.pages.now())), edits=0, is_new=True
        )

    def create(self, context: Context) -> Response:
        """A new article's first draft."""
        document = document_of(context)
        if self._drafts.standing(document["id"]):
            return self._form(context, document, edits=0, is_new=True, problem=context.say("refused_id_taken"))
        return self._save(context, document, edits=0, is_new=True)

    def show(self, context: Context) -> Response:
        """One article: what is published beside what is in work, and the way on."""
        return self._page(context)

    def edit(self, context: Context) -> Response:
        """The form of the draft, or of a new draft like what is published."""
        standing = standing_of(context, self._drafts)
        work = standing.in_work
        if work and work.edits == 1 and ("ticket" in work.origin or "messages" in work.origin):
            return self._form(context, self._origins.with_words(context, work), edits=work.edits)
        return self._form(context, standing.newest.document, edits=work.edits if work else 0)

    def save(self, context: Context) -> Response:
        """Save the draft; what cannot be saved stays in the form."""
        document = {**document_of(context), "id": context.path["id"]}
        return self._save(context, document, edits=number(context.form["edits"]) or 0)

    def show_version(self, context: Context) -> Response:
        """One version, and how it differs from the one before."""
        history = self._drafts.history(context.path["id"])
        version = next((one for one in history if one.number == context.path["number"]), None)
        if version is None:
            raise LookupError("no such version")
        before = next((one for one in history if one.number < version.number and one.published_at), None)
        return context.page(
            "version.html",
            version=version,
            before=before,
            diffs=diffs_of(before, version),
            standing=standing_of(context, self._drafts),
            fields=SOURCE_FIELDS,
        )

    def show_releases(self, context: Context) -> Response:
        """What was published when, and by whom."""
        return context.page(
            "releases.html", releases=self._releases.recent(200), titles=titles_of(context, self._drafts)
        )

    def _save(self, context: Context, document: dict[str, Any], *, edits: int, is_new: bool = False) -> Response:
        same = bool(context.form["same_meaning"])
        try:
            version = self._drafts.save(document, context.name, edits=edits, same_meaning=same)
        except EditRefused as refusal:
            problem = context.say(f"refused_{refusal.code}")
            return self._form(context, document, edits=edits, is_new=is_new, problem=problem)
        self._journal.note(context.officer, "edited", f"article {version.article}", version=version.number)
        return context.to(f"{HOME}/knowledge/{version.article}", done="edited")

    def _form(
        self,
        context: Context,
        document: Mapping[str, Any],
        *,
        edits: int,
        is_new: bool = False,
        problem: str | None = None,
    ) -> Response:
        sources = [fields_of(source) for source in document["sources"]]
        sources.append(dict.fromkeys(SOURCE_FIELDS, ""))
        return context.page(
            "article_edit.html",
            409 if problem else 200,
            document=document,
            sources=sources,
            edits=edits,
            is_new=is_new,
            problem=problem,
            fields=SOURCE_FIELDS,
            audiences=list(dict.fromkeys([*_AUDIENCES, *document["audience"]])),
        )

    def _page(self, context: Context) -> Response:
        standing = standing_of(context, self._drafts)
        work, published = standing.in_work, standing.published
        trial = self._releases.trials.of_article(standing.article)
        latest = self._releases.latest()
        today = self._calendar.local_date(context.pages.now())
        return context.page(
            "article.html",
            standing=standing,
            marks=marks_of(standing, today),
            history=self._drafts.history(standing.article),
            titles=titles_of(context, self._drafts),
            problems=self._drafts.problems(work) if work else [],
            diffs=diffs_of(published, work) if work else None,
            trial=trial,
            trial_fits=trial is not None and trial_fits(trial, standing, latest.number if latest else 0),
            needs_trial=work is not None and self._releases.needs_trial(standing.article),
            may_review=work is not None and context.name not in work.authors,
            ready=work is not None and work.state in (REVIEWED, SCHEDULED),
            fields=SOURCE_FIELDS,
        )

"""The way of an article from draft to publication: review, trial, publication, and the ways back."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.article_view import address_of, did, standing_of
from bot.console.context import Context, number, numbers
from bot.core.texts import LANGUAGES
from bot.knowledge.drafts import Drafts
from bot.knowledge.editing import EditRefused
from bot.knowledge.release import ARCHIVE, PUBLISH
from bot.knowledge.releases import Releases
from bot.staff.journal import Journal
from bot.staff.officer import KNOWLEDGE


class ArticleSteps:
    """What the buttons of an article's page do."""

    def __init__(self, access: Access, drafts: Drafts, releases: Releases, journal: Journal) -> None:
        self._access = access
        self._drafts = drafts
        self._releases = releases
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work on the knowledge base."""
        posts = {
            "review": self.review,
            "drop": self.drop,
            "try": self.ask_trial,
            "take-close": self.take_close,
            "publish": self.publish,
            "schedule": self.schedule,
            "unschedule": self.unschedule,
            "archive": self.archive,
            "roll-back": self.roll_back,
        }
        return [self._access.post(f"/knowledge/{{id}}/{name}", endpoint, KNOWLEDGE) for name, endpoint in posts.items()]

    def review(self, context: Context) -> Response:
        """A second person finds it right."""
        self._drafts.review(context.path["id"], context.name, edits=number(context.form["edits"]) or 0)
        return did(context, self._journal, "reviewed")

    def drop(self, context: Context) -> Response:
        """Give the draft up."""
        self._drafts.drop(context.path["id"])
        return did(context, self._journal, "dropped")

    def ask_trial(self, context: Context) -> Response:
        """Try what publishing, or archiving, would change."""
        standing = standing_of(context, self._drafts)
        if context.form["action"] == ARCHIVE:
            if standing.published is None:
                raise EditRefused("not_published")
            self._releases.trials.ask(
                ARCHIVE, context.name, article=standing.article, version=standing.published.number
            )
            return context.to(address_of(context), "trial-box")
        if standing.in_work is None:
            raise EditRefused("not_draft")
        if any(problem.grave for problem in self._drafts.problems(standing.in_work)):
            raise EditRefused("problems")
        work = standing.in_work
        self._releases.trials.ask(PUBLISH, context.name, article=work.article, version=work.number, edits=work.edits)
        return context.to(address_of(context), "trial-box")

    def take_close(self, context: Context) -> Response:
        """Make messages that are listed as unanswered, and that the article answers, its sample questions."""
        standing = standing_of(context, self._drafts)
        work, trial = standing.in_work, self._releases.trials.of_article(standing.article)
        close = (trial.result.get("close") or []) if trial else []
        chosen = set(numbers(context.form.all("close")))
        taken = [entry for place, entry in enumerate(close) if place in chosen]
        if work is None or not taken:
            raise EditRefused("nothing_chosen")
        questions = {
            lang: [*work.document["questions"][lang], *(entry["text"] for entry in taken if entry["lang"] == lang)]
            for lang in LANGUAGES
        }
        document = {**work.document, "questions": questions}
        self._drafts.save(document, context.name, edits=work.edits, same_meaning=work.stale is None)
        return did(context, self._journal, "edited")

    def publish(self, context: Context) -> Response:
        """Publish it: the assistant gives it from now on."""
        reason = context.form["reason"].strip() or None
        self._releases.publish(context.path["id"], context.name, reason)
        return did(context, self._journal, "published", **({"reason": reason} if reason else {}))

    def schedule(self, context: Context) -> Response:
        """Publish it at a time to come."""
        try:
            local = datetime.fromisoformat(context.form["at"])
        except ValueError:
            return context.refuse("date", 422, address_of(context))
        at = local if local.tzinfo else local.replace(tzinfo=context.pages.zone)
        self._drafts.schedule(context.path["id"], at, context.form["reason"].strip() or None)
        return did(context, self._journal, "scheduled", at=at.isoformat())

    def unschedule(self, context: Context) -> Response:
        """Not by itself after all."""
        self._drafts.unschedule(context.path["id"])
        return did(context, self._journal, "unscheduled")

    def archive(self, context: Context) -> Response:
        """Take it out of what is published."""
        reason = context.form["reason"].strip() or None
        self._releases.archive(context.path["id"], context.name, reason)
        return did(context, self._journal, "archived", **({"reason": reason} if reason else {}))

    def roll_back(self, context: Context) -> Response:
        """Go back to an earlier version: at once if its sample questions are the same, else after a trial."""
        wanted = number(context.form["version"]) or 0
        version = self._drafts.roll_back(context.path["id"], wanted, context.name)
        if self._releases.needs_trial(version.article):
            self._releases.trials.ask(
                PUBLISH, context.name, article=version.article, version=version.number, edits=version.edits
            )
            return did(context, self._journal, "rolled_back", version=wanted)
        self._releases.publish(version.article, context.name, None)
        return did(context, self._journal, "published", version=wanted)

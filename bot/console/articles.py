"""Articles: both languages side by side, versions, review, trial and publication; and what was not answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context, number, numbers
from bot.console.differences import Piece, differences
from bot.core.texts import LANGUAGES
from bot.knowledge.drafts import Drafts, Standing
from bot.knowledge.editing import REVIEWED, SCHEDULED, EditRefused, Version, clean_document
from bot.knowledge.librarian import GROUPS, Librarian
from bot.knowledge.release import ARCHIVE, PUBLISH, REFIT
from bot.knowledge.releases import Releases
from bot.knowledge.trials import Trial
from bot.messages.store import ConversationStore
from bot.messages.unanswered import UnansweredQuestions
from bot.promises.calendar import Calendar
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS, KNOWLEDGE, TICKETS
from bot.tickets.service import TicketService
from bot.tickets.ticket import NotPossible, Ticket

_SHOWN_OF_GROUP = 6
_GROUPS_SHOWN = 30
# Whom an article may be for; one that an organization's own articles name besides stays as it is.
_AUDIENCES = ("everyone", "student", "youth", "organization", "institution", "company", "media")
_SOURCE_FIELDS = ("document_fr", "section_fr", "document_en", "section_en", "effective", "updated")
_YEAR = timedelta(days=365)
_REVIEW_SOON = timedelta(days=60)


class Articles:
    """The pages of the knowledge base."""

    def __init__(
        self,
        access: Access,
        drafts: Drafts,
        releases: Releases,
        librarian: Librarian,
        conversations: ConversationStore,
        unanswered: UnansweredQuestions,
        tickets: TicketService,
        calendar: Calendar,
        journal: Journal,
    ) -> None:
        self._access = access
        self._drafts = drafts
        self._releases = releases
        self._librarian = librarian
        self._conversations = conversations
        self._unanswered = unanswered
        self._tickets = tickets
        self._calendar = calendar
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work on the knowledge base; citizens' questions for those who may see them."""
        one = "/knowledge/{id}"
        posts = {
            "edit": self.save,
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
        return [
            self._access.get("/knowledge", self.show_list, KNOWLEDGE),
            self._access.get("/knowledge/new", self.show_new, KNOWLEDGE),
            self._access.post("/knowledge/new", self.create, KNOWLEDGE),
            self._access.get("/knowledge/releases", self.show_releases, KNOWLEDGE),
            self._access.get("/knowledge/unanswered", self.show_unanswered, CONVERSATIONS),
            self._access.post("/knowledge/unanswered/draft", self.draft_of_group, CONVERSATIONS),
            self._access.post("/knowledge/unanswered/aside", self.set_aside, CONVERSATIONS),
            self._access.post("/tickets/{reference}/draft", self.draft_of_ticket, TICKETS),
            self._access.get(one, self.show, KNOWLEDGE),
            self._access.get(f"{one}/edit", self.edit, KNOWLEDGE),
            self._access.get(f"{one}/versions/{{number:int}}", self.show_version, KNOWLEDGE),
            *(self._access.post(f"{one}/{name}", endpoint, KNOWLEDGE) for name, endpoint in posts.items()),
        ]

    def show_list(self, context: Context) -> Response:
        """Every article, with what is in work, out of date or due for review."""
        today = self._today(context)
        found = [(standing, self._marks(standing, today)) for standing in self._drafts.standings()]
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
        return self._form(context, self._empty(context), edits=0, is_new=True)

    def create(self, context: Context) -> Response:
        """A new article's first draft."""
        document = self._document(context)
        if self._drafts.standing(document["id"]):
            return self._form(context, document, edits=0, is_new=True, problem=context.say("refused_id_taken"))
        return self._save(context, document, edits=0, is_new=True)

    def show(self, context: Context) -> Response:
        """One article: what is published beside what is in work, and the way on."""
        return self._page(context)

    def edit(self, context: Context) -> Response:
        """The form of the draft, or of a new draft like what is published."""
        standing = self._standing(context)
        work = standing.in_work
        if work and work.edits == 1 and ("ticket" in work.origin or "messages" in work.origin):
            return self._form(context, self._with_words(context, work), edits=work.edits)
        return self._form(context, standing.newest.document, edits=work.edits if work else 0)

    def save(self, context: Context) -> Response:
        """Save the draft; what cannot be saved stays in the form."""
        document = {**self._document(context), "id": context.path["id"]}
        return self._save(context, document, edits=number(context.form["edits"]) or 0)

    def review(self, context: Context) -> Response:
        """A second person finds it right."""
        self._drafts.review(context.path["id"], context.name, edits=number(context.form["edits"]) or 0)
        return self._did(context, "reviewed")

    def drop(self, context: Context) -> Response:
        """Give the draft up."""
        self._drafts.drop(context.path["id"])
        return self._did(context, "dropped")

    def ask_trial(self, context: Context) -> Response:
        """Try what publishing, or archiving, would change."""
        standing = self._standing(context)
        if context.form["action"] == ARCHIVE:
            if standing.published is None:
                raise EditRefused("not_published")
            self._releases.trials.ask(
                ARCHIVE, context.name, article=standing.article, version=standing.published.number
            )
            return context.to(self._address(context), "trial-box")
        if standing.in_work is None:
            raise EditRefused("not_draft")
        if any(problem.grave for problem in self._drafts.problems(standing.in_work)):
            raise EditRefused("problems")
        work = standing.in_work
        self._releases.trials.ask(PUBLISH, context.name, article=work.article, version=work.number, edits=work.edits)
        return context.to(self._address(context), "trial-box")

    def take_close(self, context: Context) -> Response:
        """Make messages that are listed as unanswered, and that the article answers, its sample questions."""
        standing = self._standing(context)
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
        return self._did(context, "edited")

    def publish(self, context: Context) -> Response:
        """Publish it: the assistant gives it from now on."""
        reason = context.form["reason"].strip() or None
        self._releases.publish(context.path["id"], context.name, reason)
        return self._did(context, "published", **({"reason": reason} if reason else {}))

    def schedule(self, context: Context) -> Response:
        """Publish it at a time to come."""
        try:
            local = datetime.fromisoformat(context.form["at"])
        except ValueError:
            return context.refuse("date", 422, self._address(context))
        at = local if local.tzinfo else local.replace(tzinfo=self._calendar.zone)
        self._drafts.schedule(context.path["id"], at, context.form["reason"].strip() or None)
        return self._did(context, "scheduled", at=at.isoformat())

    def unschedule(self, context: Context) -> Response:
        """Not by itself after all."""
        self._drafts.unschedule(context.path["id"])
        return self._did(context, "unscheduled")

    def archive(self, context: Context) -> Response:
        """Take it out of what is published."""
        reason = context.form["reason"].strip() or None
        self._releases.archive(context.path["id"], context.name, reason)
        return self._did(context, "archived", **({"reason": reason} if reason else {}))

    def roll_back(self, context: Context) -> Response:
        """Go back to an earlier version: at once if its sample questions are the same, else after a trial."""
        wanted = number(context.form["version"]) or 0
        version = self._drafts.roll_back(context.path["id"], wanted, context.name)
        if self._releases.needs_trial(version.article):
            self._releases.trials.ask(
                PUBLISH, context.name, article=version.article, version=version.number, edits=version.edits
            )
            return self._did(context, "rolled_back", version=wanted)
        self._releases.publish(version.article, context.name, None)
        return self._did(context, "published", version=wanted)

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
            diffs=_diffs(before, version),
            standing=self._standing(context),
            fields=_SOURCE_FIELDS,
        )

    def show_releases(self, context: Context) -> Response:
        """What was published when, and by whom."""
        return context.page("releases.html", releases=self._releases.recent(200), titles=self._titles(context))

    def show_unanswered(self, context: Context) -> Response:
        """The questions that were not answered, grouped by likeness."""
        questions = {question.message: question for question in self._unanswered.latest()}
        groups = []
        for ids in self._librarian.groups():
            found = [questions.pop(number) for number in ids if number in questions]
            if found:
                groups.append(found)
        groups.sort(key=lambda group: -len(group))
        return context.page(
            "unanswered.html",
            groups=groups[:_GROUPS_SHOWN],
            hidden=len(groups) - len(groups[:_GROUPS_SHOWN]),
            fresh=sorted(questions.values(), key=lambda question: question.at, reverse=True)[:_GROUPS_SHOWN],
            shown=_SHOWN_OF_GROUP,
            failed=self._librarian.failed(GROUPS),
        )

    def draft_of_group(self, context: Context) -> Response:
        """A new draft that begins with the questions of a group."""
        wanted = set(numbers(context.form.all("message")))
        if not any(question.message in wanted for question in self._unanswered.latest()):
            raise EditRefused("nothing_chosen")
        return self._begin(context, "article", {"messages": sorted(wanted)})

    def set_aside(self, context: Context) -> Response:
        """Questions that no article will answer leave the list."""
        wanted = numbers(context.form.all("message"))
        self._unanswered.set_aside(wanted, context.name, context.pages.now())
        self._journal.note(context.officer, "set_aside", "unanswered questions", count=len(wanted))
        return context.to(f"{HOME}/knowledge/unanswered", done="set_aside")

    def draft_of_ticket(self, context: Context) -> Response:
        """A new draft that begins with the question and the answer of a ticket."""
        ticket = self._tickets.get(context.path["reference"])
        if not self._answers_of(ticket):
            raise NotPossible("not_answered")
        return self._begin(context, ticket.program or "article", {"ticket": ticket.reference})

    def _begin(self, context: Context, stem: str, origin: Mapping[str, Any]) -> Response:
        """Save an empty draft. Neither it nor its name holds anything that a citizen wrote (see `_with_words`)."""
        document = {**self._empty(context), "id": self._free_id(stem)}
        version = self._drafts.save(document, context.name, edits=0, origin=origin)
        self._journal.note(context.officer, "drafted", f"article {version.article}", **origin)
        return context.to(f"{HOME}/knowledge/{version.article}/edit", done="drafted")

    def _with_words(self, context: Context, work: Version) -> dict[str, Any]:
        """What a draft that nobody has edited yet begins with: the words of citizens that it was made from.

        They are not in the draft before somebody who may see them has saved it, and are looked for where they are kept.
        """
        questions: dict[str, list[str]] = {lang: [] for lang in LANGUAGES}
        answer = dict.fromkeys(LANGUAGES, "")
        if "ticket" in work.origin and context.officer.may(TICKETS):
            ticket = self._tickets.get(work.origin["ticket"])
            questions[ticket.language].append(" ".join(ticket.question.split()))
            answer[ticket.language] = "".join(self._answers_of(ticket)[-1:])
            self._journal.note(context.officer, "looked", f"ticket {ticket.reference}")
        if "messages" in work.origin and context.officer.may(CONVERSATIONS):
            wanted = set(work.origin["messages"])
            for question in self._unanswered.latest():
                if question.message in wanted:
                    questions[question.language].append(" ".join(question.text.split()))
            self._journal.note(context.officer, "looked", "unanswered questions", count=len(wanted))
        return {**work.document, "questions": questions, "answer": answer}

    def _answers_of(self, ticket: Ticket) -> list[str]:
        said = self._conversations.transcript(ticket.conversation)
        return [message.text for message in said if message.detail.get("ticket") == ticket.reference]

    def _free_id(self, stem: str) -> str:
        taken = {standing.article for standing in self._drafts.standings()}
        return next(name for n in range(1, 10_000) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)

    def _empty(self, context: Context) -> dict[str, Any]:
        """A document to begin with: the source that most articles have, and a year until its review."""
        sources: Counter[str] = Counter()
        known: dict[str, dict[str, Any]] = {}
        for standing in self._drafts.standings():
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
            "review_by": (self._today(context) + _YEAR).isoformat(),
            "questions": {lang: [] for lang in LANGUAGES},
        }

    def _document(self, context: Context) -> dict[str, Any]:
        form = context.form
        columns = [form.all(f"source_{name}") for name in _SOURCE_FIELDS]
        sources = [dict(zip(_SOURCE_FIELDS, values)) for values in zip(*columns)]
        fields = {**form.as_dict(), "audience": ", ".join(form.all("audience"))}
        if "id" in context.path:
            fields["id"] = context.path["id"]
        return clean_document(fields, sources)

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
        sources = [_flat(source) for source in document["sources"]]
        sources.append(dict.fromkeys(_SOURCE_FIELDS, ""))
        return context.page(
            "article_edit.html",
            409 if problem else 200,
            document=document,
            sources=sources,
            edits=edits,
            is_new=is_new,
            problem=problem,
            fields=_SOURCE_FIELDS,
            audiences=list(dict.fromkeys([*_AUDIENCES, *document["audience"]])),
        )

    def _page(self, context: Context) -> Response:
        standing = self._standing(context)
        work, published = standing.in_work, standing.published
        trial = self._releases.trials.of_article(standing.article)
        latest = self._releases.latest()
        today = self._today(context)
        return context.page(
            "article.html",
            standing=standing,
            marks=self._marks(standing, today),
            history=self._drafts.history(standing.article),
            titles=self._titles(context),
            problems=self._drafts.problems(work) if work else [],
            diffs=_diffs(published, work) if work else None,
            trial=trial,
            trial_fits=trial is not None and _fits(trial, standing, latest.number if latest else 0),
            needs_trial=work is not None and self._releases.needs_trial(standing.article),
            may_review=work is not None and context.name not in work.authors,
            ready=work is not None and work.state in (REVIEWED, SCHEDULED),
            fields=_SOURCE_FIELDS,
        )

    def _did(self, context: Context, action: str, **detail: Any) -> Response:
        self._journal.note(context.officer, action, f"article {context.path['id']}", **detail)
        return context.to(self._address(context), done=action)

    @staticmethod
    def _address(context: Context) -> str:
        return f"{HOME}/knowledge/{context.path['id']}"

    def _standing(self, context: Context) -> Standing:
        found = self._drafts.standing(context.path["id"])
        if found is None:
            raise LookupError("no such article")
        return found

    def _titles(self, context: Context) -> dict[str, str]:
        """What each article is called on the page."""
        return {one.article: one.newest.title(context.lang) for one in self._drafts.standings()}

    def _today(self, context: Context) -> date:
        return self._calendar.local_date(context.pages.now())

    def _marks(self, standing: Standing, today: date) -> list[str]:
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


def _fits(trial: Trial, standing: Standing, base: int) -> bool:
    """Whether a trial still says what publishing or archiving would change now."""
    if trial.action == ARCHIVE:
        return standing.published is not None and trial.tells_of(ARCHIVE, standing.published.number, None, base)
    work = standing.in_work
    return work is not None and trial.tells_of(PUBLISH, work.number, work.edits, base)


def _diffs(before: Version | None, after: Version) -> dict[str, dict[str, Sequence[Piece]]]:
    """By part and language, the pieces of text that stayed, went and came."""
    return {
        part: {
            lang: differences(_part(before.document if before else {}, part, lang), _part(after.document, part, lang))
            for lang in LANGUAGES
        }
        for part in ("title", "answer", "questions")
    }


def _part(document: Mapping[str, Any], part: str, lang: str) -> str:
    value = (document.get(part) or {}).get(lang) or ""
    return "\n".join(value) if isinstance(value, list) else str(value)


def _flat(source: Mapping[str, Any]) -> dict[str, str]:
    """A source as the fields of a form."""
    return {
        **{f"{part}_{lang}": source[part][lang] for part in ("document", "section") for lang in LANGUAGES},
        "effective": source["effective"],
        "updated": source["updated"],
    }

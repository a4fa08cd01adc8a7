"""The line of those who wait, and one conversation: take it, reply, note, hand it on, give it back, close it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from bot.assistant.rasa_client import Assistant, AssistantUnavailable
from bot.channels.email.stored_files import Files
from bot.channels.email.threads import Correspondence
from bot.console.access import Access, Endpoint
from bot.console.context import HOME, Visit
from bot.core.written import says_nothing
from bot.handover.officer_actions import Officers
from bot.knowledge.store import ArticleStore
from bot.messages.conversation import BOT, OFFICER, QUEUE, SYSTEM, Conversation, Message
from bot.messages.failures import Failures
from bot.messages.outbox import Outbox
from bot.messages.ownership import NotAllowed
from bot.messages.queue import Line, Note, question_of, topic_of
from bot.messages.store import ConversationStore
from bot.promises.calendar import Calendar
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS
from bot.staff.people import People
from bot.tickets.store import TicketStore

MAX_REPLY = 8000
_TYPING = timedelta(seconds=6)
_DRAFTS = 3
_LIKELY = 0.03  # an article less likely than this is no draft


@dataclass(frozen=True)
class Draft:
    """An approved article that may answer, in the citizen's language, for the officer to edit and send."""

    article: str
    title: str
    text: str
    percent: int


@dataclass(frozen=True)
class Item:
    """A line of what was said, or of what officers noted: `kind` is "message" or "note"."""

    kind: str
    at: datetime
    message: Message | None = None
    note: Note | None = None

    @property
    def key(self) -> str:
        """The item's name in the page."""
        return f"m{self.message.seq}" if self.message else f"n{self.at.timestamp()}"


class Drafting:
    """Asks the assistant which articles may answer a message."""

    def __init__(self, assistant: Assistant, articles: ArticleStore) -> None:
        self._assistant = assistant
        self._articles = articles

    async def drafts(self, text: str | None, lang: str) -> list[Draft] | None:
        """The best articles for `text`; None if the assistant does not answer."""
        if not text:
            return []
        try:
            matches = await self._assistant.read(text, lang)
        except AssistantUnavailable:
            return None
        return await run_in_threadpool(self._fill, matches, lang)

    def _fill(self, matches: Sequence[tuple[str, float]], lang: str) -> list[Draft]:
        found = []
        for article_id, probability in matches[:_DRAFTS]:
            article = self._articles.get(article_id)
            if article and probability >= _LIKELY:
                percent = round(100 * probability)
                found.append(Draft(article.id, article.title[lang], article.answer[lang], percent))
        return found


class Talks:
    """The pages of conversations."""

    def __init__(
        self,
        access: Access,
        store: ConversationStore,
        line: Line,
        officers: Officers,
        outbox: Outbox,
        failures: Failures,
        correspondence: Correspondence,
        files: Files,
        tickets: TicketStore,
        people: People,
        drafting: Drafting,
        calendar: Calendar,
        journal: Journal,
        nudge: Callable[[Conversation], None],
    ) -> None:
        """`nudge(conversation)`: tell those who look on, and what carries messages out, that something was said."""
        self._access = access
        self._store = store
        self._line = line
        self._officers = officers
        self._outbox = outbox
        self._failures = failures
        self._correspondence = correspondence
        self._files = files
        self._tickets = tickets
        self._people = people
        self._drafting = drafting
        self._calendar = calendar
        self._journal = journal
        self._nudge = nudge

    def routes(self) -> list[Route]:
        """The routes, for those who may work with conversations."""
        one = "/conversations/{id}"
        posts: dict[str, Endpoint] = {
            "take": self.take,
            "reply": self.reply,
            "note": self.note,
            "hand": self.hand,
            "back": self.give_back,
            "queue": self.to_line,
            "close": self.close,
            "typing": self.typing,
        }
        return [
            self._access.get("", self.home),
            self._access.get("/conversations", self.show_line, CONVERSATIONS),
            self._access.get(one, self.show, CONVERSATIONS),
            *(self._access.post(f"{one}/{name}", endpoint, CONVERSATIONS) for name, endpoint in posts.items()),
            self._access.get("/undelivered", self.undelivered, CONVERSATIONS),
            self._access.post("/undelivered/{number:int}/retry", self.retry, CONVERSATIONS),
        ]

    def home(self, visit: Visit) -> Response:
        """Where an officer begins: with those who wait, or with the articles."""
        return visit.to(f"{HOME}/conversations" if visit.officer.may(CONVERSATIONS) else f"{HOME}/knowledge")

    def show_line(self, visit: Visit) -> Response:
        """Who waits, and who holds what."""
        found = self._line.all()
        now = visit.pages.now()
        return visit.page(
            "line.html",
            waiting=[entry for entry in found if entry.conversation.held_by == QUEUE],
            mine=[entry for entry in found if entry.conversation.officer == visit.name],
            others=[entry for entry in found if entry.conversation.officer not in (None, visit.name)],
            is_open=self._calendar.is_open(now),
            opens_at=self._calendar.next_opening(now),
            parked=self._outbox.counts().get("parked", 0),
            failed=self._failures.count(),
            aside=bool(self._correspondence.aside(1)),
        )

    async def show(self, visit: Visit) -> Response:
        """One conversation."""
        context = await run_in_threadpool(self._look, visit)
        if "x-live" not in visit.request.headers:
            await run_in_threadpool(self._journal.note, visit.officer, "looked", f"conversation {visit.path['id']}")
        return await self._page(visit, context)

    def take(self, visit: Visit) -> Response:
        """Take it; of two who press at once one gets it, and the other is told who has it."""
        this = visit.path["id"]
        try:
            self._officers.take(this, visit.name)
        except NotAllowed as refusal:
            held = self._store.get(this)
            if refusal.code == "held" and held and held.officer:
                why = visit.say("refused_held_by", name=held.officer)
                return visit.page(
                    "refused.html", 409, heading=visit.say("refused"), why=why, back=f"{HOME}/conversations"
                )
            raise
        return self._did(visit, "taken")

    async def reply(self, visit: Visit) -> Response:
        """Say something to the citizen; what cannot be said stays in the form."""
        text = visit.form["text"]
        problem, said = None, None
        if says_nothing(text) or len(text) > MAX_REPLY:
            problem = visit.say("reply_empty") if says_nothing(text) else visit.say("reply_long", limit=MAX_REPLY)
        else:
            try:
                said = await run_in_threadpool(self._officers.reply, visit.path["id"], visit.name, text)
            except NotAllowed as refusal:
                problem = visit.say(f"refused_{refusal.code}")
        if said is None:
            context = await run_in_threadpool(self._look, visit)
            return await self._page(visit, {**context, "text": visit.form["text"], "problem": problem}, 409)
        return await run_in_threadpool(self._did, visit, "replied", f"m{said.seq}")

    def note(self, visit: Visit) -> Response:
        """Write something down for colleagues."""
        text = visit.form["note"][:MAX_REPLY]
        if not says_nothing(text):
            self._officers.note(visit.path["id"], visit.name, text)
        return self._did(visit, "noted")

    def hand(self, visit: Visit) -> Response:
        """Hand it to a colleague who may work with conversations."""
        colleague = visit.form["to"]
        if colleague not in self._colleagues(visit):
            return visit.refuse("colleague", 422, self._address(visit))
        self._officers.hand_over(visit.path["id"], visit.name, colleague)
        return self._did(visit, "handed", to=colleague)

    def give_back(self, visit: Visit) -> Response:
        """Give it back to the assistant."""
        self._officers.give_back(visit.path["id"], visit.name, BOT)
        return self._did(visit, "given_back")

    def to_line(self, visit: Visit) -> Response:
        """Give it back to the line."""
        self._officers.give_back(visit.path["id"], visit.name, QUEUE)
        return self._did(visit, "to_line")

    def close(self, visit: Visit) -> Response:
        """End it."""
        self._officers.close(visit.path["id"], visit.name)
        return self._did(visit, "conversation_closed")

    def typing(self, visit: Visit) -> Response:
        """The officer types."""
        self._officers.type(visit.path["id"], visit.name)
        return Response(status_code=204)

    def undelivered(self, visit: Visit) -> Response:
        """Messages that could not be delivered, and why."""
        return visit.page("undelivered.html", rows=self._outbox.parked())

    def retry(self, visit: Visit) -> Response:
        """Give one of them another chance."""
        if not self._outbox.retry(visit.path["number"], visit.pages.now()):
            raise LookupError("not parked")
        self._journal.note(visit.officer, "retried", f"outbox {visit.path['number']}")
        return visit.to(f"{HOME}/undelivered", done="retried")

    def _did(self, visit: Visit, action: str, part: str = "log", **detail: Any) -> Response:
        this = visit.path["id"]
        self._journal.note(visit.officer, action, f"conversation {this}", **detail)
        conversation = self._store.get(this)
        if conversation:
            self._nudge(conversation)
        if action in ("given_back", "to_line", "conversation_closed", "handed"):
            return visit.to(f"{HOME}/conversations", done=action)
        return visit.to(self._address(visit), part)

    @staticmethod
    def _address(visit: Visit) -> str:
        return f"{HOME}/conversations/{visit.path['id']}"

    def _colleagues(self, visit: Visit) -> list[str]:
        return [
            officer.name
            for officer in self._people.all()
            if officer.active and officer.may(CONVERSATIONS) and officer.name != visit.name
        ]

    def _look(self, visit: Visit) -> dict[str, Any]:
        conversation = self._store.get(visit.path["id"])
        if conversation is None:
            raise LookupError("no such conversation")
        said = self._store.transcript(conversation.id)
        attendance = self._line.attendance(conversation.id)
        now = visit.pages.now()
        typing_at = attendance.citizen_typing_at
        own = self._tickets.of_conversation(conversation.id, 20)
        elsewhere = map(self._tickets.find, self._correspondence.requests_of(conversation.id))
        return {
            "conversation": conversation,
            "mine": conversation.officer == visit.name,
            "items": _items(said, self._line.notes(conversation.id)),
            "undelivered": self._outbox.undelivered(conversation.id),
            "files": self._files.of_conversation(conversation.id),
            "question": question_of(said),
            "topic": topic_of(said),
            "reach": self._officers.reach(conversation),
            "typing": typing_at is not None and now - typing_at < _TYPING,
            "tickets": [*own, *filter(None, elsewhere)],
            "colleagues": self._colleagues(visit),
            "text": "",
            "problem": None,
            "max_reply": MAX_REPLY,
            "system": SYSTEM,
        }

    async def _page(self, visit: Visit, context: dict[str, Any], status: int = 200) -> Response:
        conversation: Conversation = context["conversation"]
        drafts: list[Draft] | None = []
        if conversation.held_by in (OFFICER, QUEUE):
            drafts = await self._drafting.drafts(context["question"], conversation.language)
        return visit.page("conversation.html", status, **context, drafts=drafts)


def _items(said: Sequence[Message], notes: Sequence[Note]) -> list[Item]:
    """What was said and noted, in the order of time."""
    found = [Item("message", message.at, message=message) for message in said]
    found += [Item("note", note.at, note=note) for note in notes]
    return sorted(found, key=lambda item: item.at)

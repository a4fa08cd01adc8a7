"""The line of those who wait, and one conversation: take it, reply, note, hand it on, give it back, close it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from bot.assistant.rasa_client import AssistantUnavailable, RasaClient
from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads
from bot.console.access import Access, Endpoint
from bot.console.context import HOME, Context
from bot.core.written import says_nothing
from bot.handover.officer_actions import OfficerActions
from bot.knowledge.store import ArticleStore
from bot.messages.conversation import BOT, OFFICER, QUEUE, SYSTEM, Conversation, Message
from bot.messages.failures import Failures
from bot.messages.outbox import Outbox
from bot.messages.ownership import NotAllowed
from bot.messages.queue import Note, Queue, question_of, topic_of
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

    def __init__(self, assistant: RasaClient, articles: ArticleStore) -> None:
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


class ConversationPages:
    """The pages of conversations."""

    def __init__(
        self,
        access: Access,
        store: ConversationStore,
        line: Queue,
        officers: OfficerActions,
        outbox: Outbox,
        failures: Failures,
        email_threads: EmailThreads,
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
        self._queue = line
        self._officers = officers
        self._outbox = outbox
        self._failures = failures
        self._email_threads = email_threads
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

    def home(self, context: Context) -> Response:
        """Where an officer begins: with those who wait, or with the articles."""
        return context.to(f"{HOME}/conversations" if context.officer.may(CONVERSATIONS) else f"{HOME}/knowledge")

    def show_line(self, context: Context) -> Response:
        """Who waits, and who holds what."""
        found = self._queue.all()
        now = context.pages.now()
        return context.page(
            "line.html",
            waiting=[entry for entry in found if entry.conversation.held_by == QUEUE],
            mine=[entry for entry in found if entry.conversation.officer == context.name],
            others=[entry for entry in found if entry.conversation.officer not in (None, context.name)],
            is_open=self._calendar.is_open(now),
            opens_at=self._calendar.next_opening(now),
            parked=self._outbox.counts().get("parked", 0),
            failed=self._failures.count(),
            aside=bool(self._email_threads.aside(1)),
        )

    async def show(self, context: Context) -> Response:
        """One conversation."""
        shown = await run_in_threadpool(self._look, context)
        if "x-live" not in context.request.headers:
            await run_in_threadpool(self._journal.note, context.officer, "looked", f"conversation {context.path['id']}")
        return await self._page(context, shown)

    def take(self, context: Context) -> Response:
        """Take it; of two who press at once one gets it, and the other is told who has it."""
        this = context.path["id"]
        try:
            self._officers.take(this, context.name)
        except NotAllowed as refusal:
            held = self._store.get(this)
            if refusal.code == "held" and held and held.officer:
                why = context.say("refused_held_by", name=held.officer)
                return context.page(
                    "refused.html", 409, heading=context.say("refused"), why=why, back=f"{HOME}/conversations"
                )
            raise
        return self._did(context, "taken")

    async def reply(self, context: Context) -> Response:
        """Say something to the citizen; what cannot be said stays in the form."""
        text = context.form["text"]
        problem, said = None, None
        if says_nothing(text) or len(text) > MAX_REPLY:
            problem = context.say("reply_empty") if says_nothing(text) else context.say("reply_long", limit=MAX_REPLY)
        else:
            try:
                said = await run_in_threadpool(self._officers.reply, context.path["id"], context.name, text)
            except NotAllowed as refusal:
                problem = context.say(f"refused_{refusal.code}")
        if said is None:
            shown = await run_in_threadpool(self._look, context)
            return await self._page(context, {**shown, "text": context.form["text"], "problem": problem}, 409)
        return await run_in_threadpool(self._did, context, "replied", f"m{said.seq}")

    def note(self, context: Context) -> Response:
        """Write something down for colleagues."""
        text = context.form["note"][:MAX_REPLY]
        if not says_nothing(text):
            self._officers.note(context.path["id"], context.name, text)
        return self._did(context, "noted")

    def hand(self, context: Context) -> Response:
        """Hand it to a colleague who may work with conversations."""
        colleague = context.form["to"]
        if colleague not in self._colleagues(context):
            return context.refuse("colleague", 422, self._address(context))
        self._officers.hand_over(context.path["id"], context.name, colleague)
        return self._did(context, "handed", to=colleague)

    def give_back(self, context: Context) -> Response:
        """Give it back to the assistant."""
        self._officers.give_back(context.path["id"], context.name, BOT)
        return self._did(context, "given_back")

    def to_line(self, context: Context) -> Response:
        """Give it back to the line."""
        self._officers.give_back(context.path["id"], context.name, QUEUE)
        return self._did(context, "to_line")

    def close(self, context: Context) -> Response:
        """End it."""
        self._officers.close(context.path["id"], context.name)
        return self._did(context, "conversation_closed")

    def typing(self, context: Context) -> Response:
        """The officer types."""
        self._officers.type(context.path["id"], context.name)
        return Response(status_code=204)

    def undelivered(self, context: Context) -> Response:
        """Messages that could not be delivered, and why."""
        return context.page("undelivered.html", rows=self._outbox.parked())

    def retry(self, context: Context) -> Response:
        """Give one of them another chance."""
        if not self._outbox.retry(context.path["number"], context.pages.now()):
            raise LookupError("not parked")
        self._journal.note(context.officer, "retried", f"outbox {context.path['number']}")
        return context.to(f"{HOME}/undelivered", done="retried")

    def _did(self, context: Context, action: str, part: str = "log", **detail: Any) -> Response:
        this = context.path["id"]
        self._journal.note(context.officer, action, f"conversation {this}", **detail)
        conversation = self._store.get(this)
        if conversation:
            self._nudge(conversation)
        if action in ("given_back", "to_line", "conversation_closed", "handed"):
            return context.to(f"{HOME}/conversations", done=action)
        return context.to(self._address(context), part)

    @staticmethod
    def _address(context: Context) -> str:
        return f"{HOME}/conversations/{context.path['id']}"

    def _colleagues(self, context: Context) -> list[str]:
        return [
            officer.name
            for officer in self._people.all()
            if officer.active and officer.may(CONVERSATIONS) and officer.name != context.name
        ]

    def _look(self, context: Context) -> dict[str, Any]:
        conversation = self._store.get(context.path["id"])
        if conversation is None:
            raise LookupError("no such conversation")
        said = self._store.transcript(conversation.id)
        attendance = self._queue.attendance(conversation.id)
        now = context.pages.now()
        typing_at = attendance.citizen_typing_at
        own = self._tickets.of_conversation(conversation.id, 20)
        elsewhere = map(self._tickets.find, self._email_threads.requests_of(conversation.id))
        return {
            "conversation": conversation,
            "mine": conversation.officer == context.name,
            "items": _items(said, self._queue.notes(conversation.id)),
            "undelivered": self._outbox.undelivered(conversation.id),
            "files": self._files.of_conversation(conversation.id),
            "question": question_of(said),
            "topic": topic_of(said),
            "reach": self._officers.reach(conversation),
            "typing": typing_at is not None and now - typing_at < _TYPING,
            "tickets": [*own, *filter(None, elsewhere)],
            "colleagues": self._colleagues(context),
            "text": "",
            "problem": None,
            "max_reply": MAX_REPLY,
            "system": SYSTEM,
        }

    async def _page(self, context: Context, shown: dict[str, Any], status: int = 200) -> Response:
        conversation: Conversation = shown["conversation"]
        drafts: list[Draft] | None = []
        if conversation.held_by in (OFFICER, QUEUE):
            drafts = await self._drafting.drafts(shown["question"], conversation.language)
        return context.page("conversation.html", status, **shown, drafts=drafts)


def _items(said: Sequence[Message], notes: Sequence[Note]) -> list[Item]:
    """What was said and noted, in the order of time."""
    found = [Item("message", message.at, message=message) for message in said]
    found += [Item("note", note.at, note=note) for note in notes]
    return sorted(found, key=lambda item: item.at)

"""One conversation: take it, reply, note, hand it on, give it back, close it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access, Endpoint
from bot.console.context import HOME, Context
from bot.console.conversation_view import ConversationView
from bot.console.drafting import MAX_REPLY, Draft, Drafting
from bot.core.written import says_nothing
from bot.handover.officer_actions import OfficerActions
from bot.messages.conversation import BOT, OFFICER, QUEUE, Conversation
from bot.messages.ownership import NotAllowed
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS
from bot.staff.people import People


class ConversationPages:
    """The page of a conversation, and what is done with it."""

    def __init__(
        self,
        access: Access,
        view: ConversationView,
        officers: OfficerActions,
        people: People,
        drafting: Drafting,
        journal: Journal,
        nudge: Callable[[str], None],
    ) -> None:
        """`nudge(conversation)`: tell those who look on, and what carries messages out, that something was said."""
        self._access = access
        self._view = view
        self._officers = officers
        self._people = people
        self._drafting = drafting
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
            "queue": self.to_queue,
            "close": self.close,
            "typing": self.typing,
        }
        return [
            self._access.get(one, self.show, CONVERSATIONS),
            *(self._access.post(f"{one}/{name}", endpoint, CONVERSATIONS) for name, endpoint in posts.items()),
        ]

    async def show(self, context: Context) -> Response:
        """One conversation."""
        shown = await run_in_threadpool(self._shown, context)
        if "x-live" not in context.request.headers:
            await run_in_threadpool(self._journal.note, context.officer, "looked", f"conversation {context.path['id']}")
        return await self._page(context, shown)

    def take(self, context: Context) -> Response:
        """Take it; of two who press at once one gets it, and the other is told who has it."""
        this = context.path["id"]
        try:
            self._officers.take(this, context.name)
        except NotAllowed as refusal:
            held = self._view.find(this)
            if refusal.code == "held" and held.officer:
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
            shown = await run_in_threadpool(self._shown, context)
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

    def to_queue(self, context: Context) -> Response:
        """Put it back into the queue."""
        self._officers.give_back(context.path["id"], context.name, QUEUE)
        return self._did(context, "to_line")  # the name that journals hold

    def close(self, context: Context) -> Response:
        """End it."""
        self._officers.close(context.path["id"], context.name)
        return self._did(context, "conversation_closed")

    def typing(self, context: Context) -> Response:
        """The officer types."""
        self._officers.type(context.path["id"], context.name)
        return Response(status_code=204)

    def _did(self, context: Context, action: str, part: str = "log", **detail: Any) -> Response:
        this = context.path["id"]
        self._journal.note(context.officer, action, f"conversation {this}", **detail)
        self._nudge(this)
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

    def _shown(self, context: Context) -> dict[str, Any]:
        shown = self._view.of(context.path["id"], context.name, context.pages.now())
        return {**shown, "colleagues": self._colleagues(context), "text": "", "problem": None}

    async def _page(self, context: Context, shown: dict[str, Any], status: int = 200) -> Response:
        conversation: Conversation = shown["conversation"]
        drafts: list[Draft] | None = []
        if conversation.held_by in (OFFICER, QUEUE):
            drafts = await self._drafting.drafts(shown["question"], conversation.language)
        return context.page("conversation.html", status, **shown, drafts=drafts)

"""Tickets: listed by due moment, answered, given to officers, merged, opened again, and registered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads
from bot.console.access import Access, Endpoint
from bot.console.context import HOME, Context, number
from bot.console.conversations import MAX_REPLY, Drafting
from bot.core.texts import LANGUAGES
from bot.messages.conversation import CITIZEN, Conversation
from bot.messages.outbox import EMAIL
from bot.messages.store import ConversationStore
from bot.promises.ledger import BROKEN, ENDED, KEPT, REVISED, WARNED, ClockEvent, replay
from bot.promises.promise import PromiseError
from bot.promises.store import ClockStore
from bot.staff.journal import Journal
from bot.staff.officer import TICKETS
from bot.staff.people import People
from bot.tickets.answers import Answers, Inquiry
from bot.tickets.notices import NoticeStore
from bot.tickets.reference import find_reference
from bot.tickets.service import QUESTION_PROMISE, TicketService
from bot.tickets.store import TicketFilter
from bot.tickets.ticket import (
    ANSWERED,
    CLOSED,
    OPEN,
    REGISTERED,
    ContactError,
    NotPossible,
    Ticket,
    TicketEvent,
    find_email,
)

_PER_PAGE = 50
_MAX_REASON = 500
_VIEWS = ("open", "overdue", "soon", "mine", "nobody", "closed", "all")
_NOTHING: Mapping[str, str] = MappingProxyType({})
_FILTERS = ("promise", "language", "program", "officer", "channel", "text")


class Tickets:
    """The pages of tickets."""

    def __init__(
        self,
        access: Access,
        desk: TicketService,
        answers: Answers,
        ledger: ClockStore,
        notices: NoticeStore,
        conversations: ConversationStore,
        people: People,
        drafting: Drafting,
        files: Files,
        email_threads: EmailThreads,
        journal: Journal,
        nudge: Callable[[Conversation], None],
    ) -> None:
        """`nudge(conversation)`: as in `Talks`."""
        self._access = access
        self._desk = desk
        self._answers = answers
        self._ledger = ledger
        self._notices = notices
        self._conversations = conversations
        self._people = people
        self._drafting = drafting
        self._files = files
        self._email_threads = email_threads
        self._journal = journal
        self._nudge = nudge

    def routes(self) -> list[Route]:
        """The routes, for those who may work with tickets."""
        one = "/tickets/{reference}"
        posts: dict[str, Endpoint] = {
            "assign": self.assign,
            "program": self.program,
            "answer": self.answer,
            "give": self.give,
            "delay": self.delay,
            "withdraw": self.withdraw,
            "reopen": self.reopen,
        }
        return [
            self._access.get("/tickets", self.show_list, TICKETS),
            self._access.get("/tickets/new", self.show_new, TICKETS),
            self._access.post("/tickets/new", self.register, TICKETS),
            self._access.get(one, self.show, TICKETS),
            *(self._access.post(f"{one}/{name}", endpoint, TICKETS) for name, endpoint in posts.items()),
        ]

    def show_list(self, context: Context) -> Response:
        """The tickets by due moment."""
        view = context.asked("view") if context.asked("view") in _VIEWS else "open"
        asked = {name: context.asked(name).strip() for name in _FILTERS}
        now = context.pages.now()
        wanted = self._filter(view, asked, context, now)
        page = self._desk.store.page(wanted, after=_place(context.asked("after")), limit=_PER_PAGE)
        kept = {"view": view, **{name: value for name, value in asked.items() if value}}
        following = None
        if page.more:
            following = f"{HOME}/tickets?" + urlencode({**kept, "after": f"{page.more[0].isoformat()} {page.more[1]}"})
        return context.page(
            "tickets.html",
            view=view,
            views=_VIEWS,
            asked=asked,
            filtered=any(asked.values()),
            tickets=page.tickets,
            risks={t.reference: self._risk(t, now) for t in page.tickets},
            following=following,
            begun=bool(context.asked("after")),
            unconfirmed=self._unconfirmed(page.tickets),
            counts=self._counts(context, now),
            **self._choices(),
        )

    def show_new(self, context: Context) -> Response:
        """The form for an inquiry that came by telephone, letter or counter."""
        today = self._desk.calendar.local_date(context.pages.now()).isoformat()
        first = {"promise": QUESTION_PROMISE, "channel": REGISTERED[0]}
        return self._new(context, {"received_on": today, "language": context.lang, **first})

    def register(self, context: Context) -> Response:
        """Register an inquiry; what cannot be taken stays in the form."""
        form = context.form
        try:
            ticket = self._answers.register(
                Inquiry(
                    channel=form["channel"],
                    received_on=date.fromisoformat(form["received_on"]),
                    promise=form["promise"],
                    question=form["question"],
                    language=form["language"] if form["language"] in LANGUAGES else LANGUAGES[0],
                    email=find_email(form["email"]) if form["email"].strip() else None,
                    contact=form["contact"].strip()[:500] or None,
                    program=form["program"] or None,
                ),
                context.name,
            )
        except ContactError:
            return self._new(context, form.as_dict(), context.say("refused_email"))
        except (NotPossible, PromiseError) as refusal:
            code = getattr(refusal, "code", "promise")
            return self._new(context, form.as_dict(), context.say(f"refused_{code}"))
        except ValueError:
            return self._new(context, form.as_dict(), context.say("refused_date"))
        self._journal.note(context.officer, "registered", f"ticket {ticket.reference}", channel=ticket.channel)
        return context.to(f"{HOME}/tickets/{ticket.reference}", done="registered")

    async def show(self, context: Context) -> Response:
        """One ticket."""
        ticket = await run_in_threadpool(self._ticket, context)
        if "x-live" not in context.request.headers:
            await run_in_threadpool(self._looked, context, ticket)
        return await self._page(context, ticket)

    async def answer(self, context: Context) -> Response:
        """Answer; what cannot be sent stays in the form."""
        ticket = await run_in_threadpool(self._ticket, context)
        typed = _typed(context, ticket)
        if any(len(text) > MAX_REPLY for text in typed.values()):
            return await self._page(context, ticket, context.say("reply_long", limit=MAX_REPLY), typed)
        try:
            await run_in_threadpool(self._answer, context, ticket, typed)
        except NotPossible as refusal:
            ticket = await run_in_threadpool(self._ticket, context)
            return await self._page(context, ticket, context.say(f"refused_{refusal.code}"), typed)
        return await run_in_threadpool(self._answered, context, ticket)

    async def give(self, context: Context) -> Response:
        """Register an answer that was given otherwise; what cannot be registered stays in the form."""
        ticket = await run_in_threadpool(self._ticket, context)
        if len(context.form["given_text"].strip()) > MAX_REPLY:
            return await self._page(context, ticket, given_problem=context.say("reply_long", limit=MAX_REPLY))
        try:
            await run_in_threadpool(self._give, context, ticket)
        except NotPossible as refusal:
            said = context.say(f"refused_{refusal.code}")
            return await self._page(context, await run_in_threadpool(self._ticket, context), given_problem=said)
        return await run_in_threadpool(self._given, context, ticket)

    async def delay(self, context: Context) -> Response:
        """Tell the citizen of a delay; what cannot be told stays in the form."""
        ticket = await run_in_threadpool(self._ticket, context)
        reason = context.form["reason"].strip()
        if len(reason) > _MAX_REASON:
            return await self._page(context, ticket, delay_problem=context.say("reply_long", limit=_MAX_REASON))
        try:
            until = date.fromisoformat(context.form["until"].strip())
            await run_in_threadpool(self._answers.delay, ticket.reference, context.name, until, reason)
        except NotPossible as refusal:
            said = context.say("delay_date") if refusal.code == "date" else context.say(f"refused_{refusal.code}")
            ticket = await run_in_threadpool(self._ticket, context)
            return await self._page(context, ticket, delay_problem=said)
        except ValueError:
            return await self._page(context, ticket, delay_problem=context.say("delay_date"))
        return await run_in_threadpool(self._delayed, context, ticket, until)

    def assign(self, context: Context) -> Response:
        """Give it to an officer."""
        to = context.form["to"] or None
        if to and to not in self._officers():
            return context.refuse("colleague", 422, self._address(context))
        self._desk.assign(self._ticket(context).reference, context.name, to)
        return self._did(context, "assigned", to=to)

    def program(self, context: Context) -> Response:
        """Say what program it is about."""
        program = context.form["program"] or None
        if program and program not in {known.id for known in self._desk.programs}:
            return context.refuse("program", 422, self._address(context))
        self._desk.set_program(self._ticket(context).reference, context.name, program)
        return self._did(context, "program", program=program)

    def withdraw(self, context: Context) -> Response:
        """Close it without an answer, and say why."""
        reference, reason = self._ticket(context).reference, context.form["reason"]
        self._desk.groups.withdraw(reference, context.name, reason, context.form.all("seen"))
        return self._did(context, "withdrawn")

    def reopen(self, context: Context) -> Response:
        """Open it again, and say why."""
        self._desk.reopen(self._ticket(context).reference, context.name, context.form["reason"])
        return self._did(context, "reopened")

    def _looked(self, context: Context, ticket: Ticket) -> None:
        self._journal.note(context.officer, "looked", f"ticket {ticket.reference}")
        context.unseen -= (
            self._notices.see(context.name, context.pages.now(), ticket.reference) if context.unseen else 0
        )

    def _answer(self, context: Context, ticket: Ticket, typed: Mapping[str, str]) -> None:
        seen = [reference for reference in context.form.all("seen") if reference != ticket.reference]
        text = typed.get(ticket.language, "")
        given_on = _day(context.form["given_on"]) if context.form["given_on"] else None
        self._answers.answer(ticket.reference, context.name, text, others=typed, seen=seen, given_on=given_on)

    def _give(self, context: Context, ticket: Ticket) -> None:
        form = context.form
        given_on = _day(form["given_on"])
        self._answers.give(ticket.reference, context.name, form["given_text"], form["given_by"], given_on)

    def _given(self, context: Context, before: Ticket) -> Response:
        form, now = context.form, self._ticket(context)
        self._journal.note(
            context.officer, "given", f"ticket {now.reference}", by=form["given_by"], given_on=form["given_on"].strip()
        )
        clock = next(replay(self._ledger.events(now.reference)), None)
        if clock and clock.was and now.kept and not before.kept:
            self._journal.note(context.officer, "revised", f"ticket {now.reference}", was=clock.was, verdict=KEPT)
        return context.to(self._address(context), done="ticket_given")

    def _answered(self, context: Context, ticket: Ticket) -> Response:
        for one in (ticket, *self._desk.store.merged_into(ticket.reference)):
            self._tell(one)
        return self._did(context, "answered")

    def _delayed(self, context: Context, ticket: Ticket, until: date) -> Response:
        self._tell(ticket)
        return self._did(context, "delayed", until=until.isoformat())

    def _tell(self, ticket: Ticket) -> None:
        conversation = self._conversations.get(ticket.conversation)
        if conversation:
            self._nudge(conversation)

    def _did(self, context: Context, action: str, **detail: Any) -> Response:
        self._journal.note(context.officer, action, f"ticket {context.path['reference']}", **detail)
        return context.to(self._address(context), done=f"ticket_{action}")

    @staticmethod
    def _address(context: Context) -> str:
        return f"{HOME}/tickets/{context.path['reference']}"

    def _ticket(self, context: Context) -> Ticket:
        return self._desk.get(context.path["reference"])

    def _officers(self) -> list[str]:
        return [officer.name for officer in self._people.all() if officer.active and officer.may(TICKETS)]

    def _choices(self) -> dict[str, Any]:
        return {
            "promises": self._promises(),
            "programs": self._desk.programs,
            "officers": self._officers(),
            "channels": ("web", "rest", "telegram", "email", *REGISTERED),
            "registered": REGISTERED,
        }

    def _promises(self) -> list[dict[str, Any]]:
        """The promises, the shortest first, with the working days that they have for what comes today."""
        today = self._desk.calendar.local_date(self._desk.now())
        promises = self._desk.registry.promises.values()
        found = [
            {"id": promise.id, "working_days": version.working_days, "starts": version.starts}
            for promise, version in ((promise, promise.on(today)) for promise in promises)
        ]
        return sorted(found, key=lambda promise: promise["working_days"])

    def _filter(self, view: str, asked: dict[str, str], context: Context, now: datetime) -> TicketFilter:
        reference = find_reference(asked["text"], self._desk.prefix)
        found = TicketFilter(
            promise=asked["promise"] or None,
            language=asked["language"] or None,
            program=asked["program"] or None,
            officer=asked["officer"] or None,
            channel=asked["channel"] or None,
            reference=reference,
            text="" if reference else asked["text"],
        )
        return self._narrowed(found, view, context, now)

    def _narrowed(self, found: TicketFilter, view: str, context: Context, now: datetime) -> TicketFilter:
        state = {"closed": CLOSED, "all": None}.get(view, OPEN)
        found = replace(found, state=state)
        if view == "overdue":
            return found.overdue(now)
        if view == "soon":
            return found.at_risk(now, self._desk.calendar)
        if view == "mine":
            return replace(found, officer=context.name)
        return replace(found, officer="") if view == "nobody" else found

    def _counts(self, context: Context, now: datetime) -> dict[str, int]:
        counted = ("open", "overdue", "soon", "mine", "nobody")
        return {view: self._desk.store.count(self._narrowed(TicketFilter(), view, context, now)) for view in counted}

    def _risk(self, ticket: Ticket, now: datetime) -> str:
        return ticket.risk(now, self._desk.calendar) if ticket.state == OPEN else ""

    def _new(self, context: Context, values: dict[str, str], problem: str | None = None) -> Response:
        today = self._desk.calendar.local_date(context.pages.now()).isoformat()
        return context.page(
            "ticket_new.html", 422 if problem else 200, values=values, problem=problem, today=today, **self._choices()
        )

    async def _page(
        self,
        context: Context,
        ticket: Ticket,
        problem: str | None = None,
        typed: Mapping[str, str] = _NOTHING,
        delay_problem: str | None = None,
        given_problem: str | None = None,
    ) -> Response:
        shown = await run_in_threadpool(self._look, context, ticket)
        # An approved article may help in each language that is answered in.
        asked = {one.language: one.question for one in reversed(shown["group"]) if one.state == OPEN}
        drafts = {code: await self._drafting.drafts(question, code) for code, question in asked.items()}
        return context.page(
            "ticket.html",
            409 if problem or delay_problem or given_problem else 200,
            **shown,
            drafts=drafts,
            problem=problem,
            typed=typed,
            delay_problem=delay_problem,
            given_problem=given_problem,
        )

    def _look(self, context: Context, ticket: Ticket) -> dict[str, Any]:
        ticket_history = self._desk.store.history(ticket.reference)
        clock_history = self._ledger.events(ticket.reference)
        history: list[TicketEvent | ClockEvent] = [*ticket_history, *map(_told, filter(_adds, clock_history))]
        # What was late when it was registered had been broken before: its history begins all the same.
        history.sort(key=lambda event: max(event.at, ticket.opened_at))
        promise = self._desk.registry.promises.get(ticket.promise)
        given = any(event.kind == "answered" for event in ticket_history)
        group = self._desk.groups.members(ticket.reference)
        return {
            **self._said(ticket, answered=given),
            "group": group,
            "today": self._desk.calendar.local_date(context.pages.now()),
            "given": [event for event in ticket_history if event.kind == "given" and "text" in event.detail],
            "languages": list(dict.fromkeys(one.language for one in group)),
            "risk": self._risk(ticket, context.pages.now()),
            "promise": promise.on(ticket.day_zero) if promise else None,
            "history": history,
            "delayed_until": next((clock.delayed_until for clock in replay(clock_history)), None),
            "unconfirmed": self._unconfirmed([ticket]),
            "earliest": self._earliest(context, ticket),
            "max_reason": _MAX_REASON,
            "merged": [self._said(one) for one in self._desk.store.merged_into(ticket.reference)],
            "alike": self._alike(ticket),
            "max_reply": MAX_REPLY,
            **self._choices(),
        }

    def _said(self, ticket: Ticket, *, answered: bool = False) -> dict[str, Any]:
        """A ticket with what its citizen wrote by e-mail and, if it is `answered`, what it was answered."""
        conversation = self._conversations.get(ticket.conversation)
        by_email = ticket.channel == EMAIL
        added = self._email_threads.added_to(ticket.reference)
        mailed = {message.conversation_id for message in added} | ({ticket.conversation} if by_email else set())
        said = self._conversations.transcript(ticket.conversation) if (answered or by_email) and conversation else []
        letter = next((message for message in said if by_email and message.id == ticket.message), None)
        later = [m for m in said if letter and m.author == CITIZEN and m.seq > letter.seq]
        return {
            "ticket": ticket,
            "conversation": conversation,
            "letter": letter,
            "later": sorted([*later, *added], key=lambda message: message.id),
            "files": {number: files for one in mailed for number, files in self._files.of_conversation(one).items()},
            "answers": [message for message in said if message.detail.get("ticket") == ticket.reference],
        }

    def _unconfirmed(self, tickets: Iterable[Ticket]) -> list[int]:
        """The years whose calendar nobody has confirmed, of those in which the days of open tickets lie."""
        proofs = (ticket.proof for ticket in tickets if ticket.state == OPEN)
        years = {int(day["date"][:4]) for proof in proofs for day in proof}
        return sorted(years - self._desk.calendar.confirmed_years)

    def _earliest(self, context: Context, ticket: Ticket) -> date:
        """The first day until which a ticket may be delayed."""
        calendar = self._desk.calendar
        due = calendar.local_date(ticket.due_at) + timedelta(days=1)
        day = max(due, calendar.local_date(context.pages.now()))
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
        return day

    def _alike(self, ticket: Ticket) -> list[Ticket]:
        """Other open tickets of the same citizen, which may be duplicates."""
        if ticket.state != OPEN:
            return []
        found = self._desk.store.open_of_conversation(ticket.conversation)
        if ticket.email:
            found += self._desk.store.page(TicketFilter(state=OPEN, text=ticket.email), limit=10).tickets
        distinct = {other.reference: other for other in found if other.merged_into is None}
        distinct.pop(ticket.reference, None)
        return list(distinct.values())


def _typed(context: Context, ticket: Ticket) -> dict[str, str]:
    """What was typed as an answer, by language: that of the ticket, and of those merged into it."""
    fields = {code: "text" if code == ticket.language else f"text-{code}" for code in LANGUAGES}
    return {code: context.form[field] for code, field in fields.items() if context.form[field]}


def _adds(event: ClockEvent) -> bool:
    """Whether an event of a clock tells what the history of its ticket does not."""
    return event.kind in (WARNED, BROKEN, KEPT, REVISED) or (event.kind == ENDED and event.detail["how"] == ANSWERED)


def _told(event: ClockEvent) -> ClockEvent:
    """An event of a clock at the moment when it was known: an answer may be registered on a later day."""
    known = event.detail.get("registered_at")
    return replace(event, at=datetime.fromisoformat(known)) if known else event


def _day(typed: str) -> date:
    """A day as a form gives it.

    Raises:
        NotPossible: "date": it is none.
    """
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise NotPossible("date") from None


def _place(typed: str) -> tuple[datetime, int] | None:
    """Where a page of the list begins; None if that cannot be read."""
    moment, _, last = typed.rpartition(" ")
    after = number(last)
    try:
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None or after is None:
            return None
        return found.astimezone(timezone.utc), after
    except (ValueError, OverflowError):
        return None

"""What one turn of an action works with: the citizen's message as understood, and how to reply."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.bootstrap import Rooms, wire
from bot.core.settings import load_settings
from bot.core.texts import LANGUAGES
from bot.messages import payloads
from bot.messages.contract import ReplyFacts, Step, TicketFacts
from bot.tickets.offers import due_values, ticket_buttons
from bot.tickets.ticket import Ticket

# The slots of a conversation; `domain.yml` declares them.
LANGUAGE = "language"
OFFER = "offer"  # what the last reply offers: "ticket", "articles", "forget" or None
QUESTION = "unanswered_question"  # what a ticket would pass on
CLOCK = (
    "ticket_clock"  # the promise of that ticket and since when: {"promise", "started_on"}; None: a question left now
)
GIVEN = "given_article"  # the article given last, from which a short question may go on
PAUSED = "paused"  # a form that was left, with what was said: {"form", "slots"}
TOLD = "told"  # the form whose end was told last, with what was said, to be corrected: {"form", "slots"}
REQUESTED = "requested_slot"  # Rasa's: what the form under way has asked for


RUN = "form_run"  # which time the form under way was begun: the number of the message that began it


@dataclass(frozen=True)
class Under:
    """What a pressed button stood under (see `bot.assistant.buttons`)."""

    late: bool
    question: str | None = None
    clock: dict[str, str] | None = None
    article: str | None = None
    step: Step | None = None


@lru_cache(maxsize=1)
def rooms() -> Rooms:
    """The rooms of this process, wired at first use."""
    return wire(load_settings())


class ActionTurn:
    """One message and the replies to it, in the citizen's language."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self._dispatcher = dispatcher
        self._tracker = tracker
        self.message: dict[str, Any] = tracker.latest_message or {}
        self.text: str = self.message.get("text") or ""
        self.intent: str | None = (self.message.get("intent") or {}).get("name")
        self.confidence: float = (self.message.get("intent") or {}).get("confidence") or 0.0
        found = self.message.get("language") or {}
        # A command is answered in the language of its name, whatever the conversation's was.
        named = (self.message.get("metadata") or {}).get("answer_in")
        self.language: str = (
            named or found.get("code") or tracker.get_slot(LANGUAGE) or rooms().organization.first_language
        )
        self.detected: str | None = found.get("detected")
        self.knowledge: dict[str, Any] = self.message.get("knowledge") or {}
        under = (self.message.get("metadata") or {}).get("under")
        self.under: Under | None = _under(under) if under else None
        self._given: str | None = None
        self._left_step: Step | None = None
        self._left = False

    @property
    def is_foreign(self) -> bool:
        """Whether the message is in a language that the desk does not speak."""
        return self.detected not in (None, *LANGUAGES)

    @property
    def conversation(self) -> str:
        """The id of the conversation."""
        return str(self._tracker.sender_id)

    @property
    def form(self) -> str | None:
        """The form under way, None if there is none or this turn has left it."""
        return None if self._left else (self._tracker.active_loop or {}).get("name")

    @property
    def in_form(self) -> bool:
        """Whether the message came in the middle of a form, which goes on."""
        return bool(self.form)

    @property
    def asks(self) -> bool:
        """Whether the message is a question that an article answers, and no answer to a form's question."""
        return self.intent == "inquiry" and self.knowledge.get("outcome") == "answered" and "?" in self.text

    @property
    def own(self) -> str | None:
        """The published article of which the message is a sample question, word for word."""
        own = self.knowledge.get("own")
        return str(own) if own else None

    @property
    def written(self) -> str:
        """The message as it was written, to be kept; `text` is what is left of it to be understood."""
        number = (self.message.get("metadata") or {}).get("message")
        kept = rooms().conversations.at(self.conversation, message_id=number) if number else None
        return kept.text if kept else self.text

    @property
    def step(self) -> Step | None:
        """The step of a dialogue under which the pressed button stood; None where it stood under none."""
        return self.under.step if self.under else None

    def answers(self, form: str) -> bool:
        """Whether the message may answer `form`: words may, and a button under a step of this time's."""
        return self.under is None or (self._asks_something and self._is_under_way(form))

    @property
    def comes_too_late(self) -> bool:
        """Whether the pressed button stood under a step of a dialogue that is not under way any more."""
        return self._asks_something and not self._is_under_way(self.form)

    @property
    def _asks_something(self) -> bool:
        return self.step is not None and self.step.slot is not None

    def _is_under_way(self, form: str | None) -> bool:
        return self.step is not None and (self.step.form, self.step.run) == (form, self.slot(RUN))

    def asks_for(self, slot: str) -> Step:
        """The step that asks for a slot of the form under way."""
        return Step(str(self.form), self.slot(RUN), slot)

    def begun(self) -> list[EventType]:
        """The event that marks the beginning of a form; none in its middle, or where one that was left goes on."""
        begins = self.slot(REQUESTED) is None and self.slot(RUN) is None
        return [SlotSet(RUN, str((self.message.get("metadata") or {}).get("message", "")))] if begins else []

    def slot(self, name: str) -> Any:
        """The value of a slot."""
        return self._tracker.get_slot(name)

    def entity(self, name: str) -> str | None:
        """The value of the first entity `name` in the message."""
        return next((e["value"] for e in self.message.get("entities") or () if e["entity"] == name), None)

    def say(
        self, key: str, outcome: str, *, buttons: tuple[dict[str, str], ...] = (), values: Any = None, **facts: Any
    ) -> None:
        """Reply with the approved text `key`; `facts` is what programs read beside it (`ReplyFacts`)."""
        text = rooms().texts.get(key, self.language, **(values or {}))
        self.reply(text, outcome, buttons=buttons, **facts)

    def reply(self, text: str, outcome: str, *, buttons: tuple[dict[str, str], ...] = (), **more: Any) -> None:
        """Reply with an approved text (an article's answer).

        Raises:
            TypeError: `more` holds what `ReplyFacts` does not declare.
        """
        facts = ReplyFacts(outcome, self.language, self.intent, **more)
        self._given = facts.article or self._given
        if facts.step is None and any(button["payload"] == payloads.RESUME for button in buttons):
            paused = self.slot(PAUSED)
            facts = replace(facts, step=self._left_step or Step(paused["form"], paused.get("run")))
        self._dispatcher.utter_message(text=text, buttons=list(buttons), json_message=facts.to_json())

    def offer_ticket(
        self,
        key: str,
        outcome: str,
        *,
        question: str | None = None,
        values: Any = None,
        more: tuple[dict[str, str], ...] = (),
        **facts: Any,
    ) -> list[EventType]:
        """Reply with the text `key`, which names a due date, and offer a ticket for `question`; `more`: other buttons.

        In the middle of a form no second ticket is offered: the form goes on.
        """
        due = rooms().tickets.due_if_opened_now()
        values = {**due_values(due.due_at, self.language, rooms().calendar.zone), **(values or {})}
        if self.in_form:
            self.say("unanswered_in_form" if outcome == "unanswered" else key, outcome, values=values, **facts)
            return self.done()
        self.say(
            key,
            outcome,
            buttons=(*ticket_buttons(rooms().texts, self.language), *more),
            values=values,
            ticket=TicketFacts(None, due.due_at.isoformat(), question=question or self.slot(QUESTION)),
            **facts,
        )
        return self.done(offer="ticket", question=question)

    def done(
        self, *, offer: str | None = None, question: str | None = None, clock: dict[str, str] | None = None
    ) -> list[EventType]:
        """The events that end a turn: the language spoken, what now lies on the counter, and the form that goes on.

        `clock`: of the ticket offered for `question` (see CLOCK).
        """
        events = self.asked(offer=offer)
        if question is not None:
            events += [
                SlotSet(name, value)
                for name, value in ((QUESTION, question), (CLOCK, clock))
                if self.slot(name) != value
            ]
        if self._given and self.slot(GIVEN) != self._given:
            events.append(SlotSet(GIVEN, self._given))
        return [*events, FollowupAction(self.form)] if self.form else events

    def asked(self, *, offer: str | None = None) -> list[EventType]:
        """The events that end a form's own question, after which the citizen speaks."""
        events: list[EventType] = []
        if self.slot(LANGUAGE) != self.language:
            events.append(SlotSet(LANGUAGE, self.language))
        if self.slot(OFFER) != offer:
            events.append(SlotSet(OFFER, offer))
        return events

    def leave(self, slots: Collection[str]) -> list[EventType]:
        """Leave the form under way; what was said in it (`slots`) is kept to take it up again."""
        form, said = self.form, {name: self.slot(name) for name in slots}
        self._left = True
        self._left_step = Step(str(form), self.slot(RUN))
        return [
            SlotSet(PAUSED, {"form": form, "run": self.slot(RUN), "slots": said}),
            *(SlotSet(name, None) for name in (*slots, RUN)),
            SlotSet(REQUESTED, None),
            ActiveLoop(None),
        ]

    def button(self, key: str, payload: str) -> dict[str, str]:
        """A button with the approved text `key`."""
        return {"title": rooms().texts.get(key, self.language), "payload": payload}


def ticket_facts(ticket: Ticket) -> TicketFacts:
    """A ticket as a reply carries it: reference, due moment, state, and the proof of the due date."""
    return TicketFacts(ticket.reference, ticket.due_at.isoformat(), ticket.state, ticket.proof)


def _under(told: Mapping[str, Any]) -> Under:
    return Under(**{**told, "step": Step.from_json(told["step"]) if told.get("step") else None})

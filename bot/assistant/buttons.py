"""What a pressed button stood under: the question that it passes on, the step that it answers, now or long after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.core.texts import Texts
from bot.messages import payloads
from bot.messages.claims import Turn
from bot.messages.contract import Step
from bot.messages.conversation import ASSISTANT, CITIZEN, WORDS, Message
from bot.messages.store import ConversationStore
from bot.tickets.offers import choices

_ASKS = {payloads.OPEN_TICKET, payloads.NONE_OF_THESE}  # what is about a question
_AT_ALL_TIMES = payloads.OF_THE_DESK | {
    payloads.REQUEST_OFFICER,
    payloads.GREET,
    payloads.CHANGE_LANGUAGE,
    payloads.TICKET_STATUS,
    payloads.REPLY_DATE,
    payloads.FILE_COMPLAINT,
    payloads.FIND_PROGRAM,
    payloads.EVALUATE_MISSION,
}


@dataclass(frozen=True)
class Under:
    """What a press stood under.

    `gone`: that message is erased, or never had such a button. `late`: the citizen has spoken since. `question`: what
    it would pass on, in the citizen's words. `clock`: the promise of that ticket and since when. `article`: the one
    given. `step`: of a dialogue.
    """

    gone: bool = False
    late: bool = True
    question: str | None = None
    clock: dict[str, str] | None = None
    article: str | None = None
    step: Step | None = None

    def as_dict(self) -> dict[str, Any]:
        """As the actions read it."""
        step = self.step.to_json() if self.step else None
        told = {"question": self.question, "clock": self.clock, "article": self.article, "step": step}
        return {"late": self.late, **{name: value for name, value in told.items() if value}}


class Buttons:
    """Finds what the presses of citizens stood under."""

    def __init__(self, store: ConversationStore, texts: Texts) -> None:
        self._store = store
        self._texts = texts

    def under(self, turn: Turn) -> Under | None:
        """What the press of a turn stood under; None if nobody offered it, as with a command that is typed.

        One that does not tell belongs to the latest message that offered it.
        """
        press, key = turn.message, turn.message.beside.of
        if key is None:
            return self.latest(turn, press.text)
        seq = payloads.place_of(key, turn.conversation.id)
        message = self._store.at(turn.conversation.id, seq=seq) if seq and seq < press.seq else None
        if message is None or not self._offers(message, press.text, turn.conversation.language):
            return Under(gone=True)
        return self._told(turn, message, press.text)

    def latest(self, turn: Turn, payload: str) -> Under | None:
        """What the latest message before a turn that offers `payload` says of it; None if none does."""
        before, language = turn.message.seq, turn.conversation.language
        for message in self._store.said_before(turn.conversation.id, before):
            if message.author == ASSISTANT and self._offers(message, payload, language):
                return self._told(turn, message, payload)
        return None

    def is_lost(self, payload: str, under: Under | None) -> bool:
        """Whether a press says nothing any more without what it stood under."""
        return under is not None and under.gone and payload not in _AT_ALL_TIMES and "article" not in payload

    def _offers(self, message: Message, payload: str, language: str) -> bool:
        if message.author == CITIZEN:  # the fallback's offer, which was told and not kept: these words are its question
            return message.kind == WORDS and payload in (payloads.OPEN_TICKET, payloads.DENY)
        offered = choices(self._texts, message, language) if message.author == ASSISTANT else ()
        found = ((payloads.read(button["payload"]), button["payload"]) for button in offered)
        return any((known.text if known else said) == payload for known, said in found)

    def _told(self, turn: Turn, message: Message, payload: str) -> Under:
        facts = message.facts
        zero = facts.day_zero
        return Under(
            late=self._store.citizen_spoke(turn.conversation.id, after=message.seq, before=turn.message.seq),
            question=self._question(message) if payload in _ASKS or "article" in payload else _offered(message),
            clock={"promise": facts.promise, "started_on": zero} if zero and facts.promise else None,
            article=facts.article,
            step=facts.step,
        )

    def _question(self, message: Message) -> str | None:
        if message.author == CITIZEN:
            return message.text
        asked = _offered(message) or self._store.asked_in(message.id)
        return asked or self._store.last_question(message.conversation_id, before=message.seq)


def _offered(message: Message) -> str | None:
    """The question that a reply says it would pass on."""
    return message.facts.ticket.question if message.facts.ticket else None

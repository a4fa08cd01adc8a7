"""What the desk answers by itself, whatever the state of the assistant.

Help, what it cannot read, what is kept of somebody, and forgetting it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.core.texts import Texts
from bot.messages import payloads
from bot.messages.claims import Turn
from bot.messages.contract import ReplyFacts
from bot.messages.conversation import MEDIUM, PRESS, Conversation, Reply
from bot.privacy.export import Export
from bot.privacy.forgetting import Forgetting

_TOO_LONG, _TOO_MANY = "too_long", "too_many"


class BuiltinReplies:
    """The replies that need no assistant."""

    def __init__(
        self,
        texts: Texts,
        forgetting: Forgetting,
        export: Export,
        max_chars: int,
        days: int,
        data_texts: Mapping[str, str],
    ) -> None:
        """What the replies say.

        Args:
            texts: the approved texts.
            forgetting: erases what is kept.
            export: tells what is kept.
            max_chars: of the longest message, told to one whose message was longer.
            days: how long all is kept.
            data_texts: channel → the text that tells how the file of one's data comes by it.
        """
        self.texts = texts
        self._forgetting = forgetting
        self._export = export
        self._days = days
        self._max_chars = max_chars
        self._data_texts = data_texts

    def replies(self, turn: Turn) -> list[Reply] | None:
        """The replies to a message that is the desk's to answer; None for one that is the assistant's."""
        message, lang = turn.message, turn.message.beside.language or turn.conversation.language
        if message.kind == MEDIUM:
            lang = turn.conversation.language  # what is no words says nothing of its language
            if message.beside.medium == _TOO_LONG:
                return [self._say(lang, "refused_message_long", "refused", limit=self._max_chars)]
            if message.beside.medium == _TOO_MANY:
                return [] if message.beside.told else [self._say(lang, "refused_too_many", "refused")]
            return [self._say(lang, "unreadable", "refused")]
        if message.kind != PRESS:
            return None
        if message.text == payloads.HELP:
            return [self._say(lang, "help", "smalltalk")]
        if message.text == payloads.FORGET:
            return [self.ask_to_forget(lang)]
        if message.text == payloads.FORGET_DECLINED:
            return [self._say(lang, "forget_declined", "form")]
        if message.text == payloads.MY_DATA:
            return [self.my_data(turn.conversation, lang)]
        return None

    def ask_to_forget(self, lang: str) -> Reply:
        """Whether all is to be erased: asked anew of one who agreed to a question that is long past."""
        buttons = (
            {"title": self.texts.get("button_forget", lang), "payload": payloads.FORGET_CONFIRMED},
            {"title": self.texts.get("button_keep", lang), "payload": payloads.FORGET_DECLINED},
        )
        return self._say(lang, "forget_ask", "form", buttons)

    def gone(self, lang: str) -> Reply:
        """What is said to one who presses a button under what is erased."""
        return self._say(lang, "button_gone", "smalltalk")

    def my_data(self, conversation: Conversation, lang: str) -> Reply:
        """What is kept of the citizen, in words. To a reply with `export` the channel adds the file."""
        kept = self._export.of(conversation.id)
        counted = ("messages", "tickets", "attachments", "feedback", "evaluations", "contacts")
        counts = {name: len(kept.get(name) or ()) for name in counted}
        told = self.texts.get("data_told", lang, days=self._days, **counts)
        key = self._data_texts.get(conversation.channel)
        file = f"\n\n{self.texts.get(key, lang)}" if key else ""
        buttons = ({"title": self.texts.get("widget_forget", lang), "payload": payloads.FORGET},)
        facts = ReplyFacts("smalltalk", lang, intent="my_data", export=True)
        return Reply(told + file, buttons, facts.to_json())

    def forget(self, conversation: Conversation, *, say_so: bool) -> Reply:
        """Erase everything said in a conversation, the assistant's memory and its requests' words included.

        Tickets that are still open stay with the staff, who owe an answer; the reply's `tickets` name
        them, and the conversation stays, empty, as the way of that answer. `say_so`: the
        citizen is to read that it is done (where it stays, or on a channel that pushes).
        """

        def farewell(stay: list[str]) -> Reply:
            key = "forgotten_but_tickets" if stay else "forgotten"
            # The text for no tickets has no place for their numbers, and takes none.
            said = self._say(conversation.language, key, "smalltalk", references=", ".join(stay))
            return replace(said, custom=replace(said.facts, tickets=tuple(stay)).to_json())

        return farewell(self._forgetting.forget([conversation], farewell if say_so else lambda _stay: None))

    def forget_what_came_late(self, turn: Turn) -> None:
        """Erase what the assistant wrote down of a message that was erased while it was asked."""
        self._forgetting.forget_what_came_late(turn.conversation.id, turn.message.id)

    def _say(self, lang: str, key: str, outcome: str, buttons: tuple[dict[str, str], ...] = (), **values: Any) -> Reply:
        text = self.texts.get(key, lang, **values)
        return Reply(text, buttons, ReplyFacts(outcome, lang, intent=None).to_json())

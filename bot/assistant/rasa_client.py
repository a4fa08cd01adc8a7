"""The assistant as the desk sees it: Rasa's REST channel, or the news that it does not answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.http import HttpClient, NoAnswer
from bot.messages.contract import FAILED
from bot.messages.conversation import Reply


class AssistantUnavailable(RuntimeError):
    """Rasa is dead, slow, failing, or had nothing to say; the message says which, without the text.

    `said`: what it said before it failed.
    """

    said: Sequence[Reply] = ()


class AssistantFailed(AssistantUnavailable):
    """Rasa tells that it failed, and has logged why; the message names what failed."""

    def __init__(self, what: str, said: Sequence[Reply]) -> None:
        super().__init__(what)
        self.said = said


@dataclass(frozen=True)
class ParsedText:
    """What the assistant reads in a message: the act, and what its ranking of the articles would do.

    `confidence`: of the act, from 0 to 1; `outcome`: "answered", "clarify" or "unanswered"; `matches`: articles with
    their probabilities, the likeliest first; `options`: the articles of a question back.
    """

    intent: str | None
    confidence: float
    outcome: str
    matches: tuple[tuple[str, float], ...]
    options: tuple[str, ...]


class RasaClient:
    """Asks Rasa for the replies to a message."""

    def __init__(self, rasa: HttpClient) -> None:
        """`rasa`: the way to it."""
        self._rasa = rasa

    async def close(self) -> None:
        """Close the connections."""
        await self._rasa.close()

    async def ready(self) -> bool:
        """Whether Rasa answers."""
        try:
            return (await self._rasa.get("/webhooks/rest/", timeout=2.0)).status == 200
        except NoAnswer:
            return False

    async def read(self, text: str, language: str) -> list[tuple[str, float]]:
        """The articles that may answer `text`, with their probabilities, the likeliest first.

        Raises:
            AssistantUnavailable: it did not answer in time, or with something else.
        """
        return list((await self.understand(text, language)).matches)

    async def understand(self, text: str, language: str, *, patience: float = 3.0) -> ParsedText:
        """What it reads in `text`, which is said in no conversation; `patience`: the seconds that it has.

        Raises:
            AssistantUnavailable: it did not answer in time, or with something else.
        """
        try:
            answer = await self._rasa.post(
                "/webhooks/parsing/parse", {"text": text, "language": language}, timeout=patience
            )
            if answer.status != 200:
                raise AssistantUnavailable(f"status {answer.status}")
            found = json.loads(answer.content)
            knowledge = found.get("knowledge") or {}
            return ParsedText(
                intent=(found.get("intent") or {}).get("name"),
                confidence=float((found.get("intent") or {}).get("confidence") or 0.0),
                outcome=str(knowledge.get("outcome") or "unanswered"),
                matches=tuple((str(m["article"]), float(m["probability"])) for m in knowledge.get("matches") or ()),
                options=tuple(map(str, knowledge.get("options") or ())),
            )
        except (NoAnswer, ValueError, KeyError, AttributeError, TypeError) as error:
            raise AssistantUnavailable(type(error).__name__) from error

    async def replies(self, conversation: str, text: str, metadata: Mapping[str, Any]) -> list[Reply]:
        """What Rasa says to `text` in `conversation`.

        Raises:
            AssistantFailed: it tells that it failed.
            AssistantUnavailable: it did not answer in time, or with an error, or with nothing.
        """
        body = {"sender": conversation, "message": text, "metadata": dict(metadata)}
        try:
            answer = await self._rasa.post("/webhooks/rest/webhook", body)
        except NoAnswer as error:
            raise AssistantUnavailable(str(error)) from error
        if answer.status != 200:
            raise AssistantUnavailable(f"status {answer.status}")
        try:
            items = json.loads(answer.content)
        except ValueError as error:
            raise AssistantUnavailable("an answer that is not JSON") from error
        replies = join_replies(items)
        if not replies:
            raise AssistantUnavailable("an empty answer")
        return replies


def join_replies(items: Any) -> list[Reply]:
    """Rasa's items as replies: the text parts and buttons that precede a `custom` belong to it.

    Rasa's REST channel sends each paragraph, and the custom part, as an item of its own.

    Raises:
        AssistantFailed: the last says what failed (`bot.rasa.processor`).
        AssistantUnavailable: the items are not of that form.
    """
    replies: list[Reply] = []
    texts: list[str] = []
    buttons: list[dict[str, str]] = []

    def close(custom: dict[str, Any]) -> None:
        if texts:  # without words there is nothing to say
            replies.append(Reply("\n\n".join(texts), tuple(buttons), custom))
        texts.clear()
        buttons.clear()

    for item in items if isinstance(items, list) else ():
        text, pressed, custom = _parts(item)
        if text:
            texts.append(text)
        buttons.extend(pressed)
        if custom is not None and FAILED in custom:
            raise AssistantFailed(str(custom[FAILED]), replies)
        if custom is not None:
            close(custom)
    close({})
    return replies


def _parts(item: Any) -> tuple[str, list[dict[str, str]], dict[str, Any] | None]:
    if not isinstance(item, dict):
        raise AssistantUnavailable("an answer of another form")
    text, buttons, custom = item.get("text") or "", item.get("buttons") or [], item.get("custom")
    if not (isinstance(text, str) and isinstance(buttons, list) and isinstance(custom, (dict, type(None)))):
        raise AssistantUnavailable("an answer of another form")
    if not all(isinstance(button, dict) and {"title", "payload"} <= button.keys() for button in buttons):
        raise AssistantUnavailable("an answer of another form")
    return text, buttons, custom

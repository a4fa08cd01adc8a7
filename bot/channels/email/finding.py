"""What the assistant finds in an e-mail: a wish, or the article that may answer it."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool

from bot.assistant.rasa_client import AssistantUnavailable, ParsedText, RasaClient
from bot.channels.email.acknowledgements import FORGET_ME, MY_DATA, Found
from bot.channels.email.wishes import SURE, wishes_to_be_forgotten
from bot.knowledge.store import ArticleStore
from bot.matcher.text import clean
from bot.messages.conversation import Message

log = logging.getLogger(__name__)

# Acts to which no article is an answer, whatever its words are near to.
_NO_ARTICLE = {"ticket_status", "request_officer", "open_ticket", "cancel"}
_LONGEST_WISH = 80  # words; who writes more writes of something else, too
_ASKED_AT_ONCE = 1500  # characters: what the assistant reads of a long e-mail
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])\s+|\n+")
_QUESTION = re.compile(r"[^.!?…\n]{8,400}\?")
_MOST_QUESTIONS = 3
_PATIENCE = 15.0  # seconds for one reading: an e-mail can wait, and is not acknowledged as unread for others' sake
_READINGS = 3  # of an e-mail at which an assistant that is there fails
_LOOK_SECONDS = 1.0  # between two looks whether it is there


class Finder:
    """Asks the assistant what an e-mail asks."""

    def __init__(self, assistant: RasaClient, articles: ArticleStore, silence: float) -> None:
        """`silence`: seconds for which e-mails wait for an assistant that is not there (it starts, or starts again)."""
        self._assistant = assistant
        self._articles = articles
        self._silence = silence
        self._silent_since: float | None = None  # the assistant, as the e-mails find it

    async def found(self, message: Message, email: Mapping[str, Any], language: str) -> Found:
        """What the assistant finds in an e-mail; nothing where it does not answer, though it was waited for.

        `language`: of the e-mail.
        """
        why = ""
        for _ in range(_READINGS):
            try:
                wish = await self._wish(message.text or email.get("subject") or "", language)
                return Found(wish=wish) if wish else await self._article(message.text, email, language)
            except AssistantUnavailable as trouble:
                why = str(trouble)
                if not await self._is_there():
                    break
        log.warning("the assistant did not read an e-mail (%s); it is acknowledged without an article", why)
        return Found()

    async def _is_there(self) -> bool:
        """Whether the assistant answers, now or within the time for which e-mails wait for it: all of them together."""
        while not await self._assistant.ready():
            now = time.monotonic()
            if self._silent_since is None:
                log.info("the assistant is not there; e-mails wait for it, %d s at most", self._silence)
                self._silent_since = now
            if now - self._silent_since >= self._silence:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        self._silent_since = None
        return True

    async def _wish(self, text: str, language: str) -> str | None:
        """The wish that a short e-mail states, in one of its sentences: a greeting around it says nothing."""
        if len(text.split()) > _LONGEST_WISH:
            return None
        sentences = list(filter(None, map(clean, _SENTENCE_ENDS.split(text))))
        for sentence in sentences:
            reading = await self._assistant.understand(sentence, language, patience=_PATIENCE)
            if wishes_to_be_forgotten(sentence, reading.intent, reading.confidence):
                # Who asks something else, too, has an answer to wait for: a person sees to both.
                return None if any("?" in other for other in sentences if other != sentence) else FORGET_ME
            if reading.intent == MY_DATA and reading.confidence >= SURE:
                return MY_DATA
        return None

    async def _article(self, text: str, email: Mapping[str, Any], language: str) -> Found:
        """The article that may answer an e-mail: the whole, or else one of its questions, or its subject.

        Where these ask nothing that it could answer, what is folded away is looked at: "please see below". It may be
        another's question, so that an article is sure only where nothing else is said.
        """
        beneath = folded(email)
        subject = clean(email.get("subject") or "")
        seen = [clean(text)[:_ASKED_AT_ONCE], *_questions(text), subject]
        below = [clean(beneath)[:_ASKED_AT_ONCE], *_questions(beneath)]
        maybe: str | None = None
        for part in dict.fromkeys(filter(None, (*seen, *below))):
            if part not in seen and maybe and text:
                break
            reading = await self._assistant.understand(part, language, patience=_PATIENCE)
            if reading.intent in _NO_ARTICLE:
                if part == subject:  # "Question", "Request": a title says little of what is below it
                    continue
                break
            if reading.outcome == "answered" and reading.matches:
                article = await run_in_threadpool(self._articles.get, reading.matches[0][0])
                return Found(article, sure=part in seen or not text)
            maybe = maybe or _first(reading)
        return Found(await run_in_threadpool(self._articles.get, maybe)) if maybe else Found()


def folded(email: Mapping[str, Any]) -> str:
    """What an e-mail says that is folded away: nothing that we are known to have written, and no contact details."""
    signature = "" if email.get("signs_only", True) else email.get("signature")
    return paragraphs(email.get("foreign"), signature)


def paragraphs(*parts: str | None) -> str:
    """Those that say something, one below the other."""
    return "\n\n".join(filter(None, parts))


def _first(reading: ParsedText) -> str | None:
    return reading.options[0] if reading.outcome == "clarify" and reading.options else None


def _questions(text: str) -> list[str]:
    """The sentences of an e-mail that ask, a few at most."""
    return [clean(found) for found in _QUESTION.findall(text)][:_MOST_QUESTIONS]

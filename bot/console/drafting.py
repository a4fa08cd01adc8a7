"""Approved articles that may answer what a citizen wrote, for an officer to edit and send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from bot.assistant.rasa_client import AssistantUnavailable, RasaClient
from bot.knowledge.store import ArticleStore

MAX_REPLY = 8000  # characters that an officer may send at once
_DRAFTS = 3
_LIKELY = 0.03  # an article less likely than this is no draft


@dataclass(frozen=True)
class Draft:
    """An approved article that may answer, in the citizen's language, for the officer to edit and send."""

    article: str
    title: str
    text: str
    percent: int


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

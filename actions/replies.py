"""Articles as replies: the answer word for word, with its sources."""

from __future__ import annotations

from typing import Any

from actions.turn import ActionTurn, rooms
from bot.messages.contract import SourceFacts


def give_article(
    turn: ActionTurn, article_id: str, probability: float | None, *, buttons: tuple[dict[str, str], ...] = ()
) -> bool:
    """Reply with the published article, word for word, with its sources; False if it is not published."""
    article = rooms().articles.get(article_id)
    if article is None:
        return False
    facts = article_facts(turn, article_id)
    turn.reply(article.answer[turn.language], "answered", buttons=buttons, probability=probability, **facts)
    return True


def article_facts(turn: ActionTurn, article_id: str) -> dict[str, Any]:
    """What programs read of an article (of `ReplyFacts`): id, title, sources; nothing of one that is not published."""
    article = rooms().articles.get(article_id)
    if article is None:
        return {}
    return {
        "article": article.id,
        "title": article.title[turn.language],
        "sources": tuple(SourceFacts(**source.as_dict(turn.language)) for source in article.sources),
    }

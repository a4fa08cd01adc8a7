"""Articles as replies: the answer word for word, with its sources."""

from __future__ import annotations

from typing import Any

from actions.turn import Turn, rooms


def give_article(
    turn: Turn, article_id: str, probability: float | None, *, buttons: tuple[dict[str, str], ...] = ()
) -> bool:
    """Reply with the published article, word for word, with its sources; False if it is not published."""
    article = rooms().articles.get(article_id)
    if article is None:
        return False
    custom = article_custom(turn, article_id)
    if probability is not None:
        custom["probability"] = probability
    turn.reply(article.answer[turn.language], "answered", buttons=buttons, **custom)
    return True


def article_custom(turn: Turn, article_id: str) -> dict[str, Any]:
    """What programs read of an article: its id, title and sources; nothing of one that is not published."""
    article = rooms().articles.get(article_id)
    if article is None:
        return {}
    return {
        "article": article.id,
        "title": article.title[turn.language],
        "sources": [source.as_dict(turn.language) for source in article.sources],
    }

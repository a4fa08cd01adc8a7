"""Reads a published matcher back: tries it before it answers, and marks it if it cannot be read."""

from __future__ import annotations

import logging

import numpy as np

from bot.core.texts import LANGUAGES
from bot.knowledge.fitting import matcher_of_bytes
from bot.knowledge.releases import Releases
from bot.matcher.encoder import DIMENSIONS
from bot.matcher.matcher import Matcher

log = logging.getLogger(__name__)


def kept_matcher(releases: Releases, number: int) -> Matcher | None:
    """The matcher with this number; None if it cannot be read (it is then fitted anew).

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    content = releases.matcher(number)
    if content is None:
        log.warning("the published matcher was fitted by another version of the code; it is fitted anew")
        return None
    try:
        matcher = matcher_of_bytes(content)
        prove(matcher)
    except Exception as error:  # noqa: BLE001 - unpickling raises whatever the bytes make it raise
        reject(releases, number, error)
        return None
    return matcher


def reject(releases: Releases, number: int, error: Exception) -> None:
    """Mark a matcher that cannot be read or does not rank, so that it is fitted anew."""
    log.warning("the published matcher cannot be used (%s); it is fitted anew", type(error).__name__)
    releases.reject(number)


def prove(matcher: Matcher) -> None:
    """Let it rank a message and a follow-up: what it lacks shows here, and not when a citizen asks.

    Raises:
        Exception: whatever it raises.
    """
    vector = np.ones(2 * DIMENSIONS, dtype=np.float32)
    for lang in LANGUAGES:
        for match in matcher.rank("?", lang, vector).matches[:1]:
            matcher.rank("et à Montréal?", lang, vector, after=match.article)

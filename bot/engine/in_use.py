"""The matcher that this process answers with. What looks for new ones is `live`; training needs none of that."""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge.matcher import Matcher


@dataclass
class InUse:
    """What this process answers with; `matcher` is None for the trained model's own."""

    number: int | None = None
    matcher: Matcher | None = None


in_use = InUse()

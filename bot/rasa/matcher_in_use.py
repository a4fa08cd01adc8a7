"""The matcher that this process answers with. `matcher_reload` looks for new ones; training needs none of that."""

from __future__ import annotations

from dataclasses import dataclass

from bot.matcher.matcher import Matcher


@dataclass
class InUse:
    """What this process answers with; `matcher` is None for the trained model's own.

    `number` is that of the last release's, also where it could not be read; `fault`: why the one in use was given up.
    """

    number: int | None = None
    matcher: Matcher | None = None
    fault: Exception | None = None

    def give_up(self, matcher: Matcher, error: Exception) -> None:
        """Answer with the trained model's own from now on: `matcher` could not rank a message."""
        if self.matcher is matcher:
            self.matcher, self.fault = None, error


in_use = InUse()

"""A release, the one that is in effect, and the code that its matcher belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa

from bot.core.imports import dependencies
from bot.knowledge.tables import releases

PUBLISH, ARCHIVE, IMPORT, REFIT = "publish", "archive", "import", "refit"
FITTING = "bot.knowledge.fitting"  # the module that fits and reads matchers; this one needs none of its libraries
# Read every other second, also when there is nothing to do: built once.
_LATEST = sa.select(releases).order_by(releases.c.number.desc()).limit(1)


@dataclass(frozen=True)
class Release:
    """A change of what is published. `matcher` is the number of the matcher in use since, None for the model's own."""

    number: int
    at: datetime
    action: str
    article: str | None
    version: int | None
    officer: str | None
    reason: str | None
    matcher: int | None


def latest_release(connection: sa.Connection) -> Release | None:
    row = connection.execute(_LATEST).first()
    return Release(*row) if row else None


@lru_cache(maxsize=1)
def matcher_code() -> str:
    """A digest of the code and the libraries that a fitted matcher belongs to."""
    return dependencies([FITTING]).digest()

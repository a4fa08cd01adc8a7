"""What the processes' logs have in common."""

from __future__ import annotations

import logging
import warnings
from typing import TextIO

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def configure_log(level: str | int) -> None:
    """Log to standard error from `level` up."""
    logging.basicConfig(level=level, format=FORMAT)
    # They log addresses and bodies of requests: in those to Telegram stand the bot's token and what citizens write.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # It logs as an error, whole, an answer that it cannot read; what fails the channel logs itself.
    logging.getLogger("telegram").setLevel(logging.CRITICAL)


def drop_deprecations() -> None:
    """Keep deprecation warnings of pinned libraries, which nobody here can mend, out of the log.

    At the point where they are shown and not by a filter: Sanic and Rasa put filters of their
    own before any that stands.
    """
    show = warnings.showwarning

    def show_the_rest(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not issubclass(category, (DeprecationWarning, FutureWarning, PendingDeprecationWarning)):
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = show_the_rest

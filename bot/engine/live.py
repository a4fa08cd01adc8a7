"""The matcher in use: that of the last release, whoever published it, looked for while messages are answered."""

from __future__ import annotations

import io
import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from bot.engine.in_use import in_use
from bot.knowledge.matcher import Matcher
from bot.knowledge.releases import Releases

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0


def look(releases: Releases) -> bool:
    """Take the matcher of the last release into use; whether it is another than before.

    One that this code cannot read is left, and the present one goes on: `guichet run` fits it anew.
    """
    latest = releases.latest()
    number = latest.matcher if latest else None
    if number == in_use.number:
        return False
    content = releases.matcher(number) if number is not None else None
    if number is not None and content is None:
        log.warning("the published knowledge base was fitted by another version of the code; it is not in use")
        in_use.number = number
        return False
    in_use.matcher = Matcher.load(io.BytesIO(content)) if content else None
    in_use.number = number
    return True


def watch(releases: Releases) -> threading.Event:
    """Look now, and then every second in a thread of its own; the event that ends it."""
    stopped = threading.Event()

    def look_once() -> None:
        try:
            if look(releases):
                log.info("the knowledge base has changed: another matcher is in use")
        except SQLAlchemyError as error:
            log.warning("the database does not answer (%s); the matcher stays", type(error).__name__)

    def go_on() -> None:
        while not stopped.wait(LOOK_SECONDS):
            look_once()

    look_once()

    threading.Thread(target=go_on, name="matcher", daemon=True).start()
    return stopped

"""The matcher in use: that of the last release, whoever published it, looked for while messages are answered."""

from __future__ import annotations

import logging
import threading

from bot.knowledge.kept_matcher import kept_matcher, reject
from bot.knowledge.release import matcher_code
from bot.knowledge.releases import Releases
from bot.rasa.matcher_in_use import in_use

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0


def look(releases: Releases) -> bool:
    """Take the matcher of the last release into use; whether it is another than before.

    One that cannot be read is left, and the present one goes on: the librarian has it fitted anew.
    """
    if in_use.fault and in_use.number is not None:
        reject(releases, in_use.number, in_use.fault)
        in_use.fault = None
    latest = releases.latest()
    number = latest.matcher if latest else None
    if number == in_use.number:
        return False
    matcher = kept_matcher(releases, number) if number is not None else None
    in_use.number = number
    if number is not None and matcher is None:
        return False
    in_use.matcher = matcher
    return True


def watch(releases: Releases) -> threading.Event:
    """Look now, and then every few seconds in a thread of its own; the event that ends it."""
    matcher_code()  # of the code that runs here, not of what the files may become
    stopped = threading.Event()
    troubles: set[str] = set()

    def look_once() -> None:
        try:
            if look(releases):
                log.info("the knowledge base has changed: another matcher is in use")
            troubles.clear()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next release must be noticed
            trouble = type(error).__name__
            if trouble not in troubles:  # said once, not at each look
                log.warning("no other matcher can be looked for (%s); the present one stays", trouble)
            troubles.add(trouble)

    def go_on() -> None:
        while not stopped.wait(LOOK_SECONDS):
            look_once()

    look_once()
    threading.Thread(target=go_on, name="matcher", daemon=True).start()
    return stopped

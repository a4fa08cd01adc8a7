"""Who holds a conversation, and who may take it: plain functions.

bot ──request──► queue ──claim──► officer ──give back──► bot or queue
 ▲                                  │
 └── a citizen writes ── closed ◄───┴── close (by whoever holds it, or the citizen)
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.messages.conversation import BOT, CLOSED, OFFICER, QUEUE


class NotAllowed(RuntimeError):
    """The conversation is not in a state in which this can be done; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Holder:
    """Who holds a conversation; `officer` is set if and only if `held_by` is OFFICER."""

    held_by: str
    officer: str | None = None

    def __post_init__(self) -> None:
        if (self.held_by == OFFICER) != (self.officer is not None):
            raise ValueError("an officer's conversation has an officer, and no other has")


def after_citizen(holder: Holder) -> Holder:
    """A citizen wrote: a closed conversation opens again, with the assistant."""
    return Holder(BOT) if holder.held_by == CLOSED else holder


def after_reply(holder: Holder, wanted: str | None) -> Holder | None:
    """The assistant has a reply, which may want the conversation to wait for a person (`wanted` = QUEUE).

    None: an officer took the conversation meanwhile, so the reply is not said. One who waits for
    a person goes on waiting, whatever else the assistant answers.
    """
    if holder.held_by == OFFICER:
        return None
    return Holder(QUEUE) if wanted == QUEUE else holder


def claimed(holder: Holder, officer: str) -> Holder:
    """`officer` takes the conversation.

    Raises:
        NotAllowed: "held" by another officer, or "closed".
    """
    if holder.held_by == CLOSED:
        raise NotAllowed("closed")
    if holder.held_by == OFFICER and holder.officer != officer:
        raise NotAllowed("held")
    return Holder(OFFICER, officer)


def given_back(holder: Holder, officer: str, to: str) -> Holder:
    """`officer` gives the conversation back, `to` the assistant (BOT) or the line (QUEUE).

    Raises:
        NotAllowed: "not_yours".
    """
    _must_hold(holder, officer)
    if to not in (BOT, QUEUE):
        raise ValueError(f"a conversation is given back to the assistant or the queue, not to {to!r}")
    return Holder(to)


def handed_over(holder: Holder, officer: str, colleague: str) -> Holder:
    """`officer` hands the conversation to `colleague`.

    Raises:
        NotAllowed: "not_yours".
    """
    _must_hold(holder, officer)
    return Holder(OFFICER, colleague)


def closed(holder: Holder, officer: str | None = None) -> Holder:
    """The conversation ends: by `officer`, or by the citizen (None), who may always leave.

    Raises:
        NotAllowed: "not_yours".
    """
    if officer is not None:
        _must_hold(holder, officer)
    return Holder(CLOSED)


def _must_hold(holder: Holder, officer: str) -> None:
    if holder != Holder(OFFICER, officer):
        raise NotAllowed("not_yours")

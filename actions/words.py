"""Whether a message is an answer in free words: no question, no wish for something else, no nonsense."""

from __future__ import annotations

import re

from actions.turn import ActionTurn
from bot.dialogues.dates import fold_message

# Acts that are no answer to a form, whatever words they share with one.
ELSEWHERE = frozenset(
    {"request_officer", "open_ticket", "cancel", "change_language", "ticket_status", "my_data", "forget_me"}
)
# Nor are these in free words, where they are sure and not part of a long one.
_NO_ANSWER = ELSEWHERE | {
    "resume", "correct", "goodbye", "about_assistant", "about_privacy", "affirm", "deny", "keep_here", "none_of_these"
}  # fmt: skip
_POLITE = {"greet", "thanks"}  # which also stand beside an answer: "Excellent service, thank you!"
_SURE = 0.9  # of what citizens tell in their own words nearly all is taken for an act with less
_AGREED = 0.8  # of a yes that lets something go
_LONG = 12  # words from which a message tells something, whatever act it is taken for
_WORDY = 3  # words from which a politeness tells something
_FEW = 6  # words that may do no more than give an address
_WORD = re.compile(r"[a-z0-9]{2,}")
_VOWEL = re.compile(r"[aeiouy]")
_RUN = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|(.)\1{3,}")


def is_free_answer(turn: ActionTurn, *, least: int) -> bool:
    """Whether the message answers an open question with at least `least` words."""
    count = words_in(turn.text)
    if turn.text.startswith("/") or count < least or turn.asks or _may_ask(turn):
        return False
    if turn.confidence < _SURE or count >= _LONG:
        return True
    return turn.intent not in _NO_ANSWER and (turn.intent not in _POLITE or count >= _WORDY)


def _may_ask(turn: ActionTurn) -> bool:
    """Whether a few words ask what an article may answer: "How long will it take?" tells nothing of what happened."""
    return (
        turn.intent == "inquiry"
        and turn.knowledge.get("outcome") == "clarify"
        and turn.text.rstrip().endswith("?")
        and words_in(turn.text) < _LONG
    )


def gives_address(turn: ActionTurn) -> bool:
    """Whether the message, which nobody asked for an address, does little else than give one.

    In a longer one, or in a question, an address may be that of somebody else, who must not get the answer.
    """
    return "@" in turn.text and "?" not in turn.text and len(turn.text.split()) <= _FEW


def agrees(turn: ActionTurn) -> bool:
    """Whether the message says yes without a doubt: what is confirmed cannot be taken back."""
    return turn.intent == "affirm" and turn.confidence >= _AGREED


def words_in(text: str) -> int:
    """The number of words in `text`: of two letters or more, with a vowel, and not a beating of keys."""
    return sum(1 for word in _WORD.findall(fold_message(text)) if _VOWEL.search(word) and not _RUN.search(word))

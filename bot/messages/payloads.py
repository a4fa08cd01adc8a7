"""The payloads of buttons: what a press says to Rasa, in one place for actions, desk and tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

OPEN_TICKET = "/open_ticket"
DENY = "/deny"
KEEP_HERE = "/keep_here"
CANCEL = "/cancel"
NONE_OF_THESE = "/none_of_these"
REQUEST_OFFICER = "/request_officer"
GREET = "/greet"
CHANGE_LANGUAGE = "/change_language"
TICKET_STATUS = "/ticket_status"
AFFIRM = "/affirm"
CORRECT = "/correct"
RESUME = "/resume"
REPLY_DATE = "/reply_date"
FILE_COMPLAINT = "/file_complaint"
FIND_PROGRAM = "/find_program"
EVALUATE_MISSION = "/evaluate_mission"
# Answered by the desk itself, whatever the state of Rasa.
HELP = "/help"
FORGET = "/forget"
FORGET_CONFIRMED = "/forget_confirmed"
FORGET_DECLINED = "/forget_declined"
MY_DATA = "/my_data"
_CHOOSE = "/choose_article"
_PICK = "/choose"

OF_THE_DESK = {HELP, FORGET, FORGET_CONFIRMED, FORGET_DECLINED, MY_DATA}
_PLAIN = OF_THE_DESK | {
    OPEN_TICKET,
    DENY,
    KEEP_HERE,
    CANCEL,
    NONE_OF_THESE,
    REQUEST_OFFICER,
    GREET,
    CHANGE_LANGUAGE,
    TICKET_STATUS,
    AFFIRM,
    CORRECT,
    RESUME,
    REPLY_DATE,
    FILE_COMPLAINT,
    FIND_PROGRAM,
    EVALUATE_MISSION,
}
# What a payload says beside its name: the article or the choice pressed, and the message under which it stood.
_FORM = re.compile(r"(/[a-z_]+)(\{[^{}]{0,300}\})?")
_ARGUMENT = {_CHOOSE: ("article", re.compile(r"[a-z0-9-]{1,64}")), _PICK: ("choice", re.compile(r"[a-z0-9_-]{1,64}"))}
_UNDER = "of"
_PLACE = re.compile(r"([0-9a-f]{8})-([1-9][0-9]{0,8})")
_KEY_CHARS = 8


@dataclass(frozen=True)
class Payload:
    """A payload of ours: what it says, and the key of the message under which it stood, None if it does not tell."""

    text: str
    under: str | None = None


def choose(article: str) -> str:
    """The payload of a press on an article in a question back."""
    return _CHOOSE + json.dumps({"article": article})


def pick(choice: str) -> str:
    """The payload of a press on one of the answers that a form offers."""
    return _PICK + json.dumps({"choice": choice})


def read(text: str) -> Payload | None:
    """`text` as a payload; None where it is words, though they may begin with a slash."""
    match = _FORM.fullmatch(text)
    if not match:
        return None
    try:
        said = json.loads(match[2] or "{}")
    except ValueError:
        return None
    under = said.pop(_UNDER, None)
    if under is not None and not (isinstance(under, str) and _PLACE.fullmatch(under)):
        return None
    if match[1] in _PLAIN:
        return None if said else Payload(match[1], under)
    name, allowed = _ARGUMENT.get(match[1], ("", _FORM))
    if set(said) != {name} or not isinstance(said[name], str) or not allowed.fullmatch(said[name]):
        return None
    return Payload(match[1] + json.dumps({name: said[name]}), under)


def is_payload(text: str) -> bool:
    """Whether `text` is a payload of ours, and not words that begin with a slash."""
    return read(text) is not None


def key_of(conversation_id: str, seq: int) -> str:
    """What a button says of the message under which it stands: its place, and of which conversation.

    A citizen who has erased everything begins a new conversation, whose places count from 1 again.
    """
    return f"{conversation_id[:_KEY_CHARS]}-{seq}"


def place_of(key: str, conversation_id: str) -> int | None:
    """The place of a message in this conversation by its key; None if it is of another."""
    match = _PLACE.fullmatch(key)
    return int(match[2]) if match and match[1] == conversation_id[:_KEY_CHARS] else None


def standing_under(buttons: Iterable[Mapping[str, str]], key: str) -> list[dict[str, str]]:
    """Buttons whose payloads say under which message they stand; what is no payload of ours stays as it is."""
    return [{**button, "payload": _under(button["payload"], key)} for button in buttons]


def _under(payload: str, key: str) -> str:
    found = read(payload)
    if found is None:
        return payload
    name, _, said = found.text.partition("{")
    return name + json.dumps({**json.loads("{" + said if said else "{}"), _UNDER: key})

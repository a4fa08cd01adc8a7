"""The payloads of buttons: what a press says to Rasa, in one place for actions, desk and tests."""

from __future__ import annotations

import json
import re

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
}
_CHOICE = re.compile(
    rf'{re.escape(_CHOOSE)}\{{"article": ?"[a-z0-9-]{{1,64}}"\}}'
    rf'|{re.escape(_PICK)}\{{"choice": ?"[a-z0-9_-]{{1,64}}"\}}'
)


def choose(article: str) -> str:
    """The payload of a press on an article in a question back."""
    return _CHOOSE + json.dumps({"article": article})


def pick(choice: str) -> str:
    """The payload of a press on one of the answers that a form offers."""
    return _PICK + json.dumps({"choice": choice})


def is_payload(text: str) -> bool:
    """Whether `text` is a payload of ours, and not words that begin with a slash."""
    return text in _PLAIN or bool(_CHOICE.fullmatch(text))

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
_CHOOSE = "/choose_article"

_PLAIN = {OPEN_TICKET, DENY, KEEP_HERE, CANCEL, NONE_OF_THESE, REQUEST_OFFICER}
_CHOICE = re.compile(re.escape(_CHOOSE) + r'\{"article": ?"[a-z0-9-]{1,64}"\}')


def choose(article: str) -> str:
    """The payload of a press on an article in a question back."""
    return _CHOOSE + json.dumps({"article": article})


def is_payload(text: str) -> bool:
    """Whether `text` is a payload of ours, and not words that begin with a slash."""
    return text in _PLAIN or bool(_CHOICE.fullmatch(text))

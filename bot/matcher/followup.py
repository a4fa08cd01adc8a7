"""Whether a message goes on from the answer before it ("and in Montréal?"). Plain functions.

Such a message names what is new and leaves out what was said: alone it says too little.
"""

from __future__ import annotations

import re

from bot.matcher.text import skeleton

# How citizens begin a question that goes on, in French and English; folded, as `skeleton` folds.
_CONNECTOR = re.compile(
    r"(?:ok |oui |merci |bon |ah |thanks |yes |great |parfait )*"
    r"(?:et|pis|puis|mais|ou bien|meme chose|pareil|faque|and|what about|how about|what if it s|but|same|also|or)\b"
)
_LONGEST_CONNECTED, _LONGEST_ALONE = 14, 7  # words


def is_connected(text: str) -> bool:
    """Whether the message begins as one that goes on, and is no story of its own."""
    folded = skeleton(text)
    return bool(_CONNECTOR.match(folded)) and len(folded.split()) <= _LONGEST_CONNECTED


def is_short(text: str) -> bool:
    """Whether the message is so short that it may lean on what was said before."""
    return len(skeleton(text).split()) <= _LONGEST_ALONE

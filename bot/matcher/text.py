"""Text as the matcher sees it: folded so that accents, case and apostrophes do not matter."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u0060\u00b4]")
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w\s]|_")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_AFTER_END = " \"'»”’)"


def clean(text: str) -> str:
    """`text` in NFKC, without control and invisible characters, with single spaces also where its lines end."""
    # NFKC would make a space and a combining mark of an acute accent that stands for an apostrophe.
    text = unicodedata.normalize("NFKC", text.replace("\u00b4", "'"))
    text = "".join(" " if ch.isspace() else ch for ch in text if ch.isspace() or not _invisible(ch))
    return _SPACES.sub(" ", text).strip()


def normalize(text: str) -> str:
    """`text` cleaned, lower-case, without accents, with straight apostrophes."""
    text = _APOSTROPHES.sub("'", clean(text)).casefold().replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))


def skeleton(text: str) -> str:
    """`text` folded to its letters and digits: two messages with one skeleton are the same message."""
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", normalize(text))).strip()


def focus(text: str) -> str:
    """The sentence of `text` that most likely asks: the last one ending in a question mark, else the last one."""
    sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
    asking = [sentence for sentence in sentences if sentence.rstrip(_AFTER_END).endswith("?")]
    return (asking or sentences or [text])[-1]


def _invisible(ch: str) -> bool:
    return unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Co", "Cn")

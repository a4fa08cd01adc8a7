"""spaCy's French tokenizer made quick to start: the same tokens by a shorter pattern.

spaCy finds French words that hold a hyphen by one pattern of 1.4 million characters: several hundred alternatives,
nearly all of which repeat the same classes of letters. Python compiles it for seconds at each start of Rasa.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_FLAGS, _OPEN, _BETWEEN, _CLOSE = "(?iu)", "(?:", ")|(?:", ")"
_HYPHEN = "[-–—‐‑]"
_LONG = 1_000_000  # characters; no other pattern comes near


def shortened(pattern: str) -> str:
    """The pattern that matches what spaCy's matches, with alternatives that go on alike after a hyphen joined.

    Raises:
        ValueError: it is not made of alternatives as spaCy's is.
    """
    begin = _FLAGS + _OPEN
    if not (pattern.startswith(begin) and pattern.endswith(_CLOSE)):
        raise ValueError("spaCy writes its French pattern in another way")
    stems = defaultdict(list)
    for alternative in pattern[len(begin) : -len(_CLOSE)].split(_BETWEEN):
        stem, hyphen, rest = alternative.partition(_HYPHEN)
        stems[hyphen + rest].append(stem)
    joined = (f"{_OPEN}{_any_of(found)}{_CLOSE}{rest}" for rest, found in stems.items())
    return _FLAGS + _any_of(joined)


@contextmanager
def short_patterns() -> Iterator[None]:
    """While this lasts, spaCy's long pattern is compiled in its short form."""
    stock: Any = re.compile

    def compiled(pattern: Any, flags: Any = 0) -> Any:
        long = isinstance(pattern, str) and len(pattern) >= _LONG
        return stock(shortened(pattern) if long else pattern, flags)

    re.compile = compiled
    try:
        yield
    finally:
        re.compile = stock


def _any_of(patterns: Any) -> str:
    return _OPEN + _BETWEEN.join(patterns) + _CLOSE

"""Which language a message is in: French, English, or neither. Plain functions, no Rasa.

Each word votes with the difference of its Zipf frequencies in the two languages (wordfreq: Speer,
2022). The names of programs and bodies vote less, because citizens quote them in
either language; the small words of grammar vote more, because nobody borrows them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from wordfreq import zipf_frequency

from bot.matcher.text import clean, normalize

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Addresses of e-mail and the web, and ticket references, are of no language.
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+|\b[A-Z]{2,4}-\w{4}-\w{4}\b", re.IGNORECASE)
# "non-profit" is English, "non-respect" French: what follows the hyphen tells.
_PREFIX = re.compile(r"\bnon-(?=\w)", re.IGNORECASE)
_CLITIC = re.compile(r"['’]")
_REMEMBERED = 50_000  # words whose vote is kept: the same words come again and again
# From this confidence a message is taken to be in the language found; below, in the conversation's.
SURE = 0.55
_OTHERS = ("es", "it", "pt", "de", "nl")
# A citizen who writes French or English always uses one of these sooner or later; their
# text-message spellings, which word lists do not know, stand beside them.
_GRAMMAR = {
    "fr": frozenset(
        "le la les un une des du de au aux et ou où est sont je tu il elle on nous vous ils elles me te se ce cet "
        "cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs qui que quoi quel quelle quels "
        "quelles dont pour avec sans dans sur chez par pas ne plus comment combien quand pourquoi si mais donc "
        "car faut peut veux peux puis avez êtes suis ai ont était c'est qu'est j'ai y'a koi ki ke jpeux jveux chui "
        "chus pcq pkoi kand jsuis svp stp vs pis faque tu-tu etes ca ça oui non merci bonjour salut allo allô".split()
    ),
    "en": frozenset(
        "the a an of to and or is are was were be been i you he she it we they me him her us them my your his its our "
        "their this that these those who what which whose when where why how do does did can could will would should "
        "may might have has had not no if but so with without for from in into at by about as than there here any some "
        "u ur r pls plz wat wen wut thx yes hi hello thanks hey bye yeah yep nope whats i'm don't what's im".split()
    ),
}


@dataclass(frozen=True)
class Language:
    """The language of a message.

    `code` is "fr", "en", another ISO 639-1 code, or None where the text does not tell;
    `confidence` is the estimated probability (0.5 to 1) that `code` is right, 0 with None.
    """

    code: str | None
    confidence: float


def identify(text: str, names: Iterable[str] = ()) -> Language:
    """The language of `text`.

    Args:
        text: what the citizen wrote.
        names: names that are quoted in either language (programs, bodies, streets); compared
            without accents and case.
    """
    text = _PREFIX.sub("", _ADDRESS.sub(" ", clean(text)))
    if _foreign_script(text):
        return Language("und", 0.99)
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return Language(None, 0.0)
    quoted = _quoted(words, names)
    score = sum(_vote(word) * (0.3 if i in quoted else 1.0) for i, word in enumerate(words))
    if len(words) >= 3 and (other := _other(words)):
        return other
    if abs(score) < 0.2:
        return Language(None, 0.0)
    return Language("fr" if score > 0 else "en", 1 / (1 + math.exp(-0.9 * abs(score))))


@lru_cache(maxsize=_REMEMBERED)
def _vote(word: str) -> float:
    """How much `word` speaks for French (above zero) or English (below)."""
    parts = [part for part in _CLITIC.split(word) if part]
    grammar = (word in _GRAMMAR["fr"]) - (word in _GRAMMAR["en"])
    if (
        not grammar
        and len(parts) > 1
        and parts[0] in {"l", "d", "j", "c", "qu", "n", "s", "m", "t"}
        and len(parts[1]) > 1
    ):
        grammar = 1
    french = max(_zipf(word, "fr"), min((_zipf(part, "fr") for part in parts), default=0.0))
    english = max(_zipf(word, "en"), min((_zipf(part, "en") for part in parts), default=0.0))
    accent = 1.0 if any(ch in word for ch in "éèêëàâçùûîïôœ") else 0.0
    return max(-3.0, min(3.0, french - english)) + 2.5 * grammar + accent


@lru_cache(maxsize=8 * _REMEMBERED)
def _zipf(word: str, lang: str) -> float:
    return float(zipf_frequency(word, lang, wordlist="large" if lang in ("fr", "en") else "small"))


def _quoted(words: list[str], names: Iterable[str]) -> set[int]:
    """The positions of the words that stand inside one of `names`."""
    folded = [normalize(word) for word in words]
    found: set[int] = set()
    for name in names:
        parts = _parts(name)
        for start in range(len(folded) - len(parts) + 1):
            if parts and folded[start : start + len(parts)] == parts:
                found.update(range(start, start + len(parts)))
    return found


@lru_cache(maxsize=1000)
def _parts(name: str) -> list[str]:
    return [normalize(word) for word in _WORD.findall(name)]


def _other(words: list[str]) -> Language | None:
    """A third language, if it explains the words clearly better than French and English do."""
    known = max(sum(_zipf(word, lang) for word in words) for lang in ("fr", "en"))
    best, code = max((sum(_zipf(word, lang) for word in words), lang) for lang in _OTHERS)
    margin = (best - known) / len(words)
    if margin < 1.0 or any(word in _GRAMMAR["fr"] or word in _GRAMMAR["en"] for word in words if len(word) > 3):
        return None
    return Language(code, min(0.99, 0.5 + margin / 4))


def _foreign_script(text: str) -> bool:
    letters = [ch for ch in text if ch.isalpha()]
    foreign = sum(1 for ch in letters if not unicodedata.name(ch, "").startswith("LATIN"))
    return bool(letters) and foreign / len(letters) > 0.5

"""Whether a citizen's few words say that an answer was enough, or only thank. Plain functions, careful by design.

Words count only if every one of them belongs to a phrase that is known here: "oui", "yes, that answers my
question, thank you". One word more ("oui, mais", "yes please", "oui?") and a person reads the e-mail.
"""

from __future__ import annotations

import re

from bot.matcher.text import skeleton

_LONGEST = 300  # characters; whoever writes more says more
_NOT = re.compile(r"[?¿0-9]|\.\.\.|…")


def _any(*phrases: str) -> str:
    return f"(?:{'|'.join(phrases)})"


# Phrases as skeletons (lower case, no accents, no punctuation).
_FR_IT = _any("cela", "ca", "ceci", "(?:votre|la) reponse", "(?:ce|le) texte", "(?:cet |l )article", "votre courriel")
_EN_IT = _any("this", "that", "it", "your (?:reply|answer|e mail|email)", "the (?:text|article|answer)")
_FULLY = _any("bien", "parfaitement", "completement", "entierement", "tout a fait")
_ANSWERS = _any(
    rf"{_FR_IT} (?:repond|a repondu)(?: {_FULLY})? a (?:ma question|mes questions|ma demande)",
    rf"{_EN_IT} (?:has |does )?(?:completely |fully )?answer(?:s|ed)?(?: (?:completely|fully))?(?: all)? my questions?",
    r"(?:ma question est|ma demande est|mon probleme est|c est) (?:repondue|reglee?|resolue?)",
    r"my (?:question|problem|request) (?:is|has been|was) (?:answered|solved|resolved|settled)",
    r"j ai (?:eu|trouve) (?:ma|la|une) reponse(?: a ma question)?",
    r"i (?:have|got|found|have got) (?:my|the) answer",
    r"(?:c est|voila) (?:exactement |bien )?(?:ce que je (?:cherchais|voulais savoir)|la reponse que je cherchais)",
    r"(?:this|that|it) (?:is|s|was) (?:exactly )?what i (?:was looking for|wanted to know|needed(?: to know)?)",
    r"(?:cela|ca|ceci) (?:m aide|m a aidee?|repond)",
    r"(?:this|that|it) (?:helps|helped|did help)(?: me)?",
)
_YES = _any(
    r"oui(?: (?:oui|tout a fait|absolument|exactement|parfaitement|en effet))?",
    r"yes(?: (?:yes|indeed|exactly|absolutely|(?:it|that) (?:does|did|has)|this does))?",
    "ouais",
    "yep",
    "yeah",
)
_GOOD = _any(
    "parfait", "super", "genial", "excellent", "tres bien", "c est parfait", "c est bon",
    "perfect", "great", "wonderful", "very good", "that s great", "that is great",
)  # fmt: skip
_HELP = _any("reponse", "aide", "rapidite", "reponse rapide", "promptitude", "courriel", "reponse et votre aide")
_DAY = _any("journee", "soiree", "fin de semaine")
_THANKS = _any(
    r"(?:un (?:grand|gros) )?merci(?: (?:beaucoup|infiniment|bien|a vous|encore|mille fois))?"
    rf"(?: (?:(?:pour|de) (?:votre|la) {_HELP}|et bonne {_DAY}))?",
    "mille mercis",
    rf"je vous remercie(?: (?:beaucoup|infiniment))?(?: (?:pour|de) votre {_HELP})?",
    r"(?:many )?thanks?(?: you)?(?: (?:a lot|so much|very much|again|kindly))?"
    r"(?: for (?:your|the) (?:quick )?(?:help|answer|reply|response|e mail|email))?",
    "much appreciated",
    "i appreciate it",
    r"c est (?:tres )?apprecie",
)
_GREETING = _any(
    "bonjour", "bonsoir", "allo", "salut", "madame", "monsieur", "madame monsieur",
    "hello", "hi", "hi there", "dear sir or madam", "good (?:morning|afternoon|evening)",
)  # fmt: skip
_CLOSING = _any(
    "cordialement", "bien cordialement", "sinceres salutations", "salutations", "mes salutations", f"bonne {_DAY}",
    "bien a vous", "au revoir", "regards", "best regards", "kind regards", "warm regards", "best", "sincerely",
    "yours truly", "cheers", "bye", "have a (?:nice|good|great) day",
)  # fmt: skip
_ENOUGH = re.compile(rf"(?:{_YES}|{_ANSWERS})")
_PHRASE = rf"(?:{_ANSWERS}|{_YES}|{_THANKS}|{_GOOD}|{_GREETING}|{_CLOSING})"
_ONLY_PHRASES = re.compile(rf"(?:{_PHRASE}(?: |\Z))+")
_ONLY_THANKS = re.compile(rf"(?:(?:{_THANKS}|{_GOOD}|{_GREETING}|{_CLOSING})(?: |\Z))+")


def agrees(text: str, name: str = "") -> bool:
    """Whether `text` says that an answer was enough, and nothing else.

    Args:
        text: what an e-mail says itself.
        name: the sender's, with which it may be signed.
    """
    said = _plain(text, name)
    if said is None or not _ONLY_PHRASES.fullmatch(said):
        return False
    return any(_ENOUGH.fullmatch(phrase) for phrase in re.findall(rf"{_PHRASE}(?= |\Z)", said))


def thanks_alone(text: str, name: str = "") -> bool:
    """Whether `text` thanks (or greets, or praises) and asks nothing; `name` as in `agrees`."""
    said = _plain(text, name)
    return said is not None and bool(_ONLY_THANKS.fullmatch(said)) and bool(re.search(_THANKS, said))


def _plain(text: str, name: str) -> str | None:
    """The words of `text` without the name at its end; None if it says more than a few known phrases could."""
    if len(text) > _LONGEST or _NOT.search(text):
        return None
    said = skeleton(text)
    signed = skeleton(name)
    for ending in filter(None, (signed, signed.partition(" ")[0])):
        if said.endswith(f" {ending}"):
            return said[: -len(ending) - 1].strip()
    return said or None

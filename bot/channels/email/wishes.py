"""Whether a sentence wishes that what is kept of its writer be erased. Plain functions; the model has read it before.

The model knows what a sentence is about, and is less sure of who does what: "do not erase my data" and "I forgot my
password" are near to "forget me" for it. So what a wish says in so many words needs less of the model's certainty,
and what refuses, tells or asks about erasing is none, however sure it is.
"""

from __future__ import annotations

import re

from bot.channels.email.acknowledgements import FORGET_ME, MY_DATA
from bot.matcher.text import skeleton

SURE = 0.8  # of a wish that is met without a person
_LIKELY = 0.3  # of one that says so in so many words
# As what one is taken, too: for its greeting's or its thanks' sake, or for what it says of what is kept.
_NEAR = {"greet", "thanks", MY_DATA}


def _any(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


# Words as skeletons (lower case, no accents, no punctuation).
_FR_ERASE = r"(?:oubli|effac|supprim|detrui|retir|enlev)"
_EN_ERASE = r"(?:forget|eras|delet|remov|destroy|wip)"
_FR_KEPT = _any(
    "donnees",
    "renseignements",
    "informations",
    "infos",
    "coordonnees",
    "courriels",
    "messages",
    "echanges",
    "dossiers?",
    "adresse",
)
_EN_KEPT = _any(
    "data", "information", "info", "details", "e ?mails?", "messages?", "exchanges?", "records?", "files?", "address"
)
_WISHES = re.compile(
    _any(
        rf"\b{_FR_ERASE}\w*(?: \w+){{0,2}} (?:moi\b|tout(?:es?|s)?\b|(?:mes|nos|mon) (?:\w+ )?{_FR_KEPT})",
        rf"\bm {_FR_ERASE}\w*\b",
        rf"\b{_FR_ERASE}\w* (?:les |des )?{_FR_KEPT} (?:\w+ )?(?:me concernant|a mon sujet|sur moi|que vous)",
        rf"\b(?:suppression|effacement|destruction) (?:\w+ )?de (?:\w+ ){{0,3}}?mes (?:\w+ )?{_FR_KEPT}",
        rf"\bmes {_FR_KEPT} (?:\w+ )?soient {_FR_ERASE}",
        r"\b(?:veux|souhaite|voudrais|aimerais|demande a|demande d) etre (?:oublie|efface)",
        rf"\b{_EN_ERASE}\w* (?:about )?(?:me\b|everything\b|all\b|(?:my|our) (?:\w+ ){{0,2}}{_EN_KEPT}\b)",
        rf"\b{_EN_ERASE}\w* (?:all )?(?:of )?the {_EN_KEPT} (?:that |which )?(?:you|about me|concerning me)\b",
        rf"\b(?:deletion|erasure|destruction|removal) of (?:all )?(?:of )?my (?:\w+ )?{_EN_KEPT}",
        rf"\bmy (?:\w+ )?{_EN_KEPT} (?:be |to be )?{_EN_ERASE}\w*ed\b",
        r"\b(?:want|wish|like|ask) to be forgotten",
        r"\bexerc\w+ (?:mon|my|le|the) (?:droit|right) (?:a l|to) (?:oubli|effacement|erasure|be forgotten|deletion)",
    )
)  # fmt: skip
_NO_WISH = re.compile(
    _any(
        rf"\b(?:ne|n) (?:\w+ ){{0,3}}?{_FR_ERASE}\w* (?:\w+ ){{0,2}}?(?:pas|rien|jamais|aucun\w*)\b",
        rf"\b(?:ne|n) (?:\w+ ){{0,2}}?(?:pas|jamais) (?:\w+ ){{0,3}}?{_FR_ERASE}",
        rf"\b(?:not|never|don t|dont|didn t|won t|shouldn t|can t|cannot) (?:\w+ ){{0,4}}?{_EN_ERASE}",
        # What is told, or was done.
        r"\b(?:ai|as|a|avons|avez|ont|sont|aviez|avait)(?: (?:vous|elles?|ils?|ete|tout|deja|bien|encore)){0,3}"
        rf" {_FR_ERASE}\w*",
        r"\b(?:vous|tu|on) m oubli\w+ (?:toujours|encore|souvent)\b",
        r"(?<!\bif )\b(?:i|you|we|he|she|they|somebody|someone) (?:\w+ )?(?:forgot|forgotten|erased|deleted|removed)\b",
        r"\b(?:i|you|we|they) (?:always|often|sometimes|keep) forget",
        r"\b(?:did|have|has) (?:you|they|somebody|the \w+) (?:\w+ )?(?:forget|forgot|forgotten|erased?|deleted?)\b",
        r"\b(?:ai|avais|avons) demande\b|\b(?:i|we) (?:have |had |ve )?asked\b|\bpeur\b|\bafraid\b",
        # What somebody else does, or should do.
        r"\b(?:mon|ma|mes|la|le|les|votre|vos) (?:\w+ ){1,2}"
        r"(?:doi(?:t|vent)|veu(?:t|lent)|refuse(?:nt)?|efface(?:nt)?|supprime(?:nt)?|oublie(?:nt)?)\b",
        r"\b(?:my|the|your|our) (?:\w+ ){1,2}(?:must|should|wants?|refuses?|deletes|erases|removes|forgets)\b",
        # What asks how it is done, and by whom.
        r"\A(?:(?:bonjour|hello|hi) )?(?:comment|qui|quand|combien|pourquoi|ou|how|who|when|why|what|where)\b",
    )
)


def wishes_to_be_forgotten(sentence: str, act: str | None, confidence: float) -> bool:
    """Whether a sentence is such a wish; `act`, `confidence`: as what the model reads it, and how surely."""
    said = skeleton(sentence)
    if _NO_WISH.search(said):
        return False
    if not _WISHES.search(said):
        return act == FORGET_ME and confidence >= SURE
    return act in _NEAR or (act == FORGET_ME and confidence >= _LIKELY)

"""What an e-mail says itself, apart from what it quotes and how it is signed. Every line goes to one of the three."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.written import lines_of

_QUOTED = re.compile(r"\s{0,3}[>|]")
# Longer than any line that a mail program writes above a quotation.
_LONGEST_ATTRIBUTION = 400
_ATTRIBUTION = re.compile(
    r"""(
      on\b.{6,}\bwrote | le\b.{6,}\ba\s+[ée]crit | \S.{0,200}\bwrote | .{0,200}[@<].{0,200}\ba\s+[ée]crit
      | (?:19|20)\d\d[-/.]\d.{0,200}(?:wrote|a\s+[ée]crit)? | .{0,120}\bvous\s+a\s+[ée]crit
    )\s*:\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_ORIGINAL = re.compile(
    r"[-_ ]{2,}\s*(original message|original appointment|message d['’]origine|message original|courriel d['’]origine"
    r"|reply message|rendez-vous d['’]origine)\s*[-_ ]{2,}\s*\Z",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_-]{10,}\s*\Z")
# The headers that Outlook and others write above the whole of the e-mail that is answered.
_FROM = re.compile(r"\s*\*?(from|de|exp[ée]diteur)\s*:\s*\*?\s*\S", re.IGNORECASE)
_SENT = re.compile(r"\s*\*?(sent|date|envoy[ée]|date d['’]envoi)\s*:", re.IGNORECASE)
_TO = re.compile(r"\s*\*?(to|cc|subject|[àa]|destinataires?|objet|sujet|pour)\s*:", re.IGNORECASE)
_HEADERS_WITHIN = 5  # lines after "From:" in which its companions stand
_FORWARDED = re.compile(
    r"[-_ ]*\s*(forwarded message|message transf[ée]r[ée]|begin forwarded message|d[ée]but du message (transf[ée]r[ée]"
    r"|r[ée]exp[ée]di[ée])|courriel transf[ée]r[ée])\s*:?\s*[-_ ]*\Z",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"--\s?\Z")
_LONGEST_SIGNATURE = 25  # lines; what is longer is no signature, whatever stands above it
_DEVICE = re.compile(
    r"\s*(sent from (my|outlook|mail|yahoo|the)\b|envoy[ée] (de|depuis|[àa] partir de|avec) (mon|ma|outlook|yahoo|l['’]"
    r"|courrier|mail)\b|(get|obtenez|t[ée]l[ée]charge[rz]) outlook\b|provenance\s*:\s*courrier)",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"[\s\W]{0,5}((avis|note) (de |sur la |relati(f|ve) [àa] la )?confidentialit[ée]|confidentiality (notice|note)"
    r"|ce (message|courriel) .{0,60}confidentiel|this (e-?mail|message) .{0,80}confidential)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Folded:
    """The three parts of an e-mail's text, each as it stood there."""

    text: str
    quoted: str = ""
    signature: str = ""


def fold(text: str, *, forwarded: bool = False) -> Folded:
    """Set aside what a text quotes and how it is signed.

    Args:
        text: of an e-mail, its lines as they came.
        forwarded: whether it passes another e-mail on, which is then a part of what it says.
    """
    lines = lines_of(text)
    said: list[str] = []
    quoted: list[str] = []
    place = 0
    while place < len(lines):
        if _FORWARDED.match(lines[place].strip()):
            said += lines[place:]
            break
        above = _above_quotation(lines, place, forwarded=forwarded)
        if above is None:
            (quoted if _QUOTED.match(lines[place]) else said).append(lines[place])
            place += 1
            continue
        after = place + above
        following = next((line for line in lines[after:] if line.strip()), "")
        if not _QUOTED.match(following):  # the quotation is not marked: it goes on to the end
            quoted += lines[place:]
            break
        quoted += lines[place:after]
        place = after
    kept, signature = _signed(said)
    return Folded("\n".join(kept).strip("\n"), "\n".join(quoted), "\n".join(signature))


def _above_quotation(lines: list[str], place: int, *, forwarded: bool) -> int | None:
    """How many lines at `place` announce a quotation; None if they do not."""
    line = lines[place].strip()
    if not line or _QUOTED.match(line) or forwarded:
        return None
    if _ORIGINAL.match(line):
        return 1
    if _heads(lines, place):
        return 0
    if _RULE.match(line):
        following = next((at for at in range(place + 1, min(place + 4, len(lines))) if lines[at].strip()), None)
        return following - place if following is not None and _heads(lines, following) else None
    # "On Monday … Marie Tremblay <marie@example.org> wrote:" is broken into several lines by many.
    for count in (1, 2, 3, 4):
        joined = " ".join(part.strip() for part in lines[place : place + count])
        if len(joined) > _LONGEST_ATTRIBUTION or (count > 1 and not lines[place + count - 1 : place + count]):
            return None
        if joined.endswith(":") and _ATTRIBUTION.match(joined) and _is_attribution(lines, place, count):
            return count
        if not re.match(r"(on|le)\b|.*<\S+@|\d", line, re.IGNORECASE):
            return None  # no beginning of one that goes on in the next line
    return None


def _is_attribution(lines: list[str], place: int, count: int) -> bool:
    """Whether what looks like an attribution is one: it names a day or an address, or marked lines follow."""
    joined = " ".join(lines[place : place + count])
    following = next((line for line in lines[place + count :] if line.strip()), "")
    return bool(_QUOTED.match(following)) or (bool(re.search(r"\d|@", joined)) and bool(following.strip()))


def _heads(lines: list[str], place: int) -> bool:
    """Whether the headers of an e-mail that is answered begin here."""
    if not _FROM.match(lines[place]):
        return False
    near = lines[place + 1 : place + 1 + _HEADERS_WITHIN]
    return any(map(_SENT.match, near)) and any(map(_TO.match, near))


def _signed(lines: list[str]) -> tuple[list[str], list[str]]:
    """What is said, and the signature below it."""
    for place in range(max(0, len(lines) - _LONGEST_SIGNATURE), len(lines)):
        if _SIGNATURE.match(lines[place]) or _DEVICE.match(lines[place]) or _NOTICE.match(lines[place]):
            return lines[:place], lines[place:]
    return lines, []

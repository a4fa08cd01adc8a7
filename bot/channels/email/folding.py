"""What a person wrote in an e-mail, apart from what it quotes and how it is signed; every line goes to one of them.

Folding is for the eye: what is doubtful stays in sight. A quotation is what bears a mark (">", a blockquote), with the
line that announces it; below a mail program's divider, in an answer, also what bears none, but for what we know that
nobody in the thread has written before. A signature is what its delimiter or its words show to be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.channels.email.lines import Line
from bot.folding import fold as plain_letters

# Longer than any line that a mail program writes above a quotation, and of more lines than it breaks it into.
_LONGEST_ATTRIBUTION, _MOST_ATTRIBUTION_LINES = 400, 4
_WROTE = r"(?:wrote|writes|a\s+[ée]crit|schrieb|escribi[óo])"
# A moment as programs write it: a year, a time of day, or an address beside it.
_MOMENT = r"(?:\b(?:19|20)\d\d\b|\b\d{1,2}\s?[:h]\s?\d\d\b|@)"
# "On …, X wrote:"; it may stand behind somebody's own words, and then begins with its day.
_ATTRIBUTION = re.compile(
    rf"(?:on|le|am|el)\s(?=.{{0,300}}{_MOMENT}).{{4,380}}?\b{_WROTE}\b[^.!?]{{0,90}}?\s*:[\s*_]*\Z", re.IGNORECASE
)
_DAY_BEGINS = re.compile(r"(?:\A|(?<=[\s.!?,;]))(?:on|le|am|el)\s+(?:[^\W\d]+\.?,?\s+){0,2}\d", re.IGNORECASE)
# Those without "On": "2026-12-22 16:40, X <x@y> wrote:", "X <x@y> wrote:", "X Y wrote:", "2026/12/22 X <x@y>".
_BARE_ATTRIBUTION = re.compile(
    rf"(?:(?=.{{0,300}}{_MOMENT})[^\s>].{{2,380}}\b{_WROTE}\s*:"
    r"|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}.{0,200}<[^<>\s]+@[^<>\s]+>\s*:?)\s*\Z",
    re.IGNORECASE,
)
_WITH_ADDRESS = re.compile(rf".*<[^<>\s]+@[^<>\s]+>\s*{_WROTE}\s*:\s*\Z", re.IGNORECASE)
_NAMED_ATTRIBUTION = re.compile(rf"(?:[A-ZÀ-Þ][\w.'’-]*\s+){{1,4}}{_WROTE}\s*:\s*\Z")
_ATTRIBUTION_BEGINS = re.compile(r"(?:.{0,200}[.!?,;\s])?(?:on|le|am|el)\s|\d{4}|.*[<@]", re.IGNORECASE)
_MESSAGE = (
    r"(?:original message|original appointment|reply message|message d['’]origine|(?:message|mail|courriel) original"
    r"|courriel d['’]origine|rendez-vous d['’]origine|urspr[üu]ngliche nachricht|mensaje original)"
)
_DIVIDER = re.compile(
    rf"\s*(?:[-_=]{{2,}}\s*)?{_MESSAGE}\s*[-_=]{{2,}}\s*\Z|\s*[-_=]{{2,}}\s*{_MESSAGE}\s*:?\s*\Z", re.I
)
# Zoho and others set the attribution between dashes; Orange writes "Message du :" and the headers below.
_DASHED = re.compile(rf"\s*-{{3,}}\s*(?:on|le)\s.{{4,300}}\b{_WROTE}\s*:?\s*-{{3,}}\s*\Z", re.IGNORECASE)
_MESSAGE_OF = re.compile(r"\s*(?:message\s+du\s*:?\s*\d|message of\s*:?\s*\d).{0,60}\Z", re.IGNORECASE)
_RULE = re.compile(r"\s*[_-]{10,}\s*\Z")
# The headers that Outlook and others write above the whole of the e-mail that is answered.
_FROM = re.compile(r"\s*\*?_?(?:from|de|exp[ée]diteur|von)\s*:\s*\*?\s*(?P<who>\S.*)", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*?_?(?:sent|date|envoy[ée]e?(?:\s+le)?|date d['’]envoi|gesendet|message du|re[çc]u(?:\s+le)?)\s*:",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*\*?_?(?:to|cc|[àa]|destinataires?|pour|an|copie(?:\s+[àa])?)\s*:", re.IGNORECASE)
_SUBJECT = re.compile(r"\s*\*?_?(?:subject|objet|sujet|betreff|re)\s*:", re.IGNORECASE)
_ANY_HEADER = (_FROM, _SENT, _TO, _SUBJECT)
_HEADERS_WITHIN = 7  # lines in which the headers of one e-mail stand
_FORWARDED = re.compile(
    r"[-_ ]*\s*(?:forwarded (?:message|by)\b.{0,80}|message transf[ée]r[ée](?: de)?|begin forwarded message"
    r"|d[ée]but du message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|courriel transf[ée]r[ée])\s*:?\s*[-_ ]*\Z",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"--\s?\Z|_{2,5}\s*\Z|—\s?\Z")
_STANDARD_DELIMITER = "-- "  # RFC 3676; others also write "--"
_LONGEST_SIGNATURE = 25  # lines; what is longer is no signature, whatever stands above it
# A line that a mail program adds by itself, whole.
_DEVICE = re.compile(
    r"""\s*[(\[]?(?:
      sent\ (?:from|via|with|by)\ (?:my|the)\ [\w .\-]{2,40}
    | sent\ (?:from|via|with|using|by)\ (?:outlook|mail|yahoo|gmail|proton|protonmail|samsung|aol|hotmail|orange
        |thunderbird|bluemail|spark|zoho|tutanota|fastmail|icloud|windows|xfinity|blackberry|k-9|fairemail)\b
        [\w .,\-/®]{0,60}
    | envoy[ée]\ (?:de|depuis|[àa]\ partir\ de|avec|via|par)\ (?:mon|ma|l['’]app\w*|la\ messagerie|le\ courrier)
        \ [\w .\-]{2,60}
    | envoy[ée]\ (?:de|depuis|[àa]\ partir\ d[e']|avec|via|par)\s?(?:outlook|courrier|mail|yahoo|gmail|proton
        |protonmail|samsung|orange|thunderbird|bluemail|spark|zoho|tutanota|hotmail|windows|l['’]application)\b
        [\w .,\-/®éà]{0,60}
    | (?:get|obtenez|obtenir|t[ée]l[ée]charge[rz])\ (?:outlook|bluemail|spark)\b[\w .\-]{0,40}
    | provenance\s*:\s*courrier[\w .\-]{0,40}
    )\s*(?:<\S{1,200}>|\(?https?://\S{1,200}\)?)?\s*\.?\s*[)\]]?\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_NOTICE = re.compile(
    r"[\s\W]{0,5}(?:(?:avis|note) (?:de |sur la |relati(?:f|ve) [àa] la )?confidentialit[ée]"
    r"|confidentiality (?:notice|note)"
    r"|ce (?:message|courriel|document) .{0,60}confidentiel|this (?:e-?mail|message|communication) .{0,80}confidential"
    r"|(?:please )?consider the environment|pensez (?:à l['’]environnement|vert)|avant d['’]imprimer"
    r"|disclaimer\s*:|avertissement\s*:|caution\s*:)",
    re.IGNORECASE,
)
_OF_A_NOTICE = re.compile(
    r"confiden|destinat|recipient|intended|addressee|erreur|error|d[ée]trui|supprim|delet|destroy|privil|exp[ée]diteur"
    r"|sender|pi[èe]ces? jointe|attachment|environ|imprim|print|divulg|disclos|interdit|prohibit|unauthori",
    re.IGNORECASE,
)
# Words of one who speaks: none stands in the contact details below a delimiter.
_SPEAKS = re.compile(
    r"\?|\b(?:je|j['’]\w|mon|ma|mes|moi|nous|vous|votre|vos|svp|s['’]il vous|est-ce|pouvez|merci de|veuillez"
    r"|i|i['’]m|i['’]ve|my|me|we|you|your|please|can|could|would|need)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"@|https?://|www\.|\d{3}[ .)-]{0,2}\d{3}[ .-]?\d{4}|\b(?:t[ée]l|tel|cell|fax|poste|ext)\b", re.IGNORECASE
)
_LETTERS = re.compile(r"[^\W_]+")
_TELLING = 12  # letters of a line by which it is known again wherever it stands
_MOSTLY = 0.6  # of what stands below a divider, known: then what is not was written between it


@dataclass(frozen=True)
class Folded:
    """The three parts of an e-mail's text, each as it stood there.

    `foreign`: of what is quoted, what nobody in the thread is known to have written before; `signs_only`: the
    signature holds nothing but a name, contact details and what programs and lawyers add. Who decides on an e-mail
    asks for both.
    """

    text: str
    quoted: str = ""
    signature: str = ""
    foreign: str = ""
    signs_only: bool = True


class Known:
    """What was written in a thread before: lines are known again however they are broken, marked or set."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._letters = "\n".join(filter(None, (_letters(text) for text in texts)))

    def __bool__(self) -> bool:
        return bool(self._letters)

    def holds(self, lines: Sequence[str], place: int, *, marked: bool = False) -> bool:
        """Whether the line at `place` was written before; a short one that is not `marked` only with one beside it."""
        letters = _letters(lines[place])
        if not letters:
            return True
        if len(letters) >= _TELLING or marked:
            return letters in self._letters
        before = next((found for line in reversed(lines[:place]) if (found := _letters(line))), "")
        after = next((found for line in lines[place + 1 :] if (found := _letters(line))), "")
        beside = (before + letters, letters + after)
        return any(len(pair) >= _TELLING and pair in self._letters for pair in beside) or (
            letters in self._letters.split("\n")
        )


def fold(
    lines: Sequence[Line],
    *,
    answers: bool = False,
    forwarded: bool = False,
    names: Iterable[str] = (),
    known: Known | None = None,
) -> Folded:
    """Set aside what an e-mail quotes and how it is signed.

    Args:
        lines: of its text.
        answers: whether it answers an e-mail: only then is anything quoted that bears no mark.
        forwarded: whether it passes another e-mail on, which is then a part of what it says.
        names: of its sender, with which it may be signed.
        known: what was written in its thread before.
    """
    known = known or Known(())
    runs, quoted = _apart(list(lines), answers=answers, forwarded=forwarded, known=known)
    known_names = [letters for name in names if len(letters := _letters(name)) > 1]
    parted = [_signed(run, known_names) for run in runs]
    said = [line for kept, _ in parted for line in kept]
    signature = [line for _, signed in parted for line in signed]
    marked = [line.text for line in quoted]
    unmarked = [line.lstrip("> \t") for line in marked]
    foreign = [
        line
        for place, line in enumerate(unmarked)
        if not _is_head(quoted, place) and not known.holds(unmarked, place, marked=quoted[place].quoted)
    ]
    return Folded(
        _joined(said), "\n".join(marked), _joined(signature), "\n".join(foreign), _only_signs(signature, known_names)
    )


def _apart(lines: list[Line], *, answers: bool, forwarded: bool, known: Known) -> tuple[list[list[Line]], list[Line]]:
    """What is said (signatures and all), in runs between what is quoted, and what is quoted."""
    if forwarded:
        return [lines], []
    runs: list[list[Line]] = [[]]
    quoted: list[Line] = []

    def quote(taken: list[Line]) -> None:
        quoted.extend(taken)
        if any(not line.blank for line in runs[-1]):
            runs.append([])

    place = 0
    while place < len(lines):
        line = lines[place]
        if not line.quoted and _FORWARDED.match(line.text.strip()):
            runs[-1] += lines[place:]
            return runs, quoted
        if line.quoted:
            quote([line])
            place += 1
            continue
        count, own = _attribution(lines, place) or (0, "")
        if own:
            runs[-1].append(Line(own))
            lines[place] = line = Line(line.text.strip()[len(own) :].strip())
        count = count or _heads(lines, place)
        if count and _follows_mark(lines, place + count):
            quote(lines[place : place + count])
            place += count
            continue
        if answers and (count or _divides(lines, place)):
            below, rest = _below(lines[place:], known)
            quote(below)
            return [*runs, rest], quoted
        runs[-1].append(line)
        place += 1
    return runs, quoted


def _below(lines: list[Line], known: Known) -> tuple[list[Line], list[Line]]:
    """Of what stands below a divider, what is quoted, and what the writer put between it or under it."""
    if not known:
        return lines, []
    texts = [line.text for line in lines]
    head = next((at for at in range(len(lines)) if not (lines[at].blank or _is_head(lines, at))), len(lines))
    is_known = [at < head or line.quoted or known.holds(texts, at) for at, line in enumerate(lines)]
    letters = [len(_letters(text)) for text in texts]
    body = sum(letters[head:])
    found = sum(size for size, seen in zip(letters[head:], is_known[head:]) if seen)
    if not found:
        return lines, []  # an e-mail that we do not have
    last = max(at for at, seen in enumerate(is_known) if seen and letters[at])
    own = [
        not seen and bool(letters[at]) and (at > last or found >= _MOSTLY * body) for at, seen in enumerate(is_known)
    ]
    return (
        [line for line, mine in zip(lines, own) if not mine],
        [line for line, mine in zip(lines, own) if mine],
    )


def _attribution(lines: list[Line], place: int) -> tuple[int, str] | None:
    """How many lines at `place` announce a quotation, and the words before it on the first; None if they do not."""
    first = lines[place].text.strip()
    if not first or lines[place].quoted or not _ATTRIBUTION_BEGINS.match(first[:_LONGEST_ATTRIBUTION]):
        return _named(lines, place)
    for count in range(1, _MOST_ATTRIBUTION_LINES + 1):
        taken = lines[place : place + count]
        if len(taken) < count or any(line.quoted for line in taken) or (count > 1 and taken[-1].blank):
            return None
        joined = " ".join(line.text.strip() for line in taken)
        if len(joined) > _LONGEST_ATTRIBUTION:
            return None
        if not joined.rstrip(" *_").endswith(":") and not joined.endswith(">"):
            continue
        begins = max((day.start() for day in _DAY_BEGINS.finditer(joined)), default=0)
        if begins >= len(first):
            return None  # the next line is one
        if _ATTRIBUTION.match(joined, begins):
            return count, joined[:begins].strip()
        if _BARE_ATTRIBUTION.match(joined) and (_WITH_ADDRESS.match(joined) or _follows_mark(lines, place + count)):
            return count, ""
        if _DASHED.match(joined):
            return count, ""
    return None


def _named(lines: list[Line], place: int) -> tuple[int, str] | None:
    """A name alone that "wrote:", above lines that are marked."""
    is_one = _NAMED_ATTRIBUTION.match(lines[place].text.strip()) and _follows_mark(lines, place + 1)
    return (1, "") if is_one else None


def _follows_mark(lines: list[Line], place: int) -> bool:
    """Whether the next line that shows anything is marked as a quotation."""
    return next((line.quoted for line in lines[place:] if not line.blank), False)


def _divides(lines: list[Line], place: int) -> bool:
    """Whether a mail program set the whole e-mail that is answered below this line."""
    line = lines[place]
    if line.divides:
        return True
    text = line.text.strip()
    if _DIVIDER.match(text) or _DASHED.match(text) or _heads(lines, place):
        return True
    if _RULE.match(text) or _MESSAGE_OF.match(text):
        following = next((at for at in range(place + 1, min(place + 4, len(lines))) if not lines[at].blank), None)
        return following is not None and bool(_heads(lines, following))
    return False


def _heads(lines: list[Line], place: int) -> int:
    """How many lines here are the headers of an e-mail, as a program writes them above what is answered."""
    first = _FROM.match(lines[place].text) or _MESSAGE_OF.match(lines[place].text)
    if not first:
        return 0
    near = lines[place : place + _HEADERS_WITHIN]
    end = 0
    for at, line in enumerate(near):
        if any(header.match(line.text) for header in _ANY_HEADER) or _MESSAGE_OF.match(line.text):
            end = at + 1
    texts = [line.text for line in near[:end]]
    whole = "\n".join(texts)
    has_moment = any(_SENT.match(text) for text in texts) or bool(_MESSAGE_OF.match(texts[0] if texts else ""))
    has_to, has_subject = any(map(_TO.match, texts)), any(map(_SUBJECT.match, texts))
    # Somebody who tells of a journey writes "De :" and "À :" too, but neither an address nor a subject.
    return end if has_moment and (has_to or has_subject) and ("@" in whole or (has_to and has_subject)) else 0


def _is_head(lines: Sequence[Line], place: int) -> bool:
    """Whether a line is no more than a program's own above a quotation."""
    text = lines[place].text.lstrip("> \t")
    if not text.strip():
        return False
    return bool(
        any(header.match(text) for header in _ANY_HEADER)
        or _DIVIDER.match(text)
        or _RULE.match(text)
        or _DASHED.match(text)
        or _MESSAGE_OF.match(text)
        or any(_within_attribution(lines, at, place) for at in range(max(0, place - 3), place + 1))
    )


def _within_attribution(lines: Sequence[Line], begin: int, place: int) -> bool:
    for count in range(place - begin + 1, _MOST_ATTRIBUTION_LINES + 1):
        joined = " ".join(line.text.lstrip("> \t").strip() for line in lines[begin : begin + count])
        if len(joined) <= _LONGEST_ATTRIBUTION and (
            _ATTRIBUTION.match(joined) or _BARE_ATTRIBUTION.match(joined) or _NAMED_ATTRIBUTION.match(joined)
        ):
            return True
    return False


def _signed(lines: list[Line], names: list[str]) -> tuple[list[Line], list[Line]]:
    """What is said, and how it is signed."""
    signed = [line.signed and not _SPEAKS.search(line.text) for line in lines]
    begin = max(0, len(lines) - _LONGEST_SIGNATURE)
    ends = next((at for at, line in enumerate(lines) if _FORWARDED.match(line.text.strip())), len(lines))
    for place in range(len(lines)):
        if place < begin and ends == len(lines):
            continue
        if place >= ends:
            break
        if _DELIMITER.match(lines[place].text) and place + 1 < len(lines):
            block = lines[place + 1 : ends]
            if len(block) <= _LONGEST_SIGNATURE and _is_signature(lines[place].text, block, names):
                signed[place:ends] = [True] * (ends - place)
                break
        elif _DEVICE.match(lines[place].text):
            signed[place] = True
            block = lines[place + 1 : ends]
            if not any(map(_speaks, block)) and len(block) <= _LONGEST_SIGNATURE:
                signed[place:ends] = [True] * (ends - place)
                break
    _mark_notices(lines, signed, ends)
    return (
        [line for line, is_signed in zip(lines, signed) if not is_signed],
        [line for line, is_signed in zip(lines, signed) if is_signed],
    )


def _is_signature(delimiter: str, block: list[Line], names: list[str]) -> bool:
    """Whether what stands below a delimiter only tells who writes."""
    said = [line.text for line in block if not line.blank and not _DEVICE.match(line.text)]
    told = [text for text in said if not _NOTICE.match(text) and len(_OF_A_NOTICE.findall(text)) < 2]
    if any(map(_SPEAKS.search, told)):
        return False
    if delimiter == _STANDARD_DELIMITER or not said:
        return True
    if any(_CONTACT.search(text) for text in said):
        return True
    return any(part in _letters(text) for text in said for part in names)


def _only_signs(lines: list[Line], names: list[str]) -> bool:
    """Whether a signature surely says nothing but who writes, and what programs and lawyers add."""
    in_notice = False
    for line in lines:
        in_notice = not line.blank and (
            in_notice or bool(_NOTICE.match(line.text)) or len(_OF_A_NOTICE.findall(line.text)) >= 2
        )
        if line.blank or in_notice or _DELIMITER.match(line.text) or _DEVICE.match(line.text):
            continue
        words = [letters for word in line.text.split() if (letters := _letters(word))]
        if not _CONTACT.search(line.text) and not all(word in names for word in words):
            return False
    return True


def _speaks(line: Line) -> bool:
    return bool(_SPEAKS.search(line.text)) and not _NOTICE.match(line.text)


def _mark_notices(lines: list[Line], signed: list[bool], ends: int) -> None:
    """Sign off the lawyers' notices at the end: whole paragraphs, below which nothing else is said."""
    end = ends
    while end > 0:
        while end > 0 and (lines[end - 1].blank or signed[end - 1]):
            end -= 1
        begin = end
        while begin > 0 and not lines[begin - 1].blank and not signed[begin - 1]:
            begin -= 1
        start = next((at for at in range(begin, end) if _NOTICE.match(lines[at].text)), None)
        paragraph = " ".join(line.text for line in lines[start if start is not None else begin : end])
        marks = len({found.lower()[:5] for found in _OF_A_NOTICE.findall(paragraph)})
        is_notice = (
            start is not None and (marks >= 2 or re.match(r"\s*\W*(avis|note|confid|\*)", paragraph, re.I))
        ) or (start is None and marks >= 3 and len(paragraph) > 120 and "?" not in paragraph)
        if begin == end or begin == 0 or not is_notice:
            return
        at = start if start is not None else begin
        signed[at:end] = [True] * (end - at)
        if at > begin:
            return
        end = begin


def _joined(lines: Iterable[Line]) -> str:
    return "\n".join(line.text for line in lines).strip("\n")


def _letters(text: str) -> str:
    """The letters and digits of a text, in one form, without anything between them."""
    return "".join(_LETTERS.findall(plain_letters(text)))

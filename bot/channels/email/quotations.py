"""What mail programs write above what is answered: the line that announces it, a divider, the headers of an e-mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.channels.email.languages import FORWARDED_MESSAGE, FROM, ON_THE_DAY, ORIGINAL_MESSAGE, SENT, SUBJECT, TO, WROTE
from bot.channels.email.lines import Line

# Longer than any line that a mail program writes above a quotation, and of more lines than it breaks it into.
_LONGEST_ATTRIBUTION, _MOST_ATTRIBUTION_LINES = 400, 4
_TIME = r"\b\d{1,2}\s?[:.h]\s?\d\d\b"
# A moment as programs write it: a year, a time of day, or an address beside it.
_MOMENT = rf"(?:\b(?:19|20)\d\d\b|{_TIME}|@)"
# Without a mark below it, a line announces a quotation only by what persons leave out: the minute, or an address.
_EXACT = re.compile(rf"{_TIME}|@|\byou\s+wrote\b", re.IGNORECASE)
# Who tells what somebody wrote speaks of themselves, too; a program does not.
_TELLS = re.compile(r"\b(?:[jm]['’]|(?:je|nous|I(?!\.)|we|us|me|my|our|mon|ma|mes|notre|nos|votre|vos|your)\b)(?!\S*@)")
_ADDRESS = r"[<(\[]\s*(?:mailto:)?\s*[^\s<>()\[\]]+@[^\s<>()\[\]]+(?:[<\s][^>)\]]{0,120}>?)?\s*[>)\]]+"
# "On …, X wrote:"; it may stand behind somebody's own words, and then begins with its day.
_ATTRIBUTION = re.compile(
    rf"{ON_THE_DAY}\s(?=.{{0,300}}{_MOMENT}).{{4,380}}?\b{WROTE}(?!\w)[^.!?]{{0,90}}?\s*:[\s*_]*\Z", re.IGNORECASE
)
_DAY_BEGINS = re.compile(rf"(?:\A|(?<=[\s.!?,;-])){ON_THE_DAY}\s+(?:[^\W\d]+\.?,?\s+){{0,2}}\d", re.IGNORECASE)
# Some write the day last: "X <x@y> schrieb am So., 23. Juni 2024, 21:08:", "* X <x@y> [2026-12-22 16:40:12 -0500]:".
_THEN_DAY = rf"(?:{WROTE}\s(?=.{{0,60}}\d).{{4,60}}\d[^\d:]{{0,12}}|\[[^\]]{{0,40}}\d\d:\d\d[^\]]{{0,20}}\])"
# Those without "On": "2026-12-22 16:40, X <x@y> wrote:", "X <x@y> wrote:", "X Y wrote:", "2026/12/22 X <x@y>".
_BARE_ATTRIBUTION = re.compile(
    rf"(?:(?=.{{0,300}}{_MOMENT})[^\s>].{{2,380}}\b{WROTE}\s*:"
    r"|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}.{0,200}<[^<>\s]+@[^<>\s]+>\s*:?"
    rf"|[^<>]{{0,120}}<[^<>\s]+@[^<>\s]+>\s*{_THEN_DAY}\s*:)\s*\Z",
    re.IGNORECASE,
)
_WITH_ADDRESS = re.compile(rf".*<[^<>\s]+@[^<>\s]+>\s*(?:{WROTE}|{_THEN_DAY})\s*:\s*\Z", re.IGNORECASE)
_NAMED_ATTRIBUTION = re.compile(rf"(?:[A-ZÀ-Þ][\w.'’-]*\s+){{1,4}}{WROTE}\s*:\s*\Z")
# In any language: a day with its year or time, an address in brackets, and no more than some words for "wrote".
_ADDRESSED = re.compile(
    rf"(?=.{{0,300}}(?:\b(?:19|20)\d\d\b|{_TIME}|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d\d)).{{4,360}}?{_ADDRESS}"
    r"[^.!?:]{0,40}:[\s*_]*\Z"
)
# What such a line begins with: a day, or a name whose address a program broke off.
_BEGINS_BARE = re.compile(r"(?:[^\W\d]{1,12}[.,]?\s+){0,4}\d|[^<>]{1,100}<[^<>\s]*\Z|[^<>]{0,100}<[^<>\s]+@")
_BEGINS_WITH_DAY = re.compile(r"(?:[^\W\d]{1,12}[.,]?\s+){0,4}\d")
# Some end it without a colon: "On Wed, 14 Nov 2018 08:14:43 -0200 X <x@y> wrote".
_UNENDED = re.compile(rf"{ON_THE_DAY}\s(?=.{{0,300}}{_TIME}).{{4,360}}{_ADDRESS}\s*{WROTE}\s*\Z", re.IGNORECASE)
_DIVIDER = re.compile(
    rf"\s*(?:[-_=*]{{2,}}\s*)?{ORIGINAL_MESSAGE}\s*[-_=*]{{2,}}\s*\Z|\s*[-_=*]{{2,}}\s*{ORIGINAL_MESSAGE}\s*:?\s*\Z",
    re.IGNORECASE,
)
# Zoho and others set the attribution between dashes; Orange writes "Message du :" and the headers below.
_DASHED = re.compile(rf"\s*-{{3,}}\s*(?:{ON_THE_DAY}\s)?.{{4,300}}\b{WROTE}\s*:?\s*-{{3,}}\s*\Z", re.IGNORECASE)
_MESSAGE_OF = re.compile(r"\s*(?:message\s+du\s*:?\s*\d|message of\s*:?\s*\d).{0,60}\Z", re.IGNORECASE)
# GroupWise: ">>> X <x@y> 2026-12-22 16:40 >>>"; Notes: "X ---2026-12-22 16:40:12---Hello", and the headers below.
_BETWEEN_MARKS = re.compile(r"\s*>>> [^>].{3,200}\d.{0,80} >>>\s*\Z")
_NOTES = re.compile(r".{1,100}?\s?-{2,3}\s?\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4} .{4,20}?-{3}")
_RULE = re.compile(r"\s*[_\-=*]{4,}\s*\Z")
_FROM, _SENT, _TO, _SUBJECT = _ANY_HEADER = tuple(
    re.compile(rf"\s*[*_]{{0,2}}{words}\s*:", re.IGNORECASE) for words in (FROM, SENT, TO, SUBJECT)
)
_PLAIN_DATE = re.compile(r"\W*(?:date|data|datum|fecha|dato)\s*:", re.IGNORECASE)
_MINUTE = re.compile(_TIME)
_NO, _IF_MARKED, _SURELY = range(3)
_HEADERS_WITHIN = 7  # lines in which the headers of one e-mail stand
_FORWARDED = re.compile(rf"[-_ ]*\s*{FORWARDED_MESSAGE}\s*:?\s*[-_ ]*\Z", re.IGNORECASE)
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # marks of direction, and spaces of no width


def seen(text: str) -> str:
    """A line as it is read: without marks of direction, and each space a plain one."""
    return _UNSEEN.sub("", text).replace("\xa0", " ").replace("\u202f", " ")


def forwards(line: Line) -> bool:
    """Whether an e-mail that is passed on stands below."""
    return bool(_FORWARDED.match(seen(line.text).strip()))


def announcement(
    lines: Sequence[Line], place: int, is_quoted: Callable[[Sequence[Line], int], bool] | None = None
) -> tuple[int, str]:
    """How many lines at `place` say that a quotation follows (0: none do), and the words before that on the first.

    `is_quoted`: whether what stands from a place on is a quotation; by default, what is marked.
    """
    is_quoted = is_quoted or follows_mark
    first = seen(lines[place].text).strip()
    if not first or lines[place].quoted:
        return 0, ""
    for count in range(1, _MOST_ATTRIBUTION_LINES + 1):
        taken = lines[place : place + count]
        # A program that breaks its line before the last sign (">:") makes it look like a quotation.
        if len(taken) < count or any(line.quoted and line.text.strip() != ">:" for line in taken):
            break
        if count > 1 and (taken[-1].blank or _is_header(seen(taken[-1].text))):
            break
        joined = " ".join(seen(line.text).strip() for line in taken).replace(" >:", ">:")
        if len(joined) > _LONGEST_ATTRIBUTION:
            break
        begins = _day_begins(joined)
        if begins >= len(first):
            break  # the next line is one
        if _DASHED.match(joined):
            return count, ""
        if _holds(_announces(joined[begins:]), lines, place + count, is_quoted):
            own = joined[:begins].strip()
            return count, own[:-3].rstrip("- ") if own.endswith("---") else own
        if _BEGINS_BARE.match(first) and _holds(_announces_bare(joined), lines, place + count, is_quoted):
            rests = (" ".join(seen(line.text).strip() for line in taken[at:]) for at in range(1, count))
            if any(_BEGINS_WITH_DAY.match(rest) and _announces_bare(rest) for rest in rests):
                break  # a later line is one
            return count, ""
    is_name = _NAMED_ATTRIBUTION.match(first) and is_quoted(lines, place + 1)
    return (1, "") if is_name else (0, "")


def follows_mark(lines: Sequence[Line], place: int) -> bool:
    """Whether the next line that shows anything is marked as a quotation."""
    return next((lines[at].quoted for at in range(place, len(lines)) if not lines[at].blank), False)


def divides(lines: Sequence[Line], place: int) -> bool:
    """Whether a mail program set the whole e-mail that is answered below this line."""
    line = lines[place]
    text = seen(line.text).strip()
    if line.divides or _BETWEEN_MARKS.match(text):
        return True
    if _DIVIDER.match(text) or _DASHED.match(text) or headers(lines, place):
        return True
    if _RULE.match(text) or _MESSAGE_OF.match(text) or _NOTES.match(text):
        following = next((at for at in range(place + 1, min(place + 4, len(lines))) if not lines[at].blank), None)
        return following is not None and bool(headers(lines, following))
    return False


def headers(lines: Sequence[Line], place: int) -> int:
    """How many lines here are the headers of an e-mail, as a program writes them above what is answered."""
    near = [seen(line.text) for line in lines[place : place + _HEADERS_WITHIN]]
    if not near or not _is_header(near[0]):
        return 0
    opens = bool(_FROM.match(near[0]) or _MESSAGE_OF.match(near[0]))
    block = next((at for at, text in enumerate(near) if not text.strip()), len(near))
    if not opens and not any(map(_FROM.match, near[:block])):
        return 0  # of another order, in one piece
    end = max(at for at, text in enumerate(near) if _is_header(text)) + 1
    texts = near[:end]
    whole = "\n".join(texts)
    moment = next((text for text in texts if _SENT.match(text) or _MESSAGE_OF.match(text)), "")
    has_to, has_subject = any(map(_TO.match, texts)), any(map(_SUBJECT.match, texts))
    # Somebody who tells of a journey or begins a letter writes "De :" and "À :" too, but no address, and no minute.
    # A person's list has a date, too; it seldom stands apart.
    is_programs = (
        not _PLAIN_DATE.match(moment)
        or not place
        or lines[place - 1].blank
        or bool(_RULE.match(seen(lines[place - 1].text)))
    )
    is_exact = "@" in whole or (has_to and has_subject and is_programs and bool(_MINUTE.search(moment)))
    return end if moment and (has_to or has_subject) and is_exact else 0


def of_programs(lines: Sequence[Line]) -> set[int]:
    """The places of the lines, marked or not, that programs wrote above a quotation."""
    bare = [
        line if line.text.strip() == ">:" or _BETWEEN_MARKS.match(line.text) else Line(line.text.lstrip("> \t"))
        for line in lines
    ]
    found = {place for place, line in enumerate(lines) if line.announces}
    for place, line in enumerate(bare):
        if line.blank or place in found:
            continue
        count = headers(bare, place) or announcement(bare, place)[0]
        text = seen(line.text)
        if not count and any(
            one.match(text) for one in (_DIVIDER, _RULE, _DASHED, _MESSAGE_OF, _BETWEEN_MARKS, _NOTES)
        ):
            count = 1
        found.update(range(place, place + count))
    return found


def _day_begins(text: str) -> int:
    """Where a program's line begins behind somebody's words: with a day, behind a sentence if another came before."""
    days = [day.start() for day in _DAY_BEGINS.finditer(text)]
    if days[:1] == [0]:
        days = [0, *(at for at in days[1:] if text[:at].rstrip()[-1:] in ".!?…-")]
    return days[-1] if days else 0


def _announces(text: str) -> int:
    """Whether a program's line that begins with its day announces what is quoted: _NO, _IF_MARKED or _SURELY."""
    if not (_ATTRIBUTION.match(text) or _UNENDED.match(text)):
        return _NO
    return _SURELY if _EXACT.search(text) and not _TELLS.search(text) else _IF_MARKED


def _announces_bare(text: str) -> int:
    """Whether a line without "On" announces what is quoted: _NO, _IF_MARKED or _SURELY."""
    if not text.rstrip(" *_").endswith((":", ">")):
        return _NO
    if _ADDRESSED.match(text):
        return _IF_MARKED if _TELLS.search(text) else _SURELY
    if not _BARE_ATTRIBUTION.match(text):
        return _NO
    return _SURELY if _WITH_ADDRESS.match(text) else _IF_MARKED


def _holds(announces: int, lines: Sequence[Line], below: int, is_quoted: Callable[[Sequence[Line], int], bool]) -> bool:
    return announces == _SURELY or (announces == _IF_MARKED and is_quoted(lines, below))


def _is_header(text: str) -> bool:
    return any(header.match(text) for header in _ANY_HEADER) or bool(_MESSAGE_OF.match(text))

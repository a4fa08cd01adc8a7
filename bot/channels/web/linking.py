"""What stands whole in a text of the desk's own page, and what can be pressed; links.js does the same in the chat.

Telephone numbers do not break and can be called, web and e-mail addresses can be opened, references and times do not
break.
Every repetition is bounded, so that a long word without an end costs nothing.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_GAP = r"[ \u00a0.-]"
_TAIL = r"[^\s<>\"«»“”]"
_NAMED = r"(?:[^\W_](?:[^\W_]|-){0,62}\.){1,8}(?:ca|com|org|net|quebec|int)(?![\w-])"
_PHONE = rf"(?:\+?1{_GAP})?(?:\([2-9]\d\d\){_GAP}?|[2-9]\d\d{_GAP})[2-9]\d\d{_GAP}\d{{4}}"
_LETTERS = rf"(?:\+?1{_GAP})?8(?:00|33|44|55|66|77|88){_GAP}[A-Z]{{7}}"
_ANY = re.compile(
    r"(?P<mail>[\w.%+-]{1,64}@(?:(?:[^\W_]|-){1,63}\.){1,8}[^\W\d_]{2,24})"
    rf"|(?P<web>https?://{_TAIL}+|www\.{_TAIL}+|{_NAMED}(?:/{_TAIL}*)?)"
    rf"|(?P<phone>(?:{_PHONE}|{_LETTERS})(?:,? (?:poste|ext\.|extension) \d{{1,6}})?)"
    r"|(?P<short>[2-9]-?1-?1|9-?8-?8)"
    r"|(?P<kept>[A-Z]{1,8}-[0-9A-Z]{4}-[0-9A-Z]{4}|\d{1,2}[ \u00a0]h(?:[ \u00a0]\d\d)?|\d{1,2}:\d\d[ \u00a0][ap]\.m\.)"
)
_JOINED_BEFORE, _JOINED_AFTER = re.compile(r"[\w@/.-]\Z"), re.compile(r"\w")
# Three figures are a number to call where a text says so, and does not go on as an address does.
_CALLED = re.compile(
    r"(?:^|[\n(:]|(?:^|[\s(])(?:le|au|ou|call|dial|text|at|or|appelez|composez|textez))[ \u00a0]?\Z", re.IGNORECASE
)
_COUNTED = re.compile(r"(?:[,.]?\d|[ \u00a0]?[$%]|,? (?:rue|boul|av|ch|pl|st\b|street|road))", re.IGNORECASE)
_EXTENSION = re.compile(r",? (?:poste|ext\.|extension) ")
_KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


def linked(text: str) -> Markup:
    """`text` as markup, escaped, with its links."""
    shown, start, place = Markup(""), 0, 0
    while match := _ANY.search(text, place):
        found = _piece(match, text)
        if found is None:
            place = match.start() + len(match[0])
            continue
        said, href = found
        shown += escape(text[start : match.start()])
        if href and match["web"]:
            shown += Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(href, said)
        elif href:
            shown += Markup('<a class="whole" href="{}">{}</a>').format(href, said)
        else:
            shown += Markup('<span class="whole">{}</span>').format(said)
        start = place = match.start() + len(said)
    return shown + escape(text[start:])


def _piece(match: re.Match[str], text: str) -> tuple[str, str | None] | None:
    """What of a match stands whole, and where it leads; None: it is none of these things."""
    said, before, after = match[0], text[: match.start()], text[match.end() :]
    if _JOINED_BEFORE.search(before):
        return None
    if match["web"]:
        return _web(said)
    if _JOINED_AFTER.match(after):
        return None
    if match["mail"]:
        return said, f"mailto:{said}"
    if match["phone"]:
        return said, f"tel:{_number(said)}"
    if match["short"]:
        if not _CALLED.search(before) or _COUNTED.match(after):
            return None
        return said, "tel:" + said.replace("-", "")
    return said, None


def _web(said: str) -> tuple[str, str] | None:
    """A web address without the punctuation of the sentence around it."""
    while said[-1] in ".,;:!?…'’*" or (said[-1] == ")" and said.count(")") > said.count("(")):
        said = said[:-1]
    href = said if re.match("https?://", said) else f"https://{said}"
    try:
        return (said, href) if urlsplit(href).hostname else None
    except ValueError:
        return None


def _number(said: str) -> str:
    """ "(418) 649-2300, poste 12" as +14186492300;ext=12; letters are the keys that they stand on."""
    number, _, extension = _EXTENSION.sub(";", said).partition(";")
    digits = re.sub(r"\D", "", number.translate(_KEYS))
    return f"+1{digits[-10:]}" + (f";ext={extension}" if extension else "")

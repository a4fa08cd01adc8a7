"""How an e-mail is signed: below a delimiter, by a device, by a program, and by lawyers."""

from __future__ import annotations

import re

from bot.channels.email.languages import DEVICE
from bot.channels.email.lines import Line
from bot.channels.email.quotations import forwards
from bot.channels.email.thread import letters_of

_DELIMITER = re.compile(r"-{2,6}\s?\Z|_{2,5}\s*\Z|—{1,10}\s?\Z")
_STANDARD_DELIMITER = "-- "  # RFC 3676; others also write "--"
_LONGEST_BANNER = 600  # characters
_BANNER = re.compile(
    r"\W*(?:caution|attention|warning|external|externe|avertissement|mise en garde|avis)\b"
    r"(?=.*\b(?:e-?mail|message|courriel|sender|exp[ée]diteur)\b)"
    r".*\b(?:originat\w+|sent|came|comes|provient|provenant|exp[ée]di[ée]|re[çc]u|vient)\b"
    r".{0,40}\b(?:outside|external|externe|ext[ée]rieure?)\b",
    re.IGNORECASE,
)
_LONGEST_SIGNATURE = 25  # lines; what is longer is no signature, whatever stands above it
# A line that a mail program adds by itself, whole.
_DEVICE = re.compile(
    rf"\s*[(\[]?{DEVICE}\s*(?:<\S{{1,200}}>|\(?https?://\S{{1,200}}\)?)?\s*\.?\s*[)\]]?\s*\Z", re.I | re.X
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
    r"\?|\A\s*(?:p\.?\s?-?\s?s|n\.?\s?b)\b"
    r"|\b(?:je|j['’]\w|mon|ma|mes|moi|nous|vous|votre|vos|svp|s['’]il vous|est-ce|pouvez|merci de|veuillez"
    r"|i|i['’]m|i['’]ve|my|me|we|you|your|please|can|could|would|need)\b",
    re.IGNORECASE,
)
_LINKED = re.compile(r"\[([^\[\]]{1,80})\]\((?:https?://)?[^\s()]{1,200}\)")  # as some plain texts show a link's words
_LINK = re.compile(r"(?:https?://|www\.|mailto:)\S+", re.IGNORECASE)
# Names and what people call their offices, below a delimiter of which a rule of one's own cannot be told.
_NAME = re.compile(
    r"[*_\"'(]*(?:[A-ZÀ-ÞŒ&|/–—·•,-]|(?:de|du|des|la|le|les|d['’]|l['’]|of|the|and|et|und|y|van|von|der)\b)"
)
_ANSWERS = re.compile(
    r"\W*(?:oui|non|yes|no|ok|okay|d['’]accord|merci\b.*|thanks?\b.*|urgent\b.*|gracias)\W*\Z", re.IGNORECASE
)
_CONTACT = re.compile(
    r"@|https?://|www\.|\d{3}[ .)-]{0,2}\d{3}[ .-]?\d{4}|\b(?:t[ée]l|tel|cell|fax|poste|ext)\b", re.IGNORECASE
)


def signed_apart(lines: list[Line], names: list[str]) -> tuple[list[Line], list[Line]]:
    """What is said, and how it is signed."""
    signed = [line.signed and not _says(line.text) for line in lines]
    begin = max(0, len(lines) - _LONGEST_SIGNATURE)
    ends = next((at for at, line in enumerate(lines) if forwards(line)), len(lines))
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
        elif _by_device(lines[place].text):
            signed[place] = True
            block = lines[place + 1 : ends]
            if not any(map(_speaks, block)) and len(block) <= _LONGEST_SIGNATURE:
                signed[place:ends] = [True] * (ends - place)
                break
    _mark_notices(lines, signed, ends)
    _mark_banner(lines, signed)
    return (
        [line for line, is_signed in zip(lines, signed) if not is_signed],
        [line for line, is_signed in zip(lines, signed) if is_signed],
    )


def _mark_banner(lines: list[Line], signed: list[bool]) -> None:
    """Sign off the warning that an organization's server sets above all that comes from elsewhere."""
    begin = next((at for at, line in enumerate(lines) if not line.blank), len(lines))
    end = next((at for at in range(begin, len(lines)) if lines[at].blank), len(lines))
    paragraph = " ".join(line.text for line in lines[begin:end])
    if end < len(lines) and len(paragraph) <= _LONGEST_BANNER and _BANNER.match(paragraph) and "?" not in paragraph:
        signed[begin:end] = [True] * (end - begin)


def _is_signature(delimiter: str, block: list[Line], names: list[str]) -> bool:
    """Whether what stands below a delimiter only tells who writes."""
    said = [line.text for line in block if not line.blank and not _by_device(line.text)]
    told = [text for text in said if not _NOTICE.match(text) and len(_OF_A_NOTICE.findall(text)) < 2]
    if any(map(_says, told)):
        return False
    if delimiter.startswith("---"):  # as people also draw between what they say
        return any(part in letters_of(text) for text in said for part in names)
    if delimiter == _STANDARD_DELIMITER or not said:
        return True
    if any(_CONTACT.search(text) for text in said):
        return True
    return any(part in letters_of(text) for text in said for part in names) or _names_only(said)


def _names_only(said: list[str]) -> bool:
    """Whether these lines can be but names: of a person, an office, a company."""
    if any(_ANSWERS.match(text) or re.search(r"[\d.!?:;…]", text) for text in said):
        return False
    if len(said) == 1 and len(said[0].split()) == 1:
        return True
    return len(said) <= 5 and all(_NAME.match(word) for text in said for word in text.split())


def only_signs(lines: list[Line], names: list[str]) -> bool:
    """Whether a signature surely says nothing but who writes, and what programs and lawyers add."""
    in_notice = False
    for line in lines:
        in_notice = not line.blank and (
            in_notice
            or bool(_NOTICE.match(line.text))
            or len(_OF_A_NOTICE.findall(line.text)) >= 2
            or bool(_BANNER.match(line.text))
        )
        if line.blank or in_notice or _DELIMITER.match(line.text) or _by_device(line.text):
            continue
        words = [letters for word in line.text.split() if (letters := letters_of(word))]
        if not _CONTACT.search(line.text) and not all(word in names for word in words):
            return False
    return True


def _says(text: str) -> bool:
    """Whether it is said by one who speaks; an address holds no words."""
    return bool(_SPEAKS.search(_LINK.sub("", text)))


def _by_device(text: str) -> bool:
    """Whether a mail program added this line by itself."""
    return bool(_DEVICE.match(_LINKED.sub(r"\1", text)))


def _speaks(line: Line) -> bool:
    return _says(line.text) and not _NOTICE.match(line.text)


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

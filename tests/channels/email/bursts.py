"""Many e-mails that come at once: questions, replies in their threads, the same brought twice, machines', broken ones.

Each is told with what must become of it. The same number gives the same e-mails.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.core.folders import ROOT
from tests.channels.email.letters import letter, returned

# What becomes of an e-mail: it opens a request and is acknowledged, opens one of whose sender nothing is known, is
# added to the request of its thread, is known already, or is set aside.
ACKNOWLEDGED, UNSIGNED, JOINED, KNOWN, ASIDE = "acknowledged", "unsigned", "joined", "known", "aside"
FR, EN = "fr", "en"
# Questions that an article answers, and questions of the ministry's business that none does.
ANSWERED = {
    FR: ("Quelle est votre adresse postale ?", "Quel est le rôle du ministère ?"),
    EN: ("What is your mailing address?", "What is the role of the ministry?"),
}
_FRAME = {
    FR: "Bonjour,\n\n{}\n\nMerci d’avance,\nAna Tremblay\n",
    EN: "Hello,\n\n{}\n\nThank you,\nAna Tremblay\n",
}
_MORE = {FR: "J’oubliais : je suis à Lyon jusqu’en mai.", EN: "I forgot to say: I am in Lyon until May."}
# Every group of twenty has so many of each kind.
_GROUP = ("answered",) * 8 + ("unanswered",) * 6 + ("reply",) * 2 + ("again",) * 2 + ("machine", "broken")


@dataclass(frozen=True)
class Sent:
    """One e-mail of a burst.

    `sender`: its address, None where none can be read. `question`: what it asks, where it opens a request. `fate`: what
    must become of it. `answered`: whether an article answers it.
    """

    raw: bytes
    fate: str
    sender: str | None = None
    question: str = ""
    answered: bool = False


def burst(count: int) -> list[Sent]:
    """So many e-mails, in the order in which they come."""
    unanswered = _unanswered()
    made: list[Sent] = []
    first = 0  # of the group
    for number, kind in zip(range(count), itertools.cycle(_GROUP)):
        if number % len(_GROUP) == 0:
            first = number
        lang = (FR, EN)[number % 2]
        sender, name = f"ana{number}@example.org", f"<{number}@example.org>"
        from_ = f"Ana Tremblay <{sender}>"
        if kind in ("answered", "unanswered"):
            is_answered = kind == "answered"
            # No two ask in the same words.
            asked = ANSWERED[lang][number // 2 % 2] if is_answered else next(unanswered[lang])
            raw = letter(_FRAME[lang].format(asked), sender=from_, name=name, subject=f"No {number}")
            made.append(Sent(raw, ACKNOWLEDGED, sender, asked, is_answered))
        elif kind == "reply":
            before = made[first + number % 2]
            place = f"In-Reply-To: <{first + number % 2}@example.org>"
            raw = letter(_MORE[lang], sender=f"Ana <{before.sender}>", name=name, subject="Re: No", more=[place])
            made.append(Sent(raw, JOINED, before.sender))
        elif kind == "again":
            before = made[first + number % 8]
            trace = f"Received: from mx{number}.example.org by desk.example; Tue, 22 Dec 2026 16:40:00 -0500\r\n"
            made.append(Sent(trace.encode() + before.raw, KNOWN, before.sender))
        elif kind == "machine":
            made.append(Sent(_machine(number, name), ASIDE))
        else:
            made.append(Sent(_broken(number), UNSIGNED))
    return made


def drop(mails: Sequence[Sent], folder: Path) -> None:
    """Put them into a desk's folder for new e-mails, all at once, in their order."""
    aside = folder.parent / "tmp"
    for place in (folder, aside):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [f"{number:05d}.eml" for number in range(len(mails))]
    for mail, name in zip(mails, names):
        (aside / name).write_bytes(mail.raw)
    now = time.time()
    for name in names:  # of the same moment they are taken by their names
        os.utime(aside / name, (now, now))
        (aside / name).rename(folder / name)


def _unanswered() -> dict[str, Iterator[str]]:
    path = ROOT / "data" / "knowledge" / "unanswered" / "near.yml"
    found: dict[str, Sequence[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {lang: itertools.cycle(found[lang]) for lang in (FR, EN)}


def _machine(number: int, name: str) -> bytes:
    """An automatic reply, or a bounce of an e-mail that was never ours."""
    if number % 40 < 20:
        return letter("Je suis absente.", sender=f"b{number}@example.org", name=name, subject="Absence du bureau : x")
    return returned("<guichet-999999.0123456789abcdef@desk.example>").replace(b"<b1@mx.example>", name.encode())


def _broken(number: int) -> bytes:
    """Bytes that are hardly an e-mail: no sender can be read."""
    return b"\x00\x81 no header\r\n\r\n\x80\x81 %d Question?\r\n" % number

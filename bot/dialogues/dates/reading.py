"""What a message says of when: the one day that it names, or why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.dialogues.dates.meanings import AMBIGUOUS, DAY, FUTURE, IMPOSSIBLE, PERIOD, day_of_month, today_itself
from bot.dialogues.dates.patterns import DAY_NUMBER, RULES
from bot.dialogues.dates.words import fold_message

SEVERAL = "several"  # of a whole message: it names days that exclude each other


@dataclass(frozen=True)
class Found:
    """A mention of a time: its kind, the days that it may mean, and where it stands in the folded message."""

    kind: str
    days: tuple[date, ...]
    start: int
    end: int
    today: bool = False  # it is "today" itself, which people also say of the day on which they write


@dataclass(frozen=True)
class DateReading:
    """What a message says of when. `day` is set if it is sure; else `problem` says why not (None: no date at all).

    `choices`: the days to ask about, of AMBIGUOUS and SEVERAL all, of a week its days until today; empty if
    they are too many.
    """

    day: date | None = None
    problem: str | None = None
    choices: tuple[date, ...] = ()


def read_date(text: str, language: str, today: date, *, alone: bool = False) -> DateReading:
    """The one day that `text` names, or why there is none.

    Args:
        text: a citizen's message.
        language: "fr" or "en", for the order of what "3/11" may be.
        today: the local date; days after it are to come.
        alone: the message answers the question for a date: a bare number is a day of the month.
    """
    found = _reconciled(find_dates(text, language, today, alone=alone))
    if not found:
        return DateReading()
    if len({mention.days for mention in found if mention.kind == DAY}) == 1 and all(f.kind == DAY for f in found):
        return DateReading(day=found[0].days[0])
    for kind in (IMPOSSIBLE, FUTURE):
        kinds = {mention.kind for mention in found}
        if kind in kinds and DAY not in kinds:
            return DateReading(problem=kind)
    days = list(dict.fromkeys(d for mention in found if mention.kind in (DAY, AMBIGUOUS) for d in mention.days))
    if len(days) == 1 and any(mention.kind == DAY for mention in found):
        return DateReading(day=days[0])
    if days:
        kind = AMBIGUOUS if len(found) == 1 else SEVERAL
        return DateReading(problem=kind, choices=tuple(days[:5]))
    first, last = found[0].days
    inside = [first + timedelta(n) for n in range((last - first).days + 1) if first + timedelta(n) <= today]
    # People file, talk and write on working days, mostly; seven buttons are many.
    working = [day for day in inside if day.weekday() < 5] or inside
    return DateReading(problem=PERIOD, choices=tuple(working) if len(inside) <= 7 else ())


def find_dates(text: str, language: str, today: date, *, alone: bool = False) -> list[Found]:
    """The mentions of times in `text`, in their order; none overlaps another."""
    plain = fold_message(text)
    found: list[Found] = []
    for pattern, reader in RULES:
        for match in pattern.finditer(plain):
            if any(match.start() < f.end and f.start < match.end() for f in found):
                continue
            meant = reader(match, today, language)
            if meant is not None and not _of_something_else(plain, match):
                kind, days = meant
                found.append(Found(kind, days, match.start(), match.end(), reader is today_itself))
    if alone and not found and (bare := re.fullmatch(rf"\W*(?:le |the |c'etait )*({DAY_NUMBER})\W*", plain)):
        kind, days = day_of_month(bare, today, language)
        found.append(Found(kind, days, 0, len(plain)))
    return sorted(found, key=lambda mention: mention.start)


def _of_something_else(plain: str, match: re.Match[str]) -> bool:
    """Whether a date is a limit ("avant le 30", "by the 5th"), or that of today ("on est le 9")."""
    before = plain[max(0, match.start() - 20) : match.start()]
    if match[0].startswith("avant"):
        return False
    if re.search(r"\bit(?:'?s| is) $", before) and plain[match.end() :].startswith(" today"):
        return True
    return bool(_OTHERWISE.search(before))


_OTHERWISE = re.compile(
    r"\b(?:avant|d'ici|d'ici au|by|before|until|till|jusqu'a|jusqu'au|jusqu'|expires?"
    r"|on est|nous sommes|today is)(?: on)? ?$"
)


def _reconciled(found: list[Found]) -> list[Found]:
    """Without the mentions that others make precise: a week beside its day, "Tuesday" beside the date."""
    others = [mention for mention in found if not mention.today]
    if others:
        found = others  # "today I write because my interview was on the 6th"
    days = {mention.days[0] for mention in found if mention.kind == DAY}
    kept = []
    for mention in found:
        if mention.kind == PERIOD and any(mention.days[0] <= day <= mention.days[1] for day in days):
            continue
        if mention.kind == AMBIGUOUS and days & set(mention.days):
            continue
        kept.append(mention)
    return kept

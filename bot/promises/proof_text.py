"""The proof of a due date in words: day zero, the working days counted, and what was not counted and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.texts import Texts, say_date

# What each reason of a proof is said with, in the order in which it is told.
KEYS = {"day_zero": "proof_day_zero", "working_day": "proof_counted", "weekend": "proof_weekends"}


def say_proof(proof: Iterable[Mapping[str, Any]], texts: Texts, lang: str) -> str:
    """The days of a proof (as tickets keep it: {"date", "reason", "holiday"?}) as one sentence in `lang`."""
    days = [(date.fromisoformat(entry["date"]), entry) for entry in proof]
    parts = []
    for reason, key in KEYS.items():
        of_kind = [day for day, entry in days if entry["reason"] == reason]
        if of_kind:
            parts.append(texts.get(key, lang, days=_say_days(of_kind, texts, lang)))
    for day, entry in days:
        if entry["reason"] == "holiday":
            parts.append(
                texts.get("proof_holiday", lang, days=say_weekday_and_date(day, lang), holiday=entry["holiday"][lang])
            )
    return "; ".join(parts) + "."


def say_weekday_and_date(day: date, lang: str) -> str:
    """A date in words: "mardi 3 novembre 2026", "Tuesday, November 3, 2026"."""
    utc = ZoneInfo("UTC")
    return say_date(datetime.combine(day, time(12), utc), lang, utc)


def _say_days(days: list[date], texts: Texts, lang: str) -> str:
    """Dates that follow each other are told by the first and the last."""
    runs = []
    for _, found in groupby(enumerate(days), key=lambda item: item[1] - timedelta(days=item[0])):
        run = [day for _, day in found]
        first, last = say_weekday_and_date(run[0], lang), say_weekday_and_date(run[-1], lang)
        runs.append(first if len(run) == 1 else texts.get("proof_run", lang, first=first, last=last))
    return ", ".join(runs)

"""Dates in words, French and English: what a citizen wrote, as days before or on a given today. No IO, no clock.

"le 3 novembre", "Nov 3rd", "03/11/2026", "mardi passé", "avant-hier", "two weeks ago", "la semaine passée":
each is found where it stands in a message, and said to be a day, or why it is not one. Citizens mix their
languages, so both are understood at once; the language only orders the readings of "3/11".
"""

from bot.dialogues.dates.meanings import AMBIGUOUS, DAY, FUTURE, IMPOSSIBLE, PERIOD
from bot.dialogues.dates.reading import SEVERAL, DateReading, Found, find_dates, read_date
from bot.dialogues.dates.words import fold_message, one_slip

__all__ = [
    "AMBIGUOUS",
    "DAY",
    "FUTURE",
    "IMPOSSIBLE",
    "PERIOD",
    "SEVERAL",
    "Found",
    "DateReading",
    "find_dates",
    "fold_message",
    "one_slip",
    "read_date",
]

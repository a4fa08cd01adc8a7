"""How dates are written: the patterns, in the order in which they are tried, each with the reader of its meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.dialogues.dates import meanings as means
from bot.dialogues.dates.words import MONTHS, NOT_A_DATE, NUMBERS, UNITS, WEEKDAYS, spelled

_NUMBER = rf"(?:\d{{1,3}}|{spelled(NUMBERS)})"
DAY_NUMBER = rf"(?:\d{{1,2}} ?(?:st|nd|rd|th|er)?|{spelled(set(NUMBERS) - NOT_A_DATE)})"
_WORD = r"[a-z]{3,12}"
_YEAR = r"(?:,? ?(?:de |of |in |en )?(?P<year>(?:19|20)\d\d)\b)?"
# A name of a day, or something like it, which `weekday_of` judges.
_DAY_NAME = rf"(?:{spelled(WEEKDAYS)}|[a-z]{{2,8}}di[est]?|[a-z]{{2,7}}day|dimanch[a-z]?|dimance)"
_NEXT = r"(?:prochaine?|suivante?|qui vient|qui s'en vient|next|coming)"
_PAST = r"(?:passee?|passees|derniere?|dernieres|dernier|last|past|d'avant|precedente?)"
_AFTER_NUMBER = (
    rf"(?! ?(?:{UNITS}|h\b|h\d|heures?|hours?|am\b|pm\b|a\.m|p\.m|%|\$|ieme|eme|personnes?|people|[:.,]\d|\d))"
)
_ON = rf"(?:(?P<weekday>{_DAY_NAME})[,.]? (?:le |the |dernier |passe )*)?"
_WEEK_WORDS = (
    r"(?:de )?(?:la (?:semaine|sem) (?:passee|derniere|d'avant)|cette semaine|l'autre semaine)"
    r"|(?:of )?(?:the )?(?:last|this|previous) week|(?:of )?the week before(?: last)?"
)


def _rules() -> Iterator[tuple[str, means.Reader]]:
    """The patterns in the order in which they are tried, the most precise first."""
    yield r"(?<![\d/.-])((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?![\d/]|[-.]\d)", means.iso
    yield r"(?<![\d/.@-])(\d{1,2})([/.-])(\d{1,2})\2((?:19|20)?\d\d)(?![\d/]|[-.]\d)", means.with_year
    yield r"(?<![\d/.@-])(\d{1,2})/(\d{1,2})()(?![\d/]|[-.]\d)", means.slashes
    # "lundi prochain le 18" is to come, whatever the 18.
    yield (
        rf"\b(?:(?:next|coming) (?P<weekday>{_DAY_NAME})|(?:semaine|mois|annee) {_NEXT}|next (?:week|month|year))\b",
        means.coming,
    )
    yield rf"\b(?P<weekday>{_DAY_NAME}) {_NEXT}\b(?:,? (?:le )?\d{{1,2}}\b(?: {_WORD})?)?", means.coming
    yield r"\b(?:apres[ -]?demain|demain|tomorrow|the day after tomorrow|tmrw)\b", means.in_future
    yield rf"\b(?:dans|d'ici|in|within) {_NUMBER} {UNITS}\b", means.in_future
    yield (
        rf"\b{_ON}(?<![\d/.-])(?P<day>{DAY_NUMBER})(?: de | d'| of | du mois de | du mois d'|-| )?"
        rf"(?P<month>{_WORD})\b\.?{_YEAR}",
        means.day_month,
    )
    yield (
        rf"\b{_ON}(?P<month>{_WORD})\.? (?:the )?(?P<day>{DAY_NUMBER})\b"
        rf"(?! ?(?:{UNITS}|h\b|heures?)\b)(?![:/]\d){_YEAR}",
        means.day_month,
    )
    week = rf"(?P<n>{_NUMBER}) (?:full |bonnes? |good )?(?P<unit>{UNITS})(?P<working> (?:ouvrables?|working|ouvres?))?"
    since = r"(?:il y a(?: de cela)?|il ya|y a|ya|y'a|ca fait|sa fait|cela fait|fait|voila|depuis)"
    today = "(?:,? (?:today|aujourd'hui|jour pour jour|exactement|to the day))?"
    on = rf"(?:,? (?:le |on |a )?(?P<weekday>{spelled(WEEKDAYS)})\b)?{today}"
    yield rf"\b(?P<weekday>{spelled(WEEKDAYS)}),? {since} (?:deja |maintenant |exactement )?{week}\b", means.ago
    yield rf"\b(?P<weekday>{spelled(WEEKDAYS)}),? {week} (?:ago|back)\b", means.ago
    yield rf"\b{since} (?:deja |maintenant |exactement )?{week}\b{on}", means.ago
    yield rf"\b(?:it's been |its been |it has been |for )?{week} (?:of )?(?:ago|back|since|passes?|past){on}", means.ago
    yield rf"\b(?:it's been|its been|it has been) (?:exactly )?{week}\b", means.ago
    yield r"\bavant[ -]?hier\b|\b(?:the )?day before yesterday\b", means.relative
    yield r"\bhier\b|\byest(?:e|u)r?day\b|\blast night\b", means.relative
    yield (
        r"\baujourd'? ?hui\b|\bauj\b|\btoday\b|\bce (?:matin|midi|soir)\b"
        r"|\bcet(?:te)? (?:apres[ -]?midi|avant[ -]?midi|nuit)\b"
        r"|\bthis (?:morning|afternoon|evening)\b|\btonight\b|\btantot\b|\b(?:just|right) now\b|\ba l'instant\b",
        means.today_itself,
    )
    yield rf"\b(?P<weekday>{_DAY_NAME}),? (?P<week>{_WEEK_WORDS})\b", means.day_of_week_named
    yield rf"\b(?P<week>{_WEEK_WORDS})(?:,? (?:on|le))?,? (?P<weekday>{_DAY_NAME})\b", means.day_of_week_named
    month_past = r"(?: (?:du|de ce) (?:(?P<month_past>mois (?:passe|dernier|d'avant))|(?P<month_this>mois)))?"
    month_last = r"(?: (?:of )?(?:(?P<month_past>last month)|(?P<month_this>this month)))?"
    # "le premier" is a day only where nothing follows that it could be the first of: "le premier ministre".
    day = r"(?:\d{1,2}(?: ?er)?|premier(?= du mois| de ce mois|[ ]?[.,;!?]|$))"
    yield (
        rf"\b(?:(?P<weekday>{_DAY_NAME}),? )?(?:le|du|au) (?P<day>{day})\b{_AFTER_NUMBER}{month_past}",
        means.day_of_month,
    )
    yield (
        rf"\b(?P<weekday>{spelled(WEEKDAYS)}),? (?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?)\b{_AFTER_NUMBER}",
        means.day_of_month,
    )
    ordinal = spelled(name for name in NUMBERS if name.endswith(("th", "first", "second", "third")))
    yield (
        rf"\b(?:(?P<weekday>{_DAY_NAME}),? )?(?:on |since |from )?the (?P<day>\d{{1,2}}(?:st|nd|rd|th)|"
        rf"(?:{ordinal})(?= of |[ ]?[.,;!?]|$))(?! (?:time|one|floor|interview|application|email|person|question)\b)"
        rf"{month_last}",
        means.day_of_month,
    )
    yield rf"\b(?P<weekday>{_DAY_NAME}) {_PAST}\b(?! (?:week|month))", means.weekday_past
    yield rf"\b(?:this )?(?:last|past|previous) (?P<weekday>{_DAY_NAME})\b", means.weekday_past
    yield (
        r"\b(?:en )?(?:fin de semaine|fds|week[ -]?end)(?: (?:passee?|derniere?))?\b|\blast weekend\b",
        means.last_weekend,
    )
    yield (
        rf"\b(?:la |cette )semaine(?: {_PAST})?\b|\b(?:last|this|the past|past) week\b|\bsem (?:passee|derniere)\b",
        means.last_week,
    )
    some = "(?:quelques|plusieurs|une couple de)"
    part = r"(?P<part>debut|fin|mi|milieu|early|late|mid|end|start|beginning)"
    month = rf"(?P<month>{spelled(MONTHS)})\.?(?: (?P<year>(?:19|20)\d\d))?\b"
    yield rf"\b(?:au |a la |le |in |the |at the )?{part}[ -](?:of |du mois de |de |d'|in )?{month}", means.part_of_month
    yield (
        rf"\b(?:au |a la |the |at the )?{part}[ -](?:of |du |de )?"
        r"(?:(?P<past>last month|mois (?:passe|dernier))|mois|(?:the |this )?month)\b",
        means.part_of_month,
    )
    yield rf"\b(?:en|au mois de|au mois d'|courant|in|during|since|depuis)[ ]?{month}", means.part_of_month
    yield rf"\b{month} (?:passe|dernier)\b|\blast (?P<month2>{spelled(MONTHS)})\b", means.month_past
    yield r"\b(?:le |au )?(?P<past>mois (?:passe|dernier))\b|\b(?P<past2>last month)\b", means.last_month
    yield (
        rf"\b(?:l'autre jour|the other day|recemment|recently|(?:il y a|y a) {some} (?:jours|semaines)"
        r"|(?:a few|a couple(?: of)?|several|some) (?:days|weeks) ago|il y a longtemps|long ago)\b",
        means.vague,
    )
    yield rf"\b(?P<weekday>{spelled(WEEKDAYS)})\b(?! (?:au|to|a) (?:{spelled(WEEKDAYS)}))", means.weekday_alone


RULES: list[tuple[re.Pattern[str], means.Reader]] = [(re.compile(pattern), reader) for pattern, reader in _rules()]

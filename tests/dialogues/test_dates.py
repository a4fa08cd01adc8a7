"""Dates in words, in both languages, on a given today."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.texts import LANGUAGES
from bot.dialogues.dates import AMBIGUOUS, FUTURE, IMPOSSIBLE, PERIOD, SEVERAL, find_dates, one_slip, read_date

TODAY = date(2026, 11, 28)  # a Saturday

DAYS = [
    # A month by its name, with and without year, weekday, ordinal, article, accent.
    ("J'ai déposé ma candidature le 3 novembre", "2026-11-03"),
    ("I filed my application on November 3", "2026-11-03"),
    ("Nov 3rd", "2026-11-03"),
    ("nov. 3, 2026", "2026-11-03"),
    ("3 November 2026", "2026-11-03"),
    ("on the 3rd of November", "2026-11-03"),
    ("the third of november", "2026-11-03"),
    ("November the 3rd", "2026-11-03"),
    ("le trois novembre", "2026-11-03"),
    ("le 1er avril", "2026-04-01"),
    ("le premier novembre", "2026-11-01"),
    ("mardi le 3 novembre", "2026-11-03"),
    ("mardi 3 novembre 2026", "2026-11-03"),
    ("Tuesday, November 3, 2026", "2026-11-03"),
    ("le 12 février", "2026-02-12"),
    ("depot candidature 29 oct. date limite", "2026-10-29"),
    ("candidature remise 22 janv, date svp", "2026-01-22"),
    ("plinte recu le 1 sept", "2026-09-01"),
    ("I applied le 9 septembre", "2026-09-09"),
    ("the interview on aug 21 went well", "2026-08-21"),
    ("le 3 novembre à 14 h 30", "2026-11-03"),
    # The most recent one, where the year is not told.
    ("le 3 décembre", "2025-12-03"),
    ("le 28 novembre", "2026-11-28"),
    ("December 1st", "2025-12-01"),
    ("29 février", "2024-02-29"),
    ("le 3 novembre 2024", "2024-11-03"),
    # Typos.
    ("le 3 novenbre", "2026-11-03"),
    ("novmber 7th", "2026-11-07"),
    ("17 fevrié", "2026-02-17"),
    ("le 4 avrile", "2026-04-04"),
    ("septemebr 4", "2026-09-04"),
    ("le 1er jiun", "2026-06-01"),
    # A day of the month alone.
    ("entrevue le 12", "2026-11-12"),
    ("it was the 5th", "2026-11-05"),
    ("le 29", "2026-10-29"),
    ("the 31st", "2026-10-31"),
    ("le 15 du mois", "2026-11-15"),
    ("le 15 du mois passé", "2026-10-15"),
    ("the 3rd of last month", "2026-10-03"),
    ("vendredi le 13", "2026-11-13"),
    ("mardi le 6", "2026-10-06"),
    ("on Monday the 16th", "2026-11-16"),
    ("déposé le 8 à 14h", "2026-11-08"),
    # Figures that have one reading.
    ("2026-11-03", "2026-11-03"),
    ("25/11", "2026-11-25"),
    ("25-11-2026", "2026-11-25"),
    ("11/25/2026", "2026-11-25"),
    ("le 10/10", "2026-10-10"),
    # Days of the week.
    ("mon entrevue était mardi passé", "2026-11-24"),
    ("mardi dernier", "2026-11-24"),
    ("last Tuesday", "2026-11-24"),
    ("this past tuesday", "2026-11-24"),
    ("samedi passé", "2026-11-21"),
    ("jeudi", "2026-11-26"),
    ("we talked on Thursday", "2026-11-26"),
    ("madi passé", "2026-11-24"),
    ("last wensday", "2026-11-25"),
    ("mardi de la semaine passée", "2026-11-17"),
    ("la semaine dernière, mardi", "2026-11-17"),
    ("Tuesday last week", "2026-11-17"),
    ("last week on Tuesday", "2026-11-17"),
    ("mardi de cette semaine", "2026-11-24"),
    # So many days before.
    ("hier", "2026-11-27"),
    ("j'ai écrit hier soir", "2026-11-27"),
    ("avant-hier", "2026-11-26"),
    ("avant hier", "2026-11-26"),
    ("yesterday", "2026-11-27"),
    ("the day before yesterday", "2026-11-26"),
    ("ce matin", "2026-11-28"),
    ("aujourd’hui", "2026-11-28"),
    ("il y a deux semaines", "2026-11-14"),
    ("y a 10 jours", "2026-11-18"),
    ("ya 2 semaines", "2026-11-14"),
    ("ça fait 3 jours", "2026-11-25"),
    ("two weeks ago", "2026-11-14"),
    ("a week ago today", "2026-11-21"),
    ("10 days ago", "2026-11-18"),
    ("il y a vingt et un jours", "2026-11-07"),
    ("mardi, il y a deux semaines", "2026-11-10"),
    ("Tuesday two weeks ago", "2026-11-10"),
    ("two weeks ago Tuesday", "2026-11-10"),
    # One day told twice, limits and today beside the day.
    ("mardi passé, le 24 novembre", "2026-11-24"),
    ("la semaine passée, le 18 novembre", "2026-11-18"),
    ("entrevue le 12, je dois répondre avant le 30", "2026-11-12"),
    ("interview on the 12th, I must answer by the 20th", "2026-11-12"),
    ("J'AI ÉCRIT LE 2 MAI, ON EST LE 9", "2026-05-02"),
    ("It is the 12th today and I wrote on the 6th", "2026-11-06"),
    ("I write today because my interview was on November 6", "2026-11-06"),
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("text", "day"), DAYS)
def test_a_day_is_understood(text: str, day: str, lang: str) -> None:
    """A day is understood however it is written, in whichever language the conversation is."""
    assert read_date(text, lang, TODAY).day == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("text", "lang", "choices"),
    [
        ("03/11/2026", "fr", ["2026-11-03", "2026-03-11"]),
        ("03/11/2026", "en", ["2026-03-11", "2026-11-03"]),
        ("3/11", "fr", ["2026-11-03", "2026-03-11"]),
        ("3-11-26", "fr", ["2026-11-03", "2026-03-11"]),
        ("05/12/2026", "fr", ["2026-05-12"]),  # the 5th of December is to come, and may have been meant
        ("samedi", "fr", ["2026-11-21", "2026-11-28"]),
        ("mercredi 3 novembre", "fr", ["2026-11-03", "2026-11-04"]),
        ("Sunday November 3", "en", ["2026-11-03", "2026-11-01"]),
    ],
)
def test_what_may_be_either_is_asked(text: str, lang: str, choices: list[str]) -> None:
    """A date with more than one reading is none: its readings are offered, the likeliest first."""
    found = read_date(text, lang, TODAY)
    assert (found.day, found.problem) == (None, AMBIGUOUS)
    assert [day.isoformat() for day in found.choices] == choices


@pytest.mark.parametrize(
    "text", ["déposé le 3, entrevue le 21", "je l'ai envoyé le 1er mars et encore le 6", "between the 2nd and the 9th"]
)
def test_days_that_exclude_each_other_are_asked(text: str) -> None:
    """Of several days none is chosen."""
    found = read_date(text, "fr", TODAY)
    assert (found.day, found.problem) == (None, SEVERAL)
    assert len(found.choices) == 2


@pytest.mark.parametrize("text", ["la semaine passée", "last week", "la semaine dernière", "this past week"])
def test_a_week_is_not_a_day(text: str) -> None:
    """A week offers its working days."""
    found = read_date(text, "fr", TODAY)
    assert (found.day, found.problem) == (None, PERIOD)
    assert found.choices == tuple(date(2026, 11, day) for day in range(16, 21))


@pytest.mark.parametrize(
    "text",
    [
        "au début du mois",
        "early November",
        "fin octobre",
        "mi-octobre",
        "at the end of last month",
        "en octobre",
        "in October",
        "octobre passé",
        "last month",
        "le mois passé",
        "il y a quelques jours",
        "a few days ago",
        "il y a un mois",
        "two months ago",
        "il y a 10 jours ouvrables",
        "l'autre jour",
    ],
)
def test_a_longer_time_is_not_a_day(text: str) -> None:
    """What is vaguer than a week is asked for without choices."""
    found = read_date(text, "fr", TODAY)
    assert (found.day, found.problem, found.choices) == (None, PERIOD, ())


@pytest.mark.parametrize(
    "text",
    [
        "demain",
        "tomorrow",
        "après-demain",
        "lundi prochain",
        "lundi prochain le 18",
        "next Tuesday",
        "mardi qui vient",
        "la semaine prochaine",
        "dans 3 jours",
        "in two weeks",
        "le 3 décembre 2026",
        "December 3, 2026",
        "2027-01-05",
        "30/12/2026",
    ],
)
def test_what_is_to_come_is_told_apart(text: str) -> None:
    """A day after today is no day of something that happened."""
    assert read_date(text, "en", TODAY).problem == FUTURE


@pytest.mark.parametrize(
    "text", ["31 novembre", "November 31st", "le 30 février", "29 février 2026", "le 45 mars", "le 32", "2026-13-45"]
)
def test_impossible_dates_are_told_apart(text: str) -> None:
    """A date that no calendar has is not moved to one that it has."""
    found = read_date(text, "fr", TODAY)
    assert (found.day, found.problem) == (None, IMPOSSIBLE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bonjour",
        "quel est le délai après une entrevue?",
        "téléphonez au (418) 649-2300",
        "le premier ministre était là",
        "au 3e étage",
        "the third person",
        "je marche 3 km",
        "I have 3 programs in mind, may I ask?",
        "my marks are 4 out of 5",
        "525, boulevard René-Lévesque Est",
        "il me faut 15 jours",
        "on répond en 10 jours ouvrables?",
        "à 17 h",
        "1.800.555.1212",
        "RI-7K3P-92QX",
    ],
)
def test_other_words_and_numbers_are_no_dates(text: str) -> None:
    """Numbers of another kind, and words like those of dates, are no dates."""
    assert find_dates(text, "fr", TODAY) == []


@pytest.mark.parametrize(
    ("text", "day"), [("3", 3), ("le 3", 3), ("17.", 17), ("trois", 3), ("the 9th", 9), ("12th", 12)]
)
def test_alone_a_number_is_a_day_of_the_month(text: str, day: int) -> None:
    """Asked for a date, a bare number is one; elsewhere it is not."""
    assert read_date(text, "fr", TODAY, alone=True).day == date(2026, 11, day)


@pytest.mark.parametrize("text", ["2", "deux"])
def test_elsewhere_a_bare_number_is_none(text: str) -> None:
    """A number in a message that answers no question for a date says nothing."""
    assert read_date(text, "fr", TODAY).day is None


def test_on_a_given_day_of_the_week_its_name_alone_may_be_today() -> None:
    """On a Tuesday, "mardi" is asked back, and "mardi passé" is a week ago."""
    tuesday = date(2026, 11, 24)
    assert read_date("mardi", "fr", tuesday).choices == (date(2026, 11, 17), tuesday)
    assert read_date("mardi passé", "fr", tuesday).day == date(2026, 11, 17)


# Every way of writing a date that is promised to be understood.
_FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_FR_DAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche".split()


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 10 < day < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


WAYS = {
    "iso": lambda d: d.isoformat(),
    "fr": lambda d: f"le {d.day} {_FR[d.month - 1]} {d.year}",
    "fr first": lambda d: f"le {'1er' if d.day == 1 else d.day} {_FR[d.month - 1]} {d.year}",
    "fr weekday": lambda d: f"{_FR_DAYS[d.weekday()]} le {d.day} {_FR[d.month - 1]} {d.year}",
    "fr plain": lambda d: f"DÉPOSÉ {d.day} {_FR[d.month - 1].upper()} {d.year}",
    "en": lambda d: f"{calendar.month_name[d.month]} {d.day}, {d.year}",
    "en ordinal": lambda d: f"on the {_ordinal(d.day)} of {calendar.month_name[d.month]} {d.year}",
    "en short": lambda d: f"{calendar.month_abbr[d.month]}. {_ordinal(d.day)} {d.year}",
    "en weekday": lambda d: f"{calendar.day_name[d.weekday()]}, {calendar.month_name[d.month]} {d.day}, {d.year}",
    "british": lambda d: f"{d.day} {calendar.month_name[d.month]} {d.year}",
}
_todays = st.dates(date(2024, 3, 1), date(2035, 12, 31))


@given(today=_todays, back=st.integers(0, 1500), way=st.sampled_from(sorted(WAYS)), lang=st.sampled_from(LANGUAGES))
def test_a_date_with_its_year_is_understood_again(today: date, back: int, way: str, lang: str) -> None:
    """Whatever day is written, in whatever way, is that day again."""
    day = today - timedelta(days=back)
    assert read_date(f"mon entrevue, {WAYS[way](day)}?", lang, today).day == day


@given(today=_todays, back=st.integers(0, 364), lang=st.sampled_from(LANGUAGES))
def test_a_date_without_its_year_is_the_latest(today: date, back: int, lang: str) -> None:
    """Without a year it is the latest such day, so a day of the last 364 is understood again."""
    day = today - timedelta(days=back)
    assert read_date(f"le {day.day} {_FR[day.month - 1]}", lang, today).day == day
    assert read_date(f"{calendar.month_name[day.month]} {day.day}", lang, today).day == day


@given(today=_todays, back=st.integers(0, 27), lang=st.sampled_from(LANGUAGES))
def test_a_day_of_the_month_is_the_latest(today: date, back: int, lang: str) -> None:
    """A day of the month alone is the latest such day."""
    day = today - timedelta(days=back)
    assert read_date(f"c'était le {day.day}", lang, today).day == day
    assert read_date(f"it was the {_ordinal(day.day)}", lang, today).day == day


@given(today=_todays, number=st.integers(1, 60))
def test_days_and_weeks_ago_are_counted(today: date, number: int) -> None:
    """So many days or weeks ago is that day, in both languages."""
    assert read_date(f"il y a {number} jours", "fr", today).day == today - timedelta(days=number)
    assert read_date(f"{number} weeks ago", "en", today).day == today - timedelta(weeks=number)


@given(today=_todays, on=st.integers(0, 6))
def test_a_weekday_past_is_of_the_last_seven_days(today: date, on: int) -> None:
    """A weekday "passé" is the latest Tuesday before today, in both languages."""
    for text in (f"{_FR_DAYS[on]} passé", f"last {calendar.day_name[on]}"):
        day = read_date(text, "fr", today).day
        assert day is not None
        assert day.weekday() == on
        assert 1 <= (today - day).days <= 7


@given(today=_todays, ahead=st.integers(1, 600), way=st.sampled_from(sorted(WAYS)))
def test_a_date_to_come_is_never_a_day(today: date, ahead: int, way: str) -> None:
    """With its year told, a day after today is always refused."""
    assert read_date(WAYS[way](today + timedelta(days=ahead)), "fr", today).problem == FUTURE


@given(text=st.text(max_size=80), lang=st.sampled_from(LANGUAGES), alone=st.booleans())
def test_whatever_is_written_a_day_is_never_to_come(text: str, lang: str, alone: bool) -> None:
    """Nonsense is read without a fault, and what comes of it is never after today."""
    found = read_date(text, lang, TODAY, alone=alone)
    assert all(day <= TODAY for day in (*found.choices, *([found.day] if found.day else [])))


@pytest.mark.parametrize(
    ("word", "slip"),
    [("novenbre", True), ("novembre", True), ("ovembre", True), ("novemrbe", True), ("nvmbre", False), ("mars", False)],
)
def test_one_slip_is_forgiven(word: str, slip: bool) -> None:
    """One letter more, less, other or exchanged with its neighbour is a slip; more is another word."""
    assert one_slip(word, "novembre") is slip

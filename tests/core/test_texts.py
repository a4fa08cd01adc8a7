"""The approved fixed texts, and every use of them in the code."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from actions.counter import LEFT
from actions.dates import PROBLEMS
from actions.smalltalk import TEXTS
from bot.channels.channel import Channel
from bot.channels.email.acknowledgements import WHY_REFUSED
from bot.channels.email.notices import WORDS
from bot.channels.registry import CHANNELS
from bot.channels.telegram.channel import DESCRIPTIONS
from bot.core.folders import ROOT
from bot.core.organization import load_organization
from bot.core.texts import LANGUAGES, TextError, Texts, load_texts, placeholders, say_date, say_day, say_month, say_time
from bot.promises.proof_text import KEYS
from bot.validation.check import asked_texts
from tests.cast import DATA
from tests.cast import ZONE as TORONTO


@pytest.fixture(scope="module")
def texts() -> Texts:
    """The committed texts."""
    return load_texts(DATA / "texts.yml", load_organization(DATA).values)


def test_every_text_speaks_both_languages(texts: Texts) -> None:
    """Each text exists in both languages and is not the same in both, save words that are."""
    for key, entry in texts.items():
        assert set(entry) == {"fr", "en"}, key
        assert all(str(entry[lang]).strip() for lang in LANGUAGES), key
    same = {key for key, entry in texts.items() if entry["fr"] == entry["en"]}
    assert same <= {"page_assistant", "page_source", "page_log"}


def test_both_languages_take_the_same_values(texts: Texts) -> None:
    """What is filled in is the same in French and in English."""
    for key, entry in texts.items():
        assert placeholders(entry["fr"]) == placeholders(entry["en"]), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_can_be_said(texts: Texts, lang: str) -> None:
    """With its values each text is filled completely, and no brace is left."""
    known = set(load_organization(DATA).values)
    for key, entry in texts.items():
        counted = set(re.findall(r"\{(\w+):", entry[lang]))
        values = {name: 7 if name in counted else f"<{name}>" for name in placeholders(entry[lang]) - known}
        said = texts.get(key, lang, **values)
        assert "{" not in said, key
        assert all(str(value) in said for value in values.values()), key


@pytest.mark.parametrize("days, fr, en", [(1, "1 jour après", "1 day after"), (90, "90 jours après", "90 days after")])
def test_days_go_with_their_number(texts: Texts, days: int, fr: str, en: str) -> None:
    """A desk that keeps conversations for one day says "1 jour", wherever it says for how long."""
    spoken = [(key, entry) for key, entry in texts.items() if "{days:" in entry["fr"]]
    assert len(spoken) == 3
    for key, entry in spoken:
        values = {**dict.fromkeys(placeholders(entry["fr"]) - set(load_organization(DATA).values), 0), "days": days}
        assert fr in texts.get(key, "fr", **values), key
        assert en in texts.get(key, "en", **values), key


def test_a_text_is_filled_in() -> None:
    """Constants come in the text's language, and values as given, braces and all."""
    texts = Texts(
        {"hello": {"fr": " Bonjour {name} du {place} ", "en": "Hello {name} of the {place}"}},
        {"place": {"fr": "ministère", "en": "ministry"}},
    )
    assert texts.get("hello", "fr", name="Zoé") == "Bonjour Zoé du ministère"
    assert texts.get("hello", "en", name="{place}") == "Hello {place} of the ministry"


@pytest.mark.parametrize(
    "entry, what",
    [
        ({"fr": "a"}, "lacks en"),
        ({"en": "a"}, "lacks fr"),
        ({}, "lacks fr, en"),
        ({"fr": "a", "en": " "}, "lacks en"),
        ({"fr": "a", "en": None}, "lacks en"),
        ({"fr": "{a}", "en": "{b}"}, "different values"),
        ({"fr": "{a}", "en": "a"}, "different values"),
    ],
)
def test_an_incomplete_text_is_named(entry: dict[str, str], what: str) -> None:
    """A text that lacks a language, or takes other values in one, is refused by name."""
    with pytest.raises(TextError, match=rf"'greeting'.*{what}"):
        Texts({"greeting": entry}, {})


def test_an_unknown_text_and_a_missing_value_are_named() -> None:
    """Asking for a text that is not there, or without a value that it takes, is an error that names it."""
    texts = Texts({"due": {"fr": "le {date}", "en": "on {date}"}}, {})
    with pytest.raises(TextError, match="no text 'nothing'"):
        texts.get("nothing", "fr")
    with pytest.raises(TextError, match="'due' needs the value 'date'"):
        texts.get("due", "fr")


@pytest.mark.parametrize("content", ["- a\n", "a: text\n", "a: {fr: [", "text", ""])
def test_a_catalogue_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    """A file that is not entries with languages is refused with a sentence."""
    path = tmp_path / "texts.yml"
    path.write_text(content)
    with pytest.raises(TextError):
        load_texts(path, {})


@pytest.mark.parametrize(
    "moment, fr, en",
    [
        (datetime(2026, 11, 30, 17, tzinfo=TORONTO), "lundi 30 novembre 2026", "Monday, November 30, 2026"),
        (datetime(2026, 12, 1, 0, tzinfo=TORONTO), "mardi 1er décembre 2026", "Tuesday, December 1, 2026"),
        (datetime(2026, 8, 12, 12, tzinfo=TORONTO), "mercredi 12 août 2026", "Wednesday, August 12, 2026"),
        (datetime(2026, 2, 5, 12, tzinfo=TORONTO), "jeudi 5 février 2026", "Thursday, February 5, 2026"),
        (datetime(2026, 1, 2, 12, tzinfo=TORONTO), "vendredi 2 janvier 2026", "Friday, January 2, 2026"),
        (datetime(2028, 2, 29, 12, tzinfo=TORONTO), "mardi 29 février 2028", "Tuesday, February 29, 2028"),
        (datetime(2026, 3, 21, 12, tzinfo=TORONTO), "samedi 21 mars 2026", "Saturday, March 21, 2026"),
        (datetime(2026, 1, 1, 4, 59, tzinfo=timezone.utc), "mercredi 31 décembre 2025", "Wednesday, December 31, 2025"),
        (datetime(2026, 1, 1, 5, 0, tzinfo=timezone.utc), "jeudi 1er janvier 2026", "Thursday, January 1, 2026"),
        (datetime(2026, 7, 1, 3, 59, tzinfo=timezone.utc), "mardi 30 juin 2026", "Tuesday, June 30, 2026"),
        (datetime(2026, 7, 5, 4, 0, tzinfo=timezone.utc), "dimanche 5 juillet 2026", "Sunday, July 5, 2026"),
    ],
)
def test_dates_in_words(moment: datetime, fr: str, en: str) -> None:
    """A date is said as each language says it, on the calendar of the place."""
    assert (say_date(moment, "fr", TORONTO), say_date(moment, "en", TORONTO)) == (fr, en)


@pytest.mark.parametrize(
    "hour, minute, fr, en",
    [
        (0, 0, "0 h", "12:00 a.m."),
        (0, 5, "0 h 05", "12:05 a.m."),
        (8, 30, "8 h 30", "8:30 a.m."),
        (11, 59, "11 h 59", "11:59 a.m."),
        (12, 0, "12 h", "12:00 p.m."),
        (12, 1, "12 h 01", "12:01 p.m."),
        (13, 0, "13 h", "1:00 p.m."),
        (17, 0, "17 h", "5:00 p.m."),
        (23, 59, "23 h 59", "11:59 p.m."),
    ],
)
def test_times_in_words(hour: int, minute: int, fr: str, en: str) -> None:
    """A time is said as each language says it."""
    moment = datetime(2026, 6, 1, hour, minute, tzinfo=TORONTO)
    assert (say_time(moment, "fr", TORONTO), say_time(moment, "en", TORONTO)) == (fr, en)


def test_times_follow_the_place() -> None:
    """The same moment in UTC is another hour in winter than in summer."""
    winter, summer = (datetime(2026, month, 15, 22, 0, tzinfo=timezone.utc) for month in (1, 7))
    assert (say_time(winter, "fr", TORONTO), say_time(summer, "fr", TORONTO)) == ("17 h", "18 h")


def sources() -> list[Path]:
    """The project's own modules."""
    found = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]
    # The console has words of its own (tests/console holds them).
    return sorted(path for path in found if "console" not in path.relative_to(ROOT).parts)


def keys_in(tree: ast.AST) -> Iterator[str]:
    """The literal text keys in a module: in calls that say a text, and in variables named `key`."""
    # Which argument of a call is the key.
    place = {".say": 0, ".button": 0, ".offer_ticket": 0, "._say": 1, "._change": 2}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "key" for t in node.targets):
            yield from literals(node.value)
        if not isinstance(node, ast.Call):
            continue
        name = f".{node.func.attr}" if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if name == ".get" and owner.endswith("texts"):
            yield from literals(node.args[0])
        elif name in place and len(node.args) > place[name]:
            yield from literals(node.args[place[name]])
        elif name == "Refused":
            yield from (f"refused_{code}" for code in literals(node.args[1]))


def literals(node: ast.expr) -> Iterator[str]:
    """The literal strings that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        # What is put together stands for every text that fits: "date_told_*".
        parts = (part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
        yield "".join(map(str, parts))


def used_keys(texts: Texts) -> set[str]:
    """Every text key that the code names, in calls and in its tables; what is put together must fit a text."""
    named = {key for path in sources() for key in keys_in(ast.parse(path.read_text(encoding="utf-8")))}
    for table in (TEXTS, DESCRIPTIONS, PROBLEMS, LEFT, KEYS, WHY_REFUSED):
        named.update(table.values())
    named.update(key for keys in WORDS.values() for key in keys)
    channels = [entry for entry in CHANNELS if isinstance(entry, type) and issubclass(entry, Channel)]
    named.update(channel.data_text for channel in channels if channel.data_text)
    approved = [key for key, _ in texts.items()]
    patterns = {key for key in named if "*" in key}
    fitting = {pattern: set(fnmatch.filter(approved, pattern)) for pattern in patterns}
    assert all(fitting.values())
    return (named - patterns).union(*fitting.values())


def test_every_key_in_the_code_exists(texts: Texts) -> None:
    """No code asks for a text that has not been approved."""
    used = used_keys(texts)
    # The search itself finds each kind of use.
    assert {"trouble_offer", "greet", "button_cancel", "handoff_open", "status_overdue", "refused_invalid_json"} <= used
    assert {"date_ask_day_complaint", "field_evaluation_rating", "date_period", "status_stopped"} <= used
    assert len(used) > 30
    assert sorted(used - {key for key, _ in texts.items()}) == []


def test_the_check_knows_what_the_program_says(texts: Texts) -> None:
    """What `guichet check` asks of an organization's texts is each text that is used, with the values it takes."""
    constants = set(load_organization(DATA).values)
    taken = {key: sorted(placeholders(entry["fr"]) - constants) for key, entry in texts.items()}
    assert asked_texts() == taken, "write the text and its values into bot/validation/texts_asked.yml"


def test_every_text_is_used(texts: Texts) -> None:
    """No text is approved in vain: each is named in the code, or belongs to the page."""
    used = used_keys(texts)
    assert [key for key, _ in texts.items() if key not in used and not key.startswith(("page_", "widget_"))] == []


def test_a_day_and_a_month_are_said_without_the_day_of_the_week() -> None:
    """As documents are dated, and as months are counted."""
    first = date(2001, 4, 1)
    assert [say_day(first, lang) for lang in LANGUAGES] == ["1er avril 2001", "April 1, 2001"]
    assert [say_day(date(2026, 11, 30), lang) for lang in LANGUAGES] == ["30 novembre 2026", "November 30, 2026"]
    assert [say_month(first, lang) for lang in LANGUAGES] == ["avril 2001", "April 2001"]

"""What the check of the data tells, fault by fault, and that it is told before anything long begins."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from actions.knowledge import GUIDES
from bot.core.folders import ROOT
from bot.tickets.service import COMPLAINT_PROMISE, QUESTION_PROMISE
from bot.validation.check import ARTICLE_ROLES, PROMISE_ROLES, check_data
from bot.validation.problem import Problem
from tests.cast import DATA
from tests.validation.conftest import NOW


def changes(data: Path, name: str, before: str, after: str) -> int:
    """Change the first `before` in a file of data; the number of its line."""
    text = (data / name).read_text(encoding="utf-8")
    assert before in text
    (data / name).write_text(text.replace(before, after, 1), encoding="utf-8")
    return text[: text.index(before)].count("\n") + 1


def problems_of(data: Path, name: str) -> list[Problem]:
    """What the check tells of a file, sample questions aside."""
    found = [problem for problem in check_data(data, NOW) if "sample questions" not in problem.what]
    assert {problem.path for problem in found} <= {data / name}
    return found


def test_the_committed_data_is_in_order() -> None:
    """Nothing is wrong with it, of either grade."""
    assert check_data(DATA, NOW) == []


# File, what stands there, what is written instead, lines further down on which it is told, and in which words.
FAULTS = [
    ("organization.yml", "first_language: fr", "first_language: es", 0, "'es' is none of fr, en"),
    ("organization.yml", "reference_prefix: RI", "reference_prefix: R-I", 0, "1 to 10 letters or digits"),
    ("organization.yml", "    fr: ministère des R", "    fa: ministère des R", 0, "unknown key"),
    ("organization.yml", "  - QSF\n", "  - on\n", 0, "found true or false: True (put it in quotes"),
    ("organization.yml", "- id: internship", "- id: qwb", 0, "id 'qwb' stands twice"),
    ("promises.yml", "since: 2001-04-01", "since: 2001-04-31", 0, "'2001-04-31' is no date"),
    ("promises.yml", "since: 2001-04-01", "since: 2001-04-01 08:30", 0, "expected a date such as"),
    ("promises.yml", "since: 2001-04-01", 'since: "2001-04-01"', 0, "expected a date such as"),
    ("promises.yml", "working_days: 4", "working_days: 0", 0, "less than the minimum of 1"),
    ("promises.yml", "id: internship-interview", "id: complaint", None, "the promise 'complaint' stands twice"),
    ("holidays.yml", "  - id: good-friday\n    name", "  - name", 0, "lacks 'id'"),
    ("holidays.yml", '{fixed: "12-24"}', "{}", 0, "has the keys none; expected {fixed} or"),
    ("holidays.yml", '{fixed: "12-25"}', '{fixed: "02-29"}', 0, "is a day that some years"),
    ("holidays.yml", '{fixed: "12-25"}', '{fixed: "13-25"}', 0, "is a day that some years"),
    ("holidays.yml", "{easter: -2}", "{easter: 300}", 0, "falls into another year"),
    ("holidays.yml", "{easter: -2}", "{easter: soon}", 0, "expected a whole number, found a text: 'soon'"),
    ("holidays.yml", "weekday: monday, nth: 1", "weekday: lundi, nth: 1", 0, "'lundi' is none of monday"),
    ("holidays.yml", "nth: 2, month: 10", "nth: 2", 0, "has the keys weekday, nth; expected {fixed} or"),
    ("holidays.yml", "America/Toronto", "America/Tornto", 0, "is no time zone"),
    ("holidays.yml", 'closes: "17:00"', "closes: 17:00", 0, "expected a text, found a whole number: 1020 (put it in"),
    ("holidays.yml", 'closes: "17:00"', 'closes: "07:00"', 0, "closes before it opens"),
    (
        "holidays.yml",
        "exceptions: []",
        "exceptions:\n  - {date: 2026-02-30, closed: false}",
        1,
        "'2026-02-30' is no date",
    ),
    ("holidays.yml", "exceptions: []", "exceptions:\n  - {date: 2026-12-28, closed: true}", 1, "which a closure has"),
    (
        "holidays.yml",
        "exceptions: []",
        "exceptions:\n  - {date: 2026-12-28 00:00:00, closed: false}",
        1,
        "expected a date",
    ),
    (
        "dialogues.yml",
        '"Établissement (université, hôpital, municipalité…)"',
        "Établissement (université, hôpital)",
        0,
        None,
    ),
    (
        "dialogues.yml",
        "roles: [company, institution]",
        "roles: [compagny]",
        0,
        "there is no 'compagny' among the roles",
    ),
    ("dialogues.yml", "rating: 5", "rating: 6", 0, "greater than the maximum of 5"),
    ("texts.yml", "  fr: Au revoir et bonne journée!\n", "", -1, "lacks 'fr'"),
    ("texts.yml", "goodbye:", "good_bye:", None, "lacks the text 'goodbye'"),
    (
        "texts.yml",
        "Vous pouvez aussi lui parler",
        "{nom} Vous pouvez aussi lui parler",
        None,
        "nothing fills in {nom} here",
    ),
    ("texts.yml", "Au revoir et", "Au {organization} et", -1, "one language has {organization}"),
    ("texts.yml", "Au revoir et", "Au {} et", 0, "{} is no name of a value"),
    ("texts.yml", "{days:jour|jours} après", "{days:jour} après", None, "{days} holds more than a name"),
    ("texts.yml", "Au revoir et", "Au } revoir et", 0, "'{' is missing before '}'"),
    ("texts.yml", "répondez « aucun ».", "répondez « aucun.", None, "'»' is missing after '«'"),
    ("texts.yml", 'answer "none".', 'answer "none.', None, 'a quotation mark (") is missing'),
    ("texts.yml", "fr: Au revoir et", "fr: Salut\n  fr: Au revoir et", 1, "the key 'fr' stands twice"),
    ("knowledge/role.yml", "id: role", "id: rule", 0, "is in a file of another name"),
    ("knowledge/role.yml", "review_by: '2027-03-31'", "review_by: '2027-03-32'", 0, "found '2027-03-32'"),
    ("knowledge/role.yml", "review_by: '2027-03-31'", "review_by: 2027-03-31 10:00", 0, "expected a date such as"),
    ("knowledge/role.yml", "audience:\n- everyone", "audience: []", 0, "the list is empty"),
    ("knowledge/unanswered/near.yml", "en:\n", "es:\n", 0, "unknown key; known: fr, en"),
    ("knowledge/unanswered/near.yml", "en:\n", "fr:\n", 0, "the key 'fr' stands twice"),
    ("nlu/greet.yml", "intent: greet", "intent: great", 0, "there is no intent 'great' in domain.yml"),
    ("nlu/greet.yml", "version: '3.1'", "version: 3.1", 0, "is none of 3.1"),
    ("nlu/greet.yml", "    - ", "    ", 0, "is no example such as"),
    ("stories/acts.yml", "action: action_correct", "action: action_corect", 0, "no action 'action_corect' in domain"),
    ("stories/acts.yml", "intent: resume", "intent: resum", 0, "there is no intent 'resum' in domain.yml"),
    ("stories/forms.yml", "active_loop: date_form", "active_loop: dat_form", 0, "no active loop 'dat_form'"),
    ("evaluation/look.jsonl", '"lang": "fr"', '"lang": "es"', 0, "'es' is none of fr, en"),
    ("evaluation/look.jsonl", '{"article"', '{"article": "role", "article"', 0, "the key 'article' stands twice"),
    ("evaluation/followups.jsonl", "{", "", 0, "is not JSON"),
    ("evaluation/figures.json", "{", "", 0, "is not JSON"),
]


@pytest.mark.parametrize(("name", "before", "after", "down", "what"), FAULTS, ids=[f"{f[0]}: {f[2]}" for f in FAULTS])
def test_a_fault_is_told_with_its_line(
    data: Path, name: str, before: str, after: str, down: int | None, what: str | None
) -> None:
    """File, line and what is wrong; None: the line, or the words, are others' business."""
    line = changes(data, name, before, after)
    stopping = [problem for problem in check_data(data, NOW) if problem.stops]
    told = [problem for problem in stopping if problem.path == data / name]
    assert told, stopping
    if what is not None:
        told = [problem for problem in told if what in problem.what]
    if down is not None:
        assert line + down in {problem.line for problem in told}
    assert told


@pytest.mark.parametrize(
    ("name", "before", "after", "what"),
    [
        ("promises.yml", "article: email-standard", "article: email", "its article email does not exist"),
        ("promises.yml", "articles: [courtesy]", "articles: [curtesy]", "its article curtesy does not exist"),
        ("promises.yml", "article: email-standard", "article: address", "does not state 4 working days"),
        ("dialogues.yml", "articles: [qwb]", "articles: [qbw]", "there is no 'qbw' among the articles"),
        ("dialogues.yml", "otherwise: audiences", "otherwise: audience", "there is no article 'audience'"),
        ("organization.yml", "articles: [address, ", "articles: [adress, ", "there is no article 'adress'"),
        ("organization.yml", "- article: qwb", "- article: qsf", "there is no article 'qsf'"),
        ("dialogues.yml", "  - id: email-reply", "  - id: email", "there is no promise 'email' in promises.yml"),
        ("dialogues.yml", "  - id: qwb", "  - id: qbw", "there is no program 'qbw' in organization.yml"),
        ("texts.yml", "refused_too_large: {fr: La", "refused_too_large: {fr: 20 La", "facts differ between languages"),
        ("knowledge/role.yml", "review_by: '2027-03-31'", "review_by: '2026-11-29'", "past its review date"),
        ("evaluation/look.jsonl", '"article": "role"', '"article": "roles"', "there is no article 'roles'"),
    ],
)  # fmt: skip
def test_what_the_desk_can_serve_without_is_told_and_stops_nothing(
    data: Path, name: str, before: str, after: str, what: str
) -> None:
    """References to what is not there, and what somebody should look at, are told with their line."""
    line = changes(data, name, before, after)
    found = check_data(data, NOW)
    assert (line, False) in {(problem.line, problem.stops) for problem in found if what in problem.what}
    assert not any(problem.stops for problem in found)


def test_a_promise_that_the_program_needs_is_named(data: Path) -> None:
    """Where the promise on questions is missing, the check says so, and for what it is needed."""
    changes(data, "promises.yml", "id: email-reply", "id: email-answer")
    told = [str(problem) for problem in check_data(data, NOW)]
    assert f"{data}/promises.yml:1: lacks the promise 'email-reply', which runs on questions" in told


def test_every_role_is_one_that_the_program_names() -> None:
    """The check asks for the promises and articles that the actions name, no more and no fewer."""
    assert set(PROMISE_ROLES) == {QUESTION_PROMISE, COMPLAINT_PROMISE}
    named = set(
        re.findall(r'for article in \("([\w-]+)", "([\w-]+)"\)', (ROOT / "actions/complaints.py").read_text())[0]
    )
    assert set(ARTICLE_ROLES) == named | {article for articles in GUIDES.values() for article in articles}


def test_all_faults_are_told_at_once(data: Path) -> None:
    """One faulty file does not hide another, nor one fault another in the same file."""
    changes(data, "organization.yml", "first_language: fr", "first_language: es")
    changes(data, "holidays.yml", "{easter: -2}", "{easter: soon}")
    changes(data, "holidays.yml", "{easter: 1}", "{easter: late}")
    changes(data, "knowledge/role.yml", "id: role", "id: [")
    (data / "texts.yml").unlink()
    told = {(problem.path.name, problem.what[:20]) for problem in check_data(data, NOW) if problem.stops}
    assert len([what for name, what in told if name == "holidays.yml"]) == 1  # two lines, the same words
    assert {name for name, _ in told} == {"organization.yml", "holidays.yml", "role.yml", "texts.yml"}
    assert len([p for p in check_data(data, NOW) if p.path.name == "holidays.yml"]) == 2


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a: 1\nb: \xff\n", 2),
        (b"a: 1\nb: \x00\n", 2),
        (b"a: &x\n  b: *x\n", 1),
        (b"a: !!python/name:os.system x\n", 1),
    ],
)
def test_what_is_no_yaml_of_data_is_told_with_its_line(data: Path, content: bytes, line: int) -> None:
    """Signs that are no text, a value within itself, and tags that would run code."""
    (data / "organization.yml").write_bytes(content)
    assert line in {problem.line for problem in check_data(data, NOW) if problem.path.name == "organization.yml"}


def test_a_list_in_brackets_may_enumerate(data: Path) -> None:
    """The bracket after a letter or a number at the head of an entry opens nowhere, and is no fault."""
    changes(data, "texts.yml", "Au revoir et bonne journée!", "a) au revoir; b) bonne journée (ou c) soirée)!")
    assert problems_of(data, "texts.yml") == []


def guichet(data: Path, models: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, on a folder of data and without a model."""
    environ = {**os.environ, "GUICHET_DATA_DIR": str(data), "GUICHET_MODELS_DIR": str(models)}
    environ["GUICHET_DATABASE_URL"] = f"sqlite:///{models / 'guichet.db'}"
    command = [str(Path(sys.executable).with_name("guichet")), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("arguments", [("run",), ("train",), ("check",)])
def test_a_faulty_holiday_is_told_before_anything_long_begins(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """The real command ends with the place and the words, without training and without a traceback."""
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    line = changes(data, "holidays.yml", "  - id: good-friday\n    name", "  - name")
    ended = guichet(data, tmp_path, *arguments)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert f"{data}/holidays.yml:{line}: holidays[2]: lacks 'id'" in said
    assert "training" not in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("guichet*"))


def test_the_other_commands_say_where_to_look(tmp_path: Path) -> None:
    """A command that reads the data tells its fault in a sentence, and that `guichet check` knows the place."""
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    changes(data, "holidays.yml", "timezone:", "timezone: [\n")
    ended = guichet(data, tmp_path, "tickets", "list")
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert "holidays.yml: line" in ended.stderr
    assert "guichet check" in ended.stderr

"""The words of the console: every one is used, every one used is there, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
import pytest
import yaml
from jinja2 import nodes

from bot.console.pages import FOLDER, Pages
from bot.core.folders import ROOT
from bot.core.organization import load_organization
from bot.core.texts import LANGUAGES, Texts, load_texts, placeholders
from bot.staff.officer import ROLES

TEMPLATES = sorted((FOLDER / "templates").iterdir())
MODULES = sorted((ROOT / "bot").rglob("*.py"))
# The same word in French and in English.
SAME = {
    "mission",
    "nav_conversations",
    "nav_knowledge",
    "nav_journal",
    "conversation",
    "message",
    "file_what_archive",
    "file_what_document",
    "action_program",
    "version",
    "question",
    "ago_minutes",
    "ago_hours",
    "contact",
    "measure_conversations",
    "measure_satisfaction",
    "author_bot",
    "questions_count",
    "sources",
    "what",
    "article",
    "releases",
    "source_n",
    "versions",
    "subject_conversation",
    "subject_article",
    "subject_outbox",
    "detail_version",
    "detail_messages",
    "section",
    "date",
    "version_n",
    "annual_organization",  # what it is called, in either language
}

# Kept of e-mails that an earlier version set aside, and still shown.
EARLIER = {"automatic_suppress"}


@lru_cache
def words() -> Texts:
    """The committed words."""
    return load_texts(FOLDER / "words.yml", load_organization(ROOT / "data").values)


@lru_cache
def entries() -> dict[str, dict[str, str]]:
    """Key → language → words."""
    return {key: dict(entry) for key, entry in words().items()}


@lru_cache
def tree(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


@lru_cache
def template(path: Path) -> nodes.Template:
    """A template, parsed."""
    return jinja2.Environment().parse(path.read_text(encoding="utf-8"))


def asked_in(path: Path) -> Iterator[nodes.Expr]:
    """What a template asks words for: the first argument of t(…) and label(…)."""
    for call in template(path).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("t", "label"):
            yield call.args[0]


@lru_cache
def literals() -> frozenset[str]:
    """Every string in the console's templates or the code, every name in the organization's data, and every act."""
    found: set[str] = set()
    for path in TEMPLATES:
        found.update(n.value for n in template(path).find_all(nodes.Const) if isinstance(n.value, str))
    for path in MODULES:
        found.update(n.value for n in ast.walk(tree(path)) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    promises = yaml.safe_load((ROOT / "data" / "promises.yml").read_text(encoding="utf-8"))["promises"]
    names = [entry["id"] for entry in promises] if isinstance(promises, list) else list(promises)
    acts = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
    names += [act for act in acts if isinstance(act, str)]
    return frozenset({*found, *(name.replace("-", "_") for name in names), "None"})


@lru_cache
def beginnings_in_templates() -> frozenset[str]:
    """What keys begin with that a template completes: t("role_" ~ role), options(…, "role_")."""
    found = set()
    for path in TEMPLATES:
        for asked in asked_in(path):
            if isinstance(asked, nodes.Concat) and isinstance(asked.nodes[0], nodes.Const):
                found.add(asked.nodes[0].value)
        for call in template(path).find_all(nodes.Call):
            if isinstance(call.node, nodes.Getattr) and call.node.attr == "options" and len(call.args) == 3:
                found.add(call.args[2].value)  # type: ignore[attr-defined]
    return frozenset(found)


@lru_cache
def beginnings() -> frozenset[str]:
    """What keys begin with that the code completes, too: f"refused_{code}"."""
    found = {"done_ticket_", "problem_missing_"}  # of done=f"ticket_{action}" and Problem(f"missing_{part}")
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begin = str(node.values[0].value)
                if re.fullmatch(r"[a-z]+_", begin):
                    found.add(begin)
    return beginnings_in_templates() | found


def chosen(asked: nodes.Expr) -> list[str]:
    """The keys that an argument may be: one, or one of several that a condition chooses from."""
    if isinstance(asked, nodes.CondExpr):
        return chosen(asked.expr1) + (chosen(asked.expr2) if asked.expr2 else [])
    return [asked.value] if isinstance(asked, nodes.Const) else []


def asked_for() -> Iterator[tuple[str, str]]:
    """Where, and which key, of all that is asked for by its whole name."""
    for path in TEMPLATES:
        for asked in asked_in(path):
            yield from ((path.name, key) for key in chosen(asked))
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "say":
                yield from ((path.name, key) for key in (constants(node.args[0]) if node.args else []))


def called(*names: str) -> Iterator[tuple[ast.Call, Path]]:
    """Every call in the code of a function, method or class of one of these names."""
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in names:
                    yield node, path


def constants(node: ast.expr) -> list[str]:
    """The strings that an argument may be: one, or one of two."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_every_word_that_is_asked_for_is_there() -> None:
    """No page asks for words that there are not."""
    found = set(asked_for())
    assert len({key for _, key in found}) > 150
    assert {(where, key) for where, key in found if key not in entries()} == set()


def test_every_word_is_used() -> None:
    """Words that nothing shows any more are taken out: each stands in a template or in the code, whole or composed."""
    assert {"role_", "refused_", "done_", "action_", "channel_"} <= beginnings()
    unused = {
        key
        for key in entries()
        if key not in literals()
        and not any(key.startswith(begin) and key[len(begin) :] in literals() for begin in beginnings())
    }
    assert unused == EARLIER


@pytest.mark.parametrize("begin", sorted(beginnings_in_templates()))
def test_every_beginning_has_words(begin: str) -> None:
    """What a template completes begins at least two keys."""
    assert len([key for key in entries() if key.startswith(begin)]) >= 2


def test_every_refusal_has_words() -> None:
    """Whatever the desk refuses to an officer, it says why in words of its own."""
    found = set()
    for call, path in called("StaffError", "NotAllowed", "NotPossible", "EditRefused"):
        found.update((path.name, code) for code in (constants(call.args[0]) if call.args else []))
    for call, path in called("refuse"):
        found.update((path.name, code) for code in (constants(call.args[0]) if call.args else []))
    assert len(found) > 40
    assert {(where, code) for where, code in found if f"refused_{code}" not in entries()} == set()


def test_everything_done_has_words() -> None:
    """Whatever is written into the journal is shown in words, and so is what a page says was done."""
    noted, said = set(), set()
    for call, path in called("note"):
        if path.is_relative_to(FOLDER) or path.is_relative_to(ROOT / "bot" / "cli"):
            noted.update(constants(call.args[1]) if len(call.args) > 2 else [])
    for call, path in called("_did", "did"):
        actions = [action for argument in call.args for action in constants(argument)]
        noted.update(actions)
        if path.name.startswith("ticket"):
            said.update(f"ticket_{action}" for action in actions)
        elif path.name != "conversations.py":  # most of what is done there is seen on the page
            said.update(actions)
    for call, _path in called("to"):
        for keyword in call.keywords:
            said.update(constants(keyword.value) if keyword.arg == "done" else [])
    assert len(noted) > 45
    assert {action for action in noted if f"action_{action}" not in entries()} == set()
    assert {done for done in said - {""} if f"done_{done}" not in entries()} == set()


def test_every_line_of_the_journal_has_words() -> None:
    """What a line is about, and each detail it may hold, is called something in both languages, not by its key."""
    subjects, details = set(), set()
    for call, _path in called("note", "_did", "did"):
        details.update(f"detail_{keyword.arg}" for keyword in call.keywords if keyword.arg)
    for call, _path in called("note"):
        if len(call.args) == 3:
            subject = call.args[2].values[0] if isinstance(call.args[2], ast.JoinedStr) else call.args[2]
            subjects.update(f"subject_{text.split()[0]}" for text in constants(subject))
    assert subjects >= {"subject_ticket", "subject_unanswered", "subject_failures"}
    assert details >= {"detail_attachment", "detail_until", "detail_role"}
    assert (subjects | details) - set(entries()) == set()


def test_every_event_of_a_request_has_words() -> None:
    """The history of a request says in words what happened."""
    found = {kind for call, _path in called("TicketEvent") for kind in constants(call.args[1]) if len(call.args) > 1}
    assert found >= {"opened", "answered", "undelivered", "wrote"}
    assert {kind for kind in found if f"event_{kind}" not in entries()} == set()


def test_every_role_has_words() -> None:
    """A role is shown by name."""
    assert {f"role_{role}" for role in ROLES} <= set(entries())


def test_both_languages_take_the_same_values() -> None:
    """What is filled in is the same in French and in English."""
    for key, entry in entries().items():
        assert placeholders(entry["fr"]) == placeholders(entry["en"]), key


def test_both_languages_differ() -> None:
    """Nothing was left in the other language; the few words that are the same in both are named here."""
    assert {key for key, entry in entries().items() if entry["fr"] == entry["en"]} <= SAME
    assert set(entries()) >= SAME


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_words_can_be_said(lang: str) -> None:
    """With its values each is filled completely."""
    constants_of_all = set(load_organization(ROOT / "data").values)
    for key, entry in entries().items():
        counted = set(re.findall(r"\{(\w+):", entry[lang]))
        values = {name: 7 if name in counted else f"<{name}>" for name in placeholders(entry[lang]) - constants_of_all}
        said = words().get(key, lang, **values)
        assert "{" not in said, key
        assert all(str(value) in said for name, value in values.items() if name not in counted), key


def test_what_was_done_and_refused_is_said_without_values() -> None:
    """These words are found by the address of a page, which holds no values for them."""
    filled = {key for key, entry in entries().items() if placeholders(entry["fr"])}
    assert {key for key in filled if key.startswith(("done_", "action_", "role_", "channel_"))} == set()
    assert {key for key in filled if key.startswith("refused_")} == {"refused_held_by"}


def test_french_is_set_as_french(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line breaks before a colon or within « »; English stays as it is."""
    pages = Pages(
        load_organization(ROOT / "data").values, ZoneInfo("UTC"), lambda: datetime.now(timezone.utc), "RI", {}
    )
    monkeypatch.setattr(pages, "words", Texts({"x": {"fr": "Ici : « {a} » : là", "en": "Here : « {a} »"}}, {}))
    assert pages.say("x", "fr", a="oui") == "Ici\u00a0: «\u00a0oui\u00a0»\u00a0: là"
    assert (
        pages.say("x", "fr", a="8 h 30, 50 %, 5 min")
        == "Ici\u00a0: «\u00a08\u00a0h\u00a030, 50\u00a0%, 5\u00a0min\u00a0»\u00a0: là"
    )
    assert pages.say("x", "en", a="yes") == "Here : « yes »"
    numbers = [(pages.number(value, "fr"), pages.number(value, "en")) for value in (9508, 3.04, 1234.56, 0)]
    assert numbers == [("9\u00a0508", "9,508"), ("3", "3"), ("1\u00a0234,6", "1,234.6"), ("0", "0")]

"""What goes with messages: every key is declared, JSON stays as it was, and what older versions kept still reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.core.folders import ROOT
from bot.messages import payloads
from bot.messages.contract import (
    Command,
    ContractError,
    MessageDetail,
    ReplyFacts,
    SourceFacts,
    Step,
    TicketFacts,
)

DECLARED = {"custom": ReplyFacts.keys(), "detail": MessageDetail.keys()}
WHOLE = {
    "outcome": "answered",
    "language": "fr",
    "intent": "reply_date",
    "article": "email-standard",
    "title": "Délais",
    "sources": [{"title": "Loi", "section": "2", "effective": "2026-01-01", "updated": "2026-11-02"}],
    "probability": 0.5,
    "promise": "email-reply",
    "day_zero": "2026-12-22",
    "passed": False,
    "ticket": {
        "reference": None,
        "due": "2026-12-30T17:00:00-05:00",
        "proof": [{"day": "2026-12-23"}],
        "question": None,
    },
    "step": {"form": "date_form", "said": {"day": "2026-12-22"}},
}


def test_json_goes_there_and_back_byte_for_byte() -> None:
    """Nothing is added, lost or put elsewhere on the way through the dataclasses."""
    facts = ReplyFacts.from_json(WHOLE)
    assert facts.sources == (SourceFacts("Loi", "2", "2026-01-01", "2026-11-02"),)
    assert facts.passed is False
    assert list(facts.to_json()) == list(WHOLE)
    assert facts.to_json() == WHOLE


def test_what_is_not_said_is_left_out() -> None:
    """Every reply tells outcome, language and intent, also where there is none; of the rest only what applies."""
    assert ReplyFacts("refused", "en", intent=None).to_json() == {
        "outcome": "refused",
        "language": "en",
        "intent": None,
    }
    assert ReplyFacts("smalltalk", "fr", None, tickets=()).to_json()["tickets"] == []


def test_an_offer_names_what_it_would_pass_on() -> None:
    """Also where that is not known yet; of a request that was left it is told only where it is said."""
    assert TicketFacts(None, "2026-12-30").to_json() == {"reference": None, "due": "2026-12-30", "question": None}
    assert TicketFacts("RI-7K3P-92QX", "2026-12-30").to_json() == {"reference": "RI-7K3P-92QX", "due": "2026-12-30"}


def test_a_step_under_way_names_its_run() -> None:
    """A button is of the time at which its form was begun; under what is over there was none."""
    assert Step("date_form").to_json() == {"form": "date_form", "run": None}
    assert Step("date_form", said={"day": "x"}).to_json() == {"form": "date_form", "said": {"day": "x"}}


@pytest.mark.parametrize("command", Command)
def test_a_command_is_declared(command: Command) -> None:
    """What an action asks of the desk travels as the payload of the press that asks the same."""
    found = ReplyFacts("smalltalk", "fr", None, command=command).to_json()
    assert found["desk"] in payloads.OF_THE_DESK
    assert ReplyFacts.from_json(found).command is command


@pytest.mark.parametrize(
    ("part", "data", "named"),
    [
        (ReplyFacts, {"outcome": "answered", "langauge": "fr"}, "langauge"),
        (ReplyFacts, {"ticket": {"reference": None, "dew": "x"}}, "dew"),
        (ReplyFacts, {"sources": [{"titel": "x"}]}, "titel"),
        (MessageDetail, {"custom": {"outcom": "x"}}, "outcom"),
    ],
)
def test_what_nobody_declared_is_an_error(part: Any, data: dict[str, Any], named: str) -> None:
    """In what we make ourselves a key that is not declared is a fault, at any depth; its value is not told."""
    with pytest.raises(ContractError, match=rf"declares no {named}$"):
        part.from_json(data)


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        (None, ReplyFacts(None, None, None)),
        ({}, ReplyFacts(None, None, None)),
        ({"outcome": "referral", "topic": "roads"}, ReplyFacts("referral", None, None)),
        ({"outcome": "ticket", "ticket": "RI-1"}, ReplyFacts("ticket", None, None)),
        ({"sources": "Loi", "desk": "/no_such"}, ReplyFacts(None, None, None)),
        ({"desk": ["/no_such"]}, ReplyFacts(None, None, None)),
        ({"ticket": {"due": "2026-12-30"}}, ReplyFacts(None, None, None, ticket=TicketFacts(None, "2026-12-30"))),
    ],
)
def test_what_older_versions_kept_still_reads(kept: dict[str, Any] | None, read: ReplyFacts) -> None:
    """What is not known any more is left out, and what was not known yet is missing."""
    assert ReplyFacts.from_stored(kept) == read


def accesses(source: str) -> Iterator[tuple[int, str, str]]:
    """Where code names a key of something that is called `custom` or `detail`: line, which of them, key."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            holder, key = node.value, node.slice.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            holder, key = node.func.value, getattr(node.args[0], "value", None)
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
            holder, key = node.comparators[0], node.left.value
        else:
            continue
        name = _called(holder)
        if name in DECLARED and isinstance(key, str):
            yield node.lineno, name, key


def _called(node: ast.expr) -> str | None:
    """The last name of an expression: `custom` of `reply.custom`, of `detail["custom"]` and of `(custom or {})`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, ast.BoolOp):
        return _called(node.values[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return str(getattr(node.args[0], "value", ""))
    return None


def test_the_search_sees_keys() -> None:
    """Every form in which code names a key."""
    source = 'a.custom["x"]; (d.get("custom") or {}).get("y"); r.c.detail["custom"]["z"]; "w" in detail; other["v"]'
    assert sorted((name, key) for _, name, key in accesses(source)) == [
        ("custom", "x"),
        ("custom", "y"),
        ("custom", "z"),
        ("detail", "custom"),
        ("detail", "w"),
    ]


# There `detail` is that of an event: of a ticket's history, of a clock, or of the journal.
OF_EVENTS = ("bot/promises/", "bot/tickets/", "bot/console/", "bot/staff/", "bot/cli/", "bot/knowledge/")


def test_code_names_declared_keys_only() -> None:
    """No key of `custom` or `detail` is used that the contract does not declare."""
    found = []
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]:
        place = path.relative_to(ROOT).as_posix()
        for line, name, key in accesses(path.read_text(encoding="utf-8")):
            of_event = name == "detail" and place.startswith(OF_EVENTS)
            if key not in DECLARED[name] and not of_event:
                found.append(f"{place}:{line} {name}[{key!r}]")
    assert found == []


def test_pages_name_declared_keys_only() -> None:
    """Nor do the console's pages of a message."""
    used = set()
    for path in (ROOT / "bot" / "console" / "templates").iterdir():
        used |= set(re.findall(r"\b(?:m|message)\.(custom|detail)\.([a-z_]+)", path.read_text(encoding="utf-8")))
    assert ("custom", "outcome") in used
    assert {(name, key) for name, key in used if key not in DECLARED[name]} == set()

"""The files that spreadsheets read, each as those of its language expect it."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timezone

import pytest
from starlette.requests import Request

from bot.console.context import Context, Form
from bot.console.pages import Pages
from bot.console.tables import csv_file
from bot.core.folders import ROOT
from bot.core.organization import load_organization
from tests.cast import ZONE

NIGHT = datetime(2026, 11, 25, 3, 30, tzinfo=timezone.utc)  # the evening of the day before at the desk


def context(lang: str) -> Context:
    """A request for a file."""
    pages = Pages(load_organization(ROOT / "data").values, ZONE, lambda: NIGHT, "RI", {})
    return Context(Request({"type": "http"}), pages, Form(), None, lang, "")


@pytest.mark.parametrize("lang, separator, share", [("fr", ";", "0,667"), ("en", ",", "0.667")])
def test_cells_are_written_as_the_language_reads_them(lang: str, separator: str, share: str) -> None:
    """The separator and the decimal sign of the language; days and moments as Excel takes them, by the desk's clock."""
    row = [date(2026, 11, 24), NIGHT, 2 / 3, 3.0, 1208, None, "un; deux, trois"]
    file = csv_file(context(lang), "months", "2026", [row])
    assert file.body.startswith("\ufeff".encode())
    assert b"\r\n" in file.body
    (cells,) = csv.reader(io.StringIO(bytes(file.body).decode("utf-8-sig")), delimiter=separator)
    assert cells == ["2026-11-24", "2026-11-24 22:30", share, "3", "1208", "", "un; deux, trois"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "\n=1", "＝1", "＠a"])
def test_no_text_is_a_formula(text: str) -> None:
    """What somebody wrote is never counted, however it begins; a number below zero stays a number."""
    file = csv_file(context("fr"), "months", "2026", [[text, -1.5, "a=b"]])
    (cells,) = csv.reader(io.StringIO(bytes(file.body).decode("utf-8-sig"), newline=""), delimiter=";")
    assert cells == [f"'{text}", "-1,5", "a=b"]


def test_names_tell_files_apart() -> None:
    """What it is, of when, in which language, and when it was made."""
    names = {
        csv_file(context(lang), what, period, []).headers["content-disposition"]
        for lang in ("fr", "en")
        for what in ("figures", "months", "broken", "annual", "conversations", "evaluations", "comments")
        for period in ("2025", "2026")
    }
    assert len(names) == 28
    assert 'attachment; filename="guichet-engagements-non-tenus_2026_fr_2026-11-24.csv"' in names
    assert 'attachment; filename="guichet-commitments-not-kept_2026_en_2026-11-24.csv"' in names
    assert all(name.isascii() for name in names)

"""Evaluations after missions in the overview."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.messages.evaluations import Evaluation
from tests.console.conftest import Desk


@pytest.fixture
def rated(desk: Desk) -> Desk:
    """A desk with three evaluations, one of which was erased but for its rating."""
    now = desk.moment
    for rating, comment in ((5, "Très bien organisé"), (2, "=cmd()")):
        desk.rooms.evaluations.add(Evaluation("c1", "Lyon <b>", rating, comment, now, "fr"))
    desk.rooms.evaluations.add(Evaluation(None, None, 2, None, now - timedelta(days=400), "en"))
    return desk


@pytest.mark.parametrize("login", ["marie", "chef"])
def test_count_mean_and_comments_are_shown(rated: Desk, login: str) -> None:
    """The overview shows how many evaluations there are in twelve months, their mean, and what was said."""
    page = rated.as_(login).get("/console/overview").text
    assert "3,5" in page
    assert "Très bien organisé" in page
    assert "Lyon &lt;b&gt;" in page


def test_an_editor_reads_no_comments(rated: Desk) -> None:
    """Who sees nothing of any citizen sees the figures and not the words, in the file neither."""
    browser = rated.as_("emile")
    page = browser.get("/console/overview").text
    assert "3,5" in page
    assert "Très bien organisé" not in page
    assert browser.http.get("/console/overview/comments.csv").status_code == 404


def test_the_tables_are_files(rated: Desk) -> None:
    """Figures by month and the comments come as CSV; no comment becomes a formula."""
    browser = rated.as_("marie")
    figures: Any = browser.get("/console/overview/evaluations.csv").text.strip().splitlines()
    assert len(figures) == 13
    assert figures[-1].split(";")[1:] == ["2", "3,5", "0", "1", "0", "0", "1"]
    comments = browser.get("/console/overview/comments.csv").text
    assert "Très bien organisé" in comments
    assert "'=cmd()" in comments


def test_without_evaluations_that_is_said(desk: Desk) -> None:
    """An empty overview says that there is none yet."""
    page = desk.as_("marie").get("/console/overview").text
    assert "Aucune évaluation" in page or "No evaluation yet" in page

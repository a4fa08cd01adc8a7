"""What can be pressed in a text of the desk's own page. The chat's links.js has the same cases in a browser."""

from __future__ import annotations

import json
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.channels.web.linking import linked

CASES = json.loads(Path(__file__).with_name("links.json").read_text(encoding="utf-8"))


class Pieces(HTMLParser):
    """What stands whole in a markup, with where it leads."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""
        self._href: str | None = None
        self._inside = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("a", "span")
        self._href = dict(attrs).get("href")
        self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._inside:
            self.found.append(f"{data} → {self._href.rstrip('/') if self._href else ''}".removesuffix(" → "))


@pytest.mark.parametrize("text, expected", CASES)
def test_what_is_whole_and_where_it_leads(text: str, expected: list[str]) -> None:
    """Numbers in every notation, addresses, references and times, and nothing that only looks like one."""
    pieces = Pieces(str(linked(text)))
    assert pieces.found == [one.rstrip("/") for one in expected]
    assert pieces.text == text


def test_markup_in_a_text_stays_text() -> None:
    """What a text holds of markup is escaped, within a link and without."""
    assert "<script" not in str(linked("<script>alert(1)</script> www.a.example/<b>"))
    assert unescape(str(linked("a & b"))) == "a & b"


@pytest.mark.parametrize("sign", ["a", "1", "a.", "-", "@", "(418) ", "9", "https://", "a@"])
def test_a_long_text_is_read_as_it_is(sign: str) -> None:
    """Thousands of signs that go on and on hold nothing up, and nothing of them is lost."""
    assert Pieces(str(linked(sign * 5_000))).text == sign * 5_000

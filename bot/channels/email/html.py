"""HTML as text."""

from __future__ import annotations

import re
from contextlib import suppress
from html.parser import HTMLParser

from inscriptis import get_text
from inscriptis.model.config import ParserConfig

from bot.written import lines_of

_LAYOUT_UP_TO = 500_000  # characters; beyond, the layout is not worth the time
_PLAIN = ParserConfig(display_images=False, display_links=False)
_HIDDEN = {"script", "style", "head", "title", "template"}
_DEEPEST = 200  # elements in each other; the layout's parser leaves out what lies deeper than some more
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_OFTEN_OPEN = {"p", "li", "dt", "dd", "tr", "td", "th", "option"}
_BLOCKS = {"p", "div", "br", "tr", "li", "blockquote", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "pre"}
_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


class _Words(HTMLParser):
    """The words of any HTML, a line a block: for what the layout engine cannot take."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.deepest = 0
        self._depth = 0
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID and tag not in _OFTEN_OPEN:
            self._depth += 1
            self.deepest = max(self.deepest, self._depth)
        if tag in _HIDDEN and not self._hidden:
            self._hidden = tag
        elif tag in ("body", "p", "div"):  # something left open hides no more than the head
            self._hidden = self._hidden if self._hidden in ("script", "style") else ""
        if tag in _BLOCKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and tag not in _OFTEN_OPEN:
            self._depth -= 1
        if tag == self._hidden:
            self._hidden = ""
        if tag in _BLOCKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(re.sub(r"\s+", " ", data))


def html_text(html: str) -> str:
    """What a reader sees of `html`, without scripts, styles, pictures and addresses of links."""
    words = _Words()
    try:
        words.feed(html)
        words.close()
    except Exception:  # noqa: BLE001 - whatever the parser cannot take, its words are kept
        words.found = [re.sub(r"<[^<>]{0,2000}>", " ", html)]
    text = "".join(words.found)
    if len(html) <= _LAYOUT_UP_TO and words.deepest <= _DEEPEST:
        with suppress(Exception):  # as above
            text = get_text(html, _PLAIN)
    return _BLANK.sub("\n\n", "\n".join(line.rstrip() for line in lines_of(text))).strip()

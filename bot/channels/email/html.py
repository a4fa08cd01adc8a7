"""HTML as lines of text, each with whether it is quoted or signed: no library keeps both the words and that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from bot.channels.email.lines import Line, is_marked
from bot.core.written import lines_of

_HIDDEN = {"script", "style", "head", "title", "template"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav",
    "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
}  # fmt: skip
# Between two of these stands an empty line, as a reader sees it.
_APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "blockquote", "table"}
_NOT_SHOWN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_DEEPEST = 300  # elements in each other of which an end is still looked for
# What mail programs call the elements around what is answered, and around a signature.
_QUOTES = re.compile(
    r"\b(yahoo_quoted|protonmail_quote|moz-cite-prefix|zmail_extra|tutanota_quote|messagereplysection)\b", re.IGNORECASE
)
_SIGNATURES = re.compile(
    r"\b(gmail_signature(?:_prefix)?|moz-signature|protonmail_signature_block(-user|-proton)?|ms-outlook-mobile-signature"
    r"|composer_signature|yahoo_signature|ydp\w*signature|applemailsignature|tutanota_signature|messagesignaturesection)\b",
    re.IGNORECASE,
)
_DIVIDES = re.compile(r"\b(divrplyfwdmsg|appendonsend|zwchr|x_divrplyfwdmsg|mail-editor-reference-message)\b", re.I)
# A sign that a program shows as a picture; other pictures' words are rarely the writer's.
_PICTURED = re.compile(r"[^\w\s<>\"'&.,;:/\\-]{1,8}")
_ADDRESS = re.compile(r"(https?://|mailto:)\S+\Z", re.IGNORECASE)


@dataclass
class _Open:
    """An element that has begun."""

    tag: str
    quoted: bool
    signed: bool
    hidden: bool
    href: str = ""
    begins: int = 0  # how many characters of its line stood before it


class _Reader(HTMLParser):
    """Takes any HTML, however broken or deep, and what follows its end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self._line = ""
        self._open: list[_Open] = [_Open("", quoted=False, signed=False, hidden=False)]
        self._divides = False
        self._pre = 0
        self._space = False  # a space is owed, if anything follows on the line
        self._wants_blank = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        values = {key: value or "" for key, value in attrs}
        names = " ".join(values.get(key, "") for key in ("class", "id", "name", "data-marker"))
        outer = self._open[-1]
        if tag in ("body", "p", "div") and outer.tag in ("head", "title"):
            # A head that nobody closed hides no more than itself.
            while self._open[-1].tag in ("head", "title"):
                self._open.pop()
            outer = self._open[-1]
        if tag in _BLOCKS or tag == "br":
            self._break(tag, hard=tag == "br")
        if _DIVIDES.search(names):
            self._divides = True
        if tag == "li":
            self._write("- ")
        elif tag in ("td", "th") and self._line:
            self._write("  ")
        if tag == "img" and _PICTURED.fullmatch(values.get("alt", "").strip()) and not outer.hidden:
            self.handle_data(values["alt"])
        if tag == "pre":
            self._pre += 1
        if tag in _VOID:
            return
        if len(self._open) >= _DEEPEST:
            return
        self._open.append(
            _Open(
                tag,
                quoted=outer.quoted or tag == "blockquote" or bool(_QUOTES.search(names)),
                signed=outer.signed or bool(_SIGNATURES.search(names)),
                hidden=outer.hidden or tag in _HIDDEN or bool(_NOT_SHOWN.search(values.get("style", ""))),
                href=values.get("href", "") if tag == "a" else "",
                begins=len(self._line),
            )
        )

    def handle_endtag(self, tag: str) -> None:
        """An element ends, and with it what was left open inside it; an end of nothing says nothing."""
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        if tag in ("html", "body"):
            self._break(tag)
            return  # some write on after the end
        if tag in _VOID:
            return
        place = next((at for at in range(len(self._open) - 1, 0, -1) if self._open[at].tag == tag), None)
        if place is None:
            return
        if tag == "a":
            self._tell_address(self._open[place])
        if tag in _BLOCKS:
            self._break(tag)
        del self._open[place:]

    def handle_data(self, data: str) -> None:
        """Words."""
        if self._open[-1].hidden:
            return
        if self._pre:
            first, *others = data.split("\n")
            self._write(first)
            for other in others:
                self._break("br", hard=True)
                self._write(other)
            return
        for number, piece in enumerate(_SPACES.split(data)):
            if number:
                self._space = bool(self._line)
            if piece:
                self._write((" " if self._space else "") + piece)
                self._space = False

    def finish(self) -> list[Line]:
        """All lines, without the empty ones at the ends."""
        self._break("div")
        lines = self.lines
        while lines and lines[-1].blank and not lines[-1].divides:
            lines.pop()
        return lines

    def _write(self, text: str) -> None:
        self._line += text

    def _break(self, tag: str, *, hard: bool = False) -> None:
        """End the line; an empty one is kept only where a reader sees one."""
        here = self._open[-1]
        if self._line.strip() or hard:
            if self._wants_blank and self.lines and not self.lines[-1].blank:
                self.lines.append(Line("", quoted=here.quoted and self.lines[-1].quoted))
            self._wants_blank = False
            text = self._line.rstrip()
            if text == "--" and (self._space or text != self._line):
                text = "-- "  # what announces a signature is told by its space
            quoted = here.quoted or is_marked(text)
            self.lines.append(Line(text, quoted=quoted, signed=here.signed, divides=self._divides))
            self._divides = False
        self._line, self._space = "", False
        if tag in _APART:
            self._wants_blank = True

    def _tell_address(self, link: _Open) -> None:
        """Write where a link leads, unless its words say so: a reader of text cannot press it."""
        shown = self._line[link.begins :]
        target = link.href.strip()
        bare = re.sub(r"\A(https?://|mailto:)|/\Z", "", target, flags=re.IGNORECASE)
        if shown.strip() and not link.hidden and _ADDRESS.match(target) and bare.casefold() not in shown.casefold():
            self._line += f" <{target}>"


def html_lines(html: str) -> list[Line]:
    """What a reader sees of `html`: its lines, without scripts, styles, pictures and what is not shown."""
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except Exception:  # noqa: BLE001 - whatever the parser cannot take, its words are kept
        return [Line(line) for line in lines_of(re.sub(r"<[^<>]{0,2000}>", " ", html))]
    return reader.finish()

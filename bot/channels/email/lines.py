"""The lines of an e-mail's text, each with what its mail program marked it as."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.written import lines_of

_QUOTED = re.compile(r"\s{0,8}>")


@dataclass(frozen=True)
class Line:
    """One line.

    `quoted`: marked as a quotation, by ">" or by a blockquote. `signed`: inside what the program marked as a
    signature. `divides`: the program's own mark that from here on stands the e-mail that is answered. `announces`: it
    was found to say that a quotation follows.
    """

    text: str
    quoted: bool = False
    signed: bool = False
    divides: bool = False
    announces: bool = False

    @property
    def blank(self) -> bool:
        """Whether it shows nothing."""
        return not self.text.strip()


def is_marked(text: str) -> bool:
    """Whether a line begins with the mark of a quotation."""
    return bool(_QUOTED.match(text))


def plain_lines(text: str) -> list[Line]:
    """The lines of a plain text."""
    return [Line(line, quoted=is_marked(line)) for line in lines_of(text)]

"""What a plot shows, as plain data: a report describes its charts, `bot.console.plots` draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The colours that series may ask for, by their place in `plots`' palette.
BLUE, RED, GREY, GREEN, PINK = range(5)


@dataclass(frozen=True)
class Bars:
    """Stacked bars, one a month; a series has a label and a value for each month ("2026-11")."""

    months: Sequence[str]
    series: Sequence[tuple[str, Sequence[float]]]
    height: float = 3.0
    height_on_phone: float = 3.0


@dataclass(frozen=True)
class Lines:
    """A point a month, joined where months follow each other; None is a month of which nothing is known."""

    months: Sequence[str]
    series: Sequence[tuple[str, Sequence[float | None]]]
    percent: bool = False  # the values are shares, from 0 to 1
    height: float = 3.0
    height_on_phone: float = 3.0


@dataclass(frozen=True)
class Rows:
    """Stacked bars that lie one under another, each under its name; a series has a label, a colour and values."""

    names: Sequence[str]
    series: Sequence[tuple[str, int, Sequence[int]]]
    height: float = 3.0
    height_on_phone: float = 3.0


Chart = Bars | Lines | Rows

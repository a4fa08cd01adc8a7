"""Draws charts as SVG with text as text. Importing it loads matplotlib, which takes a second."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bot.console.charts import Bars, Chart, Lines, Rows

_LIGHT = {"ink": "#1b2533", "muted": "#4a576a", "line": "#ccd5e1"}
_DARK = {"ink": "#e9eef5", "muted": "#b3bfce", "line": "#37465a"}
# Okabe and Ito's colours, which people who see colours otherwise tell apart, lighter on dark pages; in the order of
# their names in `charts`.
_COLOURS = {False: ("#0072b2", "#d55e00", "#6b7280", "#009e73", "#cc79a7"),
            True: ("#56b4e9", "#e69f00", "#9aa5b4", "#3cc79b", "#e3a3c6")}  # fmt: skip
# The page's own (console.css). Matplotlib knows none of them: it measures with its own and writes one name, in quotes,
# which a browser takes for that of a font that it has not, and then draws in its serif font.
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
_MEASURED = "sans-serif"
_MARKS = ("o", "s", "^", "D", "v")
_YEAR = 12
_lock = threading.Lock()  # matplotlib's settings are the process's


def draw(
    chart: Chart, salt: str, say: Callable[..., str], number: Callable[[float], str], *, dark: bool, narrow: bool
) -> bytes:
    """The chart as SVG.

    Args:
        chart: what to draw.
        salt: makes the names inside the SVG: the same chart with the same salt gives the same bytes.
        say: words in the reader's language.
        number: writes a number as that language does.
        dark: for a dark page.
        narrow: for a phone, on which the words of a wide one would be too small to read.
    """
    height = chart.height_on_phone if narrow else chart.height
    with _drawing(salt):
        canvas = _Canvas(say, number, height, dark=dark, narrow=narrow)
        if isinstance(chart, Rows):
            canvas.rows(chart)
        elif isinstance(chart, Bars):
            canvas.bars(chart)
        else:
            canvas.lines(chart)
        return canvas.finish()


@contextmanager
def _drawing(salt: str) -> Iterator[None]:
    settings = {"svg.fonttype": "none", "font.family": _MEASURED, "svg.hashsalt": salt}
    with _lock, matplotlib.rc_context(settings):
        yield


class _Canvas:
    """A small figure with one bar or point a month, or one bar each of a few things."""

    def __init__(
        self, say: Callable[..., str], number: Callable[[float], str], height: float, *, dark: bool, narrow: bool
    ) -> None:
        theme = _DARK if dark else _LIGHT
        self._colours = _COLOURS[dark]
        self._legend_columns = 1 if narrow else 3
        self._ink, self._line = theme["ink"], theme["line"]
        self._months: Sequence[str] = ()
        self._say = say
        self._number = number
        self._narrow = narrow
        self._figure = Figure(figsize=(3.4 if narrow else 6.4, height), layout="constrained")
        self._figure.patch.set_alpha(0)
        self._axes: Axes = self._figure.add_subplot()
        self._axes.patch.set_alpha(0)
        for side in ("top", "right", "left"):
            self._axes.spines[side].set_visible(False)
        self._axes.spines["bottom"].set_color(theme["line"])
        self._axes.tick_params(colors=theme["muted"], length=0)
        self._axes.grid(axis="y", color=theme["line"], linewidth=0.6)
        self._axes.set_axisbelow(True)
        self._axes.yaxis.set_major_formatter(lambda value, _place: number(value))

    def _over(self, months: Sequence[str]) -> None:
        """Months stand along the figure, the oldest first; as many are named as there is room for."""
        self._months = months
        step = max(1, -(-len(months) // (4 if self._narrow else 12)))
        places = range(len(months))[::-step][::-1]
        self._axes.set_xticks(places, [self._month(months[place], first=place == places[0]) for place in places])
        self._axes.set_xlim(-0.6, len(months) - 0.4)  # every month has its place, also one of which nothing is known

    def _month(self, month: str, *, first: bool) -> str:
        """A month in short, with its year where one begins, and where the plot does."""
        name = self._say("months_short").split()[int(month[5:]) - 1]
        named = first or self._narrow or len(self._months) > _YEAR or month.endswith("-01")
        return f"{name}\n{month[:4]}" if named else name

    def bars(self, chart: Bars) -> None:
        """Stacked bars over months."""
        self._over(chart.months)
        floor = [0.0] * len(self._months)
        for colour, (label, values) in zip(self._colours, chart.series):
            self._axes.bar(range(len(self._months)), values, 0.7, floor, color=colour, label=label)
            floor = [low + value for low, value in zip(floor, values)]
        self._axes.set_ylim(0, max([*floor, 1]) * 1.05)
        self._axes.yaxis.get_major_locator().set_params(integer=True)

    def lines(self, chart: Lines) -> None:
        """Points over months, joined where months follow each other."""
        self._over(chart.months)
        scale = 100 if chart.percent else 1
        for colour, mark, (label, values) in zip(cycle(self._colours), cycle(_MARKS), chart.series):
            heights: Any = [float("nan") if value is None else value * scale for value in values]
            self._axes.plot(range(len(self._months)), heights, color=colour, marker=mark, label=label, linewidth=1.8)
        tallest = max((value for _, values in chart.series for value in values if value is not None), default=0.0)
        self._axes.set_ylim(0, 104 if chart.percent else max(tallest, 1.0) * 1.08)
        if chart.percent:
            self._axes.yaxis.set_major_formatter(lambda value, _place: self._say("percent", value=f"{value:.0f}"))

    def rows(self, chart: Rows) -> None:
        """Stacked bars that lie, each under its name."""
        names = chart.names
        self._legend_columns = 2
        places, ends = list(range(len(names))), [0] * len(names)
        for label, colour, values in chart.series:
            self._axes.barh(places, values, 0.42, ends, color=self._colours[colour], label=label)
            ends = [end + value for end, value in zip(ends, values)]
        for place, name, end in zip(places, names, ends):
            self._axes.text(0, place - 0.3, name, color=self._ink, fontsize=9, va="bottom")
            self._axes.annotate(
                self._number(end),
                (end, place),
                (4, 0),
                textcoords="offset points",
                color=self._ink,
                fontsize=9,
                va="center",
            )
        self._axes.set_yticks([])
        self._axes.set_ylim(len(names) - 0.6, -0.75)
        self._axes.set_xlim(0, max([*ends, 1]) * 1.1)
        self._axes.grid(axis="y", visible=False)
        self._axes.grid(axis="x", color=self._line, linewidth=0.6)
        self._axes.xaxis.set_major_formatter(lambda value, _place: self._number(value))
        self._axes.xaxis.get_major_locator().set_params(integer=True)

    def finish(self) -> bytes:
        """The SVG."""
        if len(self._axes.get_legend_handles_labels()[0]) > 1:
            # Above the axes; matplotlib 3.5, which Rasa's NumPy holds us to, knows no "outside" and no "ncols".
            place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.02), "borderaxespad": 0}
            place["ncol"] = self._legend_columns
            self._axes.legend(**place, frameon=False, labelcolor=self._ink, fontsize=9, handlelength=1.2)
        content = io.BytesIO()
        self._figure.savefig(content, format="svg", transparent=True, metadata={"Date": None})
        return content.getvalue().replace(f"'{_MEASURED}'".encode(), FONT.encode())

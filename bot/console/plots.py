"""The plots of the overview and of the report of promises, as SVG with text as text."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from bot.console.overview import Report
    from bot.console.promises import Outcome

_LIGHT = {"ink": "#1b2533", "muted": "#4a576a", "line": "#ccd5e1"}
_DARK = {"ink": "#e9eef5", "muted": "#b3bfce", "line": "#37465a"}
# Okabe and Ito's colours, which people who see colours otherwise tell apart, lighter on dark pages.
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
    name: str,
    report: Report,
    say: Callable[..., str],
    number: Callable[[float], str],
    *,
    dark: bool,
    narrow: bool,
) -> bytes | None:
    """The plot `name` of the overview: "conversations", "replies", "waiting" or "satisfaction"; None for any other.

    Args:
        name: which.
        report: the figures.
        say: words in the reader's language.
        number: writes a number as that language does.
        dark: for a dark page.
        narrow: for a phone, on which the words of a wide one would be too small to read.
    """
    painters: dict[str, Callable[[_Canvas], None]] = {
        "conversations": lambda canvas: _conversations(canvas, report, say),
        "replies": lambda canvas: _replies(canvas, report, say),
        "waiting": lambda canvas: _waiting(canvas, report, say),
        "satisfaction": lambda canvas: _satisfaction(canvas, report, say),
    }
    if name not in painters:
        return None
    height = 3.0
    with _drawing(name):
        canvas = _Canvas(say, number, height, dark=dark, narrow=narrow)
        canvas.over(report.months)
        painters[name](canvas)
        return canvas.finish()


def draw_promises(
    name: str,
    outcome: Outcome,
    names: Mapping[str, str],
    say: Callable[..., str],
    number: Callable[[float], str],
    *,
    dark: bool,
    narrow: bool,
) -> bytes | None:
    """The plot `name` of the report of promises: "share" (by month) or "counts"; None for any other.

    `names`: the promises in a word or two; the others are as for `draw`.
    """
    painters: dict[str, Callable[[_Canvas], None]] = {
        "share": lambda canvas: _share(canvas, outcome, names),
        "counts": lambda canvas: _counts(canvas, outcome, names, say),
    }
    if name not in painters:
        return None
    with _drawing(f"promises {name}"):
        canvas = _Canvas(say, number, 4.4 if narrow else 3.6, dark=dark, narrow=narrow)
        painters[name](canvas)
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
        self.colours = _COLOURS[dark]
        self.columns = 0  # of the legend; as fit unless told
        self._ink, self._line = theme["ink"], theme["line"]
        self.months: Sequence[str] = ()
        self._say = say
        self._number = number
        self._narrow = narrow
        self.figure = Figure(figsize=(3.4 if narrow else 6.4, height), layout="constrained")
        self.figure.patch.set_alpha(0)
        self.axes: Axes = self.figure.add_subplot()
        self.axes.patch.set_alpha(0)
        for side in ("top", "right", "left"):
            self.axes.spines[side].set_visible(False)
        self.axes.spines["bottom"].set_color(theme["line"])
        self.axes.tick_params(colors=theme["muted"], length=0)
        self.axes.grid(axis="y", color=theme["line"], linewidth=0.6)
        self.axes.set_axisbelow(True)
        self.axes.yaxis.set_major_formatter(lambda value, _place: number(value))

    def over(self, months: Sequence[str]) -> None:
        """Months stand along the figure, the oldest first; as many are named as there is room for."""
        self.months = months
        step = max(1, -(-len(months) // (4 if self._narrow else 12)))
        places = range(len(months))[::-step][::-1]
        self.axes.set_xticks(places, [self._month(months[place], first=place == places[0]) for place in places])
        self.axes.set_xlim(-0.6, len(months) - 0.4)  # every month has its place, also one of which nothing is known

    def _month(self, month: str, *, first: bool) -> str:
        """A month in short, with its year where one begins, and where the plot does."""
        name = self._say("months_short").split()[int(month[5:]) - 1]
        named = first or self._narrow or len(self.months) > _YEAR or month.endswith("-01")
        return f"{name}\n{month[:4]}" if named else name

    def bars(self, series: Sequence[tuple[str, Sequence[float]]]) -> None:
        """Stacked bars."""
        floor = [0.0] * len(self.months)
        for colour, (label, values) in zip(self.colours, series):
            self.axes.bar(range(len(self.months)), values, 0.7, floor, color=colour, label=label)
            floor = [low + value for low, value in zip(floor, values)]
        self.axes.set_ylim(0, max([*floor, 1]) * 1.05)
        self.axes.yaxis.get_major_locator().set_params(integer=True)

    def lines(self, series: Sequence[tuple[str, Sequence[float | None]]], *, percent: bool) -> None:
        """Points joined where months follow each other."""
        for colour, mark, (label, values) in zip(cycle(self.colours), cycle(_MARKS), series):
            heights: Any = [float("nan") if value is None else value * (100 if percent else 1) for value in values]
            self.axes.plot(range(len(self.months)), heights, color=colour, marker=mark, label=label, linewidth=1.8)
        tallest = max((value for _, values in series for value in values if value is not None), default=0.0)
        self.axes.set_ylim(0, 104 if percent else max(tallest, 1.0) * 1.08)
        if percent:
            self.axes.yaxis.set_major_formatter(lambda value, _place: self._say("percent", value=f"{value:.0f}"))

    def rows(self, names: Sequence[str], series: Sequence[tuple[str, str, Sequence[int]]]) -> None:
        """Stacked bars that lie, one under another, each under its name; a series has a label, a colour and values."""
        places, ends = list(range(len(names))), [0] * len(names)
        for label, colour, values in series:
            self.axes.barh(places, values, 0.42, ends, color=colour, label=label)
            ends = [end + value for end, value in zip(ends, values)]
        for place, name, end in zip(places, names, ends):
            self.axes.text(0, place - 0.3, name, color=self._ink, fontsize=9, va="bottom")
            self.axes.annotate(
                self._number(end),
                (end, place),
                (4, 0),
                textcoords="offset points",
                color=self._ink,
                fontsize=9,
                va="center",
            )
        self.axes.set_yticks([])
        self.axes.set_ylim(len(names) - 0.6, -0.75)
        self.axes.set_xlim(0, max([*ends, 1]) * 1.1)
        self.axes.grid(axis="y", visible=False)
        self.axes.grid(axis="x", color=self._line, linewidth=0.6)
        self.axes.xaxis.set_major_formatter(lambda value, _place: self._number(value))
        self.axes.xaxis.get_major_locator().set_params(integer=True)

    def finish(self) -> bytes:
        """The SVG."""
        columns = self.columns
        if len(self.axes.get_legend_handles_labels()[0]) > 1:
            # Above the axes; matplotlib 3.5, which Rasa's NumPy holds us to, knows no "outside" and no "ncols".
            place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.02), "borderaxespad": 0}
            place["ncol"] = columns or (1 if self._narrow else 3)
            self.axes.legend(**place, frameon=False, labelcolor=self._ink, fontsize=9, handlelength=1.2)
        content = io.BytesIO()
        self.figure.savefig(content, format="svg", transparent=True, metadata={"Date": None})
        return content.getvalue().replace(f"'{_MEASURED}'".encode(), FONT.encode())


def _conversations(canvas: _Canvas, report: Report, say: Callable[..., str]) -> None:
    alone = [row["alone"] for row in report.rows]
    taken = [row["taken_over"] for row in report.rows]
    others = [row["conversations"] - row["alone"] - row["taken_over"] for row in report.rows]
    canvas.bars([(say("measure_alone"), alone), (say("measure_taken_over"), taken), (say("measure_others"), others)])


def _replies(canvas: _Canvas, report: Report, say: Callable[..., str]) -> None:
    canvas.bars(
        [(say(f"measure_{name}"), [row[name] for row in report.rows]) for name in ("answered", "clarify", "unanswered")]
    )


def _waiting(canvas: _Canvas, report: Report, say: Callable[..., str]) -> None:
    canvas.lines([(say("measure_wait_median"), [row["wait_median"] for row in report.rows])], percent=False)


def _satisfaction(canvas: _Canvas, report: Report, say: Callable[..., str]) -> None:
    canvas.lines([(say("measure_satisfaction"), [row["satisfaction"] for row in report.rows])], percent=True)


def _share(canvas: _Canvas, outcome: Outcome, names: Mapping[str, str]) -> None:
    canvas.over(outcome.months)
    series = []
    for row in outcome.rows:
        found = [outcome.by_month.get(month, {}).get(row.promise) for month in outcome.months]
        shares = [month.share if month else None for month in found]
        if any(share is not None for share in shares):
            series.append((names.get(row.promise, row.promise), shares))
    canvas.lines(series, percent=True)


def _counts(canvas: _Canvas, outcome: Outcome, names: Mapping[str, str], say: Callable[..., str]) -> None:
    blue, red, grey, _, pink = canvas.colours
    kinds = (("kept", blue), ("broken", red), ("overdue", pink), ("open", grey))
    canvas.columns = 2
    canvas.rows(
        [names.get(row.promise, row.promise) for row in outcome.rows],
        [(say(f"count_{kind}"), colour, [getattr(row, kind) for row in outcome.rows]) for kind, colour in kinds],
    )

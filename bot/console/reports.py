"""What every report has: plots by name as SVG, and tables by name as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from starlette.responses import Response

from bot.console.charts import Chart
from bot.console.context import Context
from bot.console.tables import csv_file

Table = list[Sequence[object]]


def send_plot(context: Context, charts: Mapping[str, Callable[[], Chart]]) -> Response:
    """The chart that the address names, in the colours of a light or a dark page, wide or for a phone.

    Raises:
        LookupError: the report has no such chart.
    """
    name = context.path["name"]
    if name not in charts:
        raise LookupError("no such plot")
    # Here, at the first plot: matplotlib takes a second to load, and the desk starts without it.
    from bot.console.plots import draw

    content = draw(
        charts[name](),
        name,
        context.say,
        partial(context.pages.number, lang=context.lang),
        dark=context.asked("dark") == "1",
        narrow=context.asked("narrow") == "1",
    )
    return Response(content, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def send_table(context: Context, period: str, tables: Mapping[str, Callable[[], Table]]) -> Response:
    """The table that the address names, as a file; `period`: of when, for the name of the file.

    Raises:
        LookupError: the report has no such table.
    """
    name = context.path["name"]
    if name not in tables:
        raise LookupError("no such table")
    return csv_file(context, name, period, tables[name]())


def table(context: Context, head: Iterable[str], rows: Iterable[Sequence[object]]) -> Table:
    """`rows` under their `head`, whose words are in the reader's language."""
    return [[context.say(key) for key in head], *rows]

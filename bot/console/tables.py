"""Tables as files that spreadsheets read: each as the spreadsheets of its language expect it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bot.console.context import Context

# Where the decimal sign is a comma, a comma separates no cells: Excel in French (Canada) expects a semicolon.
_SEPARATOR = {"fr": ";", "en": ","}
_DECIMAL = {"fr": ",", "en": "."}
# What a spreadsheet would take for a formula, and count; also as wide signs, which some fold.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def csv_file(context: Context, what: str, period: str, table: Iterable[Sequence[object]]) -> Response:
    """The rows of `table` as a file to keep, in the page's language.

    Args:
        context: whose language it is, and the clock of the name.
        what: what the table is (words.yml: `filename_…`), and `period`: of when, for the name of the file.
        table: None is an empty cell, a share has three places; a date or a moment is written so that Excel takes it
            for one, the moment by the desk's clock.
    """
    content = io.StringIO()
    writer = csv.writer(content, delimiter=_SEPARATOR[context.lang])
    writer.writerows([_cell(value, context.lang, context.pages.zone) for value in row] for row in table)
    # With a mark of its encoding: Excel takes a file without one for another's.
    return Response(
        "\ufeff" + content.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers=kept_as(context, what, period, "csv"),
    )


def kept_as(context: Context, what: str, period: str, ending: str) -> dict[str, str]:
    """The headers of a file whose name tells what it is, of when, in which language, and when it was made."""
    today = context.pages.now().astimezone(context.pages.zone).date()
    name = f"{context.say(f'filename_{what}')}_{period}_{context.lang}_{today.isoformat()}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _cell(value: object, lang: str, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".").replace(".", _DECIMAL[lang])
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip().startswith(_FORMULA) else text

"""Tables as files that spreadsheets read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

# What a spreadsheet would take for a formula, and count.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(name: str, table: Iterable[Sequence[object]]) -> Response:
    """The rows of `table` as a file to keep, `name`.csv; None is an empty cell, a share has three places."""
    content = io.StringIO()
    csv.writer(content).writerows([_cell(value) for value in row] for row in table)
    # With a mark of its encoding: Excel takes a file without one for another's.
    return Response(
        "\ufeff" + content.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text

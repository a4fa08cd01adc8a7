"""The report of promises as files: its tables for spreadsheets, its charts, and all of it for programs.

Who may not see requests (an editor) finds no reference of one, and nothing that was written about one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from bot.console.charts import BLUE, GREY, PINK, RED, Chart, Lines, Rows
from bot.console.context import Context
from bot.console.promise_outcome import Outcome, versions_in
from bot.console.reports import Table, table
from bot.promises.promise import PromiseVersion, Registry
from bot.promises.report import Figures
from bot.staff.officer import TICKETS

SHOWN = ("opened", "kept", "broken", "open", "overdue", "share", "median", "p90", "not_owed")
_COUNTS = tuple(f"count_{name}" for name in SHOWN)
_PRIVATE = ("reference", "reason")
_HEIGHTS = {"height": 3.6, "height_on_phone": 4.4}
# The columns of the lists of single clocks, and the words for them.
_CLOCK = {"reference": "number", "day_zero": "day_day_zero", "due": "due"}
_BROKEN = {**_CLOCK, "ended": "ended", "given_on": "given_on", "days": "took", "reason": "why"}
_REVISED = {**_CLOCK, "given_on": "given_on", "days": "took"}
_MOMENTS = ("due", "ended")


def tables(context: Context, registry: Registry, outcome: Outcome) -> dict[str, Callable[[], Table]]:
    """The tables by name: "figures", "months", "broken", "revised" and "annual"."""
    return {
        "figures": partial(_figures, context, outcome),
        "months": partial(_months, context, outcome),
        "broken": partial(_broken, context, outcome),
        "revised": partial(_revised, context, outcome),
        "annual": partial(_annual, context, registry, outcome),
    }


def charts(context: Context, outcome: Outcome) -> dict[str, Callable[[], Chart]]:
    """The charts by name: "share" by month, and "counts"."""
    return {"share": partial(_share, context, outcome), "counts": partial(_counts, context, outcome)}


def document(context: Context, registry: Registry, outcome: Outcome) -> dict[str, Any]:
    """The whole report, for programs."""
    private = not context.officer.may(TICKETS)
    return {
        "from": outcome.period.first.isoformat(),
        "to": outcome.period.last.isoformat(),
        "as_of": outcome.now.isoformat(),
        "source": registry.source,
        "promises": [_plain(row, private=private) for row in outcome.rows],
        "months": {month: [_counted(row) for row in rows.values()] for month, rows in outcome.by_month.items()},
    }


def versions(registry: Registry, promise: str, outcome: Outcome) -> list[PromiseVersion]:
    """What a promise said in the report's period; nothing if the registry no longer knows it."""
    known = registry.promises.get(promise)
    return versions_in(known, outcome.period) if known else []


def _figures(context: Context, outcome: Outcome) -> Table:
    rows = [[row.promise, _name(context, row.promise), *_values(row)] for row in outcome.rows]
    return table(context, ("promise_id", "promise", *_COUNTS), rows)


def _months(context: Context, outcome: Outcome) -> Table:
    rows = [
        [month, row.promise, _name(context, row.promise), *_values(row)]
        for month, found in outcome.by_month.items()
        for row in found.values()
    ]
    return table(context, ("month", "promise_id", "promise", *_COUNTS), rows)


def _broken(context: Context, outcome: Outcome) -> Table:
    columns = _columns(context, _BROKEN)
    rows = [
        [row.promise, _name(context, row.promise), *_cells(one, columns)]
        for row in outcome.rows
        for one in row.as_dict()["broken_ones"]
    ]
    return table(context, ("promise_id", "promise", *columns.values()), rows)


def _revised(context: Context, outcome: Outcome) -> Table:
    """The promises that were judged otherwise until an answer given earlier was registered."""
    columns = _columns(context, _REVISED)
    kept = context.say("verdict_kept")
    rows = [
        [
            row.promise,
            _name(context, row.promise),
            *_cells(one, columns),
            context.say(f"verdict_{one['was']}"),
            kept,
        ]
        for row in outcome.rows
        for one in row.as_dict()["revised_ones"]
    ]
    return table(context, ("promise_id", "promise", *columns.values(), "verdict_was", "verdict_is"), rows)


def _annual(context: Context, registry: Registry, outcome: Outcome) -> Table:
    rows = []
    for row in outcome.rows:
        said = versions(registry, row.promise, outcome)
        text = _joined(version.text[context.lang] for version in said)
        section = _joined(version.section[context.lang] for version in said)
        days = _joined(str(version.working_days) for version in said)
        rows.append([text or row.promise, section, days, *_values(row)])
    return table(context, ("promise", "section", "delay_promised", *_COUNTS), rows)


def _share(context: Context, outcome: Outcome) -> Chart:
    series = []
    for row in outcome.rows:
        found = [outcome.by_month.get(month, {}).get(row.promise) for month in outcome.months]
        shares = [month.share if month else None for month in found]
        if any(share is not None for share in shares):
            series.append((_name(context, row.promise), shares))
    return Lines(outcome.months, series, percent=True, **_HEIGHTS)


def _counts(context: Context, outcome: Outcome) -> Chart:
    kinds = (("kept", BLUE), ("broken", RED), ("overdue", PINK), ("open", GREY))
    return Rows(
        [_name(context, row.promise) for row in outcome.rows],
        [
            (context.say(f"count_{kind}"), colour, [getattr(row, kind) for row in outcome.rows])
            for kind, colour in kinds
        ],
        **_HEIGHTS,
    )


def _name(context: Context, promise: str) -> str:
    """What a promise is about, in a word or two."""
    key = f"promise_{promise.replace('-', '_')}"
    return context.say(key) if context.pages.has(key) else promise


def _columns(context: Context, every: Mapping[str, str]) -> dict[str, str]:
    """Those of the columns that the officer may see."""
    private = not context.officer.may(TICKETS)
    return {key: word for key, word in every.items() if not (private and key in _PRIVATE)}


def _cells(one: Mapping[str, Any], columns: Iterable[str]) -> Sequence[object]:
    return [datetime.fromisoformat(one[key]) if key in _MOMENTS and one[key] else one[key] for key in columns]


def _joined(texts: Iterable[str]) -> str:
    """Each text once: two where the promise changed within the period."""
    return " / ".join(dict.fromkeys(texts))


def _values(row: Figures) -> list[object]:
    return [getattr(row, name) for name in SHOWN]


def _counted(row: Figures) -> dict[str, Any]:
    return {key: value for key, value in row.as_dict().items() if not key.endswith("_ones")}


def _plain(row: Figures, *, private: bool) -> dict[str, Any]:
    found = row.as_dict()
    if private:
        for ones in ("broken_ones", "revised_ones"):
            found[ones] = [{key: value for key, value in one.items() if key not in _PRIVATE} for one in found[ones]]
    return found

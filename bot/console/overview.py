"""The overview: what came in, how it was answered, and waits; as plots and tables. Promises have their own report."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.charts import Bars, Chart, Lines
from bot.console.context import Context
from bot.console.fresh import Fresh
from bot.console.period import Period, last_months
from bot.console.reports import Table, send_plot, send_table, table
from bot.messages.evaluations import RATINGS, Evaluation, Evaluations, MonthOfRatings
from bot.messages.statistics import MEASURES, Statistics, as_rows
from bot.promises.calendar import Calendar
from bot.staff.officer import CONVERSATIONS, OVERVIEW

_MONTHS = 12


@dataclass(frozen=True)
class Report:
    """What the overview shows: a row a month of conversations, with waits in minutes, and what citizens said."""

    period: Period
    months: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    total: dict[str, Any]
    evaluations: tuple[MonthOfRatings, ...]

    @property
    def ratings(self) -> MonthOfRatings:
        """The ratings of all months together."""
        counts: Counter[int] = Counter()
        for month in self.evaluations:
            counts.update(month.counts)
        return MonthOfRatings("", dict(counts))

    def column(self, measure: str) -> list[Any]:
        """A measure, month by month."""
        return [row[measure] for row in self.rows]


class Overview:
    """The page, its plots, and its tables as CSV."""

    def __init__(
        self,
        access: Access,
        statistics: Statistics,
        evaluations: Evaluations,
        calendar: Calendar,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._statistics = statistics
        self._evaluations = evaluations
        self._calendar = calendar
        self._made: Fresh[int, Report] = Fresh(self._make, now)

    def routes(self) -> list[Route]:
        """The routes, for those who may see the overview."""
        return [
            self._access.get("/overview", self.show, OVERVIEW),
            self._access.get("/overview/plot/{name}.svg", self.plot, OVERVIEW),
            self._access.get("/overview/{name}.csv", self.csv, OVERVIEW),
        ]

    def show(self, context: Context) -> Response:
        """The page."""
        report = self._made.get(_MONTHS)
        return context.page(
            "overview.html",
            report=report,
            measures=MEASURES,
            period=report.period,
            ratings=RATINGS,
            rated=report.ratings,
            comments=self._comments(context),
        )

    def plot(self, context: Context) -> Response:
        """One plot: "conversations", "replies", "waiting" or "satisfaction"."""
        report = self._made.get(_MONTHS)
        return send_plot(context, {name: partial(chart, context, report) for name, chart in _CHARTS.items()})

    def csv(self, context: Context) -> Response:
        """A table as a file that spreadsheets read; the comments are for those who may read what citizens write."""
        report = self._made.get(_MONTHS)
        tables: dict[str, Callable[[], Table]] = {
            "conversations": partial(_conversations_table, context, report),
            "evaluations": partial(_evaluations_table, context, report),
        }
        if context.officer.may(CONVERSATIONS):
            tables["comments"] = partial(self._comments_table, context)
        return send_table(context, f"{report.months[0]}_{report.months[-1]}", tables)

    def _make(self, count: int, now: datetime) -> Report:
        today = self._calendar.local_date(now)
        period = last_months(today, count)
        months = period.months(today)
        rows = as_rows(self._statistics.counts(), months)
        start = datetime.combine(period.first, datetime.min.time(), self._calendar.zone)
        waits: dict[str, list[int]] = defaultdict(list)
        for wait in self._statistics.waits(start):
            waits[f"{wait.at.astimezone(self._calendar.zone):%Y-%m}"].append(wait.seconds)
        for row in rows:
            _add_rates(row, waits[row["month"]])
        total: dict[str, Any] = {"month": ""}
        for measure in MEASURES:
            total[measure] = sum(row[measure] for row in rows)
        _add_rates(total, [seconds for month in months for seconds in waits[month]])
        return Report(period, months, tuple(rows), total, tuple(self._evaluations.by_month(list(months))))

    def _comments(self, context: Context) -> list[Evaluation]:
        """The latest evaluations with their words, for those who may read what citizens write."""
        if not context.officer.may(CONVERSATIONS):
            return []
        return [found for found in self._evaluations.latest() if found.mission or found.comment]

    def _comments_table(self, context: Context) -> Table:
        rows = [
            [found.at.astimezone(self._calendar.zone).date(), found.mission, found.rating, found.comment]
            for found in self._comments(context)
        ]
        return table(context, ("evaluated_on", "mission", "rating", "comment"), rows)


def _conversations_table(context: Context, report: Report) -> Table:
    measures = [*MEASURES, "wait_median", "wait_longest", "satisfaction"]
    rows = [[row["month"], *(row[measure] for measure in measures)] for row in report.rows]
    return table(context, ("month", *(f"measure_{measure}" for measure in measures)), rows)


def _evaluations_table(context: Context, report: Report) -> Table:
    rows = [
        [month.month, month.count, month.mean, *(month.counts.get(rating, 0) for rating in RATINGS)]
        for month in report.evaluations
    ]
    head = [context.say(key) for key in ("month", "count_evaluations", "mean_rating")]
    return [[*head, *RATINGS], *rows]


def _conversations_chart(context: Context, report: Report) -> Chart:
    alone, taken = report.column("alone"), report.column("taken_over")
    others = [every - one - other for every, one, other in zip(report.column("conversations"), alone, taken)]
    values = {"alone": alone, "taken_over": taken, "others": others}
    return Bars(report.months, [(context.say(f"measure_{name}"), found) for name, found in values.items()])


def _replies_chart(context: Context, report: Report) -> Chart:
    names = ("answered", "clarify", "unanswered")
    return Bars(report.months, [(context.say(f"measure_{name}"), report.column(name)) for name in names])


def _line_chart(measure: str, context: Context, report: Report, *, percent: bool = False) -> Chart:
    return Lines(report.months, [(context.say(f"measure_{measure}"), report.column(measure))], percent=percent)


_CHARTS: Mapping[str, Callable[[Context, Report], Chart]] = {
    "conversations": _conversations_chart,
    "replies": _replies_chart,
    "waiting": partial(_line_chart, "wait_median"),
    "satisfaction": partial(_line_chart, "satisfaction", percent=True),
}


def _add_rates(row: dict[str, Any], waits: Sequence[int]) -> None:
    row["wait_median"] = round(statistics.median(waits) / 60, 1) if waits else None
    row["wait_longest"] = round(max(waits) / 60, 1) if waits else None
    judged = row["helpful"] + row["unhelpful"]
    row["satisfaction"] = row["helpful"] / judged if judged else None

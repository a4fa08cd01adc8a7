"""The overview: what came in, how it was answered, and waits; as plots and tables. Promises have their own report."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import Context
from bot.console.fresh import Fresh
from bot.console.period import Period
from bot.console.tables import csv_file
from bot.messages.evaluations import RATINGS, Evaluation, Evaluations, MonthOfRatings
from bot.messages.statistics import MEASURES, Statistics, as_rows
from bot.promises.calendar import Calendar
from bot.staff.officer import CONVERSATIONS, OVERVIEW

_MONTHS = 12


@dataclass(frozen=True)
class Report:
    """What the overview shows: a row a month of conversations, and waits in minutes."""

    months: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    total: dict[str, Any]
    evaluations: tuple[MonthOfRatings, ...]


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
        first, today = date.fromisoformat(f"{report.months[0]}-01"), self._calendar.local_date(context.pages.now())
        return context.page(
            "overview.html",
            report=report,
            measures=MEASURES,
            period=Period(first, today),
            ratings=RATINGS,
            rated=_all_ratings(report),
            comments=self._comments(context),
        )

    def plot(self, context: Context) -> Response:
        """One plot, in the colours of a light or a dark page, wide or for a phone."""
        # Here, at the first plot: matplotlib takes a second to load, and the desk starts without it.
        from bot.console.plots import draw

        content = draw(
            context.path["name"],
            self._made.get(_MONTHS),
            context.say,
            partial(context.pages.number, lang=context.lang),
            dark=context.asked("dark") == "1",
            narrow=context.asked("narrow") == "1",
        )
        if content is None:
            raise LookupError("no such plot")
        return Response(content, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    def csv(self, context: Context) -> Response:
        """A table as a file that spreadsheets read."""
        report, name = self._made.get(_MONTHS), context.path["name"]
        period = f"{report.months[0]}_{report.months[-1]}"
        if name == "evaluations":
            table: list[list[Any]] = [
                [*(context.say(key) for key in ("month", "count_evaluations", "mean_rating")), *RATINGS]
            ]
            for month in report.evaluations:
                of_each = [month.counts.get(rating, 0) for rating in RATINGS]
                table.append([month.month, month.count, month.mean, *of_each])
            return csv_file(context, "evaluations", period, table)
        if name == "comments" and context.officer.may(CONVERSATIONS):
            table = [[context.say(key) for key in ("evaluated_on", "mission", "rating", "comment")]]
            for found in self._comments(context):
                day = found.at.astimezone(self._calendar.zone).date()
                table.append([day, found.mission, found.rating, found.comment])
            return csv_file(context, "comments", period, table)
        if name != "conversations":
            raise LookupError("no such table")
        measures = [*MEASURES, "wait_median", "wait_longest", "satisfaction"]
        table = [[context.say("month"), *(context.say(f"measure_{measure}") for measure in measures)]]
        rows = [[row["month"], *(row[measure] for measure in measures)] for row in report.rows]
        return csv_file(context, "conversations", period, [*table, *rows])

    def _make(self, count: int, now: datetime) -> Report:
        months = _months(self._calendar.local_date(now), count)
        counts = self._statistics.counts()
        rows = as_rows(counts, months)
        start = datetime.combine(date.fromisoformat(f"{months[0]}-01"), datetime.min.time(), self._calendar.zone)
        waits: dict[str, list[int]] = defaultdict(list)
        for wait in self._statistics.waits(start):
            waits[f"{wait.at.astimezone(self._calendar.zone):%Y-%m}"].append(wait.seconds)
        for row in rows:
            _add_rates(row, waits[row["month"]])
        total: dict[str, Any] = {"month": ""}
        for measure in MEASURES:
            total[measure] = sum(row[measure] for row in rows)
        _add_rates(total, [seconds for month in months for seconds in waits[month]])
        evaluations = tuple(self._evaluations.by_month(months))
        return Report(tuple(months), tuple(rows), total, evaluations)

    def _comments(self, context: Context) -> list[Evaluation]:
        """The latest evaluations with their words, for those who may read what citizens write."""
        if not context.officer.may(CONVERSATIONS):
            return []
        return [found for found in self._evaluations.latest() if found.mission or found.comment]


def _all_ratings(report: Report) -> MonthOfRatings:
    """The ratings of all months together."""
    counts: Counter[int] = Counter()
    for month in report.evaluations:
        counts.update(month.counts)
    return MonthOfRatings("", dict(counts))


def _add_rates(row: dict[str, Any], waits: Sequence[int]) -> None:
    row["wait_median"] = round(statistics.median(waits) / 60, 1) if waits else None
    row["wait_longest"] = round(max(waits) / 60, 1) if waits else None
    judged = row["helpful"] + row["unhelpful"]
    row["satisfaction"] = row["helpful"] / judged if judged else None


def _months(today: date, count: int) -> list[str]:
    """The last `count` months, this one included, oldest first."""
    found = []
    day = today.replace(day=1)
    for _ in range(count):
        found.append(f"{day:%Y-%m}")
        day = (day - timedelta(days=1)).replace(day=1)
    return found[::-1]

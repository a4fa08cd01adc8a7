"""The overview: what came in and how it was answered, waits, and promises kept; as plots and tables."""

from __future__ import annotations

import csv
import io
import statistics
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.visit import Visit
from bot.conversations.evaluations import RATINGS, Evaluation, Evaluations, MonthOfRatings
from bot.conversations.figures import MEASURES, Figures, as_rows
from bot.promises.calendar import Calendar
from bot.promises.promise import Registry
from bot.promises.report import Figures as PromiseFigures
from bot.promises.report import by_month
from bot.promises.store import ClockStore
from bot.staff.officer import CONVERSATIONS, OVERVIEW

_MONTHS = 12
_FRESH_SECONDS = 20.0
_KINDS = ("kept", "broken", "overdue", "open")


@dataclass(frozen=True)
class PromiseRow:
    """The figures of a promise in a month (of its clocks' day zero)."""

    month: str
    figures: PromiseFigures


@dataclass(frozen=True)
class Report:
    """What the overview shows: a row a month of conversations, waits in minutes, and promises."""

    months: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    promises: tuple[PromiseRow, ...]
    total: dict[str, Any]
    evaluations: tuple[MonthOfRatings, ...]


class Overview:
    """The page, its plots, and its tables as CSV."""

    def __init__(
        self,
        access: Access,
        figures: Figures,
        evaluations: Evaluations,
        ledger: ClockStore,
        registry: Registry,
        calendar: Calendar,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._figures = figures
        self._evaluations = evaluations
        self._ledger = ledger
        self._registry = registry
        self._calendar = calendar
        self._now = now
        self._lock = threading.Lock()
        self._made: tuple[datetime, Report] | None = None

    def routes(self) -> list[Route]:
        """The routes, for those who may see the overview."""
        return [
            self._access.get("/overview", self.show, OVERVIEW),
            self._access.get("/overview/plot/{name}.svg", self.plot, OVERVIEW),
            self._access.get("/overview/{name}.csv", self.csv, OVERVIEW),
        ]

    def show(self, visit: Visit) -> Response:
        """The page."""
        report = self.report()
        return visit.page(
            "overview.html",
            report=report,
            measures=MEASURES,
            promises=self._registry.promises,
            ratings=RATINGS,
            rated=_all_ratings(report),
            comments=self._comments(visit),
        )

    def plot(self, visit: Visit) -> Response:
        """One plot, in the colours of a light or a dark page, wide or for a phone."""
        # Here, at the first plot: matplotlib takes a second to load, and the desk starts without it.
        from bot.console.plots import draw

        content = draw(
            visit.path["name"],
            self.report(),
            visit.say,
            partial(visit.pages.number, lang=visit.lang),
            dark=visit.asked("dark") == "1",
            narrow=visit.asked("narrow") == "1",
        )
        if content is None:
            raise LookupError("no such plot")
        return Response(content, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    def csv(self, visit: Visit) -> Response:
        """A table as a file that spreadsheets read."""
        report, names = self.report(), self._names(visit)
        if visit.path["name"] == "conversations":
            measures = [*MEASURES, "wait_median", "wait_longest", "satisfaction"]
            table = [[visit.say("month"), *(visit.say(f"measure_{measure}") for measure in measures)]]
            table += [[row["month"], *(_cell(row[measure]) for measure in measures)] for row in report.rows]
        elif visit.path["name"] == "promises":
            table = [
                [
                    visit.say(key)
                    for key in (
                        "month",
                        "promise",
                        "count_opened",
                        *(f"count_{kind}" for kind in _KINDS),
                        "count_share",
                    )
                ]
            ]
            for row in report.promises:
                found = row.figures
                counts = (found.opened, *(getattr(found, kind) for kind in _KINDS))
                name = names.get(found.promise, found.promise)
                table.append([row.month, name, *map(str, counts), _cell(found.share)])
        elif visit.path["name"] == "evaluations":
            table = [
                [visit.say(key) for key in ("month", "count_evaluations", "mean_rating")] + [str(r) for r in RATINGS]
            ]
            for month in report.evaluations:
                of_each = [str(month.counts.get(rating, 0)) for rating in RATINGS]
                table.append([month.month, str(month.count), _cell(month.mean), *of_each])
        elif visit.path["name"] == "comments" and visit.officer.may(CONVERSATIONS):
            table = [[visit.say(key) for key in ("evaluated_on", "mission", "rating", "comment")]]
            table += [
                [f"{found.at.astimezone(self._calendar.zone):%Y-%m-%d}", *map(_safe, _words_of(found))]
                for found in self._comments(visit)
            ]
        else:
            raise LookupError("no such table")
        content = io.StringIO()
        csv.writer(content).writerows(table)
        name = f"guichet-{visit.path['name']}.csv"
        # With a mark of its encoding: Excel takes a file without one for another's.
        return Response(
            "\ufeff" + content.getvalue(),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )

    def report(self) -> Report:
        """The figures of the last twelve months, made anew when they are older than some seconds."""
        with self._lock:
            now = self._now()
            if self._made is None or abs((now - self._made[0]).total_seconds()) > _FRESH_SECONDS:
                self._made = (now, self._make(now))
            return self._made[1]

    def _make(self, now: datetime) -> Report:
        months = _months(self._calendar.local_date(now), _MONTHS)
        counts = self._figures.counts()
        rows = as_rows(counts, months)
        start = datetime.combine(date.fromisoformat(f"{months[0]}-01"), datetime.min.time(), self._calendar.zone)
        waits: dict[str, list[int]] = defaultdict(list)
        for wait in self._figures.waits(start):
            waits[f"{wait.at.astimezone(self._calendar.zone):%Y-%m}"].append(wait.seconds)
        for row in rows:
            _add_rates(row, waits[row["month"]])
        total: dict[str, Any] = {"month": ""}
        for measure in MEASURES:
            total[measure] = sum(row[measure] for row in rows)
        _add_rates(total, [seconds for month in months for seconds in waits[month]])
        evaluations = tuple(self._evaluations.by_month(months))
        return Report(tuple(months), tuple(rows), tuple(self._promises(months, now)), total, evaluations)

    def _comments(self, visit: Visit) -> list[Evaluation]:
        """The latest evaluations with their words, for those who may read what citizens write."""
        if not visit.officer.may(CONVERSATIONS):
            return []
        return [found for found in self._evaluations.latest() if found.mission or found.comment]

    def _promises(self, months: Sequence[str], now: datetime) -> list[PromiseRow]:
        first, last = date.fromisoformat(f"{months[0]}-01"), self._calendar.local_date(now)
        found = by_month(self._ledger.started(first, last), list(self._registry.promises), now)
        return [PromiseRow(month, row) for month, rows in found.items() for row in rows if row.opened]

    def _names(self, visit: Visit) -> dict[str, str]:
        """The promises in few words, with the working days that they have today."""
        today = self._calendar.local_date(visit.pages.now())
        return {
            promise: f"{_kind(visit, promise)} ({visit.say('days', count=known.on(today).working_days)})"
            for promise, known in self._registry.promises.items()
        }


def _kind(visit: Visit, promise: str) -> str:
    """What a promise is about, in a word or two."""
    key = f"promise_{promise.replace('-', '_')}"
    return visit.say(key) if visit.pages.has(key) else promise


def _all_ratings(report: Report) -> MonthOfRatings:
    """The ratings of all months together."""
    counts: Counter[int] = Counter()
    for month in report.evaluations:
        counts.update(month.counts)
    return MonthOfRatings("", dict(counts))


def _words_of(found: Evaluation) -> tuple[str, str, str]:
    return found.mission or "", str(found.rating), found.comment or ""


def _safe(cell: str) -> str:
    """A citizen's words as a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


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


def _cell(value: float | int | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)

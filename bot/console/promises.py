"""The promises as staff see them: what became of them in a period, what they say, and the calendar that judges them.

The figures are those of `bot.promises.report`, of the clocks whose day zero lies in the period, replayed from their
events. Who may not see requests (an editor) sees no reference of one, and nothing that was written about one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context
from bot.console.fresh import Fresh
from bot.console.period import FIRST_YEAR, LAST_YEAR, Period, period_asked, year_asked
from bot.console.tables import csv_file, kept_as
from bot.core.texts import LANGUAGES
from bot.knowledge.store import ArticleStore
from bot.promises.calendar import Calendar, Holiday
from bot.promises.promise import Promise, Registry, Version
from bot.promises.report import COUNTS, Figures, by_month, figures
from bot.promises.store import ClockStore
from bot.staff.officer import OVERVIEW, TICKETS

_FIRST_SHOWN = 25  # broken ones on the page, unless all are asked for
_MANY_MONTHS = 24
_SHOWN = ("opened", "kept", "broken", "open", "overdue", "share", "median", "p90", "not_owed")
_PRIVATE = ("reference", "reason")


@dataclass(frozen=True)
class Outcome:
    """What became of the promises that began in a period, by promise and by month, as of `now`."""

    period: Period
    now: datetime
    rows: tuple[Figures, ...]
    months: tuple[str, ...]
    by_month: dict[str, dict[str, Figures]]

    @property
    def total(self) -> Figures:
        """All promises together."""
        counts = {name: sum(getattr(row, name) for row in self.rows) for name in COUNTS}
        took = tuple(sorted(days for row in self.rows for days in row.took))
        return Figures(promise="", took=took, broken_ones=(), revised_ones=(), **counts)

    @property
    def empty(self) -> bool:
        """Whether no clock began."""
        return not any(row.opened or row.not_owed for row in self.rows)


class Promises:
    """The report with its plots and files, the registry, and the calendar."""

    def __init__(
        self,
        access: Access,
        ledger: ClockStore,
        registry: Registry,
        articles: ArticleStore,
        calendar: Calendar,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._ledger = ledger
        self._registry = registry
        self._articles = articles
        self._calendar = calendar
        self._now = now
        self._made: Fresh[Period, Outcome] = Fresh(self._make, now)

    def routes(self) -> list[Route]:
        """The routes, for those who may see the overview."""
        pages = {
            "": self.show,
            "/annual": self.annual,
            "/registry": self.show_registry,
            "/calendar": self.show_calendar,
            "/plot/{name}.svg": self.plot,
            "/report.json": self.json,
            "/{name}.csv": self.csv,
        }
        return [self._access.get(f"/promises{path}", endpoint, OVERVIEW) for path, endpoint in pages.items()]

    def show(self, context: Context) -> Response:
        """The report of a period, this year's unless told."""
        period = self._period(context)
        problem = context.say("refused_period") if period is None else None
        outcome = self._made.get(period or self._this_year())
        broken = [(row.promise, clock) for row in outcome.rows for clock in row.broken_ones]
        broken.sort(key=lambda one: (one[1].due_at, one[1].reference), reverse=True)
        most = len(broken) if context.asked("broken") == "all" else _FIRST_SHOWN
        return context.page(
            "promises.html",
            422 if problem else 200,
            outcome=outcome,
            problem=problem,
            years=self._years(outcome.period),
            shown=_SHOWN,
            broken=broken[:most],
            revised=[(row.promise, clock) for row in outcome.rows for clock in row.revised_ones],
            left_off=max(0, len(broken) - most),
            private=not context.officer.may(TICKETS),
            languages=LANGUAGES,
        )

    def plot(self, context: Context) -> Response:
        """One plot, in the colours of a light or a dark page, wide or for a phone."""
        # Here, at the first plot: matplotlib takes a second to load, and the desk starts without it.
        from bot.console.plots import draw_promises

        period = self._period(context)
        if period is None:
            return context.refuse("period", 422, f"{HOME}/promises")
        content = draw_promises(
            context.path["name"],
            self._made.get(period),
            {promise: self._name(context, promise) for promise in self._registry.promises},
            context.say,
            partial(context.pages.number, lang=context.lang),
            dark=context.asked("dark") == "1",
            narrow=context.asked("narrow") == "1",
        )
        if content is None:
            raise LookupError("no such plot")
        return Response(content, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    def csv(self, context: Context) -> Response:
        """A table as a file: "figures", "months", "broken", "revised" or "annual"."""
        tables = {
            "figures": self._figures,
            "months": self._months,
            "broken": self._broken,
            "revised": self._revised,
            "annual": self._annual,
        }
        if context.path["name"] not in tables:
            raise LookupError("no such table")
        period = self._period(context)
        if period is None:
            return context.refuse("period", 422, f"{HOME}/promises")
        wanted = self._in_language(context) if context.path["name"] == "annual" else context
        table = tables[context.path["name"]](wanted, self._made.get(period))
        return csv_file(wanted, context.path["name"], period.name, table)

    def json(self, context: Context) -> Response:
        """The whole report for programs."""
        period = self._period(context)
        if period is None:
            return context.refuse("period", 422, f"{HOME}/promises")
        outcome, shown = self._made.get(period), context.officer.may(TICKETS)
        content = {
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "as_of": outcome.now.isoformat(),
            "source": self._registry.source,
            "promises": [_plain(row, private=not shown) for row in outcome.rows],
            "months": {month: [_counted(row) for row in rows.values()] for month, rows in outcome.by_month.items()},
        }
        text = json.dumps(content, ensure_ascii=False, indent=2)
        return Response(text, media_type="application/json", headers=kept_as(context, "report", period.name, "json"))

    def annual(self, context: Context) -> Response:
        """The table for the annual report, to be printed, in the language asked for."""
        year = year_asked(context.asked("year"), self._today().year)
        if year is None:
            return context.refuse("period", 422, f"{HOME}/promises")
        period = period_asked(str(year), "", "", year)
        assert period is not None
        outcome = self._made.get(period)
        rows = [(row, self._versions(row.promise, period)) for row in outcome.rows]
        return self._in_language(context).page(
            "annual.html",
            outcome=outcome,
            year=year,
            rows=rows,
            source=self._registry.source,
            unconfirmed=self._unconfirmed(period),
            languages=LANGUAGES,
        )

    def show_registry(self, context: Context) -> Response:
        """What is promised: with a clock, and without one."""
        today = self._today()
        promises = [(promise, promise.on(today)) for promise in self._registry.promises.values()]
        named = [promise.article for promise, _ in promises]
        named += [name for one in self._registry.without_clock for name in one.articles]
        known = [article for article in map(self._articles.get, filter(None, named)) if article]
        titles = {article.id: article.title[context.lang] for article in known}
        return context.page("registry.html", promises=promises, registry=self._registry, today=today, titles=titles)

    def show_calendar(self, context: Context) -> Response:
        """The holidays of a year, this one unless told."""
        today = self._today()
        asked = year_asked(context.asked("year"), today.year)
        year = asked or today.year
        days = self._calendar.holidays(year)
        return context.page(
            "calendar.html",
            200 if asked else 422,
            problem=None if asked else context.say("refused_year"),
            year=year,
            days=days,
            weekends=self._calendar.on_weekends(year),
            added={day for day, holiday in self._calendar.exceptions.items() if holiday is not None},
            taken={
                d: self._ruled(d) for d, h in sorted(self._calendar.exceptions.items()) if h is None and d.year == year
            },
            confirmed=year in self._calendar.confirmed_years,
            working_days=self._calendar.working_days(date(year - 1, 12, 31), date(year, 12, 31)),
            opens=datetime.combine(today, self._calendar.opens, self._calendar.zone),
            closes=self._calendar.close_of(today),
            before=year - 1 if year > FIRST_YEAR else None,
            after=year + 1 if year < LAST_YEAR else None,
        )

    def _figures(self, context: Context, outcome: Outcome) -> list[list[object]]:
        head = ["promise", *(f"count_{name}" for name in _SHOWN)]
        rows = [[self._name(context, row.promise), *_values(row)] for row in outcome.rows]
        return [
            [context.say("promise_id"), *map(context.say, head)],
            *([r.promise, *row] for r, row in zip(outcome.rows, rows)),
        ]

    def _months(self, context: Context, outcome: Outcome) -> list[list[object]]:
        head = ["month", "promise_id", "promise", *(f"count_{name}" for name in _SHOWN)]
        return [
            [context.say(key) for key in head],
            *(
                [month, row.promise, self._name(context, row.promise), *_values(row)]
                for month, rows in outcome.by_month.items()
                for row in rows.values()
            ),
        ]

    def _broken(self, context: Context, outcome: Outcome) -> list[list[object]]:
        private = not context.officer.may(TICKETS)
        keys = {
            "reference": "number",
            "day_zero": "day_day_zero",
            "due": "due",
            "ended": "ended",
            "given_on": "given_on",
            "days": "took",
        }
        keys = {key: word for key, word in {**keys, "reason": "why"}.items() if not (private and key in _PRIVATE)}
        table: list[list[object]] = [[context.say(key) for key in ("promise_id", "promise", *keys.values())]]
        for row in outcome.rows:
            for one in row.as_dict()["broken_ones"]:
                one = {**one, "due": _moment(one["due"]), "ended": _moment(one["ended"])}
                table.append([row.promise, self._name(context, row.promise), *(one[key] for key in keys)])
        return table

    def _revised(self, context: Context, outcome: Outcome) -> list[list[object]]:
        """The promises that were judged otherwise until an answer given earlier was registered."""
        keys = {
            "reference": "number",
            "day_zero": "day_day_zero",
            "due": "due",
            "given_on": "given_on",
            "days": "took",
        }
        if not context.officer.may(TICKETS):
            del keys["reference"]
        head = ["promise_id", "promise", *keys.values(), "verdict_was", "verdict_is"]
        table: list[list[object]] = [[context.say(key) for key in head]]
        for row in outcome.rows:
            for one in row.as_dict()["revised_ones"]:
                told = {**one, "due": _moment(one["due"])}
                verdicts = [context.say(f"verdict_{one['was']}"), context.say("verdict_kept")]
                table.append([row.promise, self._name(context, row.promise), *(told[key] for key in keys), *verdicts])
        return table

    def _annual(self, context: Context, outcome: Outcome) -> list[list[object]]:
        head = ["promise", "section", "delay_promised", *(f"count_{name}" for name in _SHOWN)]
        table: list[list[object]] = [[context.say(key) for key in head]]
        for row in outcome.rows:
            versions = self._versions(row.promise, outcome.period)
            said = [
                " / ".join(dict.fromkeys(getattr(v, part)[context.lang] for v in versions))
                for part in ("text", "section")
            ]
            days = " / ".join(dict.fromkeys(str(version.working_days) for version in versions))
            table.append([said[0] or row.promise, said[1], days, *_values(row)])
        return table

    def _make(self, period: Period, now: datetime) -> Outcome:
        clocks = list(self._ledger.started(period.first, period.last))
        promises = list(self._registry.promises)
        months = by_month(clocks, promises, now)
        named = period.months(self._calendar.local_date(now))
        if months and len(named) > _MANY_MONTHS:  # those before the first clock and after the last are left out
            named = tuple(month for month in named if min(months) <= month <= max(months))
        return Outcome(
            period,
            now,
            tuple(figures(clocks, promises, now)),
            named,
            {month: {row.promise: row for row in rows} for month, rows in months.items()},
        )

    def _period(self, context: Context) -> Period | None:
        return period_asked(context.asked("year"), context.asked("from"), context.asked("to"), self._today().year)

    def _this_year(self) -> Period:
        period = period_asked("", "", "", self._today().year)
        assert period is not None
        return period

    def _years(self, period: Period) -> list[int]:
        """The years that may be chosen, the latest first."""
        found, this = self._ledger.days(), self._today().year
        first, last = (found[0].year, found[1].year) if found else (this, this)
        return sorted({*range(first, last + 1), this, period.first.year}, reverse=True)

    def _versions(self, promise: str, period: Period) -> list[Version]:
        """What a promise said in a period: usually one text, two where it changed."""
        known = self._registry.promises.get(promise)
        return versions_in(known, period) if known else []

    def _unconfirmed(self, period: Period) -> list[int]:
        return [y for y in range(period.first.year, period.last.year + 1) if y not in self._calendar.confirmed_years]

    def _ruled(self, day: date) -> Holiday | None:
        """The holiday that a rule puts on `day`."""
        return next((rule.holiday for rule in self._calendar.rules if rule.on(day.year) == day), None)

    def _today(self) -> date:
        return self._calendar.local_date(self._now())

    @staticmethod
    def _in_language(context: Context) -> Context:
        """The context in the language that is asked for: a document may be wanted in the other."""
        asked = context.asked("lang")
        return replace(context, lang=asked) if asked in LANGUAGES else context

    @staticmethod
    def _name(context: Context, promise: str) -> str:
        """What a promise is about, in a word or two."""
        key = f"promise_{promise.replace('-', '_')}"
        return context.say(key) if context.pages.has(key) else promise


def versions_in(promise: Promise, period: Period) -> list[Version]:
    """The versions of a promise that clocks of a period may have, the oldest first."""
    first, last = promise.on(period.first), promise.on(period.last)
    return [version for version in promise.versions if first.number <= version.number <= last.number]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _values(row: Figures) -> list[object]:
    return [getattr(row, name) for name in _SHOWN]


def _counted(row: Figures) -> dict[str, Any]:
    return {key: value for key, value in row.as_dict().items() if not key.endswith("_ones")}


def _plain(row: Figures, *, private: bool) -> dict[str, Any]:
    found = row.as_dict()
    if private:
        for ones in ("broken_ones", "revised_ones"):
            found[ones] = [{key: value for key, value in one.items() if key not in _PRIVATE} for one in found[ones]]
    return found

"""The report of promises: what became of them in a period, this year's unless told, with its plots and files.

The figures are those of `bot.promises.report`, of the clocks whose day zero lies in the period, replayed from their
events. Who may not see requests (an editor) sees no reference of one, and nothing that was written about one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context
from bot.console.fresh import Fresh
from bot.console.period import Period, period_asked, year_asked
from bot.console.promise_files import SHOWN, charts, document, tables, versions
from bot.console.promise_outcome import Outcome, outcome_of
from bot.console.reports import send_plot, send_table
from bot.console.tables import kept_as
from bot.core.texts import LANGUAGES
from bot.promises.calendar import Calendar
from bot.promises.promise import Registry
from bot.promises.store import ClockStore
from bot.staff.officer import OVERVIEW, TICKETS

_FIRST_SHOWN = 25  # broken ones on the page, unless all are asked for


class Promises:
    """The report with its plots and files."""

    def __init__(
        self,
        access: Access,
        ledger: ClockStore,
        registry: Registry,
        calendar: Calendar,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._ledger = ledger
        self._registry = registry
        self._calendar = calendar
        self._now = now
        self._made: Fresh[Period, Outcome] = Fresh(partial(outcome_of, ledger, registry, calendar), now)

    def routes(self) -> list[Route]:
        """The routes, for those who may see the overview."""
        of_period = {"/plot/{name}.svg": self.plot, "/report.json": self.json, "/{name}.csv": self.csv}
        return [
            self._access.get("/promises", self.show, OVERVIEW),
            self._access.get("/promises/annual", self.annual, OVERVIEW),
            *(self._access.get(f"/promises{path}", self._asked(page), OVERVIEW) for path, page in of_period.items()),
        ]

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
            shown=SHOWN,
            broken=broken[:most],
            revised=[(row.promise, clock) for row in outcome.rows for clock in row.revised_ones],
            left_off=max(0, len(broken) - most),
            private=not context.officer.may(TICKETS),
            languages=LANGUAGES,
        )

    def plot(self, context: Context, outcome: Outcome) -> Response:
        """One plot: "share" (by month) or "counts"."""
        return send_plot(context, charts(context, outcome))

    def csv(self, context: Context, outcome: Outcome) -> Response:
        """A table as a file: "figures", "months", "broken", "revised" or "annual"."""
        wanted = self._in_language(context) if context.path["name"] == "annual" else context
        return send_table(wanted, outcome.period.name, tables(wanted, self._registry, outcome))

    def json(self, context: Context, outcome: Outcome) -> Response:
        """The whole report for programs."""
        text = json.dumps(document(context, self._registry, outcome), ensure_ascii=False, indent=2)
        headers = kept_as(context, "report", outcome.period.name, "json")
        return Response(text, media_type="application/json", headers=headers)

    def annual(self, context: Context) -> Response:
        """The table for the annual report, to be printed, in the language asked for."""
        year = year_asked(context.asked("year"), self._today().year)
        if year is None:
            return context.refuse("period", 422, f"{HOME}/promises")
        period = period_asked(str(year), "", "", year)
        assert period is not None
        outcome = self._made.get(period)
        rows = [(row, versions(self._registry, row.promise, outcome)) for row in outcome.rows]
        return self._in_language(context).page(
            "annual.html",
            outcome=outcome,
            year=year,
            rows=rows,
            source=self._registry.source,
            unconfirmed=self._unconfirmed(period),
            languages=LANGUAGES,
        )

    def _asked(self, page: Callable[[Context, Outcome], Response]) -> Callable[[Context], Response]:
        """`page` of the outcome of the period that is asked for; a refusal if that is no period."""

        def answer(context: Context) -> Response:
            period = self._period(context)
            if period is None:
                return context.refuse("period", 422, f"{HOME}/promises")
            return page(context, self._made.get(period))

        return answer

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

    def _unconfirmed(self, period: Period) -> list[int]:
        return [y for y in range(period.first.year, period.last.year + 1) if y not in self._calendar.confirmed_years]

    def _today(self) -> date:
        return self._calendar.local_date(self._now())

    @staticmethod
    def _in_language(context: Context) -> Context:
        """The context in the language that is asked for: a document may be wanted in the other."""
        asked = context.asked("lang")
        return replace(context, lang=asked) if asked in LANGUAGES else context

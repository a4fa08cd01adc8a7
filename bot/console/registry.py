"""What is promised, and the calendar by which it is judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import Context
from bot.console.period import FIRST_YEAR, LAST_YEAR, year_asked
from bot.knowledge.store import ArticleStore
from bot.promises.calendar import Calendar, Holiday
from bot.promises.promise import Registry
from bot.staff.officer import OVERVIEW


class RegistryPages:
    """The pages of the registry of promises and of the calendar."""

    def __init__(
        self,
        access: Access,
        registry: Registry,
        articles: ArticleStore,
        calendar: Calendar,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._registry = registry
        self._articles = articles
        self._calendar = calendar
        self._now = now

    def routes(self) -> list[Route]:
        """The routes, for those who may see the overview."""
        return [
            self._access.get("/promises/registry", self.show, OVERVIEW),
            self._access.get("/promises/calendar", self.show_calendar, OVERVIEW),
        ]

    def show(self, context: Context) -> Response:
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

    def _ruled(self, day: date) -> Holiday | None:
        """The holiday that a rule puts on `day`."""
        return next((rule.holiday for rule in self._calendar.rules if rule.on(day.year) == day), None)

    def _today(self) -> date:
        return self._calendar.local_date(self._now())

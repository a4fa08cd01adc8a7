"""`guichet promises`: the service standards, the calendar, due dates with their proof, and the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.cli.terminal import echo_proof, open_rooms
from bot.core.documents import DataError, read_data
from bot.promises.calendar import Calendar, CalendarError, parse_calendar
from bot.promises.clock import due
from bot.promises.ledger import LedgerError
from bot.promises.promise import PromiseError
from bot.promises.report import COUNTS, figures, year_of
from bot.tickets.ticket import disagreement

_T = TypeVar("_T")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")


@click.group()
def promises() -> None:
    """Service standards, their clocks, and the calendar."""


@promises.command("list")
@_JSON
def promises_list(as_json: bool) -> None:
    """List the promises, with a clock and without."""
    rooms = open_rooms()
    today = rooms.calendar.local_date(rooms.now())
    clocked: list[dict[str, Any]] = [
        {
            "id": promise.id,
            "article": promise.article,
            "version": version.number,
            "since": version.since.isoformat(),
            "working_days": version.working_days,
            **{name: dict(getattr(version, name)) for name in ("text", "starts", "kept", "section")},
        }
        for promise in rooms.registry.promises.values()
        for version in (promise.on(today),)
    ]
    others: list[dict[str, Any]] = [
        {"id": other.id, "articles": list(other.articles), "text": dict(other.text), "upheld": dict(other.upheld)}
        for other in rooms.registry.without_clock
    ]
    if as_json:
        _print({"promises": clocked, "without_clock": others})
        return
    for one in clocked:
        click.echo(f"{one['id']:24} {one['working_days']:3} working days  {one['text']['en']}")
    click.echo("without a clock:")
    for other in others:
        click.echo(f"{other['id']:24} {other['text']['en']}\n{'':24}   {other['upheld']['en']}")


@promises.command("calendar")
@click.argument("year", type=click.IntRange(1583, 9998))
@_JSON
def promises_calendar(year: int, as_json: bool) -> None:
    """Show the holidays of YEAR.

    It also says whether somebody has confirmed them.
    """
    calendar = open_rooms().calendar
    holidays, weekends = calendar.holidays(year), calendar.on_weekends(year)
    confirmed = year in calendar.confirmed_years
    if as_json:
        days = [
            {"date": day.isoformat(), "id": holiday.id, "fr": holiday.fr, "en": holiday.en, "weekend": day in weekends}
            for day, holiday in holidays.items()
        ]
        _print({"year": year, "confirmed": confirmed, "holidays": days})
        return
    for day, holiday in holidays.items():
        weekend = "  (on a weekend: it may be moved)" if day in weekends else ""
        click.echo(f"{day}  {day:%a}  {holiday.fr} / {holiday.en}{weekend}")
    if not confirmed:
        click.echo(f"Nobody has confirmed {year}: check it against the official list, then add it to confirmed_years.")


@promises.command("due")
@click.option("--promise", default="email-reply", show_default=True, help="The promise, by its id.")
@click.option(
    "--from", "start", required=True, help="When the clock starts, e.g. 2026-12-22T16:40 (local time unless zoned)."
)
@_JSON
def promises_due(promise: str, start: str, as_json: bool) -> None:
    """Compute a due date, and show how it was counted."""
    rooms = open_rooms()
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise click.ClickException(f"{start!r} is not a date or a moment such as 2026-12-22T16:40") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=rooms.calendar.zone)
    try:
        version = rooms.registry.get(promise).on(rooms.calendar.local_date(moment))
        found = due(moment, version.working_days, rooms.calendar)
    except PromiseError as error:
        raise click.ClickException(str(error)) from None
    except OverflowError:
        raise click.ClickException(f"{start!r} is outside the years that a calendar holds") from None
    proof = [day.as_dict() for day in found.proof]
    if as_json:
        _print({"day_zero": found.day_zero.isoformat(), "due": found.due_at.isoformat(), "proof": proof})
        return
    click.echo(f"due {found.due_at.astimezone(rooms.calendar.zone):%Y-%m-%d %H:%M %Z}")
    echo_proof(proof)
    for year in sorted({day.day.year for day in found.proof} - rooms.calendar.confirmed_years):
        click.echo(f"Nobody has confirmed the calendar of {year}.")


@promises.command("simulate")
@click.option("--holidays", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Try this holidays.yml.")
@click.option("--close", "closed", multiple=True, metavar="DATE", help="Try with the service closed on this day.")
@click.option("--open", "opened", multiple=True, metavar="DATE", help="Try with the service open on this day.")
@_JSON
def promises_simulate(holidays: Path | None, closed: tuple[str, ...], opened: tuple[str, ...], as_json: bool) -> None:
    """Show which clocks a change of calendar would move.

    It changes nothing.
    """
    rooms = open_rooms(with_tables=True)
    changed = _changed(rooms.calendar, holidays, closed, opened)
    zone = rooms.calendar.zone
    moves = [
        {
            "reference": move.ticket.reference,
            "promise": move.ticket.promise,
            "day_zero": move.ticket.day_zero.isoformat(),
            "due": move.ticket.due_at.isoformat(),
            "would_be_due": move.due.due_at.isoformat(),
            "days": [day.isoformat() for day in move.days],
        }
        for move in rooms.clock_monitor.moves(changed)
    ]
    if as_json:
        _print({"moves": moves})
        return
    for move in moves:
        before, after = (datetime.fromisoformat(str(move[name])).astimezone(zone) for name in ("due", "would_be_due"))
        days = ", ".join(move["days"])
        click.echo(f"{move['reference']}  {move['promise']:22}  {before:%Y-%m-%d} -> {after:%Y-%m-%d}  ({days})")
    click.echo(f"{len(moves)} open clocks would move. A clock that was judged never moves.")


@promises.command("report")
@click.option("--year", type=int, help="Clocks that started in this year.  [default: this year]")
@click.option("--from", "first", metavar="DATE", help="The first day, instead of a year.")
@click.option("--to", "last", metavar="DATE", help="The last day, instead of a year.")
@_JSON
def promises_report(year: int | None, first: str | None, last: str | None, as_json: bool) -> None:
    """Report what became of the promises of a period.

    It counts the clocks that started in it, from a replay of their events.
    """
    rooms = open_rooms(with_tables=True)
    now = rooms.now()
    start, end = year_of(year or rooms.calendar.local_date(now).year)
    start, end = _day(first) if first else start, _day(last) if last else end
    rows = _replayed(lambda: figures(rooms.ledger.started(start, end), list(rooms.registry.promises), now))
    if as_json:
        body = {"from": start.isoformat(), "to": end.isoformat(), "as_of": now.isoformat()}
        _print({**body, "promises": [row.as_dict() for row in rows]})
        return
    click.echo(f"{'':24}" + "".join(f"{name:>10}" for name in (*COUNTS, "share", "median", "p90")))
    for row in rows:
        share = "-" if row.share is None else f"{100 * row.share:.1f} %"
        rates = (share, "-" if row.median is None else f"{row.median:g}", "-" if row.p90 is None else f"{row.p90}")
        counts = "".join(f"{getattr(row, name):>10}" for name in COUNTS)
        click.echo(f"{row.promise:24}{counts}" + "".join(f"{rate:>10}" for rate in rates))


@promises.command("verify")
@_JSON
def promises_verify(as_json: bool) -> None:
    """Replay every clock, and compare it with its ticket.

    The command exits with 1 if any differ.
    """
    rooms = open_rooms(with_tables=True)
    days = rooms.ledger.days()
    clocks = _replayed(lambda: list(rooms.ledger.started(*days))) if days else []
    wrong = [found for clock in clocks if (found := disagreement(rooms.tickets.store.find(clock.reference), clock))]
    if as_json:
        _print({"clocks": len(clocks), "wrong": wrong})
    else:
        for line in wrong:
            click.echo(line)
        click.echo(f"{len(clocks)} clocks replayed, {len(wrong)} differ from their tickets.")
    if wrong:
        raise SystemExit(1)


def _changed(calendar: Calendar, holidays: Path | None, closed: tuple[str, ...], opened: tuple[str, ...]) -> Calendar:
    if holidays is not None:
        try:
            calendar = parse_calendar(read_data(holidays))
        except (CalendarError, DataError, TypeError) as error:
            raise click.ClickException(f"{holidays}: {error}") from None
    if not (holidays or closed or opened):
        raise click.UsageError("say what to try: --holidays, --close or --open")
    return replace(
        calendar, exceptions={**calendar.exceptions, **Calendar.closures(map(_day, closed), map(_day, opened))}
    )


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise click.ClickException(f"{typed!r} is not a date such as 2026-12-29") from None


def _replayed(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except LedgerError as error:
        raise click.ClickException(f"the events of the clocks contradict each other: {error}") from None


def _print(body: Any) -> None:
    click.echo(json.dumps(body, ensure_ascii=False, indent=2))

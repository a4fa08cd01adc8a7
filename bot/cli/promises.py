"""`guichet promises`."""

from __future__ import annotations

import json
from datetime import datetime

import click

from bot.cli.terminal import echo_proof, open_rooms


@click.group()
def promises() -> None:
    """The published service standards and the working-day calendar."""


@promises.command("due")
@click.option("--promise", default="email-reply", show_default=True, help="Which promise.")
@click.option(
    "--from", "start", required=True, help="What starts the clock, e.g. 2026-12-22T16:40 (local unless zoned)."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def promises_due(promise: str, start: str, as_json: bool) -> None:
    """Print the due date of a promise with its day-by-day proof."""
    from bot.promises.clock import due
    from bot.promises.promise import PromiseError

    rooms = open_rooms()
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise click.ClickException(f"{start!r} is not a date or a moment such as 2026-12-22T16:40") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=rooms.calendar.zone)
    try:
        found = due(moment, rooms.registry.get(promise).working_days, rooms.calendar)
    except PromiseError as error:
        raise click.ClickException(str(error)) from None
    except OverflowError:
        raise click.ClickException(f"{start!r} is outside the years that a calendar holds") from None
    proof = [day.as_dict() for day in found.proof]
    if as_json:
        body = {"day_zero": found.day_zero.isoformat(), "due": found.due_at.isoformat(), "proof": proof}
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    click.echo(f"due {found.due_at.astimezone(rooms.calendar.zone):%Y-%m-%d %H:%M %Z}")
    echo_proof(proof)

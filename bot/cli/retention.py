"""`guichet retention`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from bot.cli.terminal import open_rooms
from bot.privacy.retention import RUN, Step


@click.group()
def retention() -> None:
    """Show how long data is kept, and erase what is older."""


@retention.command("run")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def retention_run(as_json: bool) -> None:
    """Erase now what the desk erases every night.

    The command exits with 1 if a step fails.
    """
    steps = open_rooms(with_tables=True).retention.run_now()
    _echo({"steps": _told(steps)}, _lines(steps), as_json=as_json)
    sys.exit(0 if any(step.name == RUN for step in steps) else 1)


@retention.command("show")
@click.option("--limit", default=7, show_default=True, help="The most runs to show.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def retention_show(limit: int, as_json: bool) -> None:
    """Show how long each thing is kept, and the latest runs."""
    rooms = open_rooms(with_tables=True)
    kept = {eraser.name: eraser.days for eraser in rooms.retention.erasers}
    runs = rooms.retention.latest(limit)
    lines = [f"{name:14} {days:6g} days" for name, days in kept.items()]
    for steps in runs:
        lines += ["", f"{steps[0].at.astimezone(rooms.calendar.zone):%Y-%m-%d %H:%M}", *_lines(steps)]
    body = {"days": kept, "runs": [{"at": steps[0].at.isoformat(), "steps": _told(steps)} for steps in runs]}
    _echo(body, lines, as_json=as_json)


def _told(steps: Sequence[Step]) -> dict[str, int | None]:
    return {step.name: step.count for step in steps}


def _lines(steps: Sequence[Step]) -> list[str]:
    return [f"  {step.name:14} {'failed' if step.count is None else step.count}" for step in steps]


def _echo(body: Any, lines: Sequence[str], *, as_json: bool) -> None:
    click.echo(json.dumps(body, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))

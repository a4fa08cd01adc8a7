"""The command line's part for what is erased when it was kept long enough: `guichet retention`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from bot.conversations.retention import RUN, Step
from bot.wiring import Rooms


def retention_group(open_rooms: Callable[..., Rooms]) -> click.Group:
    """The commands; `open_rooms(with_tables=True)` gives the wired rooms."""

    @click.group()
    def retention() -> None:
        """What is kept for how long, and erasing what is older."""

    @retention.command("run")
    @click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
    def run(as_json: bool) -> None:
        """Erase now what the desk erases every night. Exits with 1 if a step failed."""
        rooms = open_rooms(with_tables=True)
        steps = rooms.retention.run_now()
        _echo({"steps": _told(steps)}, _lines(steps), as_json=as_json)
        if all(step.name != RUN for step in steps):
            raise SystemExit(1)

    @retention.command("show")
    @click.option("--limit", default=7, show_default=True, help="How many runs at most.")
    @click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
    def show(limit: int, as_json: bool) -> None:
        """Show how many days each thing is kept, and what the latest runs erased."""
        rooms = open_rooms(with_tables=True)
        kept = {eraser.name: eraser.days for eraser in rooms.retention.erasers}
        runs = rooms.retention.latest(limit)
        lines = [f"{name:14} {days:6g} days" for name, days in kept.items()]
        for steps in runs:
            lines += ["", f"{steps[0].at.astimezone(rooms.calendar.zone):%Y-%m-%d %H:%M}", *_lines(steps)]
        body = {"days": kept, "runs": [{"at": steps[0].at.isoformat(), "steps": _told(steps)} for steps in runs]}
        _echo(body, lines, as_json=as_json)

    return retention


def _told(steps: Sequence[Step]) -> dict[str, int | None]:
    return {step.name: step.count for step in steps}


def _lines(steps: Sequence[Step]) -> list[str]:
    return [f"  {step.name:14} {'failed' if step.count is None else step.count}" for step in steps]


def _echo(body: Any, lines: Sequence[str], *, as_json: bool) -> None:
    click.echo(json.dumps(body, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))

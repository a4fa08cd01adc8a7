"""`guichet outbox`."""

from __future__ import annotations

import json

import click

from bot.cli.terminal import open_rooms


@click.group()
def outbox() -> None:
    """List and retry messages on their way to citizens."""


@outbox.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def outbox_list(as_json: bool) -> None:
    """Count messages by state, and list the parked ones.

    A message is parked, with the reason, when it cannot be delivered.
    """
    rooms = open_rooms(with_tables=True)
    parked = rooms.outbox.parked()
    if as_json:
        rows = [{"id": row.id, "channel": row.channel, "reason": row.reason} for row in parked]
        click.echo(json.dumps({**rooms.outbox.counts(), "list": rows}, ensure_ascii=False, indent=2))
        return
    for state, count in sorted(rooms.outbox.counts().items()):
        click.echo(f"{state:8} {count}")
    for row in parked:
        click.echo(f"{row.id}  {row.channel}  conversation {row.message.conversation_id}  {row.reason}")


@outbox.command("retry")
@click.argument("number", type=int)
def outbox_retry(number: int) -> None:
    """Try again to deliver the parked message NUMBER."""
    rooms = open_rooms(with_tables=True)
    if not rooms.outbox.retry(number, rooms.now()):
        raise click.ClickException(f"there is no parked message {number}")
    click.echo("The desk will try again.")

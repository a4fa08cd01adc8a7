"""`guichet conversations`."""

from __future__ import annotations

import json

import click

from bot.cli.terminal import open_rooms


@click.group()
def conversations() -> None:
    """List and read conversations.

    Officers work on them in the console.
    """


@conversations.command("list")
@click.option(
    "--held-by",
    type=click.Choice(["bot", "queue", "officer", "closed"]),
    help="Only those with this owner.  [default: those that wait for an officer or have one]",
)
@click.option("--limit", default=50, show_default=True, help="The most to list.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def conversations_list(held_by: str | None, limit: int, as_json: bool) -> None:
    """List conversations, the newest first."""
    found = open_rooms(with_tables=True).conversations.held(held_by, limit)
    if as_json:
        kept = ("id", "channel", "language", "held_by", "officer")
        click.echo(json.dumps([{name: getattr(c, name) for name in kept} for c in found], ensure_ascii=False, indent=2))
        return
    for conversation in found:
        holder = conversation.officer or conversation.held_by
        click.echo(f"{conversation.id}  {conversation.channel:8}  [{conversation.language}]  {holder}")
    click.echo(f"{len(found)} conversations")


@conversations.command("show")
@click.argument("conversation")
def conversations_show(conversation: str) -> None:
    """Print the messages of CONVERSATION, by its id."""
    rooms = open_rooms(with_tables=True)
    if rooms.conversations.get(conversation) is None:
        raise click.ClickException(f"there is no conversation {conversation}")
    for message in rooms.conversations.transcript(conversation):
        at = message.at.astimezone(rooms.calendar.zone)
        who = message.detail.get("name") or message.author
        click.echo(f"{at:%Y-%m-%d %H:%M} {who}: {message.shown}")

"""`guichet tickets`."""

from __future__ import annotations

import json
from typing import Any

import click

from bot.cli.terminal import echo_proof, open_rooms


@click.group()
def tickets() -> None:
    """List and show tickets."""


@tickets.command("list")
@click.option("--state", type=click.Choice(["open", "closed"]), help="Only those in this state.")
@click.option("--limit", default=50, show_default=True, help="The most to list.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def tickets_list(state: str | None, limit: int, as_json: bool) -> None:
    """List tickets, those due first at the top."""
    rooms = open_rooms(with_tables=True)
    found = rooms.tickets.store.by_due_moment(state, limit)
    if as_json:
        click.echo(json.dumps([_ticket(ticket) for ticket in found], ensure_ascii=False, indent=2))
        return
    for ticket in found:
        due = ticket.due_at.astimezone(rooms.calendar.zone)
        mark = "  OVERDUE" if ticket.is_overdue(rooms.now()) else ""
        click.echo(f"{ticket.reference}  {ticket.state:6}  due {due:%Y-%m-%d %H:%M}  [{ticket.language}]{mark}")
    click.echo(f"{len(found)} tickets")


@tickets.command("show")
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def tickets_show(reference: str, as_json: bool) -> None:
    """Show a ticket, and how its due date was counted."""
    from bot.tickets.reference import find_reference

    rooms = open_rooms(with_tables=True)
    wanted = find_reference(reference, rooms.organization.reference_prefix) or reference
    ticket = rooms.tickets.store.find(wanted)
    if ticket is None:
        raise click.ClickException(f"there is no ticket {reference}")
    if as_json:
        click.echo(json.dumps(_ticket(ticket), ensure_ascii=False, indent=2))
        return
    for name, value in _ticket(ticket).items():
        if name != "proof":
            click.echo(f"{name:13} {value}")
    echo_proof(ticket.proof)


def _ticket(ticket: Any) -> dict[str, Any]:
    return {
        "reference": ticket.reference,
        "state": ticket.state,
        "promise": ticket.promise,
        "language": ticket.language,
        "channel": ticket.channel,
        "question": ticket.question,
        "email": ticket.email,
        "conversation": ticket.conversation,
        "opened_at": ticket.opened_at.isoformat(),
        "day_zero": ticket.day_zero.isoformat(),
        "due": ticket.due_at.isoformat(),
        "proof": list(ticket.proof),
    }

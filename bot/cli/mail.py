"""`guichet mail`: what the desk makes of an e-mail, for whoever must find out why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.terminal import read_settings

if TYPE_CHECKING:
    from bot.channels.email.reading import Email


@click.group()
def mail() -> None:
    """Find out how the desk reads an e-mail."""


@mail.command("read")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, one object a line for each file.")
def mail_read(files: tuple[Path, ...], as_json: bool) -> None:
    """Show what the desk reads in the e-mail of each FILE.

    It shows who wrote, what they say, and what would follow. It keeps and sends nothing. It looks up no thread: all
    that is quoted counts as somebody else's words.
    """
    from bot.channels.email.reading import read_email

    own = read_settings().mail_from
    for number, path in enumerate(files):
        try:
            found = as_dict(read_email(path.read_bytes(), own=own))
        except OSError as error:
            raise click.ClickException(f"{path}: {error.strerror}") from None
        if as_json:
            click.echo(json.dumps({"file": str(path), **found}, ensure_ascii=False))
            continue
        if number:
            click.echo()
        click.echo(f"{path}")
        for key, value in found.items():
            click.echo(f"{key}: {_shown(value)}")


def as_dict(email: Email) -> dict[str, Any]:
    """An e-mail as the contract names its parts, in the order in which one asks for them."""
    bounce = email.bounce
    return {
        "sender": email.sender,
        "sender_name": email.sender_name,
        "subject": email.subject,
        "text": email.text,
        "quoted": email.quoted,
        "signature": email.signature,
        "foreign": email.foreign,
        "signs_only": email.signs_only,
        "automatic": email.automatic,
        "why": email.why,
        "acknowledge": email.acknowledge,
        "opens": email.opens,
        "bounce": bounce and {**vars(bounce), "of": list(bounce.of)},
        "attachments": [
            {"name": attachment.name, "bytes": len(attachment.content), "whole": attachment.whole}
            for attachment in email.attachments
        ],
        "sealed": email.sealed,
        "message_id": email.name,
        "answers": list(email.answers),
    }


def _shown(value: Any) -> str:
    """A value for a person: text below its name, a list one a line, yes and no in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, dict):
        return "; ".join(
            f"{key} {', '.join(one) if isinstance(one, list) else _shown(one)}" for key, one in value.items()
        )
    if isinstance(value, list):
        return "".join(f"\n    {_shown(one)}" for one in value)
    text = str(value)
    return "".join(f"\n    {line}" for line in text.splitlines()) if "\n" in text else text

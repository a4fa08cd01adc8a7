"""The command line: `guichet`, one module a group of commands."""

from __future__ import annotations

import click

from bot.cli.check import check
from bot.cli.conversations import conversations
from bot.cli.evaluation import evaluate
from bot.cli.knowledge import knowledge
from bot.cli.mail import mail
from bot.cli.outbox import outbox
from bot.cli.promises import promises
from bot.cli.retention import retention
from bot.cli.serving import migrate, run, train
from bot.cli.staff import staff
from bot.cli.tickets import tickets


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run and look after Guichet, a bilingual inquiry desk.

    Settings are environment variables named GUICHET_…: docs/settings.md lists them.
    """


for _command in (
    run,
    check,
    train,
    migrate,
    knowledge,
    evaluate,
    tickets,
    conversations,
    mail,
    outbox,
    staff,
    promises,
    retention,
):
    main.add_command(_command)

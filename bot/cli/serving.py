"""`guichet run`, `train` and `migrate`: from a fresh checkout to a desk that serves."""

from __future__ import annotations

import sys

import click

from bot.cli.terminal import open_rooms, read_settings, refuse_bad_data


@click.command()
def run() -> None:
    """Start the desk, and serve until Ctrl-C.

    Before that it checks the data, trains the model if its inputs changed, and prepares the database.
    """
    from bot.supervisor import supervise

    sys.exit(supervise(read_settings()))


@click.command()
@click.option("--force", is_flag=True, help="Train even if nothing changed.")
def train(force: bool) -> None:
    """Check the data, and train if its inputs changed."""
    from bot.rasa.train import is_trained
    from bot.rasa.train import train as train_model

    settings = read_settings()
    refuse_bad_data(settings)
    if is_trained(settings) and not force:
        click.echo("The model is up to date.")
        return
    click.echo(f"Trained in {train_model(settings):.0f} s.")


@click.command()
def migrate() -> None:
    """Create the database's tables, or upgrade them."""
    open_rooms(with_tables=True)
    click.echo("The database is up to date.")

"""`guichet check`: everything in the folder of data."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bot.bootstrap import utc_now
from bot.cli.terminal import read_settings
from bot.validation.check import check_data


@click.command()
@click.option(
    "--knowledge",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Check the articles of this folder instead, for example what guichet knowledge export wrote.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def check(knowledge: Path | None, as_json: bool) -> None:
    """Check all data, and list every problem.

    A problem names its file, line and place. The command exits with 1 if it finds any.

    `guichet run` and `guichet train` check the data too. They stop at a problem that makes the data unreadable or would
    show citizens a broken text (in JSON: "stops" is true). `guichet run` lists the others, and serves.
    """
    problems = check_data(read_settings().data_dir, utc_now(), knowledge)
    if as_json:
        click.echo(json.dumps([problem.as_dict() for problem in problems], ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{len(problems)} problems in the data.")
    sys.exit(1 if problems else 0)

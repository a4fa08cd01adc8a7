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
    help="Articles of another folder, such as guichet knowledge export writes, in place of the data's own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def check(knowledge: Path | None, as_json: bool) -> None:
    """Check all data: each file's form, both languages, what files say of one another, review dates.

    A problem is told with its file, its line and its place. Exits with 1 if there is any. `guichet run` and
    `guichet train` check the data too, and end where it could not be read or citizens would read a broken text;
    of the rest (the others in JSON: "stops" is false) `guichet run` tells, and serves.
    """
    problems = check_data(read_settings().data_dir, utc_now(), knowledge)
    if as_json:
        click.echo(json.dumps([problem.as_dict() for problem in problems], ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{len(problems)} problems in the data.")
    sys.exit(1 if problems else 0)

"""`guichet evaluate`: how good the matcher is."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click

from bot.cli.terminal import read_settings, tell_progress


@click.command()
@click.option(
    "--train", "train_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="JSONL to fit on."
)
@click.option(
    "--test", "test_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="JSONL to measure on."
)
@click.option(
    "--part",
    type=click.Choice(["kept", "look"]),
    default="kept",
    show_default=True,
    help="Without files: which part of data/evaluation; the texts of the part kept apart are not shown.",
)
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the report with its plots to this file too."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def evaluate(train_file: Path | None, test_file: Path | None, part: str, html: Path | None, as_json: bool) -> None:
    """Measure the matcher.

    With --train and --test a fresh matcher is fitted on the one file and measured on the other; a line is
    {"article": id or null, "lang": "fr" or "en", "text": …, "also": [id, …]?}. Without them, the trained model
    is measured on data/evaluation, acts and language included.
    """
    from bot.matcher.evaluate import evaluate_files, evaluate_model
    from bot.matcher.evaluation import EvaluationError
    from bot.matcher.report import as_lines, write_html
    from bot.rasa.understanding import Understanding

    if (train_file is None) != (test_file is None):
        raise click.UsageError("--train and --test go together")
    try:
        if train_file and test_file:
            result = evaluate_files(train_file, test_file, tell_progress)
            title = f"{test_file.name}, fitted on {train_file.name}"
        else:
            settings = read_settings()
            result = evaluate_model(settings, part, partial(Understanding, settings), tell_progress)
            title = f"data/evaluation, the part {part}"
    except (EvaluationError, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if html:
        write_html(result, html, f"Evaluation: {title}")
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join([title, "", *as_lines(result)]))

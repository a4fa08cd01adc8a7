"""`guichet evaluate`: how good the matcher is."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click

from bot.cli.terminal import read_settings, tell_progress


@click.command()
@click.option(
    "--train",
    "train_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Fit on this JSONL file.",
)
@click.option(
    "--test",
    "test_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Measure on this JSONL file.",
)
@click.option(
    "--part",
    type=click.Choice(["kept", "look"]),
    default="kept",
    show_default=True,
    help="The part of data/evaluation to measure on, without files. The texts of 'kept' are not shown.",
)
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Also write a report with plots to this file."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def evaluate(train_file: Path | None, test_file: Path | None, part: str, html: Path | None, as_json: bool) -> None:
    """Measure how well the matcher answers.

    With --train and --test it fits a fresh matcher on the first file and measures it on the second. A line is
    {"article": id or null, "lang": "fr" or "en", "text": …, "also": [id, …]?}.

    Without files it measures the trained model on data/evaluation, acts and language included.
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

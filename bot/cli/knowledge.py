"""`guichet knowledge`: checking, importing and exporting articles."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bot.cli.terminal import open_rooms, tell_progress


@click.group()
def knowledge() -> None:
    """The knowledge base: check, import, export."""


@knowledge.command("check")
@click.option("--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Another folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def knowledge_check(folder: Path | None, as_json: bool) -> None:
    """Check the articles and texts: both languages, same facts, clean sample questions, review dates.

    Exits with 1 if anything is wrong; an article past its review date is an error too.
    """
    from bot.knowledge.article import ArticleError
    from bot.knowledge.check import check_corpus, check_texts
    from bot.knowledge.files import load_corpus

    rooms = open_rooms()
    try:
        corpus = load_corpus(folder or rooms.settings.data_dir / "knowledge")
    except ArticleError as error:
        raise click.ClickException(str(error)) from None
    today = rooms.calendar.local_date(rooms.now())
    findings = [*check_corpus(corpus, rooms.registry, today), *check_texts(rooms.texts)]
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.where}: {finding.what}")
        questions = sum(len(texts) for article in corpus.articles for texts in article.questions.values())
        click.echo(f"{len(corpus.articles)} articles, {questions} sample questions: {len(findings)} findings")
    sys.exit(1 if findings else 0)


@knowledge.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
def knowledge_import(folder: Path | None) -> None:
    """Publish the articles of FOLDER (data/knowledge unless told) into the database; the assistant takes them up."""
    from bot.knowledge.article import ArticleError
    from bot.knowledge.files import load_corpus
    from bot.supervisor import refit

    rooms = open_rooms(with_tables=True)
    try:
        corpus = load_corpus(folder or rooms.settings.data_dir / "knowledge")
    except ArticleError as error:
        raise click.ClickException(str(error)) from None
    changed = rooms.articles.publish(corpus.articles, rooms.now())
    click.echo(f"{len(changed)} of {len(corpus.articles)} articles published.")
    own = {article.id: article for article in load_corpus(rooms.settings.data_dir / "knowledge").articles}
    if own == {article.id: article for article in rooms.articles.all()}:
        rooms.releases.use_own()
    elif changed:
        tell_progress("fitting the matcher on what is published…")
        try:
            refit(rooms)
        except RuntimeError as error:
            raise click.ClickException(str(error)) from None


@knowledge.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def knowledge_export(folder: Path) -> None:
    """Write the published articles to FOLDER, one YAML file each."""
    from bot.knowledge.files import export_articles

    click.echo(f"{export_articles(open_rooms(with_tables=True).articles.all(), folder)} articles written to {folder}.")

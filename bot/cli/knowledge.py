"""`guichet knowledge`: importing and exporting articles."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.terminal import open_rooms, tell_progress


@click.group()
def knowledge() -> None:
    """Import and export articles."""


@knowledge.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
def knowledge_import(folder: Path | None) -> None:
    """Publish the articles of FOLDER in the database.

    FOLDER is the knowledge of the data unless you name another. A desk that runs answers with them without a restart.
    """
    from bot.knowledge.article import ArticleError
    from bot.knowledge.files import load_corpus
    from bot.knowledge.work import WorkFailed
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
    elif rooms.releases.needs_refit():
        tell_progress("fitting the matcher on the published articles…")
        try:
            refit(rooms)
        except WorkFailed as error:
            raise click.ClickException(
                f"could not fit the matcher: {error}. A desk that runs tries again by itself."
            ) from None


@knowledge.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def knowledge_export(folder: Path) -> None:
    """Write the published articles to FOLDER, a file each."""
    from bot.knowledge.files import export_articles

    click.echo(f"{export_articles(open_rooms(with_tables=True).articles.all(), folder)} articles written to {folder}.")
